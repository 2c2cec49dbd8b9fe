//! `$diff`: what changed between two versions, or differs between two resources of one type, as a FHIRPath Patch that
//! makes the second of the first. R4 defines no such operation; the names of its parameters are those in common use.
//!
//! `meta.versionId` and `meta.lastUpdated` always differ and are left out.

use super::parameters::{Input, respond};
use crate::body;
use crate::kind::{self, Kind};
use crate::patch::fhirpath::diff::diff;
use crate::policy;
use crate::service::{self, Fhir};
use crate::store::history::{self, Which};
use crate::store::read::{self, Version};
use theriac_access::Interaction;
use theriac_core::json::{self, Node};
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

/// Between `fromVersion` (the one before) and `toVersion` (the present one).
pub async fn of_instance(_: Fhir, context: Context, request: Request) -> Result<Response> {
    let input = Input::read(&request, &["fromVersion", "toVersion"])?;
    let kind = kind::find(request.param("type"))?;
    let id = request.param("id");
    let version = |name: &'static str| -> Result<Option<i64>> {
        let Some(text) = input.text(name)? else { return Ok(None) };
        text.parse().map(Some).map_err(|_| Error::invalid(format!("{name} takes the number of a version")).at(name))
    };
    let new = find(&context, kind, id, version("toVersion")?).await?;
    let from = version("fromVersion")?.unwrap_or_else(|| i64::max(new.version - 1, 1));
    let old = find(&context, kind, id, Some(from)).await?;
    answer(&old, &new)
}

/// Between two resources, or versions of them: `from=Patient/1`, `to=Patient/1/_history/2`.
pub async fn of_system(_: Fhir, context: Context, request: Request) -> Result<Response> {
    let input = Input::read(&request, &["from", "to"])?;
    let old = named(&context, &input, "from").await?;
    let new = named(&context, &input, "to").await?;
    answer(&old, &new)
}

async fn named(context: &Context, input: &Input, name: &str) -> Result<Version> {
    let wrong = || Error::invalid(format!("{name} takes Type/id or Type/id/_history/version")).at(name);
    let text = input.text(name)?.ok_or_else(wrong)?;
    let base = service::base(context);
    let own = service::local(&base, text);
    let parts: Vec<&str> = own.split('/').collect();
    let (kind, id, version) = match parts.as_slice() {
        [kind, id] => (kind, id, None),
        [kind, id, "_history", version] => (kind, id, Some(version.parse().map_err(|_| wrong())?)),
        _ => return Err(wrong()),
    };
    find(context, kind::find(kind)?, id, version).await
}

async fn find(context: &Context, kind: Kind, id: &str, version: Option<i64>) -> Result<Version> {
    context.grant.require_fhir(Interaction::Read, kind.name)?;
    let missing = || Error::not_found(kind.name, id);
    let visible = policy::of_type(context, Interaction::Read, kind);
    let found = match version {
        Some(number) => history::one(context, &visible, kind.number, id, Which::Number(number)).await?,
        None => read::current(context, &visible, kind, id).await?,
    };
    let found = found.ok_or_else(missing)?;
    match found.deleted {
        true => Err(Error::gone(kind.name, id)),
        false => Ok(found),
    }
}

fn answer(old: &Version, new: &Version) -> Result<Response> {
    Ok(respond(&diff(&state(old)?, &state(new)?)?))
}

fn state(version: &Version) -> Result<Node<'static>> {
    let bytes = body::unpack(version.dictionary, &version.body)?;
    let mut node = json::parse(&bytes)?.into_owned();
    if let Some(resource) = node.as_object_mut() {
        resource.remove("id");
        let meta = resource.get_mut("meta").and_then(Node::as_object_mut);
        let emptied = meta.is_some_and(|meta| {
            meta.remove("versionId");
            meta.remove("lastUpdated");
            meta.0.is_empty()
        });
        if emptied {
            resource.remove("meta");
        }
    }
    Ok(node)
}
