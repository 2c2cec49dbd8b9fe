//! What a value set consists of, <http://hl7.org/fhir/R4/valueset.html#compositions>: clauses that include and clauses
//! that exclude, each a system with all codes, some codes, or filters, narrowed by other value sets.

use super::filter::Filter;
use super::library::{Library, Vocabulary};
use super::system::{Place, System};
use super::verdict::{Coding, Found, Verdict};
use crate::canonical::Definition;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use theriac_core::Result;
use theriac_core::json::Node;

#[derive(Debug)]
pub struct Set {
    /// Address and version, for messages and answers.
    pub canonical: String,
    pub resource: Definition,
    pub(super) include: Vec<Clause>,
    pub(super) exclude: Vec<Clause>,
    /// `compose.inactive` is false: codes that are out of use are not in it.
    pub(super) only_active: bool,
}

#[derive(Debug)]
pub(super) struct Clause {
    pub system: Option<String>,
    pub version: Option<String>,
    pub vocabulary: Vocabulary,
    pub picks: Picks,
    pub imports: Vec<Arc<Set>>,
}

/// Which codes of its system a clause means.
#[derive(Debug)]
pub(super) enum Picks {
    All,
    /// As they stand in the resource.
    Listed(Vec<Node<'static>>, HashMap<String, usize>),
    /// By filters, found out for a system that is here.
    Passing(Vec<Place>, HashSet<Place>),
    /// By filters, over a system by rule.
    Ruled(Vec<Filter>),
    /// By filters, over a system that is not here.
    Unknown,
}

/// Does a clause hold a code?
enum Held {
    Yes(Found),
    No,
    CannotSay(String),
}

impl Set {
    pub(super) fn read(library: &Library, resource: &Definition, above: &mut Vec<String>) -> Result<Self> {
        let url = resource.text("url").unwrap_or("the value set");
        let compose = resource.get("compose");
        let mut clauses = |name: &str| {
            let all = compose.and_then(|c| c.get(name)).map_or(&[][..], Node::items).iter();
            all.map(|node| Clause::read(library, node, above)).collect::<Result<Vec<_>>>()
        };
        let (mut include, exclude) = (clauses("include")?, clauses("exclude")?);
        if compose.is_none() {
            include = stored(library, resource);
        }
        Ok(Self {
            canonical: resource.text("version").map_or(url.to_owned(), |version| format!("{url}|{version}")),
            resource: resource.clone(),
            include,
            exclude,
            only_active: compose.and_then(|c| c.get("inactive")).and_then(Node::as_bool) == Some(false),
        })
    }

    /// Is the code in the value set?
    pub fn judge(&self, coding: &Coding<'_>) -> Verdict {
        let mut unknown = None;
        let mut found = None;
        for clause in &self.include {
            match clause.holds(coding) {
                Held::Yes(one) if self.only_active && one.is_inactive => {}
                Held::Yes(one) => {
                    found = Some(one);
                    break;
                }
                Held::CannotSay(reason) => unknown = Some(reason),
                Held::No => {}
            }
        }
        match (found, unknown) {
            (Some(found), _) => self.unless_excluded(coding, found),
            (None, Some(reason)) => Verdict::CannotSay(reason),
            (None, None) => self.no(coding),
        }
    }

    fn unless_excluded(&self, coding: &Coding<'_>, found: Found) -> Verdict {
        let exact = Coding { system: Some(&found.system), ..*coding };
        for clause in &self.exclude {
            match clause.holds(&exact) {
                Held::Yes(_) => return self.no(coding),
                Held::CannotSay(reason) => return Verdict::CannotSay(reason),
                Held::No => {}
            }
        }
        Verdict::Yes(found)
    }

    fn no(&self, coding: &Coding<'_>) -> Verdict {
        let code = coding.system.map_or(coding.code.to_owned(), |system| format!("{system}|{}", coding.code));
        Verdict::No(format!("'{code}' is not in the value set {}", self.canonical))
    }
}

impl Clause {
    fn read(library: &Library, node: &Node<'static>, above: &mut Vec<String>) -> Result<Self> {
        let system = node.text("system").map(str::to_owned);
        let version = node.text("version").filter(|v| *v != "*").map(str::to_owned);
        let vocabulary = match &system {
            Some(system) => library.vocabulary(system, version.as_deref()),
            None => Vocabulary::Unknown,
        };
        let picks = Picks::read(node, &vocabulary)?;
        let imports = node.get("valueSet").map_or(&[][..], Node::items).iter().filter_map(Node::as_str);
        let imports = imports.map(|canonical| library.set_within(canonical, above)).collect::<Result<_>>()?;
        Ok(Self { system, version, vocabulary, picks, imports })
    }

    fn holds(&self, coding: &Coding<'_>) -> Held {
        let mut held = match &self.system {
            Some(system) if coding.system.is_some_and(|own| own != system) => return Held::No,
            Some(system) => self.picked(system, coding.code),
            None => Held::CannotSay("the value set has a clause without a system".to_owned()),
        };
        for (number, set) in self.imports.iter().enumerate() {
            held = match (held, set.judge(coding)) {
                (Held::No, _) | (_, Verdict::No(_)) => return Held::No,
                (_, Verdict::Yes(found)) if number == 0 && self.system.is_none() => Held::Yes(found),
                (held, Verdict::Yes(_)) => held,
                (_, Verdict::CannotSay(reason)) => Held::CannotSay(reason),
            };
        }
        held
    }

    /// As a verdict; the reason for a no is the caller's to tell.
    pub fn judge(&self, coding: &Coding<'_>) -> Verdict {
        match self.holds(coding) {
            Held::Yes(found) => Verdict::Yes(found),
            Held::No => Verdict::No(String::new()),
            Held::CannotSay(reason) => Verdict::CannotSay(reason),
        }
    }

    fn picked(&self, system: &str, code: &str) -> Held {
        let found = |node: Option<&Node<'static>>| {
            let mut found = self.vocabulary.found(system, code);
            if let Some(display) = node.and_then(|n| n.text("display")) {
                found.display = Some(display.to_owned());
                found.words.insert(0, display.to_owned());
            }
            Held::Yes(found)
        };
        match (&self.picks, &self.vocabulary) {
            (Picks::Listed(nodes, by_code), vocabulary) => match by_code.get(&folded(vocabulary, code)) {
                Some(place) => found(nodes.get(*place)),
                None => Held::No,
            },
            (Picks::All, vocabulary) => match vocabulary.judge(system, code) {
                Verdict::Yes(found) => Held::Yes(found),
                Verdict::No(_) => Held::No,
                Verdict::CannotSay(reason) => Held::CannotSay(reason),
            },
            (Picks::Passing(_, set), Vocabulary::Table(table)) => match table.find(code) {
                Some(place) if set.contains(&place) => found(None),
                None if !table.is_complete => {
                    Held::CannotSay(format!("'{code}' is not among the codes of {system} that are known here"))
                }
                _ => Held::No,
            },
            (Picks::Ruled(filters), Vocabulary::Rule(rule)) if (rule.holds)(code) => {
                let passes: Vec<Option<bool>> = filters.iter().map(|filter| (rule.passes)(filter, code)).collect();
                match () {
                    () if passes.contains(&Some(false)) => Held::No,
                    () if passes.contains(&None) => {
                        Held::CannotSay(format!("a filter of {} is not known here", rule.name))
                    }
                    () => found(None),
                }
            }
            (Picks::Ruled(_), Vocabulary::Rule(_)) => Held::No,
            _ => Held::CannotSay(format!("the code system {system} is not known here")),
        }
    }
}

/// A code as a map's key; only tables know whether case counts.
fn folded(vocabulary: &Vocabulary, code: &str) -> String {
    match vocabulary {
        Vocabulary::Table(table) => table.find(code).map_or(code, |place| table.code(place)).to_owned(),
        _ => code.to_owned(),
    }
}

impl Picks {
    fn read(node: &Node<'static>, vocabulary: &Vocabulary) -> Result<Self> {
        let concepts = node.get("concept").map_or(&[][..], Node::items);
        if !concepts.is_empty() {
            return Ok(Self::listed(concepts.to_vec(), vocabulary));
        }
        let filters: Vec<Filter> = node.get("filter").map_or(&[][..], Node::items).iter().map(Filter::of).collect();
        match (filters.is_empty(), vocabulary) {
            (true, _) => Ok(Self::All),
            (false, Vocabulary::Table(table)) => Self::passing(&filters, table),
            (false, Vocabulary::Rule(_)) => Ok(Self::Ruled(filters)),
            (false, Vocabulary::Unknown) => Ok(Self::Unknown),
        }
    }

    fn listed(concepts: Vec<Node<'static>>, vocabulary: &Vocabulary) -> Self {
        let codes = concepts.iter().map(|c| folded(vocabulary, c.text("code").unwrap_or_default()));
        let by_code = codes.enumerate().map(|(place, code)| (code, place)).collect();
        Self::Listed(concepts, by_code)
    }

    /// A concept passes if it passes all filters.
    fn passing(filters: &[Filter], table: &System) -> Result<Self> {
        let mut passing: Option<HashSet<Place>> = None;
        for filter in filters {
            let these = filter.passing(table)?;
            passing = Some(match passing {
                Some(before) => before.intersection(&these).copied().collect(),
                None => these,
            });
        }
        let set = passing.unwrap_or_default();
        let mut list: Vec<Place> = set.iter().copied().collect();
        list.sort_unstable();
        Ok(Self::Passing(list, set))
    }
}

/// A value set without definition may bring its expansion: the codes in it, system by system.
fn stored(library: &Library, resource: &Definition) -> Vec<Clause> {
    let mut by_system: Vec<(String, Vec<Node<'static>>)> = Vec::new();
    if let Some(expansion) = resource.get("expansion") {
        collect(expansion, &mut by_system);
    }
    let clause = |(system, concepts): (String, Vec<Node<'static>>)| {
        let vocabulary = library.vocabulary(&system, None);
        let picks = Picks::listed(concepts, &vocabulary);
        Clause { system: Some(system), version: None, vocabulary, picks, imports: Vec::new() }
    };
    by_system.into_iter().map(clause).collect()
}

fn collect(level: &Node<'static>, by_system: &mut Vec<(String, Vec<Node<'static>>)>) {
    for entry in level.get("contains").map_or(&[][..], Node::items) {
        let is_heading = entry.get("abstract").and_then(Node::as_bool) == Some(true);
        if let (Some(system), Some(_), false) = (entry.text("system"), entry.text("code"), is_heading) {
            match by_system.iter_mut().find(|(known, _)| known == system) {
                Some((_, concepts)) => concepts.push(entry.clone()),
                None => by_system.push((system.to_owned(), vec![entry.clone()])),
            }
        }
        collect(entry, by_system);
    }
}
