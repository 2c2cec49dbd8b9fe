//! A plan walked beside a document: what is left of it, in place.

use crate::age;
use crate::date;
use crate::method::{Mark, Marks, Method};
use crate::plan::{Form, Plan, Step};
use crate::reference::{self, Local};
use crate::text::{self, Known};
use crate::zip::zip3;
use std::collections::HashMap;
use std::sync::Arc;
use theriac_core::json::{Node, Object};

/// The kind under which values that are no ids of records get their pseudonyms.
pub const VALUE: &str = "=";

/// What a project knows by heart.
pub trait Names: Sync {
    /// The pseudonym, as far as it is in memory.
    fn pseudonym(&self, kind: &str, value: &str) -> Option<Arc<str>>;
    /// By how many days the dates of this patient move; never 0.
    fn shift(&self, patient: &str) -> i64;
    /// The version of a record in other letters.
    fn version(&self, kind: &str, id: &str, version: &str) -> Option<String>;
}

/// What a document is shown in, and what is found out on the way.
pub struct Scene<'s> {
    pub names: &'s dyn Names,
    /// The server's own address of records, without a slash at the end.
    pub base: &'s str,
    pub this_year: i32,
    /// Kind and value of what has no pseudonym yet; the document must be walked again when they have.
    pub missing: Vec<(String, String)>,
    /// Patients whose own record is not at hand yet; as `missing`.
    pub unread: Vec<String>,
    /// What the records of patients tell, by id.
    known: &'s HashMap<String, Known>,
    marks: Marks,
    days: Option<i64>,
    /// The one patient of the record that is walked.
    about: Option<String>,
    /// Ids of contained records, in the order that gives them their new ones.
    contained: Vec<String>,
}

const SECURITY: &str = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue";

impl<'s> Scene<'s> {
    pub fn new(names: &'s dyn Names, base: &'s str, this_year: i32, known: &'s HashMap<String, Known>) -> Self {
        Self {
            names,
            base,
            this_year,
            missing: Vec::new(),
            unread: Vec::new(),
            known,
            marks: Marks::default(),
            days: None,
            about: None,
            contained: Vec::new(),
        }
    }

    /// The pseudonym of an id or value; noted as missing where it has none.
    pub fn pseudonym(&mut self, kind: &str, value: &str) -> Option<Arc<str>> {
        self.marks.add(Mark::Pseudonymised);
        let known = self.names.pseudonym(kind, value);
        if known.is_none() {
            self.missing.push((kind.to_owned(), value.to_owned()));
        }
        known
    }

    /// Does the text stay, as far as it may?
    fn scrub(&mut self, value: &mut Node<'_>) -> bool {
        let (Node::String(whole), Some(patient)) = (&*value, &self.about) else { return false };
        let Some(known) = self.known.get(patient) else {
            self.unread.push(patient.clone());
            return false;
        };
        if let Some(left) = text::scrubbed(whole, known) {
            self.marks.add(Mark::Redacted);
            *value = Node::string(left);
        }
        true
    }

    /// A reference as it may be shown; nothing for one that leads elsewhere.
    pub fn link(&mut self, text: &str) -> Option<String> {
        if let Some(inner) = text.strip_prefix('#') {
            let place = self.contained.iter().position(|id| id == inner);
            return if inner.is_empty() { Some("#".to_owned()) } else { place.map(|at| format!("#c{}", at + 1)) };
        }
        let Local { kind, id, version } = reference::local(text, self.base)?;
        let shown = self.pseudonym(kind, id)?;
        match version {
            None => Some(format!("{kind}/{shown}")),
            Some(version) => Some(format!("{kind}/{shown}/_history/{}", self.names.version(kind, id, version)?)),
        }
    }
}

impl Plan {
    /// One record with what it contains. `false` if its type is not known and nothing may be shown.
    pub fn record(&self, node: &mut Node<'_>, scene: &mut Scene<'_>) -> bool {
        let Node::Object(object) = node else { return false };
        scene.marks = Marks::default();
        scene.about = if self.shifts || self.scrubs { patient(object, scene.base) } else { None };
        scene.days = scene.about.as_deref().filter(|_| self.shifts).map(|id| scene.names.shift(id));
        scene.contained = contained_ids(object);
        self.root(object, scene, None)
    }

    /// `inside` is the number of a contained record.
    fn root(&self, object: &mut Object<'_>, scene: &mut Scene<'_>, inside: Option<usize>) -> bool {
        let Some(kind) = object.text("resourceType").map(str::to_owned) else { return false };
        let Some(state) = self.record_state(&kind) else { return false };
        let id = object.text("id").map(str::to_owned);
        let version = object.get("meta").and_then(|meta| meta.text("versionId")).map(str::to_owned);
        if let Some(Node::Array(contained)) = object.get_mut("contained") {
            let mut at = 0;
            contained.retain_mut(|node| {
                at += 1;
                let Node::Object(inner) = node else { return false };
                self.root(inner, scene, Some(at))
            });
        }
        self.object(state, object, scene, true);
        let shown = match (inside, &id) {
            (Some(at), Some(_)) => Some(Arc::from(format!("c{at}"))),
            (None, Some(id)) => scene.pseudonym(&kind, id),
            (_, None) => None,
        };
        if let Some(shown) = &shown {
            object.set_at(1, "id", Node::string(shown.as_ref()));
        }
        if inside.is_none() {
            let version = version.zip(id).and_then(|(version, id)| scene.names.version(&kind, &id, &version));
            label(object, version, scene.marks);
        }
        true
    }

    fn object(&self, at: u32, object: &mut Object<'_>, scene: &mut Scene<'_>, is_root: bool) {
        let (state, before) = (self.state(at), object.0.len());
        object.0.retain_mut(|(name, value)| match name.as_ref() {
            "resourceType" if is_root => true,
            // Already shown.
            "contained" if is_root => !value.items().is_empty(),
            name => state.find(name).is_some_and(|step| self.step(step, value, scene)),
        });
        if object.0.len() != before {
            scene.marks.add(Mark::Redacted);
        }
    }

    /// Does anything stay?
    fn step(&self, step: Step, value: &mut Node<'_>, scene: &mut Scene<'_>) -> bool {
        if let Node::Array(items) = value {
            let before = items.len();
            items.retain_mut(|item| self.one(step, item, scene));
            if items.len() != before {
                scene.marks.add(Mark::Redacted);
            }
            return !items.is_empty();
        }
        self.one(step, value, scene)
    }

    fn one(&self, step: Step, value: &mut Node<'_>, scene: &mut Scene<'_>) -> bool {
        match (step, &mut *value) {
            (Step::Value(method), _) => self.value(method, false, value, scene),
            (Step::Moment(method), _) => self.value(method, true, value, scene),
            (Step::Into(at), Node::Object(object)) => self.part(at, object, scene),
            (Step::Link, Node::String(text)) => match scene.link(text) {
                Some(shown) => replace(value, shown),
                None => false,
            },
            // A record within a record that contains nothing: entries of a Bundle, parts of Parameters.
            (Step::Record, Node::Object(_)) => {
                let contained = std::mem::take(&mut scene.contained);
                let outer = (scene.marks, scene.days, scene.about.take(), contained);
                let stays = self.record(value, scene);
                (scene.marks, scene.days, scene.about, scene.contained) = outer;
                stays
            }
            _ => false,
        }
    }

    fn part(&self, at: u32, object: &mut Object<'_>, scene: &mut Scene<'_>) -> bool {
        let form = self.state(at).form;
        match form {
            Form::Extension if !self.is_known(object) => return false,
            Form::Quantity if tells_age(object) => return false,
            _ => {}
        }
        self.object(at, object, scene, false);
        match form {
            Form::Extension => object.0.len() > 1,
            Form::Reference => object.get("reference").is_some(),
            Form::Plain | Form::Quantity => !object.0.is_empty(),
        }
    }

    /// The names of parts of an extension are relative, and inside one that is known.
    fn is_known(&self, extension: &Object<'_>) -> bool {
        let known = |url: &str| !url.contains(':') || self.profile.extensions.iter().any(|known| known == url);
        extension.text("url").is_some_and(known)
    }

    fn value(&self, method: Method, is_instant: bool, value: &mut Node<'_>, scene: &mut Scene<'_>) -> bool {
        if method == Method::Keep {
            return !matches!(value, Node::Null | Node::Object(_) | Node::Array(_));
        }
        if method == Method::Scrub {
            return scene.scrub(value);
        }
        let Node::String(text) = &*value else { return false };
        let (mark, shown) = match (method, scene.days) {
            (Method::Keep | Method::Remove | Method::Scrub, _) => return false,
            (Method::Shift, Some(days)) => (Mark::Masked, date::shift(text, days, is_instant, scene.this_year)),
            (Method::Year | Method::Shift, _) => (Mark::Abstracted, date::cut(text, is_instant, scene.this_year)),
            (Method::Zip3, _) => (Mark::Abstracted, zip3(text).map(str::to_owned)),
            (Method::Pseudonym, _) => {
                let text = text.to_string();
                (Mark::Pseudonymised, scene.pseudonym(VALUE, &text).map(|shown| shown.to_string()))
            }
        };
        match shown {
            Some(shown) => {
                scene.marks.add(mark);
                replace(value, shown)
            }
            None => false,
        }
    }
}

fn replace(value: &mut Node<'_>, shown: String) -> bool {
    *value = Node::string(shown);
    true
}

fn tells_age(quantity: &Object<'_>) -> bool {
    let Some(value) = quantity.get("value").and_then(Node::as_number) else { return false };
    ["code", "unit"].iter().any(|name| quantity.text(name).is_some_and(|unit| age::is_over(value, unit)))
}

fn contained_ids(object: &Object<'_>) -> Vec<String> {
    let all = object.get("contained").map_or(&[][..], Node::items).iter();
    all.map(|inner| inner.text("id").unwrap_or_default().to_owned()).collect()
}

/// The one patient a record is about. Two of them, or none: nobody's days.
fn patient(object: &Object<'_>, base: &str) -> Option<String> {
    if object.text("resourceType") == Some("Patient") {
        return object.text("id").map(str::to_owned);
    }
    let mut found: Option<String> = None;
    let mut many = false;
    object.iter().for_each(|(_, value)| {
        patients(value, base, &mut |id| match &found {
            None => found = Some(id.to_owned()),
            Some(other) => many |= other != id,
        })
    });
    found.filter(|_| !many)
}

fn patients(node: &Node<'_>, base: &str, visit: &mut dyn FnMut(&str)) {
    match node {
        Node::Array(items) => items.iter().for_each(|item| patients(item, base, visit)),
        Node::Object(object) => {
            for (name, value) in object.iter() {
                match (name, value) {
                    ("reference", Node::String(text)) => {
                        reference::local(text, base)
                            .filter(|to| to.kind == "Patient")
                            .into_iter()
                            .for_each(|to| visit(to.id));
                    }
                    (_, inner) => patients(inner, base, visit),
                }
            }
        }
        _ => {}
    }
}

/// `meta` says what was done.
fn label(object: &mut Object<'_>, version: Option<String>, marks: Marks) {
    let mut meta = match object.remove("meta") {
        Some(Node::Object(meta)) => meta,
        _ => Object::default(),
    };
    if let Some(version) = version {
        meta.set_at(0, "versionId", Node::string(version));
    }
    let codings = Mark::ALL.into_iter().filter(|mark| marks.has(*mark)).map(|mark| {
        let (code, display) = mark.coding();
        let members = [("system", SECURITY), ("code", code), ("display", display)];
        Node::Object(Object(members.iter().map(|(n, v)| ((*n).into(), Node::string(*v))).collect()))
    });
    let mut security = match meta.remove("security") {
        Some(Node::Array(security)) => security,
        _ => Vec::new(),
    };
    security.extend(codings);
    if !security.is_empty() {
        meta.set("security", Node::Array(security));
    }
    if !meta.0.is_empty() {
        let at = if object.get("id").is_some() { 2 } else { 1 };
        object.set_at(at, "meta", Node::Object(meta));
    }
}

#[cfg(test)]
mod tests;
