//! What the patient's own record tells: the surest guide to what must not stand in a note about the patient.

use super::Marked;
use super::token::{self, Token, folded};
use std::collections::HashSet;
use theriac_core::json::Node;

/// A patient's identifiers, in the forms they are looked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Known {
    /// Words of names and places, folded.
    words: HashSet<String>,
    /// Names of two letters: `Li` is one where it begins with a capital, or where it is no word of every day.
    short: HashSet<String>,
    /// Letters and digits alone, folded: numbers, telephones, streets, dates.
    runs: HashSet<String>,
}

/// Shortest run that is looked for.
const SHORTEST: usize = 4;

/// Parts of a street that say nothing by themselves.
const STREETS: &[&str] = &[
    "street",
    "st",
    "road",
    "rd",
    "avenue",
    "ave",
    "lane",
    "ln",
    "drive",
    "dr",
    "boulevard",
    "blvd",
    "court",
    "ct",
    "place",
    "pl",
    "way",
    "square",
    "sq",
    "apt",
    "suite",
    "unit",
    "floor",
    "north",
    "south",
    "east",
    "west",
];

const MONTHS: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

impl Known {
    /// Of a Patient, and of whoever else is named in it.
    pub fn of(patient: &Node<'_>) -> Self {
        let mut known = Self::default();
        known.add(patient);
        known
    }

    /// Adds what another record tells of the same person.
    pub fn add(&mut self, record: &Node<'_>) {
        self.visit("", record);
    }

    pub fn is_empty(&self) -> bool {
        self.words.is_empty() && self.short.is_empty() && self.runs.is_empty()
    }

    fn visit(&mut self, member: &str, node: &Node<'_>) {
        match node {
            Node::Array(items) => items.iter().for_each(|item| self.visit(member, item)),
            Node::Object(object) => object.iter().for_each(|(name, inner)| self.visit(name, inner)),
            Node::String(text) => self.text(member, text),
            _ => {}
        }
    }

    /// By the names that FHIR gives to what identifies: HumanName, Identifier, ContactPoint, Address.
    fn text(&mut self, member: &str, text: &str) {
        match member {
            "family" | "given" | "city" | "district" => {
                self.run(text);
                self.name(text);
            }
            "line" => {
                self.run(text);
                self.name(text);
            }
            "value" | "postalCode" | "id" | "subscriberId" => self.number(text),
            "birthDate" | "deceasedDateTime" => self.date(text),
            _ => {}
        }
    }

    fn name(&mut self, text: &str) {
        for part in token::tokens(text) {
            let whole = folded(part.text);
            // O'Neil-Smith is told by Smith, too.
            let pieces = whole.split(['\'', '’', '-']).map(str::to_owned).collect::<Vec<_>>();
            self.short.extend(Some(&whole).filter(|word| word.chars().count() == 2 && !is_digits(word)).cloned());
            let telling = |word: &String| word.chars().count() > 2 && !STREETS.contains(&word.as_str());
            self.words.extend(pieces.into_iter().chain([whole]).filter(|word| telling(word) && !is_digits(word)));
        }
    }

    fn run(&mut self, text: &str) {
        let run = letters(text).map(|(_, letter)| letter).collect::<String>();
        if run.len() >= SHORTEST {
            self.runs.insert(run);
        }
    }

    /// A number is written with its country or without.
    fn number(&mut self, text: &str) {
        self.run(text);
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        for length in [10, 7] {
            if digits.len() > length {
                self.run(&digits[digits.len() - length..]);
            }
        }
    }

    /// In the orders people write a day.
    fn date(&mut self, text: &str) {
        let parts: Vec<&str> = text.get(..10).unwrap_or_default().split('-').collect();
        let [year, month, day] = parts[..] else { return };
        let (Ok(m), Ok(d)) = (month.parse::<usize>(), day.parse::<u32>()) else { return };
        let Some(name) = m.checked_sub(1).and_then(|at| MONTHS.get(at)) else { return };
        let short = &name[..3];
        let years = [year.to_owned(), year.get(2..).unwrap_or_default().to_owned()];
        for year in &years {
            for (month, day) in [(month.to_owned(), day.to_owned()), (m.to_string(), d.to_string())] {
                for text in [
                    format!("{year}{month}{day}"),
                    format!("{month}{day}{year}"),
                    format!("{day}{month}{year}"),
                    format!("{name}{day}{year}"),
                    format!("{short}{day}{year}"),
                    format!("{day}{name}{year}"),
                    format!("{day}{short}{year}"),
                    format!("{name}{day}th{year}"),
                    format!("{day}th{name}{year}"),
                ] {
                    self.run(&text);
                }
            }
        }
    }

    pub(super) fn find(&self, text: &str, tokens: &[Token<'_>], marked: &mut Marked<'_>) {
        if self.is_empty() {
            return;
        }
        for token in tokens {
            let low = folded(token.text);
            let hit = |word: &str| self.words.contains(word);
            let possessive = low.trim_end_matches("'s").trim_end_matches("’s");
            let named = self.short.contains(possessive) && (token.is_capital() || !super::word::is_word(possessive));
            if named || hit(&low) || hit(possessive) || low.split(['\'', '’', '-']).any(hit) {
                marked.mark(token.at..token.end());
            }
        }
        self.find_runs(text, marked);
    }

    /// Runs stand in the text with anything but letters and digits between theirs.
    fn find_runs(&self, text: &str, marked: &mut Marked<'_>) {
        let all: Vec<(usize, char)> = letters(text).collect();
        let run: String = all.iter().map(|(_, letter)| *letter).collect();
        // One letter of the text is one of the run, so that places agree.
        let places: Vec<usize> = run.char_indices().map(|(at, _)| at).collect();
        for wanted in &self.runs {
            for (at, _) in run.match_indices(wanted.as_str()) {
                let (Ok(first), count) = (places.binary_search(&at), wanted.chars().count()) else { continue };
                let (start, (end, _)) = (all[first].0, all[first + count - 1]);
                let end = end + text[end..].chars().next().map_or(0, char::len_utf8);
                let beside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
                let inside = beside(text[..start].chars().next_back()) || beside(text[end..].chars().next());
                if !inside && is_near(text, start, end, count) {
                    marked.mark(start..end);
                }
            }
        }
    }
}

/// Not spread over half a page.
fn is_near(text: &str, start: usize, end: usize, count: usize) -> bool {
    text[start..end].chars().count() <= 2 * count + 4
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Letters and digits with their places, folded one by one.
fn letters(text: &str) -> impl Iterator<Item = (usize, char)> {
    let alone = |(at, letter): (usize, char)| (at, folded(&letter.to_string()).chars().next().unwrap_or(letter));
    text.char_indices().filter(|(_, letter)| letter.is_alphanumeric()).map(alone)
}
