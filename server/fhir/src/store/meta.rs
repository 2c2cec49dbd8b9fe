//! Putting another `meta` into a stored version, in place. Tags, labels and profiles leave tokens in the index and
//! nothing in the ordered tables, so that only these change.

use super::read::{Standing, Version};
use super::rows;
use super::write::RACE;
use crate::body::DICTIONARY;
use crate::document::Draft;
use theriac_platform::Context;
use theriac_platform::db::{Engine, Statement, TenantDb, Unit, Value};

/// The version that stands; holds only if it is still the one that was read, byte for byte.
pub(crate) fn rewrite(context: &Context, unit: &mut Unit, draft: &Draft, from: &Standing, before: &Version) {
    let db = &context.db;
    let mut params = address(db, draft, before);
    params.push(tokens(db, draft));
    let sql = match db.engine() {
        Engine::Postgres => {
            "UPDATE fhir_resource SET dictionary = $5, body = $6, tokens = $8::bigint[] \
             WHERE tenant_id = $1 AND type = $2 AND id = $3 AND version = $4 AND body = $7"
        }
        Engine::Sqlite => {
            "UPDATE fhir_resource SET dictionary = $5, body = $6, tokens = $8 \
             WHERE tenant_id = $1 AND type = $2 AND id = $3 AND version = $4 AND body = $7"
        }
    };
    unit.push(Statement::new(RACE, sql, params).expect(1));
    if db.engine() == Engine::Sqlite {
        let old = "DELETE FROM fhir_token WHERE tenant_id = $1 AND hash = $2 AND key = $3";
        let new = "INSERT INTO fhir_token (tenant_id, hash, key) VALUES ($1, $2, $3)";
        for (sql, tokens) in [(old, &from.tokens), (new, &draft.index.tokens)] {
            let params = vec![db.tenant(), Value::Ints(tokens.clone()), from.key.into()];
            unit.push(Statement::new("fhir_token", sql, params).each());
        }
    }
    words(db, unit, draft);
}

/// An earlier version, and what searches of the past find it by; of one that was stored before there were such there is
/// nothing to change.
pub(crate) fn rewrite_earlier(context: &Context, unit: &mut Unit, draft: &Draft, before: &Version) {
    let db = &context.db;
    let mut params = address(db, draft, before);
    params.push(tokens(db, draft));
    let array = if db.engine() == Engine::Postgres { "::bigint[]" } else { "" };
    let sql = format!(
        "UPDATE fhir_history SET dictionary = $5, body = $6, tokens = CASE WHEN tokens IS NULL THEN NULL ELSE $8{array} END \
         WHERE tenant_id = $1 AND type = $2 AND id = $3 AND version = $4 AND body = $7"
    );
    unit.push(Statement::new(RACE, sql, params).expect(1));
    words(db, unit, draft);
}

fn tokens(db: &TenantDb, draft: &Draft) -> Value {
    match db.engine() {
        Engine::Postgres => Value::Ints(draft.index.tokens.clone()),
        Engine::Sqlite => draft.index.tokens.iter().flat_map(|t| t.to_le_bytes()).collect::<Vec<u8>>().into(),
    }
}

/// What labels are sorted by, and found by with `:text` and parts of codes.
fn words(db: &TenantDb, unit: &mut Unit, draft: &Draft) {
    let indexes = [&draft.index];
    rows::values(db, unit, &indexes);
    let texts = rows::fresh_texts(db, unit, &indexes);
    rows::text_rows(db, unit, texts);
}

fn address(db: &TenantDb, draft: &Draft, before: &Version) -> Vec<Value> {
    vec![
        db.tenant(),
        i64::from(draft.kind.number).into(),
        draft.id.as_str().into(),
        draft.version.into(),
        i64::from(DICTIONARY).into(),
        draft.packed.clone().into(),
        before.body.clone().into(),
    ]
}
