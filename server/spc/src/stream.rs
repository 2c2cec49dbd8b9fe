//! A chart fed one value at a time: forms subgroups, plots, judges, and can be put down and taken up again.
//!
//! State is a pure fold, saved as bytes of one length per chart; restored, it goes on to the last bit
//! as if it had never stopped. A change of limits starts the rules anew.

mod bytes;

use crate::chart::Form;
use crate::data::{Sizes, check_count};
use crate::estimate::Observation;
use crate::fold::Fold;
use crate::{ChartSpec, Parameters, Point};
use std::sync::Arc;
use theriac_core::{Error, Result};

#[derive(Debug, Clone, PartialEq)]
pub struct Stream {
    spec: Arc<ChartSpec>,
    fold: Fold,
    /// Values of the subgroup being formed.
    pending: Vec<f64>,
}

impl Stream {
    /// A chart at its first point. Phase I points may be fed again: indexes and rules then run through both phases.
    pub fn new(spec: impl Into<Arc<ChartSpec>>, limits: Parameters) -> Result<Self> {
        let spec = spec.into();
        check(&spec)?;
        let fold = Fold::new(spec.usable(limits)?);
        Ok(Self { pending: Vec::with_capacity(group(&spec)), spec, fold })
    }

    pub fn spec(&self) -> &ChartSpec {
        &self.spec
    }

    pub fn limits(&self) -> Parameters {
        self.fold.parameters
    }

    /// Position of the last point, counted from 1.
    pub fn index(&self) -> u64 {
        self.fold.index
    }

    /// Puts a new limit set into effect; runs, windows, sums and averages start anew, numbering goes on.
    pub fn set_limits(&mut self, limits: Parameters) -> Result<()> {
        let index = self.fold.index;
        self.fold = Fold { index, ..Fold::new(self.spec.usable(limits)?) };
        Ok(())
    }

    /// Takes one value; gives a point when it completes one.
    ///
    /// What is no number, or no possible count, is missing: it neither breaks nor extends anything.
    pub fn push(&mut self, value: f64) -> Option<Point> {
        if matches!(self.spec.family().form, Form::Counts { .. }) {
            let size = self.spec.sizes.as_ref().and_then(Sizes::single).unwrap_or(1.0);
            return self.push_count(value, size);
        }
        if !value.is_finite() {
            return None;
        }
        let group = group(&self.spec);
        if group == 1 {
            return Some(self.fold.step(&self.spec, &Observation::single(value)));
        }
        self.pending.push(value);
        if self.pending.len() < group {
            return None;
        }
        let observation = Observation::of(&self.pending)?;
        self.pending.clear();
        Some(self.fold.step(&self.spec, &observation))
    }

    /// Takes one count out of `size` items, for p and u charts whose size varies.
    pub fn push_count(&mut self, count: f64, size: f64) -> Option<Point> {
        let possible = size.is_finite() && size > 0.0 && check_count(self.spec.kind, count, size).is_ok();
        possible.then(|| self.fold.step(&self.spec, &Observation::counted(count, size)))
    }
}

/// The settings, and what a stream needs beyond them.
fn check(spec: &ChartSpec) -> Result<()> {
    spec.check()?;
    let sized = spec.family().form == Form::Counts { sized: true };
    if sized && spec.sizes.as_ref().and_then(Sizes::single).is_none() {
        let name = spec.family().name;
        return Err(Error::invalid(format!("{name} fed one count at a time needs one number of items")).at("sizes"));
    }
    Ok(())
}

/// Values that make one point.
fn group(spec: &ChartSpec) -> usize {
    if spec.is_grouped() { spec.subgroup_size.unwrap_or(1).max(1) } else { 1 }
}

#[cfg(test)]
mod tests;
