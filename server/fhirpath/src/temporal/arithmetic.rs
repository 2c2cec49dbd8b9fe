//! Adding calendar durations. <http://hl7.org/fhirpath/N1/#datetime-arithmetic>

use super::civil::{DAY, HOUR, MINUTE, SECOND, days_in};
use super::{Precision, Temporal, TemporalKind};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use theriac_units::Calendar;

/// A unit in nanoseconds where it has a length.
fn length(unit: Calendar) -> Option<i128> {
    unit.fixed_ms().map(|ms| i128::from(ms) * 1_000_000)
}

impl Temporal {
    /// Fractions count from the second down and are cut above. A duration finer than what is known is first cut to
    /// what is known: `2014 + 13 months` is `2015`. Nothing if it leaves the years 1 to 9999, or is no time of day.
    pub fn plus(self, amount: Decimal, unit: Calendar) -> Option<Self> {
        match (self.kind, length(unit)) {
            (TemporalKind::Time, None) => None,
            (_, None) => {
                let months = if unit == Calendar::Year { 12 } else { 1 };
                self.plus_months(amount.trunc().to_i64()?.checked_mul(months)?)
            }
            (_, Some(length)) => self.plus_nanos(nanos(amount, unit, length)?),
        }
    }

    fn plus_months(self, months: i64) -> Option<Self> {
        // Below the month nothing is known: whole years only.
        let months = if self.precision == Precision::Year { months / 12 * 12 } else { months };
        let total = (i64::from(self.year) * 12 + i64::from(self.month) - 1).checked_add(months)?;
        let year = u16::try_from(total.div_euclid(12)).ok().filter(|year| (1..=9999).contains(year))?;
        let month = u8::try_from(total.rem_euclid(12) + 1).ok()?;
        Some(Self { year, month, day: self.day.min(days_in(year, month)), ..self })
    }

    fn plus_nanos(self, nanos: i128) -> Option<Self> {
        match self.precision {
            Precision::Year => self.plus_months(i64::try_from(nanos / (365 * DAY)).ok()?.checked_mul(12)?),
            Precision::Month => self.plus_months(i64::try_from(nanos / (30 * DAY)).ok()?),
            Precision::Day => self.shifted(nanos / DAY * DAY),
            Precision::Hour => self.shifted(nanos / HOUR * HOUR),
            Precision::Minute => self.shifted(nanos / MINUTE * MINUTE),
            Precision::Second => {
                let moved = self.shifted(nanos)?;
                let digits = if moved.nanos == 0 { self.digits } else { self.digits.max(3) };
                Some(Self { digits, ..moved })
            }
        }
    }

    fn shifted(self, nanos: i128) -> Option<Self> {
        self.at_nanos(self.nanos_since_start().checked_add(nanos)?)
    }
}

fn nanos(amount: Decimal, unit: Calendar, length: i128) -> Option<i128> {
    if unit.is_definite() {
        return amount.checked_mul(Decimal::from_i128_with_scale(length, 0))?.trunc().to_i128();
    }
    // No calendar is longer than this; what is asked beyond it has no answer.
    let most = i128::from(10_000u32) * 366 * DAY;
    amount.trunc().to_i128()?.checked_mul(length).filter(|n| n.abs() <= most)
}

const _: () = assert!(SECOND == 1_000_000_000);

#[cfg(test)]
mod tests {
    use super::*;

    fn plus(text: &str, amount: &str, unit: Calendar) -> Option<String> {
        let sum = Temporal::literal(text).unwrap().0.plus(amount.parse().unwrap(), unit)?;
        Some(sum.to_string())
    }

    #[test]
    fn adds_what_the_calendar_says() {
        for (text, amount, unit, wanted) in [
            ("2016-02-29", "1", Calendar::Year, "2017-02-28"),
            ("2014-01-31", "1", Calendar::Month, "2014-02-28"),
            ("2014", "24", Calendar::Month, "2016"),
            ("2014", "-11", Calendar::Month, "2014"),
            ("2014-03", "45", Calendar::Day, "2014-04"),
            ("1973-12-25T00:00:00.000+10:00", "7.7", Calendar::Day, "1974-01-01T00:00:00.000+10:00"),
            ("2014-12-25", "25", Calendar::Hour, "2014-12-26"),
            ("T23:30", "45", Calendar::Minute, "00:15"),
            ("T01:00:00", "-1.5", Calendar::Second, "00:59:58.500"),
            ("2014-01-01T00:00:00Z", "10", Calendar::Millisecond, "2014-01-01T00:00:00.010Z"),
        ] {
            assert_eq!(plus(text, amount, unit).as_deref(), Some(wanted), "{text} + {amount} {unit:?}");
        }
    }

    #[test]
    fn there_is_nothing_outside_the_calendar() {
        for (text, amount, unit) in [
            ("9999-12-31", "1", Calendar::Day),
            ("0001", "-1", Calendar::Year),
            ("2014", "79228162514264337593543950335", Calendar::Year),
            ("2014-01-01", "79228162514264337593543950335", Calendar::Week),
            ("2014-01-01T00:00:00", "79228162514264337593543950335", Calendar::Millisecond),
            ("T10:00", "1", Calendar::Month),
        ] {
            assert_eq!(plus(text, amount, unit), None, "{text} + {amount} {unit:?}");
        }
    }
}
