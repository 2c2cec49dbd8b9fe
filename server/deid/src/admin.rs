//! `/{tenant}/admin/deid`: profiles, research projects, and new keys for them.

use crate::input;
use crate::lens::{MARK, Views};
use crate::plan::Plan;
use crate::profile::{BUILT_IN, Profile};
use crate::project::Project;
use crate::store::{self, Document, Of};
use crate::vault;
use serde_json::json;
use theriac_core::hash::sha256;
use theriac_core::{Code, Error, Result};
use theriac_ledger::Entry;
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

const TOML: &str = "application/toml";

pub(crate) async fn profiles(_: Views, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let own = store::all(&context.db, Of::Profile).await?;
    let built_in = BUILT_IN.iter().map(|(id, _)| json!({ "id": id, "version": 0 }));
    let own = own.iter().map(|document| json!({ "id": document.id, "version": document.version }));
    Response::json(200, &json!({ "profiles": built_in.chain(own).collect::<Vec<_>>() }))
}

/// The file as it was written.
pub(crate) async fn profile(_: Views, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let id = request.param("id");
    let answer = |text: &str, version: i64| {
        Response::new(200).with("content-type", TOML).with("etag", format!("W/\"{version}\"")).body(text.to_owned())
    };
    if let Some(text) = Profile::built_in(id) {
        return Ok(answer(text, 0));
    }
    let document = find(&context, Of::Profile, id).await?.ok_or_else(|| Error::not_found("profiles", id))?;
    Ok(answer(&document.text, document.version))
}

pub(crate) async fn put_profile(views: Views, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let id = input::name(request.param("id"))?;
    if Profile::built_in(id).is_some() {
        return Err(Error::new(Code::Conflict, format!("{id} comes with the program; give yours another name")));
    }
    let text = std::str::from_utf8(&request.body).map_err(|_| Error::malformed("the profile is not valid UTF-8"))?;
    Plan::compile(Profile::parse(text)?, views.schema)?;
    let before = find(&context, Of::Profile, id).await?.map(|document| document.version);
    request.check_version(before)?;
    let version = before.unwrap_or(0) + 1;
    let document = Document { id: id.to_owned(), version, text: text.to_owned() };
    let mut unit = Unit::new();
    unit.push(store::put(&context.db, Of::Profile, &document));
    commit(&context, unit, entry("profile", &document)).await?;
    Ok(Response::new(if version == 1 { 201 } else { 200 }).with("etag", format!("W/\"{version}\"")))
}

pub(crate) async fn projects(_: Views, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let all = store::all(&context.db, Of::Project).await?;
    let ids: Vec<_> = all.iter().map(|document| json!({ "id": document.id, "version": document.version })).collect();
    Response::json(200, &json!({ "projects": ids }))
}

pub(crate) async fn project(_: Views, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let id = request.param("id");
    let document = find(&context, Of::Project, id).await?.ok_or_else(|| Error::not_found("projects", id))?;
    let key_version = store::keys(&context.db, id).await?.len() as i64;
    shown(200, &document, key_version)
}

pub(crate) async fn put_project(views: Views, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let id = input::name(request.param("id"))?;
    let project: Project = request.json()?;
    let known =
        Profile::built_in(&project.profile).is_some() || find(&context, Of::Profile, &project.profile).await?.is_some();
    if !known {
        let message = format!("there is no profile '{}'; safe-harbor and expert are always there", project.profile);
        return Err(Error::invalid(message).at("profile"));
    }
    let before = find(&context, Of::Project, id).await?;
    request.check_version(before.as_ref().map(|document| document.version))?;
    // Pseudonyms and shifts of one project cannot be of two kinds: who has both would join them.
    if let Some(before) = &before
        && Project::read(&before.text)?.profile != project.profile
    {
        let message = "the profile of a project stays, as its pseudonyms do; begin another project";
        return Err(Error::new(Code::Conflict, message).at("profile"));
    }
    let version = before.map_or(0, |document| document.version) + 1;
    let text = serde_json::to_string(&project).map_err(Error::internal)?;
    let document = Document { id: id.to_owned(), version, text };
    let mut unit = Unit::new();
    unit.push(store::put(&context.db, Of::Project, &document));
    let keys = store::keys(&context.db, id).await?.len() as i64;
    if keys == 0 {
        unit.push(new_key(&views, &context, id, 1)?);
    }
    commit(&context, unit, entry("project", &document)).await?;
    shown(if version == 1 { 201 } else { 200 }, &document, keys.max(1))
}

/// From now on values are sealed with a new key. Pseudonyms stay.
pub(crate) async fn rotate(views: Views, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let id = request.param("id");
    let document = find(&context, Of::Project, id).await?.ok_or_else(|| Error::not_found("projects", id))?;
    let version = store::keys(&context.db, id).await?.last().map_or(0, |(version, _)| *version) + 1;
    let mut unit = Unit::new();
    unit.push(new_key(&views, &context, id, version)?);
    let entry = Entry { action: "rotate", version, hash: None, ..entry("project", &document) };
    commit(&context, unit, entry).await?;
    shown(200, &document, version)
}

fn new_key(views: &Views, context: &Context, id: &str, version: i64) -> Result<theriac_platform::db::Statement> {
    let sealed = views.ring.new_key(&vault::bound(&context.tenant.name, id, version))?;
    Ok(store::put_key(&context.db, id, version, sealed))
}

async fn find(context: &Context, of: Of, id: &str) -> Result<Option<Document>> {
    Ok(store::all(&context.db, of).await?.into_iter().find(|document| document.id == id))
}

fn entry(what: &str, document: &Document) -> Entry {
    Entry {
        topic: format!("deid.{what}"),
        action: if document.version == 1 { "create" } else { "update" },
        subject: format!("{what}s/{}", document.id),
        version: document.version,
        hash: Some(sha256(document.text.as_bytes())),
        ..Entry::default()
    }
}

async fn commit(context: &Context, mut unit: Unit, entry: Entry) -> Result<()> {
    unit.touch(MARK);
    theriac_ledger::record(&mut unit, context, &[entry])?;
    match context.db.commit(unit).await {
        Err(e) if e.guard.is_some() => Err(Error::new(Code::Conflict, "somebody else changed it at the same moment")),
        other => other.map(drop),
    }
}

fn shown(status: u16, document: &Document, key_version: i64) -> Result<Response> {
    let mut shown: serde_json::Value = serde_json::from_str(&document.text).map_err(Error::internal)?;
    shown["id"] = document.id.as_str().into();
    shown["keyVersion"] = key_version.into();
    Ok(Response::json(status, &shown)?.with("etag", format!("W/\"{}\"", document.version)))
}
