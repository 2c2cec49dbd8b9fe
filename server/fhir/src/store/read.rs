//! Reading one resource, or several by their addresses.

use super::search::{Sql, filter};
use crate::kind::Kind;
use crate::policy::Visible;
use crate::policy::labels::Label;
use futures_util::FutureExt;
use theriac_core::{Instant, Result};
use theriac_platform::Context;
use theriac_platform::db::{Engine, Gather, Row, Statement, TenantDb, Value};

/// A stored version, body still compressed.
#[derive(Debug, Clone)]
pub struct Version {
    pub kind: i16,
    pub id: String,
    pub version: i64,
    pub updated: Instant,
    pub deleted: bool,
    pub dictionary: i16,
    pub body: Vec<u8>,
}

/// What makes a [`Version`], of a table called `r`.
pub(crate) const COLUMNS: &str = "r.type, r.id, r.version, r.updated, r.deleted, r.dictionary, r.body";

/// Reads a row that begins with [`COLUMNS`].
pub(crate) fn version(row: &mut Row) -> Result<Version> {
    Ok(Version {
        kind: row.int(0)? as i16,
        id: row.text(1)?,
        version: row.int(2)?,
        updated: row.instant(3)?,
        deleted: row.int(4)? != 0,
        dictionary: row.int(5)? as i16,
        body: row.bytes(6)?,
    })
}

/// An address, and what is asked for there.
type Asked<T> = Gather<(i16, String), Option<T>>;

/// PostgreSQL: what many ask at the same time, in one statement.
async fn with_others(db: &TenantDb, kind: i16, id: &str) -> Option<Option<Version>> {
    let asked = db.server().kept::<Asked<Version>>();
    let all = db.clone();
    asked.ask(db.tenant_key(), (kind, id.to_owned()), move |addresses| versions(all.clone(), addresses).boxed()).await
}

async fn versions(db: TenantDb, addresses: Vec<(i16, String)>) -> Result<Vec<Option<Version>>> {
    let sql = "SELECT r.type, r.id, r.version, r.updated, r.deleted, r.dictionary, r.body, u.at \
               FROM unnest($2::int[], $3::text[]) WITH ORDINALITY AS u(type, id, at) \
               JOIN fhir_resource r ON r.tenant_id = $1 AND r.type = u.type AND r.id = u.id";
    let mut found: Vec<Option<Version>> = vec![None; addresses.len()];
    for mut row in db.rows(Statement::new("fhir_resource", sql, listed(&db, &addresses))).await? {
        let at = row.int(7)? as usize - 1;
        found[at] = Some(version(&mut row)?);
    }
    Ok(found)
}

/// $1 the tenant, $2 types, $3 ids.
fn listed(db: &TenantDb, addresses: &[(i16, String)]) -> Vec<Value> {
    let types = addresses.iter().map(|(kind, _)| i64::from(*kind)).collect();
    vec![db.tenant(), Value::Ints(types), Value::Texts(addresses.iter().map(|(_, id)| id.clone()).collect())]
}

/// The current version, if it exists for the caller; a deleted one only for who does not see some patients' rows only.
pub(crate) async fn current(context: &Context, visible: &Visible, kind: Kind, id: &str) -> Result<Option<Version>> {
    let db = &context.db;
    if *visible == Visible::All
        && db.engine() == Engine::Postgres
        && let Some(found) = with_others(db, kind.number, id).await
    {
        return Ok(found);
    }
    let (sql, params) = match visible {
        Visible::Nothing => return Ok(None),
        Visible::All => {
            let sql = "SELECT r.type, r.id, r.version, r.updated, r.deleted, r.dictionary, r.body \
                       FROM fhir_resource r WHERE r.tenant_id = $1 AND r.type = $2 AND r.id = $3";
            (sql.to_owned(), vec![db.tenant(), i64::from(kind.number).into(), id.into()])
        }
        Visible::Some(_) => {
            let mut sql = Sql::new(db, visible, None);
            let (number, id) = (sql.bind(i64::from(kind.number)), sql.bind(id));
            let policy = filter::policy_of_versions(&mut sql, "r", &[kind.number]);
            let policy: String = policy.iter().map(|c| format!(" AND {}", c.each)).collect();
            sql.finish(&format!(
                "SELECT {COLUMNS} FROM fhir_resource r WHERE r.tenant_id = $1 AND r.type = {number} AND r.id = {id}{policy}"
            ))
        }
    };
    db.row(Statement::new("fhir_resource", sql, params)).await?.map(|mut row| version(&mut row)).transpose()
}

/// Token hashes as one parameter: an array, or JSON for `json_each`.
pub(crate) fn token_list(db: &TenantDb, tokens: &[i64]) -> Value {
    match db.engine() {
        Engine::Postgres => Value::Ints(tokens.to_vec()),
        Engine::Sqlite => Value::Text(serde_json::json!(tokens).to_string()),
    }
}

/// One version of a resource, current or earlier; rows are not judged here.
pub(crate) async fn at_version(context: &Context, kind: Kind, id: &str, number: i64) -> Result<Option<Version>> {
    let db = &context.db;
    let sql = "SELECT r.type, r.id, r.version, r.updated, r.deleted, r.dictionary, r.body FROM fhir_resource r \
               WHERE r.tenant_id = $1 AND r.type = $2 AND r.id = $3 AND r.version = $4 UNION ALL \
               SELECT r.type, r.id, r.version, r.updated, r.deleted, r.dictionary, r.body FROM fhir_history r \
               WHERE r.tenant_id = $1 AND r.type = $2 AND r.id = $3 AND r.version = $4";
    let params = vec![db.tenant(), i64::from(kind.number).into(), id.into(), number.into()];
    db.row(Statement::new("fhir_history", sql, params)).await?.map(|mut row| version(&mut row)).transpose()
}

/// Where existing resources stand: for each address its version and whether it is deleted.
#[derive(Debug, Clone)]
pub struct Standing {
    pub kind: i16,
    pub id: String,
    pub version: i64,
    pub deleted: bool,
    /// Security labels, where the caller may not take them away.
    pub labels: Vec<Label>,
    pub key: i64,
    pub updated: i64,
    /// The tables of ordered rows it is found in.
    pub parts: i64,
    /// SQLite only: what has to be taken out of `fhir_token` when the resource changes.
    pub tokens: Vec<i64>,
}

/// Looks up one address.
pub(crate) async fn standing(db: &TenantDb, kind: i16, id: &str) -> Result<Option<Standing>> {
    let address = (kind, id.to_owned());
    if db.engine() == Engine::Postgres {
        let (asked, all) = (db.server().kept::<Asked<Standing>>(), db.clone());
        let answers = move |addresses| in_order(all.clone(), addresses).boxed();
        if let Some(found) = asked.ask(db.tenant_key(), address.clone(), answers).await {
            return Ok(found);
        }
    }
    Ok(standings(db, &[address]).await?.pop())
}

async fn in_order(db: TenantDb, addresses: Vec<(i16, String)>) -> Result<Vec<Option<Standing>>> {
    let found = standings(&db, &addresses).await?;
    let of = |(kind, id): &(i16, String)| found.iter().find(|s| s.kind == *kind && s.id == *id).cloned();
    Ok(addresses.iter().map(of).collect())
}

/// Looks up many addresses in one statement, all rows.
pub(crate) async fn standings(db: &TenantDb, addresses: &[(i16, String)]) -> Result<Vec<Standing>> {
    if addresses.is_empty() {
        return Ok(Vec::new());
    }
    let (sql, params) = match db.engine() {
        Engine::Postgres => (
            "SELECT r.type, r.id, r.version, r.deleted, r.key, r.updated, r.parts, '{}'::bigint[] FROM unnest($2::int[], $3::text[]) AS u(type, id) \
             JOIN fhir_resource r ON r.tenant_id = $1 AND r.type = u.type AND r.id = u.id",
            listed(db, addresses),
        ),
        Engine::Sqlite => (
            "SELECT r.type, r.id, r.version, r.deleted, r.key, r.updated, r.parts, r.tokens FROM json_each($2) u \
             CROSS JOIN fhir_resource r ON r.tenant_id = $1 AND r.type = u.value ->> 0 AND r.id = u.value ->> 1",
            vec![db.tenant(), serde_json::json!(addresses).to_string().into()],
        ),
    };
    let rows = db.rows(Statement::new("fhir_resource", sql, params)).await?;
    rows.into_iter()
        .map(|mut row| {
            Ok(Standing {
                kind: row.int(0)? as i16,
                id: row.text(1)?,
                version: row.int(2)?,
                deleted: row.int(3)? != 0,
                labels: Vec::new(),
                key: row.int(4)?,
                updated: row.int(5)?,
                parts: row.int(6)?,
                tokens: row.ints(7)?,
            })
        })
        .collect()
}
