//! Rule: files and functions stay small; the few exceptions stand in a list that may only shrink.
//!
//! A line of the list is `path lines` or `path::function lines`, with a reason after it if one likes.
//! The number is the present size: what grows is refused, and what shrinks is written down.

use super::Finding;
use crate::house::House;
use crate::source::SourceFile;
use crate::source::lexer::{Kind, Token};
use std::collections::BTreeMap;

pub const EXEMPTIONS: &str = "server/xtask/exemptions.txt";
const FILE_LINES: usize = 600;
const FUNCTION_LINES: usize = 80;
/// How many exemptions there are. Lower it with the list; to raise it is to ask the reader of the commit.
const EXEMPTIONS_AT_MOST: usize = 0;

pub fn find(house: &House) -> Vec<Finding> {
    let (listed, mut findings) = exemptions(&house.exemptions);
    let measured: Vec<Thing> = house.rust().filter(|file| !file.is_generated()).flat_map(things).collect();
    findings.extend(count(listed.len()));
    findings.extend(measured.iter().filter_map(|thing| judge(thing, listed.get(&thing.name))));
    let is_there = |name: &String| measured.iter().any(|thing| &thing.name == name);
    let gone = listed.keys().filter(|name| !is_there(name));
    findings.extend(gone.map(|name| Finding::new(EXEMPTIONS, 0, format!("{name} is gone: take its line out"))));
    findings
}

struct Thing {
    /// `path`, or `path::function`.
    name: String,
    path: String,
    line: usize,
    lines: usize,
    limit: usize,
}

fn things(file: &SourceFile) -> Vec<Thing> {
    let thing = |name: String, line, lines, limit| Thing { name, path: file.path.clone(), line, lines, limit };
    let mut found = vec![thing(file.path.clone(), 0, file.text.lines().count(), FILE_LINES)];
    let code: Vec<Token<'_>> = file.tokens().into_iter().filter(|t| t.kind != Kind::Comment).collect();
    for (at, pair) in code.windows(2).enumerate() {
        if pair[0].is_word("fn") && pair[1].kind == Kind::Word {
            let lines = last_line(&code[at..]).map_or(1, |last| last + 1 - pair[0].line);
            found.push(thing(format!("{}::{}", file.path, pair[1].text), pair[0].line, lines, FUNCTION_LINES));
        }
    }
    found
}

/// The line on which the function that begins here ends; none for a signature without a body.
fn last_line(code: &[Token<'_>]) -> Option<usize> {
    let (mut brackets, mut braces) = (0i32, 0i32);
    for token in code.iter().filter(|t| t.kind == Kind::Sign) {
        match token.text {
            "(" | "[" => brackets += 1,
            ")" | "]" => brackets -= 1,
            ";" if brackets == 0 && braces == 0 => return None,
            "{" => braces += 1,
            "}" => {
                braces -= 1;
                if braces == 0 {
                    return Some(token.line);
                }
            }
            _ => {}
        }
    }
    None
}

fn judge(thing: &Thing, listed: Option<&usize>) -> Option<Finding> {
    let (lines, limit) = (thing.lines, thing.limit);
    let name = thing.name.rsplit("::").next().unwrap_or(&thing.name);
    let in_list = |what: String| Some(Finding::new(EXEMPTIONS, 0, what));
    match listed {
        None if lines > limit => {
            let message = format!("{name} has {lines} lines, the limit is {limit}: split it by meaning");
            Some(Finding::new(&thing.path, thing.line, message))
        }
        None => None,
        Some(_) if lines <= limit => in_list(format!("{} is within the limit now: take its line out", thing.name)),
        Some(was) if lines > *was => {
            let message = format!("{name} grew from {was} to {lines} lines: exempted things may only shrink");
            Some(Finding::new(&thing.path, thing.line, message))
        }
        Some(was) if lines < *was => in_list(format!("{} has only {lines} lines now: write {lines}", thing.name)),
        Some(_) => None,
    }
}

fn exemptions(text: &str) -> (BTreeMap<String, usize>, Vec<Finding>) {
    let (mut listed, mut findings) = (BTreeMap::new(), Vec::new());
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    for (at, line) in lines {
        let mut words = line.split_whitespace();
        match (words.next(), words.next().and_then(|number| number.parse().ok())) {
            (Some(name), Some(lines)) => _ = listed.insert(name.to_string(), lines),
            _ => findings.push(Finding::new(EXEMPTIONS, at + 1, "expected `path lines` or `path::function lines`")),
        }
    }
    (listed, findings)
}

fn count(listed: usize) -> Option<Finding> {
    let message = match listed.cmp(&EXEMPTIONS_AT_MOST) {
        std::cmp::Ordering::Equal => return None,
        std::cmp::Ordering::Greater => "the list may only shrink: split the thing instead",
        std::cmp::Ordering::Less => "the list shrank: lower EXEMPTIONS_AT_MOST in the size rule",
    };
    Some(Finding::new(EXEMPTIONS, 0, format!("{listed} exemptions, {EXEMPTIONS_AT_MOST} known; {message}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "server/fhir/src/search.rs";

    fn function(lines: usize) -> String {
        format!("fn long(a: [u8; 2]) {{\n{}}}\n", "    a();\n".repeat(lines - 2))
    }

    fn judged(text: &str, exempt: &str) -> Vec<String> {
        let house = House { exemptions: exempt.to_string(), ..House::sample(PATH, text) };
        let all = find(&house).into_iter().map(|f| f.to_string());
        all.filter(|f| !f.contains("exemptions, ")).collect()
    }

    #[test]
    fn a_function_of_eighty_lines_is_the_longest() {
        assert!(judged(&function(80), "").is_empty());
        assert!(judged(&function(81), "")[0].contains("long has 81 lines"));
    }

    #[test]
    fn a_file_of_six_hundred_lines_is_the_longest() {
        assert!(judged(&"//\n".repeat(600), "").is_empty());
        assert_eq!(judged(&"//\n".repeat(601), "").len(), 1);
    }

    #[test]
    fn generated_files_may_be_long() {
        let house = House::sample("server/fhir/src/generated/types.rs", &"//\n".repeat(5000));
        assert!(find(&house).is_empty());
    }

    #[test]
    fn a_listed_function_may_stay_but_not_grow() {
        let listed = format!("{PATH}::long 90 a table of rules");
        assert!(judged(&function(90), &listed).is_empty());
        assert!(judged(&function(91), &listed)[0].contains("grew from 90 to 91"));
    }

    #[test]
    fn what_shrank_or_went_leaves_the_list() {
        let listed = format!("# reason\n{PATH}::long 90\n");
        assert!(judged(&function(85), &listed)[0].contains("write 85"));
        assert!(judged(&function(80), &listed)[0].contains("take its line out"));
        assert!(judged("//! Empty.", &listed)[0].contains("is gone"));
    }

    #[test]
    fn the_list_itself_may_not_grow() {
        assert!(count(EXEMPTIONS_AT_MOST).is_none());
        assert!(count(EXEMPTIONS_AT_MOST + 1).is_some());
    }

    #[test]
    fn a_line_that_says_nothing_is_refused() {
        assert!(judged("//! Empty.", "server/fhir/src/search.rs")[0].contains("expected `path lines`"));
    }
}
