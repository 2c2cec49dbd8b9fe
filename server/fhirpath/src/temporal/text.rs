//! Reading and writing.

use super::civil::days_in;
use super::{Precision, Temporal, TemporalKind};
use std::fmt;

impl Temporal {
    /// The longest literal at the start of `text` (what stands after `@`), with its length in bytes.
    pub fn literal(text: &str) -> Option<(Self, usize)> {
        let mut reader = Reader { text: text.as_bytes(), at: 0 };
        let value = match reader.eat(b'T') {
            true => reader.time(Self { kind: TemporalKind::Time, ..Self::START })?,
            false => reader.date_and_time()?,
        };
        Some((value, reader.at))
    }

    /// A whole text as that kind: FHIR's and FHIRPath's spellings, without `@` and `T` before a time.
    pub fn parse(kind: TemporalKind, text: &str) -> Option<Self> {
        let mut reader = Reader { text: text.as_bytes(), at: 0 };
        let value = match kind {
            TemporalKind::Time => {
                reader.eat(b'T');
                reader.time(Self { kind, ..Self::START })?
            }
            TemporalKind::Date => reader.date()?,
            TemporalKind::DateTime => reader.date_and_time()?.date_time(),
        };
        (reader.at == text.len()).then_some(value)
    }
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
}

impl Reader<'_> {
    fn eat(&mut self, byte: u8) -> bool {
        let found = self.text.get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    fn digits(&mut self, count: usize) -> Option<u16> {
        let found = self.text.get(self.at..self.at + count)?;
        if !found.iter().all(u8::is_ascii_digit) {
            return None;
        }
        self.at += count;
        Some(found.iter().fold(0, |sum, d| sum * 10 + u16::from(d - b'0')))
    }

    fn two(&mut self, most: u8) -> Option<u8> {
        u8::try_from(self.digits(2)?).ok().filter(|n| *n <= most)
    }

    /// `-` or `:` and two digits; what is no such part stays unread.
    fn part(&mut self, before: u8) -> bool {
        let two = self.text.get(self.at + 1..self.at + 3).is_some_and(|d| d.iter().all(u8::is_ascii_digit));
        two && self.eat(before)
    }

    fn date(&mut self) -> Option<Temporal> {
        let year = self.digits(4).filter(|year| *year > 0)?;
        let mut value = Temporal { kind: TemporalKind::Date, year, ..Temporal::START };
        if !self.part(b'-') {
            return Some(value);
        }
        value.month = self.two(12).filter(|month| *month > 0)?;
        value.precision = Precision::Month;
        if self.part(b'-') {
            value.day = self.two(days_in(year, value.month)).filter(|day| *day > 0)?;
            value.precision = Precision::Day;
        }
        Some(value)
    }

    fn date_and_time(&mut self) -> Option<Temporal> {
        let mut value = self.date()?;
        if !self.eat(b'T') {
            return Some(value);
        }
        value.kind = TemporalKind::DateTime;
        if value.precision == Precision::Day && self.text.get(self.at).is_some_and(u8::is_ascii_digit) {
            value = self.time(value)?;
            value.offset = self.offset()?;
        }
        Some(value)
    }

    fn time(&mut self, mut value: Temporal) -> Option<Temporal> {
        value.hour = self.two(23)?;
        value.precision = Precision::Hour;
        if !self.part(b':') {
            return Some(value);
        }
        value.minute = self.two(59)?;
        value.precision = Precision::Minute;
        if self.part(b':') {
            // 60 is a leap second.
            value.second = self.two(60)?;
            value.precision = Precision::Second;
            self.fraction(&mut value);
        }
        Some(value)
    }

    fn fraction(&mut self, value: &mut Temporal) {
        let digits = self.text.get(self.at + 1..).unwrap_or_default();
        let count = digits.iter().take_while(|d| d.is_ascii_digit()).count();
        if count == 0 || !self.eat(b'.') {
            return;
        }
        let kept = digits[..count].iter().copied().chain(std::iter::repeat(b'0')).take(9);
        value.nanos = kept.fold(0, |sum, d| sum * 10 + u32::from(d - b'0'));
        value.digits = u8::try_from(count.min(9)).unwrap_or(9);
        self.at += count;
    }

    /// `Z`, `+hh:mm`, `-hh:mm` or nothing; the outer `None` is an offset that cannot be.
    #[allow(clippy::option_option)]
    fn offset(&mut self) -> Option<Option<i16>> {
        if self.eat(b'Z') {
            return Some(Some(0));
        }
        let sign = match self.text.get(self.at) {
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return Some(None),
        };
        if self.text.get(self.at + 3) != Some(&b':') {
            return Some(None);
        }
        self.at += 1;
        let hours = self.two(14)?;
        self.eat(b':');
        let minutes = i16::from(hours) * 60 + i16::from(self.two(59)?);
        Some(Some(minutes * sign))
    }
}

impl fmt::Display for Temporal {
    /// As FHIR writes it, without `@`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind != TemporalKind::Time {
            write!(f, "{:04}", self.year)?;
            if self.precision >= Precision::Month {
                write!(f, "-{:02}", self.month)?;
            }
            if self.precision >= Precision::Day {
                write!(f, "-{:02}", self.day)?;
            }
            if self.kind == TemporalKind::DateTime && self.precision >= Precision::Hour {
                f.write_str("T")?;
            }
        }
        self.clock(f)?;
        match self.offset {
            None => Ok(()),
            Some(0) => f.write_str("Z"),
            Some(minutes) => {
                let (sign, size) = (if minutes < 0 { '-' } else { '+' }, minutes.unsigned_abs());
                write!(f, "{sign}{:02}:{:02}", size / 60, size % 60)
            }
        }
    }
}

impl Temporal {
    fn clock(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.precision >= Precision::Hour {
            write!(f, "{:02}", self.hour)?;
        }
        if self.precision >= Precision::Minute {
            write!(f, ":{:02}", self.minute)?;
        }
        if self.precision >= Precision::Second {
            write!(f, ":{:02}", self.second)?;
            if self.digits > 0 {
                let width = usize::from(self.digits);
                write!(f, ".{:0width$}", self.nanos / 10u32.pow(9 - u32::from(self.digits)))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_the_same() {
        for text in [
            "2014",
            "2014-01",
            "2014-01-25",
            "2014-01-25T14",
            "2014-01-25T14:30",
            "2014-01-25T14:30:14",
            "2014-01-25T14:30:14.559",
            "2014-01-25T14:30:14.559Z",
            "2014-01-25T14:30:14.5-05:30",
            "2016-02-29T23:59:60+14:00",
        ] {
            let value = Temporal::parse(TemporalKind::DateTime, text).unwrap();
            assert_eq!(value.to_string(), text);
            assert_eq!(Temporal::literal(text).unwrap().1, text.len());
        }
        for text in ["14", "14:30", "14:30:14", "14:30:14.123456789"] {
            assert_eq!(Temporal::parse(TemporalKind::Time, text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_literal_ends_where_the_next_word_begins() {
        for (text, length) in [
            ("2015-02-04.is(Date)", 10),
            ("2015T.is(DateTime)", 5),
            ("2014-01-01T08:05-05:00.highBoundary(17)", 22),
            ("T14:34:28+10:00", 9),
            ("T10:30:00.precision()", 9),
            ("2014 - 1", 4),
            ("2014-1", 4),
        ] {
            assert_eq!(Temporal::literal(text).unwrap().1, length, "{text}");
        }
    }

    #[test]
    fn dates_that_never_were_are_refused() {
        for text in
            ["0000", "2014-13", "2014-02-29", "2014-01-25T24:00", "2014-01-25T10:00+15:00", "14", "", "2014-1-1"]
        {
            assert_eq!(Temporal::parse(TemporalKind::DateTime, text), None, "{text}");
        }
        assert_eq!(Temporal::parse(TemporalKind::Date, "2014-01-25T10:00"), None);
        assert_eq!(Temporal::parse(TemporalKind::Time, "25:00"), None);
    }
}
