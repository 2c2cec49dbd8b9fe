//! update, update-as-create, and conditional update. <http://hl7.org/fhir/R4/http.html#update>

use super::{create, outcome};
use crate::body;
use crate::document::{self, Draft};
use crate::kind::{self, Kind};
use crate::policy::{self, Visible};
use crate::service::Fhir;
use crate::store::read::{self, Standing};
use crate::store::write::{self, Change};
use theriac_access::Interaction;
use theriac_core::json::{self, Node};
use theriac_core::{Code, Error, Instant, Result};
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

/// How often a lost race is run again before the caller is told.
pub const TRIES: usize = 5;

pub async fn handle(_: Fhir, context: Context, request: Request) -> Result<Response> {
    let kind = kind::find(request.param("type"))?;
    context.grant.require_fhir(Interaction::Update, kind.name)?;
    request.query_known(&["_format", "_pretty"])?;
    // Before anything is written.
    outcome::Return::of(&request)?;
    let node = document::read(&context, &request, kind).await?;
    let id = request.param("id").to_owned();
    check_same_id(&node, kind, &id)?;
    let (status, draft) = apply(&context, &request, node, kind, &id).await?;
    outcome::written(&context, &request, status, &draft)
}

/// The id in the body must be there and be the address's (R4 http.html#update).
pub fn check_same_id(node: &Node<'_>, kind: Kind, id: &str) -> Result<()> {
    let path = format!("{}.id", kind.name);
    match node.text("id") {
        Some(own) if own == id => Ok(()),
        Some(own) => {
            Err(Error::invalid(format!("the id in the body is '{own}', in the address '{id}'; they must be one"))
                .at(path))
        }
        None => Err(Error::invalid("an update must carry its id, the one in the address").at(path)),
    }
}

/// Stores the next version, or the first one. Gives 200 or 201 and the version. `node` is the request's body, read.
///
/// # Errors
/// `Precondition` if `If-Match` names another version, `NotFound` for a row-limited caller whose rows it is not in,
/// `Conflict` if others were faster too often.
pub async fn apply<'b>(
    context: &Context,
    request: &'b Request,
    node: Node<'b>,
    kind: Kind,
    id: &str,
) -> Result<(u16, Draft)> {
    let expected = outcome::if_match(request)?;
    let mut read = Some(node);
    for _ in 0..TRIES {
        let node = match read.take() {
            Some(node) => node,
            None => json::parse(&request.body)?,
        };
        let standing = standing(context, Interaction::Update, kind, id).await?;
        check_absent(request, standing.as_ref())?;
        let mut unit = Unit::new();
        let (status, draft) = step(context, &mut unit, node, kind, id, standing.as_ref(), expected)?;
        match context.db.commit(unit).await {
            Ok(_) => return Ok((status, draft)),
            Err(e) if e.code == Code::Conflict => {}
            Err(e) => return Err(e),
        }
    }
    Err(Error::conflict("others keep changing this resource; try again").retry_after(1))
}

/// Where the resource stands, after the check that it exists for the caller.
pub async fn standing(context: &Context, interaction: Interaction, kind: Kind, id: &str) -> Result<Option<Standing>> {
    create::check_id(id)?;
    exists(context, interaction, kind, id).await?;
    let mut found = read::standing(&context.db, kind.number, id).await?;
    if let Some(standing) = &mut found {
        labelled(context, kind, standing).await?;
    }
    Ok(found)
}

/// Learns which security labels stand, for a caller who may not take them away.
pub async fn labelled(context: &Context, kind: Kind, standing: &mut Standing) -> Result<()> {
    if standing.deleted || policy::labels::may_remove(context) {
        return Ok(());
    }
    if let Some(version) = read::current(context, &policy::labels::labelled(), kind, &standing.id).await? {
        let bytes = body::unpack(version.dictionary, &version.body)?;
        standing.labels = policy::labels::of(&json::parse(&bytes)?);
    }
    Ok(())
}

/// Whoever sees some rows only may not learn by writing which others exist.
///
/// # Errors
/// `NotFound` for what does not exist for the caller, `Forbidden` for what can be read only.
pub async fn exists(context: &Context, interaction: Interaction, kind: Kind, id: &str) -> Result<()> {
    let visible = policy::of_type(context, interaction, kind);
    if visible == Visible::All || read::current(context, &visible, kind, id).await?.is_some() {
        return Ok(());
    }
    let seen = policy::of_type(context, Interaction::Read, kind);
    let is_seen = seen != visible && read::current(context, &seen, kind, id).await?.is_some_and(|v| !v.deleted);
    Err(policy::refused(kind, id, is_seen))
}

/// Puts what makes the next version into the unit.
pub fn step(
    context: &Context,
    unit: &mut Unit,
    node: Node<'_>,
    kind: Kind,
    id: &str,
    standing: Option<&Standing>,
    expected: Option<i64>,
) -> Result<(u16, Draft)> {
    check_expected(expected, standing)?;
    let Some(from) = standing else {
        let draft = create::draft(context, node, kind, id)?;
        create::push(context, unit, &draft)?;
        return Ok((201, draft));
    };
    let draft = next(context, node, kind, from)?;
    write::change(context, unit, &[Change { draft: &draft, from }]);
    theriac_ledger::record(unit, context, &[create::entry("update", &draft)])?;
    Ok((if from.deleted { 201 } else { 200 }, draft))
}

/// The version after the one that stands.
pub fn next(context: &Context, node: Node<'_>, kind: Kind, from: &Standing) -> Result<Draft> {
    policy::labels::keep(context, &from.labels, &node)?;
    let updated = outcome::after(context.now(), Some(Instant(from.updated)));
    let draft = document::finish(context, node, kind, &from.id, from.version + 1, updated)?;
    policy::of_type(context, Interaction::Update, kind).require(kind, &draft.index)?;
    Ok(draft)
}

/// `If-None-Match: *` (RFC 9110, 13.1.2): 412 if it exists.
fn check_absent(request: &Request, standing: Option<&Standing>) -> Result<()> {
    match (request.header("if-none-match"), standing.filter(|s| !s.deleted)) {
        (None, _) | (Some("*"), None) => Ok(()),
        (Some("*"), Some(standing)) => {
            let message =
                format!("If-None-Match: * wants a new resource, but it stands at version {}", standing.version);
            Err(Error::new(Code::Precondition, message).at("If-None-Match"))
        }
        (Some(_), _) => {
            Err(Error::invalid("If-None-Match takes * here; a version goes to If-Match").at("If-None-Match"))
        }
    }
}

/// `If-Match` (R4 http.html#concurrency): 412 unless that version stands.
pub fn check_expected(expected: Option<i64>, standing: Option<&Standing>) -> Result<()> {
    let present = standing.filter(|s| !s.deleted).map(|s| s.version);
    match expected {
        Some(wanted) if present != Some(wanted) => {
            let message = match present {
                Some(version) => format!("If-Match names version {wanted}, the resource stands at {version}"),
                None => format!("If-Match names version {wanted}, the resource does not exist"),
            };
            Err(Error::new(Code::Precondition, message).at("If-Match"))
        }
        _ => Ok(()),
    }
}
