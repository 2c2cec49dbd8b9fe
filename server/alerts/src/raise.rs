//! Raising: one alert for one unbroken episode, however often its watcher begins again.

use crate::escalation::Escalation;
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
    Shelved,
}

/// Until when an alarm is set aside, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shelf {
    pub until: String,
    pub by: String,
    pub reason: String,
}

impl Shelf {
    pub(crate) fn micros(&self) -> i64 {
        Instant::parse(&self.until).map_or(0, |until| until.0)
    }
}

impl State {
    pub const NAMES: [(&'static str, Self); 3] =
        [("open", Self::Open), ("acknowledged", Self::Acknowledged), ("shelved", Self::Shelved)];

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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shelf: Option<Shelf>,
    /// Steps of escalation taken.
    #[serde(skip_serializing_if = "is_none")]
    pub level: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub escalated_to: Option<String>,
    /// When the next step falls due.
    #[serde(skip)]
    pub due: Option<Instant>,
    #[serde(skip)]
    pub raised: Instant,
    #[serde(skip)]
    pub version: i64,
    #[serde(skip)]
    pub key: i64,
}

fn is_none(level: &usize) -> bool {
    *level == 0
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
            shelf: None,
            level: 0,
            escalated_to: None,
            due: None,
            raised: at,
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

/// What an alert meets when it is raised: alarms that are set aside, and the steps of escalation.
struct Circumstances {
    shelved: Vec<store::shelf::Shelved>,
    escalation: Escalation,
}

impl Circumstances {
    async fn now(context: &Context, now: Instant) -> Result<Self> {
        let shelved = store::shelf::all(&context.db, now).await?;
        let escalation = store::escalation::find(&context.db).await?.map(|(_, escalation)| escalation);
        Ok(Self { shelved, escalation: escalation.unwrap_or_default() })
    }

    fn meet(&self, mut alert: Alert) -> Alert {
        if let Some(shelved) = self.shelved.iter().find(|shelved| shelved.holds(&alert)) {
            alert.state = State::Shelved;
            alert.shelf = Some(shelved.shelf.clone());
        }
        alert.due = self.escalation.due(0, alert.raised);
        alert
    }
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
    let circumstances = Circumstances::now(context, now).await?;
    for new in alerts {
        if !known.insert(new.episode.clone()) {
            continue;
        }
        let episode = new.episode.clone();
        let alert = circumstances.meet(Alert::of(new, context.key(), now));
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
