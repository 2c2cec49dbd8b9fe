//! Three digits of a ZIP code, 164.514(b)(2)(i)(B): only where more than 20,000 people live under them; 000 elsewhere.
//!
//! The prefixes stand in `zip3.txt`, each with the census that found it small. Any census counts: a place that has grown
//! since is still shown as 000.

use std::sync::OnceLock;

const SMALL: &str = include_str!("zip3.txt");

fn small() -> &'static [&'static str] {
    static PREFIXES: OnceLock<Vec<&'static str>> = OnceLock::new();
    PREFIXES.get_or_init(|| {
        let lines = SMALL.lines().filter(|line| !line.starts_with('#'));
        let mut all: Vec<&str> =
            lines.filter_map(|line| line.split_once('\t')).flat_map(|(_, p)| p.split(' ')).collect();
        all.sort_unstable();
        all.dedup();
        all
    })
}

/// `981` of `98101` and `98101-1234`; nothing of what is no ZIP code.
pub fn zip3(text: &str) -> Option<&str> {
    let digits = text.split_once('-').map_or(text, |(first, _)| first);
    let rest = text.split_once('-').map(|(_, rest)| rest);
    let numeric = |part: &str, length| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
    if !numeric(digits, 5) || !rest.is_none_or(|rest| numeric(rest, 4)) {
        return None;
    }
    let prefix = &digits[..3];
    Some(if small().binary_search(&prefix).is_ok() { "000" } else { prefix })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_are_left_where_enough_people_live() {
        for (text, left) in [
            ("98052", Some("980")),
            ("98028-1830", Some("980")),
            ("20301", Some("000")),
            ("03601", Some("000")),
            ("83001", Some("000")),
            ("SW1A 1AA", None),
            ("9805", None),
            ("98052-18", None),
            ("éééé5", None),
        ] {
            assert_eq!(zip3(text), left, "{text}");
        }
    }

    #[test]
    fn the_table_holds_both_censuses() {
        assert_eq!(small().len(), 19);
        assert!(small().iter().all(|prefix| prefix.len() == 3));
    }
}
