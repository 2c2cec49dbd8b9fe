//! batch and transaction arrive at one address. A batch is its entries one by one, each through the same routes
//! as if it had come alone. <http://hl7.org/fhir/R4/http.html#transaction>

use super::transaction;
use crate::bundle::{self, Writer};
use crate::document;
use crate::job;
use crate::patch;
use crate::service::Fhir;
use crate::structure;
use futures_util::StreamExt;
use std::borrow::Cow;
use theriac_access::Interaction;
use theriac_core::json::{self, Node};
use theriac_core::{Code, Error, Instant, Result};
use theriac_platform::Context;
use theriac_platform::http::{Answer, Facade, Found, Headers, Method, Request, Response};

/// Entries of one batch in work at the same time.
const AT_ONCE: usize = 8;

pub async fn handle(fhir: Fhir, context: Context, request: Request) -> Result<Response> {
    let (kind, entries) = read(&request)?;
    if let Some(accepted) = job::defer(&fhir, &context, &request).await? {
        return Ok(accepted);
    }
    match kind {
        Kind::Batch => batch(fhir, context, entries).await,
        Kind::Transaction => transaction::apply(&fhir, &context, &request, entries).await,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Batch,
    Transaction,
}

/// # Errors
/// `UnsupportedMedia`, `Malformed` or `Invalid` for what is no such Bundle.
pub fn read(request: &Request) -> Result<(Kind, Vec<Entry>)> {
    document::check_media(request)?;
    let bundle = json::parse(&request.body)?;
    let wrong = |place: &str| Error::invalid("a Bundle of type batch or transaction is taken here").at(place);
    if bundle.text("resourceType") != Some("Bundle") {
        return Err(wrong("resourceType"));
    }
    let kind = match bundle.text("type") {
        Some("batch") => Kind::Batch,
        Some("transaction") => Kind::Transaction,
        _ => return Err(wrong("Bundle.type")),
    };
    Ok((kind, entries(bundle.into_owned())?))
}

/// One entry, read.
#[derive(Debug, Clone)]
pub struct Entry {
    /// From 0, for messages.
    pub index: usize,
    pub full_url: Option<String>,
    pub resource: Option<Node<'static>>,
    pub method: Method,
    pub url: String,
    pub if_match: Option<String>,
    pub if_none_exist: Option<String>,
    pub if_none_match: Option<String>,
    pub if_modified_since: Option<String>,
}

impl Entry {
    pub fn path(&self) -> String {
        format!("Bundle.entry[{}]", self.index)
    }
}

fn entries(bundle: Node<'static>) -> Result<Vec<Entry>> {
    check_envelope(&bundle)?;
    let Node::Object(mut bundle) = bundle else { return Ok(Vec::new()) };
    let Some(Node::Array(entries)) = bundle.remove("entry") else { return Ok(Vec::new()) };
    entries.into_iter().enumerate().map(|(index, node)| entry(index, node)).collect()
}

/// The Bundle without its resources, which are judged one by one.
fn check_envelope(bundle: &Node<'_>) -> Result<()> {
    let mut envelope = bundle.clone();
    let entries = envelope.as_object_mut().and_then(|b| b.get_mut("entry"));
    if let Some(Node::Array(entries)) = entries {
        for entry in entries.iter_mut().filter_map(Node::as_object_mut) {
            entry.remove("resource");
        }
    }
    structure::check(&envelope, Some("Bundle"))
}

fn entry(index: usize, node: Node<'static>) -> Result<Entry> {
    let wrong =
        |what: &str| Error::invalid(format!("the entry needs {what}")).at(format!("Bundle.entry[{index}].request"));
    let Node::Object(mut entry) = node else { return Err(wrong("to be an object")) };
    let full_url = entry.text("fullUrl").map(str::to_owned);
    let resource = entry.remove("resource");
    let request = entry.get("request").ok_or_else(|| wrong("a request with method and url"))?;
    let method = request.text("method").and_then(Method::parse).ok_or_else(|| wrong("a method"))?;
    let url = request.text("url").ok_or_else(|| wrong("a url"))?.to_owned();
    let text = |name: &str| request.text(name).map(str::to_owned);
    Ok(Entry {
        index,
        full_url,
        resource,
        method,
        url,
        if_match: text("ifMatch"),
        if_none_exist: text("ifNoneExist"),
        if_none_match: text("ifNoneMatch"),
        if_modified_since: text("ifModifiedSince").and_then(|t| Instant::parse(&t)).map(|t| t.http_date()),
    })
}

async fn batch(fhir: Fhir, context: Context, entries: Vec<Entry>) -> Result<Response> {
    let answers = futures_util::stream::iter(entries).map(|entry| single(&fhir, &context, entry)).buffered(AT_ONCE);
    let answers: Vec<Response> = answers.collect().await;
    let mut writer = Writer::new("batch-response", None, &[]);
    for answer in &answers {
        respond(&mut writer, answer);
    }
    Ok(writer.respond())
}

/// The entry as a request of its own; its failure is its own too.
pub async fn single(fhir: &Fhir, context: &Context, entry: Entry) -> Response {
    let path = entry.path();
    match dispatch(fhir, context, entry).await {
        Ok(response) => response,
        Err(error) => {
            let error = if error.issues.is_empty() { error.at(path) } else { error };
            if let Some(cause) = &error.cause {
                tracing::warn!(request_id = context.trail.request_id, %cause, "an entry of a batch failed");
            }
            Facade::Fhir.render(&error, &context.trail.request_id)
        }
    }
}

/// Finds the entry's route and calls its handler, after the same check of permission.
async fn dispatch(fhir: &Fhir, context: &Context, entry: Entry) -> Result<Response> {
    let (path, query) = entry.url.split_once('?').unwrap_or((&entry.url, ""));
    let path = path.trim_start_matches('/');
    if path.trim_end_matches('/').is_empty() && entry.method == Method::Post {
        return Err(Error::new(Code::NotSupported, "a batch inside a batch is not taken"));
    }
    let address = format!("/{}/fhir/{path}", context.tenant.name);
    let mut request = Request::new(entry.method, address.trim_end_matches('/'), query);
    let (media, body) = match (&entry.resource, entry.method) {
        (Some(resource), Method::Patch) => patch::of_entry(resource)?,
        (Some(resource), _) => (Cow::Borrowed(FHIR), resource.to_vec()),
        (None, _) => (Cow::Borrowed(FHIR), Vec::new()),
    };
    request.headers = headers(&entry, &media);
    request.body = body.into();
    route(fhir, context, request).await
}

/// Sends a request through the same routes as one that came alone.
///
/// # Errors
/// `NotFound` for an address that is none of ours, `Forbidden`, and the handler's.
pub async fn route(fhir: &Fhir, context: &Context, mut request: Request) -> Result<Response> {
    let router = fhir.router.get().ok_or_else(|| Error::internal("the routes are not ready"))?;
    let Found::Route(route, params) = router.find(request.method, &request.path) else {
        return Err(Error::new(Code::NotFound, "the entry's url is none of this server's FHIR addresses"));
    };
    context.grant.require(route.permission)?;
    let Answer::Reply(handler) = &route.answer else { return Err(Error::new(Code::NotSupported, "not in a batch")) };
    request.params = params;
    handler(context.clone(), request).await
}

const FHIR: &str = "application/fhir+json";

fn headers(entry: &Entry, media: &str) -> Headers {
    let mut headers = Headers::default();
    headers.push("content-type", media);
    let conditions = [
        ("if-match", &entry.if_match),
        ("if-none-exist", &entry.if_none_exist),
        ("if-none-match", &entry.if_none_match),
        ("if-modified-since", &entry.if_modified_since),
    ];
    for (name, value) in conditions {
        if let Some(value) = value {
            headers.push(name, value);
        }
    }
    headers
}

/// A response as an entry of the answering Bundle.
pub(super) fn respond(writer: &mut Writer, response: &Response) {
    writer.finished(&answered(response));
}

/// The same by itself.
pub fn answered(response: &Response) -> Vec<u8> {
    let mut parts = serde_json::json!({ "status": response.status.to_string() });
    for (header, name) in [("location", "location"), ("etag", "etag")] {
        if let Some(value) = response.header(header) {
            parts[name] = value.into();
        }
    }
    let body = response.body.bytes().filter(|b| !b.is_empty());
    let is_error = response.status >= 400;
    let mut rest = format!("\"response\":{parts}");
    if let (true, Some(outcome)) = (is_error, body) {
        rest.truncate(rest.len() - 1);
        rest.push_str(",\"outcome\":");
        rest.push_str(&String::from_utf8_lossy(outcome));
        rest.push('}');
    }
    bundle::finished(body.filter(|_| !is_error).map(|b| b.as_ref()), &rest)
}

/// The interaction an entry stands for, for the check of its scopes.
pub fn interaction(method: Method) -> Interaction {
    match method {
        Method::Post => Interaction::Create,
        Method::Put | Method::Patch => Interaction::Update,
        Method::Delete => Interaction::Delete,
        Method::Get | Method::Head | Method::Options => Interaction::Read,
    }
}
