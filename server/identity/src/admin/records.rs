//! What is the same for all that is registered: list, read, put, disable, enable.

use super::page;
use crate::record::{self, Record, Registered, State};
use crate::service::Identity;
use crate::store;
use serde_json::{Value, json};
use theriac_core::{Error, Result};
use theriac_platform::db::{Statement, Unit};
use theriac_platform::http::{Request, Response};
use theriac_platform::{Context, Revocations};

pub(crate) async fn list<T: Registered>(_: Identity, context: Context, request: Request) -> Result<Response> {
    let (mut state, mut before, mut count) = (None, None, page::USUAL);
    for (name, value) in request.query_known(&["state", "from", "count"])? {
        match name.as_str() {
            "state" => {
                let wrong = || Error::invalid("'state' is active, pending or disabled").at("state");
                state = Some(State::parse(&value).ok_or_else(wrong)?);
            }
            "from" => before = Some(page::key(&value)?),
            _ => count = page::count(&value)?,
        }
    }
    let mut found = store::record::list::<T>(&context.db, state, before, count + 1).await?;
    let more = found.len() as u64 > count;
    found.truncate(count as usize);
    let shown = found.iter().map(Record::shown).collect::<Result<Vec<_>>>()?;
    let mut body = json!({ T::KIND.plural(): shown });
    if let Some(last) = found.last().filter(|_| more) {
        body["next"] = json!(format!("{:x}", last.key));
    }
    Response::json(200, &body)
}

pub(crate) async fn read<T: Registered>(_: Identity, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    shown(200, &find::<T>(&context, request.param("id")).await?)
}

/// A new record, or a new version of one; `If-Match` and `If-None-Match` are kept.
pub(crate) async fn put<T: Registered>(_: Identity, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let id = request.param("id");
    record::check_id(id)?;
    let document: T = record::read(&request.body, Some(id))?;
    let present = store::record::find::<T>(&context.db, id).await?;
    request.check_version(present.as_ref().map(|record| record.version))?;
    let Some(present) = present else {
        let record = fresh(&context, id, State::Active, document);
        commit(&context, &record, "create", vec![]).await?;
        return shown(201, &record);
    };
    let record = Record { document, ..present.next(&context) };
    commit(&context, &record, "update", vec![]).await?;
    shown(200, &record)
}

pub(crate) async fn disable<T: Registered>(_: Identity, context: Context, request: Request) -> Result<Response> {
    turn::<T>(context, request, State::Disabled, "disable").await
}

pub(crate) async fn enable<T: Registered>(_: Identity, context: Context, request: Request) -> Result<Response> {
    turn::<T>(context, request, State::Active, "enable").await
}

async fn turn<T: Registered>(context: Context, request: Request, to: State, action: &'static str) -> Result<Response> {
    request.query_known(&[])?;
    let present = find::<T>(&context, request.param("id")).await?;
    if present.state == State::Pending && to == State::Active {
        return Err(Error::conflict("it awaits approval; approve it instead"));
    }
    if present.state == to {
        return shown(200, &present);
    }
    let record = Record { state: to, ..present.next(&context) };
    commit(&context, &record, action, vec![]).await?;
    shown(200, &record)
}

pub(crate) async fn find<T: Registered>(context: &Context, id: &str) -> Result<Record<T>> {
    let found = store::record::find(&context.db, id).await?;
    found.ok_or_else(|| Error::not_found(T::KIND.plural(), id))
}

pub(crate) fn fresh<T>(context: &Context, id: &str, state: State, document: T) -> Record<T> {
    let now = context.now();
    Record { id: id.to_owned(), key: context.key(), version: 1, state, created: now, changed: now, document }
}

impl<T> Record<T> {
    /// The version that follows.
    pub(crate) fn next(self, context: &Context) -> Self {
        Self { version: self.version + 1, changed: context.now(), ..self }
    }
}

/// Actions after which nobody has less than before.
const GIVING: &[&str] = &["enable", "approve"];

/// The record, what goes with it, and the ledger's entry: all or nothing.
pub(crate) async fn commit<T: Registered>(
    context: &Context,
    record: &Record<T>,
    action: &'static str,
    with: Vec<Statement>,
) -> Result<()> {
    let mut unit = Unit::new();
    unit.push(store::record::put(&context.db, record)?);
    for statement in with {
        unit.push(statement);
    }
    theriac_ledger::record(&mut unit, context, &[record.entry(action)?])?;
    // Tokens say what held when they were made.
    let stale = record.version > 1 && record.state != State::Pending && !GIVING.contains(&action);
    let rows = stale.then(|| Revocations::take_back(&mut unit, &context.db, T::mark(&record.id)));
    match Revocations::commit(&context.db, unit, rows.into_iter().collect()).await {
        Err(e) if e.guard == Some("identity_record") => {
            Err(Error::conflict("somebody else changed it at the same moment; read it again"))
        }
        other => other.map(drop),
    }
}

pub(super) fn shown<T: Registered>(status: u16, record: &Record<T>) -> Result<Response> {
    shown_with(status, record, json!({}))
}

/// With members that are shown this once.
pub(super) fn shown_with<T: Registered>(status: u16, record: &Record<T>, once: Value) -> Result<Response> {
    let mut shown = record.shown()?;
    if let Value::Object(once) = once {
        shown.extend(once);
    }
    let response = Response::json(status, &shown)?.with("etag", format!("W/\"{}\"", record.version));
    Ok(response.with("cache-control", "no-store"))
}
