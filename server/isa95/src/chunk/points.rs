//! Readings in ascending time, one for each instant.

/// One reading of a known property.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Microseconds since 1970 UTC.
    pub time: i64,
    pub value: f64,
    /// A code of [`crate::reading::Quality`].
    pub quality: u8,
}

impl Point {
    /// What the sensor itself calls bad is no measurement.
    pub fn is_good(&self) -> bool {
        self.quality != crate::reading::Quality::Bad.code()
    }
}

/// The readings by ascending time; of several for one instant, the one that came last.
pub fn in_order(points: &[Point]) -> Vec<Point> {
    let mut points = points.to_vec();
    if points.is_sorted_by(|a, b| a.time < b.time) {
        return points;
    }
    points.sort_by_key(|p| p.time);
    keep_last(&mut points);
    points
}

/// Both together, each already in order; for an instant that both have, the reading of `newer`.
pub fn merge_points(older: &[Point], newer: &[Point]) -> Vec<Point> {
    let mut points = Vec::with_capacity(older.len() + newer.len());
    let (mut old, mut new) = (older.iter().peekable(), newer.iter().peekable());
    while let (Some(a), Some(b)) = (old.peek(), new.peek()) {
        let next = if a.time <= b.time { old.next() } else { new.next() };
        points.extend(next);
    }
    points.extend(old.chain(new));
    keep_last(&mut points);
    points
}

/// Of neighbours with the same time the later one stays. (`dedup` alone would keep the earlier.)
fn keep_last(points: &mut Vec<Point>) {
    points.dedup_by(|later, kept| {
        let same = later.time == kept.time;
        if same {
            *kept = *later;
        }
        same
    });
}
