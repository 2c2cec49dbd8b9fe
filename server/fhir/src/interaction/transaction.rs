//! A transaction: all entries or none, in the standard's order, as one unit of work.
//! <http://hl7.org/fhir/R4/http.html#trules>
//!
//! 1. every entry is read and judged, and gets its identity (`plan`);
//! 2. references among the entries and conditional references are put right (`links`);
//! 3. all versions, their index rows and their ledger entries are committed together;
//! 4. GET entries are answered from what then stands.

mod links;
mod plan;

use super::batch::{self, Entry};
use super::outcome::{Return, done, etag};
use super::{create, delete, update};
use crate::bundle::Writer;
use crate::document::Draft;
use crate::service::{self, Fhir};
use crate::store::{claim, write};
use plan::{Action, Plan, Step};
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

/// How often a transaction that lost a race is planned again.
const TRIES: usize = 4;

pub async fn apply(fhir: &Fhir, context: &Context, request: &Request, entries: Vec<Entry>) -> Result<Response> {
    // Before anything is written.
    preferred(request)?;
    for _ in 0..TRIES {
        let mut plan = match plan::make(context, entries.clone()).await {
            Err(e) if e.guard == Some(write::RACE) => continue,
            plan => plan?,
        };
        links::resolve(context, &mut plan).await?;
        let drafts = drafts(context, &mut plan)?;
        match commit(context, &plan, &drafts).await {
            Ok(()) => return answer(fhir, context, request, entries, &plan, &drafts).await,
            Err(e) if e.code == Code::Conflict => {}
            Err(e) => return Err(e),
        }
    }
    Err(Error::conflict("others keep changing what this transaction touches; try again").retry_after(1))
}

/// The versions each entry makes; none for those that make none, several where a condition deletes several.
fn drafts(context: &Context, plan: &mut Plan) -> Result<Vec<Vec<Draft>>> {
    let made = |step: &mut Step| {
        let (path, node) = (step.path.clone(), step.resource.take());
        let made = match (&step.action, node) {
            (Action::Create { .. }, Some(node)) => create::draft(context, node, step.kind, &step.id).map(|d| vec![d]),
            (Action::Update { from, .. }, Some(node)) => update::next(context, node, step.kind, from).map(|d| vec![d]),
            (Action::Delete { from }, _) => {
                Ok(from.iter().map(|from| delete::tombstone(context, step.kind, from)).collect())
            }
            _ => Ok(Vec::new()),
        };
        made.map_err(|e| if e.issues.is_empty() { e.at(path) } else { e })
    };
    plan.steps.iter_mut().map(made).collect()
}

async fn commit(context: &Context, plan: &Plan, drafts: &[Vec<Draft>]) -> Result<()> {
    let mut unit = Unit::new();
    let (mut created, mut changed, mut entries) = (Vec::new(), Vec::new(), Vec::new());
    for (step, made) in plan.steps.iter().zip(drafts) {
        match &step.action {
            Action::Create { condition } | Action::Update { condition, .. } => {
                if let Some((condition, before)) = condition {
                    unit.push(claim::take(context, condition, *before));
                }
            }
            _ => {}
        }
        match &step.action {
            Action::Create { .. } => created.extend(made),
            Action::Update { from, .. } => changed.extend(made.iter().map(|draft| write::Change { draft, from })),
            Action::Delete { from } => {
                changed.extend(made.iter().zip(from).map(|(draft, from)| write::Change { draft, from }));
            }
            Action::Existing { .. } | Action::Look => {}
        }
        entries.extend(made.iter().map(|draft| create::entry(step.action.name(), draft)));
    }
    write::create(context, &mut unit, &created);
    write::change(context, &mut unit, &changed);
    theriac_ledger::record(&mut unit, context, &entries)?;
    if unit.is_empty() { Ok(()) } else { context.db.commit(unit).await.map(drop) }
}

/// Unlike elsewhere resources come back only where they are asked for.
fn preferred(request: &Request) -> Result<Return> {
    match Return::of(request)? {
        Return::Representation if !request.header("prefer").is_some_and(|p| p.contains("return=")) => {
            Ok(Return::Minimal)
        }
        wanted => Ok(wanted),
    }
}

async fn answer(
    fhir: &Fhir,
    context: &Context,
    request: &Request,
    entries: Vec<Entry>,
    plan: &Plan,
    drafts: &[Vec<Draft>],
) -> Result<Response> {
    let wanted = preferred(request)?;
    let mut writer = Writer::new("transaction-response", None, &[]);
    for (entry, (step, made)) in entries.into_iter().zip(plan.steps.iter().zip(drafts)) {
        let draft = made.first().filter(|d| !d.is_deletion());
        if matches!(step.action, Action::Look) {
            // What was written stands: a read that fails afterwards fails alone.
            batch::respond(&mut writer, &batch::single(fhir, context, entry).await);
            continue;
        }
        let (status, version) = match (&step.action, draft) {
            (Action::Create { .. }, Some(draft)) => ("201 Created", Some(draft.version)),
            (Action::Update { from, .. }, Some(draft)) if from.deleted => ("201 Created", Some(draft.version)),
            (Action::Update { .. }, Some(draft)) => ("200 OK", Some(draft.version)),
            (Action::Existing { version }, _) => ("200 OK", Some(*version)),
            _ => ("204 No Content", None),
        };
        let mut parts = serde_json::json!({ "status": status });
        if let Some(version) = version {
            let address = format!("{}/{}/{}", service::base(context), step.kind.name, step.id);
            parts["location"] = format!("{address}/_history/{version}").into();
            parts["etag"] = etag(version).into();
        }
        if let Some(draft) = draft {
            parts["lastModified"] = draft.updated.rfc3339().into();
        }
        if wanted == Return::OperationOutcome {
            parts["outcome"] = serde_json::from_str(&done(status)).map_err(Error::internal)?;
        }
        let resource = draft.filter(|_| wanted == Return::Representation).map(|d| d.bytes.as_slice());
        writer.entry(None, resource, &format!("\"response\":{parts}"));
    }
    Ok(writer.respond())
}
