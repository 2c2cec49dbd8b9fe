//! Ages over 89, 164.514(b)(2)(i)(C): one category of 90 and older, so that nothing may tell which of them it is.

use std::sync::Arc;
use theriac_units::{Exact, Unit};

/// The oldest age that may be told.
pub const OLDEST: i32 = 89;

/// Words for units of time that are no codes of UCUM, and how many of them a year has.
const WORDS: &[(&str, f64)] = &[("year", 1.0), ("yr", 1.0), ("month", 12.0), ("week", 52.1), ("day", 365.0)];

/// Seconds of the shortest year.
const YEAR_S: f64 = 365.0 * 86_400.0;

fn word(unit: &str) -> Option<f64> {
    let unit = unit.to_ascii_lowercase();
    WORDS.iter().find(|(word, _)| unit.contains(word)).map(|(_, per_year)| *per_year)
}

fn time(unit: &str) -> Option<Arc<Unit>> {
    Unit::cached(unit).filter(|unit| unit.canonical_code() == "s")
}

/// Is it a unit that an age can have: any of time, in codes of UCUM or in words?
pub fn is_time(unit: &str) -> bool {
    time(unit).is_some() || word(unit).is_some()
}

/// Would a quantity in this unit tell an age over 89? What cannot be read is not shown either.
pub fn is_over(value: &str, unit: &str) -> bool {
    let years = match (time(unit), word(unit)) {
        (Some(unit), _) => Exact::parse(value).and_then(|value| unit.canonical(value)).map(|s| s.to_f64() / YEAR_S),
        (None, Some(per_year)) => value.parse::<f64>().ok().map(|value| value / per_year),
        (None, None) => return false,
    };
    years.is_none_or(|years| years >= f64::from(OLDEST + 1))
}

/// Would a date of this year tell an age over 89, if it was the year of birth?
pub fn is_too_old(year: i32, this_year: i32) -> bool {
    this_year - year > OLDEST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_of_ninety_is_one_too_many_in_every_unit() {
        for (value, unit, over) in [
            ("89", "a", false),
            ("90", "a", true),
            ("1079", "mo", false),
            ("1081", "mo", true),
            ("33000", "d", true),
            ("2.9", "Gs", true),
            ("120", "mm[Hg]", false),
            ("91", "years", true),
            ("91", "{years}", true),
            ("old", "a", true),
            ("9", "h", false),
        ] {
            assert_eq!(is_over(value, unit), over, "{value} {unit}");
        }
        assert!(is_too_old(1936, 2026) && !is_too_old(1937, 2026));
        assert!(is_time("Years") && is_time("min") && !is_time("mg"));
    }
}
