//! The routes of the ledger and the feed.

use crate::feed::{self, Feed};
use crate::tree::Frontier;
use crate::{proof, store};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use theriac_access::Permission::{FeedRead, LedgerRead};
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::http::Method::{Get, Post};
use theriac_platform::http::{Facade, Request, Response, Route, Routes};

#[rustfmt::skip]
pub fn routes(feed: &Feed) -> Vec<Route> {
    Routes::new(Facade::Plain)
        .add(Get, "/{tenant}/feed",                       FeedRead,   feed, feed::handle, "Live messages: SSE, or a WebSocket at the same address")
        .upgrade(feed, feed::converse)
        .gate(feed, feed::gate)
        .add(Post, "/{tenant}/feed/tickets",              FeedRead,   feed, ticket,       "A single-use ticket for a WebSocket in a browser")
        .add(Get, "/{tenant}/ledger/checkpoint",          LedgerRead, feed, checkpoint,   "The newest signed checkpoint (C2SP signed note)")
        .add(Get, "/{tenant}/ledger/key",                 LedgerRead, feed, key,          "The key that verifies checkpoints")
        .add(Get, "/{tenant}/ledger/entries",             LedgerRead, feed, entries,      "Sealed entries from a position on")
        .add(Get, "/{tenant}/ledger/proofs/inclusion",    LedgerRead, feed, inclusion,    "That an entry stands in the tree")
        .add(Get, "/{tenant}/ledger/proofs/consistency",  LedgerRead, feed, consistency,  "That the tree only grew")
        .rows()
}

async fn ticket(feed: Feed, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let token = request.bearer().ok_or_else(|| Error::invalid("a ticket is given for a bearer token"))?;
    let ticket = feed.tickets.issue(&context.tenant.name, token).await?;
    Response::json(201, &json!({ "ticket": ticket, "expiresInSeconds": theriac_platform::ticket::LIFE_S }))
}

async fn checkpoint(feed: Feed, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let note = match store::head(&context.db).await? {
        Some(head) => head.checkpoint,
        // A ledger without entries is a tree too: the empty one.
        None => feed.ledger.checkpoint(&context.tenant, &Frontier::default())?,
    };
    Ok(Response::new(200).with("content-type", "text/plain; charset=utf-8").body(note))
}

async fn key(feed: Feed, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let verifier = feed.ledger.verifier(&context.tenant)?;
    Ok(Response::new(200).with("content-type", "text/plain; charset=utf-8").body(verifier.to_string()))
}

const MOST: u64 = 10_000;

async fn entries(_: Feed, context: Context, request: Request) -> Result<Response> {
    let from = number(&request, &["from", "count"], "from")?.unwrap_or(0);
    let count = number(&request, &["from", "count"], "count")?.unwrap_or(1_000).clamp(1, MOST);
    let size = size(&context).await?;
    let mut entries: Vec<String> = Vec::new();
    let mut next = from;
    while (entries.len() as u64) < count && next < size {
        let found = store::leaves(&context.db, next, 8).await?;
        for (first, text) in found {
            let leaves = (first..).zip(crate::segment::lines(&text)).filter(|(at, _)| *at >= next);
            let taken: Vec<_> = leaves.take((count - entries.len() as u64) as usize).collect();
            next = taken.last().map_or(next, |(at, _)| at + 1);
            entries.extend(taken.into_iter().map(|(_, leaf)| String::from_utf8_lossy(leaf).into_owned()));
        }
    }
    Response::json(200, &json!({ "from": from, "size": size, "entries": entries }))
}

async fn inclusion(_: Feed, context: Context, request: Request) -> Result<Response> {
    let (leaf, tree) = (required(&request, &["leaf", "size"], "leaf")?, number(&request, &["leaf", "size"], "size")?);
    let tree = within(tree, &context).await?;
    let hashes = proof::inclusion(&context.db, leaf, tree).await?;
    Response::json(200, &json!({ "leaf": leaf, "size": tree, "hashes": base64(&hashes) }))
}

async fn consistency(_: Feed, context: Context, request: Request) -> Result<Response> {
    let (from, to) = (required(&request, &["from", "to"], "from")?, number(&request, &["from", "to"], "to")?);
    let to = within(to, &context).await?;
    let hashes = proof::consistency(&context.db, from, to).await?;
    Response::json(200, &json!({ "from": from, "to": to, "hashes": base64(&hashes) }))
}

async fn size(context: &Context) -> Result<u64> {
    Ok(store::head(&context.db).await?.map_or(0, |head| head.frontier.size()))
}

/// The tree size asked for, at most the present one, which is the default.
async fn within(asked: Option<u64>, context: &Context) -> Result<u64> {
    let size = size(context).await?;
    match asked {
        Some(asked) if asked > size => Err(Error::invalid(format!("the tree has {size} entries")).at("size")),
        asked => Ok(asked.unwrap_or(size)),
    }
}

fn number(request: &Request, known: &[&str], name: &str) -> Result<Option<u64>> {
    let pairs = request.query_known(known)?;
    let text = pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v);
    let wrong = |_| Error::invalid(format!("'{name}' is a whole number from 0")).at(name);
    text.map(|t| t.parse().map_err(wrong)).transpose()
}

fn required(request: &Request, known: &[&str], name: &str) -> Result<u64> {
    number(request, known, name)?.ok_or_else(|| Error::invalid(format!("'{name}' is needed")).at(name))
}

fn base64(hashes: &[crate::tree::Hash]) -> Vec<String> {
    hashes.iter().map(|h| STANDARD.encode(h)).collect()
}
