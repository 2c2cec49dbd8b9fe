//! The answer: a searchset Bundle. Stored bytes are copied in; only views are parsed.
//! <http://hl7.org/fhir/R4/bundle.html#searchset>

use super::asked::Asked;
use crate::body;
use crate::bundle::Writer;
use crate::kind;
use crate::store::search::Found;
use crate::view::{self, View};
use std::collections::HashSet;
use theriac_core::json::{self, Node};
use theriac_core::{Error, Result};
use theriac_platform::http::Response;

const MATCH: &str = "\"search\":{\"mode\":\"match\"}";
const INCLUDE: &str = "\"search\":{\"mode\":\"include\"}";
const OUTCOME: &str = "\"search\":{\"mode\":\"outcome\"}";

/// A resource of the answer.
pub(super) struct Entry {
    pub kind: i16,
    /// The type of what contains it; `id` is then `container#contained`.
    container: Option<i16>,
    pub id: String,
    pub bytes: Vec<u8>,
    is_match: bool,
}

pub(super) struct Answer {
    base: String,
    total: Option<u64>,
    links: Vec<(&'static str, String)>,
    view: Option<View>,
    pub entries: Vec<Entry>,
    seen: HashSet<(i16, String)>,
    /// What the caller should know: severity, issue type, text.
    notes: Vec<(&'static str, &'static str, String)>,
}

/// `[base]/Patient?...`; that of a page has its parameters in the cursor.
fn address(base: &str, asked: &Asked, cursor: Option<&str>) -> String {
    let separator = if asked.path.is_empty() { "" } else { "/" };
    let mut parts = vec![cursor.map_or_else(|| asked.query.self_link(), |cursor| format!("_cursor={cursor}"))];
    parts.extend(asked.form.iter().cloned());
    parts.retain(|part| !part.is_empty());
    let query = if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) };
    format!("{base}{separator}{}{query}", asked.path)
}

/// Only the number.
pub(super) fn counted(base: &str, asked: &Asked, total: u64) -> Response {
    let mut writer = Writer::new("searchset", Some(total), &[("self", address(base, asked, None))]);
    for name in &asked.query.ignored {
        writer.entry(None, Some(note("warning", "not-supported", &ignored(name)).as_bytes()), OUTCOME);
    }
    writer.respond()
}

fn ignored(name: &str) -> String {
    format!("the parameter {name} is not known here and was left out")
}

fn note(severity: &str, code: &str, text: &str) -> String {
    serde_json::json!({
        "resourceType": "OperationOutcome",
        "issue": [{ "severity": severity, "code": code, "diagnostics": text }],
    })
    .to_string()
}

impl Answer {
    pub fn new(base: &str, asked: &Asked, total: Option<u64>, cursors: &[(&'static str, String)]) -> Result<Self> {
        let mut links = vec![("self", address(base, asked, asked.cursor.as_deref()))];
        links.extend(cursors.iter().map(|(relation, c)| (*relation, address(base, asked, Some(c)))));
        let notes = asked.query.ignored.iter().map(|name| ("warning", "not-supported", ignored(name)));
        Ok(Self {
            base: base.to_owned(),
            total,
            links,
            view: View::of(asked.query.summary, asked.query.elements.clone()),
            entries: Vec::new(),
            seen: HashSet::new(),
            notes: notes.collect(),
        })
    }

    pub fn matches(&mut self, found: Vec<Found>) -> Result<()> {
        found.into_iter().try_for_each(|row| self.push(row, true))
    }

    /// Adds what is not there yet.
    pub fn include(&mut self, found: Vec<Found>) -> Result<()> {
        found.into_iter().try_for_each(|row| self.push(row, false))
    }

    /// Of what was found, what is inside it and matched.
    pub fn inside(&mut self, resource_type: &str, found: Vec<Found>, inside: &[(i64, String)]) -> Result<()> {
        let number = kind::number(resource_type).ok_or_else(|| Error::internal("a criterion on an unknown type"))?;
        for row in found {
            let version = row.version;
            let bytes = body::unpack(version.dictionary, &version.body)?;
            let node = json::parse(&bytes)?;
            let all = node.get("contained").map_or(&[][..], Node::items);
            let matched = |id: &str| inside.iter().any(|(key, local)| *key == row.key && local == id);
            for inner in all.iter().filter(|inner| inner.text("id").is_some_and(matched)) {
                let id = format!("{}#{}", version.id, inner.text("id").unwrap_or_default());
                let container = Some(version.kind);
                self.entries.push(Entry { kind: number, container, id, bytes: inner.to_vec(), is_match: true });
            }
        }
        // What was counted are containers.
        self.total = self.total.and(self.is_whole().then_some(self.entries.len() as u64));
        Ok(())
    }

    /// Is it the only page?
    fn is_whole(&self) -> bool {
        !self.links.iter().any(|(relation, _)| matches!(*relation, "next" | "previous"))
    }

    fn push(&mut self, row: Found, is_match: bool) -> Result<()> {
        let version = row.version;
        if self.seen.insert((version.kind, version.id.clone())) {
            let bytes = body::unpack(version.dictionary, &version.body)?;
            self.entries.push(Entry { kind: version.kind, container: None, id: version.id, bytes, is_match });
        }
        Ok(())
    }

    pub fn has(&self, kind: i16, id: &str) -> bool {
        self.seen.contains(&(kind, id.to_owned()))
    }

    pub fn warn(&mut self, code: &'static str, text: impl Into<String>) {
        self.notes.push(("warning", code, text.into()));
    }

    pub fn respond(self) -> Response {
        let mut writer = Writer::new("searchset", self.total, &self.links);
        for entry in &self.entries {
            let url = format!("{}/{}/{}", self.base, kind::name(entry.container.unwrap_or(entry.kind)), entry.id);
            let mode = if entry.is_match { MATCH } else { INCLUDE };
            // "The list of elements does not apply to included resources."
            let view = self.view.as_ref().filter(|view| entry.is_match || !matches!(view, View::Elements(_)));
            let viewed = view.and_then(|view| Some(view::apply(view, json::parse(&entry.bytes).ok()?).to_vec()));
            writer.entry(Some(&url), Some(viewed.as_deref().unwrap_or(&entry.bytes)), mode);
        }
        for (severity, code, text) in &self.notes {
            writer.entry(None, Some(note(severity, code, text).as_bytes()), OUTCOME);
        }
        writer.respond()
    }
}
