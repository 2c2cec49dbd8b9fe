//! `/exceptions`: what does not agree between goods and data, talked over with the partner in the messages of the
//! Partnership for DSCSA Governance: a report names exceptions, a response accepts or rejects what is asked for each, and
//! a report ends the case. <https://github.com/dscsagovernance/ExceptionsSchemas>
//!
//! A case is one record, under its `exception_case_uuid`, with every message as it came or went. [`message`] is the
//! schemas as types, [`receive`] takes messages in, [`send`] sends ours.

mod message;
pub(crate) mod receive;
pub(crate) mod send;

use crate::record::{Kind, Record};
use crate::store::record as store;
use message::Message;
use serde_json::{Value, json};
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;
use theriac_platform::db::Unit;
use uuid::Uuid;

pub(crate) static KIND: Kind =
    Kind { segment: "exceptions", topic: "dscsa.exception", states: &["open", "answered", "resolved"] };

/// Messages of one case.
const MOST: usize = 1_000;

/// The case a message belongs to, and whether the message stood in it already.
enum Case {
    New,
    Known(Record),
    Repeated(Record),
}

/// A case is between two: for anybody else it does not exist.
async fn case(context: &Context, message: &Message, partner: &str) -> Result<Case> {
    let id = message.case().to_string();
    let Some(record) = store::find(&context.db, &KIND, &id).await? else {
        return match message {
            Message::Report(..) => Ok(Case::New),
            Message::Response(..) => Err(Error::not_found(KIND.segment, &id)),
        };
    };
    if record.document["partner"] != partner {
        return Err(Error::not_found(KIND.segment, &id));
    }
    if let Some(known) = find(&record, message.uuid()) {
        return if known["message"] == *message.value() {
            Ok(Case::Repeated(record))
        } else {
            Err(Error::conflict("another message came under this message_uuid").at("message_uuid"))
        };
    }
    fits(&record, message)?;
    Ok(Case::Known(record))
}

fn messages(record: &Record) -> &[Value] {
    record.document["messages"].as_array().map_or(&[], Vec::as_slice)
}

fn find(record: &Record, uuid: Uuid) -> Option<&Value> {
    let uuid = uuid.to_string();
    messages(record).iter().find(|kept| kept["message"]["message_uuid"].as_str().is_some_and(|own| own == uuid))
}

/// May it be said in this case?
fn fits(record: &Record, message: &Message) -> Result<()> {
    if record.state == "resolved" {
        return Err(Error::conflict("the case is resolved; a new exception is a new case").at("exception_case_uuid"));
    }
    if messages(record).len() >= MOST {
        return Err(Error::conflict(format!("a case has at most {MOST} messages")));
    }
    let Message::Response(response, _) = message else { return Ok(()) };
    let named: Vec<Uuid> = messages(record).iter().flat_map(|kept| message::items(&kept["message"])).collect();
    match response.items().find(|item| !named.contains(item)) {
        None => Ok(()),
        Some(item) => {
            let message = format!("the item {item} is in no report of this case");
            Err(Error::new(Code::Unprocessable, message).at("response_items"))
        }
    }
}

/// Puts the message into the case, and the case into the unit.
fn put(
    context: &Context,
    known: Option<Record>,
    message: &Message,
    partner: &str,
    how: Value,
    unit: &mut Unit,
) -> Result<Record> {
    let mut record = match known {
        Some(known) => Record { version: known.version + 1, ..known },
        None => {
            let document = json!({ "partner": partner, "poNumber": message.order(), "messages": [] });
            Record::new(context, &KIND, message.case().to_string(), "open", document)
        }
    };
    record.state = match message {
        Message::Report(report, _) if report.case_resolved => "resolved",
        Message::Report(..) => "open",
        Message::Response(..) => "answered",
    };
    let mut kept = how;
    kept["kind"] = message.kind().into();
    kept["at"] = context.now().rfc3339().into();
    // Who sent it is a person: that stays in the record.
    let told = json!({ "partner": partner, "direction": kept["direction"], "message": message.uuid().to_string(),
        "kind": message.kind() });
    kept["message"] = message.value().clone();
    if let Some(messages) = record.document["messages"].as_array_mut() {
        messages.push(kept);
    }
    record.put(context, "message", told, unit)?;
    Ok(record)
}
