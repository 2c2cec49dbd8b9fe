//! One message, and how an entry becomes one or several.

use crate::entry::Record;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;
use theriac_core::json::write_string;

/// `{"cursor","topic","type","time","subject","data"}`
#[derive(Debug, Clone)]
pub struct Message {
    pub cursor: String,
    /// Everything after the cursor, the same for all who get it.
    pub rest: Arc<str>,
}

impl Message {
    pub fn json(&self) -> String {
        format!("{{\"cursor\":\"{}\",{}", self.cursor, self.rest)
    }

    pub fn sse(&self) -> String {
        format!("id: {}\ndata: {}\n\n", self.cursor, self.json())
    }

    /// Says that the line is alive and where it stands.
    pub fn heartbeat(cursor: String, time: &str) -> Self {
        Self { cursor, rest: rest("system", "heartbeat", time, "", None).into() }
    }
}

/// A message's content before it has a cursor.
#[derive(Debug)]
pub struct Part {
    pub topic: String,
    pub rest: Arc<str>,
}

/// Items that one entry changed, each a message of its own on the topic `items`.
#[derive(Deserialize)]
struct Items<'a> {
    #[serde(borrow, default)]
    items: Vec<Item<'a>>,
    /// What the event alone says of an item, by the role it plays.
    #[serde(borrow, default)]
    said: HashMap<String, &'a RawValue>,
}

#[derive(Deserialize)]
struct Item<'a> {
    epc: String,
    #[serde(default)]
    role: String,
    #[serde(borrow)]
    state: &'a RawValue,
}

/// The messages of an entry, in their order: the entry itself, then each item it changed. An item's state is
/// made of all its events: a caller who sees some rows only (`whole` false) gets instead what the event alone says of it.
pub fn parts(record: &Record, whole: bool) -> Vec<Part> {
    let data = record.data.as_ref().map(|d| d.get());
    let event = record.topic == "epcis.event";
    let narrowed = data.filter(|_| event && !whole).map(without_items);
    let version = format!("{{\"version\":{}}}", record.version);
    let own = narrowed.as_deref().or(data).unwrap_or(&version);
    let own = rest(&record.topic, &record.action, &record.time, &record.subject, Some(own));
    let mut parts = vec![Part { topic: record.topic.clone(), rest: own.into() }];
    if event && let Some(Ok(Items { items, said })) = data.map(serde_json::from_str::<Items<'_>>) {
        let told = items.iter().filter_map(|item| {
            let data = if whole { Some(item.state) } else { said.get(&item.role).copied() };
            Some(Part {
                topic: "items".to_owned(),
                rest: rest("items", "update", &record.time, &item.epc, Some(data?.get())).into(),
            })
        });
        parts.extend(told);
    }
    parts
}

fn without_items(data: &str) -> String {
    match serde_json::from_str(data) {
        Ok(serde_json::Value::Object(mut members)) => {
            members.shift_remove("said");
            members.shift_remove("items");
            serde_json::Value::Object(members).to_string()
        }
        _ => "{}".to_owned(),
    }
}

fn rest(topic: &str, kind: &str, time: &str, subject: &str, data: Option<&str>) -> String {
    let mut text = String::with_capacity(160 + data.map_or(0, str::len));
    let quoted = |s: &str| {
        let mut out = Vec::with_capacity(s.len() + 2);
        write_string(s, &mut out);
        String::from_utf8_lossy(&out).into_owned()
    };
    // Writing to a String does not fail.
    let _ = write!(text, "\"topic\":{},\"type\":{},\"time\":\"{time}\"", quoted(topic), quoted(kind));
    if !subject.is_empty() {
        let _ = write!(text, ",\"subject\":{}", quoted(subject));
    }
    if let Some(data) = data {
        let _ = write!(text, ",\"data\":{data}");
    }
    text.push('}');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> Record {
        let leaf = br#"{"id":"1","time":"t","topic":"epcis.event","action":"capture","subject":"e","version":0,
            "data":{"bizStep":"shipping","said":{"subject":{"state":"shipped"}},
            "items":[{"epc":"a","role":"subject","state":{"parent":"hidden"}}]}}"#;
        Record::read(7, leaf).unwrap()
    }

    #[test]
    fn an_event_is_followed_by_the_items_it_changed() {
        let parts = parts(&event(), true);
        assert_eq!(parts.iter().map(|p| p.topic.as_str()).collect::<Vec<_>>(), ["epcis.event", "items"]);
        assert!(parts[1].rest.contains(r#""subject":"a","data":{"parent":"hidden"}"#));
    }

    #[test]
    fn who_sees_some_rows_only_learns_of_an_item_what_the_event_says() {
        let parts = parts(&event(), false);
        assert_eq!(parts.len(), 2);
        assert!(parts[0].rest.contains("shipping") && parts.iter().all(|part| !part.rest.contains("hidden")));
        assert!(parts[1].rest.contains(r#""subject":"a","data":{"state":"shipped"}"#));
    }
}
