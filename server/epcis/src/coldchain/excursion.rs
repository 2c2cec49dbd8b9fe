//! From readings to excursions. A reading holds until the next one, or as long as it says. Pure.

use super::range::Range;
use super::reading::Reading;
use serde_json::{Value, json};
use theriac_core::Instant;

/// An unbroken time out of range.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Excursion {
    pub start: Instant,
    pub end: Instant,
    pub seconds: f64,
    pub lowest: f64,
    pub highest: f64,
    /// The last reading was still out of range.
    pub lasts: bool,
}

impl Excursion {
    pub(crate) fn shown(&self) -> Value {
        json!({ "start": self.start.rfc3339(), "end": self.end.rfc3339(), "seconds": self.seconds,
            "lowest": self.lowest, "highest": self.highest, "lasts": self.lasts })
    }
}

fn seconds(from: Instant, to: Instant) -> f64 {
    (to.0 - from.0).max(0) as f64 / 1e6
}

/// How far each reading reaches; they come in the order of time.
fn spans(readings: &[Reading]) -> impl Iterator<Item = (&Reading, Instant)> {
    readings.iter().enumerate().map(|(at, reading)| {
        let next = readings.get(at + 1).map_or(reading.to, |next| next.from);
        (reading, next.max(reading.from))
    })
}

pub(crate) fn excursions(readings: &[Reading], range: Range) -> Vec<Excursion> {
    let mut found: Vec<Excursion> = Vec::new();
    let mut open = false;
    for (reading, end) in spans(readings) {
        let out = !range.holds(reading.low, reading.high);
        match found.last_mut().filter(|_| open) {
            Some(excursion) if out => {
                excursion.end = end;
                excursion.lowest = excursion.lowest.min(reading.low);
                excursion.highest = excursion.highest.max(reading.high);
            }
            None if out => found.push(Excursion {
                start: reading.from,
                end,
                seconds: 0.0,
                lowest: reading.low,
                highest: reading.high,
                lasts: false,
            }),
            _ => {}
        }
        open = out;
    }
    for excursion in &mut found {
        excursion.seconds = seconds(excursion.start, excursion.end);
    }
    if let Some(last) = found.last_mut().filter(|_| open) {
        last.lasts = true;
    }
    found
}

/// Each temperature with the time it lasted. The last one, of which nobody knows how long, counts as the one before; all
/// alike where no time passed.
pub(super) fn weighted(readings: &[Reading]) -> Vec<(f64, f64)> {
    let mut weighted: Vec<(f64, f64)> = spans(readings).map(|(r, end)| (r.celsius, seconds(r.from, end))).collect();
    let before = weighted.len().checked_sub(2).and_then(|at| weighted.get(at)).map_or(0.0, |(_, weight)| *weight);
    if let Some(last) = weighted.last_mut().filter(|(_, weight)| *weight == 0.0) {
        last.1 = before;
    }
    if weighted.iter().all(|(_, weight)| *weight == 0.0) {
        weighted.iter_mut().for_each(|(_, weight)| *weight = 1.0);
    }
    weighted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(minute: i64, celsius: f64) -> Reading {
        let at = Instant(minute * 60_000_000);
        Reading { from: at, to: at, celsius, low: celsius, high: celsius }
    }

    const FRIDGE: Range = Range { low: 2.0, high: 8.0 };

    #[test]
    fn an_excursion_lasts_until_a_reading_is_in_range_again() {
        let readings = [reading(0, 5.0), reading(10, 9.0), reading(20, 11.0), reading(30, 7.0), reading(40, 1.0)];
        let found = excursions(&readings, FRIDGE);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].seconds, found[0].highest, found[0].lasts), (1200.0, 11.0, false));
        assert_eq!((found[1].seconds, found[1].lowest, found[1].lasts), (0.0, 1.0, true));
        assert!(excursions(&readings[..1], FRIDGE).is_empty());
    }

    #[test]
    fn equal_steps_weigh_alike_and_a_longer_time_weighs_more() {
        let even = weighted(&[reading(0, 2.0), reading(10, 5.0), reading(20, 8.0)]);
        assert!(even.iter().all(|(_, weight)| *weight == 600.0));
        let uneven = weighted(&[reading(0, 2.0), reading(50, 8.0), reading(60, 8.0)]);
        assert_eq!(uneven.iter().map(|(_, weight)| *weight).collect::<Vec<_>>(), [3000.0, 600.0, 600.0]);
        assert_eq!(weighted(&[reading(0, 4.0)]), [(4.0, 1.0)]);
    }
}
