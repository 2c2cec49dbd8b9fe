//! read and vread. <http://hl7.org/fhir/R4/http.html#read>

use super::outcome::etag;
use crate::body;
use crate::bundle::FHIR_JSON;
use crate::kind::{self, Kind};
use crate::parameters::Parameters;
use crate::policy::{self, Visible};
use crate::search::extract::extract;
use crate::search::index::Index;
use crate::search::query::{AT, Summary};
use crate::service::{self, Fhir};
use crate::store::history::{self, Which};
use crate::store::read::{self as store, Version};
use crate::view::{self, View};
use theriac_access::Interaction;
use theriac_core::{Error, Instant, Result, json};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

pub async fn handle(_: Fhir, context: Context, request: Request) -> Result<Response> {
    let kind = kind::find(request.param("type"))?;
    context.grant.require_fhir(Interaction::Read, kind.name)?;
    let (view, at) = (view(&request, AT_LATEST)?, at(&context, &request)?);
    let (id, visible) = (request.param("id"), policy::of_type(&context, Interaction::Read, kind));
    let found = match at {
        None => store::current(&context, &visible, kind, id).await?,
        Some(at) => history::one(&context, &visible, kind.number, id, Which::At(at)).await?,
    };
    let version = found.ok_or_else(|| Error::not_found(kind.name, id))?;
    respond(&request, kind, version, view.as_ref())
}

pub async fn vread(_: Fhir, context: Context, request: Request) -> Result<Response> {
    let kind = kind::find(request.param("type"))?;
    context.grant.require_fhir(Interaction::Read, kind.name)?;
    let view = view(&request, &AT_LATEST[1..])?;
    let (id, number) = (request.param("id"), request.param("vid"));
    let missing = || Error::not_found(kind.name, &format!("{id}/_history/{number}"));
    let number: i64 = number.parse().map_err(|_| missing())?;
    let visible = policy::of_type(&context, Interaction::Read, kind);
    let version =
        history::one(&context, &visible, kind.number, id, Which::Number(number)).await?.ok_or_else(missing)?;
    respond(&request, kind, version, view.as_ref())
}

/// The parameters of a read; the first is not of a read by version.
const AT_LATEST: &[&str] = &["_at", "_summary", "_elements", "_format", "_pretty"];

/// `_at`: the resource as it stood then.
fn at(context: &Context, request: &Request) -> Result<Option<Instant>> {
    let pairs = request.query_pairs();
    let Some((_, text)) = pairs.iter().find(|(name, _)| name == "_at") else { return Ok(None) };
    let at = Instant::parse(text).ok_or_else(|| Error::invalid(AT).at("_at"))?;
    super::search::past::check(context, at).map(Some)
}

/// What a version says decides.
///
/// # Errors
/// `Internal` for a damaged body.
pub fn is_visible(context: &Context, interaction: Interaction, version: &Version) -> Result<bool> {
    let visible = policy::visible(context, interaction).about(version.kind);
    match visible {
        Visible::All => return Ok(true),
        Visible::Nothing => return Ok(false),
        Visible::Some(_) if version.deleted => return Ok(false),
        Visible::Some(_) => {}
    }
    Ok(visible.admits(version.kind, &index(context, version)?))
}

/// Do consents keep its content from the caller?
pub fn is_withheld(context: &Context, version: &Version) -> Result<bool> {
    let asked = context.grant.role.row().consent && !version.deleted;
    Ok(asked && policy::is_withheld(context, version.kind, &index(context, version)?))
}

/// What the version is found by.
fn index(context: &Context, version: &Version) -> Result<Index> {
    let bytes = body::unpack(version.dictionary, &version.body)?;
    let (parameters, name) = (Parameters::kept(context), kind::name(version.kind));
    let plan = parameters.indexed().plan(name).ok_or_else(|| Error::internal("no search plan"))?;
    Ok(extract(plan, &json::parse(&bytes)?, &service::search_context(&service::base(context), version.updated)))
}

fn respond(request: &Request, kind: Kind, version: Version, view: Option<&View>) -> Result<Response> {
    if version.deleted {
        return Err(Error::gone(kind.name, &version.id));
    }
    let tag = etag(version.version);
    if is_unchanged(request, &tag, &version) {
        return Ok(Response::new(304).with("etag", tag).with("last-modified", version.updated.http_date()));
    }
    let mut bytes = body::unpack(version.dictionary, &version.body)?;
    if let Some(view) = view {
        bytes = view::apply(view, json::parse(&bytes)?).to_vec();
    }
    Ok(Response::new(200)
        .with("content-type", FHIR_JSON)
        .with("etag", tag)
        .with("last-modified", version.updated.http_date())
        .body(bytes))
}

/// If-None-Match, weak and strong tags alike, else If-Modified-Since (RFC 9110, 13.2.2).
fn is_unchanged(request: &Request, tag: &str, version: &Version) -> bool {
    match (request.header("if-none-match"), request.header("if-modified-since")) {
        (Some(tags), _) => tags
            .split(',')
            .map(str::trim)
            .any(|t| t == "*" || t.trim_start_matches("W/") == tag.trim_start_matches("W/")),
        (None, Some(date)) => chrono::DateTime::parse_from_rfc2822(date)
            .is_ok_and(|d| d.timestamp_micros() + 999_999 >= version.updated.0),
        (None, None) => false,
    }
}

/// `_summary` and `_elements` of a read; what is not known is refused by name.
fn view(request: &Request, known: &[&str]) -> Result<Option<View>> {
    if request.query.is_empty() {
        return Ok(None);
    }
    let pairs = request.query_known(known)?;
    let get = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    let summary = match get("_summary") {
        None | Some("false") => Summary::False,
        Some("true") => Summary::True,
        Some("text") => Summary::Text,
        Some("data") => Summary::Data,
        Some(other) => {
            return Err(
                Error::invalid(format!("_summary={other} is not one of true, text, data, false")).at("_summary")
            );
        }
    };
    let elements = get("_elements").map(|e| e.split(',').map(str::to_owned).collect()).unwrap_or_default();
    Ok(View::of(summary, elements))
}
