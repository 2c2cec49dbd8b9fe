//! What has the form of an identifier, whoever it belongs to: a table.

use super::Marked;
use regex::Regex;
use std::sync::OnceLock;

/// An expression, and whether letters or digits may stand right beside what it finds. Where it has a group, the group is
/// what is found.
const TABLE: &[(&str, bool)] = &[
    // Addresses of the web and of mail
    (r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", true),
    (r#"(?i)(?:https?://|www\.)[^\s,;)"']+"#, true),
    // IBAN (ISO 13616), network addresses
    (r"\b[A-Z]{2}\d{2}[A-Z0-9]{10,30}\b", true),
    (r"\b(?:\d{1,3}\.){3}\d{1,3}\b", true),
    (r"\b(?:[0-9a-fA-F]{1,4}:){3,7}[0-9a-fA-F]{1,4}\b", true),
    (r"\b(?:[0-9A-F]{2}[:-]){5}[0-9A-F]{2}\b", true),
    // Dates
    (r"\b\d{4}-\d{1,2}-\d{1,2}(?:[T ]\d{1,2}:\d{2}(?::\d{2})?)?", true),
    (r"\b\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b", true),
    (
        r"\b(?:\d{1,2}(?:st|nd|rd|th)? )?(?:January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.? \d{1,2}(?:st|nd|rd|th)?,?(?: \d{4})?\b",
        true,
    ),
    (
        r"\b(?:\d{1,2}(?:st|nd|rd|th)? )?(?:January|February|March|April|June|July|August|September|October|November|December|Jan|Feb|Apr|Jun|Jul|Aug|Sept|Oct|Nov|Dec)\b\.?(?: \d{4})?",
        true,
    ),
    (r"\b\d{1,2}(?:st|nd|rd|th)? May(?: \d{4})?\b", true),
    // Telephones, cards, social security: digits with a little between them
    (r"\+?\(?\d[\d\s().\-/]{4,}\d(?:\s?x\s?\d+)?", false),
    // Licences and other numbers; vehicles (VIN, ISO 3779)
    (r"\b[A-Z]{1,3}-?\d{5,}\b", true),
    (r"\b[A-HJ-NPR-Z0-9]{9}[0-9X][A-HJ-NPR-Z0-9]{1}[A-HJ-NPR-Z0-9]{2}\d{4}\b", true),
    (r"\b\d{3,}\b", true),
    // Ages
    (r"\b(\d{1,3})[ -]?(?:years?|yrs?|y/?o|yo)\b", true),
    (r"\b(?:turned|turn|was|age|aged) (\d{1,3})\b", true),
    // How people are spoken to, and where mail goes
    (r"\b((?i:mr|mrs|ms|miss|dr|prof|sir|madam|rev)\b\.?)\s+\p{Lu}", true),
    (r"(?i)\b(?:P\.?\s?O\.?\s*)?Box \d+|\bPSC \d+", true),
    (r"(?i)\b(?:suite|apt\.?|unit|flat) \d+", true),
];

fn expressions() -> &'static [(Regex, bool)] {
    static ALL: OnceLock<Vec<(Regex, bool)>> = OnceLock::new();
    // What cannot be compiled is found by the test below.
    ALL.get_or_init(|| TABLE.iter().filter_map(|(text, beside)| Some((Regex::new(text).ok()?, *beside))).collect())
}

pub(super) fn find(text: &str, marked: &mut Marked<'_>) {
    for (expression, beside) in expressions() {
        for captures in expression.captures_iter(text) {
            let Some(found) = captures.get(1).or_else(|| captures.get(0)) else { continue };
            if *beside || stands_alone(text, found.start(), found.end()) {
                marked.mark(found.range());
            }
        }
    }
}

fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let before = text[..start].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '.');
    let after = text[end..].chars().next().is_some_and(char::is_alphanumeric);
    !before && !after
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_expression_of_the_table_can_be_compiled() {
        assert_eq!(expressions().len(), TABLE.len());
    }
}
