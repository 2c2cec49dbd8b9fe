//! Pages of lists: `count` and `from`, as in the list of alerts.

use theriac_core::{Error, Result};

pub(crate) const USUAL: u64 = 100;
const MOST: u64 = 1_000;

pub(crate) fn count(text: &str) -> Result<u64> {
    let wrong = || Error::invalid(format!("'count' is a whole number from 1 to {MOST}")).at("count");
    text.parse().ok().filter(|n| (1..=MOST).contains(n)).ok_or_else(wrong)
}

/// Where the page before ended, newest first.
pub(crate) fn key(text: &str) -> Result<i64> {
    let wrong = |_| Error::invalid("'from' takes the 'next' of the page before; leave it out to begin").at("from");
    i64::from_str_radix(text, 16).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_page_is_named_with_what_would_be_right() {
        assert_eq!((count("5").unwrap(), key("ff").unwrap()), (5, 255));
        for wrong in ["0", "1001", "x"] {
            assert!(count(wrong).unwrap_err().message.contains("1 to 1000"));
        }
        assert!(key("zz").unwrap_err().message.contains("'next'"));
    }
}
