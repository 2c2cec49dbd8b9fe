//! The earliest and the latest that a value of some precision may mean, to a wanted number of digits.
//! <https://hl7.org/fhirpath/#lowboundaryprecision-integer-decimal--date--datetime--time>

use super::civil::days_in;
use super::{Precision, Temporal, TemporalKind};

/// Digits of `YYYYMMDDhhmmssfff`, and with what precision they are written.
const DATE_TIME: &[(i64, Precision)] = &[
    (4, Precision::Year),
    (6, Precision::Month),
    (8, Precision::Day),
    (10, Precision::Hour),
    (12, Precision::Minute),
    (14, Precision::Second),
    (17, Precision::Second),
];
const TIME: &[(i64, Precision)] =
    &[(2, Precision::Hour), (4, Precision::Minute), (6, Precision::Second), (9, Precision::Second)];

impl Temporal {
    fn levels(&self) -> &'static [(i64, Precision)] {
        match self.kind {
            TemporalKind::Date => &DATE_TIME[..3],
            TemporalKind::DateTime => DATE_TIME,
            TemporalKind::Time => TIME,
        }
    }

    /// How many digits of `YYYYMMDDhhmmssfff` are known.
    pub fn digits_known(&self) -> i64 {
        let levels = self.levels().iter().filter(|(_, level)| *level == self.precision);
        let with_fraction = usize::from(self.digits > 0);
        levels.clone().nth(with_fraction).or_else(|| levels.clone().next_back()).map_or(0, |(digits, _)| *digits)
    }

    /// To as many digits as wanted, or to all there are; nothing if there is no such precision.
    pub fn low(self, digits: Option<i64>) -> Option<Self> {
        self.cut(digits).map(|cut| Self { offset: self.bound_offset(&cut, 14 * 60), ..cut })
    }

    pub fn high(self, digits: Option<i64>) -> Option<Self> {
        let mut end = self;
        if self.precision < Precision::Month {
            end.month = 12;
        }
        if self.precision < Precision::Day {
            end.day = days_in(end.year, end.month);
        }
        if self.precision < Precision::Hour && self.kind == TemporalKind::DateTime {
            end.hour = 23;
        }
        // FHIR knows no hour without minutes: an hour alone is the hour and no minutes.
        if self.precision < Precision::Minute && self.precision != Precision::Hour {
            end.minute = 59;
        }
        if self.precision < Precision::Second {
            end.second = 59;
        }
        if self.digits < 3 {
            let known = 10u32.pow(9 - u32::from(self.digits));
            end.nanos = self.nanos / known * known + known - 1;
        }
        let cut = end.cut(digits)?;
        Some(Self { offset: self.bound_offset(&cut, -12 * 60), ..cut })
    }

    fn cut(self, digits: Option<i64>) -> Option<Self> {
        let levels = self.levels();
        let wanted = digits.or(levels.last().map(|(digits, _)| *digits))?;
        let (_, precision) = *levels.iter().find(|(digits, _)| *digits == wanted)?;
        let with_fraction =
            levels.last().is_some_and(|(digits, _)| *digits == wanted) && precision == Precision::Second;
        let whole = Self { precision, digits: if with_fraction { 3 } else { 0 }, ..self };
        let nanos = if with_fraction { self.nanos / 1_000_000 * 1_000_000 } else { 0 };
        let cut = Self { nanos, ..whole };
        cut.at_nanos(cut.nanos_since_start())
    }

    fn bound_offset(&self, cut: &Self, unknown: i16) -> Option<i16> {
        let has_clock = self.kind == TemporalKind::DateTime && cut.precision >= Precision::Hour;
        has_clock.then(|| self.offset.unwrap_or(unknown))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Temporal {
        Temporal::literal(text).unwrap().0
    }

    #[test]
    fn bounds_fill_what_is_not_known() {
        for (text, digits, low, high) in [
            ("2014", Some(6), "2014-01", "2014-12"),
            ("2014", None, "2014-01-01", "2014-12-31"),
            ("2016-02", Some(8), "2016-02-01", "2016-02-29"),
            ("2014-01-25", Some(4), "2014", "2014"),
            ("2014-01-25T", None, "2014-01-25T00:00:00.000+14:00", "2014-01-25T23:59:59.999-12:00"),
            ("2014-01-01T08:05-05:00", Some(17), "2014-01-01T08:05:00.000-05:00", "2014-01-01T08:05:59.999-05:00"),
            ("T10:30", Some(9), "10:30:00.000", "10:30:59.999"),
            ("T10:30:00.5", Some(9), "10:30:00.500", "10:30:00.599"),
        ] {
            let bound = |value: Option<Temporal>| value.unwrap().to_string();
            assert_eq!(bound(read(text).low(digits)), low, "low of {text}");
            assert_eq!(bound(read(text).high(digits)), high, "high of {text}");
        }
        assert_eq!(read("2014").low(Some(5)), None);
        assert_eq!(read("2014").high(Some(17)), None);
    }

    #[test]
    fn known_digits_are_counted() {
        for (text, wanted) in
            [("2014", 4), ("2014-01-05T10:30:00.000", 17), ("T10:30", 4), ("T10:30:00.000", 9), ("T10:30:00", 6)]
        {
            assert_eq!(read(text).digits_known(), wanted, "{text}");
        }
    }
}
