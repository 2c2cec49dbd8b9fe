//! FHIR: in which ordered tables a resource has rows (docs/adr/0004), and policies that no plan starts from.
//! Parameters that say what others say leave no rows any more: what is there is made anew.
//!
//! A statement that deletes by key must go by the key. A policy that compares `tenant_id` itself offers every index that
//! begins with it, and while a table is small, or thought to be, that looks as cheap: `tenant_id + 0` offers none.
//! Statements that look for values name the tenant themselves.

use crate::Step;

pub(crate) const STEP: Step = Step {
    name: "s27_parts",
    common: "
        ALTER TABLE fhir_resource ADD COLUMN parts integer NOT NULL DEFAULT 15;",
    // The owner is bound by the policies too, and these rows belong to all tenants.
    postgres: "
        ALTER TABLE fhir_resource NO FORCE ROW LEVEL SECURITY;
        ALTER TABLE fhir_generation NO FORCE ROW LEVEL SECURITY;
        INSERT INTO fhir_generation (tenant_id, generation, type, key)
            SELECT DISTINCT tenant_id, 2, 0, 0 FROM fhir_resource
            ON CONFLICT (tenant_id) DO UPDATE SET type = 0, key = 0;
        ALTER TABLE fhir_generation FORCE ROW LEVEL SECURITY;
        ALTER TABLE fhir_resource FORCE ROW LEVEL SECURITY;
        DROP POLICY fhir_date_tenant ON fhir_date;
        CREATE POLICY fhir_date_tenant ON fhir_date
            USING (tenant_id + 0 = nullif(current_setting('theriac.tenant', true), '')::int)
            WITH CHECK (tenant_id = nullif(current_setting('theriac.tenant', true), '')::int);
        DROP POLICY fhir_number_tenant ON fhir_number;
        CREATE POLICY fhir_number_tenant ON fhir_number
            USING (tenant_id + 0 = nullif(current_setting('theriac.tenant', true), '')::int)
            WITH CHECK (tenant_id = nullif(current_setting('theriac.tenant', true), '')::int);
        DROP POLICY fhir_string_tenant ON fhir_string;
        CREATE POLICY fhir_string_tenant ON fhir_string
            USING (tenant_id + 0 = nullif(current_setting('theriac.tenant', true), '')::int)
            WITH CHECK (tenant_id = nullif(current_setting('theriac.tenant', true), '')::int);
        DROP POLICY fhir_place_tenant ON fhir_place;
        CREATE POLICY fhir_place_tenant ON fhir_place
            USING (tenant_id + 0 = nullif(current_setting('theriac.tenant', true), '')::int)
            WITH CHECK (tenant_id = nullif(current_setting('theriac.tenant', true), '')::int);",
    sqlite: "
        INSERT INTO fhir_generation (tenant_id, generation, type, key)
            SELECT DISTINCT tenant_id, 2, 0, 0 FROM fhir_resource WHERE true
            ON CONFLICT (tenant_id) DO UPDATE SET type = 0, key = 0;",
    tenant_tables: &[],
};
