//! What is recorded with every change: who, what, when, why. The entry's JSON text is the leaf of the tree.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use theriac_core::hash::hex;
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::db::Unit;

use crate::store;

/// A change about to be recorded. No personal data beyond record ids: leaves are never erased.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// Domain and kind: `fhir.Patient`, `epcis.event`, `isa95.readings`, `alerts`.
    pub topic: String,
    /// `create`, `update`, `delete`, `capture`, `raise`, ...
    pub action: &'static str,
    /// The record: `Patient/1`.
    pub subject: String,
    /// Of the record, from 1; 0 where records have no versions.
    pub version: i64,
    /// SHA-256 of the record's bytes as stored.
    pub hash: Option<[u8; 32]>,
    /// Who may see it, in the words of `theriac_access::label`; none: whoever sees all rows.
    pub labels: Vec<String>,
    /// What subscribers need to know at once.
    pub data: Option<serde_json::Value>,
}

#[derive(Serialize)]
struct Leaf<'a> {
    id: String,
    time: String,
    actor: Actor<'a>,
    topic: &'a str,
    action: &'a str,
    subject: &'a str,
    version: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<String>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    labels: &'a [String],
    request: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    traceparent: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a serde_json::Value>,
}

#[derive(Serialize)]
struct Actor<'a> {
    subject: &'a str,
    role: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<&'a str>,
}

/// Puts the entries into the unit that makes the change, and has the sealer woken after its commit.
///
/// # Errors
/// `Internal` if an entry cannot be written as JSON.
pub fn record(unit: &mut Unit, context: &Context, entries: &[Entry]) -> Result<()> {
    let leaves = entries.iter().map(|e| leaf(context, e)).collect::<Result<Vec<_>>>()?;
    if !leaves.is_empty() {
        unit.push(store::append(&context.db, leaves)).ring();
    }
    Ok(())
}

fn leaf(context: &Context, entry: &Entry) -> Result<Vec<u8>> {
    let (trail, grant) = (&context.trail, &context.grant);
    serde_json::to_vec(&Leaf {
        id: format!("{:x}", context.key()),
        time: context.now().rfc3339(),
        actor: Actor { subject: &grant.subject, role: grant.role.as_str(), client: grant.client.as_deref() },
        topic: &entry.topic,
        action: entry.action,
        subject: &entry.subject,
        version: entry.version,
        hash: entry.hash.map(|h| hex(&h)),
        labels: &entry.labels,
        request: &trail.request_id,
        correlation: trail.correlation_id.as_deref(),
        traceparent: trail.traceparent.as_deref(),
        purpose: trail.purpose.as_deref(),
        reason: trail.reason.as_deref(),
        data: entry.data.as_ref(),
    })
    .map_err(Error::internal)
}

/// A sealed entry, as workers and feeds read it.
#[derive(Debug, Deserialize)]
pub struct Record {
    /// Position in the tenant's ledger, from 0, without gaps.
    #[serde(skip)]
    pub position: u64,
    pub time: String,
    pub topic: String,
    pub action: String,
    pub subject: String,
    pub version: i64,
    /// Of the record's bytes as stored, in hexadecimal.
    #[serde(default)]
    pub hash: Option<String>,
    #[serde(default)]
    pub labels: Vec<String>,
    #[serde(default)]
    pub data: Option<Box<RawValue>>,
}

impl Record {
    /// Reads a leaf.
    ///
    /// # Errors
    /// `Internal`: a leaf that cannot be read was damaged.
    pub fn read(position: u64, leaf: &[u8]) -> Result<Self> {
        let record: Self =
            serde_json::from_slice(leaf).map_err(|e| Error::internal(format!("ledger entry {position}: {e}")))?;
        Ok(Self { position, ..record })
    }

    /// Is it of this topic, or of one below it? `fhir` covers `fhir.Patient`.
    pub fn is_about(&self, topic: &str) -> bool {
        self.topic.strip_prefix(topic).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}
