//! Selectors: steps by name, `*`, conditions on attributes, children and places, and at the end an attribute,
//! `text()` or `comment()`. A subset of XPath 1.0, RFC 5261 section 4.1.
//!
//! The prefix `f` stands for FHIR and `h` for XHTML; a name without prefix is FHIR's, as in a patch document whose
//! default namespace that is.

use super::document::{Content, Element};
use std::fmt;

const FHIR: &str = "http://hl7.org/fhir";
/// Prefixes that are known.
const PREFIXES: &[(&str, &str)] = &[
    ("", FHIR),
    ("f", FHIR),
    ("fhir", FHIR),
    ("h", "http://www.w3.org/1999/xhtml"),
    ("xhtml", "http://www.w3.org/1999/xhtml"),
];

#[derive(Debug, Clone)]
pub struct Selector {
    text: String,
    steps: Vec<Step>,
    last: Last,
}

#[derive(Debug, Clone)]
struct Step {
    name: Name,
    conditions: Vec<Condition>,
}

/// An element's name; without a local part any of them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Name {
    namespace: &'static str,
    local: Option<String>,
}

#[derive(Debug, Clone)]
enum Condition {
    /// From 1.
    Place(usize),
    /// `@a='v'`, `f:b/@a='v'`, `f:b='v'`, `.='v'`; without a value it is enough that it is there.
    Is { path: Vec<Name>, attribute: Option<String>, value: Option<String> },
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Last {
    Element,
    Attribute(String),
    /// From 1; none if it must be the only one.
    Text(Option<usize>),
    Comment(Option<usize>),
}

/// What was found: the places of children from the root on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    Node(Vec<usize>),
    Attribute(Vec<usize>, String),
}

impl Selector {
    /// # Errors
    /// What is not taken.
    pub fn parse(text: &str) -> Result<Self, String> {
        let refuse = |why: String| format!("the selector {text:?}: {why}");
        let mut parts = split(text.trim().trim_start_matches('/'), '/').map_err(refuse)?;
        let mut last = Last::Element;
        if let Some(end) = parts.last().and_then(|part| ending(part)) {
            last = end;
            parts.pop();
        }
        if parts.is_empty() || parts.len() > 64 {
            return Err(refuse("it begins with the name of the root element".to_owned()));
        }
        let steps = parts.into_iter().map(step).collect::<Result<_, _>>().map_err(refuse)?;
        Ok(Self { text: text.to_owned(), steps, last })
    }

    /// # Errors
    /// If nothing is found, or more than one node.
    pub fn find(&self, root: &Element) -> Result<Target, String> {
        let Some((first, rest)) = self.steps.split_first() else { return Err(format!("{self} finds nothing")) };
        let mut found: Vec<(Vec<usize>, &Element)> = match first.name.fits(root) && kept(first, vec![root]) == [0] {
            true => vec![(Vec::new(), root)],
            false => Vec::new(),
        };
        for step in rest {
            found = found.into_iter().flat_map(|(path, element)| advance(step, &path, element)).collect();
        }
        let mut targets: Vec<Target> =
            found.into_iter().flat_map(|(path, element)| self.targets(path, element)).collect();
        match (targets.len(), targets.pop()) {
            (1, Some(target)) => Ok(target),
            (0, _) => Err(format!("{self} finds nothing")),
            (count, _) => Err(format!("{self} finds {count} nodes; it must be one")),
        }
    }

    fn targets(&self, path: Vec<usize>, element: &Element) -> Vec<Target> {
        let children = |fits: fn(&Content) -> bool, place: Option<usize>| {
            let all = element.children.iter().enumerate().filter(|(_, child)| fits(child)).map(|(at, _)| at);
            let chosen: Vec<usize> = match place {
                Some(place) => all.skip(place - 1).take(1).collect(),
                None => all.collect(),
            };
            chosen.into_iter().map(|at| Target::Node([path.as_slice(), &[at]].concat())).collect()
        };
        match &self.last {
            Last::Element => vec![Target::Node(path)],
            Last::Attribute(name) if element.attribute(name).is_some() => vec![Target::Attribute(path, name.clone())],
            Last::Attribute(_) => Vec::new(),
            Last::Text(place) => children(|child| matches!(child, Content::Text(_)), *place),
            Last::Comment(place) => children(|child| matches!(child, Content::Comment(_)), *place),
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Name {
    fn fits(&self, element: &Element) -> bool {
        self.local.as_ref().is_none_or(|local| *local == element.name && self.namespace == element.namespace)
    }

    fn parse(text: &str) -> Result<Self, String> {
        if text == "*" {
            return Ok(Self { namespace: "", local: None });
        }
        let (prefix, local) = text.split_once(':').unwrap_or(("", text));
        let known = PREFIXES.iter().find(|(own, _)| *own == prefix);
        let (_, namespace) = known.ok_or_else(|| format!("the prefix {prefix:?} is not known; f and h are"))?;
        match theriac_core::xml::is_name(local) {
            true => Ok(Self { namespace, local: Some(local.to_owned()) }),
            false => Err(format!("{text:?} is no name of an element")),
        }
    }
}

fn advance<'e>(step: &Step, path: &[usize], element: &'e Element) -> Vec<(Vec<usize>, &'e Element)> {
    let named = element.children.iter().enumerate().filter_map(|(at, child)| match child {
        Content::Element(child) if step.name.fits(child) => Some((at, child)),
        _ => None,
    });
    let (places, elements): (Vec<usize>, Vec<&Element>) = named.unzip();
    let kept = kept(step, elements.clone());
    kept.into_iter().map(|i| ([path, &[places[i]]].concat(), elements[i])).collect()
}

/// Which of them are left by the conditions, one after the other.
fn kept(step: &Step, elements: Vec<&Element>) -> Vec<usize> {
    let mut left: Vec<usize> = (0..elements.len()).collect();
    for condition in &step.conditions {
        match condition {
            Condition::Place(place) => left = left.into_iter().skip(place - 1).take(1).collect(),
            Condition::Is { path, attribute, value } => {
                left.retain(|i| holds(elements[*i], path, attribute.as_deref(), value.as_deref()));
            }
        }
    }
    left
}

fn holds(element: &Element, path: &[Name], attribute: Option<&str>, value: Option<&str>) -> bool {
    if let Some((first, rest)) = path.split_first() {
        return element.elements().any(|child| first.fits(child) && holds(child, rest, attribute, value));
    }
    match (attribute, value) {
        (Some(name), Some(value)) => element.attribute(name) == Some(value),
        (Some(name), None) => element.attribute(name).is_some(),
        (None, Some(value)) => element.string() == value,
        (None, None) => true,
    }
}

fn ending(part: &str) -> Option<Last> {
    if let Some(name) = part.strip_prefix('@') {
        return theriac_core::xml::is_name(name).then(|| Last::Attribute(name.to_owned()));
    }
    let (function, place) = match part.split_once('[') {
        None => (part, None),
        Some((function, place)) => (function, Some(place.strip_suffix(']')?.parse().ok().filter(|place| *place > 0)?)),
    };
    match function {
        "text()" => Some(Last::Text(place)),
        "comment()" => Some(Last::Comment(place)),
        _ => None,
    }
}

fn step(part: &str) -> Result<Step, String> {
    let (name, mut rest) = part.split_at(part.find('[').unwrap_or(part.len()));
    let mut conditions = Vec::new();
    while let Some(inner) = rest.strip_prefix('[') {
        let end = closing(inner).ok_or("']' is missing")?;
        conditions.push(condition(inner[..end].trim())?);
        rest = &inner[end + 1..];
    }
    match rest.is_empty() {
        true => Ok(Step { name: Name::parse(name.trim())?, conditions }),
        false => Err(format!("{rest:?} cannot be read")),
    }
}

/// The place of the bracket that closes; quotes hide brackets.
fn closing(text: &str) -> Option<usize> {
    let mut quote = None;
    text.char_indices().find_map(|(at, sign)| {
        match (quote, sign) {
            (Some(open), sign) if open == sign => quote = None,
            (None, '\'' | '"') => quote = Some(sign),
            (None, ']') => return Some(at),
            _ => {}
        }
        None
    })
}

fn condition(text: &str) -> Result<Condition, String> {
    if let Ok(place) = text.parse::<usize>() {
        return if place > 0 { Ok(Condition::Place(place)) } else { Err("places begin at 1".to_owned()) };
    }
    let (left, value) = match split(text, '=')?.as_slice() {
        [left] => (left.trim(), None),
        [left, right] => (left.trim(), Some(quoted(right.trim())?)),
        _ => return Err(format!("[{text}] is not taken")),
    };
    let (path, attribute) = match left.rsplit_once('/').unwrap_or(("", left)) {
        (path, last) if last.starts_with('@') => (path, Some(last[1..].to_owned())),
        _ => (left, None),
    };
    let names = path.split('/').filter(|part| !part.is_empty() && *part != ".").map(Name::parse);
    Ok(Condition::Is { path: names.collect::<Result<_, _>>()?, attribute, value })
}

fn quoted(text: &str) -> Result<String, String> {
    let inner = |sign: char| text.strip_prefix(sign)?.strip_suffix(sign).filter(|inner| !inner.contains(sign));
    inner('\'').or_else(|| inner('"')).map(str::to_owned).ok_or_else(|| format!("{text} is not in quotes"))
}

/// Splits where neither quotes nor brackets are open.
fn split(text: &str, at: char) -> Result<Vec<&str>, String> {
    let (mut parts, mut from, mut depth, mut quote) = (Vec::new(), 0, 0_usize, None);
    for (place, sign) in text.char_indices() {
        match (quote, sign) {
            (Some(open), sign) if open == sign => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(sign),
            (None, '[') => depth += 1,
            (None, ']') => depth = depth.saturating_sub(1),
            (None, sign) if sign == at && depth == 0 => {
                parts.push(&text[from..place]);
                from = place + at.len_utf8();
            }
            _ => {}
        }
    }
    if quote.is_some() || depth > 0 {
        return Err("a quote or a bracket is not closed".to_owned());
    }
    parts.push(&text[from..]);
    Ok(parts)
}
