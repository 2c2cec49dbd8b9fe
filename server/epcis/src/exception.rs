//! Business faults: events that are well formed and cannot be true, or should not have happened. They are kept beside
//! the events, as exceptions, with a stable code each ([`rule`]), because a partner's fault must not keep out the partner's data;
//! a tenant may choose otherwise for a code.
//!
//! An exception is one rule broken by one event, with the items concerned. What comes in later may explain it: then it
//! is resolved by itself. Exceptions follow from all events of a tenant, so only who sees all events sees them.

pub(crate) mod judge;
mod keep;
mod list;
mod policy;
pub mod rule;

pub(crate) use judge::{event_faults, item_faults, stock_faults};
pub(crate) use keep::{Faults, Reconsidered, write};
pub(crate) use list::{list, read, resolve, rules};
pub(crate) use policy::Policy;

use judge::Fault;
use rule::Rule;
use serde::{Deserialize, Serialize};
use theriac_core::hash::sha256;
use theriac_core::{Error, Result};
use theriac_ledger::Entry;

pub(crate) const TOPIC: &str = "epcis.exception";

/// Items an entry of the ledger names at most, and an answer.
const TOLD: usize = 100;

/// Items that are kept of one exception: an event has not many more.
const KEPT: usize = 20_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    Open,
    Resolved,
}

impl State {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Resolved => "resolved",
        }
    }
}

/// One rule broken by one event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Exception {
    pub id: String,
    pub rule: String,
    #[serde(rename = "eventID")]
    pub event_id: String,
    pub event_time: String,
    /// Sorted; empty where the fault is the event's own.
    pub epcs: Vec<String>,
    pub state: State,
    pub raised_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip)]
    pub key: i64,
    #[serde(skip)]
    pub version: i64,
    #[serde(skip)]
    pub time: i64,
}

impl Exception {
    /// As answers and the feed show it, with the rule's own words.
    pub(crate) fn shown(&self) -> Result<serde_json::Value> {
        let mut told = self.clone();
        told.epcs.truncate(TOLD);
        let mut value = serde_json::to_value(&told).map_err(Error::internal)?;
        if let Some(Rule { severity, about, .. }) = rule::find(&self.rule) {
            value["severity"] = severity.as_str().into();
            value["text"] = (*about).into();
        }
        value["items"] = self.epcs.len().into();
        Ok(value)
    }

    fn entry(&self, action: &'static str) -> Result<Entry> {
        let data = self.shown()?;
        Ok(Entry {
            topic: TOPIC.to_owned(),
            action,
            subject: format!("exceptions/{}", self.id),
            version: self.version,
            hash: Some(sha256(serde_json::to_string(self).map_err(Error::internal)?.as_bytes())),
            labels: Vec::new(),
            data: Some(data),
        })
    }
}
