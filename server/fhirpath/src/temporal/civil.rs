//! Days and nanoseconds of the proleptic Gregorian calendar, counted from the first of January of the year 1.

use super::{Precision, Temporal, TemporalKind};

pub const SECOND: i128 = 1_000_000_000;
pub const MINUTE: i128 = 60 * SECOND;
pub const HOUR: i128 = 60 * MINUTE;
pub const DAY: i128 = 24 * HOUR;

/// 1970-01-01 is day 719,162.
pub const EPOCH_NANOS: i128 = 719_162 * DAY;

pub fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

pub fn days_in(year: u16, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days before that year.
fn before_year(year: u16) -> i64 {
    let past = i64::from(year) - 1;
    past * 365 + past / 4 - past / 100 + past / 400
}

fn days(year: u16, month: u8, day: u8) -> i64 {
    let months: i64 = (1..month).map(|m| i64::from(days_in(year, m))).sum();
    before_year(year) + months + i64::from(day) - 1
}

/// The year, month and day of a count of days; nothing outside the years 1 to 9999.
fn date(days: i64) -> Option<(u16, u8, u8)> {
    let guess = u16::try_from(days / 366 + 1).ok().filter(|_| days >= 0)?;
    let mut year = guess;
    while before_year(year.checked_add(1)?) <= days {
        year += 1;
    }
    if year > 9999 {
        return None;
    }
    let mut rest = days - before_year(year);
    for month in 1..=12u8 {
        let length = i64::from(days_in(year, month));
        if rest < length {
            return Some((year, month, u8::try_from(rest + 1).ok()?));
        }
        rest -= length;
    }
    None
}

impl Temporal {
    /// Local nanoseconds since the start of the year 1, or of the day for a time.
    pub(super) fn nanos_since_start(&self) -> i128 {
        let clock = i128::from(self.hour) * HOUR + i128::from(self.minute) * MINUTE + i128::from(self.second) * SECOND;
        i128::from(days(self.year, self.month, self.day)) * DAY + clock + i128::from(self.nanos)
    }

    /// The same kind, precision and offset at another local moment. Parts finer than the precision are cut.
    pub(super) fn at_nanos(self, nanos: i128) -> Option<Self> {
        let (year, month, day) = match self.kind {
            TemporalKind::Time => (1, 1, 1),
            _ => date(i64::try_from(nanos.div_euclid(DAY)).ok()?)?,
        };
        let clock = nanos.rem_euclid(DAY);
        let part = |size: i128, most: i128| u8::try_from(clock / size % most).unwrap_or_default();
        let keep = |level: Precision, value: u8, least: u8| if self.precision >= level { value } else { least };
        Some(Self {
            year,
            month: keep(Precision::Month, month, 1),
            day: keep(Precision::Day, day, 1),
            hour: keep(Precision::Hour, part(HOUR, 24), 0),
            minute: keep(Precision::Minute, part(MINUTE, 60), 0),
            second: keep(Precision::Second, part(SECOND, 60), 0),
            nanos: if self.precision >= Precision::Second { u32::try_from(clock % SECOND).ok()? } else { 0 },
            ..self
        })
    }

    /// The last nanosecond that it may mean, in local time.
    pub(super) fn last_nanos(&self) -> i128 {
        let end = match self.precision {
            Precision::Year => Self { month: 12, day: 31, ..*self },
            Precision::Month => Self { day: days_in(self.year, self.month), ..*self },
            _ => *self,
        };
        let length = match self.precision {
            Precision::Year | Precision::Month | Precision::Day => DAY,
            Precision::Hour => HOUR,
            Precision::Minute => MINUTE,
            Precision::Second => 10i128.pow(9 - u32::from(self.digits.min(9))),
        };
        end.nanos_since_start() + length - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_inverse() {
        for day in (0..3_652_059).step_by(97).chain([0, 3_652_058]) {
            let (year, month, of_month) = date(day).unwrap();
            assert_eq!(days(year, month, of_month), day);
        }
        assert_eq!(date(3_652_058), Some((9999, 12, 31)));
        assert_eq!((date(3_652_059), date(-1), date(i64::MAX)), (None, None, None));
        assert_eq!(i128::from(days(1970, 1, 1)) * DAY, EPOCH_NANOS);
    }
}
