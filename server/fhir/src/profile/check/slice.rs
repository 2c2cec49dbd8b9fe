//! Slicing: which items belong to which slice, and do the numbers, the order and the rest fit.
//!
//! <http://hl7.org/fhir/R4/profiling.html#slicing>

use super::scope::Scope;
use super::{Rule, Run};
use crate::profile::datum::{Child, Datum};
use crate::profile::element::{Element, Rules, Slicing};
use crate::profile::trail::Trail;
use std::sync::Arc;

impl Run<'_> {
    /// The items of a sliced element; each is checked against its slice here, against the rest by the caller.
    pub(super) fn slices<'d>(
        &mut self,
        items: &[Child<'d>],
        rule: Rule<'_>,
        parent: Datum<'d>,
        trail: &Trail<'_>,
        scope: &Scope<'_, 'd>,
    ) {
        let element = rule.element;
        let slicing = match (&element.slicing, element.is_extension()) {
            (Some(slicing), _) => slicing.as_ref().clone(),
            (None, true) => Slicing::by_url(),
            (None, false) => Slicing::by_type(),
        };
        let mut places: Vec<Option<usize>> = Vec::with_capacity(items.len());
        for item in items {
            let trail = trail.child(item.name, item.index, item.datum.def);
            let mut slices = element.slices.iter();
            places.push(slices.position(|slice| self.belongs(item.datum, slice, &slicing, &trail, scope)));
        }
        self.sequence(&slicing, items, &places, rule, trail);
        for (at, slice) in element.slices.iter().enumerate() {
            let own: Vec<Child<'d>> =
                items.iter().zip(&places).filter(|(_, place)| **place == Some(at)).map(|(item, _)| *item).collect();
            self.slice(&own, Rule { element: slice, ..rule }, parent, trail, scope);
        }
    }

    fn slice<'d>(
        &mut self,
        items: &[Child<'d>],
        rule: Rule<'_>,
        parent: Datum<'d>,
        trail: &Trail<'_>,
        scope: &Scope<'_, 'd>,
    ) {
        let slice = rule.element;
        let name = slice.slice.as_deref().unwrap_or_default();
        let few = items.len() < slice.min as usize;
        if few || slice.max.is_some_and(|max| items.len() > max as usize) {
            let message =
                format!("the slice '{name}' stands {} times, but must {} times", items.len(), slice.cardinality());
            let trail = trail.child(&slice.name, None, parent.def);
            let check = format!("{}:{name}", if few { "min" } else { "max" });
            self.error(&check, rule, &trail, if few { "required" } else { "structure" }, message);
        }
        if !slice.slices.is_empty() {
            self.slices(items, rule, parent, trail, scope);
        }
        for item in items {
            let trail = trail.child(item.name, item.index, item.datum.def);
            self.element(item.datum, rule, &trail, scope);
        }
    }

    /// Closed slicing lets nothing else stand; open at the end only there; ordered slices stand in their order.
    fn sequence(
        &mut self,
        slicing: &Slicing,
        items: &[Child<'_>],
        places: &[Option<usize>],
        rule: Rule<'_>,
        trail: &Trail<'_>,
    ) {
        let mut last = 0;
        for (at, (item, place)) in items.iter().zip(places).enumerate() {
            let trail = trail.child(item.name, item.index, item.datum.def);
            let followed = places[at..].iter().any(Option::is_some);
            match (place, slicing.rules) {
                (None, Rules::Closed) => {
                    let names: Vec<&str> = rule.element.slices.iter().filter_map(|s| s.slice.as_deref()).collect();
                    let message = format!("is in none of the slices {}, and no other is allowed", names.join(", "));
                    self.error("slicing-closed", rule, &trail, "structure", message);
                }
                (None, Rules::OpenAtEnd) if followed => {
                    let message = "is in no slice, so it must stand after those that are".to_owned();
                    self.error("slicing-end", rule, &trail, "structure", message);
                }
                (Some(place), _) if slicing.ordered && *place < last => {
                    let message = "stands out of order: slices must stand in the order of their definition".to_owned();
                    self.error("slicing-order", rule, &trail, "structure", message);
                }
                (Some(place), _) => last = *place,
                (None, _) => {}
            }
        }
    }

    fn belongs<'d>(
        &mut self,
        datum: Datum<'d>,
        slice: &Arc<Element>,
        slicing: &Slicing,
        trail: &Trail<'_>,
        scope: &Scope<'_, 'd>,
    ) -> bool {
        match slicing.discriminators.is_empty() {
            // Nothing tells the slices apart but what they ask for.
            true => self.fits(datum, slice, trail, scope),
            false => {
                let by = slicing.discriminators.iter().map(|d| self.discriminated(datum, slice, d, trail, scope));
                let told: Vec<Option<bool>> = by.collect();
                told.contains(&Some(true)) && !told.contains(&Some(false))
            }
        }
    }

    pub(super) fn fits<'d>(
        &mut self,
        datum: Datum<'d>,
        element: &Arc<Element>,
        trail: &Trail<'_>,
        scope: &Scope<'_, 'd>,
    ) -> bool {
        let nowhere = crate::profile::element::Profile::bare(element);
        self.trial(|run| run.element(datum, Rule { profile: &nowhere, element }, trail, scope))
    }
}
