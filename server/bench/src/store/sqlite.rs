//! SQLite: sizes, and what the bare database does.

use super::Sizes;
use crate::Result;
use rusqlite::{Connection, OpenFlags, params};
use std::path::Path;
use std::time::{Duration, Instant};

pub fn version() -> String {
    rusqlite::version().to_owned()
}

/// By pages, so that what the write-ahead log still holds is in it: <https://sqlite.org/dbstat.html>.
pub fn sizes(file: &Path) -> Result<Sizes> {
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let size = |prefix: &str| {
        let sql = "SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE name LIKE ?1 OR name LIKE ?2";
        connection.query_row(sql, [format!("{prefix}%"), format!("sqlite_autoindex_{prefix}%")], |row| row.get(0))
    };
    Ok(Sizes { fhir: size("fhir_")?, ledger: size("ledger_")?, chunks: size("isa95_chunk")? })
}

/// A database set up as the server sets up its own, with one table of a key and a body.
pub fn bare(file: &Path) -> Result<Connection> {
    let connection = Connection::open(file)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16000;
         CREATE TABLE IF NOT EXISTS bare (key integer PRIMARY KEY, body blob NOT NULL);",
    )?;
    Ok(connection)
}

/// Rows a second, this many to a transaction, until the time is over.
pub fn insert(
    connection: &mut Connection,
    from: i64,
    together: usize,
    body: &[u8],
    time: Duration,
) -> Result<(f64, i64)> {
    let (begin, mut key) = (Instant::now(), from);
    while begin.elapsed() < time {
        let transaction = connection.transaction()?;
        let mut statement = transaction.prepare_cached("INSERT INTO bare (key, body) VALUES (?1, ?2)")?;
        for _ in 0..together {
            statement.execute(params![key, body])?;
            key += 1;
        }
        drop(statement);
        transaction.commit()?;
    }
    Ok(((key - from) as f64 / begin.elapsed().as_secs_f64(), key))
}

/// Reads a second of single rows by key.
pub fn read(connection: &Connection, rows: i64, time: Duration) -> Result<f64> {
    let mut statement = connection.prepare_cached("SELECT body FROM bare WHERE key = ?1")?;
    let (begin, mut done) = (Instant::now(), 0_i64);
    while begin.elapsed() < time {
        let _body: Vec<u8> = statement.query_row([(done * 7_919) % rows], |row| row.get(0))?;
        done += 1;
    }
    Ok(done as f64 / begin.elapsed().as_secs_f64())
}
