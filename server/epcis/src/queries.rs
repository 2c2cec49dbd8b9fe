//! Named queries: `/queries`, `/queries/{queryName}` and its events. REST binding of EPCIS 2.0, section 12.9.
//!
//! A name belongs to its owner: callers who see all events share theirs, every other caller has its own.

use crate::Epcis;
use crate::events;
use crate::format::json_body;
use crate::namespaces::Namespaces;
use crate::page::Page;
use crate::query::Query;
use crate::store::query::{self as store, Named};
use crate::view::versions;
use serde_json::{Value, json};
use theriac_access::Rows;
use theriac_core::json::{self, Node};
use theriac_core::{Code, Error, Result};
use theriac_ledger::Entry;
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

/// Names that the standard gives to its own queries.
const PREDEFINED: &[&str] = &["SimpleEventQuery", "SimpleMasterDataQuery"];

const LONGEST_NAME: usize = 128;

/// Whose names a caller knows: nobody's in particular, or its own.
pub(crate) fn owner(context: &Context) -> String {
    let grant = &context.grant;
    match grant.rows() {
        Rows::All => String::new(),
        _ => format!("{}|{}", grant.client.as_deref().unwrap_or_default(), grant.subject),
    }
}

/// `POST /queries`
pub(crate) async fn create(context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    json_body(&request)?;
    let (name, document) = definition(&request).map_err(|e| e.named("QueryValidationException"))?;
    let owner = owner(&context);
    let taken = || Error::conflict(format!("there is a query named `{name}`; delete it first, or take another name"));
    if PREDEFINED.contains(&name.as_str()) || store::find(&context.db, &owner, &name).await?.is_some() {
        return Err(taken());
    }
    let mut unit = Unit::new();
    let named = Named { name: name.clone(), created: context.now(), document };
    store::create(&context.db, &owner, &named, &mut unit);
    record(&context, &name, "create", &mut unit)?;
    context.db.commit(unit).await.map_err(|error| if error.code == Code::Conflict { taken() } else { error })?;
    let location = format!("{}/epcis/queries/{}", context.trail.base, events::encode(&name));
    Ok(versions(Response::new(201).with("location", location).with("etag", etag(&named))))
}

/// Name and query of the body; the query must be one that can be asked.
fn definition(request: &Request) -> Result<(String, String)> {
    let node = json::parse(&request.body)?;
    let Some(object) = node.as_object() else {
        return Err(
            Error::malformed(format!("an object with `name` and `query` is needed, not {}", node.kind())).at("$")
        );
    };
    if let Some((name, _)) = object.iter().find(|(name, _)| !["name", "query", "@context"].contains(name)) {
        return Err(Error::invalid(format!("a query definition has no `{name}`; it has `name` and `query`")).at(name));
    }
    let name = object.text("name").ok_or_else(|| Error::invalid("`name` is needed, a text").at("$.name"))?;
    check_name(name)?;
    let query = object.get("query").ok_or_else(|| Error::invalid("`query` is needed, an object").at("$.query"))?;
    let spaces = events::extensions(request.header("gs1-extensions")).with(object.get("@context"));
    read_query(query, &spaces)?;
    Ok((name.to_owned(), declared(query, &spaces).to_string()))
}

fn check_name(name: &str) -> Result<()> {
    let fits = (1..=LONGEST_NAME).contains(&name.len())
        && !name.starts_with(['$', '_'])
        && !name.contains(|c: char| c.is_control() || c == '/');
    let message =
        format!("a query's name has 1 to {LONGEST_NAME} characters, no `/`, and does not begin with `$` or `_`");
    if fits { Ok(()) } else { Err(Error::invalid(message).at("$.name")) }
}

/// The query with the prefixes in its `@context` that were declared outside of it, so that it can stand alone.
fn declared<'n>(query: &Node<'n>, spaces: &Namespaces) -> Node<'n> {
    let own: Vec<_> = spaces.own().map(|(p, n)| (p.to_owned().into(), Node::string(n))).collect();
    let mut query = query.clone();
    if let (Node::Object(object), false) = (&mut query, own.is_empty()) {
        let outer = Node::Object(theriac_core::json::Object(own));
        let inner = object.get("@context").map_or(&[][..], Node::items).to_vec();
        object.set("@context", Node::Array([vec![outer], inner].concat()));
    }
    query
}

fn read_query(node: &Node<'_>, spaces: &Namespaces) -> Result<Query> {
    let query = Query::from_json(node, spaces)?;
    if query.per_page.is_some() || query.next_page_token.is_some() {
        let message = "`perPage` and `nextPageToken` belong to the address of the query's events";
        return Err(Error::invalid(message).at("$.query"));
    }
    events::refuse_too_complex(&query)?;
    Ok(query)
}

/// The predicate of a stored query.
pub(crate) fn stored(named: &Named) -> Result<Query> {
    read_query(&json::parse(named.document.as_bytes())?, &Namespaces::default())
}

/// # Errors
/// `NotFound` if the caller has no query of that name.
pub(crate) async fn find(context: &Context, request: &Request) -> Result<Named> {
    let name = request.param("queryName");
    let missing =
        || Error::new(Code::NotFound, format!("there is no query named `{name}`")).named("NoSuchNameException");
    store::find(&context.db, &owner(context), name).await?.ok_or_else(missing)
}

/// `GET /queries`
pub(crate) async fn list(epcis: Epcis, context: Context, request: Request) -> Result<Response> {
    let page = Page::asked(&epcis, &context, &request)?;
    let after = page.text.clone().unwrap_or_default();
    let mut queries = store::list(&context.db, &owner(&context), &after, page.size + 1).await?;
    let more = queries.len() as i64 > page.size;
    queries.truncate(usize::try_from(page.size).unwrap_or(usize::MAX));
    let shown = queries.iter().map(shown).collect::<Result<Vec<_>>>()?;
    let response = Response::json(200, &shown)?;
    Ok(versions(match queries.last().filter(|_| more) {
        Some(last) => page.next_after(response, &last.name),
        None => response,
    }))
}

/// `GET /queries/{queryName}`
pub(crate) async fn read(context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let named = find(&context, &request).await?;
    let tag = etag(&named);
    let known = request.header("if-none-match").is_some_and(|tags| tags.split(',').any(|t| t.trim() == tag));
    let response = if known { Response::new(304) } else { Response::json(200, &shown(&named)?)? };
    Ok(versions(response.with("etag", tag)))
}

fn shown(named: &Named) -> Result<Value> {
    let query: Value = serde_json::from_str(&named.document).map_err(Error::internal)?;
    Ok(json!({ "name": named.name, "query": query }))
}

/// A query never changes; one of the same name that came later has another tag.
fn etag(named: &Named) -> String {
    format!("\"{}\"", named.created.0)
}

/// `DELETE /queries/{queryName}`: ends its subscriptions too
pub(crate) async fn delete(context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let named = find(&context, &request).await?;
    request.check_version(Some(named.created.0))?;
    let mut unit = Unit::new();
    store::delete(&context.db, &owner(&context), &named.name, &mut unit);
    record(&context, &named.name, "delete", &mut unit)?;
    context.db.commit(unit).await?;
    Ok(versions(Response::new(204)))
}

fn record(context: &Context, name: &str, action: &'static str, unit: &mut Unit) -> Result<()> {
    let entry = Entry { topic: "epcis.query".to_owned(), action, subject: format!("query/{name}"), ..Entry::default() };
    theriac_ledger::record(unit, context, &[entry])
}

/// `GET /queries/{queryName}/events`
pub(crate) async fn events(epcis: Epcis, context: Context, request: Request) -> Result<Response> {
    let named = find(&context, &request).await?;
    if let Some((name, _)) =
        request.query_pairs().iter().find(|(name, _)| crate::subscription::PARAMETERS.contains(&name.as_str()))
    {
        let message = format!("`{name}` is for a WebSocket; ask with `Upgrade: websocket`, or leave it out");
        return Err(Error::invalid(message).named("SubscriptionControlsException").at(name.as_str()));
    }
    let pairs = request.query_known(&["perPage", "nextPageToken"])?;
    let value = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
    let per_page = crate::page::size(value("perPage").as_deref())?;
    let query =
        Query { per_page: u64::try_from(per_page).ok(), next_page_token: value("nextPageToken"), ..stored(&named)? };
    events::run(&epcis, &context, &request, &named.name, query).await
}
