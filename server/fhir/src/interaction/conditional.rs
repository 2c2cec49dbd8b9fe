//! Conditions by search: create if none exists, update or delete what matches. <http://hl7.org/fhir/R4/http.html#cond-update>
//!
//! An empty condition, or one that names an unknown parameter, is refused whatever `Prefer` says: it would
//! match everything.

use super::{create, outcome, update};
use crate::kind::{self, Kind};
use crate::parameters::Parameters;
use crate::search::criterion::Criterion;
use crate::search::query::{Query, Request as Asked};
use crate::service::{self, Fhir};
use crate::store::read::{self, Standing};
use crate::store::{claim, search};
use crate::{body, policy};
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
    let parameters = Parameters::kept(context);
    let asked = Asked {
        catalogue: parameters.searched(),
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

/// What a condition matches, as it was found: whoever changes it does so only if that version still stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    pub id: String,
    pub version: i64,
}

/// The one match; none if nothing matches.
///
/// # Errors
/// `Precondition` if several match.
pub async fn one(
    context: &Context,
    interaction: Interaction,
    kind: Kind,
    criteria: &[Criterion],
) -> Result<Option<Match>> {
    let mut found = all(context, interaction, kind, criteria, 2).await?;
    match found.len() {
        0 | 1 => Ok(found.pop()),
        _ => Err(Error::new(Code::Precondition, format!("the condition matches several {} resources", kind.name))),
    }
}

/// The newest matches that exist for a caller who does this, so many at most.
pub async fn all(
    context: &Context,
    interaction: Interaction,
    kind: Kind,
    criteria: &[Criterion],
    most: usize,
) -> Result<Vec<Match>> {
    let found = search::keys(context, interaction, kind, criteria, most).await?;
    Ok(found.into_iter().map(|(_, id, version)| Match { id, version }).collect())
}

/// `If-None-Exist`: the claim on the condition makes two that come at once see each other.
pub async fn create(
    context: &Context,
    request: &Request,
    node: Node<'static>,
    kind: Kind,
    text: &str,
) -> Result<Response> {
    let (condition, criteria) = (claim::condition(kind, text), criteria(context, kind, text)?);
    for _ in 0..TRIES {
        let before = claim::read(context, &condition).await?;
        if let Some(found) = one(context, Interaction::Create, kind, &criteria).await? {
            return existing(context, request, kind, &found).await;
        }
        let mut unit = Unit::new();
        unit.push(claim::take(context, &condition, before));
        let draft = create::draft(context, node.clone(), kind, &create::new_id())?;
        create::push(context, &mut unit, &draft)?;
        if committed(context, unit).await? {
            return outcome::written(context, request, 201, &draft);
        }
    }
    Err(Error::conflict("others keep creating under the same condition; try again").retry_after(1))
}

/// How often a lost race is run again: each round one of those who came together goes through.
const TRIES: usize = 20;

async fn committed(context: &Context, unit: Unit) -> Result<bool> {
    match context.db.commit(unit).await {
        Ok(_) => Ok(true),
        Err(e) if e.code == Code::Conflict => Ok(false),
        Err(e) => Err(e),
    }
}

/// 200 without a new version: what was there stands.
async fn existing(context: &Context, request: &Request, kind: Kind, found: &Match) -> Result<Response> {
    let visible = policy::of_type(context, Interaction::Create, kind);
    let standing = read::current(context, &visible, kind, &found.id).await?.filter(|version| !version.deleted);
    let standing = standing.ok_or_else(|| Error::not_found(kind.name, &found.id))?;
    let location = format!("{}/{}/{}/_history/{}", service::base(context), kind.name, found.id, standing.version);
    let response = Response::new(200)
        .with("etag", outcome::etag(standing.version))
        .with("last-modified", standing.updated.http_date())
        .with("location", location);
    let bytes = body::unpack(standing.dictionary, &standing.body)?;
    Ok(outcome::preferred(response, outcome::Return::of(request)?, "what matches stands already", || Some(bytes)))
}

/// `PUT Type?criteria` (R4 http.html#cond-update). Whoever creates takes the claim that `If-None-Exist` takes too.
pub async fn update(_: Fhir, context: Context, request: Request) -> Result<Response> {
    let kind = kind::find(request.param("type"))?;
    context.grant.require_fhir(Interaction::Update, kind.name)?;
    outcome::Return::of(&request)?;
    let node = crate::document::read(&context, &request, kind).await?;
    let own = node.text("id").map(str::to_owned);
    let (condition, criteria) = (claim::condition(kind, &request.query), criteria(&context, kind, &request.query)?);
    let expected = outcome::if_match(&request)?;
    for _ in 0..TRIES {
        let before = claim::read(&context, &condition).await?;
        let found = one(&context, Interaction::Update, kind, &criteria).await?;
        let mut unit = Unit::new();
        if found.is_none() {
            unit.push(claim::take(&context, &condition, before));
        }
        let Target { id, standing } = match target(&context, kind, found, own.as_deref()).await? {
            Some(target) => target,
            None => continue,
        };
        let (status, draft) = update::step(&context, &mut unit, node.clone(), kind, &id, standing.as_ref(), expected)?;
        if committed(&context, unit).await? {
            return outcome::written(&context, &request, status, &draft);
        }
    }
    Err(Error::conflict("others keep changing what matches this condition; try again").retry_after(1))
}

/// What a conditional update writes to.
pub struct Target {
    pub id: String,
    pub standing: Option<Standing>,
}

/// The match, if its version still stands (none if not: look again); without a match the id in the body, which
/// must not be taken, or a new one.
///
/// # Errors
/// `Invalid` if the body has another id than the match, `Conflict` if its id exists and does not match.
pub async fn target(context: &Context, kind: Kind, found: Option<Match>, own: Option<&str>) -> Result<Option<Target>> {
    match (found, own) {
        (Some(found), Some(own)) if found.id != own => {
            Err(Error::invalid("the id in the body is not that of the match").at(format!("{}.id", kind.name)))
        }
        (Some(found), _) => {
            let standing = update::standing(context, Interaction::Update, kind, &found.id).await?;
            let stands = standing.as_ref().is_some_and(|s| s.version == found.version);
            Ok(stands.then_some(Target { id: found.id, standing }))
        }
        (None, Some(own)) => match update::standing(context, Interaction::Update, kind, own).await? {
            Some(standing) if !standing.deleted => Err(Error::conflict(
                "nothing matches the condition, but the id in the body exists; update it at its address",
            )
            .at(format!("{}.id", kind.name))),
            standing => Ok(Some(Target { id: own.to_owned(), standing })),
        },
        (None, None) => Ok(Some(Target { id: create::new_id(), standing: None })),
    }
}
