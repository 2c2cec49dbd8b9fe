//! History of a resource, a type, the whole tenant. <http://hl7.org/fhir/R4/http.html#history>

use super::outcome::etag;
use crate::body;
use crate::bundle::Writer;
use crate::kind;
use crate::policy::{self, Visible};
use crate::search::kind::date;
use crate::service::{self, Fhir};
use crate::store::history::{self as store, Place, Span};
use crate::store::read::Version;
use crate::store::search::Moment;
use serde::{Deserialize, Serialize};
use theriac_access::Interaction;
use theriac_core::{Error, Instant, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

const KNOWN: &[&str] = &["_count", "_since", "_at", "_cursor", "_format", "_pretty"];
/// What may stand beside the cursor of a page link.
const FORM_OF_ANSWER: &[&str] = &["_format", "_pretty"];
const DEFAULT_COUNT: usize = 50;
const MOST: usize = 1_000;

pub async fn of_instance(fhir: Fhir, context: Context, request: Request) -> Result<Response> {
    let kind = kind::find(request.param("type"))?;
    context.grant.require_fhir(Interaction::Read, kind.name)?;
    let id = request.param("id").to_owned();
    let visible = policy::of_type(&context, Interaction::Read, kind);
    let versions = store::count(&context, kind.number, &id).await?;
    let hidden = visible != Visible::All && crate::store::read::current(&context, &visible, kind, &id).await?.is_none();
    if versions == 0 || hidden {
        return Err(Error::not_found(kind.name, &id));
    }
    let path = format!("{}/{id}/_history", kind.name);
    let span = Span { kind: Some(kind.number), id: Some(id), ..Span::default() };
    page(&fhir, &context, &request, (&visible, span), &path, Some(versions)).await
}

pub async fn of_type(fhir: Fhir, context: Context, request: Request) -> Result<Response> {
    let kind = kind::find(request.param("type"))?;
    context.grant.require_fhir(Interaction::Search, kind.name)?;
    let span = Span { kind: Some(kind.number), ..Span::default() };
    let visible = policy::of_type(&context, Interaction::Search, kind);
    page(&fhir, &context, &request, (&visible, span), &format!("{}/_history", kind.name), None).await
}

pub async fn of_system(fhir: Fhir, context: Context, request: Request) -> Result<Response> {
    context.grant.require_fhir(Interaction::Search, "Resource")?;
    let visible = policy::visible(&context, Interaction::Search);
    page(&fhir, &context, &request, (&visible, Span::default()), "_history", None).await
}

/// Where a page begins, and in what; a link carries it.
#[derive(Default, Serialize, Deserialize)]
struct Page {
    count: usize,
    since: Option<i64>,
    /// The period `_at` names, its end exclusive.
    during: Option<(i64, i64)>,
    moment: Option<Moment>,
    from: Option<Place>,
    total: Option<u64>,
}

async fn page(
    fhir: &Fhir,
    context: &Context,
    request: &Request,
    (visible, span): (&Visible, Span),
    path: &str,
    versions: Option<i64>,
) -> Result<Response> {
    let grant = &context.grant;
    let bound = format!("history|{}|{}|{}|{path}", context.tenant.name, grant.subject, grant.role.as_str());
    let (mut asked, form) = asked(fhir, request, &bound)?;
    if asked.from.is_none() && asked.since.is_none() && asked.during.is_none() && *visible == Visible::All {
        asked.total = versions.and_then(|v| u64::try_from(v).ok());
    }
    let (from, moment) = (asked.from.clone(), asked.moment.clone());
    let span = Span { since: asked.since.map(Instant), during: asked.during, from, moment, ..span };
    let (mut found, moment) = store::page(context, visible, &span, asked.count + 1).await?;
    let more = found.len() > asked.count;
    match span.from.as_ref().is_some_and(|p| p.backward) {
        true if more => drop(found.remove(0)),
        _ => found.truncate(asked.count),
    }
    asked.moment = moment;
    let links = links(fhir, context, &asked, &found, more, (&bound, path, &form), request)?;
    let mut writer = Writer::new("history", asked.total, &links);
    found.iter().try_for_each(|version| entry(context, &mut writer, version))?;
    Ok(writer.respond())
}

/// The links to the pages around this one.
fn links(
    fhir: &Fhir,
    context: &Context,
    asked: &Page,
    found: &[Version],
    more: bool,
    (bound, path, form): (&str, &str, &[String]),
    request: &Request,
) -> Result<Vec<(&'static str, String)>> {
    let address = format!("{}/{path}", service::base(context));
    let sealed = |from: Option<Place>| -> Result<String> {
        let bytes =
            serde_json::to_vec(&Page { from, moment: asked.moment.clone(), ..*asked }).map_err(Error::internal)?;
        let cursor = format!("_cursor={}", fhir.cursors.conceal(bound, &bytes)?);
        let parts: Vec<&str> = std::iter::once(cursor.as_str()).chain(form.iter().map(String::as_str)).collect();
        Ok(format!("{address}?{}", parts.join("&")))
    };
    let own = if request.query.is_empty() { address.clone() } else { format!("{address}?{}", request.query) };
    let mut links = vec![("self", own)];
    let (next, previous) = match &asked.from {
        Some(place) if place.backward => (true, more),
        later => (more, later.is_some()),
    };
    if next || previous {
        links.push(("first", sealed(None)?));
    }
    if let Some(version) = found.first().filter(|_| previous) {
        links.push(("previous", sealed(Some(Place::of(version, true)))?));
    }
    if let Some(version) = found.last().filter(|_| next) {
        links.push(("next", sealed(Some(Place::of(version, false)))?));
    }
    Ok(links)
}

fn entry(context: &Context, writer: &mut Writer, version: &Version) -> Result<()> {
    let name = kind::name(version.kind);
    let url = format!("{}/{name}/{}", service::base(context), version.id);
    let (method, status) = match (version.deleted, version.version) {
        (true, _) => ("DELETE", "204"),
        (false, 1) => ("PUT", "201"),
        (false, _) => ("PUT", "200"),
    };
    let rest = serde_json::json!({
        "request": { "method": method, "url": format!("{name}/{}", version.id) },
        "response": { "status": status, "etag": etag(version.version), "lastModified": version.updated.rfc3339() },
    })
    .to_string();
    let resource = if version.deleted { None } else { Some(body::unpack(version.dictionary, &version.body)?) };
    writer.entry(Some(&url), resource.as_deref(), &rest[1..rest.len() - 1]);
    Ok(())
}

/// What is asked for, and the parameters that page links keep.
fn asked(fhir: &Fhir, request: &Request, bound: &str) -> Result<(Page, Vec<String>)> {
    let pairs = request.query_known(KNOWN)?;
    let get = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    let kept = pairs.iter().filter(|(n, _)| FORM_OF_ANSWER.contains(&n.as_str()));
    let form: Vec<String> = kept.map(|(n, v)| format!("{n}={}", v.replace('+', "%2B"))).collect();
    if let Some(cursor) = get("_cursor") {
        if pairs.len() > form.len() + 1 {
            let message = "the link of a page carries its parameters; none can be added to it";
            return Err(Error::invalid(message).at("_cursor"));
        }
        let bytes = fhir.cursors.reveal(bound, cursor).map_err(|e| e.at("_cursor"))?;
        let old = |_| Error::invalid("this cursor is of an earlier version; begin again without one").at("_cursor");
        return Ok((serde_json::from_slice(&bytes).map_err(old)?, form));
    }
    let count = match get("_count").map(str::parse::<usize>) {
        None => DEFAULT_COUNT,
        Some(Ok(count)) => count.clamp(1, MOST),
        Some(Err(_)) => return Err(Error::invalid("_count takes a whole number").at("_count")),
    };
    let since = get("_since").map(|text| {
        let wrong = || Error::invalid("_since takes an instant such as 2026-11-20T08:00:00Z").at("_since");
        Instant::parse(text).map(|i| i.0).ok_or_else(wrong)
    });
    let during = get("_at").map(|text| {
        let wrong =
            || Error::invalid("_at takes a date or time such as 2026, 2026-11-20 or 2026-11-20T08:00:00Z").at("_at");
        date::range(text).ok_or_else(wrong)
    });
    Ok((Page { count, since: since.transpose()?, during: during.transpose()?, ..Page::default() }, form))
}
