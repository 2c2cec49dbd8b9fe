//! The words of CBV 2.0 as tables, and the one spelling each is compared in, its Web URI.
//! <https://ref.gs1.org/standards/cbv/> chapters 7 and 11.
//!
//! A word comes as a bare word (`receiving`), a URN of 1.2 (`urn:epcglobal:cbv:bizstep:receiving`),
//! a Web URI (`https://ref.gs1.org/cbv/BizStep-receiving`) or a CURIE (`cbv:BizStep-receiving`).
//! Users' own words are URIs.

mod tables;

use crate::namespaces::{Namespaces, is_uri};
pub use tables::*;

/// One vocabulary: its words, and how its URNs and Web URIs begin.
#[derive(Debug)]
pub struct Vocabulary {
    pub name: &'static str,
    pub web: &'static str,
    /// Nothing where 1.2 had no such vocabulary.
    pub urn: Option<&'static str>,
    pub words: &'static [&'static str],
}

/// Addresses under which standard words have been published.
const WEB_HOMES: &[(&str, &str)] = &[
    ("http://ref.gs1.org/cbv/", "https://ref.gs1.org/cbv/"),
    ("https://ns.gs1.org/cbv/", "https://ref.gs1.org/cbv/"),
    ("http://ns.gs1.org/cbv/", "https://ref.gs1.org/cbv/"),
    ("http://gs1.org/voc/", "https://gs1.org/voc/"),
    ("https://www.gs1.org/voc/", "https://gs1.org/voc/"),
    ("http://www.gs1.org/voc/", "https://gs1.org/voc/"),
];

impl Vocabulary {
    /// The canonical spelling, or nothing if the text is neither a standard word nor a URI.
    pub fn canonical(&self, text: &str, spaces: &Namespaces) -> Option<String> {
        let text = text.trim();
        if self.words.contains(&text) {
            return Some(format!("{}{text}", self.web));
        }
        if let Some(word) = self.urn.and_then(|urn| text.strip_prefix(urn)) {
            return self.standard(word);
        }
        if !is_uri(text) {
            return None;
        }
        let full = current_home(spaces.expand(text));
        match full.strip_prefix(self.web) {
            // Words of GS1's Web Vocabulary are not all listed here; those of CBV are.
            Some(_) if self.web.ends_with('/') => Some(full),
            Some(word) => self.standard(word),
            None => Some(full),
        }
    }

    /// The standard word of any spelling; nothing for users' own words.
    pub fn word(&self, text: &str, spaces: &Namespaces) -> Option<&'static str> {
        let full = self.canonical(text, spaces)?;
        let word = full.strip_prefix(self.web)?;
        self.words.iter().find(|w| **w == word).copied()
    }

    /// A canonical spelling as the JSON binding writes it: the bare word, or the user's own URI.
    pub fn bare<'c>(&self, canonical: &'c str) -> &'c str {
        let word = canonical.strip_prefix(self.web);
        word.filter(|word| self.words.contains(word)).unwrap_or(canonical)
    }

    /// What a refusal of this text says.
    pub fn refusal(&self, text: &str) -> String {
        let near = self.words.iter().min_by_key(|w| distance(w, text)).filter(|w| distance(w, text) * 2 <= text.len());
        let hint = near.map_or_else(|| format!("use {}", self.words.join(", ")), |w| format!("did you mean `{w}`"));
        format!("`{text}` is no standard {}: {hint}, or give a URI of your own vocabulary", self.name)
    }

    fn standard(&self, word: &str) -> Option<String> {
        self.words.contains(&word).then(|| format!("{}{word}", self.web))
    }
}

fn current_home(full: String) -> String {
    match WEB_HOMES.iter().find_map(|(old, new)| Some((full.strip_prefix(old)?, new))) {
        Some((rest, new)) => format!("{new}{rest}"),
        None => full,
    }
}

/// Levenshtein distance, for the suggestion in a refusal.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = i;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let step = (corner + usize::from(x != *y)).min(row[j] + 1).min(row[j + 1] + 1);
            corner = std::mem::replace(&mut row[j + 1], step);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_of_a_word_are_one() {
        let spaces = Namespaces::default();
        for text in [
            "receiving",
            "urn:epcglobal:cbv:bizstep:receiving",
            "https://ref.gs1.org/cbv/BizStep-receiving",
            "https://ns.gs1.org/cbv/BizStep-receiving",
            "cbv:BizStep-receiving",
        ] {
            assert_eq!(BIZ_STEP.canonical(text, &spaces).as_deref(), Some("https://ref.gs1.org/cbv/BizStep-receiving"));
            assert_eq!(BIZ_STEP.word(text, &spaces), Some("receiving"));
        }
        assert_eq!(MEASUREMENT_TYPE.canonical("gs1:Speed", &spaces).as_deref(), Some("https://gs1.org/voc/Speed"));
    }

    #[test]
    fn unknown_words_are_refused_and_own_uris_kept() {
        let spaces = Namespaces::default();
        for text in ["transforming", "urn:epcglobal:cbv:bizstep:transforming", "cbv:BizStep-x", "a b", ""] {
            assert_eq!(BIZ_STEP.canonical(text, &spaces), None, "{text}");
        }
        assert_eq!(BIZ_STEP.canonical("http://e.com/step/x", &spaces).as_deref(), Some("http://e.com/step/x"));
        assert!(DISPOSITION.refusal("in_transport").contains("`in_transit`"));
    }

    #[test]
    fn the_json_binding_writes_standard_words_bare() {
        assert_eq!(DISPOSITION.bare("https://ref.gs1.org/cbv/Disp-in_transit"), "in_transit");
        for own in ["http://e.com/disp/lost", "https://ref.gs1.org/cbv/Disp-lost"] {
            assert_eq!(DISPOSITION.bare(own), own);
        }
    }

    #[test]
    fn tables_have_the_sizes_of_the_standard() {
        // CBV 2.0: 41 business steps, 33 dispositions, 13 transaction types, 14 components.
        let sizes =
            [BIZ_STEP.words.len(), DISPOSITION.words.len(), BIZ_TRANSACTION_TYPE.words.len(), COMPONENT.words.len()];
        assert_eq!(sizes, [41, 33, 13, 14]);
    }
}
