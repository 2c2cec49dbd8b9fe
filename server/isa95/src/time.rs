//! RFC 3339 date-times (<https://www.rfc-editor.org/rfc/rfc3339>) to microseconds since 1970 and back, without
//! allocation: at a million readings a second a general date library is the slowest part.
//!
//! The offset is needed. Digits after the sixth of a fraction are cut. A leap second (23:59:60 UTC) counts as the
//! first instant of the next day, as in POSIX time.

const SECOND: i64 = 1_000_000;
const DAY_S: i64 = 86_400;
/// 0000-01-01T00:00:00Z and the last microsecond of 9999: an offset may carry a time out of what can be written.
const YEARS: std::ops::RangeInclusive<i64> = -62_167_219_200_000_000..=253_402_300_799_999_999;

/// What a wrong time should have looked like, for messages.
pub const EXPECTED: &str = "an RFC 3339 date-time with offset, such as 2026-11-20T08:00:00.000Z";

/// Microseconds since 1970-01-01T00:00:00Z, or `None` if the text is not an RFC 3339 date-time.
pub fn parse(text: &[u8]) -> Option<i64> {
    let (head, rest) = text.split_first_chunk::<19>()?;
    let shape = head[4] == b'-' && head[7] == b'-' && head[13] == b':' && head[16] == b':';
    if !shape || !matches!(head[10], b'T' | b't' | b' ') {
        return None;
    }
    let year = i64::from(two(head[0], head[1])?) * 100 + i64::from(two(head[2], head[3])?);
    let (month, day) = (two(head[5], head[6])?, two(head[8], head[9])?);
    let (hour, minute, second) = (two(head[11], head[12])?, two(head[14], head[15])?, two(head[17], head[18])?);
    if !(1..=12).contains(&month) || day == 0 || day > days_in(year, month) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (micros, rest) = fraction(rest)?;
    let whole = days(year, month, day) * DAY_S + i64::from(hour * 3600 + minute * 60 + second) - offset(rest)?;
    if second == 60 && whole.rem_euclid(DAY_S) != 0 {
        return None;
    }
    Some(whole * SECOND + micros).filter(|micros| YEARS.contains(micros))
}

/// Is it a time of the years 0 to 9999, which RFC 3339 can write?
pub fn is_written(micros: i64) -> bool {
    YEARS.contains(&micros)
}

/// Appends `2026-11-20T08:00:00Z`, with three or six digits of fraction where they are needed.
pub fn write(micros: i64, out: &mut String) {
    use std::fmt::Write;
    let (seconds, fraction) = (micros.div_euclid(SECOND), micros.rem_euclid(SECOND));
    let (year, month, day) = civil(seconds.div_euclid(DAY_S));
    let clock = seconds.rem_euclid(DAY_S);
    let (hour, minute, second) = (clock / 3600, clock / 60 % 60, clock % 60);
    // Writing to a String cannot fail.
    let _ = write!(out, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    let _ = match (fraction, fraction % 1000) {
        (0, _) => write!(out, "Z"),
        (_, 0) => write!(out, ".{:03}Z", fraction / 1000),
        _ => write!(out, ".{fraction:06}Z"),
    };
}

/// As [`write`], a new string.
pub fn format(micros: i64) -> String {
    let mut out = String::with_capacity(27);
    write(micros, &mut out);
    out
}

fn two(tens: u8, ones: u8) -> Option<u32> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| u32::from(tens) * 10 + u32::from(ones))
}

/// `.123` in microseconds, and what follows it.
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let Some(digits) = text.strip_prefix(b".") else { return Some((0, text)) };
    let count = digits.iter().take_while(|b| b.is_ascii_digit()).count();
    if count == 0 {
        return None;
    }
    Some((micros_of(&digits[..count]), &digits[count..]))
}

/// The digits after a second's decimal point in microseconds; what is smaller is cut.
pub(crate) fn micros_of(digits: &[u8]) -> i64 {
    let places = digits.iter().chain(std::iter::repeat(&b'0')).take(6);
    places.fold(0, |micros, digit| micros * 10 + i64::from(digit - b'0'))
}

/// `Z` or `+hh:mm` in seconds east of UTC.
fn offset(text: &[u8]) -> Option<i64> {
    match text {
        b"Z" | b"z" => Some(0),
        [sign @ (b'+' | b'-'), a, b, b':', c, d] => {
            let (hours, minutes) = (two(*a, *b)?, two(*c, *d)?);
            let seconds = i64::from(hours * 3600 + minutes * 60);
            (hours < 24 && minutes < 60).then_some(if *sign == b'-' { -seconds } else { seconds })
        }
        _ => None,
    }
}

fn days_in(year: i64, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a proleptic Gregorian date: years counted from March, so that the leap day is last.
fn days(year: i64, month: u32, day: u32) -> i64 {
    let from_march = i64::from((month + 9) % 12);
    let year = year - i64::from(month <= 2);
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (from_march * 153 + 2) / 5 + i64::from(day) - 1 - 719_468
}

/// The date of a day since 1970: the year is guessed from the mean length and stepped to the right one.
fn civil(day: i64) -> (i64, u32, u32) {
    let mut year = 1970 + day * 400 / 146_097;
    while days(year, 1, 1) > day {
        year -= 1;
    }
    while days(year + 1, 1, 1) <= day {
        year += 1;
    }
    let mut left = (day - days(year, 1, 1)) as u32;
    let mut month = 1;
    while left >= days_in(year, month) {
        left -= days_in(year, month);
        month += 1;
    }
    (year, month, left + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use theriac_core::Instant;

    #[test]
    fn reads_the_examples_of_rfc_3339_section_5_8() {
        let expected = |text: &str| Instant::parse(text).unwrap().0;
        for text in ["1985-04-12T23:20:50.52Z", "1996-12-19T16:39:57-08:00", "1937-01-01T12:00:27.87+00:20"] {
            assert_eq!(parse(text.as_bytes()), Some(expected(text)), "{text}");
        }
        assert_eq!(parse(b"1990-12-31T23:59:60Z"), parse(b"1991-01-01T00:00:00Z"));
        assert_eq!(parse(b"1990-12-31T15:59:60-08:00"), parse(b"1991-01-01T00:00:00Z"));
    }

    #[test]
    fn refuses_what_is_not_a_date_time_with_offset() {
        for text in [
            "",
            "2026-11-20",
            "2026-11-20T08:00:00",
            "2026-11-20T08:00:00.Z",
            "2026-11-20T08:00Z",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-01-00T00:00:00Z",
            "2026-11-20T24:00:00Z",
            "2026-11-20T12:34:60Z",
            "2026-11-20T12:34:56+24:00",
            "2026-11-20T12:34:56+0100",
            "2026-11-20T12:34:56ZZ",
            "20:6-11-20T12:34:56Z",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn refuses_what_its_offset_carries_out_of_the_years_of_four_digits() {
        for text in ["9999-12-31T23:59:59.999901-23:59", "9999-12-31T23:59:60Z", "0000-01-01T00:00:00+00:01"] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
        for text in ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"] {
            assert_eq!(parse(text.as_bytes()).map(format).as_deref(), Some(text));
        }
    }

    #[test]
    fn writes_no_more_digits_than_needed() {
        let written = |text: &str| format(parse(text.as_bytes()).unwrap());
        assert_eq!(written("2026-11-20T09:00:00+01:00"), "2026-11-20T08:00:00Z");
        assert_eq!(written("2026-11-20T08:00:00.5Z"), "2026-11-20T08:00:00.500Z");
        assert_eq!(written("1969-12-31T23:59:59.9999999Z"), "1969-12-31T23:59:59.999999Z");
        assert_eq!(written("0000-02-29T00:00:00Z"), "0000-02-29T00:00:00Z");
    }

    proptest! {
        #[test]
        fn every_instant_of_ten_millennia_comes_back(micros in -62_167_219_200_000_000i64..253_402_300_800_000_000) {
            prop_assert_eq!(parse(format(micros).as_bytes()), Some(micros));
        }

        #[test]
        fn agrees_with_the_date_library(micros in -62_000_000_000_000_000i64..250_000_000_000_000_000) {
            let text = Instant(micros).rfc3339();
            prop_assert_eq!(parse(text.as_bytes()), Instant::parse(&text).map(|i| i.0));
        }

        #[test]
        fn never_panics(text in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = parse(&text);
        }
    }
}
