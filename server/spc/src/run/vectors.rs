//! What stands in front of a live T2 chart: values of several properties joined into vectors by their instant, phase I
//! collected, and then each vector's distance.
//!
//! Vectors go on in the order of time. A value for an instant before the last whole vector came too late; an instant
//! whose vector is still not whole when so many newer ones wait is given up.

use crate::evaluate::vectors::limits;
use crate::multivariate::Model;
use crate::{ChartSpec, Parameters};
use std::collections::BTreeMap;
use theriac_core::Result;

/// Instants that may wait for their missing values.
const WAITING: usize = 4_096;

#[derive(Debug, Clone, PartialEq)]
pub struct Vectors {
    pub(super) waiting: BTreeMap<i64, Vec<Option<f64>>>,
    pub(super) last: Option<i64>,
    pub(super) state: State,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum State {
    /// Phase I so far.
    Collecting { times: Vec<i64>, vectors: Vec<Vec<f64>> },
    /// The model of phase I.
    Judging(Model),
}

/// What came of a value.
#[derive(Debug, PartialEq)]
pub enum Joined {
    /// Too late, sent again, or given up for it.
    Late(u64),
    Waiting,
    Vector {
        time: i64,
        vector: Vec<f64>,
    },
}

/// Phase I at its end: the distances of its vectors, and the limits in it and after it.
pub struct Opened {
    pub readings: Vec<(i64, f64)>,
    pub phase1: Parameters,
    pub phase2: Parameters,
}

impl Vectors {
    pub fn new() -> Self {
        let state = State::Collecting { times: Vec::new(), vectors: Vec::new() };
        Self { waiting: BTreeMap::new(), last: None, state }
    }

    /// Takes the value of the property at `place` of `width`.
    pub fn join(&mut self, place: usize, width: usize, time: i64, value: f64) -> Joined {
        if self.last.is_some_and(|last| time <= last) {
            return Joined::Late(1);
        }
        if !value.is_finite() {
            return Joined::Waiting;
        }
        let vector = self.waiting.entry(time).or_insert_with(|| vec![None; width]);
        if vector[place].replace(value).is_some() {
            return Joined::Late(1);
        }
        let whole: Option<Vec<f64>> = vector.iter().copied().collect();
        let Some(vector) = whole else { return self.give_up() };
        self.last = Some(time);
        self.waiting = self.waiting.split_off(&(time + 1));
        Joined::Vector { time, vector }
    }

    fn give_up(&mut self) -> Joined {
        if self.waiting.len() <= WAITING {
            return Joined::Waiting;
        }
        self.waiting.pop_first();
        Joined::Late(1)
    }

    pub fn collected(&self) -> usize {
        match &self.state {
            State::Collecting { vectors, .. } => vectors.len(),
            State::Judging(model) => model.vectors,
        }
    }

    pub fn model(&self) -> Option<&Model> {
        match &self.state {
            State::Judging(model) => Some(model),
            State::Collecting { .. } => None,
        }
    }

    /// Takes a vector of phase I; opens the chart with the last of them.
    pub fn collect(&mut self, spec: &ChartSpec, time: i64, vector: Vec<f64>) -> Result<Option<Opened>> {
        let State::Collecting { times, vectors } = &mut self.state else { return Ok(None) };
        times.push(time);
        vectors.push(vector);
        let wanted = spec.phase1.as_ref().map_or(0, |phase1| phase1.last);
        if vectors.len() < wanted {
            return Ok(None);
        }
        let first = spec.phase1.as_ref().map_or(1, |phase1| phase1.first as u64);
        let counted = (1..).zip(vectors.iter()).filter(|(at, _)| *at >= first && !spec.excludes(*at));
        let model = Model::of(&counted.map(|(_, vector)| vector.clone()).collect::<Vec<_>>())?;
        let (phase1, phase2) = limits(spec, &model)?;
        let readings = times.iter().copied().zip(vectors.iter().map(|vector| model.t2(vector))).collect();
        self.state = State::Judging(model);
        Ok(Some(Opened { readings, phase1, phase2 }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_one_instant_become_one_vector_in_the_order_of_the_chart() {
        let mut front = Vectors::new();
        assert_eq!(front.join(1, 2, 10, 5.0), Joined::Waiting);
        assert_eq!(front.join(0, 2, 20, 3.0), Joined::Waiting);
        assert_eq!(front.join(0, 2, 10, 4.0), Joined::Vector { time: 10, vector: vec![4.0, 5.0] });
        assert_eq!(front.join(1, 2, 20, 6.0), Joined::Vector { time: 20, vector: vec![3.0, 6.0] });
        assert_eq!(front.join(0, 2, 15, 1.0), Joined::Late(1));
        assert_eq!(front.join(0, 2, 30, f64::NAN), Joined::Waiting);
        assert!(front.waiting.is_empty());
    }

    #[test]
    fn instants_that_never_become_whole_are_given_up_and_counted() {
        let mut front = Vectors::new();
        let late = (0..WAITING as i64 + 3).filter(|time| front.join(0, 2, *time, 1.0) == Joined::Late(1)).count();
        assert_eq!((late, front.waiting.len()), (3, WAITING));
    }
}
