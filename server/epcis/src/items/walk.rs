//! `/children` and `/parents`: what an item holds, down to the last pack, and what it is in, up to the pallet.

use super::look::{Around, look};
use super::{at, epc, is_class, key, known};
use crate::Epcis;
use crate::events::{Sight, visible};
use crate::history::{self, MOST, any_of};
use crate::index::term;
use crate::item::inherit::DEEPEST;
use crate::item::{Item, lots_of_children};
use crate::page::Page;
use crate::store::item;
use crate::view::{self, CONTEXT, collection, versions};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use theriac_core::{Code, Error, Instant, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

/// An item of a walk: how many steps away, and its key.
type Place = (usize, String);

/// Items of one walk.
const LONGEST: usize = 100_000;

/// Without `perPage`: what is in a pallet is rarely more.
const PAGE: &str = "1000";

const KNOWN: &[&str] = &["at", "depth", "perPage", "nextPageToken"];

/// `GET /items/{epc}/children`: what is packed in it or fixed to it; `?depth=` steps down, or `all`
pub(crate) async fn children(epcis: Epcis, context: Context, request: Request) -> Result<Response> {
    let pairs = request.query_known(KNOWN)?;
    let (epc, at, depth) = (epc(&request)?, at(&pairs)?, depth(&pairs)?);
    let (around, item) = known(&context, &epc, at).await?;
    let keys = match (visible(&context.grant.rows()), at) {
        (Sight::All, None) => item::below(&context.db, &epc, depth, LONGEST + 1).await?,
        _ => below(&context, &epc, around, at, depth).await?,
    };
    if keys.len() > LONGEST {
        let message = format!("more than {LONGEST} items are in it; ask for fewer steps with `depth`");
        return Err(Error::new(Code::TooCostly, message).at("depth"));
    }
    let mut first: Vec<Value> = view::held(&item);
    let page = page(&epcis, &context, &request, &pairs)?;
    let after = page.position.as_deref().and_then(place);
    if after.is_some() {
        first.clear();
    }
    let (keys, next) = cut(keys, after.as_ref(), page.size);
    let names: Vec<String> = keys.iter().map(|(_, epc)| epc.clone()).collect();
    let around = look(&context, &names, at).await?;
    let members = keys.iter().filter_map(|(depth, epc)| Some(at_depth(*depth, view::item(&around.get(epc)?))));
    let members: Vec<Value> = first.into_iter().chain(members).collect();
    paged(&page, members, next)
}

/// `GET /items?lot=`: the items of a lot
pub(crate) async fn of_lot(epcis: Epcis, context: Context, request: Request) -> Result<Response> {
    let pairs = request.query_known(&["lot", "perPage", "nextPageToken"])?;
    let lot = pairs.iter().find(|(name, _)| name == "lot").map(|(_, text)| key(text, "lot")).transpose()?;
    let lot =
        lot.ok_or_else(|| Error::invalid("`lot` is needed: urn:epc:class:lgtin:... or its Digital Link").at("lot"))?;
    let page = page(&epcis, &context, &request, &pairs)?;
    let after = page.position.as_deref().and_then(place).map_or_else(String::new, |(_, epc)| epc);
    let (items, last) = super::in_lot(&context, &lot, &after, page.size).await?;
    paged(&page, items.iter().map(view::item).collect(), last.map(|epc| (0, epc)))
}

fn paged(page: &Page, members: Vec<Value>, next: Option<Place>) -> Result<Response> {
    let body = json!({ "@context": [CONTEXT], "type": "Collection", "member": members });
    let response = Response::json(200, &body).map(versions)?;
    Ok(match next {
        Some((depth, epc)) => page.next(response, &placed(depth, &epc)),
        None => response,
    })
}

fn page(epcis: &Epcis, context: &Context, request: &Request, pairs: &[(String, String)]) -> Result<Page> {
    let value = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    Page::read(epcis, context, request, value("perPage").or(Some(PAGE)), value("nextPageToken"))
}

fn depth(pairs: &[(String, String)]) -> Result<usize> {
    match pairs.iter().find(|(name, _)| name == "depth").map(|(_, text)| text.as_str()) {
        None => Ok(1),
        Some("all") => Ok(DEEPEST),
        Some(text) => text.parse().ok().filter(|n| (1..=DEEPEST).contains(n)).ok_or_else(|| {
            Error::new(Code::UnknownParameter, format!("`{text}` is neither a number from 1 to {DEEPEST} nor `all`"))
                .at("depth")
        }),
    }
}

fn at_depth(depth: usize, mut item: Value) -> Value {
    item["depth"] = depth.into();
    item
}

/// The part of a walk that stands on this page, and where the next one begins.
fn cut(keys: Vec<Place>, after: Option<&Place>, size: i64) -> (Vec<Place>, Option<Place>) {
    let size = usize::try_from(size).unwrap_or(1);
    let mut left = keys.into_iter().filter(|key| after.is_none_or(|after| key > after));
    let page: Vec<_> = left.by_ref().take(size).collect();
    let next = left.next().and_then(|_| page.last().cloned());
    (page, next)
}

/// A place in a walk as the numbers of a page token.
fn placed(depth: usize, epc: &str) -> Vec<i64> {
    let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let bytes = epc.as_bytes().chunks(8).map(|chunk| {
        let mut eight = [0; 8];
        eight.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
        i64::from_le_bytes(eight)
    });
    [number(depth), number(epc.len())].into_iter().chain(bytes).collect()
}

fn place(numbers: &[i64]) -> Option<Place> {
    let [depth, length, rest @ ..] = numbers else { return None };
    let mut bytes: Vec<u8> = rest.iter().flat_map(|n| n.to_le_bytes()).collect();
    bytes.truncate(usize::try_from(*length).ok()?);
    Some((usize::try_from(*depth).ok()?, String::from_utf8(bytes).ok()?))
}

/// Step by step down, from the events that the caller sees.
pub(super) async fn below(
    context: &Context,
    epc: &str,
    around: Around,
    at: Option<Instant>,
    depth: usize,
) -> Result<Vec<Place>> {
    drop(around);
    let mut found: Vec<Place> = Vec::new();
    let mut met = BTreeSet::from([epc.to_owned()]);
    let mut level = vec![epc.to_owned()];
    for step in 1..=depth {
        let inside = once_inside(context, &level, at).await?;
        let around = look(context, &inside, at).await?;
        let held = |item: &Item| {
            let bonds = [&item.parent, &item.attached_to];
            let bonds = if step == 1 { &bonds[..] } else { &bonds[..1] };
            bonds.iter().any(|bond| bond.get().is_some_and(|parent| level.contains(parent)))
        };
        let next: BTreeSet<String> = around.items().filter(|item| held(item)).map(|item| item.epc.clone()).collect();
        level = next.into_iter().filter(|epc| met.insert(epc.clone())).collect();
        found.extend(level.iter().map(|epc| (step, epc.clone())));
        if level.is_empty() || found.len() > LONGEST {
            break;
        }
    }
    Ok(found)
}

/// Whatever any event put into one of these. What of it the caller may know is judged afterwards.
async fn once_inside(context: &Context, parents: &[String], at: Option<Instant>) -> Result<Vec<String>> {
    let mut packing = history::History::default();
    for parents in parents.chunks(history::TOGETHER) {
        let terms = any_of("MATCH_parentID", parents.iter().map(|parent| term("parentID", parent)));
        packing.add(history::with_terms(&context.db, vec![terms], None, MOST).await?);
    }
    packing.read(|events| {
        let past = events.iter().filter(|(event, _)| at.is_none_or(|at| event.time <= at));
        past.flat_map(|(event, _)| event.epcs("childEPCs")).collect::<BTreeSet<_>>().into_iter().collect()
    })
}

/// `GET /items/{epc}/parents`: what it is in, and what that is in, the nearest first
pub(crate) async fn parents(context: Context, request: Request) -> Result<Response> {
    let pairs = request.query_known(&["at", "depth"])?;
    let (epc, at) = (epc(&request)?, at(&pairs)?);
    let deepest = if pairs.iter().any(|(name, _)| name == "depth") { depth(&pairs)? } else { DEEPEST };
    let (around, item) = known(&context, &epc, at).await?;
    if is_class(&epc) {
        return collection(holders(&context, &epc, at).await?.iter().map(view::item).collect());
    }
    let mut parents: Vec<Item> = Vec::new();
    let mut last = item;
    while let Some(parent) = last.parent.get().or(last.attached_to.get()).filter(|_| parents.len() < deepest) {
        let again = *parent == epc || parents.iter().any(|seen| seen.epc == *parent);
        let found = match around.get(parent) {
            // What it is fixed to is not loaded with it.
            None => look(&context, std::slice::from_ref(parent), at).await?.get(parent),
            found => found,
        };
        let Some(found) = found.filter(|_| !again) else { break };
        parents.push(found.clone());
        last = found;
    }
    collection(parents.iter().enumerate().map(|(step, item)| at_depth(step + 1, view::item(item))).collect())
}

/// The items that hold some of a class.
async fn holders(context: &Context, class: &str, at: Option<Instant>) -> Result<Vec<Item>> {
    let sight = visible(&context.grant.rows());
    let mut packing = history::History::default();
    packing
        .add(history::with_terms(&context.db, vec![history::naming(&[class.to_owned()])], sight.terms(), MOST).await?);
    let parents: BTreeSet<String> = packing.read(|events| {
        let packs = events.iter().filter(|(event, _)| lots_of_children(event).iter().any(|child| child == class));
        packs.flat_map(|(event, _)| event.epcs("parentID")).collect()
    })?;
    let parents: Vec<String> = parents.into_iter().collect();
    let around = look(context, &parents, at).await?;
    Ok(parents.iter().filter_map(|epc| around.get(epc)).filter(|item| item.contents.contains_key(class)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_a_walk_round_trips() {
        for epc in ["", "a", "12345678", "https://id.gs1.org/00/340123451111111111", "urn:ä"] {
            assert_eq!(place(&placed(3, epc)), Some((3, epc.to_owned())));
        }
        assert_eq!(place(&[]), None);
    }

    #[test]
    fn a_walk_is_cut_where_the_page_before_ended() {
        let keys: Vec<Place> = (0..5).map(|n| (1 + n / 3, format!("{n}"))).collect();
        let (first, next) = cut(keys.clone(), None, 2);
        assert_eq!((first.len(), next.clone()), (2, Some((1, "1".to_owned()))));
        let (second, next) = cut(keys.clone(), next.as_ref(), 2);
        assert_eq!(second, keys[2..4]);
        let (last, end) = cut(keys.clone(), next.as_ref(), 2);
        assert_eq!((last, end), (keys[4..].to_vec(), None));
    }
}
