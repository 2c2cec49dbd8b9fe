//! `_include` and `_revinclude`: from what was found along its references, there and back.
//! <http://hl7.org/fhir/R4/search.html#include>

use super::answer::{Answer, Entry};
use super::asked::Asked;
use crate::kind;
use crate::parameters::Parameters;
use crate::search::Catalogue;
use crate::search::hash::own;
use crate::search::kind::reference::local_part;
use crate::search::query::{Edge, Include};
use crate::service;
use crate::store::search::{self as store, Moment};
use std::collections::BTreeSet;
use theriac_core::Result;
use theriac_core::json::{self, Node};
use theriac_platform::Context;

/// How many resources are added at most; there is no paging over them.
const MOST: usize = 1_000;
/// How often `:iterate` goes on from what it has added.
const ROUNDS: usize = 5;

/// As of the page's moment; none for now.
pub(super) async fn add(context: &Context, asked: &Asked, moment: Option<&Moment>, answer: &mut Answer) -> Result<()> {
    let (forward, reverse) = (&asked.query.includes, &asked.query.revincludes);
    if forward.is_empty() && reverse.is_empty() {
        return Ok(());
    }
    let (matches, base) = (answer.entries.len(), service::base(context));
    let parameters = Parameters::kept(context);
    let place = Local { base: &base, catalogue: parameters.searched() };
    let mut from = 0;
    for round in 0..=ROUNDS {
        let until = answer.entries.len();
        if from == until {
            return Ok(());
        }
        let targets = targets(&answer.entries[from..until], &edges(forward, round), &place, answer);
        let tokens = tokens(&answer.entries[from..until], &edges(reverse, round));
        from = until;
        if round == ROUNDS && !(targets.is_empty() && tokens.1.is_empty()) {
            answer.warn("incomplete", format!(":iterate was followed {ROUNDS} times and not further"));
            return Ok(());
        }
        let room = MOST - (until - matches);
        let mut cut = targets.len() > room;
        let targets: Vec<(i16, String)> = targets.into_iter().take(room).collect();
        answer.include(store::addressed(context, &targets, moment).await?)?;
        let room = MOST - (answer.entries.len() - matches);
        cut |= take(context, answer, &tokens, room, moment).await?;
        if cut {
            answer.warn(
                "incomplete",
                format!("more than {MOST} resources would have to be included; the rest was left out"),
            );
            return Ok(());
        }
    }
    Ok(())
}

/// Where the references are read.
struct Local<'a> {
    base: &'a str,
    catalogue: &'a Catalogue,
}

/// In the first round all, later only those that iterate.
fn edges(includes: &[Include], round: usize) -> Vec<&Edge> {
    includes.iter().filter(|include| round == 0 || include.iterate).flat_map(|include| &include.edges).collect()
}

/// What these entries refer to and the answer does not have.
fn targets(entries: &[Entry], edges: &[&Edge], place: &Local<'_>, answer: &Answer) -> BTreeSet<(i16, String)> {
    let mut found = BTreeSet::new();
    for entry in entries {
        let name = kind::name(entry.kind);
        let edges: Vec<&&Edge> = edges.iter().filter(|e| e.source == name).collect();
        if edges.is_empty() {
            continue;
        }
        let Ok(node) = json::parse(&entry.bytes) else { continue };
        for edge in edges {
            follow(&node, edge, place, &mut |target, id| {
                if let Some(number) = kind::number(target).filter(|n| !answer.has(*n, id)) {
                    found.insert((number, id.to_owned()));
                }
            });
        }
    }
    found
}

/// Type and id of every resource here that the parameter's values name.
fn follow(node: &Node<'_>, edge: &Edge, place: &Local<'_>, visit: &mut dyn FnMut(&str, &str)) {
    let Some(prepared) = place.catalogue.plan(&edge.source).and_then(|plan| plan.get(&edge.param)) else { return };
    prepared.program.each(node, &mut |value, _| {
        let Some(text) = value.text("reference").or(value.as_str()) else { return };
        let text = text.split_once('|').map_or(text, |(url, _)| url);
        let text = service::local(place.base, text);
        if text.contains("://") || text.starts_with("urn:") {
            return;
        }
        match local_part(text) {
            Some((target, id)) if edge.targets.iter().any(|t| t == target) => visit(target, id),
            _ => {}
        }
    });
}

/// The types that may point at these entries, and the tokens by which they would.
fn tokens(entries: &[Entry], edges: &[&Edge]) -> (Vec<i16>, Vec<i64>) {
    let (mut types, mut tokens) = (BTreeSet::new(), BTreeSet::new());
    for entry in entries {
        let name = kind::name(entry.kind);
        let own = own(name, &entry.id);
        for edge in edges.iter().filter(|e| e.targets.iter().any(|t| t == name)) {
            types.extend(kind::number(&edge.source));
            tokens.insert(edge.seed ^ own);
        }
    }
    (types.into_iter().collect(), tokens.into_iter().collect())
}

/// Adds what carries the tokens; was there more than there is room for?
async fn take(
    context: &Context,
    answer: &mut Answer,
    wanted: &(Vec<i16>, Vec<i64>),
    room: usize,
    moment: Option<&Moment>,
) -> Result<bool> {
    let (types, tokens) = wanted;
    if tokens.is_empty() {
        return Ok(false);
    }
    // Matches may be among them, and do not need room.
    let mut found = store::carrying(context, types, tokens, room + answer.entries.len() + 1, moment).await?;
    found.retain(|row| !answer.has(row.version.kind, &row.version.id));
    let cut = found.len() > room;
    found.truncate(room);
    answer.include(found)?;
    Ok(cut)
}
