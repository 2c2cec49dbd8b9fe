//! From codes of one system to codes of another, by concept maps.
//! <http://hl7.org/fhir/R4/conceptmap-operation-translate.html>

use super::verdict::Coding;
use crate::canonical::{Canonical, Canonicals, Definition};
use crate::operation::parameters::Output;
use theriac_core::json::{Node, Object};
use theriac_core::{Code, Error, Result};

#[derive(Debug, Clone, Default)]
pub struct Asked<'a> {
    pub codings: Vec<Coding<'a>>,
    /// The value set the code is from, if only maps from it may be used.
    pub source: Option<&'a str>,
    /// The value set, or the code system, to translate to.
    pub target: Option<&'a str>,
    pub target_system: Option<&'a str>,
    /// From the map's targets to its sources.
    pub reverse: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    pub equivalence: String,
    pub system: Option<String>,
    pub code: Option<String>,
    pub display: Option<String>,
    /// The map that says so.
    pub source: Option<String>,
}

/// How equivalences read from the other side.
const REVERSED: &[(&str, &str)] =
    &[("wider", "narrower"), ("narrower", "wider"), ("subsumes", "specializes"), ("specializes", "subsumes")];

/// How far one map may refer to another for what it does not map.
const DEEPEST: usize = 8;

/// # Errors
/// `TooCostly` if maps refer to one another without end.
pub fn translate(canonicals: &dyn Canonicals, maps: &[Definition], asked: &Asked<'_>) -> Result<Vec<Match>> {
    let mut all = Vec::new();
    for map in maps.iter().filter(|map| fits(map, asked)) {
        for coding in &asked.codings {
            by_map(canonicals, map, coding, asked, DEEPEST, &mut all)?;
        }
    }
    let mut seen: Vec<Match> = Vec::new();
    all.retain(|one| {
        let is_new = !seen.contains(one);
        if is_new {
            seen.push(one.clone());
        }
        is_new
    });
    Ok(all)
}

/// Every concept map there is.
pub fn all_maps(canonicals: &dyn Canonicals) -> Vec<Definition> {
    let addresses = canonicals.addresses("ConceptMap");
    addresses.iter().filter_map(|address| canonicals.find("ConceptMap", address)).collect()
}

/// Does the map go between the value sets that were named?
fn fits(map: &Node<'static>, asked: &Asked<'_>) -> bool {
    let (from, to) = if asked.reverse { ("target", "source") } else { ("source", "target") };
    let same = |end: &str, wanted: Option<&str>| {
        let Some(wanted) = wanted else { return true };
        let own = map.text(&format!("{end}Uri")).or(map.text(&format!("{end}Canonical")));
        own.is_some_and(|own| Canonical::of(own).url == Canonical::of(wanted).url)
    };
    same(from, asked.source) && same(to, asked.target)
}

fn by_map(
    canonicals: &dyn Canonicals,
    map: &Definition,
    coding: &Coding<'_>,
    asked: &Asked<'_>,
    depth: usize,
    all: &mut Vec<Match>,
) -> Result<()> {
    let source = map.text("url").map(str::to_owned);
    for group in map.get("group").map_or(&[][..], Node::items) {
        let (from, to) = if asked.reverse { ("target", "source") } else { ("source", "target") };
        let leads = coding.system.is_none_or(|system| group.text(from) == Some(system))
            && asked.target_system.is_none_or(|system| group.text(to) == Some(system));
        if !leads {
            continue;
        }
        let before = all.len();
        let found = if asked.reverse { backward(group, coding.code) } else { forward(group, coding.code) };
        all.extend(found.into_iter().map(|one| Match { source: source.clone(), ..one }));
        let is_mapped =
            group.get("element").map_or(&[][..], Node::items).iter().any(|e| e.text("code") == Some(coding.code));
        if all.len() == before && !is_mapped && !asked.reverse {
            unmapped(canonicals, group, coding, asked, depth, &source, all)?;
        }
    }
    Ok(())
}

fn elements<'m>(group: &'m Node<'static>) -> impl Iterator<Item = (&'m Node<'static>, &'m Node<'static>)> {
    let all = group.get("element").map_or(&[][..], Node::items).iter();
    all.flat_map(|element| element.get("target").map_or(&[][..], Node::items).iter().map(move |t| (element, t)))
}

fn forward(group: &Node<'static>, code: &str) -> Vec<Match> {
    let own = elements(group).filter(|(element, _)| element.text("code") == Some(code));
    own.map(|(_, target)| Match {
        equivalence: target.text("equivalence").unwrap_or("equivalent").to_owned(),
        system: group.text("target").map(str::to_owned),
        code: target.text("code").map(str::to_owned),
        display: target.text("display").map(str::to_owned),
        source: None,
    })
    .collect()
}

fn backward(group: &Node<'static>, code: &str) -> Vec<Match> {
    let own = elements(group).filter(|(_, target)| target.text("code") == Some(code));
    own.map(|(element, target)| {
        let equivalence = target.text("equivalence").unwrap_or("equivalent");
        let reversed = REVERSED.iter().find(|(one, _)| *one == equivalence).map_or(equivalence, |(_, other)| other);
        Match {
            equivalence: reversed.to_owned(),
            system: group.text("source").map(str::to_owned),
            code: element.text("code").map(str::to_owned),
            display: element.text("display").map(str::to_owned),
            source: None,
        }
    })
    .collect()
}

/// <http://hl7.org/fhir/R4/conceptmap-definitions.html#ConceptMap.group.unmapped>
fn unmapped(
    canonicals: &dyn Canonicals,
    group: &Node<'static>,
    coding: &Coding<'_>,
    asked: &Asked<'_>,
    depth: usize,
    source: &Option<String>,
    all: &mut Vec<Match>,
) -> Result<()> {
    let Some(rule) = group.get("unmapped") else { return Ok(()) };
    let given = |code: &str, display: Option<&str>, equivalence: &str| Match {
        equivalence: equivalence.to_owned(),
        system: group.text("target").map(str::to_owned),
        code: Some(code.to_owned()),
        display: display.map(str::to_owned),
        source: source.clone(),
    };
    match (rule.text("mode"), rule.text("code"), rule.text("url")) {
        (Some("provided"), _, _) => all.push(given(coding.code, None, "equal")),
        (Some("fixed"), Some(code), _) => all.push(given(code, rule.text("display"), "wider")),
        (Some("other-map"), _, Some(url)) => match (depth, canonicals.find("ConceptMap", url)) {
            (0, _) => {
                return Err(Error::new(
                    Code::TooCostly,
                    format!("concept maps refer to one another more than {DEEPEST} deep"),
                ));
            }
            (_, Some(other)) => by_map(canonicals, &other, coding, asked, depth - 1, all)?,
            (_, None) => {}
        },
        _ => {}
    }
    Ok(())
}

/// `result`, `message` and the matches.
pub fn answer(matches: &[Match]) -> Output {
    let is_good = |one: &&Match| !matches!(one.equivalence.as_str(), "unmatched" | "disjoint");
    let result = matches.iter().any(|one| is_good(&one));
    let mut output = Output::default().with("result", "valueBoolean", Node::Bool(result));
    if !result {
        output =
            output.text("message", "valueString", Some("no map that is known here leads from this code to another"));
    }
    for one in matches {
        let mut part = Output::default().text("equivalence", "valueCode", Some(&one.equivalence));
        if let Some(code) = &one.code {
            let mut concept = Object::default();
            for (name, value) in [("system", &one.system), ("code", &Some(code.clone())), ("display", &one.display)] {
                if let Some(value) = value {
                    concept.set(name, Node::string(value.as_str()));
                }
            }
            part = part.with("concept", "valueCoding", Node::Object(concept));
        }
        output = output.part("match", part.text("source", "valueUri", one.source.as_deref()));
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminology::tests::library;

    fn run(coding: Coding<'_>, asked: &Asked<'_>) -> String {
        let library = library();
        let maps = all_maps(library.canonicals());
        let asked = Asked { codings: vec![coding], ..asked.clone() };
        let matches = translate(library.canonicals(), &maps, &asked).unwrap();
        matches
            .iter()
            .map(|m| format!("{} {}", m.equivalence, m.code.as_deref().unwrap_or("-")))
            .collect::<Vec<_>>()
            .join(", ")
    }

    fn animal(code: &str) -> Coding<'_> {
        Coding { system: Some("http://example.org/animals"), version: None, code }
    }

    #[test]
    fn a_code_is_translated_there_and_back() {
        assert_eq!(run(animal("dog"), &Asked::default()), "equivalent D");
        assert_eq!(run(animal("puppy"), &Asked::default()), "wider D");
        let back = Asked { reverse: true, ..Asked::default() };
        let letter = Coding { system: Some("http://example.org/letters"), version: None, code: "D" };
        assert_eq!(run(letter, &back), "equivalent dog, narrower puppy");
    }

    #[test]
    fn what_is_not_mapped_follows_the_maps_own_rule() {
        assert_eq!(run(animal("bird"), &Asked::default()), "wider ?", "fixed");
        assert_eq!(run(animal("dodo"), &Asked::default()), "unmatched -", "mapped to nothing");
        assert_eq!(
            run(Coding { system: Some("http://example.org/other"), version: None, code: "x" }, &Asked::default()),
            ""
        );
    }

    #[test]
    fn only_maps_between_the_named_ends_are_used() {
        let to = |target| Asked { target: Some(target), ..Asked::default() };
        assert_eq!(run(animal("dog"), &to("http://example.org/letters-vs")), "equivalent D");
        assert_eq!(run(animal("dog"), &to("http://example.org/elsewhere")), "");
        let system = Asked { target_system: Some("http://example.org/elsewhere"), ..Asked::default() };
        assert_eq!(run(animal("dog"), &system), "");
    }

    #[test]
    fn the_answer_says_whether_there_is_a_good_match() {
        let unmatched =
            Match { equivalence: "unmatched".into(), system: None, code: None, display: None, source: None };
        assert!(answer(&[unmatched]).node().to_string().contains(r#"{"name":"result","valueBoolean":false}"#));
        let good = Match {
            equivalence: "equal".into(),
            system: Some("s".into()),
            code: Some("c".into()),
            display: None,
            source: Some("m".into()),
        };
        let text = answer(&[good]).node().to_string();
        assert!(
            text.contains(
                r#"{"name":"concept","valueCoding":{"system":"s","code":"c"}},{"name":"source","valueUri":"m"}"#
            ),
            "{text}"
        );
    }
}
