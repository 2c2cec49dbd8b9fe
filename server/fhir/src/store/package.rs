//! Installed packages and the resources that came with each.

use crate::package::Manifest;
use theriac_core::{Error, Result};
use theriac_platform::db::{Engine, Statement, TenantDb, Unit, Value};

/// A resource as a package left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owned {
    /// `name#version` of the package.
    pub package: String,
    pub kind: i16,
    pub id: String,
    /// Of the resource, when it was installed.
    pub version: i64,
}

/// One installed package.
#[derive(Debug, Clone)]
pub(crate) struct Installed {
    pub manifest: Manifest,
    pub hash: Vec<u8>,
    pub at: i64,
}

pub(crate) async fn all(db: &TenantDb) -> Result<Vec<Installed>> {
    let sql = "SELECT manifest, hash, installed FROM fhir_package WHERE tenant_id = $1 ORDER BY name, version";
    let rows = db.rows(Statement::new("fhir_package", sql, vec![db.tenant()])).await?;
    rows.into_iter()
        .map(|mut row| {
            let manifest = serde_json::from_str(&row.text(0)?).map_err(Error::internal)?;
            Ok(Installed { manifest, hash: row.bytes(1)?, at: row.int(2)? })
        })
        .collect()
}

/// What all packages own.
pub(crate) async fn owned(db: &TenantDb) -> Result<Vec<Owned>> {
    let sql = "SELECT name, version, type, id, resource_version FROM fhir_package_resource \
               WHERE tenant_id = $1 ORDER BY name, version, type, id";
    let rows = db.rows(Statement::new("fhir_package_resource", sql, vec![db.tenant()])).await?;
    rows.into_iter()
        .map(|mut row| {
            let package = format!("{}#{}", row.text(0)?, row.text(1)?);
            Ok(Owned { package, kind: row.int(2)? as i16, id: row.text(3)?, version: row.int(4)? })
        })
        .collect()
}

/// Names the key that fails when two install the same package at once.
pub(crate) const RACE: &str = "fhir_package";

pub(crate) fn add(db: &TenantDb, unit: &mut Unit, package: &Installed, owned: &[Owned]) -> Result<()> {
    let (name, version) = (package.manifest.name.as_str(), package.manifest.version.as_str());
    let manifest = serde_json::to_string(&package.manifest).map_err(Error::internal)?;
    let sql = "INSERT INTO fhir_package (tenant_id, name, version, hash, installed, manifest) VALUES ($1, $2, $3, $4, $5, $6)";
    let hash = Value::Bytes(package.hash.clone());
    let params = vec![db.tenant(), name.into(), version.into(), hash, package.at.into(), manifest.into()];
    unit.push(Statement::new(RACE, sql, params));
    if owned.is_empty() {
        return Ok(());
    }
    let sql = match db.engine() {
        Engine::Postgres => {
            "INSERT INTO fhir_package_resource (tenant_id, name, version, type, id, resource_version) \
             SELECT $1, $2, $3, u.* FROM unnest($4::int[], $5::text[], $6::int[]) AS u"
        }
        Engine::Sqlite => {
            "INSERT INTO fhir_package_resource (tenant_id, name, version, type, id, resource_version) \
             VALUES ($1, $2, $3, $4, $5, $6)"
        }
    };
    let params = vec![
        db.tenant(),
        name.into(),
        version.into(),
        Value::Ints(owned.iter().map(|o| i64::from(o.kind)).collect()),
        Value::Texts(owned.iter().map(|o| o.id.clone()).collect()),
        Value::Ints(owned.iter().map(|o| o.version).collect()),
    ];
    unit.push(Statement::new("fhir_package_resource", sql, params).each());
    Ok(())
}

/// The package must be there still.
pub(crate) fn remove(db: &TenantDb, unit: &mut Unit, manifest: &Manifest) {
    let params = || vec![db.tenant(), manifest.name.as_str().into(), manifest.version.as_str().into()];
    let sql = "DELETE FROM fhir_package WHERE tenant_id = $1 AND name = $2 AND version = $3";
    unit.push(Statement::new(RACE, sql, params()).expect(1));
    let sql = "DELETE FROM fhir_package_resource WHERE tenant_id = $1 AND name = $2 AND version = $3";
    unit.push(Statement::new("fhir_package_resource", sql, params()));
}
