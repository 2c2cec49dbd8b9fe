//! The date shift of this language, and how it is undone.
//!
//! The shift of a record is `h mod 101 - 50`, h being the polynomial of base 131 over the bytes of the record's id and the key.
//! With p(s) the polynomial of s alone, h = p(id) · 131^length(key) + p(key): a line. Two known dates of two records give
//! its slope and height, and with them the shift of every other record; the key stays unknown, and is not needed.

const BASE: i64 = 131;
const MODULUS: i64 = 101;
const FARTHEST: i64 = 50;

/// p(s) mod 101.
fn polynomial(text: &str) -> i64 {
    text.bytes().fold(0, |sum, byte| (sum * BASE + i64::from(byte)) % MODULUS)
}

/// The days a record is shifted by.
pub fn offset(id: &str, key: &str) -> i64 {
    polynomial(&format!("{id}{key}")) - FARTHEST
}

/// What two known shifts tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Solution {
    slope: i64,
    height: i64,
}

impl Solution {
    /// The shift of any other record under the same key.
    pub fn offset(self, id: &str) -> i64 {
        (polynomial(id) * self.slope + self.height).rem_euclid(MODULUS) - FARTHEST
    }
}

/// From two records' ids and the days they were shifted by. Nothing where both ids have the same polynomial: then they
/// tell the same.
pub fn solve(one: (&str, i64), other: (&str, i64)) -> Option<Solution> {
    let (x, y) = (polynomial(one.0), polynomial(other.0));
    let (a, b) = (one.1 + FARTHEST, other.1 + FARTHEST);
    let run = (x - y).rem_euclid(MODULUS);
    let slope = (a - b).rem_euclid(MODULUS) * inverse(run)? % MODULUS;
    Some(Solution { slope, height: (a - slope * x).rem_euclid(MODULUS) })
}

/// 101 is prime (Fermat).
fn inverse(number: i64) -> Option<i64> {
    (number != 0).then(|| (0..MODULUS - 2).fold(1, |power, _| power * number % MODULUS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn shifts_are_those_of_the_published_checks() {
        assert_eq!((offset("example", "123"), offset("dummy", "")), (41, -21));
    }

    proptest! {
        #[test]
        fn two_known_dates_give_the_shift_of_every_record(
            key in ".{0,40}", one in "[a-z0-9-]{1,36}", other in "[a-z0-9-]{1,36}", any in "[a-z0-9-]{1,36}",
        ) {
            if let Some(found) = solve((&one, offset(&one, &key)), (&other, offset(&other, &key))) {
                prop_assert_eq!(found.offset(&any), offset(&any, &key));
            } else {
                prop_assert_eq!(polynomial(&one), polynomial(&other));
            }
        }
    }
}
