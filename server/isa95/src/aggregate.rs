//! Aggregates of readings by time bucket: `bucket=` and `aggregate=` of `GET /{tenant}/isa95/readings`.
//!
//! A bad reading is stored and listed, but takes no part in an aggregate. Buckets begin at whole multiples of their
//! length since 1970-01-01T00:00:00Z, so that the same question asked twice gives the same buckets.

mod bins;
mod bucket;

use crate::chunk::{Point, Summary};
use crate::nearest;
use crate::reading::Quality;
use theriac_core::{Error, Result};

pub use bins::Bins;
pub use bucket::Bucket;

/// One of the values of `aggregate=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Function {
    Min,
    Max,
    Mean,
    Last,
    Count,
}

/// Name, function, and how it is read off the totals.
type Row = (&'static str, Function, fn(&Totals) -> f64);

const TABLE: &[Row] = &[
    ("min", Function::Min, |t| t.min),
    ("max", Function::Max, |t| t.max),
    ("mean", Function::Mean, |t| t.sum / t.count as f64),
    ("last", Function::Last, |t| t.last),
    ("count", Function::Count, |t| t.count as f64),
];

impl Function {
    fn row(self) -> &'static Row {
        TABLE.iter().find(|row| row.1 == self).unwrap_or(&TABLE[0])
    }

    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// The functions of `min,max`, in the order in which they stand, each once.
    ///
    /// # Errors
    /// `Invalid` at `aggregate` with the names that are known.
    pub fn parse_list(text: &str) -> Result<Vec<Self>> {
        let mut functions = Vec::new();
        for name in text.split(',').map(str::trim) {
            let Some(row) = TABLE.iter().find(|row| row.0 == name) else {
                let known: Vec<&str> = TABLE.iter().map(|row| row.0).collect();
                return Err(Error::invalid(nearest::unknown("aggregate", name, &known)).at("aggregate"));
            };
            if !functions.contains(&row.1) {
                functions.push(row.1);
            }
        }
        Ok(functions)
    }
}

/// What readings come to, in constant size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Totals {
    pub count: u64,
    pub min: f64,
    pub max: f64,
    pub sum: f64,
    pub last: f64,
}

impl Default for Totals {
    fn default() -> Self {
        Self { count: 0, min: f64::INFINITY, max: f64::NEG_INFINITY, sum: 0.0, last: 0.0 }
    }
}

impl Totals {
    pub fn of(points: &[Point]) -> Self {
        let mut totals = Self::default();
        points.iter().for_each(|point| totals.add(point));
        totals
    }

    /// Points are added in ascending time.
    pub fn add(&mut self, point: &Point) {
        if point.quality == Quality::Bad.code() {
            return;
        }
        self.count += 1;
        self.min = self.min.min(point.value);
        self.max = self.max.max(point.value);
        self.sum += point.value;
        self.last = point.value;
    }

    /// Adds what came later.
    pub fn append(&mut self, later: &Self) {
        if later.count == 0 {
            return;
        }
        self.count += later.count;
        self.min = self.min.min(later.min);
        self.max = self.max.max(later.max);
        self.sum += later.sum;
        self.last = later.last;
    }

    /// `None` where there is nothing to aggregate, except that a count is then 0.
    pub fn value(&self, function: Function) -> Option<f64> {
        (self.count > 0 || function == Function::Count).then(|| (function.row().2)(self))
    }
}

/// One bucket that has readings.
#[derive(Debug, Clone, PartialEq)]
pub struct Bucketed {
    /// Microseconds since 1970 UTC; the bucket holds this instant and those before the next bucket's start.
    pub start: i64,
    /// The time of the last of them, near enough to say which of two came later.
    pub at: i64,
    pub totals: Totals,
    /// How many lie below the bins, in each, above; nothing where it was not asked for, or is no longer known.
    pub histogram: Option<Vec<u64>>,
}

impl Bucketed {
    /// Two parts of the same bucket made one.
    #[must_use]
    pub fn merge(mut self, mut other: Self) -> Self {
        if other.at < self.at {
            std::mem::swap(&mut self, &mut other);
        }
        self.totals.append(&other.totals);
        self.at = other.at;
        self.histogram = match (self.histogram, other.histogram) {
            (Some(mut one), Some(two)) => {
                one.iter_mut().zip(two).for_each(|(a, b)| *a += b);
                Some(one)
            }
            _ => None,
        };
        self
    }
}

/// Readings in ascending time go in, buckets come out as soon as a later one begins. Empty buckets are left out.
#[derive(Debug)]
pub struct Aggregator {
    bucket: Bucket,
    bins: Option<Bins>,
    open: Option<Bucketed>,
}

impl Aggregator {
    pub fn new(bucket: Bucket) -> Self {
        Self { bucket, bins: None, open: None }
    }

    /// With histograms too.
    pub fn with_bins(bucket: Bucket, bins: Option<Bins>) -> Self {
        Self { bins, ..Self::new(bucket) }
    }

    pub fn has_bins(&self) -> bool {
        self.bins.is_some()
    }

    /// Gives the bucket that this reading closes, if it closes one.
    pub fn push(&mut self, point: &Point) -> Option<Bucketed> {
        let closed = self.enter(self.bucket.start_of(point.time));
        if let Some(open) = &mut self.open {
            let before = open.totals.count;
            open.totals.add(point);
            open.at = point.time;
            if let (Some(bins), Some(counts)) = (&self.bins, &mut open.histogram) {
                counts[bins.place(point.value)] += open.totals.count - before;
            }
        }
        closed
    }

    /// May all these readings be pushed by their totals, as they lie within one bucket, and one bin?
    pub fn takes_whole(&self, summary: &Summary) -> bool {
        let one_bin = |bins: &Bins| bins.place(summary.totals.min) == bins.place(summary.totals.max);
        self.bucket.start_of(summary.first) == self.bucket.start_of(summary.last)
            && (summary.totals.count == 0 || self.bins.as_ref().is_none_or(one_bin))
    }

    /// As pushing each reading of a chunk that [`Aggregator::takes_whole`].
    pub fn push_summary(&mut self, summary: &Summary) -> Option<Bucketed> {
        let closed = self.enter(self.bucket.start_of(summary.first));
        if let Some(open) = &mut self.open {
            open.totals.append(&summary.totals);
            open.at = summary.last;
            if let (Some(bins), Some(counts)) = (&self.bins, &mut open.histogram) {
                counts[bins.place(summary.totals.min)] += summary.totals.count;
            }
        }
        closed
    }

    /// The bucket that what a roll-up kept belongs to, and what is still known of it.
    pub fn of_rolled(&self, rolled: Bucketed) -> Bucketed {
        let summary = Summary { count: 0, first: rolled.start, last: rolled.start, totals: rolled.totals };
        let histogram = self.bins.as_ref().filter(|_| self.takes_whole(&summary)).map(|bins| {
            let mut counts = bins.empty();
            counts[bins.place(rolled.totals.min)] += rolled.totals.count;
            counts
        });
        Bucketed { start: self.bucket.start_of(rolled.start), histogram, ..rolled }
    }

    /// The last bucket.
    pub fn finish(self) -> Option<Bucketed> {
        self.open.filter(|open| open.totals.count > 0)
    }

    fn enter(&mut self, start: i64) -> Option<Bucketed> {
        if self.open.as_ref().is_some_and(|open| open.start == start) {
            return None;
        }
        let histogram = self.bins.as_ref().map(Bins::empty);
        let fresh = Bucketed { start, at: start, totals: Totals::default(), histogram };
        self.open.replace(fresh).filter(|closed| closed.totals.count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn point(time: i64, value: f64) -> Point {
        Point { time, value, quality: 0 }
    }

    fn aggregate(bucket: &str, points: &[Point]) -> Vec<Bucketed> {
        let mut aggregator = Aggregator::new(Bucket::parse(bucket).unwrap());
        let mut closed: Vec<_> = points.iter().filter_map(|p| aggregator.push(p)).collect();
        closed.extend(aggregator.finish());
        closed
    }

    #[test]
    fn each_bucket_is_closed_by_the_next_and_empty_ones_are_left_out() {
        let points = [point(-1, 9.0), point(0, 1.0), point(999_999, 4.0), point(5_000_000, 2.0)];
        let buckets = aggregate("1s", &points);
        assert_eq!(buckets.iter().map(|b| b.start).collect::<Vec<_>>(), [-1_000_000, 0, 5_000_000]);
        let functions = Function::parse_list("min,max,mean,last,count").unwrap();
        let second: Vec<_> = functions.iter().map(|f| buckets[1].totals.value(*f).unwrap()).collect();
        assert_eq!(second, [1.0, 4.0, 2.5, 4.0, 2.0]);
    }

    #[test]
    fn bad_readings_take_no_part_uncertain_ones_do() {
        let bad = Point { quality: Quality::Bad.code(), ..point(1, 1e9) };
        let uncertain = Point { quality: Quality::Uncertain.code(), ..point(2, 3.0) };
        let totals = Totals::of(&[point(0, 1.0), bad, uncertain]);
        assert_eq!((totals.count, totals.max, totals.last), (2, 3.0, 3.0));
        assert!(aggregate("1s", &[bad]).is_empty());
        assert_eq!(Totals::of(&[bad]).value(Function::Mean), None);
        assert_eq!(Totals::of(&[bad]).value(Function::Count), Some(0.0));
    }

    #[test]
    fn unknown_functions_are_named_with_the_known_ones() {
        let error = Function::parse_list("min,avg").unwrap_err();
        assert!(error.message.ends_with("Known are: min, max, mean, last, count"), "{error}");
        assert_eq!(Function::parse_list("last,last, min").unwrap(), [Function::Last, Function::Min]);
        for (name, function, _) in TABLE {
            assert_eq!(function.name(), *name);
        }
    }

    proptest! {
        #[test]
        fn a_whole_chunk_counts_as_its_readings(values in proptest::collection::vec(-1000i32..1000, 1..100)) {
            let points: Vec<Point> = (0i64..).zip(&values).map(|(t, v)| point(t, f64::from(*v))).collect();
            let (early, late) = points.split_at(points.len() / 2);
            let mut aggregator = Aggregator::new(Bucket::parse("PT1S").unwrap());
            for part in [early, late].into_iter().filter(|part| !part.is_empty()) {
                let summary = crate::chunk::summary(&crate::chunk::encode(part).unwrap()).unwrap();
                prop_assert!(aggregator.takes_whole(&summary));
                prop_assert_eq!(aggregator.push_summary(&summary), None);
            }
            prop_assert_eq!(aggregator.finish().map(|b| b.totals), Some(Totals::of(&points)));
        }
    }
}
