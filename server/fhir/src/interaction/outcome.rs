//! What a write answers: status, ETag, Last-Modified, Location, and the body that was asked for.

use crate::bundle::FHIR_JSON;
use crate::document::Draft;
use crate::service;
use theriac_core::{Error, Instant, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

/// `Prefer: return=...`, <http://hl7.org/fhir/R4/http.html#ops>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Return {
    Minimal,
    Representation,
    OperationOutcome,
}

impl Return {
    /// # Errors
    /// `Invalid` for a word that is none of the three.
    pub fn of(request: &Request) -> Result<Self> {
        let words = request.header("prefer").into_iter().flat_map(|p| p.split([',', ';'])).map(str::trim);
        match words.filter_map(|w| w.strip_prefix("return=")).next_back() {
            None | Some("representation") => Ok(Self::Representation),
            Some("minimal") => Ok(Self::Minimal),
            Some("OperationOutcome") => Ok(Self::OperationOutcome),
            Some(other) => Err(Error::invalid(format!(
                "Prefer: return={other} is not one of minimal, representation, OperationOutcome"
            ))),
        }
    }
}

pub fn etag(version: i64) -> String {
    format!("W/\"{version}\"")
}

/// The answer to a write that made this version.
pub fn written(context: &Context, request: &Request, status: u16, draft: &Draft) -> Result<Response> {
    let response = Response::new(status)
        .with("etag", etag(draft.version))
        .with("last-modified", draft.updated.http_date())
        .with("location", location(context, draft));
    let text = if status == 201 { "created" } else { "stored" };
    Ok(preferred(response, Return::of(request)?, text, || Some(draft.bytes.clone())))
}

/// Puts the body that was asked for under an answer: nothing, the resource, or what was done.
pub fn preferred(
    response: Response,
    wanted: Return,
    text: &str,
    resource: impl FnOnce() -> Option<Vec<u8>>,
) -> Response {
    let body = match wanted {
        Return::Minimal => None,
        Return::Representation => resource(),
        Return::OperationOutcome => Some(done(text).into_bytes()),
    };
    match body {
        Some(body) => response.with("content-type", FHIR_JSON).body(body),
        None => response,
    }
}

/// `[base]/[type]/[id]/_history/[vid]`
pub fn location(context: &Context, draft: &Draft) -> String {
    format!("{}/{}/{}/_history/{}", service::base(context), draft.kind.name, draft.id, draft.version)
}

/// An OperationOutcome that says what was done.
pub fn done(text: &str) -> String {
    serde_json::json!({
        "resourceType": "OperationOutcome",
        "issue": [{ "severity": "information", "code": "informational", "diagnostics": text }],
    })
    .to_string()
}

/// An answer that is only said.
pub fn told(status: u16, text: &str) -> Response {
    Response::new(status).with("content-type", FHIR_JSON).body(done(text))
}

/// The version named by `If-Match: W/"3"`.
///
/// # Errors
/// `Invalid` for a field that is no ETag of ours.
pub fn if_match(request: &Request) -> Result<Option<i64>> {
    let Some(field) = request.header("if-match") else { return Ok(None) };
    let inner = field.trim().strip_prefix("W/").unwrap_or(field.trim());
    let version = inner.strip_prefix('"').and_then(|t| t.strip_suffix('"')).and_then(|t| t.parse().ok());
    version.map(Some).ok_or_else(|| Error::invalid("If-Match takes a version as ETag, W/\"1\"").at("If-Match"))
}

/// Versions of one resource never share a time: the clock is moved on where it did not.
pub fn after(now: Instant, previous: Option<Instant>) -> Instant {
    let now = now.to_millis();
    previous.map_or(now, |p| Instant(now.0.max(p.0 + 1_000)))
}
