//! Pages of lists: `count` and `from`, as in the list of alerts.

use theriac_core::{Error, Result};

pub(super) const USUAL: u64 = 100;
const MOST: u64 = 1_000;

pub(super) fn count(text: &str) -> Result<u64> {
    let wrong = || Error::invalid(format!("'count' is a whole number from 1 to {MOST}")).at("count");
    text.parse().ok().filter(|n| (1..=MOST).contains(n)).ok_or_else(wrong)
}

pub(super) fn key(text: &str) -> Result<i64> {
    i64::from_str_radix(text, 16).map_err(|_| wrong_cursor())
}

pub(super) fn wrong_cursor() -> Error {
    Error::invalid("'from' takes the 'next' of the page before; leave it out to begin").at("from")
}
