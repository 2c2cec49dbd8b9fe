//! GS1 element strings: what a bar code carries. With brackets as people write them, `(01)04012345111118(21)98`, or as
//! a scanner gives them, after a symbology identifier such as `]d2` and with FNC1 (U+001D) between values that have no
//! fixed length. GS1 General Specifications, chapters 3 and 7.8: <https://ref.gs1.org/standards/genspecs/>

use super::key::{Key, Tail};
use super::{Identifier, link};

/// Ends a value whose length is not fixed.
const SEPARATOR: char = '\u{1d}';

/// Application identifiers of values whose length is fixed, and the digits they have.
#[rustfmt::skip]
const FIXED: &[(&str, usize)] = &[
    ("00", 18), ("01", 14), ("02", 14), ("11", 6), ("12", 6), ("13", 6), ("15", 6), ("16", 6), ("17", 6), ("20", 2),
    ("402", 17), ("410", 13), ("411", 13), ("412", 13), ("413", 13), ("414", 13), ("415", 13), ("416", 13), ("417", 13),
    ("8006", 18), ("8017", 18), ("8018", 18),
];

/// Application identifiers that may stand beside a key: its qualifiers, and attributes that say nothing of which it is.
const OTHERS: &[&str] = &["10", "21", "22", "30", "37", "235", "254", "240", "241", "400", "8008", "8011"];

/// Reads an element string; nothing if the text is something else.
pub fn parse(text: &str) -> Option<Identifier> {
    let pairs = if text.starts_with('(') { bracketed(text)? } else { scanned(text)? };
    let key = pairs.iter().find(|(ai, _)| Key::by_ai(ai).next().is_some_and(|key| key.ai == *ai))?;
    let path = std::iter::once(key).chain(pairs.iter().filter(|pair| *pair != key));
    let segments: Vec<&str> = path.flat_map(|(ai, value)| [*ai, *value]).collect();
    link::of_values(&segments)
}

fn bracketed(text: &str) -> Option<Vec<(&str, &str)>> {
    let mut pairs = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.strip_prefix('(') {
        let (ai, after) = open.split_once(')').filter(|(ai, _)| is_ai(ai))?;
        // A bracket may be part of a serial; one that begins with an identifier of two to four digits ends it.
        let begins =
            |at: &(usize, &str)| at.1.get(1..).and_then(|t| t.split_once(')')).is_some_and(|(ai, _)| is_ai(ai));
        let end =
            after.match_indices('(').map(|(at, _)| (at, &after[at..])).find(begins).map_or(after.len(), |(at, _)| at);
        let (value, more) = after.split_at(end);
        pairs.push((ai, value.trim()));
        rest = more;
    }
    (rest.is_empty() && pairs.iter().all(|(_, value)| !value.is_empty())).then_some(pairs)
}

fn is_ai(text: &str) -> bool {
    (2..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

fn scanned(text: &str) -> Option<Vec<(&str, &str)>> {
    // `]C1`, `]d2`, `]Q3`, `]e0`: GS1 data in one of the symbologies.
    let rest = ["]C1", "]d2", "]Q3", "]e0", "]J1"].iter().find_map(|mark| text.strip_prefix(mark));
    let mut rest = rest.or_else(|| text.contains(SEPARATOR).then_some(text))?;
    let mut pairs = Vec::new();
    rest = rest.trim_start_matches(SEPARATOR);
    while !rest.is_empty() {
        let ai = (2..=4).filter_map(|n| rest.get(..n)).find(|ai| is_known(ai))?;
        let after = rest.get(ai.len()..)?;
        let fixed = FIXED.iter().find(|(known, _)| *known == ai).map(|(_, digits)| *digits);
        let length = fixed.or_else(|| after.find(SEPARATOR)).unwrap_or(after.len());
        let value = after.get(..length).filter(|value| !value.is_empty())?;
        pairs.push((ai, value));
        rest = after.get(length..)?.trim_start_matches(SEPARATOR);
    }
    (!pairs.is_empty()).then_some(pairs)
}

fn is_known(ai: &str) -> bool {
    FIXED.iter().any(|(known, _)| *known == ai) || OTHERS.contains(&ai) || super::key::KEYS.iter().any(|k| k.ai == ai)
}

/// With brackets, key first.
pub fn write(identifier: &Identifier) -> String {
    let key = identifier.key;
    let mut out = format!("({}){}", key.ai, identifier.primary);
    match (&identifier.qualifier, key.tail) {
        (Some(text), Tail::Suffix) => out.push_str(text),
        (Some(text), Tail::Qualifier(ai) | Tail::Extension(ai)) => out.push_str(&format!("({ai}){text}")),
        _ => {}
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bar_codes_name_what_links_name() {
        for (text, link) in [
            ("(01)04012345111118(21)98", "01/04012345111118/21/98"),
            ("(17)271231(10)L1(01)04012345111118(21)S(1)", "01/04012345111118/21/S%281%29"),
            ("(01)04012345111118(10)L1", "01/04012345111118/10/L1"),
            ("(00)340123450000000017", "00/340123450000000017"),
            ("(414)4012345000054(254)12", "414/4012345000054/254/12"),
            ("(8003)04012345000221334455", "8003/04012345000221334455"),
            ("]d20104012345111118172712312198\u{1d}10L1", "01/04012345111118/21/98"),
            ("\u{1d}0104012345111118", "01/04012345111118"),
            ("]C100340123450000000017", "00/340123450000000017"),
        ] {
            assert_eq!(parse(text).map(|i| i.link()), Some(format!("https://id.gs1.org/{link}")), "{text}");
        }
    }

    #[test]
    fn what_is_no_element_string_is_none() {
        for text in [
            "",
            "(",
            "()",
            "(01)",
            "(1)2",
            "(01)0401234511111X",
            "0104012345111118",
            "]d2",
            "]d299x",
            "(21)98",
            "(01)04012345111118(21)",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
