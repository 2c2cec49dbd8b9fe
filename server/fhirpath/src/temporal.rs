//! Dates, times and both together, each known to some precision: `2014`, `2014-01-25T14:30`, `T10:30:00.000`.
//! <http://hl7.org/fhirpath/N1/#date>

mod arithmetic;
mod boundary;
mod civil;
mod compare;
mod text;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TemporalKind {
    Date,
    DateTime,
    Time,
}

/// The finest part that is known. Fractions of a second belong to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precision {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
}

/// Parts finer than `precision` are at their least: month 1, day 1, hour 0. A time has year 1, month 1, day 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Temporal {
    pub kind: TemporalKind,
    pub precision: Precision,
    pub year: u16,
    pub month: u8,
    pub day: u8,
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
    pub nanos: u32,
    /// Digits of the fraction as written, at most 9.
    pub digits: u8,
    /// Minutes east of UTC, if it was said.
    pub offset: Option<i16>,
}

impl Temporal {
    /// The first moment of the year 1.
    const START: Self = Self {
        kind: TemporalKind::DateTime,
        precision: Precision::Year,
        year: 1,
        month: 1,
        day: 1,
        hour: 0,
        minute: 0,
        second: 0,
        nanos: 0,
        digits: 0,
        offset: None,
    };

    /// The moment in UTC to the millisecond, as `now()` gives it.
    pub fn from_micros(micros: i64) -> Self {
        let nanos = i128::from(micros).div_euclid(1_000) * 1_000_000;
        let start = Self { precision: Precision::Second, digits: 3, offset: Some(0), ..Self::START };
        start.at_nanos(civil::EPOCH_NANOS + nanos).unwrap_or(start)
    }

    /// The date alone.
    #[must_use]
    pub fn date(self) -> Self {
        let (hour, minute, second, nanos, digits, offset) = (0, 0, 0, 0, 0, None);
        let precision = self.precision.min(Precision::Day);
        Self { kind: TemporalKind::Date, precision, hour, minute, second, nanos, digits, offset, ..self }
    }

    /// The time of day alone; nothing if it is not known.
    pub fn time(self) -> Option<Self> {
        let (year, month, day, offset) = (1, 1, 1, None);
        let known = self.precision >= Precision::Hour;
        known.then_some(Self { kind: TemporalKind::Time, year, month, day, offset, ..self })
    }

    /// A date as a date with a time that is not known.
    #[must_use]
    pub fn date_time(self) -> Self {
        Self { kind: TemporalKind::DateTime, ..self }
    }
}
