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
use super::{create, update};
use crate::bundle::Writer;
use crate::document::Draft;
use crate::service::{self, Fhir};
use crate::store::{claim, write};
use plan::{Action, Plan};
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Method, Request, Response};

/// How often a transaction that lost a race is planned again.
const TRIES: usize = 4;

pub async fn apply(fhir: &Fhir, context: &Context, request: &Request, entries: Vec<Entry>) -> Result<Response> {
    // Before anything is written.
    preferred(request)?;
    for _ in 0..TRIES {
        let mut plan = plan::make(context, entries.clone()).await?;
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

/// The version each entry makes; none for those that make none.
fn drafts(context: &Context, plan: &mut Plan) -> Result<Vec<Option<Draft>>> {
    plan.steps
        .iter_mut()
        .map(|step| {
            let path = step.path.clone();
            let node = step.resource.take();
            let made = match (&step.action, node) {
                (Action::Create { .. }, Some(node)) => create::draft(context, node, step.kind, &step.id).map(Some),
                (Action::Update { from }, Some(node)) => update::next(context, node, step.kind, from).map(Some),
                (Action::Delete { from: Some(from) }, _) => {
                    let updated = super::outcome::after(context.now(), Some(theriac_core::Instant(from.updated)));
                    Ok(Some(crate::document::tombstone(step.kind, &step.id, from.version + 1, updated)))
                }
                _ => Ok(None),
            };
            made.map_err(|e| if e.issues.is_empty() { e.at(path) } else { e })
        })
        .collect()
}

async fn commit(context: &Context, plan: &Plan, drafts: &[Option<Draft>]) -> Result<()> {
    let mut unit = Unit::new();
    let mut created = Vec::new();
    let mut changed = Vec::new();
    let mut entries = Vec::new();
    for (step, draft) in plan.steps.iter().zip(drafts) {
        let Some(draft) = draft else { continue };
        match &step.action {
            Action::Create { condition } => {
                if let Some((condition, before)) = condition {
                    unit.push(claim::take(context, condition, *before));
                }
                created.push(draft);
                entries.push(create::entry("create", draft));
            }
            Action::Update { from } => {
                changed.push(write::Change { draft, from });
                entries.push(create::entry("update", draft));
            }
            Action::Delete { from: Some(from) } => {
                changed.push(write::Change { draft, from });
                entries.push(create::entry("delete", draft));
            }
            _ => {}
        }
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
    drafts: &[Option<Draft>],
) -> Result<Response> {
    let wanted = preferred(request)?;
    let mut writer = Writer::new("transaction-response", None, &[]);
    for (entry, (step, draft)) in entries.into_iter().zip(plan.steps.iter().zip(drafts)) {
        if entry.method == Method::Get {
            let response = batch::dispatch(fhir, context, entry).await?;
            let parts = format!("\"response\":{{\"status\":\"{}\"}}", response.status);
            writer.entry(None, response.body.bytes().map(|b| b.as_ref()), &parts);
            continue;
        }
        let (status, version) = match (&step.action, draft) {
            (Action::Create { .. }, Some(draft)) => ("201 Created", Some(draft.version)),
            (Action::Update { from }, Some(draft)) if from.deleted => ("201 Created", Some(draft.version)),
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
        let shown = wanted == Return::Representation;
        let resource = draft.as_ref().filter(|d| shown && !d.is_deletion()).map(|d| d.bytes.as_slice());
        writer.entry(None, resource, &format!("\"response\":{parts}"));
    }
    Ok(writer.respond())
}
