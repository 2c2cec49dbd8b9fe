//! FHIR search: quantities in one row with their canonical form, positions, texts of codes (docs/adr/0004).
//!
//! Rows of earlier versions are made anew: what they hold cannot be turned into these columns. `fhir_generation` names
//! the tenants whose index was made another way than the program makes it, and how far it has been made anew.

use crate::Step;

pub(crate) const STEP: Step = Step {
    name: "s10_search",
    common: "
        DROP TABLE fhir_number;
        CREATE TABLE fhir_place (
            tenant_id integer NOT NULL, x REAL NOT NULL, y REAL NOT NULL, z REAL NOT NULL, key bigint NOT NULL);
        CREATE INDEX fhir_place_box ON fhir_place (tenant_id, x, y, z, key);
        CREATE INDEX fhir_place_key ON fhir_place (key);
        CREATE TABLE fhir_text (
            tenant_id integer NOT NULL, hash bigint NOT NULL, folded CTEXT NOT NULL,
            CONSTRAINT fhir_text_pkey PRIMARY KEY (tenant_id, folded, hash)) CLUSTERED;
        CREATE TABLE fhir_generation (
            tenant_id integer NOT NULL, generation integer NOT NULL, type smallint NOT NULL, key bigint NOT NULL,
            CONSTRAINT fhir_generation_pkey PRIMARY KEY (tenant_id)) CLUSTERED;
        INSERT INTO fhir_generation (tenant_id, generation, type, key)
            SELECT DISTINCT tenant_id, 1, 0, 0 FROM fhir_resource;",
    postgres: "
        CREATE TABLE fhir_number (
            tenant_id integer NOT NULL, param integer NOT NULL, code integer NOT NULL, unit bigint NOT NULL,
            lo double precision NOT NULL, hi double precision NOT NULL,
            low double precision NOT NULL, high double precision NOT NULL, key bigint NOT NULL);
        CREATE INDEX fhir_number_range ON fhir_number (tenant_id, param, lo, hi, key);
        CREATE INDEX fhir_number_unit ON fhir_number (tenant_id, param, unit, low, high, key) WHERE unit <> 0;
        CREATE INDEX fhir_number_key ON fhir_number (key);",
    sqlite: "
        CREATE TABLE fhir_number (
            tenant_id integer NOT NULL, param integer NOT NULL, code integer NOT NULL, unit bigint NOT NULL,
            lo real NOT NULL, hi real NOT NULL, low real NOT NULL, high real NOT NULL, key bigint NOT NULL,
            PRIMARY KEY (tenant_id, param, lo, hi, key, code, unit, low, high)) WITHOUT ROWID;
        CREATE INDEX fhir_number_unit ON fhir_number (tenant_id, param, unit, low, high, key) WHERE unit <> 0;
        CREATE INDEX fhir_number_key ON fhir_number (key);",
    tenant_tables: &["fhir_number", "fhir_place", "fhir_text", "fhir_generation"],
};
