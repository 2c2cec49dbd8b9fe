//! Dates: cut to the year, or moved by whole days. <http://hl7.org/fhir/R4/datatypes.html#dateTime>
//!
//! Only the day moves: time of day and offset stay as written, so that no change to or from daylight saving time is
//! crossed, and 29 February is a day like any other.

use crate::age;
use chrono::{Datelike, Days, NaiveDate};

/// The year of a date, dateTime or instant.
pub fn year(text: &str) -> Option<i32> {
    let digits = text.get(..4)?;
    let ends = text.as_bytes().get(4).is_none_or(|byte| *byte == b'-');
    digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
    if ends { digits.parse().ok() } else { None }
}

/// The year alone; nothing for one that would tell an age over 89, or for what is no date. An instant, which has no
/// coarser form, becomes the first of its year.
pub fn cut(text: &str, is_instant: bool, this_year: i32) -> Option<String> {
    let year = year(text).filter(|year| !age::is_too_old(*year, this_year))?;
    Some(if is_instant { format!("{year:04}-01-01T00:00:00Z") } else { format!("{year:04}") })
}

/// Moved by that many days. A date without a day cannot move, and is cut to its year.
pub fn shift(text: &str, days: i64, is_instant: bool, this_year: i32) -> Option<String> {
    let old = year(text)?;
    if age::is_too_old(old, this_year) {
        return None;
    }
    let Some(day) = text.get(..10).and_then(|day| NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()) else {
        return cut(text, is_instant, this_year);
    };
    let length = Days::new(days.unsigned_abs());
    let moved = if days < 0 { day.checked_sub_days(length) } else { day.checked_add_days(length) }?;
    (!age::is_too_old(moved.year(), this_year)).then(|| format!("{}{}", moved.format("%Y-%m-%d"), &text[10..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_is_all_that_is_left_and_less_where_it_is_too_old() {
        for (text, instant, left) in [
            ("1974-12-25", false, Some("1974")),
            ("1974", false, Some("1974")),
            ("2015-02-07T13:28:17.239+02:00", false, Some("2015")),
            ("2015-02-07T13:28:17Z", true, Some("2015-01-01T00:00:00Z")),
            ("1936-01-01", false, None),
            ("1937-01-01", false, Some("1937")),
            ("yesterday", false, None),
            ("19745", false, None),
            ("é974", false, None),
        ] {
            assert_eq!(cut(text, instant, 2026).as_deref(), left, "{text}");
        }
    }

    #[test]
    fn a_shift_moves_the_day_and_leaves_the_time_of_day() {
        for (text, days, moved) in [
            ("2015-02-07", -21, Some("2015-01-17")),
            ("2000-01-01", 41, Some("2000-02-11")),
            ("2024-02-28", 1, Some("2024-02-29")),
            ("2024-02-29", 365, Some("2025-02-28")),
            ("2026-03-29T02:30:00+01:00", 1, Some("2026-03-30T02:30:00+01:00")),
            ("2015-02", 300, Some("2015")),
            ("2015", 300, Some("2015")),
            ("1936-12-31", 300, None),
            ("1937-01-02", -10, None),
        ] {
            assert_eq!(shift(text, days, false, 2026).as_deref(), moved, "{text} {days}");
        }
    }
}
