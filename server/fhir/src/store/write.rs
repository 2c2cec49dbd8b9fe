//! Writing versions: new resources, and new versions of existing ones, many at once.
//!
//! On PostgreSQL each is one statement over arrays; on SQLite, where a statement is a function call, a few.
//! That nobody else was faster is proven by keys and guards, not looked up: the primary key of
//! `fhir_resource` on creation, the version that is replaced on change.

use crate::body::DICTIONARY;
use crate::canonical::tenant as canonical;
use crate::document::Draft;
use crate::search::index::Index;
use crate::store::read::Standing;
use crate::store::rows;
use theriac_platform::Context;
use theriac_platform::db::{Engine, Statement, TenantDb, Unit, Value};

/// Names the guard of both forms in a lost race.
pub(crate) const RACE: &str = "fhir_resource";

/// New resources.
pub(crate) fn create(context: &Context, unit: &mut Unit, drafts: &[&Draft]) {
    if drafts.is_empty() {
        return;
    }
    let db = &context.db;
    touch(unit, drafts.iter());
    let first = context.keys.range(&context.clock, drafts.len());
    let keys: Vec<i64> = (0..drafts.len() as i64).map(|i| first + i * theriac_core::Keys::STEP).collect();
    match db.engine() {
        Engine::Postgres => {
            let mut params = vec![db.tenant()];
            params.extend(columns(db, drafts));
            params.push(keys.clone().into());
            params.extend(rows::ordered(&indexes(drafts), &keys));
            unit.push(Statement::new(RACE, CREATE, params));
        }
        Engine::Sqlite => {
            let mut params = vec![db.tenant()];
            params.extend(columns(db, drafts));
            params.push(keys.clone().into());
            unit.push(step_on(db));
            unit.push(Statement::new(RACE, CREATE_SQLITE, params).each());
            rows::index_rows(db, unit, &indexes(drafts), &keys);
        }
    }
    rows::places(db, unit, &indexes(drafts), &keys);
    rows::values(db, unit, &indexes(drafts));
}

/// A new version of an existing resource, and where that stood when it was read. A tombstone is a version too.
pub(crate) struct Change<'a> {
    pub draft: &'a Draft,
    pub from: &'a Standing,
}

pub(crate) fn change(context: &Context, unit: &mut Unit, changes: &[Change<'_>]) {
    if changes.is_empty() {
        return;
    }
    let db = &context.db;
    let drafts: Vec<&Draft> = changes.iter().map(|c| c.draft).collect();
    touch(unit, drafts.iter());
    let keys: Vec<i64> = changes.iter().map(|c| c.from.key).collect();
    let old = Value::Ints(changes.iter().map(|c| c.from.version).collect());
    let mut params = vec![db.tenant()];
    params.extend(columns(db, &drafts));
    params.push(old.clone());
    match db.engine() {
        Engine::Postgres => {
            params.push(keys.clone().into());
            params.extend(rows::ordered(&indexes(&drafts), &keys));
            params.push((drafts.len() as i64).into());
            unit.push(Statement::new(RACE, CHANGE, params));
        }
        Engine::Sqlite => {
            let expected = drafts.len() as u64;
            let ended = Value::Ints(drafts.iter().map(|d| d.updated.0).collect());
            let address = vec![params[0].clone(), params[1].clone(), params[2].clone(), old, ended];
            unit.push(step_on(db));
            unit.push(Statement::new(RACE, KEEP_SQLITE, address).each().expect(expected));
            let tokens: Vec<(i64, i64)> =
                changes.iter().flat_map(|c| c.from.tokens.iter().map(|t| (*t, c.from.key))).collect();
            rows::forget(db, unit, &tokens, &keys);
            unit.push(Statement::new(RACE, CHANGE_SQLITE, params).each().expect(expected));
            rows::index_rows(db, unit, &indexes(&drafts), &keys);
        }
    }
    rows::places(db, unit, &indexes(&drafts), &keys);
    rows::values(db, unit, &indexes(&drafts));
}

/// SQLite: the next place in the order of commits, which its one writer makes that of the changes.
fn step_on(db: &TenantDb) -> Statement {
    let sql = "INSERT INTO fhir_position (tenant_id, last) VALUES ($1, 1) ON CONFLICT (tenant_id) DO UPDATE SET last = last + 1";
    Statement::new("fhir_position", sql, vec![db.tenant()])
}

/// What is held in memory of definitions is old after such a write.
fn touch<'d>(unit: &mut Unit, mut drafts: impl Iterator<Item = &'d &'d Draft>) {
    if drafts.any(|draft| canonical::is_kept(draft.kind.number)) {
        unit.touch(canonical::MARK);
    }
}

fn indexes<'d>(drafts: &[&'d Draft]) -> Vec<&'d Index> {
    drafts.iter().map(|d| &d.index).collect()
}

/// The columns of `fhir_resource`, as arrays: $2 type, $3 id, $4 dictionary, $5 version, $6 self, $7 updated,
/// $8 deleted, $9 tokens, $10 body.
fn columns(db: &TenantDb, drafts: &[&Draft]) -> Vec<Value> {
    let ints = |of: &dyn Fn(&Draft) -> i64| Value::Ints(drafts.iter().map(|d| of(d)).collect());
    vec![
        ints(&|d| i64::from(d.kind.number)),
        Value::Texts(drafts.iter().map(|d| d.id.clone()).collect()),
        i64::from(DICTIONARY).into(),
        ints(&|d| d.version),
        ints(&|d| d.index.own),
        ints(&|d| d.updated.0),
        ints(&|d| i64::from(d.is_deletion())),
        rows::tokens(db, &indexes(drafts)),
        Value::Blobs(drafts.iter().map(|d| d.packed.clone()).collect()),
    ]
}

const CREATE: &str = "WITH \
    r AS (INSERT INTO fhir_resource (tenant_id, type, id, dictionary, version, self, updated, deleted, tokens, body, key) \
        SELECT $1, u.type, u.id, $4, u.version, u.self, u.updated, u.deleted, u.tokens::bigint[], u.body, u.key \
        FROM unnest($2::int[], $3::text[], $5::int[], $6::bigint[], $7::bigint[], $8::int[], $9::text[], $10::bytea[], $11::bigint[]) \
        AS u(type, id, version, self, updated, deleted, tokens, body, key)), \
    d AS (INSERT INTO fhir_date (tenant_id, param, lo, hi, key) \
        SELECT $1, u.* FROM unnest($12::int[], $13::bigint[], $14::bigint[], $15::bigint[]) AS u), \
    n AS (INSERT INTO fhir_number (tenant_id, param, code, unit, lo, hi, low, high, key) \
        SELECT $1, u.* FROM unnest($16::int[], $17::int[], $18::bigint[], $19::float8[], $20::float8[], $21::float8[], $22::float8[], $23::bigint[]) AS u), \
    t AS (INSERT INTO fhir_text (tenant_id, hash, folded) \
        SELECT $1, u.* FROM unnest($28::bigint[], $29::text[]) AS u ON CONFLICT DO NOTHING) \
    INSERT INTO fhir_string (tenant_id, param, folded, exact, key) \
        SELECT $1, u.* FROM unnest($24::int[], $25::text[], $26::bigint[], $27::bigint[]) AS u";

/// The old version goes to history with all it was found by, the new one takes its place, index rows are exchanged; a
/// resource that no longer stands at the version that was read makes the count differ, and the whole is undone.
const CHANGE: &str = "WITH \
    u AS (SELECT * FROM unnest($2::int[], $3::text[], $5::int[], $6::bigint[], $7::bigint[], $8::int[], $9::text[], $10::bytea[], $11::int[], $12::bigint[]) \
        AS u(type, id, version, self, updated, deleted, tokens, body, old, key)), \
    dd AS (DELETE FROM fhir_date WHERE key = ANY ($12::bigint[]) RETURNING *), \
    dn AS (DELETE FROM fhir_number WHERE key = ANY ($12::bigint[]) RETURNING *), \
    ds AS (DELETE FROM fhir_string WHERE key = ANY ($12::bigint[]) RETURNING *), \
    da AS (SELECT key, array_agg(param) AS a, array_agg(lo) AS b, array_agg(hi) AS c FROM dd GROUP BY key), \
    dp AS (DELETE FROM fhir_place WHERE key = ANY ($12::bigint[]) RETURNING *), \
    na AS (SELECT key, array_agg(param) AS a, array_agg(code) AS b, array_agg(unit) AS c, array_agg(lo) AS d, array_agg(hi) AS e, \
        array_agg(low) AS f, array_agg(high) AS g FROM dn GROUP BY key), \
    sa AS (SELECT key, array_agg(param) AS a, array_agg(folded) AS b, array_agg(exact) AS c FROM ds GROUP BY key), \
    pa AS (SELECT key, array_agg(x) AS a, array_agg(y) AS b, array_agg(z) AS c FROM dp GROUP BY key), \
    h AS (INSERT INTO fhir_history (tenant_id, type, id, dictionary, version, updated, deleted, body, pos, ended, key, self, tokens, \
        date_param, date_lo, date_hi, number_param, number_code, number_unit, number_lo, number_hi, number_low, number_high, \
        string_param, string_folded, string_exact, place_x, place_y, place_z) \
        SELECT r.tenant_id, r.type, r.id, r.dictionary, r.version, r.updated, r.deleted, r.body, r.pos, u.updated, r.key, r.self, r.tokens, \
        da.a, da.b, da.c, na.a, na.b, na.c, na.d, na.e, na.f, na.g, sa.a, sa.b, sa.c, pa.a, pa.b, pa.c FROM u \
        JOIN fhir_resource r ON r.tenant_id = $1 AND r.type = u.type AND r.key = u.key AND r.version = u.old \
        LEFT JOIN da ON da.key = u.key LEFT JOIN na ON na.key = u.key LEFT JOIN sa ON sa.key = u.key \
        LEFT JOIN pa ON pa.key = u.key), \
    c AS (UPDATE fhir_resource r SET dictionary = $4, version = u.version, updated = u.updated, deleted = u.deleted, \
        tokens = u.tokens::bigint[], body = u.body, pos = DEFAULT FROM u \
        WHERE r.tenant_id = $1 AND r.type = u.type AND r.key = u.key AND r.version = u.old RETURNING 1), \
    d AS (INSERT INTO fhir_date (tenant_id, param, lo, hi, key) \
        SELECT $1, u.* FROM unnest($13::int[], $14::bigint[], $15::bigint[], $16::bigint[]) AS u), \
    n AS (INSERT INTO fhir_number (tenant_id, param, code, unit, lo, hi, low, high, key) \
        SELECT $1, u.* FROM unnest($17::int[], $18::int[], $19::bigint[], $20::float8[], $21::float8[], $22::float8[], $23::float8[], $24::bigint[]) AS u), \
    s AS (INSERT INTO fhir_string (tenant_id, param, folded, exact, key) \
        SELECT $1, u.* FROM unnest($25::int[], $26::text[], $27::bigint[], $28::bigint[]) AS u), \
    t AS (INSERT INTO fhir_text (tenant_id, hash, folded) \
        SELECT $1, u.* FROM unnest($29::bigint[], $30::text[]) AS u ON CONFLICT DO NOTHING) \
    SELECT platform_expect((SELECT count(*) FROM c), $31)";

const CREATE_SQLITE: &str = "INSERT INTO fhir_resource \
    (tenant_id, type, id, dictionary, version, self, updated, deleted, tokens, body, key, pos) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, (SELECT last FROM fhir_position WHERE tenant_id = $1))";

const KEEP_SQLITE: &str = "INSERT INTO fhir_history (tenant_id, type, id, dictionary, version, updated, deleted, body, \
    pos, until, ended, key, self, tokens, dates, numbers, strings, places) \
    SELECT tenant_id, type, id, dictionary, version, updated, deleted, body, pos, \
    (SELECT last FROM fhir_position WHERE tenant_id = $1), $5, key, self, tokens, \
    (SELECT json_group_array(json_array(param, lo, hi)) FROM fhir_date d WHERE d.key = r.key), \
    (SELECT json_group_array(json_array(param, code, unit, real_bits(lo), real_bits(hi), real_bits(low), real_bits(high))) \
        FROM fhir_number n WHERE n.key = r.key), \
    (SELECT json_group_array(json_array(param, folded, exact)) FROM fhir_string s WHERE s.key = r.key), \
    (SELECT json_group_array(json_array(real_bits(x), real_bits(y), real_bits(z))) FROM fhir_place p WHERE p.key = r.key) \
    FROM fhir_resource r WHERE tenant_id = $1 AND type = $2 AND id = $3 AND version = $4";

const CHANGE_SQLITE: &str = "UPDATE fhir_resource SET dictionary = $4, version = $5, self = $6, updated = $7, deleted = $8, \
    tokens = $9, body = $10, pos = (SELECT last FROM fhir_position WHERE tenant_id = $1) \
    WHERE tenant_id = $1 AND type = $2 AND id = $3 AND version = $11";
