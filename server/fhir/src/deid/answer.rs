//! An answer as it may leave: records walked by the plan, addresses rewritten, small numbers left out.
//!
//! Only what is named here is taken over from the handler's answer, header fields included.

use super::ask::Told;
use super::road::Road;
use crate::body;
use crate::bundle::FHIR_JSON;
use crate::kind;
use crate::policy::Visible;
use crate::service;
use crate::store;
use chrono::Datelike;
use std::borrow::Cow;
use std::collections::HashMap;
use theriac_core::json::{self, Node, Object};
use theriac_core::{Error, Instant, Result};
use theriac_deid::text::Known;
use theriac_deid::{Lens, Names, Scene};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

/// Rounds of asking for pseudonyms; the second finds them all.
const ROUNDS: usize = 3;

pub(super) fn this_year(context: &Context) -> i32 {
    year_of(context.now())
}

pub(super) fn year_of(now: Instant) -> i32 {
    now.datetime().year()
}

pub(super) async fn shown(
    lens: &Lens,
    context: &Context,
    road: Road,
    request: &Request,
    told: &Told,
    response: Response,
) -> Result<Response> {
    let unreadable = || Error::internal("an answer that no view can be made of");
    if response.header("content-type") != Some(FHIR_JSON) || response.status != 200 {
        return Err(unreadable());
    }
    let bytes = response.body.bytes().ok_or_else(unreadable)?;
    let base = service::base(context);
    let mut known = HashMap::new();
    for _ in 0..ROUNDS {
        let mut node = json::parse(bytes)?;
        let mut scene = Scene::new(&lens.vault, &base, this_year(context), &known);
        let tag = match road {
            Road::Search | Road::History | Road::Everything => {
                bundle(lens, &mut node, &mut scene, &address(context, request));
                None
            }
            Road::Record | Road::Terms => {
                let tag = tag(lens, &node, told, road);
                if !lens.plan.record(&mut node, &mut scene) {
                    return Err(unreadable());
                }
                tag
            }
        };
        if scene.missing.is_empty() && scene.unread.is_empty() {
            return Ok(respond(request, &node, tag));
        }
        let Scene { missing, unread, .. } = scene;
        lens.vault.fill(&context.db, lens.plan.profile.pseudonyms, &missing).await?;
        for patient in unread {
            let told = told_by(context, &patient).await?;
            known.insert(patient, told);
        }
    }
    Err(Error::internal("pseudonyms were asked for in vain"))
}

/// What the patient's own record tells; of one that is not here, nothing.
async fn told_by(context: &Context, patient: &str) -> Result<Known> {
    let kind = kind::find("Patient")?;
    let found = store::read::current(context, &Visible::All, kind, patient).await?.filter(|version| !version.deleted);
    let Some(version) = found else { return Ok(Known::default()) };
    let bytes = body::unpack(version.dictionary, &version.body)?;
    Ok(Known::of(&json::parse(&bytes)?))
}

fn tag(lens: &Lens, node: &Node<'_>, told: &Told, road: Road) -> Option<String> {
    let (kind, id) = told.record.as_ref().filter(|_| road == Road::Record)?;
    let version = lens.vault.version(kind, id, node.get("meta")?.text("versionId")?)?;
    Some(format!("W/\"{version}\""))
}

fn respond(request: &Request, node: &Node<'_>, tag: Option<String>) -> Response {
    let Some(tag) = tag else { return Response::new(200).with("content-type", FHIR_JSON).body(node.to_vec()) };
    let plain = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let known = request
        .header("if-none-match")
        .is_some_and(|tags| tags.split(',').any(|known| known.trim() == "*" || plain(known) == plain(&tag)));
    if known {
        return Response::new(304).with("etag", tag);
    }
    Response::new(200).with("content-type", FHIR_JSON).with("etag", tag).body(node.to_vec())
}

/// The caller's own address, as it came: with pseudonyms.
fn address(context: &Context, request: &Request) -> String {
    let path = request.path.splitn(4, '/').nth(3).unwrap_or_default();
    let path = path.strip_suffix("_search").unwrap_or(path);
    format!("{}/{path}", service::base(context)).trim_end_matches('/').to_owned()
}

fn bundle(lens: &Lens, node: &mut Node<'_>, scene: &mut Scene<'_>, address: &str) {
    let Node::Object(bundle) = node else { return };
    bundle.0.retain(|(name, _)| matches!(name.as_ref(), "resourceType" | "type" | "total" | "link" | "entry"));
    let total = bundle.get("total").and_then(Node::as_number).and_then(|n| n.parse::<u64>().ok());
    let is_small = total.is_some_and(|total| total < lens.threshold);
    if is_small {
        bundle.remove("total");
    }
    if let Some(Node::Array(links)) = bundle.get_mut("link") {
        links.iter_mut().for_each(|link| relink(link, address));
    }
    let mut entries = match bundle.remove("entry") {
        Some(Node::Array(entries)) => entries,
        _ => Vec::new(),
    };
    entries.retain_mut(|entry| shows(lens, entry, scene));
    if is_small && entries.is_empty() {
        entries.push(suppressed(lens.threshold));
    }
    if !entries.is_empty() {
        bundle.set("entry", Node::Array(entries));
    }
}

/// A page's parameters are inside its cursor; the first page is asked as the caller asked it.
fn relink(link: &mut Node<'_>, address: &str) {
    let query = link.text("url").and_then(|url| url.split_once('?')).map_or("", |(_, query)| query);
    let cursor =
        query.split('&').filter(|pair| ["_cursor=", "_format=", "_pretty="].iter().any(|p| pair.starts_with(p)));
    let cursor: Vec<&str> = cursor.collect();
    let url = if cursor.is_empty() { address.to_owned() } else { format!("{address}?{}", cursor.join("&")) };
    if let Node::Object(link) = link {
        link.0.retain(|(name, _)| name == "relation");
        link.set("url", Node::string(url));
    }
}

fn shows(lens: &Lens, entry: &mut Node<'_>, scene: &mut Scene<'_>) -> bool {
    let Node::Object(entry) = entry else { return false };
    let mut stays = true;
    entry.0.retain_mut(|(name, value)| match name.as_ref() {
        "resource" => {
            stays &= lens.plan.record(value, scene);
            stays
        }
        "fullUrl" => {
            let link = value.as_str().and_then(|url| scene.link(url));
            link.map(|link| *value = Node::string(format!("{}/{link}", scene.base))).is_some()
        }
        "search" => only(value, &["mode"]),
        "response" => only(value, &["status"]),
        "request" => {
            let link = value.text("url").and_then(|url| scene.link(url));
            let Node::Object(request) = value else { return false };
            request.remove("url");
            link.into_iter().for_each(|link| request.set("url", Node::string(link)));
            only(value, &["method", "url"])
        }
        _ => false,
    });
    stays && !entry.0.is_empty()
}

fn only(value: &mut Node<'_>, names: &[&str]) -> bool {
    let Node::Object(object) = value else { return false };
    object.0.retain(|(name, _)| names.contains(&name.as_ref()));
    !object.0.is_empty()
}

/// Says why there is no number.
fn suppressed(threshold: u64) -> Node<'static> {
    let member = |name: &'static str, value: Node<'static>| (Cow::Borrowed(name), value);
    let issue = Object(vec![
        member("severity", Node::string("information")),
        member("code", Node::string("suppressed")),
        member("diagnostics", Node::string(format!("numbers below {threshold} are not told"))),
    ]);
    let outcome = Object(vec![
        member("resourceType", Node::string("OperationOutcome")),
        member("issue", Node::Array(vec![Node::Object(issue)])),
    ]);
    let search = Object(vec![member("mode", Node::string("outcome"))]);
    Node::Object(Object(vec![member("resource", Node::Object(outcome)), member("search", Node::Object(search))]))
}
