//! Which events of the sources are to be stored: those without fault that are not there yet.

use super::{Outcome, Source};
use crate::event::Event;
use crate::event_id::event_id;
use crate::index;
use crate::item::{Needs, needs};
use crate::namespaces::Namespaces;
use crate::store::event::{self, Known};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use theriac_access::label;
use theriac_core::hash::index_hash;
use theriac_core::json::{self, Node};
use theriac_core::{Code, Instant, Issue, Result};
use theriac_platform::db::TenantDb;

/// A checked event that is new.
pub(crate) struct Candidate<'d> {
    pub event: Event<'d>,
    pub id: String,
    /// 0, or the time it was declared wrong at.
    pub declared: i64,
    pub needs: Needs,
    pub labels: Vec<String>,
    /// Extension members that take no part in the hash.
    ignored: Vec<String>,
    /// Its place among the sources.
    pub source: usize,
}

impl Candidate<'_> {
    fn key(&self) -> Key {
        (self.id.clone(), self.declared)
    }

    fn content(&self) -> Content {
        content(&self.event, &self.id, &self.ignored)
    }
}

pub(crate) struct Judged<'d> {
    candidates: Vec<Candidate<'d>>,
    issues: Vec<Issue>,
}

/// The longest text that is a key of a table.
const LONGEST: usize = 1024;

/// Reads and checks one source's events.
pub(crate) fn source<'d>(source: &'d Source<'_>) -> Judged<'d> {
    let batch = source.batch;
    let mut judged = Judged { candidates: Vec::with_capacity(batch.nodes.len()), issues: batch.issues.clone() };
    for (path, node) in &batch.nodes {
        let event = Event::read(node, path.as_str(), &batch.namespaces);
        let candidate = event.map_err(|e| e.issues).and_then(|event| candidate(source, event, &batch.ignored));
        match candidate {
            Ok(candidate) => judged.candidates.push(candidate),
            Err(issues) => judged.issues.extend(issues),
        }
    }
    judged
}

fn candidate<'d>(source: &Source<'_>, event: Event<'d>, ignored: &[String]) -> Result<Candidate<'d>, Vec<Issue>> {
    let id = event.event_id().map_or_else(|| event_id(&event, ignored), str::to_owned);
    let needs = needs(&event);
    let path = |member: &str| format!("{}.{member}", event.path);
    for (text, member) in std::iter::once((&id, "eventID")).chain(needs.epcs.iter().map(|epc| (epc, "epcList"))) {
        if text.len() > LONGEST || text.contains(char::is_control) {
            let message = format!("an identifier has at most {LONGEST} bytes and no control characters");
            return Err(vec![Issue::new(Code::Invalid, path(member), message)]);
        }
    }
    let labels: Vec<String> = index::parties(&event).iter().map(|gln| label::gln(gln)).collect();
    if !source.sender.grant.sees(&labels) {
        let message = "none of your GLNs takes part in this event; name one as source, destination or place";
        return Err(vec![Issue::new(Code::Forbidden, event.path.clone(), message)]);
    }
    let declared = declaration_time(&event);
    Ok(Candidate { id, declared, needs, labels, ignored: ignored.to_vec(), source: 0, event })
}

fn declaration_time(event: &Event<'_>) -> i64 {
    let Some(declaration) = event.node.get("errorDeclaration") else { return 0 };
    let time = declaration.text("declarationTime").and_then(Instant::parse).unwrap_or_default();
    if time.0 == 0 { 1 } else { time.0 }
}

/// Leaves out what is there already; refuses what is there with other content.
pub(crate) async fn sort_out<'d>(
    db: &TenantDb,
    sources: &[Source<'_>],
    judged: Vec<Judged<'d>>,
) -> Result<(Vec<Candidate<'d>>, Vec<Outcome>)> {
    let ids = judged.iter().flat_map(|j| j.candidates.iter().map(|c| c.id.clone())).collect();
    let known = event::known(db, ids).await?;
    let mut seen = Seen::new(&known, &judged);
    let (mut kept, mut outcomes) = (Vec::new(), Vec::new());
    for (at, judged) in judged.into_iter().enumerate() {
        let (fresh, mut outcome) = seen.new_ones(judged);
        if !outcome.issues.is_empty() && !sources[at].proceed {
            fresh.iter().for_each(|c| seen.forget(&c.key()));
            outcome.repeated.clear();
        } else {
            outcome.stored = fresh.iter().map(|c| c.id.clone()).collect();
            kept.extend(fresh.into_iter().map(|c| Candidate { source: at, ..c }));
        }
        outcomes.push(outcome);
    }
    Ok((kept, outcomes))
}

type Key = (String, i64);

/// What makes two events of one id the same.
struct Content {
    hash: String,
    /// The hash leaves it out.
    declaration: String,
    /// The hash takes long ones for numbers, and loses digits.
    strings: Vec<String>,
    /// The id is the hash id; what is not hashed may then differ.
    proven: bool,
}

impl Content {
    fn is_same(&self, other: &Self) -> bool {
        let hashed = self.hash == other.hash || (self.proven && other.proven);
        hashed && self.declaration == other.declaration && self.strings == other.strings
    }
}

/// The events there are. Contents are worked out only for ids that come more than once.
struct Seen {
    contested: HashSet<Key>,
    contents: HashMap<Key, Content>,
}

impl Seen {
    fn new(known: &[Known], judged: &[Judged<'_>]) -> Self {
        let contents: HashMap<Key, Content> = known.iter().filter_map(stored_content).collect();
        let mut contested: HashSet<Key> = contents.keys().cloned().collect();
        let mut once = HashSet::new();
        for candidate in judged.iter().flat_map(|j| &j.candidates) {
            if !once.insert(candidate.key()) {
                contested.insert(candidate.key());
            }
        }
        Self { contested, contents }
    }

    fn forget(&mut self, key: &Key) {
        self.contents.remove(key);
    }

    fn new_ones<'d>(&mut self, judged: Judged<'d>) -> (Vec<Candidate<'d>>, Outcome) {
        let mut outcome = Outcome { issues: judged.issues, ..Outcome::default() };
        let mut fresh = Vec::new();
        for candidate in judged.candidates {
            let key = candidate.key();
            if !self.contested.contains(&key) {
                fresh.push(candidate);
                continue;
            }
            let content = candidate.content();
            match self.contents.get(&key) {
                None => {
                    self.contents.insert(key, content);
                    fresh.push(candidate);
                }
                Some(there) if content.is_same(there) => outcome.repeated.push(candidate.id),
                Some(_) => outcome.issues.push(other_content(&candidate)),
            }
        }
        (fresh, outcome)
    }
}

/// What the chunks of one document have claimed so far: each eventID that was given, and what stood under it.
#[derive(Default)]
pub(crate) struct Claims(HashMap<i64, i64>);

impl Claims {
    /// Those of the candidates whose id another event of the document has.
    pub fn add(&mut self, candidates: &[Candidate<'_>]) -> Vec<Issue> {
        let mut issues = Vec::new();
        for candidate in candidates.iter().filter(|c| c.event.event_id().is_some()) {
            let key = index_hash(&[&candidate.id, &candidate.declared.to_string()]);
            let content = candidate.content();
            let print = index_hash(&[&content.hash, &content.declaration, &content.strings.concat()]);
            match self.0.entry(key) {
                Entry::Vacant(slot) => drop(slot.insert(print)),
                Entry::Occupied(slot) if *slot.get() == print || content.proven => {}
                Entry::Occupied(_) => issues.push(other_content(candidate)),
            }
        }
        issues
    }
}

fn other_content(candidate: &Candidate<'_>) -> Issue {
    let message = format!(
        "an event with the eventID `{}` and other content was captured before; to correct it, send the original \
         again with an errorDeclaration",
        candidate.id
    );
    Issue::new(Code::Conflict, format!("{}.eventID", candidate.event.path), message)
}

fn stored_content(known: &Known) -> Option<(Key, Content)> {
    let node = json::parse(&known.body).ok()?;
    let event = Event::read(&node, "$", &Namespaces::default()).ok()?;
    Some(((known.event_id.clone(), known.declared), content(&event, &known.event_id, &[])))
}

fn content(event: &Event<'_>, id: &str, ignored: &[String]) -> Content {
    let hash = event_id(event, &[]);
    let declaration = event.node.get("errorDeclaration").map(Node::to_string).unwrap_or_default();
    let proven = if ignored.is_empty() { hash == id } else { event_id(event, ignored) == id };
    Content { hash, declaration, strings: strings(event), proven }
}

fn strings(event: &Event<'_>) -> Vec<String> {
    let elements = event.node.get("sensorElementList").map_or(&[][..], Node::items);
    let reports = elements.iter().flat_map(|e| e.get("sensorReport").map_or(&[][..], Node::items));
    let mut strings: Vec<String> = reports.filter_map(|r| r.text("stringValue")).map(|t| t.trim().to_owned()).collect();
    strings.sort_unstable();
    strings
}
