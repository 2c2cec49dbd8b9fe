//! One record: `POST /{tenant}/isa95/{resource}`, and `GET`, `PUT`, `DELETE` at its own address, with versions as
//! ETags (RFC 9110, 8.8).

use super::answer;
use super::body::{Body, bodies};
use super::change::{Change, Options, Outcome, Plan, apply, entry, forget, raced, visible};
use super::index::Index;
use super::question::moment;
use super::types::{EQUIPMENT, JOB_ORDERS, Type};
use crate::job;
use crate::service::Isa95;
use crate::store::resource::Stored;
use crate::{run, store};
use theriac_core::{Code, Error, Issue, Result};
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

/// `?at=` gives it as it was at that moment.
pub(crate) async fn read(_: Isa95, context: Context, request: Request) -> Result<Response> {
    let row = Type::find(request.param("resource"))?;
    let mut at = None;
    for (name, value) in request.query_known(&["at"])? {
        at = Some(moment(&value).map_err(|e| e.at(name))?);
    }
    let id = request.param("id");
    let Some(at) = at else {
        let stored = present(&context, row, id).await?;
        return answer::one(&request, 200, row, stored.version, &stored.document);
    };
    let absent = || Error::not_found(row.address, id);
    let stored = store::resource::one(&context.db, row.address, id).await?.ok_or_else(absent)?;
    if !visible(&context, &stored) {
        return Err(absent());
    }
    let then = store::resource::version_at(&context.db, (row.address, id), at).await?.ok_or_else(absent)?;
    match then.action.as_str() {
        "delete" => Err(Error::gone(row.address, id)),
        _ => answer::one(&request, 200, row, then.version, &then.document),
    }
}

/// The record, if it is there for the caller.
pub(crate) async fn present(context: &Context, row: &Type, id: &str) -> Result<Stored> {
    let found = store::resource::one(&context.db, row.address, id).await?;
    match found.filter(|stored| visible(context, stored)) {
        Some(stored) if !stored.deleted => Ok(stored),
        Some(_) => Err(Error::gone(row.address, id)),
        None => Err(Error::not_found(row.address, id)),
    }
}

pub(crate) async fn create(isa95: Isa95, context: Context, request: Request) -> Result<Response> {
    let row = Type::find(request.param("resource"))?;
    let bodies = bodies(row, &request)?;
    let first = store::resource::one(&context.db, row.address, &bodies[0].id).await?;
    if let Some(there) = first.filter(|stored| !stored.deleted && visible(&context, stored)) {
        return Err(Error::conflict(format!("{}/{} is there already; PUT changes it", row.address, there.id)));
    }
    let address = format!("{}/isa95/{}/{}", context.trail.base, row.address, bodies[0].id);
    Ok(write(&isa95, &context, &request, row, bodies).await?.with("location", address))
}

pub(crate) async fn put(isa95: Isa95, context: Context, request: Request) -> Result<Response> {
    let row = Type::find(request.param("resource"))?;
    let id = request.param("id");
    let bodies = bodies(row, &request)?;
    if bodies[0].id != id {
        let message = format!("the body is of {:?}, the address of {id:?}; they must be the same", bodies[0].id);
        return Err(Error::from_issues(vec![Issue::new(Code::Invalid, "id", message)]));
    }
    let before = store::resource::one(&context.db, row.address, id).await?;
    let living = before.filter(|stored| !stored.deleted && visible(&context, stored));
    request.check_version(living.map(|stored| stored.version))?;
    write(&isa95, &context, &request, row, bodies).await
}

async fn write(
    isa95: &Isa95,
    context: &Context,
    request: &Request,
    row: &'static Type,
    bodies: Vec<Body>,
) -> Result<Response> {
    let mut options = Options::default();
    for (name, value) in request.query_known(&["references"])? {
        Options::read(&name, &value, &mut options)?;
    }
    // A form that cannot be given back is refused before anything is stored.
    answer::accepted(request)?;
    let plan = apply(isa95, context, bodies.into_iter().map(Change::from).collect(), options).await?;
    let Plan { outcomes, dangling } = plan;
    let first = outcomes.first().ok_or_else(|| Error::internal("a change of nothing"))?;
    let status = if first.created { 201 } else { 200 };
    let response = answer::one(request, status, row, first.stored.version, &first.stored.document)?;
    Ok(match dangling.is_empty() {
        true => response,
        false => {
            let places: Vec<String> = dangling.iter().take(20).map(|r| r.path.clone()).collect();
            response.with("x-dangling-references", format!("{}; {}", dangling.len(), places.join(", ")))
        }
    })
}

pub(crate) async fn delete(isa95: Isa95, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let row = Type::find(request.param("resource"))?;
    let stored = present(&context, row, request.param("id")).await?;
    request.check_version(Some(stored.version))?;
    if row.address == JOB_ORDERS {
        job::removable(&stored)?;
    }
    remove(&isa95, &context, row, stored, "delete", None).await?;
    Ok(Response::new(204))
}

/// Takes a record away, if no other names it. Its versions stay.
pub(crate) async fn remove(
    isa95: &Isa95,
    context: &Context,
    row: &'static Type,
    stored: Stored,
    action: &'static str,
    data: Option<serde_json::Value>,
) -> Result<()> {
    let mut unit = Unit::new();
    removal(&mut unit, context, row, stored, action, data).await?;
    context.db.commit(unit).await.map_err(raced)?;
    forget(isa95, context, std::iter::once(row));
    Ok(())
}

/// The statements of a removal.
pub(crate) async fn removal(
    unit: &mut Unit,
    context: &Context,
    row: &'static Type,
    stored: Stored,
    action: &'static str,
    data: Option<serde_json::Value>,
) -> Result<()> {
    let db = &context.db;
    let cleared = row.address == JOB_ORDERS;
    let naming = store::index::naming(db, &context.grant.rows(), (row.address, &stored.id)).await?;
    if let Some((kind, id)) = naming.filter(|_| !cleared) {
        let part = if kind == row.address && row.parent == "parent" { "is part of" } else { "names" };
        let message = format!("{id} {part} {}; remove or change {kind}/{id} first", stored.id);
        return Err(Error::conflict(message));
    }
    // Responses go on naming an order that was cleared; its versions are kept.
    if !cleared {
        unit.push(store::resource::hold_free(db, row.address, &stored.id));
    }
    let gone = Stored { version: stored.version + 1, updated: context.now().0, deleted: true, ..stored };
    store::resource::put(unit, db, &gone, "delete");
    store::index::put(unit, db, (row.address, &gone.id), false, &Index::default());
    if row.address == EQUIPMENT {
        unit.push(store::property::retire(db, &gone.id));
    }
    if row.address == run::JOB_RESPONSES {
        unit.push(store::run::remove(db, row.address, &gone.id));
    }
    let outcome = Outcome { row, stored: gone, told: run::Told::Nothing, created: false, changed: true };
    theriac_ledger::record(unit, context, &[entry(&outcome, Some(action), data)?])
}
