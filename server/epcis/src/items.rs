//! `/items/{epc}`: where an item stands now or stood then, what it holds, what it is in, what happened to it.
//!
//! Whoever sees all events reads the state that is kept. A partner sees an item as far as the events
//! tell that it may see: its state is folded from those alone, and without any there is no item.

use crate::Epcis;
use crate::events::{self, Sight, visible};
use crate::history::{self, History, MOST, any_of};
use crate::identifier::{Identifier, Kind, canonical};
use crate::index::term;
use crate::item::{Item, refold};
use crate::namespaces::is_uri;
use crate::store::item;
use crate::view::{self, collection, versions};
use serde_json::Value;
use std::collections::HashMap;
use theriac_core::{Error, Instant, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

/// What is packed in what is packed in what: deeper than any trade unit.
const DEEPEST: usize = 16;

/// `GET /items/{epc}`, `?at=` a past moment
pub(crate) async fn read(context: Context, request: Request) -> Result<Response> {
    let epc = epc(&request)?;
    let pairs = request.query_known(&["at"])?;
    let at = pairs.first().map(|(_, text)| moment(text)).transpose()?;
    let found = if at.is_none() { now(&context, &epc).await? } else { folded(&context, &epc, at).await?.remove(&epc) };
    let item = found.filter(exists).ok_or_else(|| Error::not_found("item", &epc))?;
    Response::json(200, &view::item(&item)).map(versions)
}

fn moment(text: &str) -> Result<Instant> {
    let wrong = || Error::invalid(format!("`{text}` is no date-time with zone, such as 2026-11-20T08:00:00Z")).at("at");
    Instant::parse(text).ok_or_else(wrong)
}

/// `GET /items/{epc}/history`: its events, a page at a time
pub(crate) async fn history(epcis: Epcis, context: Context, request: Request) -> Result<Response> {
    let epc = epc(&request)?;
    known(&context, &epc).await?;
    let mut pairs = request.query_pairs();
    let class = Identifier::parse(&epc).is_ok_and(|i| i.kind() == Kind::Class);
    pairs.push((if class { "MATCH_anyEPCClass" } else { "MATCH_anyEPC" }.to_owned(), epc));
    events::answer(&epcis, &context, &request, &pairs).await
}

/// `GET /items/{epc}/children`: what is packed in it or fixed to it
pub(crate) async fn children(context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let epc = epc(&request)?;
    known(&context, &epc).await?;
    let items = match visible(&context.grant.rows()) {
        Sight::All => item::children(&context.db, vec![epc]).await?,
        sight => seen_children(&context, &epc, &sight).await?,
    };
    members(items)
}

/// `GET /items/{epc}/parents`: what it is in, and what that is in, the nearest first
pub(crate) async fn parents(context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let mut at = known(&context, &epc(&request)?).await?;
    let mut parents: Vec<Item> = Vec::new();
    while let Some(parent) = at.parent.get().or(at.attached_to.get()).cloned().filter(|_| parents.len() < DEEPEST) {
        if parents.iter().any(|seen| seen.epc == parent) {
            break;
        }
        let Some(item) = now(&context, &parent).await? else { break };
        at = item.clone();
        parents.push(item);
    }
    collection(parents.iter().map(view::item).collect())
}

fn members(mut items: Vec<Item>) -> Result<Response> {
    items.sort_unstable_by(|a, b| a.epc.cmp(&b.epc));
    collection(items.iter().map(view::item).collect::<Value>())
}

/// The item's key, from any spelling.
fn epc(request: &Request) -> Result<String> {
    let text = request.param("epc").trim();
    if text.starts_with("urn:epc:") {
        return Identifier::parse(text).map(|i| i.link());
    }
    if !is_uri(text) {
        let message =
            format!("`{text}` is no EPC URN, GS1 Digital Link or other URI; percent-encode it as one segment");
        return Err(Error::invalid(message).at("epc"));
    }
    Ok(canonical(text).into_owned())
}

/// Events may have been declared wrong until none was left.
fn exists(item: &Item) -> bool {
    item.created_at != i64::MAX
}

async fn known(context: &Context, epc: &str) -> Result<Item> {
    let found = now(context, epc).await?;
    found.filter(exists).ok_or_else(|| Error::not_found("item", epc))
}

/// The present state, as the caller may know it.
async fn now(context: &Context, epc: &str) -> Result<Option<Item>> {
    match visible(&context.grant.rows()) {
        Sight::All => Ok(item::load(&context.db, vec![epc.to_owned()]).await?.pop()),
        _ => Ok(folded(context, epc, None).await?.remove(epc)),
    }
}

/// Everything that the visible events, up to a moment, tell around an item.
async fn folded(context: &Context, epc: &str, at: Option<Instant>) -> Result<HashMap<String, Item>> {
    let sight = visible(&context.grant.rows());
    if matches!(sight, Sight::Nothing) {
        return Ok(HashMap::new());
    }
    let history = history::of_items(&context.db, &[epc.to_owned()], sight.terms(), MOST).await?;
    until(&history, at)
}

fn until(history: &History, at: Option<Instant>) -> Result<HashMap<String, Item>> {
    history.read(|events| {
        let past = events.iter().filter(|(event, _)| at.is_none_or(|at| event.time <= at));
        refold(&past.cloned().collect::<Vec<_>>())
    })
}

/// The items that visible events put into the parent and that no visible event took out.
async fn seen_children(context: &Context, parent: &str, sight: &Sight) -> Result<Vec<Item>> {
    let terms = any_of("MATCH_parentID", [term("parentID", parent)]);
    let mut packing = History::default();
    packing.add(history::with_terms(&context.db, vec![terms], sight.terms(), MOST).await?);
    let candidates: Vec<String> = until(&packing, None)?.into_keys().collect();
    let history = history::of_items(&context.db, &candidates, sight.terms(), MOST).await?;
    let items = until(&history, None)?;
    let held = |item: &Item| [&item.parent, &item.attached_to].iter().any(|b| b.get().is_some_and(|p| p == parent));
    Ok(candidates.iter().filter_map(|epc| items.get(epc)).filter(|item| held(item)).cloned().collect())
}
