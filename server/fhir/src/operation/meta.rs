//! `$meta`, `$meta-add`, `$meta-delete`: profiles, tags and security labels, read together or changed without a new
//! version. <http://hl7.org/fhir/R4/resource-operation-meta.html> and the two pages beside it
//!
//! The version keeps its number and its time; that its content changed stands in the ledger.

mod labels;

use super::parameters::{Input, Output};
use crate::document::{self, Draft};
use crate::interaction::{create, read as interaction_read, update};
use crate::kind::{self, Kind};
use crate::search::query::{Query, Request as Asked};
use crate::search::r4_catalogue;
use crate::service::Fhir;
use crate::store::read::{self, Standing, Version};
use crate::store::{meta as store, search};
use crate::{body, policy, service};
use theriac_access::Interaction;
use theriac_core::json::{self, Node, Object};
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

/// How many resources with labels the lists of a type or of the tenant are put together from.
const MOST: usize = 10_000;

pub async fn of_system(_: Fhir, context: Context, request: Request) -> Result<Response> {
    context.grant.require_fhir(Interaction::Search, "Resource")?;
    Input::read(&request, &[])?;
    collect(&context, None).await
}

pub async fn of_type(_: Fhir, context: Context, request: Request) -> Result<Response> {
    let kind = kind::find(request.param("type"))?;
    context.grant.require_fhir(Interaction::Search, kind.name)?;
    Input::read(&request, &[])?;
    collect(&context, Some(kind)).await
}

/// What is in use: each profile and label once.
async fn collect(context: &Context, kind: Option<Kind>) -> Result<Response> {
    let base = service::base(context);
    let mut meta = Object::default();
    let mut seen = 0;
    for parameter in ["_profile", "_security", "_tag"] {
        let asked = Asked {
            catalogue: r4_catalogue(),
            resource_type: kind.map(|k| k.name),
            context: service::search_context(&base, context.now()),
            lenient: false,
        };
        let query = Query::parse(&asked, &format!("{parameter}:missing=false"), None)?;
        let types = kind.map(|k| k.number).into_iter().collect();
        let ask = search::Ask { types, criteria: &query.criteria, limit: MOST + 1 - seen, ..search::Ask::default() };
        for row in search::page(context, &ask).await?.found {
            seen += 1;
            let bytes = body::unpack(row.version.dictionary, &row.version.body)?;
            if let Some(own) = json::parse(&bytes)?.get("meta") {
                labels::add(&mut meta, &own.clone().into_owned());
            }
        }
        if seen > MOST {
            let message = format!("more than {MOST} resources carry profiles or labels; ask type by type");
            return Err(Error::new(Code::TooCostly, message));
        }
    }
    Ok(answer(Node::Object(meta)))
}

fn answer(meta: Node<'static>) -> Response {
    Output::default().with("return", "valueMeta", meta).respond()
}

/// Of a resource, or of the version that the address names.
pub async fn of_instance(_: Fhir, context: Context, request: Request) -> Result<Response> {
    let kind = kind::find(request.param("type"))?;
    context.grant.require_fhir(Interaction::Read, kind.name)?;
    Input::read(&request, &[])?;
    let (version, _) = find(&context, Interaction::Read, kind, &request).await?;
    let bytes = body::unpack(version.dictionary, &version.body)?;
    let meta = json::parse(&bytes)?.get("meta").cloned().map(Node::into_owned);
    Ok(answer(meta.unwrap_or_else(|| Node::Object(Object::default()))))
}

pub async fn add(_: Fhir, context: Context, request: Request) -> Result<Response> {
    change(context, request, "meta-add", labels::add).await
}

pub async fn delete(_: Fhir, context: Context, request: Request) -> Result<Response> {
    change(context, request, "meta-delete", labels::remove).await
}

type Change = fn(&mut Object<'static>, &Node<'static>);

async fn change(context: Context, request: Request, action: &'static str, change: Change) -> Result<Response> {
    let kind = kind::find(request.param("type"))?;
    context.grant.require_fhir(Interaction::Update, kind.name)?;
    let input = Input::read(&request, &["meta"])?;
    let given = input.object("meta")?.ok_or_else(|| Error::invalid("the parameter meta is needed").at("meta"))?;
    for _ in 0..update::TRIES {
        let (before, standing) = find(&context, Interaction::Update, kind, &request).await?;
        let bytes = body::unpack(before.dictionary, &before.body)?;
        let mut node = json::parse(&bytes)?.into_owned();
        let stood = policy::labels::of(&node);
        let meta = relabelled(&mut node, given, change);
        policy::labels::keep(&context, &stood, &node)?;
        let draft = document::finish(&context, node, kind, &before.id, before.version, before.updated)?;
        policy::of_type(&context, Interaction::Update, kind).require(kind, &draft.index)?;
        match commit(&context, action, &draft, standing.as_ref(), &before).await {
            Ok(()) => return Ok(answer(meta)),
            Err(e) if e.code == Code::Conflict => {}
            Err(e) => return Err(e),
        }
    }
    Err(Error::conflict("others keep changing this resource; try again").retry_after(1))
}

/// Changes the resource's meta, and gives it.
fn relabelled(node: &mut Node<'static>, given: &Node<'static>, change: Change) -> Node<'static> {
    let Some(resource) = node.as_object_mut() else { return Node::Null };
    let mut meta = match resource.remove("meta") {
        Some(Node::Object(meta)) => meta,
        _ => Object::default(),
    };
    change(&mut meta, given);
    resource.set("meta", Node::Object(meta.clone()));
    Node::Object(meta)
}

async fn commit(
    context: &Context,
    action: &'static str,
    draft: &Draft,
    standing: Option<&Standing>,
    before: &Version,
) -> Result<()> {
    let mut unit = Unit::new();
    match standing {
        Some(from) => store::rewrite(context, &mut unit, draft, from, before),
        None => store::rewrite_earlier(context, &mut unit, draft, before),
    }
    theriac_ledger::record(&mut unit, context, &[create::entry(action, draft)])?;
    context.db.commit(unit).await.map(drop)
}

/// The version asked for, and where the resource stands if it is the one that stands.
async fn find(
    context: &Context,
    interaction: Interaction,
    kind: Kind,
    request: &Request,
) -> Result<(Version, Option<Standing>)> {
    let (id, wanted) = (request.param("id"), request.param("vid"));
    let missing = || Error::not_found(kind.name, id);
    let standing = update::standing(context, interaction, kind, id).await?.ok_or_else(missing)?;
    let number = if wanted.is_empty() { standing.version } else { wanted.parse().map_err(|_| missing())? };
    let version = read::at_version(context, kind, id, number).await?.ok_or_else(missing)?;
    if version.deleted {
        return Err(Error::gone(kind.name, id));
    }
    match interaction_read::is_visible(context, interaction, &version)? {
        true => Ok((version, Some(standing).filter(|s| s.version == number))),
        false => Err(missing()),
    }
}
