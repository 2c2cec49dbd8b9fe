//! The unit: events with their index, items, and one entry of the ledger for each event.

use super::Source;
use super::fold::Folded;
use super::judge::Candidate;
use crate::index;
use crate::store::event::{self, NewEvent};
use crate::store::item::{self, Changed};
use crate::store::word::{self, Word};
use crate::store::{Packer, select};
use crate::view;
use crate::vocabulary::{BIZ_STEP, DISPOSITION};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use theriac_access::label;
use theriac_core::hash::sha256;
use theriac_core::{Keys, Result};
use theriac_ledger::Entry;
use theriac_platform::Context;
use theriac_platform::db::Unit;

/// Keys go on from `first` in steps, in the order of the candidates.
pub(crate) fn all(
    context: &Context,
    sources: &[Source<'_>],
    candidates: &[Candidate<'_>],
    folded: &Folded,
    first: i64,
    unit: &mut Unit,
) -> Result<()> {
    let mut packer = Packer::new()?;
    let mut rows = Vec::with_capacity(candidates.len());
    let mut entries: Vec<(usize, Entry)> = Vec::with_capacity(candidates.len());
    for ((at, candidate), key) in candidates.iter().enumerate().zip(keys(first)) {
        let holder = folded.holders[at].as_deref();
        let body = candidate.event.stored(&candidate.id, select::record_time(key));
        entries.push((
            candidate.source,
            entry(candidate, holder, folded.told[at].clone(), sources[candidate.source].batch.affirmed, &body),
        ));
        rows.push(NewEvent {
            key,
            event_time: candidate.event.time.0,
            declared: candidate.declared,
            event_id: candidate.id.clone(),
            index: index::index(&candidate.event, &candidate.id).seen_by(holder),
            body: packer.pack(&body)?,
        });
    }
    event::insert(&context.db, rows, unit);
    word::add(&context.db, words(candidates), unit);
    item::save(&context.db, changed(folded), unit)?;
    record(sources, entries, unit)
}

/// What the collections of the REST binding list.
fn words(candidates: &[Candidate<'_>]) -> BTreeSet<Word> {
    candidates.iter().flat_map(|candidate| index::words(&candidate.event)).collect()
}

fn keys(first: i64) -> impl Iterator<Item = i64> {
    (0..).map(move |n: i64| first + n * Keys::STEP)
}

fn changed(folded: &Folded) -> Vec<Changed<'_>> {
    let items = folded.changed.iter().filter_map(|epc| folded.items.get(epc));
    items.map(|item| Changed { item, from: folded.from.get(&item.epc).copied() }).collect()
}

fn entry(candidate: &Candidate<'_>, holder: Option<&str>, told: Vec<Value>, affirmed: bool, body: &[u8]) -> Entry {
    let event = &candidate.event;
    let mut data = Map::new();
    data.insert("eventType".to_owned(), event.type_name().into());
    let words = [("bizStep", event.biz_step(), &BIZ_STEP), ("disposition", event.disposition(), &DISPOSITION)];
    for (name, value, vocabulary) in words {
        if let Some(value) = value {
            data.insert(name.to_owned(), vocabulary.bare(&value).into());
        }
    }
    data.insert("eventTime".to_owned(), event.time.rfc3339().into());
    if event.node.get("sensorElementList").is_some() {
        data.insert("sensorElements".to_owned(), true.into());
    }
    if affirmed {
        data.insert("transactionStatement".to_owned(), true.into());
    }
    if candidate.declared != 0 {
        data.insert("errorDeclaration".to_owned(), true.into());
    } else {
        data.insert("said".to_owned(), view::said(event));
    }
    data.insert("items".to_owned(), Value::Array(told));
    Entry {
        topic: "epcis.event".to_owned(),
        action: "capture",
        subject: candidate.id.clone(),
        version: 0,
        hash: Some(sha256(body)),
        labels: candidate
            .labels
            .iter()
            .cloned()
            .chain(holder.map(label::gln))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect(),
        data: Some(Value::Object(data)),
    }
}

/// Each sender's entries in one statement; the order of the events is kept.
fn record(sources: &[Source<'_>], entries: Vec<(usize, Entry)>, unit: &mut Unit) -> Result<()> {
    let mut run: Vec<Entry> = Vec::new();
    let mut at = None;
    for (source, entry) in entries {
        if at.is_some_and(|at| at != source) {
            flush(sources, at, &mut run, unit)?;
        }
        at = Some(source);
        run.push(entry);
    }
    flush(sources, at, &mut run, unit)
}

fn flush(sources: &[Source<'_>], at: Option<usize>, run: &mut Vec<Entry>, unit: &mut Unit) -> Result<()> {
    let Some(source) = at.and_then(|at| sources.get(at)) else { return Ok(()) };
    theriac_ledger::record(unit, &source.sender, run)?;
    run.clear();
    Ok(())
}
