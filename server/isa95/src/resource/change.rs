//! Changes, one or many at once: all of them stand or fall together, each with a version and a ledger entry.
//!
//! Checked before: what the type itself wants (`rules`), that every record named is there, and that the caller may.
//! A reference to what was removed at the very moment is not seen; `danglingReferences` lists it.

use super::body::Body;
use super::index::{Index, Reference, index};
use super::rules::{self, Plant};
use super::types::{EQUIPMENT, JOB_ORDERS, Type};
use crate::service::Isa95;
use crate::store::resource::Stored;
use crate::{limits, run, store};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use theriac_access::label;
use theriac_core::hash::sha256;
use theriac_core::{Code, Error, Issue, Result};
use theriac_ledger::Entry;
use theriac_platform::Context;
use theriac_platform::db::Unit;

/// One change that is wanted.
pub(crate) struct Change {
    pub body: Body,
    /// What the ledger calls it; none: `create` or `update`, as it turns out.
    pub action: Option<&'static str>,
    /// What subscribers need to know at once.
    pub data: Option<serde_json::Value>,
}

impl From<Body> for Change {
    fn from(body: Body) -> Self {
        Self { body, action: None, data: None }
    }
}

/// How a request wants it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Options {
    /// References to nothing are reported instead of refused.
    pub report: bool,
}

impl Options {
    /// The parameter `references`.
    pub fn read(name: &str, value: &str, into: &mut Self) -> Result<()> {
        match (name, value) {
            ("references", "report") => into.report = true,
            ("references", "refuse") => into.report = false,
            _ => return Err(Error::invalid("'references' is refuse or report").at("references")),
        }
        Ok(())
    }
}

type Key = (&'static str, String);

/// What stood before, and what is to stand.
pub(crate) struct Plan {
    pub outcomes: Vec<Outcome>,
    pub dangling: Vec<Reference>,
}

/// One change, done.
pub(crate) struct Outcome {
    pub row: &'static Type,
    pub stored: Stored,
    /// What it says of runs.
    pub told: run::Told,
    pub created: bool,
    pub changed: bool,
}

/// Records that are or were there, by type and id.
pub(crate) async fn before(context: &Context, bodies: &[&Body]) -> Result<HashMap<Key, Stored>> {
    let keys: Vec<Key> = bodies.iter().map(|body| (body.row.address, body.id.clone())).collect();
    store::resource::find(&context.db, &keys).await
}

/// Checks the changes and commits them.
pub(crate) async fn apply(isa95: &Isa95, context: &Context, changes: Vec<Change>, options: Options) -> Result<Plan> {
    let bodies: Vec<&Body> = changes.iter().map(|change| &change.body).collect();
    once(&bodies)?;
    let before = before(context, &bodies).await?;
    // What is of no equipment is of no site.
    let placed = |body: &&Body| body.row.address == EQUIPMENT || body.document.get("hierarchyScope").is_some();
    let mut plant = if bodies.iter().any(placed) { Plant::read(context).await? } else { Plant::default() };
    let (mut unit, mut plan) = (Unit::new(), Plan { outcomes: Vec::new(), dangling: Vec::new() });
    let own: BTreeSet<Key> = bodies.iter().map(|body| (body.row.address, body.id.clone())).collect();
    let mut entries = Vec::new();
    for change in changes {
        let key = (change.body.row.address, change.body.id.clone());
        let (outcome, index) = draft(context, change.body, before.get(&key), &mut plant)?;
        if outcome.changed {
            plan.dangling.extend(index.references.iter().cloned());
            statements(&mut unit, context, &outcome, &index, &plant)?;
            entries.push(entry(&outcome, change.action, change.data)?);
        }
        plan.outcomes.push(outcome);
    }
    plan.dangling = unknown(context, plan.dangling, &own).await?;
    if !options.report && !plan.dangling.is_empty() {
        return Err(refused(&plan.dangling));
    }
    if !entries.is_empty() {
        entries.extend(limits::follow(&mut unit, context, &plant.changed()).await?);
        plant.moves(&mut unit, context);
        theriac_ledger::record(&mut unit, context, &entries)?;
        context.db.commit(unit).await.map_err(raced)?;
        forget(isa95, context, plan.outcomes.iter().map(|outcome| outcome.row));
    }
    Ok(plan)
}

/// Readings look their properties up again, if those changed.
pub(crate) fn forget(isa95: &Isa95, context: &Context, mut rows: impl Iterator<Item = &'static Type>) {
    if rows.any(|row| row.address == EQUIPMENT) {
        isa95.catalogue.forget(&context.db);
    }
}

fn once(bodies: &[&Body]) -> Result<()> {
    let mut seen = BTreeSet::new();
    match bodies.iter().find(|body| !seen.insert((body.row.address, &body.id))) {
        None => Ok(()),
        Some(twice) => Err(Error::new(
            Code::Unprocessable,
            format!("{}/{} stands twice in the message", twice.row.address, twice.id),
        )),
    }
}

/// The record as it is to be, and what it will be found by.
fn draft(context: &Context, body: Body, before: Option<&Stored>, plant: &mut Plant) -> Result<(Outcome, Index)> {
    let before = before.filter(|stored| visible(context, stored) || stored.deleted);
    let living = before.filter(|stored| !stored.deleted);
    let (row, id) = (body.row, body.id.clone());
    let document = rules::check(body, living, plant)?;
    let text = document.to_string();
    let index = index(row, &document);
    let told = run::told(row.address, &document, context.now().0);
    let site = index.scope.as_deref().and_then(|scope| plant.site_of(scope));
    let same = living.is_some_and(|stored| stored.document == text);
    let stored = Stored {
        kind: row.address,
        id,
        version: before.map_or(1, |b| if same { b.version } else { b.version + 1 }),
        updated: context.now().0,
        deleted: false,
        site,
        parent: index.parent.clone(),
        scope: index.scope.clone(),
        starts: index.starts,
        ends: index.ends,
        document: text,
    };
    if !visible(context, &stored) {
        let message = "the record would not be of a site that you may see; its hierarchyScope says which it is of";
        return Err(Error::new(Code::Unprocessable, message).at("hierarchyScope"));
    }
    Ok((Outcome { row, stored, told, created: living.is_none(), changed: !same }, index))
}

fn statements(unit: &mut Unit, context: &Context, outcome: &Outcome, index: &Index, plant: &Plant) -> Result<()> {
    let (db, stored) = (&context.db, &outcome.stored);
    store::resource::put(unit, db, stored, if outcome.created { "create" } else { "update" });
    store::index::put(unit, db, (stored.kind, &stored.id), stored.version == 1, index);
    store::run::put(unit, db, (stored.kind, &stored.id), outcome.told.clone());
    if outcome.row.address == EQUIPMENT {
        plant.equipment(unit, context, stored)?;
    }
    Ok(())
}

/// Those of the references whose records neither stand here nor in the same message.
async fn unknown(context: &Context, references: Vec<Reference>, own: &BTreeSet<Key>) -> Result<Vec<Reference>> {
    let outside = |reference: &&Reference| !own.contains(&(reference.target_type, reference.target.clone()));
    let wanted: BTreeMap<Key, ()> =
        references.iter().filter(outside).map(|r| ((r.target_type, r.target.clone()), ())).collect();
    let wanted: Vec<Key> = wanted.into_keys().collect();
    let found = store::resource::find(&context.db, &wanted).await?;
    // An order that was cleared is known by its versions still.
    let kept = |stored: &Stored| !stored.deleted || stored.kind == JOB_ORDERS;
    let there = |key: &Key| found.get(key).is_some_and(|stored| kept(stored) && visible(context, stored));
    Ok(references
        .into_iter()
        .filter(|reference| {
            let key = (reference.target_type, reference.target.clone());
            !own.contains(&key) && !there(&key)
        })
        .collect())
}

fn refused(dangling: &[Reference]) -> Error {
    let issue = |reference: &Reference| {
        let Reference { path, target_type, target } = reference;
        let message = format!(
            "{target_type}/{target} does not exist; put it first, or store the record all the same with ?references=report"
        );
        Issue::new(Code::Unprocessable, path.clone(), message)
    };
    Error::from_issues(dangling.iter().take(100).map(issue).collect())
}

pub(super) fn entry(outcome: &Outcome, action: Option<&'static str>, data: Option<serde_json::Value>) -> Result<Entry> {
    let stored = &outcome.stored;
    let gone = stored.deleted;
    // Watchers of limits need the equipment itself; other documents may name persons, and entries are never erased.
    let whole = (stored.kind == EQUIPMENT && !gone).then(|| serde_json::from_str(&stored.document));
    Ok(Entry {
        topic: format!("isa95.{}", stored.kind),
        action: action.unwrap_or(if outcome.created { "create" } else { "update" }),
        subject: format!("{}/{}", stored.kind, stored.id),
        version: stored.version,
        hash: (!gone).then(|| sha256(stored.document.as_bytes())),
        labels: labels(stored),
        data: match data {
            Some(data) => Some(data),
            None => whole.transpose().map_err(Error::internal)?,
        },
    })
}

pub(super) fn labels(stored: &Stored) -> Vec<String> {
    stored.site.iter().map(|site| label::site(site)).collect()
}

/// Does the record exist for the caller?
pub(crate) fn visible(context: &Context, stored: &Stored) -> bool {
    context.grant.sees(&labels(stored))
}

pub(crate) fn raced(error: Error) -> Error {
    match error.guard {
        Some("isa95_resource" | "isa95_version" | "isa95_parent" | "isa95_limit") => {
            Error::conflict("the record or its parent was changed at the same moment; read it again and repeat")
        }
        _ => error,
    }
}
