//! The length of a bucket: an ISO 8601 duration of fixed length (`PT1M`, `P1D`, `PT0.5S`) or its short form (`5s`, `1m`).

use theriac_core::{Error, Result};

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
/// 100 years.
const LONGEST: i64 = 36_525 * DAY;

/// Length in microseconds; never zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket(i64);

/// ISO designators in the order they must stand in: before or after `T`, letter, length.
const ISO: &[(bool, u8, i64)] = &[
    (false, b'W', 7 * DAY),
    (false, b'D', DAY),
    (true, b'H', 3600 * SECOND),
    (true, b'M', 60 * SECOND),
    (true, b'S', SECOND),
];

const SHORT: &[(&str, i64)] =
    &[("us", 1), ("ms", 1000), ("s", SECOND), ("m", 60 * SECOND), ("h", 3600 * SECOND), ("d", DAY), ("w", 7 * DAY)];

impl Bucket {
    /// # Errors
    /// `Invalid` at `bucket`.
    pub fn parse(text: &str) -> Result<Self> {
        let micros = text.strip_prefix('P').map_or_else(|| short(text), iso);
        micros.filter(|micros| (1..=LONGEST).contains(micros)).map(Self).ok_or_else(|| {
            let shown: String = text.chars().take(64).collect();
            let hint = if text.starts_with('P') && text.contains(['Y', 'M']) && !text.contains('T') {
                "; months and years have no fixed length"
            } else {
                ""
            };
            Error::invalid(format!("{shown:?} is not the length of a bucket, such as PT1M, P1D, 5s, 1m or 1h{hint}"))
                .at("bucket")
        })
    }

    pub fn micros(self) -> i64 {
        self.0
    }

    /// The start of the bucket in which an instant lies.
    pub fn start_of(self, time: i64) -> i64 {
        time.saturating_sub(time.rem_euclid(self.0))
    }
}

fn short(text: &str) -> Option<i64> {
    let (count, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let (_, length) = SHORT.iter().find(|(name, _)| *name == unit)?;
    count.parse::<i64>().ok()?.checked_mul(*length)
}

/// What stands after `P`.
fn iso(text: &str) -> Option<i64> {
    let mut rest = text.as_bytes();
    let (mut total, mut in_time, mut next) = (0i64, false, 0);
    while !rest.is_empty() {
        if !in_time && rest[0] == b'T' {
            (in_time, rest) = (true, &rest[1..]);
            if rest.is_empty() {
                return None;
            }
        }
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        let fraction = fraction(&rest[digits..])?;
        let designator = *rest.get(digits + fraction.1)?;
        let at = ISO.iter().position(|row| row.0 == in_time && row.1 == designator).filter(|at| *at >= next)?;
        if digits == 0 || digits > 12 || (fraction.1 > 0 && designator != b'S') {
            return None;
        }
        let count: i64 = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
        total = total.checked_add(count.checked_mul(ISO[at].2)?)?.checked_add(fraction.0)?;
        rest = &rest[digits + fraction.1 + 1..];
        next = at + 1;
    }
    Some(total)
}

/// `.5` or `,5` of a second in microseconds, and its length; nothing is (0, 0).
fn fraction(text: &[u8]) -> Option<(i64, usize)> {
    if !matches!(text.first(), Some(b'.' | b',')) {
        return Some((0, 0));
    }
    let digits = text[1..].iter().take_while(|b| b.is_ascii_digit()).count();
    (1..=6).contains(&digits).then(|| (crate::time::micros_of(&text[1..=digits]), digits + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_read() {
        let cases = [
            ("PT1M", 60.0),
            ("1m", 60.0),
            ("5s", 5.0),
            ("250ms", 0.25),
            ("PT0.5S", 0.5),
            ("P1DT12H", 129_600.0),
            ("1d", 86_400.0),
            ("P2W", 1_209_600.0),
            ("PT1H30M5.25S", 5405.25),
        ];
        for (text, seconds) in cases {
            assert_eq!(Bucket::parse(text).unwrap().micros() as f64 / 1e6, seconds, "{text}");
        }
    }

    #[test]
    fn what_has_no_fixed_or_sensible_length_is_refused() {
        for text in [
            "",
            "P",
            "PT",
            "P1",
            "1",
            "m",
            "0s",
            "PT0S",
            "-5s",
            "5x",
            "P1M",
            "P1Y",
            "PT1.5M",
            "PT1S1M",
            "P1H",
            "PT1D",
            "P1DT",
            "99999999999999999999s",
            "P999999D",
            "PT1.S",
            "5é",
        ] {
            assert!(Bucket::parse(text).is_err(), "{text}");
        }
        assert!(Bucket::parse("P1M").unwrap_err().message.contains("no fixed length"));
    }

    #[test]
    fn buckets_begin_at_multiples_since_1970() {
        let minute = Bucket::parse("1m").unwrap();
        for (time, start) in [(0, 0), (59_999_999, 0), (60_000_000, 60_000_000), (-1, -60_000_000)] {
            assert_eq!(minute.start_of(time), start);
        }
        assert_eq!(minute.start_of(i64::MIN), i64::MIN);
    }
}
