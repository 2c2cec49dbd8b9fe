//! Which of two comes first, as far as their precision and offsets tell. <http://hl7.org/fhirpath/N1/#comparison>

use super::civil::{HOUR, MINUTE};
use super::{Precision, Temporal, TemporalKind};
use std::cmp::Ordering;

/// Without an offset a local time is between 14 hours before and 12 hours after the same time in UTC.
const EASTMOST: i128 = 14 * HOUR;
const WESTMOST: i128 = 12 * HOUR;

impl Temporal {
    /// A time compares with times only.
    pub fn is_comparable(&self, other: &Self) -> bool {
        (self.kind == TemporalKind::Time) == (other.kind == TemporalKind::Time)
    }

    /// Nothing if it cannot be told: `2018-03` may be before or after `2018-03-10`.
    pub fn order(&self, other: &Self) -> Option<Ordering> {
        match (self.offset, other.offset) {
            _ if self.kind == TemporalKind::Time => self.by_parts(other),
            (None, None) => self.by_parts(other),
            (Some(left), Some(right)) if left == right => self.by_parts(other),
            (Some(_), Some(_)) if self.precision == other.precision => Some(self.first_utc().cmp(&other.first_utc())),
            _ => self.by_range(other),
        }
    }

    fn by_parts(&self, other: &Self) -> Option<Ordering> {
        let parts = |t: &Self| {
            let second = (u64::from(t.second) << 32) | u64::from(t.nanos);
            [t.year.into(), t.month.into(), t.day.into(), t.hour.into(), t.minute.into(), second]
        };
        const LEVELS: [Precision; 6] =
            [Precision::Year, Precision::Month, Precision::Day, Precision::Hour, Precision::Minute, Precision::Second];
        for ((level, left), right) in LEVELS.iter().zip(parts(self)).zip(parts(other)) {
            match (self.precision >= *level, other.precision >= *level) {
                (true, true) if left == right => {}
                (true, true) => return Some(left.cmp(&right)),
                (false, false) => return Some(Ordering::Equal),
                _ => return None,
            }
        }
        Some(Ordering::Equal)
    }

    fn by_range(&self, other: &Self) -> Option<Ordering> {
        match (self.first_utc(), self.last_utc(), other.first_utc(), other.last_utc()) {
            (_, last, first, _) if last < first => Some(Ordering::Less),
            (first, _, _, last) if first > last => Some(Ordering::Greater),
            _ => None,
        }
    }

    fn first_utc(&self) -> i128 {
        let east = self.offset.map_or(EASTMOST, |minutes| i128::from(minutes) * MINUTE);
        self.nanos_since_start() - east
    }

    fn last_utc(&self) -> i128 {
        let east = self.offset.map_or(-WESTMOST, |minutes| i128::from(minutes) * MINUTE);
        // A second that is known is a point: its fraction was not left open, but is zero.
        let last = if self.precision == Precision::Second { self.nanos_since_start() } else { self.last_nanos() };
        last - east
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(left: &str, right: &str) -> Option<Ordering> {
        let read = |text| Temporal::literal(text).unwrap().0;
        read(left).order(&read(right))
    }

    #[test]
    fn what_precision_leaves_open_has_no_order() {
        let rows = [
            ("2018-03", "2018-03-01", None),
            ("2018-03", "2018-04-01", Some(Ordering::Less)),
            ("2018-03-01T10:30", "2018-03-01T10:30:00", None),
            ("T10:30:00", "T10:30:00.0", Some(Ordering::Equal)),
            ("T10:30:00.1", "T10:30:00.09", Some(Ordering::Greater)),
        ];
        for (left, right, wanted) in rows {
            assert_eq!(order(left, right), wanted, "{left} {right}");
            assert_eq!(order(right, left), wanted.map(Ordering::reverse), "{right} {left}");
        }
    }

    #[test]
    fn offsets_are_taken_into_account() {
        let rows = [
            ("2012-04-15T15:00:00+02:00", "2012-04-15T16:00:00+03:00", Some(Ordering::Equal)),
            ("2012-04-15T15:00:00Z", "2012-04-15T10:00:00", None),
            ("2012-04-15T15:00:00Z", "2012-04-17T10:00:00", Some(Ordering::Less)),
            ("1974-12-25", "2026-01-01T00:00:00.000Z", Some(Ordering::Less)),
            ("2012-04-15T23:30+02:00", "2012-04-15T22:00:00Z", Some(Ordering::Less)),
            ("2012-04-15T23:30Z", "2012-04-15T23:30:10Z", None),
        ];
        for (left, right, wanted) in rows {
            assert_eq!(order(left, right), wanted, "{left} {right}");
            assert_eq!(order(right, left), wanted.map(Ordering::reverse), "{right} {left}");
        }
    }
}
