//! `Bundle.link[self]`: what was really used. <http://hl7.org/fhir/R4/bundle.html#searchset>

use std::fmt::Write;

/// Parameters that come after the criteria, in this order.
const LAST: &[&str] = &[
    "_at",
    "_contained",
    "_containedType",
    "_type",
    "_include",
    "_include:iterate",
    "_revinclude",
    "_revinclude:iterate",
    "_summary",
    "_elements",
    "_total",
    "_sort",
    "_count",
];

/// Criteria by name and value, then the rest in the order of `LAST`; repeated shaping parameters keep theirs.
pub fn arrange(applied: &mut [(String, String)]) {
    let rank = |name: &str| LAST.iter().position(|last| *last == name).map_or(0, |at| at + 1);
    applied.sort_by(|a, b| {
        let (x, y) = (rank(&a.0), rank(&b.0));
        x.cmp(&y).then_with(|| if x == 0 { a.cmp(b) } else { std::cmp::Ordering::Equal })
    });
}

pub fn render(applied: &[(String, String)]) -> String {
    let mut out = String::new();
    for (name, value) in applied {
        out.push_str(if out.is_empty() { "" } else { "&" });
        escape(name, &mut out);
        out.push('=');
        escape(value, &mut out);
    }
    out
}

fn escape(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' | b'/' | b',' | b'*' => {
                out.push(char::from(byte));
            }
            // Writing to a String cannot fail.
            _ => drop(write!(out, "%{byte:02X}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renders_what_reads_back_the_same() {
        let applied = [("name:exact", "a&b=c %+é"), ("_count", "5")].map(|(n, v)| (n.to_owned(), v.to_owned()));
        let text = render(&applied);
        assert_eq!(text, "name:exact=a%26b%3Dc%20%25%2B%C3%A9&_count=5");
        assert_eq!(super::super::pairs::read(&text).unwrap(), applied);
    }
}
