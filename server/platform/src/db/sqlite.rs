//! SQLite: one writer thread that puts waiting units into one transaction, and readers beside it.
//!
//! WAL mode lets readers go on while the writer writes. `synchronous=FULL` makes a commit durable
//! against power loss; sharing a transaction pays for it (docs/adr/0003).

mod function;
mod worker;

use super::orm::Named;
use super::{Row, Statement, Unit};
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::sync::mpsc;
use theriac_core::{Error, Result};
use tokio::sync::oneshot;

const READERS: usize = 3;

type Reply<T> = oneshot::Sender<Result<T>>;

/// What a reader is asked for: bare values, or values with their columns' names.
enum Read {
    Plain(Statement, Reply<Vec<Row>>),
    Named(Statement, Reply<Vec<Named>>),
}

pub(super) use worker::{execute, named_rows};

pub(super) struct Pool {
    writer: mpsc::Sender<(Unit, Reply<Vec<u64>>)>,
    readers: mpsc::Sender<Read>,
    file: String,
}

impl Pool {
    /// `path` may carry `?mode=rwc`, `?mode=rw` or `?mode=ro`.
    pub(super) fn open(path: &str) -> Result<Self> {
        let (file, mode) = path.split_once("?mode=").unwrap_or((path, "rwc"));
        if mode == "rwc"
            && let Some(folder) = Path::new(file).parent()
        {
            std::fs::create_dir_all(folder).map_err(|e| unavailable(file, &e))?;
        }
        let writer = open(file, mode)?;
        let (units, waiting) = mpsc::channel();
        spawn("sqlite-writer", move || worker::write(writer, &waiting))?;
        let (statements, queue) = mpsc::channel();
        let queue = std::sync::Arc::new(parking_lot::Mutex::new(queue));
        for _ in 0..READERS {
            let (reader, queue) = (open(file, mode)?, queue.clone());
            spawn("sqlite-reader", move || worker::read(&reader, &queue))?;
        }
        Ok(Self { writer: units, readers: statements, file: file.to_owned() })
    }

    pub(super) async fn commit(&self, unit: Unit) -> Result<Vec<u64>> {
        let (reply, answer) = oneshot::channel();
        self.writer.send((unit, reply)).map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }

    pub(super) async fn read(&self, statement: Statement) -> Result<Vec<Row>> {
        let (reply, answer) = oneshot::channel();
        self.readers.send(Read::Plain(statement, reply)).map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }

    /// As [`Pool::read`], with the columns' names and declared types.
    pub(super) async fn named(&self, statement: Statement) -> Result<Vec<Named>> {
        let (reply, answer) = oneshot::channel();
        self.readers.send(Read::Named(statement, reply)).map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }

    /// A connection of its own, for migrations.
    pub(super) fn connection(&self) -> Result<Connection> {
        open(&self.file, "rw")
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<()> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work).map(drop).map_err(Error::internal)
}

fn open(file: &str, mode: &str) -> Result<Connection> {
    let flags = match mode {
        "rwc" => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        "rw" => OpenFlags::SQLITE_OPEN_READ_WRITE,
        "ro" => OpenFlags::SQLITE_OPEN_READ_ONLY,
        other => return Err(Error::invalid(format!("sqlite mode '{other}' is not one of rwc, rw, ro"))),
    };
    let connection = Connection::open_with_flags(file, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|e| unavailable(file, &e))?;
    connection.set_prepared_statement_cache_capacity(512);
    connection
        .execute_batch(
            "PRAGMA busy_timeout = 20000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             PRAGMA cache_size = -16000; PRAGMA mmap_size = 1073741824; PRAGMA temp_store = MEMORY;
             PRAGMA wal_autocheckpoint = 4000; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;",
        )
        .map_err(|e| unavailable(file, &e))?;
    function::add(&connection).map_err(|e| unavailable(file, &e))?;
    Ok(connection)
}

fn unavailable(file: &str, cause: &dyn std::error::Error) -> Error {
    Error::new(theriac_core::Code::Unavailable, format!("the database file {file} cannot be opened: {cause}"))
}

fn stopped() -> Error {
    Error::new(theriac_core::Code::Unavailable, "the database is shutting down")
}
