//! delete, and conditional delete. <http://hl7.org/fhir/R4/http.html#delete>

use super::outcome::Return;
use super::update::{TRIES, check_expected, standing};
use super::{conditional, create, outcome};
use crate::document;
use crate::kind::{self, Kind};
use crate::service::Fhir;
use crate::store::read::Standing;
use crate::store::write::{self, Change};
use theriac_access::Interaction;
use theriac_core::{Code, Error, Instant, Result};
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

/// `DELETE Type?criteria`: one match at most.
pub async fn by_criteria(fhir: Fhir, context: Context, request: Request) -> Result<Response> {
    let kind = kind::find(request.param("type"))?;
    context.grant.require_fhir(Interaction::Delete, kind.name)?;
    let wanted = Return::of(&request)?;
    let response = match conditional::find(&fhir, &context, kind, &request.query).await? {
        None => Response::new(204),
        Some(id) => apply(&context, kind, &id, None).await?,
    };
    Ok(answered(response, wanted))
}

/// Idempotent: what is deleted or was never there answers 204 too.
///
/// # Errors
/// `Precondition` for another version than expected, `Conflict` if others were faster too often.
pub async fn apply(context: &Context, kind: Kind, id: &str, expected: Option<i64>) -> Result<Response> {
    for _ in 0..TRIES {
        let standing = match standing(context, kind, id).await {
            Err(e) if e.code == Code::NotFound => None,
            found => found?,
        };
        check_expected(expected, standing.as_ref())?;
        let Some(from) = standing.filter(|s| !s.deleted) else { return Ok(Response::new(204)) };
        let mut unit = Unit::new();
        let version = step(context, &mut unit, kind, &from)?;
        match context.db.commit(unit).await {
            Ok(_) => return Ok(Response::new(204).with("etag", outcome::etag(version))),
            Err(e) if e.code == Code::Conflict => {}
            Err(e) => return Err(e),
        }
    }
    Err(Error::conflict("others keep changing this resource; try again").retry_after(1))
}

/// Puts the deletion into the unit; gives its version number.
pub fn step(context: &Context, unit: &mut Unit, kind: Kind, from: &Standing) -> Result<i64> {
    let updated = outcome::after(context.now(), Some(Instant(from.updated)));
    let draft = document::tombstone(kind, &from.id, from.version + 1, updated);
    write::change(context, unit, &[Change { draft: &draft, from }]);
    theriac_ledger::record(unit, context, &[create::entry("delete", &draft)])?;
    Ok(draft.version)
}
