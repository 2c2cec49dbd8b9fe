//! Putting another `meta` into a stored version, in place. Tags, labels and profiles leave tokens in the index and
//! nothing in the ordered tables, so that only these change.

use super::read::{Standing, Version};
use super::write::RACE;
use crate::body::DICTIONARY;
use crate::document::Draft;
use theriac_platform::Context;
use theriac_platform::db::{Engine, Statement, TenantDb, Unit, Value};

/// The version that stands; holds only if it is still the one that was read, byte for byte.
pub(crate) fn rewrite(context: &Context, unit: &mut Unit, draft: &Draft, from: &Standing, before: &Version) {
    let db = &context.db;
    let mut params = address(db, draft, before);
    let sql = match db.engine() {
        Engine::Postgres => {
            params.push(Value::Ints(draft.index.tokens.clone()));
            "UPDATE fhir_resource SET dictionary = $5, body = $6, tokens = $8::bigint[] \
             WHERE tenant_id = $1 AND type = $2 AND id = $3 AND version = $4 AND body = $7"
        }
        Engine::Sqlite => {
            params.push(Value::from(draft.index.tokens.iter().flat_map(|t| t.to_le_bytes()).collect::<Vec<u8>>()));
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
}

/// An earlier version.
pub(crate) fn rewrite_earlier(context: &Context, unit: &mut Unit, draft: &Draft, before: &Version) {
    let sql = "UPDATE fhir_history SET dictionary = $5, body = $6 \
               WHERE tenant_id = $1 AND type = $2 AND id = $3 AND version = $4 AND body = $7";
    unit.push(Statement::new(RACE, sql, address(&context.db, draft, before)).expect(1));
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
