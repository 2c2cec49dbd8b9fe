//! `/items/{epc}`: where an item stands now or stood then, what it holds, what it is in, what it was made of and into,
//! what happened to it.
//!
//! Whoever sees all events reads the state that is kept. A partner sees an item as far as its own events tell of it, and
//! of what goes with it: see `item/sight.rs`.

mod genealogy;
mod look;
mod transfer;
mod walk;

use crate::Epcis;
use crate::events;
use crate::history;
use crate::identifier::{Identifier, Kind, canonical};
use crate::index;
use crate::item::{Item, refold_watched};
use crate::namespaces::is_uri;
use crate::view::{self, versions};
use look::Around;
use std::collections::BTreeSet;
use theriac_access::Rows;
use theriac_core::{Error, Instant, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

pub(crate) use genealogy::{inputs, outputs};
pub(crate) use look::readings;
pub use transfer::{Transfer, transfer, transfers_of};
pub(crate) use walk::{children, of_lot, parents};

/// One item as the caller may know it, at a past moment or now; nothing if there is none for the caller.
///
/// # Errors
/// `TooCostly` if more events tell of it than are read at once; the database's.
pub async fn state(context: &Context, epc: &str, at: Option<Instant>) -> Result<Option<Item>> {
    let epc = canonical(epc).into_owned();
    Ok(look::look(context, std::slice::from_ref(&epc), at).await?.get(&epc))
}

/// Several items at once, in their canonical spelling; those that there are.
///
/// # Errors
/// As [`state`].
pub async fn states(context: &Context, epcs: &[String], at: Option<Instant>) -> Result<Vec<Item>> {
    let around = look::look(context, epcs, at).await?;
    Ok(epcs.iter().filter_map(|epc| around.get(epc)).collect())
}

/// Items of a lot (`https://id.gs1.org/01/{gtin}/10/{lot}`) in the order of their keys, after one of them, with
/// the state that the caller may know. Gives the last key looked at where there may be more.
///
/// # Errors
/// As [`state`].
pub async fn in_lot(context: &Context, lot: &str, after: &str, most: i64) -> Result<(Vec<Item>, Option<String>)> {
    let keys = crate::store::item::of_lot(&context.db, &canonical(lot), after, most).await?;
    let last = keys.last().filter(|_| i64::try_from(keys.len()).is_ok_and(|n| n == most)).cloned();
    Ok((states(context, &keys, None).await?, last))
}

/// GLNs of the parties and places in the events that tell of these items, or of what they were in by then. Who does not
/// see all events gets none.
///
/// # Errors
/// As [`state`].
pub async fn parties(context: &Context, epcs: &[String]) -> Result<BTreeSet<String>> {
    if context.grant.rows() != Rows::All {
        return Ok(BTreeSet::new());
    }
    let (history, _) = history::of_items(&context.db, epcs, &[], history::MOST).await?;
    history.read(|events| {
        let mut parties = BTreeSet::new();
        refold_watched(events, |event, _, before| {
            if epcs.iter().any(|epc| look::concerns(event, epc, before)) {
                parties.extend(index::parties(event));
            }
        });
        parties
    })
}

/// `GET /items/{epc}`, `?at=` a past moment
pub(crate) async fn read(context: Context, request: Request) -> Result<Response> {
    let epc = epc(&request)?;
    let at = at(&request.query_known(&["at"])?)?;
    let item = known(&context, &epc, at).await?.1;
    Response::json(200, &view::item(&item)).map(versions)
}

/// `GET /items/{epc}/history`: its events, a page at a time
pub(crate) async fn history(epcis: Epcis, context: Context, request: Request) -> Result<Response> {
    let epc = epc(&request)?;
    known(&context, &epc, None).await?;
    let mut pairs = request.query_pairs();
    pairs.push((if is_class(&epc) { "MATCH_anyEPCClass" } else { "MATCH_anyEPC" }.to_owned(), epc));
    events::answer(&epcis, &context, &request, &pairs).await
}

async fn known(context: &Context, epc: &str, at: Option<Instant>) -> Result<(Around, Item)> {
    let around = look::look(context, &[epc.to_owned()], at).await?;
    let item = around.get(epc).ok_or_else(|| Error::not_found("item", epc))?;
    Ok((around, item))
}

fn is_class(epc: &str) -> bool {
    Identifier::parse(epc).is_ok_and(|i| i.kind() == Kind::Class)
}

fn at(pairs: &[(String, String)]) -> Result<Option<Instant>> {
    let Some((_, text)) = pairs.iter().find(|(name, _)| name == "at") else { return Ok(None) };
    let wrong = || Error::invalid(format!("`{text}` is no date-time with zone, such as 2026-11-20T08:00:00Z")).at("at");
    Instant::parse(text).ok_or_else(wrong).map(Some)
}

/// The item's key, from any spelling.
pub(crate) fn epc(request: &Request) -> Result<String> {
    key(request.param("epc"), "epc")
}

fn key(text: &str, parameter: &'static str) -> Result<String> {
    let text = text.trim();
    if text.starts_with("urn:epc:") {
        return Identifier::parse(text).map(|i| i.link());
    }
    if !is_uri(text) {
        let message =
            format!("`{text}` is no EPC URN, GS1 Digital Link or other URI; percent-encode it as one segment");
        return Err(Error::invalid(message).at(parameter));
    }
    Ok(canonical(text).into_owned())
}
