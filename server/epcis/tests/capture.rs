//! Capture, query and items over the domain's own routes, worker and database.

#![allow(clippy::unwrap_used, reason = "the whole file is tests")]

#[path = "capture/binding.rs"]
mod binding;
#[path = "capture/coldchain.rs"]
mod coldchain;
#[path = "capture/compare.rs"]
mod compare;
#[path = "capture/error_declaration.rs"]
mod error_declaration;
#[path = "capture/exception.rs"]
mod exception;
#[path = "capture/fold.rs"]
mod fold;
#[path = "capture/form.rs"]
mod form;
mod house;
#[path = "capture/interference.rs"]
mod interference;
#[path = "capture/item.rs"]
mod item;
#[path = "capture/job.rs"]
mod job;
#[path = "capture/large.rs"]
mod large;
#[path = "capture/line.rs"]
mod line;
#[path = "capture/master.rs"]
mod master;
#[path = "capture/published.rs"]
mod published;
#[path = "capture/query.rs"]
mod query;
#[path = "capture/subscription.rs"]
mod subscription;
#[path = "capture/visibility.rs"]
mod visibility;

use house::minute;
use serde_json::{Value, json};

pub const BOTTLE: &str = "urn:epc:id:sgtin:4012345.011111.98";
pub const BOTTLE_LINK: &str = "https://id.gs1.org/01/04012345111118/21/98";
pub const CASE: &str = "urn:epc:id:sscc:4012345.0000000111";

pub fn bottle(n: u32) -> String {
    format!("urn:epc:id:sgtin:4012345.011111.{n}")
}

pub fn object(at: u32, action: &str, biz_step: &str, epcs: &[&str]) -> Value {
    json!({ "type": "ObjectEvent", "eventTime": minute(at), "eventTimeZoneOffset": "+00:00", "action": action,
        "bizStep": biz_step, "epcList": epcs })
}

pub fn pack(at: u32, action: &str, parent: &str, children: &[&str]) -> Value {
    json!({ "type": "AggregationEvent", "eventTime": minute(at), "eventTimeZoneOffset": "+00:00", "action": action,
        "bizStep": if action == "DELETE" { "unpacking" } else { "packing" }, "parentID": parent, "childEPCs": children })
}

pub fn with(mut event: Value, name: &str, value: impl Into<Value>) -> Value {
    event[name] = value.into();
    event
}
