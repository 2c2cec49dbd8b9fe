//! patch, and conditional patch. <http://hl7.org/fhir/R4/http.html#patch>
//!
//! The patch works on the version that stands for the caller, and only onto that version is its outcome stored; what
//! comes of it is judged like the body of an update.

use super::{conditional, outcome, update};
use crate::document::Draft;
use crate::kind::{self, Kind};
use crate::patch::{self, Patch};
use crate::service::Fhir;
use crate::store::read::{self, Standing};
use crate::{body, validation};
use theriac_access::Interaction;
use theriac_core::json::{self, Node};
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Facade, Request, Response, media_type};

pub async fn handle(_: Fhir, context: Context, request: Request) -> Result<Response> {
    let kind = kind::find(request.param("type"))?;
    context.grant.require_fhir(Interaction::Update, kind.name)?;
    // Before anything is written.
    outcome::Return::of(&request)?;
    request.query_known(&["_format", "_pretty"])?;
    let patch = match read(&request) {
        Err(error) if error.code == Code::UnsupportedMedia => return Ok(unsupported(&context, &error)),
        patch => patch?,
    };
    let id = request.param("id").to_owned();
    let expected = outcome::if_match(&request)?;
    for _ in 0..update::TRIES {
        let standing = update::standing(&context, Interaction::Update, kind, &id).await?;
        if let Some(draft) = attempt(&context, &patch, kind, &id, standing, expected).await? {
            return outcome::written(&context, &request, 200, &draft);
        }
    }
    Err(Error::conflict("others keep changing this resource; try again").retry_after(1))
}

/// `PATCH Type?criteria`: exactly one match is patched.
pub async fn by_criteria(_: Fhir, context: Context, request: Request) -> Result<Response> {
    let kind = kind::find(request.param("type"))?;
    context.grant.require_fhir(Interaction::Update, kind.name)?;
    outcome::Return::of(&request)?;
    let patch = match read(&request) {
        Err(error) if error.code == Code::UnsupportedMedia => return Ok(unsupported(&context, &error)),
        patch => patch?,
    };
    let expected = outcome::if_match(&request)?;
    let criteria = conditional::criteria(&context, kind, &request.query)?;
    for _ in 0..update::TRIES {
        let found =
            conditional::one(&context, Interaction::Update, kind, &criteria).await?.ok_or_else(|| no_match(kind))?;
        let standing = update::standing(&context, Interaction::Update, kind, &found.id).await?;
        if standing.as_ref().is_none_or(|s| s.version != found.version) {
            continue;
        }
        if let Some(draft) = attempt(&context, &patch, kind, &found.id, standing, expected).await? {
            return outcome::written(&context, &request, 200, &draft);
        }
    }
    Err(Error::conflict("others keep changing this resource; try again").retry_after(1))
}

pub fn no_match(kind: Kind) -> Error {
    Error::new(Code::NotFound, format!("no {} matches the condition", kind.name))
}

fn read(request: &Request) -> Result<Patch> {
    let media = request.header("content-type").map(media_type).unwrap_or_default();
    Patch::read(&media, &request.body)
}

/// 415 with `Accept-Patch` (RFC 5789, 2.2).
fn unsupported(context: &Context, error: &Error) -> Response {
    Facade::Fhir.render(error, &context.trail.request_id).with("accept-patch", patch::accepted())
}

/// Patches what stands, and stores it; none if another change came first.
async fn attempt(
    context: &Context,
    patch: &Patch,
    kind: Kind,
    id: &str,
    standing: Option<Standing>,
    expected: Option<i64>,
) -> Result<Option<Draft>> {
    update::check_expected(expected, standing.as_ref())?;
    let from = standing.ok_or_else(|| Error::not_found(kind.name, id))?;
    if from.deleted {
        return Err(Error::gone(kind.name, id));
    }
    let node = patched(context, patch, kind, &from).await?;
    let mut unit = Unit::new();
    let (_, draft) = update::step(context, &mut unit, node, kind, id, Some(&from), None)?;
    match context.db.commit(unit).await {
        Ok(_) => Ok(Some(draft)),
        Err(e) if e.code == Code::Conflict => Ok(None),
        Err(e) => Err(e),
    }
}

/// What the patch makes of the version that stands there, judged.
///
/// # Errors
/// As [`Patch::apply`] and [`validation::admit`].
pub async fn patched(context: &Context, patch: &Patch, kind: Kind, from: &Standing) -> Result<Node<'static>> {
    let missing = || Error::not_found(kind.name, &from.id);
    let version = read::at_version(context, kind, &from.id, from.version).await?.ok_or_else(missing)?;
    // What comes of a patch tells what was there.
    if !super::read::is_visible(context, Interaction::Update, &version)? || super::read::is_withheld(context, &version)?
    {
        return Err(missing());
    }
    let bytes = body::unpack(version.dictionary, &version.body)?;
    let node = patch.apply(json::parse(&bytes)?.into_owned())?;
    validation::admit(context, &node, kind).await?;
    Ok(node)
}
