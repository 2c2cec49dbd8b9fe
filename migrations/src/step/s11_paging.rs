//! FHIR: when each version began and ceased to be the current one, and the index of earlier versions (docs/adr/0010).
//!
//! `pos` and `until` are positions in the order of commits: PostgreSQL's transaction, SQLite's count of changes.
//! `ended` is the same end by the clock. What a version was found by goes with it to `fhir_history`; versions that
//! were there before this step have no `tokens`.

use crate::Step;

pub(crate) const STEP: Step = Step {
    name: "s11_paging",
    common: "
        ALTER TABLE fhir_resource ADD COLUMN pos bigint NOT NULL DEFAULT 0;
        ALTER TABLE fhir_history ADD COLUMN pos bigint NOT NULL DEFAULT 0;
        ALTER TABLE fhir_history ADD COLUMN until bigint NOT NULL DEFAULT 0;
        ALTER TABLE fhir_history ADD COLUMN ended bigint NOT NULL DEFAULT 0;
        ALTER TABLE fhir_history ADD COLUMN key bigint NOT NULL DEFAULT 0;
        ALTER TABLE fhir_history ADD COLUMN self bigint NOT NULL DEFAULT 0;
        ALTER TABLE fhir_history ADD COLUMN tokens INTS;
        CREATE INDEX fhir_history_unindexed ON fhir_history (tenant_id, ended) WHERE tokens IS NULL;",
    // The owner is bound by the policies too, and these rows belong to all tenants.
    postgres: "
        ALTER TABLE fhir_history NO FORCE ROW LEVEL SECURITY;
        ALTER TABLE fhir_resource NO FORCE ROW LEVEL SECURITY;
        UPDATE fhir_history h SET key = r.key, self = r.self, ended = coalesce((SELECT n.updated FROM fhir_history n
            WHERE n.tenant_id = h.tenant_id AND n.type = h.type AND n.id = h.id AND n.version > h.version
            ORDER BY n.version LIMIT 1), r.updated)
            FROM fhir_resource r WHERE r.tenant_id = h.tenant_id AND r.type = h.type AND r.id = h.id;
        ALTER TABLE fhir_history FORCE ROW LEVEL SECURITY;
        ALTER TABLE fhir_resource FORCE ROW LEVEL SECURITY;
        ALTER TABLE fhir_resource ALTER COLUMN pos SET DEFAULT pg_current_xact_id()::text::bigint;
        ALTER TABLE fhir_history ALTER COLUMN until SET DEFAULT pg_current_xact_id()::text::bigint;
        ALTER TABLE fhir_history
            ADD COLUMN date_param int[], ADD COLUMN date_lo bigint[], ADD COLUMN date_hi bigint[],
            ADD COLUMN number_param int[], ADD COLUMN number_code int[], ADD COLUMN number_unit bigint[],
            ADD COLUMN number_lo double precision[], ADD COLUMN number_hi double precision[],
            ADD COLUMN number_low double precision[], ADD COLUMN number_high double precision[],
            ADD COLUMN place_x double precision[], ADD COLUMN place_y double precision[], ADD COLUMN place_z double precision[],
            ADD COLUMN string_param int[], ADD COLUMN string_folded text[] COLLATE \"C\", ADD COLUMN string_exact bigint[];
        CREATE INDEX fhir_history_until ON fhir_history (tenant_id, type, until);
        CREATE INDEX fhir_history_ended ON fhir_history (tenant_id, type, ended);
        CREATE OR REPLACE VIEW fhir_current AS SELECT * FROM fhir_resource
            WHERE tenant_id + 0 = (SELECT nullif(current_setting('theriac.tenant', true), '')::int);",
    sqlite: "
        UPDATE fhir_history AS h SET key = r.key, self = r.self, ended = coalesce((SELECT n.updated FROM fhir_history n
            WHERE n.tenant_id = h.tenant_id AND n.type = h.type AND n.id = h.id AND n.version > h.version
            ORDER BY n.version LIMIT 1), r.updated)
            FROM fhir_resource r WHERE r.tenant_id = h.tenant_id AND r.type = h.type AND r.id = h.id;
        ALTER TABLE fhir_history ADD COLUMN dates text;
        ALTER TABLE fhir_history ADD COLUMN numbers text;
        ALTER TABLE fhir_history ADD COLUMN strings text;
        ALTER TABLE fhir_history ADD COLUMN places text;
        CREATE INDEX fhir_history_until ON fhir_history (tenant_id, type, until);
        CREATE INDEX fhir_history_ended ON fhir_history (tenant_id, type, ended);
        CREATE TABLE fhir_position (
            tenant_id integer NOT NULL PRIMARY KEY,
            last bigint NOT NULL
        );",
    tenant_tables: &[],
};
