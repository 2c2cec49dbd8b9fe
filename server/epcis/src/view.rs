//! What goes out: an item as `GET /items/{epc}` and the feed show it, and the documents around events.

use crate::event::{Action, Event};
use crate::item::{Amounts, Dated, Item, ItemKind, Role, State, named, state_of};
use crate::vocabulary::DISPOSITION;
use serde_json::{Map, Number, Value, json};
use std::collections::BTreeMap;
use theriac_core::{Instant, Result};
use theriac_platform::http::Response;
use theriac_units::Exact;

/// Shown with every answer of the EPCIS facade (REST binding, section 12.3).
pub(crate) fn versions(response: Response) -> Response {
    crate::discovery::stamp(response)
}

/// The address of the standard's own context.
pub(crate) const CONTEXT: &str = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld";

/// An item as the address and the feed show it; what it shares with its parents is in it already.
pub(crate) fn item(item: &Item) -> Value {
    let mut out = Map::new();
    out.insert("epc".to_owned(), item.epc.as_str().into());
    out.insert("kind".to_owned(), json!(item.kind));
    out.insert("state".to_owned(), item.state().as_str().into());
    if let Some(disposition) = item.disposition.get() {
        out.insert("disposition".to_owned(), DISPOSITION.bare(disposition).into());
    }
    let holder = Dated(item.holder().filter(|_| item.kind != ItemKind::Class), 0);
    let texts = [
        ("bizLocation", &item.biz_location),
        ("readPoint", &item.read_point),
        ("holder", &holder),
        ("owner", &item.owner),
        ("shippedTo", &item.consignee),
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
    if let Some(parent) = &item.carried_by {
        out.insert("carriedBy".to_owned(), parent.as_str().into());
    }
    quantities(item, &mut out);
    if let Dated(Some(id), at) = &item.last_event {
        out.insert("lastEvent".to_owned(), json!({ "eventID": id, "eventTime": Instant(*at).rfc3339() }));
    }
    out.insert("firstEventTime".to_owned(), Instant(item.created_at).rfc3339().into());
    out.insert("revision".to_owned(), item.revision.into());
    Value::Object(out)
}

fn quantities(item: &Item, out: &mut Map<String, Value>) {
    if !item.stock.is_empty() {
        let stock = &item.stock;
        let parts =
            [("onHand", &stock.on_hand()), ("made", &stock.made), ("used", &stock.used), ("ended", &stock.ended)];
        let told = parts.into_iter().map(|(name, amounts)| (name.to_owned(), amounts_of(None, amounts).into()));
        out.insert("quantity".to_owned(), Value::Object(told.collect()));
    }
    let contents: Vec<Value> = item.contents.iter().flat_map(|(class, held)| amounts_of(Some(class), held)).collect();
    if !contents.is_empty() {
        out.insert("contents".to_owned(), contents.into());
    }
}

/// The classes an item holds, as members of its children.
pub(crate) fn held(item: &Item) -> Vec<Value> {
    let class = |(class, held): (&String, &Amounts)| json!({ "epc": class, "kind": ItemKind::Class, "packed": amounts_of(None, held), "depth": 1 });
    item.contents.iter().map(class).collect()
}

/// As the standard's QuantityElement.
fn amounts_of(class: Option<&str>, amounts: &Amounts) -> Vec<Value> {
    let element = |(uom, quantity): (&str, Exact)| {
        let mut out = Map::new();
        if let Some(class) = class {
            out.insert("epcClass".to_owned(), class.into());
        }
        let number = serde_json::from_str::<Number>(&quantity.to_string());
        out.insert("quantity".to_owned(), number.map_or_else(|_| quantity.to_string().into(), Value::Number));
        if !uom.is_empty() {
            out.insert("uom".to_owned(), uom.into());
        }
        Value::Object(out)
    };
    amounts.iter().map(element).collect()
}

/// What an event alone says of an item, for each role an item plays in it: all that a caller may learn from the feed who
/// does not see every event.
pub(crate) fn said(event: &Event<'_>) -> Value {
    let roles: BTreeMap<&'static str, Role> = named(event).iter().map(|(_, role)| (role.as_str(), *role)).collect();
    let told = roles.into_iter().map(|(name, role)| (name.to_owned(), said_of(event, role)));
    Value::Object(told.collect())
}

fn said_of(event: &Event<'_>, role: Role) -> Value {
    let mut out = Map::new();
    out.insert("state".to_owned(), state_of(event, role).unwrap_or(State::Observed).as_str().into());
    if let Some(disposition) = event.disposition() {
        out.insert("disposition".to_owned(), DISPOSITION.bare(&disposition).into());
    }
    let parent = event.epcs("parentID").pop().filter(|_| role == Role::Child && event.action() == Some(Action::Add));
    for (name, text) in
        [("bizLocation", event.place("bizLocation")), ("readPoint", event.place("readPoint")), ("parent", parent)]
    {
        if let Some(text) = text {
            out.insert(name.to_owned(), text.into());
        }
    }
    out.insert("eventTime".to_owned(), event.time.rfc3339().into());
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
