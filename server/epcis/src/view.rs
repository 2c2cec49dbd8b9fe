//! What goes out: an item as `GET /items/{epc}` and the feed show it, and the documents around events.

use crate::item::{Dated, Item};
use crate::vocabulary::DISPOSITION;
use serde_json::{Map, Value, json};
use theriac_core::{Instant, Result};
use theriac_platform::http::Response;

/// Shown with every answer of the EPCIS facade (REST binding, section 12.3).
pub(crate) fn versions(response: Response) -> Response {
    crate::discovery::stamp(response)
}

/// The address of the standard's own context.
pub(crate) const CONTEXT: &str = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld";

pub(crate) fn item(item: &Item) -> Value {
    let mut out = Map::new();
    out.insert("epc".to_owned(), item.epc.as_str().into());
    out.insert("kind".to_owned(), json!(item.kind));
    out.insert("state".to_owned(), json!(item.state.get()));
    if let Some(disposition) = item.disposition.get() {
        out.insert("disposition".to_owned(), DISPOSITION.bare(disposition).into());
    }
    let texts = [
        ("bizLocation", &item.biz_location),
        ("readPoint", &item.read_point),
        ("parent", &item.parent),
        ("attachedTo", &item.attached_to),
        ("lot", &item.lot),
        ("expiry", &item.expiry),
    ];
    for (name, text) in texts {
        if let Some(text) = text.get() {
            out.insert(name.to_owned(), text.as_str().into());
        }
    }
    let persistent: Vec<&str> = item.persistent().map(|set| DISPOSITION.bare(set)).collect();
    if !persistent.is_empty() {
        out.insert("persistentDisposition".to_owned(), json!(persistent));
    }
    if let Dated(Some(id), at) = &item.last_event {
        out.insert("lastEvent".to_owned(), json!({ "eventID": id, "eventTime": Instant(*at).rfc3339() }));
    }
    out.insert("firstEventTime".to_owned(), Instant(item.created_at).rfc3339().into());
    out.insert("revision".to_owned(), item.revision.into());
    Value::Object(out)
}

/// `{"@context", "type": "Collection", "member": [...]}` (REST binding, section 12.4).
pub(crate) fn collection(members: Value) -> Result<Response> {
    Response::json(200, &json!({ "@context": [CONTEXT], "type": "Collection", "member": members })).map(versions)
}

/// An EPCISQueryDocument around events as they are stored.
pub(crate) fn query_document(created: Instant, query: &str, subscription: Option<&str>, events: &[Vec<u8>]) -> Vec<u8> {
    let size: usize = events.iter().map(|e| e.len() + 1).sum();
    let mut out = Vec::with_capacity(size + 400);
    let quoted = |text: &str| Value::from(text).to_string();
    let subscription = subscription.map_or(String::new(), |id| format!("\"subscriptionID\":{},", quoted(id)));
    let head = format!(
        "{{\"@context\":[\"{CONTEXT}\"],\"type\":\"EPCISQueryDocument\",\"schemaVersion\":\"2.0\",\
         \"creationDate\":\"{}\",\"epcisBody\":{{\"queryResults\":{{\"queryName\":{},{subscription}\
         \"resultsBody\":{{\"eventList\":[",
        created.rfc3339(),
        quoted(query)
    );
    out.extend_from_slice(head.as_bytes());
    for (i, event) in events.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        out.extend_from_slice(event);
    }
    out.extend_from_slice(b"]}}}}");
    out
}
