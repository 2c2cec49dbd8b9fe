//! One line of the report.

use crate::histogram::Histogram;
use crate::load::{Load, Unexpected};
use crate::machine::Cores;

/// What a figure is held against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target {
    AtLeast(f64),
    AtMost(f64),
}

impl Target {
    pub fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
        }
    }
}

#[derive(Default)]
pub struct Figure {
    pub name: String,
    pub value: f64,
    pub unit: &'static str,
    pub latency: Option<Histogram>,
    pub cores: Option<Cores>,
    /// A ceiling's name.
    pub ceiling: Option<&'static str>,
    pub target: Option<Target>,
    /// The best open peer's figure on such a machine.
    pub peer: Option<f64>,
    pub unexpected: Unexpected,
    pub note: String,
    /// Latencies of the kinds of request that this is made of.
    pub parts: Vec<(&'static str, Histogram)>,
}

impl Figure {
    pub fn new(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self { name: name.into(), value, unit, ..Self::default() }
    }

    /// What a load came to, a second.
    pub fn of(name: impl Into<String>, load: Load, unit: &'static str) -> Self {
        let parts = if load.labels.len() > 1 { load.labels.clone().into_iter().collect() } else { Vec::new() };
        let (value, cores) = (load.rate(), Some(load.cores));
        let latency = Some(load.latency);
        Self { value, latency, cores, parts, unexpected: load.unexpected, ..Self::new(name, 0.0, unit) }
    }

    pub fn under(mut self, ceiling: &'static str) -> Self {
        self.ceiling = Some(ceiling);
        self
    }

    pub fn at_least(mut self, target: f64) -> Self {
        self.target = Some(Target::AtLeast(target));
        self
    }

    pub fn at_most(mut self, target: f64) -> Self {
        self.target = Some(Target::AtMost(target));
        self
    }

    pub fn peer(mut self, value: f64) -> Self {
        self.peer = Some(value);
        self
    }

    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}
