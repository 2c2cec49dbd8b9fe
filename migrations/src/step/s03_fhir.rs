//! FHIR: current versions with their index, and earlier versions (docs/adr/0004).
//!
//! `tokens` holds the 64-bit hashes of everything a search answers by equality: one GIN index on
//! PostgreSQL, the clustered table `fhir_token` on SQLite. Ordered values stand in three narrow tables.

use crate::Step;

pub(crate) const STEP: Step = Step {
    name: "s03_fhir",
    common: "
        CREATE TABLE fhir_resource (
            tenant_id integer NOT NULL,
            type smallint NOT NULL,
            dictionary smallint NOT NULL,
            version integer NOT NULL,
            key bigint NOT NULL,
            self bigint NOT NULL,
            updated bigint NOT NULL,
            deleted smallint NOT NULL,
            id CTEXT NOT NULL,
            tokens INTS NOT NULL,
            body BLOB NOT NULL,
            CONSTRAINT fhir_resource_pkey PRIMARY KEY (tenant_id, type, id)
        );
        CREATE UNIQUE INDEX fhir_resource_key ON fhir_resource (tenant_id, type, key);
        CREATE INDEX fhir_resource_updated ON fhir_resource (tenant_id, updated);
        CREATE TABLE fhir_history (
            tenant_id integer NOT NULL,
            type smallint NOT NULL,
            dictionary smallint NOT NULL,
            version integer NOT NULL,
            updated bigint NOT NULL,
            deleted smallint NOT NULL,
            id CTEXT NOT NULL,
            body BLOB NOT NULL,
            CONSTRAINT fhir_history_pkey PRIMARY KEY (tenant_id, type, id, version)
        );
        CREATE INDEX fhir_history_updated ON fhir_history (tenant_id, updated);
        CREATE TABLE fhir_claim (
            tenant_id integer NOT NULL,
            criteria text NOT NULL,
            at bigint NOT NULL,
            CONSTRAINT fhir_claim_pkey PRIMARY KEY (tenant_id, criteria)
        );",
    // Under row-level security no index on arrays is used, as its operators are not leak-proof. The view has the
    // policy's own condition, and its owner, who alone may, reads past the policy: same wall, index kept. The sum
    // keeps the condition from choosing an index itself: which one is used is for the statement to say.
    postgres: "
        CREATE POLICY fhir_resource_view ON fhir_resource FOR SELECT TO CURRENT_USER USING (true);
        CREATE VIEW fhir_current AS SELECT * FROM fhir_resource
            WHERE tenant_id + 0 = (SELECT nullif(current_setting('theriac.tenant', true), '')::int);
        ALTER TABLE fhir_resource ALTER COLUMN body SET STORAGE EXTERNAL, ALTER COLUMN tokens SET STORAGE EXTENDED;
        ALTER TABLE fhir_history ALTER COLUMN body SET STORAGE EXTERNAL;
        CREATE INDEX fhir_resource_tokens ON fhir_resource USING gin (tokens);
        CREATE TABLE fhir_date (
            tenant_id integer NOT NULL, param integer NOT NULL, lo bigint NOT NULL, hi bigint NOT NULL, key bigint NOT NULL);
        CREATE INDEX fhir_date_range ON fhir_date (tenant_id, param, lo, hi, key);
        CREATE INDEX fhir_date_end ON fhir_date (tenant_id, param, hi, key);
        CREATE INDEX fhir_date_key ON fhir_date (key);
        CREATE TABLE fhir_number (
            tenant_id integer NOT NULL, param integer NOT NULL, unit bigint NOT NULL,
            lo double precision NOT NULL, hi double precision NOT NULL, key bigint NOT NULL);
        CREATE INDEX fhir_number_range ON fhir_number (tenant_id, param, unit, lo, hi, key);
        CREATE INDEX fhir_number_key ON fhir_number (key);
        CREATE TABLE fhir_string (
            tenant_id integer NOT NULL, param integer NOT NULL, folded text COLLATE \"C\" NOT NULL, exact bigint NOT NULL, key bigint NOT NULL);
        CREATE INDEX fhir_string_prefix ON fhir_string (tenant_id, param, folded, key);
        CREATE INDEX fhir_string_exact ON fhir_string (tenant_id, exact, key);
        CREATE INDEX fhir_string_key ON fhir_string (key);",
    sqlite: "
        CREATE TABLE fhir_token (
            tenant_id integer NOT NULL, hash bigint NOT NULL, key bigint NOT NULL,
            PRIMARY KEY (tenant_id, hash, key)) WITHOUT ROWID;
        CREATE TABLE fhir_date (
            tenant_id integer NOT NULL, param integer NOT NULL, lo bigint NOT NULL, hi bigint NOT NULL, key bigint NOT NULL,
            PRIMARY KEY (tenant_id, param, lo, hi, key)) WITHOUT ROWID;
        CREATE INDEX fhir_date_key ON fhir_date (key);
        CREATE TABLE fhir_number (
            tenant_id integer NOT NULL, param integer NOT NULL, unit bigint NOT NULL,
            lo real NOT NULL, hi real NOT NULL, key bigint NOT NULL,
            PRIMARY KEY (tenant_id, param, unit, lo, hi, key)) WITHOUT ROWID;
        CREATE INDEX fhir_number_key ON fhir_number (key);
        CREATE TABLE fhir_string (
            tenant_id integer NOT NULL, param integer NOT NULL, folded text NOT NULL, exact bigint NOT NULL, key bigint NOT NULL,
            PRIMARY KEY (tenant_id, param, folded, key, exact)) WITHOUT ROWID;
        CREATE INDEX fhir_string_exact ON fhir_string (tenant_id, exact, key);
        CREATE INDEX fhir_string_key ON fhir_string (key);",
    tenant_tables: &["fhir_resource", "fhir_history", "fhir_claim", "fhir_date", "fhir_number", "fhir_string"],
};
