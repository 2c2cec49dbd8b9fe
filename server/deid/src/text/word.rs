//! What looks like a name: a capital letter, and none of the words that sentences are made of.

use super::Marked;
use super::token::{Token, begins};
use std::collections::HashSet;
use std::sync::OnceLock;

const WORDS: &str = include_str!("words.txt");

fn words() -> &'static HashSet<&'static str> {
    static ALL: OnceLock<HashSet<&'static str>> = OnceLock::new();
    ALL.get_or_init(|| WORDS.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace).collect())
}

/// Endings of English words, and what they stand for.
const ENDINGS: &[(&str, &str)] = &[
    ("s", ""),
    ("es", ""),
    ("ed", ""),
    ("ed", "e"),
    ("ing", ""),
    ("ing", "e"),
    ("ly", ""),
    ("er", ""),
    ("er", "e"),
    ("ies", "y"),
];

pub(super) fn is_word(low: &str) -> bool {
    if words().contains(low) || (low.contains('-') && low.split('-').all(|part| words().contains(part))) {
        return true;
    }
    let stem = |(ending, end): &(&str, &str)| {
        low.len() > 4 && low.strip_suffix(ending).is_some_and(|stem| words().contains(format!("{stem}{end}").as_str()))
    };
    ENDINGS.iter().any(stem)
}

/// The word without what grammar hangs on it.
fn bare(text: &str) -> &str {
    let (head, tail) = match text.rfind(['\'', '’']) {
        Some(at) => (&text[..at], text[at..].trim_start_matches(['\'', '’'])),
        None => return text,
    };
    let hung = ["s", "t", "m", "d", "ll", "ve", "re", "S"].contains(&tail);
    if hung { head } else { text }
}

pub(super) fn names(text: &str, tokens: &[Token<'_>], marked: &mut Marked<'_>) {
    let words: Vec<&Token<'_>> = tokens.iter().filter(|token| !token.is_number()).collect();
    let loud = words.iter().filter(|word| !word.text.chars().any(char::is_lowercase)).count();
    // Where all letters are capitals, or none is, a capital says nothing.
    let shouts = words.len() > 4 && loud * 10 > words.len() * 6;
    let whispers = !text.chars().any(char::is_uppercase);
    for (at, token) in tokens.iter().enumerate() {
        if marked.has(token) || token.is_number() {
            continue;
        }
        let bare = bare(token.text);
        let low = bare.to_lowercase();
        let named = match (token.is_capital(), bare.chars().count()) {
            (true, _) if shouts => false,
            // An initial.
            (true, 1) => !matches!(bare, "I" | "A") && tokens.get(at + 1).is_some_and(Token::is_capital),
            (true, _) => !is_word(&low),
            (false, length) => whispers && length > 2 && !is_word(&low),
        };
        if named {
            marked.mark(token.at..token.at + bare.len());
        }
    }
}

/// Small words inside names and addresses.
const PARTICLES: &[&str] = &[
    "de", "van", "der", "den", "del", "della", "di", "da", "la", "le", "von", "el", "al", "bin", "des", "du", "and",
    "of", "the", "y", "t", "dos", "das", "ter",
];

/// What stands right beside a name belongs to it: numbers, further capitals, particles between two.
pub(super) fn neighbours(text: &str, tokens: &[Token<'_>], marked: &mut Marked<'_>) {
    let mut changed = true;
    while changed {
        changed = false;
        for (at, token) in tokens.iter().enumerate() {
            let before = at.checked_sub(1).map(|before| (&tokens[before], true));
            let after = tokens.get(at + 1).map(|after| (after, false));
            let beside = [before, after].into_iter().flatten().filter(|(other, _)| marked.has(other));
            if marked.has(token) {
                continue;
            }
            for (other, is_before) in beside.collect::<Vec<_>>() {
                let gap = if is_before { &text[other.end()..token.at] } else { &text[token.end()..other.at] };
                let next = tokens.get(at + 1).is_some_and(|next| marked.has(next));
                if belongs(text, token, gap, is_before && next) {
                    marked.mark(token.at..token.end());
                    changed = true;
                    break;
                }
            }
        }
    }
}

fn belongs(text: &str, token: &Token<'_>, gap: &str, is_between: bool) -> bool {
    let short = gap.chars().count() <= 3;
    let tight = short && gap.chars().all(|c| " ,.'’&-".contains(c));
    if token.is_number() {
        return tight || (short && gap.chars().all(|c| c.is_whitespace() || ",.".contains(c)));
    }
    let low = token.text.to_lowercase();
    if !tight || low == "i" {
        return false;
    }
    let leans = gap.chars().next().is_some_and(|first| !",.".contains(first));
    (token.is_capital() && leans && !begins(text, token.at)) || (is_between && PARTICLES.contains(&low.as_str()))
}
