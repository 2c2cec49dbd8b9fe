//! Claims on a condition: whoever creates under it takes the claim in the same unit, so only one of many can.

use crate::kind::Kind;
use theriac_core::Result;
use theriac_core::hash::{hex, sha256};
use theriac_platform::Context;
use theriac_platform::db::Statement;

/// The condition's fixed-size name. It is hashed: conditions may hold personal data.
pub(crate) fn condition(kind: Kind, text: &str) -> String {
    let mut parts: Vec<&str> = text.trim_start_matches('?').split('&').collect();
    parts.sort_unstable();
    hex(&sha256(format!("{}?{}", kind.name, parts.join("&")).as_bytes()))
}

/// When it was taken last.
pub(crate) async fn read(context: &Context, condition: &str) -> Result<Option<i64>> {
    let sql = "SELECT at FROM fhir_claim WHERE tenant_id = $1 AND criteria = $2";
    let params = vec![context.db.tenant(), condition.into()];
    context.db.row(Statement::new("fhir_claim", sql, params)).await?.map(|mut row| row.int(0)).transpose()
}

/// Takes it, unless somebody took it since it was read.
pub(crate) fn take(context: &Context, condition: &str, before: Option<i64>) -> Statement {
    let (db, now) = (&context.db, context.key());
    match before {
        None => Statement::new(
            "fhir_claim",
            "INSERT INTO fhir_claim (tenant_id, criteria, at) VALUES ($1, $2, $3)",
            vec![db.tenant(), condition.into(), now.into()],
        ),
        Some(before) => Statement::new(
            "fhir_claim",
            "UPDATE fhir_claim SET at = $3 WHERE tenant_id = $1 AND criteria = $2 AND at = $4",
            vec![db.tenant(), condition.into(), now.into(), before.into()],
        )
        .expect(1),
    }
}
