//! Limits that stand in the document of equipment: each change of them there is a version of its own, until a version
//! was approved; from then on they are changed by proposal and approval alone.

use super::version::{Said, State, Version};
use super::{Limits, change};
use crate::equipment::Equipment;
use crate::store::limit as store;
use std::collections::HashMap;
use theriac_core::{Code, Error, Issue, Result};
use theriac_ledger::Entry;
use theriac_platform::Context;
use theriac_platform::db::Unit;

/// The statements and entries of the limits that a change of this equipment, now of that site, brings.
pub(crate) async fn follow(
    unit: &mut Unit,
    context: &Context,
    changed: &[(&Equipment, Option<String>)],
) -> Result<Vec<Entry>> {
    let mut wanted: HashMap<String, (Limits, &Option<String>, usize)> = HashMap::new();
    let ids: Vec<String> = changed.iter().map(|(equipment, _)| equipment.id.clone()).collect();
    for (equipment, site) in changed {
        for (at, (address, property)) in equipment.addresses().zip(&equipment.properties).enumerate() {
            wanted.insert(address, (property.limits.unwrap_or_default(), site, at));
        }
    }
    let before = grouped(store::of_equipment(&context.db, &ids).await?);
    for address in before.keys().filter(|address| !wanted.contains_key(*address)).cloned().collect::<Vec<_>>() {
        let of_it =
            |(equipment, _): &&(&Equipment, _)| address.rsplit_once('.').is_some_and(|(id, _)| id == equipment.id);
        if let Some((_, site)) = changed.iter().find(of_it) {
            wanted.insert(address, (Limits::default(), site, usize::MAX));
        }
    }
    let mut entries = Vec::new();
    let mut wanted: Vec<_> = wanted.into_iter().collect();
    wanted.sort_by(|a, b| a.0.cmp(&b.0));
    for (address, (limits, site, at)) in wanted {
        let versions = before.get(&address).map(Vec::as_slice).unwrap_or_default();
        let Some(version) = next(context, &address, limits, versions, at)? else { continue };
        unit.push(store::insert(&context.db, &version));
        entries.push(change::entry(&version, site.as_deref(), "define"));
    }
    Ok(entries)
}

fn grouped(versions: Vec<Version>) -> HashMap<String, Vec<Version>> {
    let mut grouped: HashMap<String, Vec<Version>> = HashMap::new();
    versions.into_iter().for_each(|version| grouped.entry(version.address.clone()).or_default().push(version));
    grouped
}

fn next(context: &Context, address: &str, limits: Limits, before: &[Version], at: usize) -> Result<Option<Version>> {
    let defined = before.iter().rev().find(|version| version.state == State::Defined);
    if defined.map_or(Limits::default(), |version| version.limits) == limits {
        return Ok(None);
    }
    if before.iter().any(|version| version.state == State::Approved) {
        // What is no longer watched keeps its limits.
        if at == usize::MAX {
            return Ok(None);
        }
        let message = format!(
            "the limits of {address} are under approval; propose others at limits/{address}, and leave these as they were"
        );
        return Err(Error::from_issues(vec![Issue::new(
            Code::Unprocessable,
            format!("properties[{at}].limits"),
            message,
        )]));
    }
    Ok(Some(Version {
        address: address.to_owned(),
        version: before.last().map_or(1, |last| last.version + 1),
        state: State::Defined,
        limits,
        effective: Some(if before.is_empty() { 0 } else { context.now().0 }),
        proposed: Said { by: context.grant.subject.clone(), at: context.now().0, reason: String::new() },
        decided: None,
    }))
}
