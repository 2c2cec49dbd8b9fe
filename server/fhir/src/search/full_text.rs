//! Full text: the words of a resource as tokens, so that `_text` and `_content` are asked of the same index as codes
//! are, on both databases alike, now and in the past. <http://hl7.org/fhir/R4/search.html#content>, docs/adr/0014
//!
//! A word is a run of letters and digits without case and accents; a Han, kana or Hangul character is a word of its own.
//! Each word leaves a token, and so does each pair of neighbours: a phrase is the chain of its pairs.

use super::fold::push_folded;
use super::hash::ANY_TYPE;
use crate::definition::{Definitions, Primitive, TypeDef};
use crate::xml::entities;
use theriac_core::hash::index_hash;
use theriac_core::json::Node;

/// What is looked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// `_text`: the narrative.
    Narrative,
    /// `_content`: all that people wrote or would read, the narrative and names of codes included. Codes themselves,
    /// addresses, ids, times and data are found by parameters of their own.
    Content,
}

/// The parameters and what they look through.
pub const PARAMETERS: &[(&str, Scope)] = &[("_text", Scope::Narrative), ("_content", Scope::Content)];

/// Longest word that is told from others; what follows does not count.
const WORD_CHARS: usize = 64;

impl Scope {
    fn name(self) -> &'static str {
        PARAMETERS.iter().find(|(_, scope)| *scope == self).map_or("", |(name, _)| name)
    }

    /// The token of a word, or of two neighbours.
    pub fn token(self, words: &[&str]) -> i64 {
        index_hash(&[ANY_TYPE, self.name(), "words"]) ^ index_hash(words)
    }
}

/// The words of a text, in order.
pub fn words(text: &str) -> Vec<String> {
    let (mut all, mut word) = (Vec::new(), String::new());
    for letter in text.chars() {
        match letter {
            '\'' | '\u{2019}' | '\u{ad}' => {}
            letter if is_ideograph(letter) => {
                end(&mut word, &mut all);
                all.push(letter.to_string());
            }
            letter if letter.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&letter) => {
                push_folded(letter, &mut word);
            }
            _ => end(&mut word, &mut all),
        }
    }
    end(&mut word, &mut all);
    all
}

fn end(word: &mut String, all: &mut Vec<String>) {
    if let Some((end, _)) = word.char_indices().nth(WORD_CHARS) {
        word.truncate(end);
    }
    if !word.is_empty() {
        all.push(std::mem::take(word));
    }
}

fn is_ideograph(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

/// Adds the tokens of all words of a resource.
pub fn index(resource: &Node<'_>, tokens: &mut Vec<i64>) {
    let Some(def) = resource.text("resourceType").and_then(|name| Definitions::r4().type_of(name)) else { return };
    walk(def, resource, &mut |primitive, text| match primitive {
        Primitive::Xhtml => {
            let words = words(&plain(text));
            add(Scope::Narrative, &words, tokens);
            add(Scope::Content, &words, tokens);
        }
        Primitive::String | Primitive::Markdown if !is_uuid(text) => add(Scope::Content, &words(text), tokens),
        _ => {}
    });
}

/// A number that no person gave: `urn:uuid:` before it or not.
fn is_uuid(text: &str) -> bool {
    let text = text.strip_prefix("urn:uuid:").unwrap_or(text);
    text.len() == 36 && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

fn add(scope: Scope, words: &[String], tokens: &mut Vec<i64>) {
    tokens.extend(words.iter().map(|word| scope.token(&[word])));
    tokens.extend(words.windows(2).map(|two| scope.token(&[&two[0], &two[1]])));
}

/// Every text of the resource with its type.
fn walk(def: &TypeDef, node: &Node<'_>, visit: &mut dyn FnMut(Primitive, &str)) {
    match (node, def.primitive()) {
        (Node::Array(items), _) => items.iter().for_each(|item| walk(def, item, visit)),
        (Node::String(text), Some(primitive)) => visit(primitive, text),
        (Node::Object(object), None) => {
            let own = node.text("resourceType").and_then(|name| Definitions::r4().type_of(name));
            let def = own.unwrap_or(def);
            for (name, value) in object.iter() {
                // Reference.reference is an address, although its type is string.
                if let Some(member) = def.member(name).filter(|m| m.name != "reference" || def.name != "Reference") {
                    walk(Definitions::r4().target(member), value, visit);
                }
            }
        }
        _ => {}
    }
}

/// The text of XHTML: tags stand between words, entities for their characters.
fn plain(xhtml: &str) -> String {
    let mut out = String::with_capacity(xhtml.len());
    let mut rest = xhtml;
    while let Some(at) = rest.find(['<', '&']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let close = if rest.starts_with('<') { '>' } else { ';' };
        let Some(end) = rest.find(close) else { break };
        match rest.starts_with('<') {
            true => out.push(' '),
            false => out.push(entity(&rest[1..end]).unwrap_or(' ')),
        }
        rest = &rest[end + 1..];
    }
    out + " " + rest.trim_start_matches(['<', '&'])
}

fn entity(name: &str) -> Option<char> {
    match name.strip_prefix('#') {
        Some(number) => {
            let code = number
                .strip_prefix(['x', 'X'])
                .map_or_else(|| number.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok());
            char::from_u32(code?)
        }
        None => entities::character(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_no_case_accents_or_punctuation() {
        assert_eq!(
            words("L'Édouard-van  der STRASSE, 3.5 mg/dL!"),
            ["ledouard", "van", "der", "strasse", "3", "5", "mg", "dl"]
        );
        assert_eq!(words("e\u{301}té 東京x"), ["ete", "東", "京", "x"]);
        assert_eq!(words(" - "), Vec::<String>::new());
        assert_eq!(words(&"é".repeat(100)), ["e".repeat(64)]);
    }

    #[test]
    fn xhtml_is_read_as_people_read_it() {
        assert_eq!(
            words(&plain("<div xmlns=\"u\">a<b>b</b>&nbsp;c&eacute;&#233;&#xe9;&amp;d</div>")),
            ["a", "b", "ceee", "d"]
        );
        assert_eq!(words(&plain("a<b")), ["a", "b"]);
    }

    #[test]
    fn what_people_wrote_is_indexed_and_no_address_id_or_time() {
        let text = r#"{"resourceType":"Patient","id":"theid","text":{"status":"generated","div":"<div>told here</div>"},"name":[{"family":"Ash Birch"}],"birthDate":"1970-01-01","identifier":[{"system":"urn:sys","value":"mrn7"}],"gender":"male","managingOrganization":{"reference":"Organization/1"},"contained":[{"resourceType":"Organization","id":"o","name":"Inner"}]}"#;
        let mut tokens = Vec::new();
        index(&theriac_core::json::parse(text.as_bytes()).unwrap(), &mut tokens);
        let has = |scope: Scope, words: &[&str]| tokens.contains(&scope.token(words));
        for word in ["told", "here", "ash", "birch", "mrn7", "inner"] {
            assert!(has(Scope::Content, &[word]), "{word}");
        }
        assert!(has(Scope::Narrative, &["told", "here"]) && has(Scope::Content, &["ash", "birch"]));
        assert!(!has(Scope::Narrative, &["ash"]) && !has(Scope::Content, &["birch", "ash"]));
        for word in ["theid", "urn", "sys", "1970", "div", "male", "organization"] {
            assert!(!has(Scope::Content, &[word]), "{word}");
        }
    }
}
