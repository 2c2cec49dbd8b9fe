//! FHIR: what contained resources are found by, one row each (docs/adr/0004). A row belongs to one version of its container
//! and is never changed, so that it is there for as long as the version is.
//!
//! The view is to the table what `fhir_current` is to `fhir_resource`.

use crate::Step;

pub(crate) const STEP: Step = Step {
    name: "s32_contained",
    common: "
        CREATE TABLE fhir_contained (
            tenant_id integer NOT NULL,
            container bigint NOT NULL,
            version integer NOT NULL,
            id CTEXT NOT NULL,
            key bigint NOT NULL,
            type integer NOT NULL,
            self bigint NOT NULL,
            tokens INTS NOT NULL,
            PRIMARY KEY (tenant_id, container, version, id)
        ) CLUSTERED;
        CREATE INDEX fhir_contained_type ON fhir_contained (tenant_id, type, key);",
    // The owner is bound by the policies too, and these rows belong to all tenants.
    postgres: "
        CREATE INDEX fhir_contained_tokens ON fhir_contained USING gin (tokens);
        CREATE POLICY fhir_contained_view ON fhir_contained FOR SELECT TO CURRENT_USER USING (true);
        CREATE VIEW fhir_within AS SELECT * FROM fhir_contained
            WHERE tenant_id + 0 = (SELECT nullif(current_setting('theriac.tenant', true), '')::int);
        ALTER TABLE fhir_resource NO FORCE ROW LEVEL SECURITY;
        ALTER TABLE fhir_generation NO FORCE ROW LEVEL SECURITY;
        INSERT INTO fhir_generation (tenant_id, generation, type, key)
            SELECT DISTINCT tenant_id, 3, 0, 0 FROM fhir_resource WHERE true
            ON CONFLICT (tenant_id) DO UPDATE SET type = 0, key = 0;
        ALTER TABLE fhir_generation FORCE ROW LEVEL SECURITY;
        ALTER TABLE fhir_resource FORCE ROW LEVEL SECURITY;",
    sqlite: "
        CREATE UNIQUE INDEX fhir_contained_key ON fhir_contained (key);
        INSERT INTO fhir_generation (tenant_id, generation, type, key)
            SELECT DISTINCT tenant_id, 3, 0, 0 FROM fhir_resource WHERE true
            ON CONFLICT (tenant_id) DO UPDATE SET type = 0, key = 0;",
    tenant_tables: &["fhir_contained"],
};
