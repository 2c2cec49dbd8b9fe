//! Conditions by search: create if none exists, update or delete what matches. <http://hl7.org/fhir/R4/http.html#cond-update>
//!
//! An empty condition, or one that names an unknown parameter, is refused whatever `Prefer` says: it would
//! match everything.

use super::{create, outcome, update};
use crate::kind::{self, Kind};
use crate::search::criterion::Criterion;
use crate::search::query::{Query, Request as Asked};
use crate::search::r4_catalogue;
use crate::service::{self, Fhir};
use crate::store::{claim, search};
use theriac_access::Interaction;
use theriac_core::json::Node;
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

/// Reads a condition such as `identifier=a|b`, also written `?identifier=a|b` or `Patient?identifier=a|b`.
///
/// # Errors
/// `Precondition` for an empty one; what search says of a bad one.
pub fn criteria(context: &Context, kind: Kind, text: &str) -> Result<Vec<Criterion>> {
    let base = service::base(context);
    let asked = Asked {
        catalogue: r4_catalogue(),
        resource_type: Some(kind.name),
        context: service::search_context(&base, context.now()),
        lenient: false,
    };
    let own = text.strip_prefix(kind.name).filter(|rest| rest.starts_with('?')).unwrap_or(text);
    let query = Query::parse(&asked, own.trim_start_matches('?'), None)?;
    if query.at.is_some() {
        return Err(Error::invalid("a condition is about what stands now; _at cannot be part of it").at("_at"));
    }
    if query.criteria.is_empty() {
        return Err(Error::new(Code::Precondition, "a condition names at least one search parameter"));
    }
    Ok(query.criteria)
}

/// The id of the one match; none if nothing matches.
///
/// # Errors
/// `Precondition` if several match.
pub async fn find(_: &Fhir, context: &Context, kind: Kind, text: &str) -> Result<Option<String>> {
    one(context, kind, &criteria(context, kind, text)?).await
}

pub async fn one(context: &Context, kind: Kind, criteria: &[Criterion]) -> Result<Option<String>> {
    let mut found = search::keys(context, kind, criteria, 2).await?;
    match found.len() {
        0 | 1 => Ok(found.pop().map(|(_, id, _)| id)),
        _ => Err(Error::new(Code::Precondition, format!("the condition matches several {} resources", kind.name))),
    }
}

/// `If-None-Exist`: the claim on the condition makes two that come at once see each other.
pub async fn create(
    fhir: &Fhir,
    context: &Context,
    request: &Request,
    node: Node<'static>,
    kind: Kind,
    text: &str,
) -> Result<Response> {
    let condition = claim::condition(kind, text);
    for _ in 0..update::TRIES * 4 {
        let before = claim::read(context, &condition).await?;
        if let Some(id) = find(fhir, context, kind, text).await? {
            return existing(context, kind, &id).await;
        }
        let mut unit = Unit::new();
        unit.push(claim::take(context, &condition, before));
        let draft = create::draft(context, node.clone(), kind, &create::new_id())?;
        create::push(context, &mut unit, &draft)?;
        match context.db.commit(unit).await {
            Ok(_) => return outcome::written(context, request, 201, &draft),
            Err(e) if e.code == Code::Conflict => {}
            Err(e) => return Err(e),
        }
    }
    Err(Error::conflict("others keep creating under the same condition; try again").retry_after(1))
}

/// 200 without a new version: what was there stands.
async fn existing(context: &Context, kind: Kind, id: &str) -> Result<Response> {
    let standing = update::standing(context, kind, id).await?.ok_or_else(|| Error::not_found(kind.name, id))?;
    let location = format!("{}/{}/{id}/_history/{}", service::base(context), kind.name, standing.version);
    Ok(Response::new(200).with("etag", outcome::etag(standing.version)).with("location", location))
}

/// `PUT Type?criteria` (R4 http.html#cond-update).
pub async fn update(fhir: Fhir, context: Context, request: Request) -> Result<Response> {
    let kind = kind::find(request.param("type"))?;
    context.grant.require_fhir(Interaction::Update, kind.name)?;
    let node = crate::document::read(&request, kind)?;
    let own = node.text("id").map(str::to_owned);
    let id = match (find(&fhir, &context, kind, &request.query).await?, own) {
        (Some(id), Some(own)) if id != own => {
            return Err(Error::invalid("the id in the body is not that of the match").at(format!("{}.id", kind.name)));
        }
        (Some(id), _) => id,
        (None, Some(own)) => match update::standing(&context, kind, &own).await?.filter(|s| !s.deleted) {
            Some(_) => return Err(Error::conflict("nothing matches the condition, but the id in the body exists")),
            None => own,
        },
        (None, None) => create::new_id(),
    };
    let (status, draft) = update::apply(&context, &request, node, kind, &id).await?;
    outcome::written(&context, &request, status, &draft)
}
