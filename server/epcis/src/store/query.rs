//! Named queries.

use theriac_core::{Instant, Result};
use theriac_platform::db::{Row, Statement, TenantDb, Unit};

pub(crate) struct Named {
    pub name: String,
    pub created: Instant,
    /// The query's JSON, as it was given.
    pub document: String,
}

pub(crate) fn create(db: &TenantDb, owner: &str, query: &Named, unit: &mut Unit) {
    let sql = "INSERT INTO epcis_query (tenant_id, owner, name, created, document) VALUES ($1, $2, $3, $4, $5)";
    let document = query.document.as_str().into();
    let params = vec![db.tenant(), owner.into(), query.name.as_str().into(), query.created.into(), document];
    unit.push(Statement::new("epcis_query", sql, params));
}

pub(crate) async fn find(db: &TenantDb, owner: &str, name: &str) -> Result<Option<Named>> {
    let sql = "SELECT name, created, document FROM epcis_query WHERE tenant_id = $1 AND owner = $2 AND name = $3";
    let params = vec![db.tenant(), owner.into(), name.into()];
    db.row(Statement::new("epcis_query", sql, params)).await?.map(read).transpose()
}

/// Queries behind a name, in their order.
pub(crate) async fn list(db: &TenantDb, owner: &str, after: &str, most: i64) -> Result<Vec<Named>> {
    let sql = "SELECT name, created, document FROM epcis_query \
               WHERE tenant_id = $1 AND owner = $2 AND name > $3 ORDER BY name LIMIT $4";
    let params = vec![db.tenant(), owner.into(), after.into(), most.into()];
    db.rows(Statement::new("epcis_query", sql, params)).await?.into_iter().map(read).collect()
}

/// With all its subscriptions.
pub(crate) fn delete(db: &TenantDb, owner: &str, name: &str, unit: &mut Unit) {
    let own = || vec![db.tenant(), owner.into(), name.into()];
    let sql = "DELETE FROM epcis_dead_letter WHERE tenant_id = $1 AND subscription IN \
               (SELECT id FROM epcis_subscription WHERE tenant_id = $1 AND owner = $2 AND query = $3)";
    unit.push(Statement::new("epcis_dead_letter", sql, own()));
    let sql = "DELETE FROM epcis_subscription WHERE tenant_id = $1 AND owner = $2 AND query = $3";
    unit.push(Statement::new("epcis_subscription", sql, own()));
    let sql = "DELETE FROM epcis_query WHERE tenant_id = $1 AND owner = $2 AND name = $3";
    unit.push(Statement::new("epcis_query", sql, own()).expect(1));
}

fn read(mut row: Row) -> Result<Named> {
    Ok(Named { name: row.text(0)?, created: row.instant(1)?, document: row.text(2)? })
}
