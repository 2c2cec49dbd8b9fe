//! PostgreSQL: every unit is one transaction sent in one flush on a shared connection.
//!
//! BEGIN with the tenant, the statements and COMMIT leave together and come back together, so a unit
//! costs one round trip and a connection never waits inside a transaction. Because all messages of a
//! unit are queued before anybody else's, many callers share a connection, and a caller who goes away
//! leaves nothing half-sent. What would need a look in between is a guard raised in the database.

mod bind;

use super::orm::Named;
use super::{Row, Statement, Unit};
use futures_util::StreamExt;
use futures_util::future::{BoxFuture, FutureExt};
use parking_lot::{Mutex, RwLock};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use theriac_core::{Code, Error, Result};
use tokio_postgres::error::SqlState;
use tokio_postgres::{AsyncMessage, Client, NoTls, Statement as Prepared};

pub(in crate::db) use bind::borrowed;

const WRITERS: usize = 8;
const READERS: usize = 4;

/// How statements are planned on a connection: once, or for each set of values.
///
/// A plan made once must also be right when the tables have grown: these statements all go by keys, so what
/// begins with a whole table, or sorts what an index has in order, is switched off. Compiling plans (`jit`) takes
/// longer than any of these statements runs.
const ONCE: &str = "SET jit = off; SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; \
                    SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_sort = off";
const ANEW: &str = "SET jit = off; SET plan_cache_mode = force_custom_plan";

/// Raised by the function `platform_expect` when a guard does not hold.
const GUARD: &str = "TH001";

pub(super) struct Pool {
    url: String,
    writers: Ring,
    readers: Ring,
    /// Reads that are planned anew.
    searchers: Ring,
}

struct Ring {
    setting: &'static str,
    lines: Vec<RwLock<Arc<Line>>>,
    next: AtomicUsize,
}

/// One connection with the statements prepared on it.
struct Line {
    client: Client,
    /// Held while the messages of one unit are queued, so that nobody else's come between them.
    queueing: Mutex<()>,
    prepared: Mutex<HashMap<String, Prepared>>,
}

impl Pool {
    pub(super) async fn open(url: &str) -> Result<Self> {
        let writers = Ring::open(url, ONCE, WRITERS).await?;
        let readers = Ring::open(url, ONCE, READERS).await?;
        let searchers = Ring::open(url, ANEW, READERS).await?;
        Ok(Self { url: url.to_owned(), writers, readers, searchers })
    }

    pub(super) async fn commit(&self, tenant: i32, unit: Unit) -> Result<Vec<u64>> {
        let line = self.writers.line(&self.url).await?;
        let prepared = line.prepare_all(&unit.statements).await?;
        let begin = format!("BEGIN; SET LOCAL theriac.tenant = '{tenant}'");
        let mut steps: Vec<Step<'_, u64>> = Vec::with_capacity(prepared.len() + 1);
        steps.push(line.client.batch_execute(&begin).map(|r| r.map(|()| 0)).boxed());
        for (statement, prepared) in unit.statements.iter().zip(&prepared) {
            steps.push(line.client.execute_raw(prepared, bind::params(statement)).boxed());
        }
        let results = together(&line, steps).await;
        outcome(&unit.statements, results)
    }

    pub(super) async fn read(&self, tenant: i32, statement: Statement) -> Result<Vec<Row>> {
        let rows = self.query(tenant, &statement).await?;
        rows.iter().map(bind::row).collect()
    }

    pub(super) async fn named(&self, tenant: i32, statement: Statement) -> Result<Vec<Named>> {
        let rows = self.query(tenant, &statement).await?;
        rows.iter().map(named_row).collect()
    }

    async fn query(&self, tenant: i32, statement: &Statement) -> Result<Vec<tokio_postgres::Row>> {
        let ring = if statement.anew { &self.searchers } else { &self.readers };
        let line = ring.line(&self.url).await?;
        let prepared = line.prepare(statement).await?;
        let begin = format!("BEGIN READ ONLY; SET LOCAL theriac.tenant = '{tenant}'");
        let params = bind::borrowed(&statement.params);
        let steps: Vec<Step<'_, Vec<tokio_postgres::Row>>> = vec![
            line.client.batch_execute(&begin).map(|r| r.map(|()| Vec::new())).boxed(),
            line.client.query(&prepared, &params).boxed(),
        ];
        let mut results = together(&line, steps).await.into_iter();
        results.next().transpose().map_err(|e| failure("begin", e))?;
        Ok(results.next().transpose().map_err(|e| failure(statement.name, e))?.unwrap_or_default())
    }

    /// Calls `heard` with the tenant named by each notification, until the connection ends.
    pub(super) async fn listen(&self, channel: &'static str, heard: impl Fn(i32) + Send + 'static) -> Result<()> {
        let (client, mut connection) = tokio_postgres::connect(&self.url, NoTls).await.map_err(lost)?;
        let messages = futures_util::stream::poll_fn(move |cx| connection.poll_message(cx));
        let reading = messages.for_each(move |message| {
            if let Ok(AsyncMessage::Notification(n)) = &message
                && let Ok(tenant) = n.payload().parse()
            {
                heard(tenant);
            }
            std::future::ready(())
        });
        let listen = format!("LISTEN {channel}");
        let (listening, ()) = tokio::join!(client.batch_execute(&listen), reading);
        listening.map_err(lost)
    }

    /// A connection of its own, for migrations.
    pub(super) async fn client(&self) -> Result<Client> {
        connect(&self.url).await
    }
}

type Step<'s, T> = BoxFuture<'s, Result<T, tokio_postgres::Error>>;

/// Sends all by polling each once, in order and with nobody in between, then waits for each, in order.
///
/// A statement that the client library refuses to send (a number that does not fit, say) never reaches the
/// database, which would commit the rest: then ROLLBACK is sent instead.
async fn together<T>(line: &Line, mut steps: Vec<Step<'_, T>>) -> Vec<Result<T, tokio_postgres::Error>>
where
    T: Default,
{
    let mut commit = line.client.batch_execute("COMMIT").boxed();
    let mut rollback = line.client.batch_execute("ROLLBACK").boxed();
    let mut early: Vec<Option<Result<T, tokio_postgres::Error>>> = Vec::with_capacity(steps.len());
    let (mut whole, mut ended) = (true, None);
    std::future::poll_fn(|cx| {
        let _alone = line.queueing.lock();
        for step in &mut steps {
            early.push(match step.as_mut().poll(cx) {
                Poll::Ready(result) => Some(result),
                Poll::Pending => None,
            });
        }
        whole = !early.iter().flatten().any(Result::is_err);
        let end = if whole { &mut commit } else { &mut rollback };
        if let Poll::Ready(result) = end.as_mut().poll(cx) {
            ended = Some(result);
        }
        Poll::Ready(())
    })
    .await;
    let mut results = Vec::with_capacity(steps.len() + 1);
    for (step, early) in steps.into_iter().zip(early) {
        results.push(match early {
            Some(result) => result,
            None => step.await,
        });
    }
    let end = match ended {
        Some(result) => result,
        None => if whole { commit } else { rollback }.await,
    };
    results.push(end.map(|()| T::default()));
    results
}

/// The first failure is the reason; what follows it only says that the transaction was aborted.
/// COMMIT after a failure answers ROLLBACK without an error, so every result is looked at.
fn outcome(statements: &[Statement], results: Vec<Result<u64, tokio_postgres::Error>>) -> Result<Vec<u64>> {
    let last = results.len() - 1;
    let mut counts = Vec::with_capacity(statements.len());
    for (i, result) in results.into_iter().enumerate() {
        let name = if i == 0 { "begin" } else { statements.get(i - 1).map_or("commit", |s| s.name) };
        let count = result.map_err(|e| failure(name, e))?;
        if i > 0 && i < last {
            counts.push(count);
        }
    }
    Ok(counts)
}

fn failure(name: &'static str, error: tokio_postgres::Error) -> Error {
    let Some(state) = error.code() else {
        return Error::new(Code::Unavailable, "the database does not answer").caused_by(error).retry_after(1);
    };
    match state {
        s if *s == SqlState::UNIQUE_VIOLATION || s.code() == GUARD => {
            Error::conflict("another change came first").guarded_by(name).caused_by(error)
        }
        s if *s == SqlState::T_R_SERIALIZATION_FAILURE || *s == SqlState::T_R_DEADLOCK_DETECTED => {
            Error::conflict("another change came at the same time").retry_after(1).guarded_by(name).caused_by(error)
        }
        s if *s == SqlState::CHARACTER_NOT_IN_REPERTOIRE => {
            Error::invalid("a text holds the character U+0000, which cannot be kept").caused_by(error)
        }
        s if *s == SqlState::QUERY_CANCELED => Error::new(Code::Timeout, "the database took too long").caused_by(error),
        _ => {
            let detail = error
                .as_db_error()
                .map_or_else(|| error.to_string(), |d| format!("{} {}", d.code().code(), d.message()));
            Error::internal(format!("{name}: {detail}"))
        }
    }
}

impl Ring {
    async fn open(url: &str, setting: &'static str, size: usize) -> Result<Self> {
        let mut lines = Vec::with_capacity(size);
        for _ in 0..size {
            lines.push(RwLock::new(Arc::new(Line::open(url, setting).await?)));
        }
        Ok(Self { setting, lines, next: AtomicUsize::new(0) })
    }

    /// The next connection in turn; one that was lost is opened again.
    async fn line(&self, url: &str) -> Result<Arc<Line>> {
        let slot = &self.lines[self.next.fetch_add(1, Ordering::Relaxed) % self.lines.len()];
        let line = slot.read().clone();
        if !line.client.is_closed() {
            return Ok(line);
        }
        let fresh = Arc::new(Line::open(url, self.setting).await?);
        *slot.write() = fresh.clone();
        Ok(fresh)
    }
}

impl Line {
    async fn open(url: &str, setting: &str) -> Result<Self> {
        let client = connect(url).await?;
        client.batch_execute(setting).await.map_err(lost)?;
        Ok(Self { client, queueing: Mutex::default(), prepared: Mutex::default() })
    }

    async fn prepare_all(&self, statements: &[Statement]) -> Result<Vec<Prepared>> {
        let mut all = Vec::with_capacity(statements.len());
        for statement in statements {
            all.push(self.prepare(statement).await?);
        }
        Ok(all)
    }

    async fn prepare(&self, statement: &Statement) -> Result<Prepared> {
        let sql = guarded(statement);
        if let Some(prepared) = self.prepared.lock().get(sql.as_ref()) {
            return Ok(prepared.clone());
        }
        let prepared = self.client.prepare(&sql).await.map_err(|e| failure(statement.name, e))?;
        let mut known = self.prepared.lock();
        if known.len() >= 2_000 {
            known.clear();
        }
        known.insert(sql.into_owned(), prepared.clone());
        Ok(prepared)
    }
}

/// A guard is part of the statement: the database itself raises the alarm and undoes the unit.
fn guarded(statement: &Statement) -> std::borrow::Cow<'_, str> {
    match statement.expect {
        None => std::borrow::Cow::Borrowed(&statement.sql),
        Some(rows) => format!(
            "WITH touched AS ({} RETURNING 1) SELECT platform_expect(count(*), {rows}) FROM touched",
            statement.sql
        )
        .into(),
    }
}

fn lost(error: tokio_postgres::Error) -> Error {
    let message = "the PostgreSQL server named by THERIAC_DATABASE_URL does not answer";
    Error::new(Code::Unavailable, message).caused_by(error).retry_after(1)
}

/// A row whose columns have names and types, as sea-orm's entities want it.
pub(super) fn named_row(row: &tokio_postgres::Row) -> Result<Named> {
    let columns = row.columns().iter().enumerate();
    columns.map(|(i, c)| Ok((c.name().to_owned(), c.type_().name().to_owned(), bind::column(row, i)?))).collect()
}

async fn connect(url: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.map_err(lost)?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::warn!(%error, "a PostgreSQL connection ended");
        }
    });
    Ok(client)
}
