//! delete, and conditional delete. <http://hl7.org/fhir/R4/http.html#delete>

use super::outcome::Return;
use super::update::{TRIES, check_expected, standing};
use super::{conditional, create, outcome};
use crate::document::{self, Draft};
use crate::kind::{self, Kind};
use crate::search::criterion::Criterion;
use crate::service::Fhir;
use crate::store::read::{self, Standing};
use crate::store::write::{self, Change};
use theriac_access::Interaction;
use theriac_core::{Code, Error, Instant, Result};
use theriac_ledger::Entry;
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

pub async fn handle(_: Fhir, context: Context, request: Request) -> Result<Response> {
    let kind = kind::find(request.param("type"))?;
    context.grant.require_fhir(Interaction::Delete, kind.name)?;
    request.query_known(&["_format", "_pretty"])?;
    let (wanted, expected) = (Return::of(&request)?, outcome::if_match(&request)?);
    apply(&context, kind, request.param("id"), expected).await.map(|response| answered(response, wanted))
}

/// There is nothing left to represent: only an OperationOutcome makes a body.
fn answered(response: Response, wanted: Return) -> Response {
    let mut response = outcome::preferred(response, wanted, "deleted, if it was there", || None);
    if response.body.bytes().is_some() {
        response.status = 200;
    }
    response
}

/// How many resources one conditional delete takes; more are refused, and nothing is deleted.
pub const MOST: usize = 100;

/// `DELETE Type?criteria`: all that match, or none of them.
pub async fn by_criteria(_: Fhir, context: Context, request: Request) -> Result<Response> {
    let kind = kind::find(request.param("type"))?;
    context.grant.require_fhir(Interaction::Delete, kind.name)?;
    Return::of(&request)?;
    let criteria = conditional::criteria(&context, kind, &request.query)?;
    let expected = outcome::if_match(&request)?;
    for _ in 0..TRIES {
        let Some(standings) = matching(&context, kind, &criteria).await? else { continue };
        if expected.is_some() {
            only(&standings).and_then(|one| check_expected(expected, one))?;
        }
        let mut unit = Unit::new();
        step(&context, &mut unit, kind, &standings)?;
        match commit(&context, unit).await {
            Ok(()) => return answer(&request, standings.len()),
            Err(e) if e.code == Code::Conflict => {}
            Err(e) => return Err(e),
        }
    }
    Err(Error::conflict("others keep changing what matches; try again").retry_after(1))
}

fn only(standings: &[Standing]) -> Result<Option<&Standing>> {
    match standings {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        _ => Err(Error::new(Code::Precondition, "If-Match names one version, the condition matches several resources")),
    }
}

/// Where all matches stand; none if one of them changed while they were looked for.
///
/// # Errors
/// `TooCostly` if there are more than [`MOST`].
pub async fn matching(context: &Context, kind: Kind, criteria: &[Criterion]) -> Result<Option<Vec<Standing>>> {
    let found = conditional::all(context, Interaction::Delete, kind, criteria, MOST + 1).await?;
    if found.len() > MOST {
        let message = format!("the condition matches more than {MOST} resources, more than one request deletes");
        return Err(Error::new(Code::TooCostly, message));
    }
    let addresses: Vec<(i16, String)> = found.iter().map(|m| (kind.number, m.id.clone())).collect();
    let standings = read::standings(&context.db, &addresses).await?;
    let stands = |m: &conditional::Match| standings.iter().any(|s| s.id == m.id && s.version == m.version);
    Ok(found.iter().all(stands).then_some(standings))
}

/// 204; whoever prefers an OperationOutcome hears how many it were.
fn answer(request: &Request, count: usize) -> Result<Response> {
    match Return::of(request)? {
        Return::OperationOutcome => Ok(outcome::told(200, &format!("deleted {count}"))),
        _ => Ok(Response::new(204)),
    }
}

async fn commit(context: &Context, unit: Unit) -> Result<()> {
    if unit.is_empty() { Ok(()) } else { context.db.commit(unit).await.map(drop) }
}

/// Idempotent: what is deleted or was never there answers 204 too.
///
/// # Errors
/// `Precondition` for another version than expected, `Conflict` if others were faster too often.
pub async fn apply(context: &Context, kind: Kind, id: &str, expected: Option<i64>) -> Result<Response> {
    for _ in 0..TRIES {
        let standing = match standing(context, Interaction::Delete, kind, id).await {
            Err(e) if e.code == Code::NotFound => None,
            found => found?,
        };
        check_expected(expected, standing.as_ref())?;
        let Some(from) = standing.filter(|s| !s.deleted) else { return Ok(Response::new(204)) };
        let mut unit = Unit::new();
        let made = step(context, &mut unit, kind, std::slice::from_ref(&from))?;
        match context.db.commit(unit).await {
            Ok(_) => return Ok(gone(&made)),
            Err(e) if e.code == Code::Conflict => {}
            Err(e) => return Err(e),
        }
    }
    Err(Error::conflict("others keep changing this resource; try again").retry_after(1))
}

/// 204 with the version that says so.
fn gone(made: &[Draft]) -> Response {
    let response = Response::new(204);
    match made.first() {
        Some(draft) => {
            response.with("etag", outcome::etag(draft.version)).with("last-modified", draft.updated.http_date())
        }
        None => response,
    }
}

/// Puts the deletions into the unit.
fn step(context: &Context, unit: &mut Unit, kind: Kind, from: &[Standing]) -> Result<Vec<Draft>> {
    let drafts: Vec<Draft> = from.iter().map(|from| tombstone(context, kind, from)).collect();
    let changes: Vec<Change<'_>> = drafts.iter().zip(from).map(|(draft, from)| Change { draft, from }).collect();
    write::change(context, unit, &changes);
    let entries: Vec<Entry> = drafts.iter().map(|draft| create::entry("delete", draft)).collect();
    theriac_ledger::record(unit, context, &entries)?;
    Ok(drafts)
}

/// The version that says that it is gone.
pub fn tombstone(context: &Context, kind: Kind, from: &Standing) -> Draft {
    let updated = outcome::after(context.now(), Some(Instant(from.updated)));
    document::tombstone(kind, &from.id, from.version + 1, updated)
}
