//! Raising: one alert for one unbroken episode, however often its watcher begins again.

use crate::store;
use serde::Serialize;
use serde_json::Value;
use std::collections::HashSet;
use theriac_access::label;
use theriac_core::hash::{hex, sha256};
use theriac_core::{Error, Instant, Result};
use theriac_ledger::Entry;
use theriac_platform::Context;
use theriac_platform::db::Unit;

pub(crate) const TOPIC: &str = "alerts";

/// What a watcher has to say.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAlert {
    /// The watcher: `spc`, `signals`.
    pub source: &'static str,
    pub rule: String,
    /// What it is about: the address of a property, the id of an item.
    pub subject: String,
    /// The site that sees it; none: whoever sees all of the tenant.
    pub site: Option<String>,
    /// Names the unbroken episode within the tenant: the same episode is the same alert.
    pub episode: String,
    pub evidence: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Open,
    Acknowledged,
}

impl State {
    pub const NAMES: [(&'static str, Self); 2] = [("open", Self::Open), ("acknowledged", Self::Acknowledged)];

    pub fn as_str(self) -> &'static str {
        Self::NAMES[self as usize].0
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(n, _)| *n == name).map(|(_, state)| *state)
    }
}

/// An alert as it is given out.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Alert {
    pub id: String,
    pub raised_at: String,
    pub source: String,
    pub rule: String,
    pub subject: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    pub evidence: Value,
    pub state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acknowledged_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acknowledged_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip)]
    pub version: i64,
    #[serde(skip)]
    pub key: i64,
}

impl Alert {
    fn of(new: NewAlert, key: i64, at: Instant) -> Self {
        Self {
            id: id_of(&new.episode),
            raised_at: at.rfc3339(),
            source: new.source.to_owned(),
            rule: new.rule,
            subject: new.subject,
            site: new.site,
            evidence: new.evidence,
            state: State::Open,
            acknowledged_at: None,
            acknowledged_by: None,
            reason: None,
            version: 1,
            key,
        }
    }

    pub(crate) fn labels(&self) -> Vec<String> {
        self.site.iter().map(|site| label::site(site)).collect()
    }

    pub(crate) fn entry(&self, action: &'static str) -> Result<Entry> {
        let data = serde_json::to_value(self).map_err(Error::internal)?;
        Ok(Entry {
            topic: TOPIC.to_owned(),
            action,
            subject: format!("alerts/{}", self.id),
            version: self.version,
            hash: Some(sha256(data.to_string().as_bytes())),
            labels: self.labels(),
            data: Some(data),
        })
    }
}

/// The id follows from the episode, so that a watcher that begins again comes to the same alert.
fn id_of(episode: &str) -> String {
    hex(&sha256(episode.as_bytes())[..16])
}

/// Puts the alerts into the unit, each with its ledger entry; episodes that were raised before are passed over.
///
/// Should another node raise one in the meantime, its key refuses the unit, and the watcher begins again.
///
/// # Errors
/// The database's.
pub async fn raise(unit: &mut Unit, context: &Context, alerts: Vec<NewAlert>) -> Result<()> {
    if alerts.is_empty() {
        return Ok(());
    }
    let episodes = alerts.iter().map(|a| a.episode.clone()).collect();
    let mut known: HashSet<String> = store::known(&context.db, episodes).await?.into_iter().collect();
    let (mut entries, mut fresh) = (Vec::new(), Vec::new());
    let now = context.now();
    for new in alerts {
        if !known.insert(new.episode.clone()) {
            continue;
        }
        let episode = new.episode.clone();
        let alert = Alert::of(new, context.key(), now);
        entries.push(alert.entry("raise")?);
        fresh.push((episode, alert));
    }
    if !fresh.is_empty() {
        unit.push(store::insert(&context.db, &fresh, now));
    }
    theriac_ledger::record(unit, context, &entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_read_as_they_are_written() {
        for (name, state) in State::NAMES {
            assert_eq!((State::parse(name), state.as_str()), (Some(state), name));
            assert_eq!(serde_json::to_value(state).unwrap(), name);
        }
        assert_eq!(State::parse("Open"), None);
    }

    #[test]
    fn the_same_episode_has_the_same_id() {
        assert_eq!(id_of("spc/c1/1/we1/7"), id_of("spc/c1/1/we1/7"));
        assert_ne!(id_of("spc/c1/1/we1/7"), id_of("spc/c1/1/we1/8"));
        assert_eq!(id_of("x").len(), 32);
    }
}
