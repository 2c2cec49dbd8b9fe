//! What a terminology operation is asked of: the resource of the address, one that was sent along, or one by its canonical.

use super::parameters::Input;
use crate::canonical::{Canonicals, Definition, TenantCanonicals};
use crate::policy;
use crate::store::read;
use crate::terminology::implicit;
use crate::{body, kind};
use std::sync::Arc;
use theriac_access::Interaction;
use theriac_core::{Code, Error, Result, json};
use theriac_platform::Context;
use theriac_platform::http::Request;

/// How an operation names its resource.
pub(super) struct Names {
    pub resource_type: &'static str,
    /// The parameter for a canonical address, and for its version.
    pub url: &'static str,
    pub version: &'static str,
    /// The parameter for a resource that is sent along.
    pub inline: &'static str,
}

/// The tenant's definitions, for a caller who may read that type.
///
/// # Errors
/// `Forbidden` outside the caller's scopes.
pub(super) async fn definitions(context: &Context, resource_type: &str) -> Result<Arc<TenantCanonicals>> {
    context.grant.require_fhir(Interaction::Read, resource_type)?;
    TenantCanonicals::of(context).await
}

/// The one resource; nothing if none was named.
///
/// # Errors
/// `NotFound` for an id or an address that leads nowhere, `Invalid` if several were named.
pub(super) async fn find(
    context: &Context,
    request: &Request,
    input: &Input,
    canonicals: &dyn Canonicals,
    names: &Names,
) -> Result<Option<Definition>> {
    let id = request.param("id");
    let (inline, url) = (input.object(names.inline)?, input.text(names.url)?);
    if u8::from(!id.is_empty()) + u8::from(inline.is_some()) + u8::from(url.is_some()) > 1 {
        let message =
            format!("only one of an id in the address, {} and {} names the resource", names.url, names.inline);
        return Err(Error::invalid(message).at(names.url));
    }
    if let Some(resource) = inline {
        crate::structure::check(resource, Some(names.resource_type)).map_err(|e| e.at(names.inline))?;
        return Ok(Some(Arc::new(resource.clone())));
    }
    match url {
        Some(url) => by_url(input, canonicals, names, url).map(Some),
        None if id.is_empty() => Ok(None),
        None => by_id(context, names.resource_type, id).await.map(Some),
    }
}

fn by_url(input: &Input, canonicals: &dyn Canonicals, names: &Names, url: &str) -> Result<Definition> {
    let canonical = match input.text(names.version)? {
        Some(version) => format!("{url}|{version}"),
        None => url.to_owned(),
    };
    let missing = || {
        let message = format!("there is no {} with the address {canonical}", names.resource_type);
        Error::new(Code::NotFound, message).at(names.url)
    };
    let implicit = || implicit::value_set(canonicals, &canonical).filter(|_| names.resource_type == "ValueSet");
    canonicals.find(names.resource_type, &canonical).or_else(implicit).ok_or_else(missing)
}

/// As a read: under the caller's rows.
pub(super) async fn by_id(context: &Context, resource_type: &str, id: &str) -> Result<Definition> {
    let kind = kind::find(resource_type)?;
    let found = read::current(context, &policy::of_type(context, Interaction::Read, kind), kind, id).await?;
    let version = found.ok_or_else(|| Error::not_found(kind.name, id))?;
    if version.deleted {
        return Err(Error::gone(kind.name, id));
    }
    let bytes = body::unpack(version.dictionary, &version.body)?;
    Ok(Arc::new(json::parse(&bytes)?.into_owned()))
}
