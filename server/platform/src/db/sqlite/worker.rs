//! The threads that hold SQLite connections: the writer with its shared transactions, and the readers.

use super::{Read, Reply, Row, Statement, Unit};
use crate::db::orm::Named;
use crate::db::value::{Value, pack};
use parking_lot::Mutex;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, ErrorCode};
use std::borrow::Cow;
use std::sync::mpsc::Receiver;
use theriac_core::{Error, Result};

/// How many waiting units share one transaction, and with it one sync to disk.
const SHARED: usize = 128;

/// Takes units until all senders are gone.
pub(super) fn write(connection: Connection, waiting: &Receiver<(Unit, Reply<Vec<u64>>)>) {
    while let Ok(first) = waiting.recv() {
        let mut units = vec![first];
        while units.len() < SHARED
            && let Ok(next) = waiting.try_recv()
        {
            units.push(next);
        }
        together(&connection, units);
    }
}

/// One transaction for all: a unit that fails is undone alone, a commit that fails is everybody's failure.
fn together(connection: &Connection, units: Vec<(Unit, Reply<Vec<u64>>)>) {
    if let Err(e) = connection.execute_batch("BEGIN IMMEDIATE") {
        let message = e.to_string();
        units.into_iter().for_each(|(_, reply)| answer(reply, Err(busy(&message))));
        return;
    }
    let done: Vec<_> = units.into_iter().map(|(unit, reply)| (alone(connection, &unit), reply)).collect();
    let committed = connection.execute_batch("COMMIT").map_err(|e| e.to_string());
    if committed.is_err() {
        let _undone = connection.execute_batch("ROLLBACK");
    }
    for (result, reply) in done {
        match &committed {
            Ok(()) => answer(reply, result),
            Err(message) => answer(reply, result.and(Err(busy(message)))),
        }
    }
}

fn answer<T>(reply: Reply<T>, result: Result<T>) {
    // The asker may have gone away; the work is done all the same.
    let _ = reply.send(result);
}

fn busy(message: &str) -> Error {
    Error::new(theriac_core::Code::Unavailable, "the database could not commit")
        .caused_by(message.to_owned())
        .retry_after(1)
}

fn alone(connection: &Connection, unit: &Unit) -> Result<Vec<u64>> {
    connection.execute_batch("SAVEPOINT unit").map_err(Error::internal)?;
    let result: Result<Vec<u64>> = unit.statements.iter().map(|s| run(connection, s)).collect();
    let close = if result.is_ok() { "RELEASE unit" } else { "ROLLBACK TO unit; RELEASE unit" };
    connection.execute_batch(close).map_err(Error::internal)?;
    result
}

fn run(connection: &Connection, statement: &Statement) -> Result<u64> {
    let mut prepared = prepare(connection, statement)?;
    let times = match statement.each {
        true => statement.params.iter().find_map(Value::len).unwrap_or(0),
        false => 1,
    };
    let mut touched = 0;
    for member in 0..times {
        bind(&mut prepared, statement, member)?;
        touched += prepared.raw_execute().map_err(|e| failure(statement, e))? as u64;
    }
    match statement.expect {
        Some(expected) if expected != touched => {
            Err(Error::conflict("another change came first").guarded_by(statement.name))
        }
        _ => Ok(touched),
    }
}

fn prepare<'c>(connection: &'c Connection, statement: &Statement) -> Result<CachedStatement<'c>> {
    connection.prepare_cached(&numbered(&statement.sql)).map_err(|e| failure(statement, e))
}

/// `$1` is a number to PostgreSQL and a name to SQLite, whose numbers are `?1`.
fn numbered(sql: &str) -> Cow<'_, str> {
    match sql.contains('$') {
        true => Cow::Owned(sql.replace('$', "?")),
        false => Cow::Borrowed(sql),
    }
}

fn bind(prepared: &mut CachedStatement<'_>, statement: &Statement, member: usize) -> Result<()> {
    for (i, value) in statement.params.iter().enumerate() {
        let output = if statement.each { nth(value, member) } else { whole(value) };
        prepared.raw_bind_parameter(i + 1, output).map_err(|e| failure(statement, e))?;
    }
    Ok(())
}

fn nth(value: &Value, member: usize) -> ToSqlOutput<'_> {
    use rusqlite::types::Value as Owned;
    match value {
        Value::Ints(v) => {
            v.get(member).map_or(ToSqlOutput::Owned(Owned::Null), |n| ToSqlOutput::Owned(Owned::Integer(*n)))
        }
        Value::Reals(v) => {
            v.get(member).map_or(ToSqlOutput::Owned(Owned::Null), |n| ToSqlOutput::Owned(Owned::Real(*n)))
        }
        Value::Texts(v) => {
            ToSqlOutput::Borrowed(v.get(member).map_or(ValueRef::Null, |t| ValueRef::Text(t.as_bytes())))
        }
        Value::Blobs(v) => ToSqlOutput::Borrowed(v.get(member).map_or(ValueRef::Null, |b| ValueRef::Blob(b))),
        scalar => whole(scalar),
    }
}

/// A value bound as one: an array of numbers becomes a packed blob, an array of texts a JSON array.
fn whole(value: &Value) -> ToSqlOutput<'_> {
    use rusqlite::types::Value as Owned;
    match value {
        Value::Null => ToSqlOutput::Owned(Owned::Null),
        Value::Int(n) => ToSqlOutput::Owned(Owned::Integer(*n)),
        Value::Real(n) => ToSqlOutput::Owned(Owned::Real(*n)),
        Value::Text(t) => ToSqlOutput::Borrowed(ValueRef::Text(t.as_bytes())),
        Value::Bytes(b) => ToSqlOutput::Borrowed(ValueRef::Blob(b)),
        Value::Ints(v) => ToSqlOutput::Owned(Owned::Blob(pack(v))),
        Value::Texts(v) => ToSqlOutput::Owned(Owned::Text(serde_json::json!(v).to_string())),
        Value::Reals(v) => ToSqlOutput::Owned(Owned::Text(serde_json::json!(v).to_string())),
        Value::Blobs(v) => ToSqlOutput::Owned(Owned::Blob(v.concat())),
    }
}

/// Takes reads until all senders are gone.
pub(super) fn read(connection: &Connection, queue: &Mutex<Receiver<Read>>) {
    loop {
        let next = queue.lock().recv();
        match next {
            Ok(Read::Plain(statement, reply)) => answer(reply, rows(connection, &statement)),
            Ok(Read::Named(statement, reply)) => answer(reply, named_rows(connection, &statement)),
            Err(_) => return,
        }
    }
}

fn rows(connection: &Connection, statement: &Statement) -> Result<Vec<Row>> {
    let mut prepared = prepare(connection, statement)?;
    bind(&mut prepared, statement, 0)?;
    let columns = prepared.column_count();
    let mut cursor = prepared.raw_query();
    let mut rows = Vec::new();
    while let Some(row) = cursor.next().map_err(|e| failure(statement, e))? {
        let values = (0..columns).map(|i| row.get_ref(i).map(taken)).collect::<Result<Vec<_>, _>>();
        rows.push(Row(values.map_err(|e| failure(statement, e))?));
    }
    Ok(rows)
}

/// Rows whose columns have names and declared types, as sea-orm's entities want them.
pub(in crate::db) fn named_rows(connection: &Connection, statement: &Statement) -> Result<Vec<Named>> {
    let columns: Vec<(String, String)> = {
        let prepared = prepare(connection, statement)?;
        let declared = prepared.columns();
        declared.iter().map(|c| (c.name().to_owned(), c.decl_type().unwrap_or("").to_owned())).collect()
    };
    let rows = rows(connection, statement)?;
    let name = |Row(values): Row| columns.iter().cloned().zip(values).map(|((n, t), v)| (n, t, v)).collect();
    Ok(rows.into_iter().map(name).collect())
}

/// Runs one statement outside the writer's queue; for migrations.
pub(in crate::db) fn execute(connection: &Connection, statement: &Statement) -> Result<u64> {
    run(connection, statement)
}

fn taken(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(n) => Value::Int(n),
        ValueRef::Real(n) => Value::Real(n),
        ValueRef::Text(t) => Value::Text(String::from_utf8_lossy(t).into_owned()),
        ValueRef::Blob(b) => Value::Bytes(b.to_vec()),
    }
}

fn failure(statement: &Statement, error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => {
            Error::conflict("another change came first").guarded_by(statement.name).caused_by(error)
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => busy(&error.to_string()),
        _ => Error::internal(format!("{}: {error}", statement.name)),
    }
}
