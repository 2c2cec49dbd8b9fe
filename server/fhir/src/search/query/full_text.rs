//! The value of `_text` and `_content`: words, `"phrases"`, AND, OR, NOT and brackets; words beside one another are
//! joined by AND, values with a comma between them by OR. <http://hl7.org/fhir/R4/search.html#content>

use super::super::criterion::Criterion;
use super::super::full_text::{Scope, words};
use super::super::value::unescape;
use theriac_core::Error;
use theriac_core::error::Result;

/// Brackets inside brackets, and NOT before NOT.
const DEEPEST: usize = 16;
/// Words and phrases of one value.
const MOST: usize = 64;

#[derive(Debug, Clone, PartialEq)]
enum Part {
    And,
    Or,
    Not,
    Open,
    Close,
    Words(Vec<String>),
}

pub fn criterion(scope: Scope, name: &str, values: &[&str]) -> Result<Criterion> {
    let one = |value: &&str| read(scope, &unescape(value)).map_err(|why| refuse(name, why));
    let mut any = values.iter().map(one).collect::<Result<Vec<_>>>()?;
    Ok(if any.len() == 1 { any.remove(0) } else { Criterion::Any(any) })
}

fn refuse(name: &str, why: &str) -> Error {
    let message = format!("{name}: {why}; it takes words, \"phrases\", AND, OR, NOT and brackets");
    Error::invalid(message).at(name)
}

fn read(scope: Scope, text: &str) -> Result<Criterion, &'static str> {
    let parts = parts(text)?;
    if parts.len() > MOST * 2 {
        return Err("there are too many words");
    }
    let mut rest = parts.as_slice();
    let found = or(scope, &mut rest, 0)?;
    if rest.is_empty() { Ok(found) } else { Err("there is a bracket too many") }
}

fn parts(text: &str) -> Result<Vec<Part>, &'static str> {
    let (mut all, mut rest) = (Vec::new(), text.trim_start());
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '(' | ')' => {
                all.push(if first == '(' { Part::Open } else { Part::Close });
                1
            }
            '"' => {
                let end = rest[1..].find('"').ok_or("a phrase has no end")?;
                all.push(Part::Words(said(&rest[1..=end])?));
                end + 2
            }
            _ => {
                let end = rest.find(|c: char| c.is_whitespace() || "()\"".contains(c)).unwrap_or(rest.len());
                all.push(match &rest[..end] {
                    "AND" => Part::And,
                    "OR" => Part::Or,
                    "NOT" => Part::Not,
                    word if word.contains('*') => return Err("there are no wildcards"),
                    word => Part::Words(said(word)?),
                });
                end
            }
        };
        rest = rest[length..].trim_start();
    }
    Ok(all)
}

fn said(text: &str) -> Result<Vec<String>, &'static str> {
    Some(words(text)).filter(|words| !words.is_empty()).ok_or("a word has a letter or a digit")
}

fn or(scope: Scope, rest: &mut &[Part], depth: usize) -> Result<Criterion, &'static str> {
    let mut any = vec![and(scope, rest, depth)?];
    while let [Part::Or, more @ ..] = rest {
        *rest = more;
        any.push(and(scope, rest, depth)?);
    }
    Ok(if any.len() == 1 { any.remove(0) } else { Criterion::Any(any) })
}

fn and(scope: Scope, rest: &mut &[Part], depth: usize) -> Result<Criterion, &'static str> {
    let mut all = vec![not(scope, rest, depth)?];
    loop {
        match rest {
            [Part::And, more @ ..] => *rest = more,
            [] | [Part::Or | Part::Close, ..] => break,
            _ => {}
        }
        all.push(not(scope, rest, depth)?);
    }
    Ok(if all.len() == 1 { all.remove(0) } else { Criterion::All(all) })
}

fn not(scope: Scope, rest: &mut &[Part], depth: usize) -> Result<Criterion, &'static str> {
    if depth > DEEPEST {
        return Err("there are too many brackets");
    }
    let Some((first, more)) = rest.split_first() else { return Err("a word is missing") };
    *rest = more;
    match first {
        Part::Not => Ok(Criterion::negated(not(scope, rest, depth + 1)?)),
        Part::Open => {
            let inside = or(scope, rest, depth + 1)?;
            let [Part::Close, more @ ..] = *rest else { return Err("a bracket is not closed") };
            *rest = more;
            Ok(inside)
        }
        Part::Words(words) => Ok(phrase(scope, words)),
        Part::And | Part::Or | Part::Close => Err("a word is missing"),
    }
}

/// One word, or words one after the other.
fn phrase(scope: Scope, words: &[String]) -> Criterion {
    let token = |words: &[&str]| Criterion::Tokens { any: vec![scope.token(words)], negate: false };
    match words {
        [one] => token(&[one]),
        many => {
            let mut pairs: Vec<Criterion> = many.windows(2).map(|two| token(&[&two[0], &two[1]])).collect();
            if pairs.len() == 1 { pairs.remove(0) } else { Criterion::All(pairs) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(query: &str, text: &str) -> bool {
        let words = words(text);
        let has = |token: i64| {
            words.iter().any(|w| Scope::Content.token(&[w]) == token)
                || words.windows(2).any(|two| Scope::Content.token(&[&two[0], &two[1]]) == token)
        };
        fn judge(criterion: &Criterion, has: &dyn Fn(i64) -> bool) -> bool {
            match criterion {
                Criterion::Tokens { any, negate } => any.iter().any(|t| has(*t)) != *negate,
                Criterion::All(parts) => parts.iter().all(|p| judge(p, has)),
                Criterion::Any(parts) => parts.iter().any(|p| judge(p, has)),
                Criterion::Not(part) => !judge(part, has),
                other => panic!("{other:?}"),
            }
        }
        judge(&criterion(Scope::Content, "_content", &super::super::super::value::split(query, ',')).unwrap(), &has)
    }

    #[test]
    fn words_phrases_and_logic_mean_what_they_say() {
        let text = "Acute chest pain, no fever; Müller";
        for (query, wanted) in [
            ("chest", true),
            ("CHEST pain", true),
            ("chest cough", false),
            ("\"chest pain\"", true),
            ("\"pain chest\"", false),
            ("\"acute chest pain no\"", true),
            ("chest-pain", true),
            ("pain-chest", false),
            ("cough OR fever", true),
            ("cough OR fever AND cough", false),
            ("NOT cough", true),
            ("chest NOT fever", false),
            ("chest AND NOT (cough OR rash)", true),
            ("NOT NOT chest", true),
            ("muller", true),
            ("cough,pain", true),
            ("cough,rash", false),
        ] {
            assert_eq!(holds(query, text), wanted, "{query}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused_by_what_is_wrong() {
        for (query, why) in [
            ("", "a word is missing"),
            ("a OR", "a word is missing"),
            ("AND a", "a word is missing"),
            ("(a", "not closed"),
            ("a)", "too many"),
            ("\"a", "no end"),
            ("pre*", "no wildcards"),
            ("...", "a letter or a digit"),
            (&"(".repeat(40), "too many brackets"),
            (&"a ".repeat(400), "too many words"),
        ] {
            let error = criterion(Scope::Content, "_content", &[query]).unwrap_err();
            assert!(error.message.contains(why) && error.issues[0].path == "_content", "{query}: {error}");
        }
    }
}
