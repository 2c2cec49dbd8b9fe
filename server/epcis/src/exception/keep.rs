//! Faults become exceptions in the unit that stores their events; later events may add to them or explain them.

use super::rule::{self, Mode};
use super::{Exception, Fault, KEPT, Policy, State};
use crate::store::exception as store;
use std::collections::{BTreeMap, BTreeSet};
use theriac_core::{Instant, Result};
use theriac_ledger::Entry;
use theriac_platform::Context;
use theriac_platform::db::{TenantDb, Unit};

/// Faults by event and rule: the items concerned, none where the fault is the event's own.
#[derive(Debug, Default)]
pub(crate) struct Faults(BTreeMap<(String, &'static str), (i64, BTreeSet<String>)>);

impl Faults {
    pub(crate) fn add(&mut self, event_id: &str, event_time: Instant, faults: Vec<Fault>) {
        for fault in faults {
            let key = (event_id.to_owned(), fault.rule.code);
            let (_, epcs) = self.0.entry(key).or_insert_with(|| (event_time.0, BTreeSet::new()));
            if epcs.len() < KEPT {
                epcs.extend(fault.epc);
            }
        }
    }

    /// Takes out what the tenant does not want to know.
    pub(crate) fn retain(&mut self, policy: &Policy) {
        self.0.retain(|(_, code), _| rule::find(code).is_some_and(|rule| policy.mode(rule) != Mode::Off));
    }

    /// Event and rule of the faults for which an event is refused.
    pub(crate) fn refused<'a>(&'a self, policy: &'a Policy) -> impl Iterator<Item = (&'a str, &'static rule::Rule)> {
        let rules = self.0.keys().filter_map(|(id, code)| Some((id.as_str(), rule::find(code)?)));
        rules.filter(|(_, rule)| policy.mode(rule) == Mode::Refuse)
    }
}

/// What computing items anew told of their exceptions.
#[derive(Debug, Default)]
pub(crate) struct Reconsidered {
    /// The items.
    pub epcs: BTreeSet<String>,
    /// All events of their history.
    pub events: BTreeSet<String>,
    /// Events that were declared wrong.
    pub wrong: BTreeSet<String>,
    /// What is wrong with these items now.
    pub faults: Faults,
}

/// Puts into the unit what is wrong with new events, and what became clear of earlier ones.
pub(crate) async fn write(context: &Context, faults: Faults, again: Reconsidered, unit: &mut Unit) -> Result<()> {
    if again.epcs.is_empty() {
        return put(context, raised(context, &faults), Vec::new(), unit);
    }
    reconsider(context, again, unit, faults).await
}

fn raised(context: &Context, faults: &Faults) -> Vec<Exception> {
    let kept = faults.0.iter();
    kept.map(|((id, code), (time, epcs))| new(context, id, code, *time, epcs.iter().cloned().collect())).collect()
}

fn new(context: &Context, event_id: &str, code: &str, time: i64, epcs: Vec<String>) -> Exception {
    let key = context.key();
    Exception {
        id: format!("{key:x}"),
        rule: code.to_owned(),
        event_id: event_id.to_owned(),
        event_time: Instant(time).rfc3339(),
        epcs,
        state: State::Open,
        raised_at: context.now().rfc3339(),
        resolved_at: None,
        resolved_by: None,
        reason: None,
        key,
        version: 1,
        time,
    }
}

/// Brings the exceptions of items that were computed anew up to what is known now. What a person resolved stays resolved.
async fn reconsider(context: &Context, again: Reconsidered, unit: &mut Unit, mut fresh: Faults) -> Result<()> {
    let known = of_events(&context.db, &again).await?;
    let mut changed = Vec::new();
    let mut faults = again.faults.0;
    for mut exception in known {
        let Some(rule) = rule::find(&exception.rule) else { continue };
        let now = faults.remove(&(exception.event_id.clone(), rule.code)).map(|(_, epcs)| epcs).unwrap_or_default();
        let wrong = again.wrong.contains(&exception.event_id);
        if !rule.of_history && !wrong {
            continue;
        }
        let before: BTreeSet<String> = exception.epcs.iter().cloned().collect();
        let left: BTreeSet<String> = before.difference(&again.epcs).cloned().chain(now).collect();
        let explained = wrong || left.is_empty();
        if explained && exception.state == State::Open {
            let reason = if wrong { "the event was declared wrong" } else { "explained by what was captured since" };
            exception.resolve(context, reason);
        } else if !explained && exception.state == State::Resolved && exception.resolved_by.as_deref() == Some(ITSELF) {
            exception.reopen();
        } else if explained || left == before {
            continue;
        }
        if !explained {
            exception.epcs = left.into_iter().collect();
        }
        exception.version += 1;
        changed.push(exception);
    }
    for ((id, code), (time, epcs)) in faults {
        let (_, kept) = fresh.0.entry((id, code)).or_insert_with(|| (time, BTreeSet::new()));
        kept.extend(epcs);
    }
    put(context, raised(context, &fresh), changed, unit)
}

/// Who resolves what later events explain.
const ITSELF: &str = "theriac";

impl Exception {
    pub(super) fn resolve_as(&mut self, at: Instant, by: &str, reason: &str) {
        self.state = State::Resolved;
        self.resolved_at = Some(at.rfc3339());
        self.resolved_by = Some(by.to_owned());
        self.reason = Some(reason.to_owned());
    }

    fn resolve(&mut self, context: &Context, reason: &str) {
        self.resolve_as(context.now(), ITSELF, reason);
    }

    fn reopen(&mut self) {
        self.state = State::Open;
        self.resolved_at = None;
        self.resolved_by = None;
        self.reason = None;
    }
}

async fn of_events(db: &TenantDb, again: &Reconsidered) -> Result<Vec<Exception>> {
    let ids: Vec<String> = again.events.union(&again.wrong).cloned().collect();
    store::of_events(db, ids).await
}

fn put(context: &Context, new: Vec<Exception>, changed: Vec<Exception>, unit: &mut Unit) -> Result<()> {
    let raised = new.iter().map(|exception| exception.entry("raise"));
    let moved = changed
        .iter()
        .map(|exception| exception.entry(if exception.state == State::Open { "update" } else { "resolve" }));
    let entries = raised.chain(moved).collect::<Result<Vec<Entry>>>()?;
    store::insert(&context.db, &new, unit)?;
    store::update(&context.db, &changed, unit)?;
    theriac_ledger::record(unit, context, &entries)
}
