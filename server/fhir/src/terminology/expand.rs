//! The codes of a value set, listed. <http://hl7.org/fhir/R4/valueset-operation-expand.html>

mod answer;
mod member;

pub use answer::answer;
pub use member::Member;

use super::compose::{Clause, Picks, Set};
use super::library::Vocabulary;
use super::verdict::{Coding, Verdict};
use std::collections::HashSet;
use theriac_core::{Code, Error, Result};

/// More codes are not gathered, whatever part of them is asked for.
pub const MOST_GATHERED: usize = 200_000;
/// More codes are not answered at once: `count` asks for a part.
pub const MOST_ANSWERED: usize = 10_000;

/// The parameters of the operation.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    pub filter: Option<String>,
    pub offset: Option<usize>,
    pub count: Option<usize>,
    pub active_only: bool,
    pub display_language: Option<String>,
    /// `false` asks for the hierarchy; else the list is flat.
    pub exclude_nested: Option<bool>,
    pub include_designations: bool,
    pub include_definition: bool,
    /// Headings are left out: a user cannot choose them.
    pub exclude_not_for_ui: bool,
}

/// A part of an expansion.
#[derive(Debug)]
pub struct Expansion {
    /// Of all codes that pass, not only the ones on this page.
    pub total: usize,
    pub members: Vec<Member>,
}

/// # Errors
/// `Unprocessable` if a code system is not here or not whole, `TooCostly` if there are too many codes.
pub fn expand(set: &Set, asked: &Asked) -> Result<Expansion> {
    let mut members = members(set)?;
    if asked.active_only {
        members.retain(|m| !m.is_inactive());
    }
    if asked.exclude_not_for_ui {
        members.retain(|m| !m.is_abstract());
    }
    if let Some(filter) = asked.filter.as_deref().map(words).filter(|words| !words.is_empty()) {
        members.retain(|m| m.matches(&filter, asked.display_language.as_deref()));
    }
    let total = members.len();
    if asked.count.unwrap_or(total) > MOST_ANSWERED {
        let message = format!(
            "the value set has {total} codes, more than the {MOST_ANSWERED} that are given at once; ask for a part with count (at most {MOST_ANSWERED}) and offset, or narrow it with filter"
        );
        return Err(Error::new(Code::TooCostly, message));
    }
    let members = members.into_iter().skip(asked.offset.unwrap_or(0)).take(asked.count.unwrap_or(total)).collect();
    Ok(Expansion { total, members })
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_lowercase).collect()
}

/// All members in the order of the definition, each once.
///
/// # Errors
/// As [`expand`].
pub fn members(set: &Set) -> Result<Vec<Member>> {
    let mut all = Vec::new();
    let mut seen = HashSet::new();
    for clause in &set.include {
        for member in of_clause(clause)? {
            if all.len() == MOST_GATHERED {
                let message = format!("{} has more than {MOST_GATHERED} codes", set.canonical);
                return Err(Error::new(Code::TooCostly, message));
            }
            let coding = Coding { system: Some(&member.system), version: None, code: &member.code };
            let is_new = !seen.contains(&(member.system.clone(), member.code.clone()));
            if is_new && !(set.only_active && member.is_inactive()) && !is_excluded(set, &coding)? {
                seen.insert((member.system.clone(), member.code.clone()));
                all.push(member);
            }
        }
    }
    Ok(all)
}

fn is_excluded(set: &Set, coding: &Coding<'_>) -> Result<bool> {
    for clause in &set.exclude {
        match clause.judge(coding) {
            Verdict::Yes(_) => return Ok(true),
            Verdict::No(_) => {}
            Verdict::CannotSay(reason) => return Err(cannot(&reason)),
        }
    }
    Ok(false)
}

fn cannot(reason: &str) -> Error {
    Error::new(Code::Unprocessable, format!("the value set cannot be expanded: {reason}"))
}

fn of_clause(clause: &Clause) -> Result<Vec<Member>> {
    let (mut members, narrowing) = match (&clause.system, clause.imports.split_first()) {
        (Some(system), _) => (picked(clause, system)?, &clause.imports[..]),
        (None, Some((first, rest))) => (members(first)?, rest),
        (None, None) => return Err(cannot("a clause has neither a system nor value sets")),
    };
    for set in narrowing {
        let mut kept = Vec::with_capacity(members.len());
        for member in members {
            match set.judge(&Coding { system: Some(&member.system), version: None, code: &member.code }) {
                Verdict::Yes(_) => kept.push(member),
                Verdict::No(_) => {}
                Verdict::CannotSay(reason) => return Err(cannot(&reason)),
            }
        }
        members = kept;
    }
    Ok(members)
}

fn picked(clause: &Clause, system: &str) -> Result<Vec<Member>> {
    let of = |places: &mut dyn Iterator<Item = usize>, table: &std::sync::Arc<super::system::System>| {
        places.map(|place| Member::of_table(system, clause.version.as_deref(), table, place)).collect()
    };
    match (&clause.picks, &clause.vocabulary) {
        (Picks::Listed(concepts, _), vocabulary) => {
            Ok(concepts.iter().map(|c| Member::listed(system, clause.version.as_deref(), vocabulary, c)).collect())
        }
        (_, Vocabulary::Table(table)) if !table.is_complete => {
            Err(cannot(&format!("only a part of the code system {system} is here")))
        }
        (Picks::All, Vocabulary::Table(table)) => Ok(of(&mut (0..table.len()), table)),
        (Picks::Passing(places, _), Vocabulary::Table(table)) => Ok(of(&mut places.iter().copied(), table)),
        (picks, Vocabulary::Rule(rule)) => match rule.all.filter(|_| matches!(picks, Picks::All)) {
            Some(all) => Ok(all().into_iter().map(|code| Member::of_rule(rule, code)).collect()),
            None => {
                let message = format!("{} ({system}) are given by a rule and cannot be listed", rule.name);
                Err(Error::new(Code::TooCostly, message))
            }
        },
        _ => Err(cannot(&format!("the code system {system} is not known here"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminology::tests::{library, value_set};

    fn codes(compose: &str, asked: &Asked) -> Result<String> {
        let set = library().set_of(&value_set(compose))?;
        let members = expand(&set, asked)?.members;
        Ok(members.iter().map(|m| m.code.as_str()).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn clauses_are_joined_narrowed_and_taken_away() {
        let animals = r#""system":"http://example.org/animals""#;
        for (compose, wanted) in [
            (format!(r#""include":[{{{animals}}}]"#), "animal mammal dog puppy cat bat flyer bird dodo"),
            (
                format!(r#""include":[{{{animals},"concept":[{{"code":"cat"}},{{"code":"dog"}},{{"code":"cat"}}]}}]"#),
                "cat dog",
            ),
            (
                format!(
                    r#""include":[{{{animals},"filter":[{{"property":"concept","op":"is-a","value":"mammal"}},{{"property":"legs","op":"=","value":"4"}}]}}]"#
                ),
                "dog cat",
            ),
            (
                format!(
                    r#""include":[{{{animals},"concept":[{{"code":"cat"}}]}},{{{animals},"concept":[{{"code":"bird"}},{{"code":"cat"}}]}}]"#
                ),
                "cat bird",
            ),
            (
                format!(
                    r#""include":[{{{animals},"valueSet":["http://example.org/pets","http://example.org/mammals"]}}],"exclude":[{{{animals},"concept":[{{"code":"cat"}}]}}]"#
                ),
                "dog",
            ),
            (r#""include":[{"valueSet":["http://example.org/pets"]}]"#.to_owned(), "dog cat bird"),
            (
                format!(r#""inactive":false,"include":[{{{animals},"concept":[{{"code":"dodo"}},{{"code":"cat"}}]}}]"#),
                "cat",
            ),
        ] {
            assert_eq!(codes(&compose, &Asked::default()).unwrap(), wanted, "{compose}");
        }
    }

    #[test]
    fn a_part_is_given_by_words_state_and_place() {
        let all = r#""include":[{"system":"http://example.org/animals"}]"#;
        for (asked, wanted) in [
            (Asked { filter: Some("hu".into()), display_language: Some("de".into()), ..Asked::default() }, "dog"),
            (Asked { filter: Some("Young DOG".into()), ..Asked::default() }, "puppy"),
            (Asked { active_only: true, filter: Some("do".into()), ..Asked::default() }, "dog puppy"),
            (Asked { offset: Some(2), count: Some(2), ..Asked::default() }, "dog puppy"),
            (Asked { offset: Some(99), ..Asked::default() }, ""),
            (Asked { count: Some(0), ..Asked::default() }, ""),
            (Asked { exclude_not_for_ui: true, count: Some(1), ..Asked::default() }, "mammal"),
        ] {
            assert_eq!(codes(all, &asked).unwrap(), wanted, "{asked:?}");
        }
        let set = library().set_of(&value_set(all)).unwrap();
        let page = expand(&set, &Asked { count: Some(2), ..Asked::default() }).unwrap();
        assert_eq!((page.total, page.members.len()), (9, 2), "the total is of all");
    }

    #[test]
    fn what_cannot_be_listed_is_refused_and_never_cut() {
        for (compose, status) in [
            (r#""include":[{"system":"http://example.org/nowhere"}]"#, 422),
            (r#""include":[{"system":"urn:ietf:bcp:13"}]"#, 422),
            (r#""include":[{"system":"http://example.org/part"}]"#, 422),
            (r#""include":[{"valueSet":["http://example.org/nowhere"]}]"#, 404),
            (r#""include":[{"valueSet":["http://example.org/round"]}]"#, 422),
            (r#""include":[{"valueSet":[]}]"#, 422),
        ] {
            assert_eq!(codes(compose, &Asked::default()).unwrap_err().status(), status, "{compose}");
        }
        let listed = r#""include":[{"system":"http://example.org/nowhere","concept":[{"code":"x"}]}]"#;
        assert_eq!(codes(listed, &Asked::default()).unwrap(), "x", "what is named needs no code system");
    }
}
