//! What the standard allows and a tenant may refuse: addresses that are examples, and tags of HTML where a reader that
//! shows the text as it is would follow them.
//!
//! <http://hl7.org/fhir/R4/security.html#narrative>, <https://www.rfc-editor.org/rfc/rfc2606>

use super::{Rule, Run};
use crate::profile::datum::{Datum, is_a};
use crate::profile::trail::Trail;

/// Domains reserved for examples, and the one that the standard's own examples use beside them.
const EXAMPLES: &[&str] = &["example.org", "example.com", "example.net", "example", "acme.com"];

impl Run<'_> {
    pub(super) fn cautions(&mut self, datum: Datum<'_>, rule: Rule<'_>, trail: &Trail<'_>) {
        let Some(text) = datum.text() else { return };
        let refused = self.on.options.refused;
        match datum.def.name {
            "uri" | "url" | "canonical" if refused.examples && is_example(text) => {
                let message = "is an address at a domain that is reserved for examples".to_owned();
                self.error("example-address", rule, trail, "business-rule", message);
            }
            "markdown" if refused.html_in_markdown && has_tag(&prose(text)) => {
                let message = "holds what looks like a tag of HTML; write \\< for '<', or put it into backticks";
                self.error("markdown-html", rule, trail, "business-rule", message.to_owned());
            }
            // Markdown may hold HTML, and code is one of a list.
            "markdown" | "code" | "id" | "xhtml" => {}
            _ if refused.markup_in_strings && is_a(datum.def, "string") && has_tag(text) => {
                let message = "holds what looks like a tag of HTML, which is not taken in strings here".to_owned();
                self.error("string-markup", rule, trail, "security", message);
            }
            _ => {}
        }
    }
}

fn is_example(address: &str) -> bool {
    let Some((_, rest)) = address.split_once("://") else { return false };
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default().to_ascii_lowercase();
    let of = |domain: &&str| host.strip_suffix(*domain).is_some_and(|left| left.is_empty() || left.ends_with('.'));
    EXAMPLES.iter().any(of)
}

/// `<b>`, `</b>`, `<br/>`, `<a href=...`; an address in angles is none.
fn has_tag(text: &str) -> bool {
    text.match_indices('<').any(|(at, _)| {
        let rest = &text[at + 1..];
        let name = rest.strip_prefix('/').unwrap_or(rest);
        let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(name.len());
        let next = name[end..].chars().next();
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && next.is_some_and(|c| c == '>' || c == '/' || c.is_whitespace())
            && name.contains('>')
    })
}

/// The text without escaped characters and without code.
fn prose(text: &str) -> String {
    let (mut prose, mut letters, mut is_code) = (String::with_capacity(text.len()), text.chars(), false);
    while let Some(letter) = letters.next() {
        match letter {
            '`' => is_code = !is_code,
            '\\' if !is_code => drop(letters.next()),
            _ if is_code => {}
            other => prose.push(other),
        }
    }
    prose
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_told_from_signs_and_addresses() {
        for text in ["<b>x</b>", "a <br/> b", "</p>", "<a href='x'>", "<resource type>"] {
            assert!(has_tag(text), "{text}");
        }
        for text in ["a < b > c", "<http://example.org>", "<me@example.org>", "3 <4 >2", "a<b", "<!-- x -->"] {
            assert!(!has_tag(text), "{text}");
        }
        assert!(!has_tag(&prose(r"\<id> and `<b>`")) && has_tag(&prose("`a` <b>")));
    }

    #[test]
    fn domains_for_examples_are_known_with_what_is_below_them() {
        for address in ["http://example.org/x", "https://a.EXAMPLE.com:80", "ftp://x.example", "http://acme.com"] {
            assert!(is_example(address), "{address}");
        }
        for address in ["http://hl7.org/example.org", "http://notexample.org", "urn:oid:1.2", "example.org"] {
            assert!(!is_example(address), "{address}");
        }
    }
}
