//! The readings of one property over a stretch of time, in ascending order, group by group, never all at once.
//!
//! The tail of batches is read before the chunks: what moves from the one to the other in between is then found
//! twice, which is harmless, and not missed.

use crate::batch;
use crate::chunk::{self, Point};
use crate::store;
use crate::store::chunk::Found;
use theriac_core::Result;
use theriac_platform::Context;

/// Chunks read at a time.
const GROUP: i64 = 32;

/// The readings that are no part of the chunks yet, in the order in which they count.
pub(super) async fn tail(context: &Context, property: i64, (from, to): (i64, i64)) -> Result<Vec<Point>> {
    let mut points = Vec::new();
    for body in store::tail::bodies(&context.db).await? {
        let columns = batch::decode(&body)?;
        let Some(number) = columns.properties.iter().position(|key| *key == property) else { continue };
        for (row, index) in columns.property_index.iter().enumerate() {
            if *index as usize == number && (from..to).contains(&columns.times[row]) {
                let (time, value, quality) = (columns.times[row], columns.values[row], columns.qualities[row]);
                points.push(Point { time, value, quality });
            }
        }
    }
    Ok(points)
}

pub struct Span<'c> {
    context: &'c Context,
    property: i64,
    range: (i64, i64),
    after: Option<(i64, i64)>,
    ended: bool,
    /// What was read but may still be overtaken, each with the key of its chunk.
    pending: Vec<(i64, Point)>,
}

impl<'c> Span<'c> {
    /// From `from` on, up to and without `to` (microseconds).
    ///
    /// # Errors
    /// The database's; `Internal` for a damaged batch.
    pub async fn open(context: &'c Context, property: i64, from: i64, to: i64) -> Result<Self> {
        Ok(Self::over(context, property, (from, to), &tail(context, property, (from, to)).await?))
    }

    /// The same, where what stands in the tail is known.
    pub(super) fn over(context: &'c Context, property: i64, range: (i64, i64), tail: &[Point]) -> Self {
        let pending = tail.iter().map(|point| (i64::MAX, *point)).collect();
        Self { context, property, range, after: None, ended: false, pending }
    }

    /// The next readings; none when all were given.
    ///
    /// # Errors
    /// The database's; `Internal` for a damaged chunk.
    pub async fn next(&mut self) -> Result<Option<Vec<Point>>> {
        if self.ended {
            return Ok(None);
        }
        let db = &self.context.db;
        let found = store::chunk::overlapping(db, self.property, self.range, self.after, GROUP).await?;
        self.ended = (found.len() as i64) < GROUP;
        let last = found.last().map(|chunk| (chunk.first, chunk.key));
        for chunk in found {
            self.add(&chunk)?;
        }
        self.after = last.or(self.after);
        let horizon = self.after.filter(|_| !self.ended).map(|(first, _)| first);
        Ok(Some(self.settle(horizon)))
    }

    fn add(&mut self, found: &Found) -> Result<()> {
        let (from, to) = self.range;
        let points = chunk::decode(&found.body)?.into_iter().filter(|point| (from..to).contains(&point.time));
        self.pending.extend(points.map(|point| (found.key, point)));
        Ok(())
    }

    /// What no chunk still to come can precede or replace: everything before `horizon`.
    fn settle(&mut self, horizon: Option<i64>) -> Vec<Point> {
        self.pending.sort_by_key(|(key, point)| (point.time, *key));
        let end = horizon.map_or(self.pending.len(), |h| self.pending.partition_point(|(_, p)| p.time < h));
        let mut points: Vec<Point> = Vec::with_capacity(end);
        for (_, point) in self.pending.drain(..end) {
            match points.last_mut() {
                Some(last) if last.time == point.time => *last = point,
                _ => points.push(point),
            }
        }
        points
    }
}
