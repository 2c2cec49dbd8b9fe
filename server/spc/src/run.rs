//! A chart at work: fed readings one by one, it collects phase I, freezes its limits, plots and judges.
//!
//! Its state is a point of departure and the readings since: restored, they are fed again, so that the chart stands
//! where it stood to the last bit, and its latest points can be shown. Pure: no IO and no clock.
//!
//! Points stand in the order of the ledger. A reading for an instant that was plotted before (one sent again), or
//! from before the readings that are remembered, is counted as late and not plotted.
//! A chart with neither limits nor phase I takes its first 25 points as phase I (NIST/SEMATECH e-Handbook, 6.3.2).

mod bytes;
mod vectors;

use crate::chart::Form;
use crate::data::check_count;
use crate::evaluate::establish;
use crate::spec::Phase1;
use crate::{ChartSpec, Data, Parameters, Point, Rule, Stream, Violation};
use std::sync::Arc;
use theriac_core::{Error, Result};
use vectors::{Joined, Vectors};

/// Points of phase I where the chart does not say.
const PHASE1_POINTS: usize = 25;
/// Points shown and kept at least, as long as they come of no more than [`VALUES_KEPT`] values.
const POINTS_KEPT: usize = 100;
const VALUES_KEPT: usize = 1_000;
const READINGS_STEP: usize = 16;
/// Points a pattern can span, and a few more.
const SPAN: usize = 16;

#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    spec: Arc<ChartSpec>,
    last_time: Option<i64>,
    /// Readings that were sent again or came too late.
    pub late: u64,
    stage: Stage,
    /// Of a T2 chart, which takes several properties.
    vectors: Option<Vectors>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// Phase I.
    Collecting(Readings),
    Judging(Box<Window>),
    /// No limits can be had, and why.
    Faulty(String),
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Readings {
    pub times: Vec<i64>,
    pub values: Vec<f64>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// The chart before the readings below.
    base: Stream,
    since: Readings,
    /// The chart after them.
    now: Stream,
}

/// A point as evidence shows it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plotted {
    pub index: u64,
    pub time: i64,
    pub value: Option<f64>,
    pub secondary: Option<f64>,
}

impl Plotted {
    fn of(time: i64, point: &Point) -> Self {
        let secondary = point.secondary.as_ref().and_then(|plot| plot.value);
        Self { index: point.primary.index, time, value: point.primary.value, secondary }
    }
}

/// A rule was broken for the first time in an unbroken episode.
#[derive(Debug, Clone, PartialEq)]
pub struct Fired {
    /// `mr`, `r` or `s`; none for the chart itself.
    pub secondary: Option<&'static str>,
    pub rule: Rule,
    pub index: u64,
    /// The points that make the pattern, oldest first.
    pub points: Vec<Plotted>,
    pub center: Option<f64>,
    pub lower: Option<f64>,
    pub upper: Option<f64>,
    pub sigma: f64,
    /// Of a T2 chart: what the distance loses without each property.
    pub contributions: Vec<f64>,
}

impl Run {
    /// A chart at its beginning.
    pub fn new(spec: ChartSpec) -> Self {
        let spec = Arc::new(effective(spec));
        let stage = match given(&spec) {
            Ok(Some(stream)) => Stage::Judging(Box::new(Window::new(stream))),
            Ok(None) => Stage::Collecting(Readings::default()),
            Err(error) => Stage::Faulty(error.to_string()),
        };
        let vectors = (spec.family().form == Form::Vectors).then(Vectors::new);
        Self { spec, last_time: None, late: 0, stage, vectors }
    }

    pub fn spec(&self) -> &ChartSpec {
        &self.spec
    }

    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// Vectors of phase I that a T2 chart has, or had.
    pub fn vectors(&self) -> Option<usize> {
        self.vectors.as_ref().map(Vectors::collected)
    }

    /// Takes one reading of the property at `place` of the chart; what breaks a rule for the first time is added to
    /// `fired`.
    pub fn push(&mut self, place: usize, time: i64, value: f64, fired: &mut Vec<Fired>) {
        let Some(vectors) = &mut self.vectors else { return self.plot(time, value, fired) };
        match vectors.join(place, self.spec.properties().count(), time, value) {
            Joined::Waiting => {}
            Joined::Late(late) => self.late += late,
            Joined::Vector { time, vector } => self.plot_vector(time, vector, fired),
        }
    }

    fn plot_vector(&mut self, time: i64, vector: Vec<f64>, fired: &mut Vec<Fired>) {
        let Some(vectors) = &mut self.vectors else { return };
        if let Some(model) = vectors.model() {
            let (distance, before) = (model.t2(&vector), fired.len());
            let contributions = model.contributions(&vector);
            self.plot(time, distance, fired);
            fired[before..].iter_mut().for_each(|fired| fired.contributions.clone_from(&contributions));
            return;
        }
        match vectors.collect(&self.spec, time, vector) {
            Ok(None) => {}
            Ok(Some(opened)) => self.stage = after_phase1(&self.spec, &opened, fired),
            Err(error) => self.stage = Stage::Faulty(error.to_string()),
        }
    }

    fn plot(&mut self, time: i64, value: f64, fired: &mut Vec<Fired>) {
        if self.last_time.is_some_and(|last| time <= last && self.stage.is_late(time)) {
            self.late += 1;
            return;
        }
        self.last_time = self.last_time.max(Some(time));
        match &mut self.stage {
            Stage::Faulty(_) => {}
            Stage::Judging(window) => window.push(time, value, fired),
            Stage::Collecting(readings) => {
                if !countable(&self.spec, value) {
                    return;
                }
                readings.push(time, value);
                if readings.values.len() >= phase1_values(&self.spec) {
                    self.stage = judging(&self.spec, readings, fired);
                }
            }
        }
    }
}

impl Stage {
    /// Of a reading not later than the latest: was it plotted, or is it from before what is remembered?
    fn is_late(&self, time: i64) -> bool {
        match self {
            Self::Faulty(_) => true,
            Self::Collecting(readings) => readings.times.contains(&time),
            Self::Judging(window) => {
                let times = &window.since.times;
                let forgotten = window.base.index() > 0 && times.iter().all(|kept| time < *kept);
                forgotten || times.contains(&time)
            }
        }
    }
}

impl Readings {
    fn push(&mut self, time: i64, value: f64) {
        if self.times.len() == self.times.capacity() {
            // In small steps: there may be very many charts.
            self.times.reserve_exact(READINGS_STEP);
            self.values.reserve_exact(READINGS_STEP);
        }
        self.times.push(time);
        self.values.push(value);
    }

    fn pairs(&self) -> impl Iterator<Item = (i64, f64)> {
        self.times.iter().copied().zip(self.values.iter().copied())
    }
}

/// The settings with a phase I where neither it nor limits are given.
fn effective(mut spec: ChartSpec) -> ChartSpec {
    if spec.limits.is_none() && spec.phase1.is_none() {
        spec.phase1 = Some(Phase1 { first: 1, last: PHASE1_POINTS, exclude: Vec::new() });
    }
    spec
}

/// The chart with its given limits, if they are given; and whether it can be fed value by value at all.
fn given(spec: &Arc<ChartSpec>) -> Result<Option<Stream>> {
    let size = spec.sizes.as_ref().and_then(crate::data::Sizes::single);
    if let Some(parameters) = spec.given(size)? {
        return Stream::new(spec.clone(), parameters).map(Some);
    }
    Stream::new(spec.clone(), Parameters { center: 1.0, sigma: 1.0, secondary: None }).map(|_| None)
}

/// What an attribute chart cannot plot (a negative count, more faults than items) is no part of phase I either.
fn countable(spec: &ChartSpec, value: f64) -> bool {
    let counts = matches!(spec.family().form, crate::chart::Form::Counts { .. });
    let size = spec.sizes.as_ref().and_then(crate::data::Sizes::single).unwrap_or(1.0);
    value.is_finite() && (!counts || check_count(spec.kind, value, size).is_ok())
}

/// Values of one point.
pub(crate) fn group(spec: &ChartSpec) -> usize {
    if spec.is_grouped() { spec.subgroup_size.unwrap_or(1).max(1) } else { 1 }
}

fn phase1_values(spec: &ChartSpec) -> usize {
    spec.phase1.as_ref().map_or(0, |phase1| phase1.last.saturating_mul(group(spec)))
}

fn judging(spec: &Arc<ChartSpec>, readings: &Readings, fired: &mut Vec<Fired>) -> Stage {
    let limits = Data::of_values(&readings.values).observe(spec).and_then(|series| establish(spec, &series));
    match limits.and_then(|limits| Stream::new(spec.clone(), limits.parameters)) {
        Err(error) => Stage::Faulty(error.to_string()),
        Ok(stream) => {
            let mut window = Window::new(stream);
            readings.pairs().for_each(|(time, value)| window.push(time, value, fired));
            Stage::Judging(Box::new(window))
        }
    }
}

/// A T2 chart after its phase I, which was judged by limits of its own.
fn after_phase1(spec: &Arc<ChartSpec>, opened: &vectors::Opened, fired: &mut Vec<Fired>) -> Stage {
    let phase2 = |stream: Stream| {
        let mut window = Window::new(stream);
        opened.readings.iter().for_each(|(time, distance)| window.push(*time, *distance, fired));
        window.now.set_limits(opened.phase2)?;
        Ok(Stage::Judging(Box::new(Window::new(window.now))))
    };
    Stream::new(spec.clone(), opened.phase1).and_then(phase2).unwrap_or_else(|e: Error| Stage::Faulty(e.to_string()))
}

impl Window {
    fn new(stream: Stream) -> Self {
        Self { base: stream.clone(), since: Readings::default(), now: stream }
    }

    pub fn limits(&self) -> Parameters {
        self.now.limits()
    }

    /// The latest points with their times, judged again from the point of departure.
    pub fn points(&self) -> Vec<(i64, Point)> {
        let mut stream = self.base.clone();
        self.since.pairs().filter_map(|(time, value)| stream.push(value).map(|point| (time, point))).collect()
    }

    fn push(&mut self, time: i64, value: f64, fired: &mut Vec<Fired>) {
        self.since.push(time, value);
        let Some(point) = self.now.push(value) else { return };
        let mut latest = Vec::new();
        for (secondary, plot) in [(false, Some(&point.primary)), (true, point.secondary.as_ref())] {
            for violation in plot.iter().flat_map(|plot| &plot.violations).filter(|violation| violation.begins) {
                if latest.is_empty() {
                    latest = self.latest();
                }
                fired.push(self.fired(&point, secondary, violation, &latest));
            }
        }
        self.advance();
    }

    /// Points that a pattern can span, plotted again: rules begin to be broken so rarely that memory is the dearer.
    fn latest(&self) -> Vec<Plotted> {
        let points = self.points();
        let shown = points.iter().skip(points.len().saturating_sub(SPAN));
        shown.map(|(time, point)| Plotted::of(*time, point)).collect()
    }

    fn fired(&self, point: &Point, secondary: bool, violation: &Violation, latest: &[Plotted]) -> Fired {
        let part =
            |plotted: &&Plotted| plotted.index == violation.index || violation.contributors.contains(&plotted.index);
        let lines = if secondary { point.secondary.as_ref().and_then(|p| p.lines) } else { point.primary.lines };
        Fired {
            secondary: self.now.spec().family().secondary.filter(|_| secondary),
            rule: violation.rule,
            index: violation.index,
            points: latest.iter().filter(part).copied().collect(),
            center: lines.map(|l| l.center),
            lower: lines.map(|l| l.lower_limit),
            upper: lines.map(|l| l.upper_limit),
            sigma: self.now.limits().sigma,
            contributions: Vec::new(),
        }
    }

    /// Moves the point of departure on once a quarter more points than are kept stand after it.
    fn advance(&mut self) {
        let kept = POINTS_KEPT.min(VALUES_KEPT / group(self.now.spec())).max(SPAN) as u64;
        if self.now.index() - self.base.index() < kept + kept / 4 {
            return;
        }
        let mut fed = 0;
        while self.now.index() - self.base.index() > kept && fed < self.since.values.len() {
            self.base.push(self.since.values[fed]);
            fed += 1;
        }
        self.since.times.drain(..fed);
        self.since.values.drain(..fed);
    }
}

#[cfg(test)]
mod tests;
