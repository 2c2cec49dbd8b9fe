//! Calendar durations: the words that FHIRPath has beside UCUM. A calendar year is not the UCUM `a` of 365.25 days; from
//! the week down both are a fixed number of seconds.
//! <http://hl7.org/fhirpath/N1/#time-valued-quantities>

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Calendar {
    Year,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
    Millisecond,
}

use Calendar as C;

/// The word, its plural, the UCUM unit nearest to it, and its length where that is fixed.
const TABLE: &[(Calendar, &str, &str, &str, Option<i64>)] = &[
    (C::Year, "year", "years", "a", None),
    (C::Month, "month", "months", "mo", None),
    (C::Week, "week", "weeks", "wk", Some(604_800_000)),
    (C::Day, "day", "days", "d", Some(86_400_000)),
    (C::Hour, "hour", "hours", "h", Some(3_600_000)),
    (C::Minute, "minute", "minutes", "min", Some(60_000)),
    (C::Second, "second", "seconds", "s", Some(1_000)),
    (C::Millisecond, "millisecond", "milliseconds", "ms", Some(1)),
];

impl Calendar {
    /// `day` and `days`; UCUM codes are no words.
    pub fn of_word(word: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.1 == word || row.2 == word).map(|row| row.0)
    }

    /// `d` for days. `a` and `mo` are definite durations in UCUM and only near to the calendar's.
    pub fn of_ucum(code: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.3 == code).map(|row| row.0)
    }

    pub fn word(self) -> &'static str {
        self.row().1
    }

    pub fn plural(self) -> &'static str {
        self.row().2
    }

    pub fn ucum(self) -> &'static str {
        self.row().3
    }

    /// Its length where it has one length: nothing for years and months.
    pub fn fixed_ms(self) -> Option<i64> {
        self.row().4
    }

    /// May it be compared with UCUM's unit of the same kind? True from seconds down.
    pub fn is_definite(self) -> bool {
        matches!(self, Self::Second | Self::Millisecond)
    }

    fn row(self) -> &'static (Calendar, &'static str, &'static str, &'static str, Option<i64>) {
        TABLE.iter().find(|row| row.0 == self).unwrap_or(&TABLE[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_duration_is_found_by_its_words_and_its_code() {
        for (calendar, word, plural, ucum, _) in TABLE {
            assert_eq!(Calendar::of_word(word), Some(*calendar));
            assert_eq!(Calendar::of_word(plural), Some(*calendar));
            assert_eq!(Calendar::of_ucum(ucum), Some(*calendar));
            assert_eq!(calendar.word(), *word);
        }
        assert_eq!(Calendar::of_word("d"), None);
        assert_eq!(Calendar::of_word("fortnight"), None);
    }
}
