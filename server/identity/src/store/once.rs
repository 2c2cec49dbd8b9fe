//! What is shown once: codes, refresh tokens, launches. Each stands under its hash with what it stands for; using it
//! marks the row, and the row that is marked refuses the second use.

use serde::Serialize;
use serde::de::DeserializeOwned;
use theriac_core::{Error, Instant, Result};
use theriac_platform::db::{Row, Statement, TenantDb, Value};

/// One of the three tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Code,
    Refresh,
    Launch,
}

struct Table {
    name: &'static str,
    find: &'static str,
    insert: &'static str,
    consume: &'static str,
    sweep: &'static str,
}

macro_rules! table {
    ($name:literal, $columns:literal, $values:literal, $line:literal) => {
        Table {
            name: $name,
            find: concat!(
                "SELECT expires, used, document, ",
                $line,
                " FROM ",
                $name,
                " WHERE tenant_id = $1 AND hash = $2"
            ),
            insert: concat!(
                "INSERT INTO ",
                $name,
                " (tenant_id, hash, expires, document",
                $columns,
                ") VALUES ($1, $2, $3, $4",
                $values,
                ")"
            ),
            consume: concat!(
                "UPDATE ",
                $name,
                " SET used = $3 WHERE tenant_id = $1 AND hash = $2 AND used IS NULL AND expires > $3"
            ),
            sweep: concat!("DELETE FROM ", $name, " WHERE tenant_id = $1 AND expires <= $2"),
        }
    };
}

static TABLES: [Table; 3] = [
    table!("identity_code", ", line", ", $5", "line"),
    table!("identity_refresh", ", line", ", $5", "line"),
    table!("identity_launch", "", "", "''"),
];

impl Kind {
    fn table(self) -> &'static Table {
        &TABLES[self as usize]
    }

    /// What a failed use is called in errors of the database.
    pub fn guard(self) -> &'static str {
        self.table().name
    }
}

#[derive(Debug)]
pub(crate) struct Once<T> {
    pub expires: Instant,
    pub used: bool,
    pub document: T,
    /// The sign-in it comes from.
    pub line: String,
}

pub(crate) async fn find<T: DeserializeOwned>(db: &TenantDb, kind: Kind, hash: &str) -> Result<Option<Once<T>>> {
    let table = kind.table();
    let row = db.row(Statement::new(table.name, table.find, vec![db.tenant(), hash.into()])).await?;
    row.map(|mut row: Row| {
        let document = serde_json::from_str(&row.text(2)?).map_err(Error::internal)?;
        Ok(Once { expires: row.instant(0)?, used: row.maybe_int(1)?.is_some(), document, line: row.text(3)? })
    })
    .transpose()
}

pub(crate) fn insert<T: Serialize>(
    db: &TenantDb,
    kind: Kind,
    hash: &str,
    expires: Instant,
    line: &str,
    document: &T,
) -> Result<Statement> {
    let text = serde_json::to_string(document).map_err(Error::internal)?;
    let mut params: Vec<Value> = vec![db.tenant(), hash.into(), expires.into(), text.into()];
    if kind != Kind::Launch {
        params.push(line.into());
    }
    Ok(Statement::new(kind.table().name, kind.table().insert, params))
}

/// Uses it up; the unit fails if somebody was faster.
pub(crate) fn consume(db: &TenantDb, kind: Kind, hash: &str, now: Instant) -> Statement {
    let table = kind.table();
    Statement::new(table.name, table.consume, vec![db.tenant(), hash.into(), now.into()]).expect(1)
}

/// Ends every refresh token of a sign-in.
pub(crate) fn end_line(db: &TenantDb, line: &str, now: Instant) -> Statement {
    let sql = "UPDATE identity_refresh SET used = $3 WHERE tenant_id = $1 AND line = $2 AND used IS NULL";
    Statement::new("identity_line", sql, vec![db.tenant(), line.into(), now.into()])
}

pub(crate) fn sweep(db: &TenantDb, now: Instant) -> impl Iterator<Item = Statement> {
    let params = [db.tenant(), now.into()];
    TABLES.iter().map(move |table| Statement::new(table.name, table.sweep, params.to_vec()))
}
