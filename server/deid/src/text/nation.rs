//! Countries and what their people are called, in whatever case.

use super::Marked;
use super::token::Token;
use std::collections::HashSet;
use std::sync::OnceLock;

const LISTS: &str = include_str!("nations.txt");

fn names() -> &'static HashSet<&'static str> {
    static NAMES: OnceLock<HashSet<&'static str>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let lines = LISTS.lines().filter(|line| !line.starts_with('#'));
        lines.flat_map(|line| line.split(',')).map(str::trim).filter(|name| !name.is_empty()).collect()
    })
}

/// Endings of words for several people, or for one.
const ENDINGS: &[&str] = &["", "s", "es", "man", "mans", "men"];

pub(super) fn find(text: &str, tokens: &[Token<'_>], marked: &mut Marked<'_>) {
    for (at, token) in tokens.iter().enumerate() {
        let low = token.text.to_lowercase();
        // A pronoun, where it is in small letters.
        if low == "us" && token.text != "US" {
            continue;
        }
        let low = low.trim_end_matches("'s").trim_end_matches("’s");
        if ENDINGS.iter().any(|ending| low.strip_suffix(ending).is_some_and(|name| names().contains(name))) {
            marked.mark(token.at..token.end());
        }
        if let Some(next) = tokens.get(at + 1).filter(|next| &text[token.end()..next.at] == " ") {
            let two = format!("{low} {}", next.text.to_lowercase());
            if names().contains(two.as_str()) {
                marked.mark(token.at..next.end());
            }
        }
    }
}
