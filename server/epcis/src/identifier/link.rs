//! GS1 Digital Link URIs, uncompressed. <https://ref.gs1.org/standards/digital-link/uri-syntax/>
//!
//! Any domain is read; the canonical form is on `https://id.gs1.org`, without attributes, at the
//! finest level. Check digits are not verified here: an event that was captured elsewhere must stay
//! findable by the identifier it used.

use super::key::{Key, Tail};
use super::{Identifier, percent};

const HOME: &str = "https://id.gs1.org";

/// Reads a Digital Link; nothing if the URI is something else.
pub fn parse(uri: &str) -> Option<Identifier> {
    let rest = uri.strip_prefix("https://").or_else(|| uri.strip_prefix("http://"))?;
    let path = rest.split(['?', '#']).next()?;
    let segments: Vec<&str> = path.split('/').skip(1).filter(|s| !s.is_empty()).collect();
    (0..segments.len()).find_map(|at| at_segment(&segments[at..]))
}

/// Application identifiers and values in turn, the key first; nothing is escaped.
pub fn of_values(segments: &[&str]) -> Option<Identifier> {
    let escaped: Vec<String> = segments.iter().map(|segment| percent::encode_link(segment)).collect();
    at_segment(&escaped.iter().map(String::as_str).collect::<Vec<_>>())
}

fn at_segment(segments: &[&str]) -> Option<Identifier> {
    let [ai, value, rest @ ..] = segments else { return None };
    let first = Key::by_ai(ai).next()?;
    let value = percent::decode(value)?;
    let (primary, suffix) = split(first, &value)?;
    if first.tail == Tail::Suffix {
        return Some(Identifier { key: first, primary, qualifier: suffix });
    }
    let (key, qualifier) = finest(ai, rest).map_or((first, None), |(key, text)| (key, Some(text)));
    Some(Identifier { key, primary, qualifier })
}

/// Primary key and what follows it in the same application identifier.
fn split(key: &Key, value: &str) -> Option<(String, Option<String>)> {
    let Some(digits) = key.link_digits() else {
        return (value.len() > 4 && value.len() <= 30 && value.is_ascii()).then(|| (value.to_owned(), None));
    };
    if key.ai == "01" && matches!(value.len(), 8 | 12 | 13) && is_digits(value) {
        return Some((format!("{value:0>14}"), None));
    }
    let (head, tail) = (value.get(..digits)?, value.get(digits..)?);
    let fits = is_digits(head) && (tail.is_empty() || key.tail == Tail::Suffix);
    fits.then(|| (head.to_owned(), (!tail.is_empty()).then(|| tail.to_owned())))
}

/// The first row whose qualifier stands in the path wins; rows stand in the order serial, lot.
fn finest(ai: &str, rest: &[&str]) -> Option<(&'static Key, String)> {
    Key::by_ai(ai).find_map(|key| {
        let (Tail::Qualifier(wanted) | Tail::Extension(wanted)) = key.tail else { return None };
        let pair = rest.chunks_exact(2).find(|pair| pair[0] == wanted || old_name(pair[0]) == Some(wanted))?;
        Some((key, percent::decode(pair[1]).filter(|text| !text.is_empty())?))
    })
}

fn old_name(name: &str) -> Option<&'static str> {
    [("ser", "21"), ("lot", "10"), ("glnx", "254"), ("cpsn", "8011"), ("tpx", "235")]
        .iter()
        .find(|(old, _)| *old == name)
        .map(|(_, ai)| *ai)
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// The canonical Digital Link.
pub fn write(identifier: &Identifier) -> String {
    let key = identifier.key;
    let mut link = format!("{HOME}/{}/{}", key.ai, percent::encode_link(&identifier.primary));
    match (&identifier.qualifier, key.tail) {
        (Some(text), Tail::Suffix) => link.push_str(&percent::encode_link(text)),
        (Some(text), Tail::Qualifier(ai) | Tail::Extension(ai)) => {
            link.push_str(&format!("/{ai}/{}", percent::encode_link(text)));
        }
        _ => {}
    }
    link
}
