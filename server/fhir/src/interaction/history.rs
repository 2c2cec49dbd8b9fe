//! History of a resource, a type, the whole tenant. <http://hl7.org/fhir/R4/http.html#history>

use super::outcome::etag;
use super::read::is_visible;
use crate::body;
use crate::bundle::Writer;
use crate::kind;
use crate::policy::{self, Visible};
use crate::service::{self, Fhir};
use crate::store::history::{self as store, Span};
use crate::store::read::Version;
use theriac_access::Interaction;
use theriac_core::{Error, Instant, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

const KNOWN: &[&str] = &["_count", "_since", "_at", "_cursor", "_format", "_pretty"];
const DEFAULT_COUNT: usize = 50;
const MOST: usize = 1_000;

pub async fn of_instance(fhir: Fhir, context: Context, request: Request) -> Result<Response> {
    let kind = kind::find(request.param("type"))?;
    context.grant.require_fhir(Interaction::Read, kind.name)?;
    let id = request.param("id").to_owned();
    let visible = policy::tokens(&context.grant.rows());
    let versions = store::count(&context, kind.number, &id).await?;
    let hidden = visible != Visible::All && crate::store::read::current(&context, &visible, kind, &id).await?.is_none();
    if versions == 0 || hidden {
        return Err(Error::not_found(kind.name, &id));
    }
    let path = format!("{}/{id}/_history", kind.name);
    let span = Span { kind: Some(kind.number), id: Some(id), ..Span::default() };
    page(&fhir, &context, &request, span, &path, Some(versions)).await
}

pub async fn of_type(fhir: Fhir, context: Context, request: Request) -> Result<Response> {
    let kind = kind::find(request.param("type"))?;
    context.grant.require_fhir(Interaction::Search, kind.name)?;
    let span = Span { kind: Some(kind.number), ..Span::default() };
    page(&fhir, &context, &request, span, &format!("{}/_history", kind.name), None).await
}

pub async fn of_system(fhir: Fhir, context: Context, request: Request) -> Result<Response> {
    context.grant.require_fhir(Interaction::Search, "Resource")?;
    page(&fhir, &context, &request, Span::default(), "_history", None).await
}

async fn page(
    fhir: &Fhir,
    context: &Context,
    request: &Request,
    mut span: Span,
    path: &str,
    total: Option<i64>,
) -> Result<Response> {
    let asked = asked(request)?;
    span.since = asked.since;
    span.until = asked.until;
    let bound = format!("history|{}|{}|{path}|{}", context.tenant.name, context.grant.subject, asked.shape);
    if let Some(cursor) = &asked.cursor {
        let place = fhir.cursors.open(&bound, cursor).map_err(|e| e.at("_cursor"))?;
        span.below = Some(serde_json::from_slice(&place).map_err(Error::internal)?);
    }
    let mut versions = store::page(context, &span, asked.count + 1).await?;
    let more = versions.len() > asked.count;
    versions.truncate(asked.count);
    let address = format!("{}/{path}", service::base(context));
    let mut links = vec![("self", link(&address, &asked.shape, asked.cursor.as_deref()))];
    if let (true, Some(last)) = (more, versions.last()) {
        let place = (last.updated.0, i64::from(last.kind), &last.id, last.version);
        let cursor = fhir.cursors.seal(&bound, &serde_json::to_vec(&place).map_err(Error::internal)?);
        links.push(("next", link(&address, &asked.shape, Some(&cursor))));
    }
    let limited =
        policy::tokens(&context.grant.rows()) != Visible::All || asked.since.is_some() || asked.until.is_some();
    let total = total.filter(|_| !limited).and_then(|t| u64::try_from(t).ok());
    let mut writer = Writer::new("history", total, &links);
    for version in &versions {
        if is_visible(context, version)? {
            entry(context, &mut writer, version)?;
        }
    }
    Ok(writer.respond())
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

struct Asked {
    count: usize,
    since: Option<Instant>,
    until: Option<Instant>,
    cursor: Option<String>,
    /// The query without the cursor, for links and for what the cursor is bound to.
    shape: String,
}

fn asked(request: &Request) -> Result<Asked> {
    let pairs = request.query_known(KNOWN)?;
    let get = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    let instant = |name: &str| {
        get(name)
            .map(|t| {
                Instant::parse(t).ok_or_else(|| {
                    Error::invalid(format!("{name} takes an instant such as 2026-11-20T08:00:00Z")).at(name)
                })
            })
            .transpose()
    };
    let count = match get("_count").map(str::parse::<usize>) {
        None => DEFAULT_COUNT,
        Some(Ok(count)) => count.clamp(1, MOST),
        Some(Err(_)) => return Err(Error::invalid("_count takes a whole number").at("_count")),
    };
    let shape: Vec<String> =
        pairs.iter().filter(|(n, _)| n != "_cursor").map(|(n, v)| format!("{n}={}", v.replace('+', "%2B"))).collect();
    Ok(Asked {
        count,
        since: instant("_since")?,
        until: instant("_at")?,
        cursor: get("_cursor").map(str::to_owned),
        shape: shape.join("&"),
    })
}

fn link(address: &str, shape: &str, cursor: Option<&str>) -> String {
    let cursor = cursor.map(|c| format!("_cursor={c}"));
    let parts: Vec<&str> = [Some(shape), cursor.as_deref()].into_iter().flatten().filter(|p| !p.is_empty()).collect();
    if parts.is_empty() { address.to_owned() } else { format!("{address}?{}", parts.join("&")) }
}
