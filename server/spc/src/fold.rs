//! The fold every chart is: one observation in, one judged point out, a constant memory between.

use crate::ChartSpec;
use crate::chart::{Mark, Memory, Parameters, Plotting, Sums};
use crate::estimate::Observation;
use crate::rules::{Flags, Rule, RuleSet, State};
use serde::Serialize;

/// One plotted value with its lines and what the rules say. A missing value has a number and nothing else.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plot {
    /// Position in the series, counted from 1.
    pub index: u64,
    pub value: Option<f64>,
    #[serde(flatten)]
    pub lines: Option<Lines>,
    /// Rules this point completes.
    pub rules: RuleSet,
    /// Earlier points that make the patterns, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contributors: Vec<u64>,
    #[serde(skip)]
    pub violations: Vec<Violation>,
    /// Left out of phase I: neither estimated from nor judged.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub excluded: bool,
    /// Of a CUSUM; a member of its own, as it has names that the lines have too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sums: Option<Sums>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Lines {
    pub center: f64,
    #[serde(rename = "lower")]
    pub lower_limit: f64,
    #[serde(rename = "upper")]
    pub upper_limit: f64,
    pub z: f64,
}

/// One rule broken at one point.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Violation {
    pub index: u64,
    pub rule: Rule,
    /// First point of an unbroken episode: the one to raise an alert for.
    pub begins: bool,
    pub contributors: Vec<u64>,
}

/// A point of the chart and, where there is one, of the chart below it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Point {
    #[serde(flatten)]
    pub primary: Plot,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secondary: Option<Plot>,
}

/// Rule state of one chart, and where its latest judged points stand.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Track {
    pub state: State,
    /// Ring of the last judged positions; no pattern spans more than 15.
    pub recent: [u64; Track::SPAN],
    pub judged: u64,
}

impl Track {
    pub const SPAN: usize = 16;

    fn judge(&mut self, index: u64, mark: &Mark, rules: RuleSet) -> Flags {
        self.recent[self.judged as usize % Self::SPAN] = index;
        self.judged += 1;
        self.state.step_at(mark.z, mark.value, rules)
    }

    /// Positions of the points that `lags` names, oldest first.
    fn positions(&self, lags: u16) -> Vec<u64> {
        let back = (1..Self::SPAN as u64).rev().filter(|k| lags & (1 << k) != 0 && *k < self.judged);
        back.map(|k| self.recent[(self.judged - 1 - k) as usize % Self::SPAN]).collect()
    }

    fn violations(&self, index: u64, flags: &Flags) -> Vec<Violation> {
        let violation = |rule| Violation {
            index,
            rule,
            begins: flags.begins.contains(rule),
            contributors: self.positions(flags.lags(rule)),
        };
        flags.rules.iter().map(violation).collect()
    }
}

/// All a chart remembers: the limits in effect, and everything the next point depends on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fold {
    pub parameters: Parameters,
    pub index: u64,
    pub memory: Memory,
    pub primary: Track,
    pub secondary: Track,
}

impl Fold {
    pub fn new(parameters: Parameters) -> Self {
        let memory = Memory::default();
        Self { parameters, index: 0, memory, primary: Track::default(), secondary: Track::default() }
    }

    pub fn next(&mut self, spec: &ChartSpec, observation: Option<&Observation>) -> Point {
        match observation {
            Some(observation) => self.step(spec, observation),
            None => self.skip(),
        }
    }

    /// A missing point: counted, and otherwise without a trace.
    pub fn skip(&mut self) -> Point {
        self.index += 1;
        Point { primary: Plot::missing(self.index), secondary: None }
    }

    pub fn step(&mut self, spec: &ChartSpec, observation: &Observation) -> Point {
        self.index += 1;
        if spec.excludes(self.index) {
            return self.excluded(spec, observation);
        }
        let parameters = self.parameters;
        let with = Plotting { spec, parameters: &parameters };
        let plotted = (spec.family().plot)(&with, &mut self.memory, observation);
        self.memory.steps += 1;
        let rules = spec.rules_at(self.is_phase2(spec));
        let mut primary = Plot::judged(self.index, &plotted.primary, &mut self.primary, rules);
        primary.sums = plotted.sums;
        let below = spec.rules_of_secondary();
        let secondary = plotted.secondary.map(|mark| Plot::judged(self.index, &mark, &mut self.secondary, below));
        Point { primary, secondary }
    }

    fn is_phase2(&self, spec: &ChartSpec) -> bool {
        spec.phase1.as_ref().map_or(spec.limits.is_some(), |phase1| self.index > phase1.last as u64)
    }

    /// Plotted from a copy of the memory, so that what follows does not feel it.
    fn excluded(&self, spec: &ChartSpec, observation: &Observation) -> Point {
        let with = Plotting { spec, parameters: &self.parameters };
        let plotted = (spec.family().plot)(&with, &mut self.memory.clone(), observation);
        let drawn = |mark: &Mark| Plot { excluded: true, ..Plot::drawn(self.index, mark) };
        Point { primary: drawn(&plotted.primary), secondary: plotted.secondary.as_ref().map(drawn) }
    }
}

impl Plot {
    fn missing(index: u64) -> Self {
        Self {
            index,
            value: None,
            lines: None,
            rules: RuleSet::NONE,
            contributors: Vec::new(),
            violations: Vec::new(),
            excluded: false,
            sums: None,
        }
    }

    fn drawn(index: u64, mark: &Mark) -> Self {
        let lines = Lines { center: mark.center, lower_limit: mark.lower, upper_limit: mark.upper, z: mark.z };
        Self { value: Some(mark.value), lines: Some(lines), ..Self::missing(index) }
    }

    fn judged(index: u64, mark: &Mark, track: &mut Track, rules: RuleSet) -> Self {
        let flags = track.judge(index, mark, rules);
        let mut plot = Self { rules: flags.rules, ..Self::drawn(index, mark) };
        if !flags.rules.is_empty() {
            plot.violations = track.violations(index, &flags);
            plot.contributors = plot.violations.iter().flat_map(|v| v.contributors.iter().copied()).collect();
            plot.contributors.sort_unstable();
            plot.contributors.dedup();
        }
        plot
    }
}
