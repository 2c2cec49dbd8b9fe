//! The walls between tenants and between units on PostgreSQL, tried from both sides: through the handles
//! that the house gives, and past them with a connection of the application's own role.
//!
//! Needs `THERIAC_TEST_POSTGRES`, and `THERIAC_TEST_POSTGRES_OWNER` to bring up the schema; skipped without.

#![allow(clippy::unwrap_used, reason = "functions that tests share are tests too")]

use theriac_core::{Clock, Code, Tenant};
use theriac_platform::db::{Db, Statement, TenantDb, Unit};
use tokio_postgres::{Client, NoTls};

/// The address of the application's role, with the schema there.
async fn address() -> Option<String> {
    let Ok(url) = std::env::var("THERIAC_TEST_POSTGRES") else {
        println!("skipped: THERIAC_TEST_POSTGRES names no database");
        return None;
    };
    if let Ok(owner) = std::env::var("THERIAC_TEST_POSTGRES_OWNER") {
        let owner = Db::open(&owner, Clock::System).await.unwrap();
        theriac_migrations::up(&owner.migration_connection().await.unwrap()).await.unwrap();
    }
    Some(url)
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// A tenant's key that no other test has.
fn key() -> i32 {
    (uuid::Uuid::new_v4().as_u128() as u32 >> 2) as i32 + 1_000_000
}

fn insert(db: &TenantDb, reader: &str, position: i64) -> Statement {
    let sql = "INSERT INTO ledger_cursor (tenant_id, reader, position) VALUES ($1, $2, $3)";
    Statement::new("ledger_cursor", sql, vec![db.tenant(), reader.into(), position.into()])
}

async fn readers(db: &TenantDb) -> Vec<String> {
    let sql = "SELECT reader FROM ledger_cursor WHERE tenant_id = $1 ORDER BY reader";
    let rows = db.rows(Statement::new("ledger_cursor", sql, vec![db.tenant()])).await.unwrap();
    rows.into_iter().map(|mut row| row.text(0).unwrap()).collect()
}

/// Two tenants with a row each.
async fn two_tenants(url: &str) -> (TenantDb, TenantDb) {
    let db = Db::open(url, Clock::System).await.unwrap();
    let [a, b] = ["a", "b"].map(|name| db.tenant(&Tenant::new(key(), name)));
    for tenant in [&a, &b] {
        let mut unit = Unit::new();
        unit.push(insert(tenant, "own", 1));
        tenant.commit(unit).await.unwrap();
    }
    (a, b)
}

#[tokio::test]
async fn every_table_with_a_tenant_has_forced_row_level_security() {
    let Some(url) = address().await else { return };
    let sql = "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity FROM pg_class c \
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' \
        WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace";
    let tables = connect(&url).await.query(sql, &[]).await.unwrap();
    assert!(tables.len() > 10, "there is no schema");
    let open: Vec<String> = tables.iter().filter(|row| !row.get::<_, bool>(1)).map(|row| row.get(0)).collect();
    assert!(open.is_empty(), "without the second wall: {open:?}");
}

#[tokio::test]
async fn without_a_tenant_nothing_is_seen_in_any_table() {
    let Some(url) = address().await else { return };
    two_tenants(&url).await;
    let raw = connect(&url).await;
    for row in raw.query("SELECT DISTINCT tablename::text FROM pg_policies", &[]).await.unwrap() {
        let table: String = row.get(0);
        let count: i64 = raw.query_one(&format!("SELECT count(*) FROM {table}"), &[]).await.unwrap().get(0);
        assert_eq!(count, 0, "{table}");
    }
    let insert = "INSERT INTO ledger_cursor (tenant_id, reader, position) VALUES (1, 'x', 1)";
    assert!(raw.execute(insert, &[]).await.unwrap_err().to_string().contains("db error"));
}

#[tokio::test]
async fn a_tenant_can_neither_read_nor_write_another() {
    let Some(url) = address().await else { return };
    let (a, b) = two_tenants(&url).await;
    let (own, other) = (a.tenant_key(), b.tenant_key());
    let raw = connect(&url).await;
    raw.batch_execute(&format!("SET theriac.tenant = '{own}'")).await.unwrap();
    let tenants = raw.query("SELECT DISTINCT tenant_id FROM ledger_cursor", &[]).await.unwrap();
    assert_eq!(tenants.iter().map(|row| row.get::<_, i32>(0)).collect::<Vec<_>>(), [own]);
    for (sql, touched) in [
        (format!("UPDATE ledger_cursor SET position = 9 WHERE tenant_id = {other}"), Some(0)),
        (format!("DELETE FROM ledger_cursor WHERE tenant_id = {other}"), Some(0)),
        (format!("INSERT INTO ledger_cursor (tenant_id, reader, position) VALUES ({other}, 'x', 1)"), None),
        (format!("UPDATE ledger_cursor SET tenant_id = {other} WHERE tenant_id = {own}"), None),
    ] {
        let result = raw.execute(&sql, &[]).await;
        let code = result.as_ref().err().and_then(|e| e.code()).map(|state| state.code().to_owned());
        // 42501: new row violates row-level security policy.
        assert_eq!((result.ok(), code), (touched, touched.is_none().then(|| "42501".to_owned())), "{sql}");
    }
    assert_eq!(readers(&b).await, ["own"]);
    // A handle of the house that names another tenant in its statement finds nothing either.
    let sql = "SELECT reader FROM ledger_cursor WHERE tenant_id = $1";
    let stolen = a.rows(Statement::new("ledger_cursor", sql, vec![b.tenant()])).await.unwrap();
    assert!(stolen.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn units_of_many_tenants_at_once_never_mix() {
    let Some(url) = address().await else { return };
    let db = Db::open(&url, Clock::System).await.unwrap();
    let tenants: Vec<TenantDb> = (0..16).map(|_| db.tenant(&Tenant::new(key(), "t"))).collect();
    let writers: Vec<_> = tenants.iter().cloned().map(|tenant| tokio::spawn(many_units(tenant))).collect();
    for writer in writers {
        writer.await.unwrap();
    }
    for tenant in &tenants {
        assert_eq!(readers(tenant).await.len() as i64, UNITS / 2 * PARTS);
    }
}

const UNITS: i64 = 100;
/// Statements of a unit: the more there are, the longer they take to be sent.
const PARTS: i64 = 20;

/// Every second unit fails at its last statement and must leave nothing.
async fn many_units(tenant: TenantDb) {
    for n in 0..UNITS {
        let mut unit = Unit::new();
        for part in 0..PARTS {
            unit.push(insert(&tenant, &format!("{n:04}/{part}"), n));
        }
        if n % 2 == 1 {
            unit.push(insert(&tenant, &format!("{n:04}/0"), n));
        }
        match tenant.commit(unit).await {
            Ok(_) => assert_eq!(n % 2, 0, "unit {n} names a key twice and was taken"),
            Err(error) => {
                assert_eq!((n % 2, error.code), (1, Code::Conflict), "unit {n}: {error}, {:?}", error.cause);
            }
        }
        let expected = PARTS * (n / 2 + 1);
        assert_eq!(readers(&tenant).await.len() as i64, expected, "after unit {n}");
    }
}

#[tokio::test]
async fn a_unit_with_a_value_that_cannot_be_sent_leaves_nothing() {
    let Some(url) = address().await else { return };
    let (a, _) = two_tenants(&url).await;
    let mut unit = Unit::new();
    unit.push(insert(&a, "before", 1));
    // `size` of a segment's `count` is an int4: this number does not fit, and the client library refuses it.
    let sql = "INSERT INTO ledger_node (tenant_id, level, position, hash) VALUES ($1, $2, $3, $4)";
    unit.push(Statement::new("ledger_node", sql, vec![a.tenant(), i64::MAX.into(), 1i64.into(), vec![0u8].into()]));
    unit.push(insert(&a, "behind", 1));
    assert!(a.commit(unit).await.is_err());
    assert_eq!(readers(&a).await, ["own"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tenants_created_at_the_same_moment_all_get_a_key_of_their_own() {
    let Some(url) = address().await else { return };
    let db = Db::open(&url, Clock::System).await.unwrap();
    let names: Vec<String> = (0..8).map(|n| format!("t{n}-{}", uuid::Uuid::new_v4().simple())).collect();
    let create = |name: &String| {
        let (db, name) = (db.clone(), name.clone());
        tokio::spawn(async move { db.create_tenant(&name).await })
    };
    let creating: Vec<_> = names.iter().map(create).collect();
    let mut keys = std::collections::BTreeSet::new();
    for created in creating {
        keys.insert(created.await.unwrap().unwrap().key);
    }
    assert_eq!(keys.len(), names.len());
    assert_eq!(db.create_tenant(&names[0]).await.unwrap_err().code, Code::Conflict);
}
