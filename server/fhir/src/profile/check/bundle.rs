//! What a Bundle's entries must be to each other. <http://hl7.org/fhir/R4/bundle.html>

use super::scope::{Scope, entries};
use super::{Rule, Run};
use crate::definition::Definitions;
use crate::profile::datum::Datum;
use crate::profile::trail::Trail;
use crate::structure::references;
use std::collections::HashSet;
use theriac_core::json::Node;

/// Types of Bundle in which an entry needs no `fullUrl`: it may be made by the server, or not be there.
const WITHOUT: &[&str] = &["transaction", "batch", "transaction-response", "batch-response", "history", "searchset"];

/// Relations that stand once.
const ONCE: &[&str] = &["self", "first", "previous", "prev", "next", "last"];

impl Run<'_> {
    pub(super) fn bundle<'d>(&mut self, datum: Datum<'d>, rule: Rule<'_>, trail: &Trail<'_>, scope: &Scope<'_, 'd>) {
        let Some(bundle) = datum.value else { return };
        let kind = bundle.text("type").unwrap_or_default();
        self.links(bundle, rule, trail);
        for (index, entry) in bundle.get("entry").map_or(&[][..], Node::items).iter().enumerate() {
            let trail = trail.child("entry", Some(index), datum.def);
            self.full_url_of(entry, kind, rule, &trail);
            if kind == "searchset" {
                self.match_of(entry, rule, &trail);
            }
        }
        if kind == "document" {
            self.document(datum, rule, trail, scope);
        }
    }

    fn links(&mut self, bundle: &Node<'_>, rule: Rule<'_>, trail: &Trail<'_>) {
        let mut seen = HashSet::new();
        for (index, link) in bundle.get("link").map_or(&[][..], Node::items).iter().enumerate() {
            let relation = link.text("relation").unwrap_or_default();
            if ONCE.contains(&relation) && !seen.insert(relation) {
                let place = trail.child("link", Some(index), trail.def());
                self.error("link", rule, &place, "structure", format!("the relation {relation} may stand only once"));
            }
        }
    }

    fn full_url_of(&mut self, entry: &Node<'_>, kind: &str, rule: Rule<'_>, trail: &Trail<'_>) {
        let Some(resource) = entry.get("resource") else { return };
        let Some(url) = entry.text("fullUrl") else {
            if !WITHOUT.contains(&kind) {
                let message = "has no fullUrl, which says what the resource is".to_owned();
                self.error("fullUrl", rule, trail, "required", message);
            }
            return;
        };
        if !url.contains(':') {
            return self.error("fullUrl", rule, trail, "value", "has a fullUrl that is not absolute".to_owned());
        }
        let named =
            url.starts_with("http").then(|| super::reference::kind_of(url).zip(url.rsplit('/').next())).flatten();
        let Some((kind, id)) = named else { return };
        if (resource.text("resourceType"), resource.text("id")) != (Some(kind), Some(id)) {
            let message = "has a fullUrl of another type or id than its resource".to_owned();
            self.error("fullUrl", rule, trail, "value", message);
        }
    }

    fn match_of(&mut self, entry: &Node<'_>, rule: Rule<'_>, trail: &Trail<'_>) {
        let Some(resource) = entry.get("resource") else { return };
        let is_outcome = resource.text("resourceType") == Some("OperationOutcome");
        let mode = entry.get("search").and_then(|search| search.text("mode"));
        if mode == Some("outcome") && !is_outcome {
            self.error("search", rule, trail, "structure", "is an outcome, but not an OperationOutcome".to_owned());
        }
        if resource.text("id").is_none() && !is_outcome {
            self.error("search", rule, trail, "required", "is a search result without an id".to_owned());
        }
    }

    /// In a document what the Composition points to is there, and every entry belongs to it.
    fn document<'d>(&mut self, datum: Datum<'d>, rule: Rule<'_>, trail: &Trail<'_>, scope: &Scope<'_, 'd>) {
        let all: Vec<(Option<&'d str>, Option<Datum<'d>>)> = entries(datum).collect();
        let Some((_, Some(first))) = all.first().copied() else { return };
        if first.def.name != "Composition" {
            return;
        }
        let leads = |from: usize| -> Vec<(String, &'d str, Option<usize>)> {
            let (full_url, Some(resource)) = all[from] else { return Vec::new() };
            let inner = scope.entry(resource, full_url);
            let Some(node) = resource.value else { return Vec::new() };
            let to = |text: &str| {
                let found = inner.resolve(text)?.address();
                all.iter().position(|(_, r)| r.is_some_and(|r| r.address() == found))
            };
            references(node).map(|(path, text)| (path, text, to(text))).collect()
        };
        let ways: Vec<_> = (0..all.len()).map(leads).collect();
        self.composition(&ways[0], rule, trail);
        let mut reached = HashSet::from([0]);
        loop {
            let before = reached.len();
            for (from, targets) in ways.iter().enumerate() {
                let forward: Vec<usize> = targets.iter().filter_map(|(_, _, to)| *to).collect();
                if reached.contains(&from) {
                    reached.extend(&forward);
                } else if forward.iter().any(|to| reached.contains(to)) {
                    reached.insert(from);
                }
            }
            if reached.len() == before {
                break;
            }
        }
        for (index, _) in all.iter().enumerate().filter(|(index, (_, r))| r.is_some() && !reached.contains(index)) {
            let place = trail.child("entry", Some(index), datum.def);
            let message = "is not reached from the Composition by any reference".to_owned();
            self.error("reached", rule, &place, "structure", message);
        }
    }

    fn composition(&mut self, ways: &[(String, &str, Option<usize>)], rule: Rule<'_>, trail: &Trail<'_>) {
        let entry = trail.child("entry", Some(0), trail.def());
        let resource = entry.child("resource", None, trail.def());
        for (path, text, to) in ways {
            let is_here = text.starts_with('#') || to.is_some();
            // A document holds what its Composition needs; addresses elsewhere may be meant.
            let is_local = !text.starts_with("http") || text.starts_with("urn:");
            if !is_here && is_local {
                let place = path.trim_start_matches("Composition.").trim_end_matches(".reference");
                let place = resource.child(place, None, trail.def());
                let message = "points to a resource that is not in the document".to_owned();
                self.error("document-reference", rule, &place, "not-found", message);
            }
        }
    }
}

/// Does the reference name another type than what it leads to?
pub(super) fn misnames(reference: &str, found: Datum<'_>) -> bool {
    let named = super::reference::kind_of(reference).and_then(|kind| Definitions::r4().type_of(kind));
    named.is_some_and(|named| named.name != found.def.name)
}
