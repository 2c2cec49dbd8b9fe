//! ISA-95: what chunks come to, beside them so that an aggregate need not open them; roll-ups that stay when readings are
//! dropped; and the tenant's policy of retention.

use crate::Step;

pub(crate) const STEP: Step = Step {
    name: "s23b_isa95_retention",
    // The index holds all that an aggregate asks of a whole chunk; chunks written before have no totals in it.
    common: "
        ALTER TABLE isa95_chunk ADD COLUMN good bigint;
        ALTER TABLE isa95_chunk ADD COLUMN low REAL;
        ALTER TABLE isa95_chunk ADD COLUMN high REAL;
        ALTER TABLE isa95_chunk ADD COLUMN total REAL;
        ALTER TABLE isa95_chunk ADD COLUMN latest REAL;
        DROP INDEX isa95_chunk_first;
        CREATE INDEX isa95_chunk_first ON isa95_chunk
            (tenant_id, property, first, key, last, count, good, low, high, total, latest);
        CREATE INDEX isa95_batch_received ON isa95_batch (tenant_id, received);
        CREATE TABLE isa95_rollup (
            tenant_id integer NOT NULL,
            property bigint NOT NULL,
            width bigint NOT NULL,
            key bigint NOT NULL,
            first bigint NOT NULL,
            last bigint NOT NULL,
            count integer NOT NULL,
            body BLOB NOT NULL,
            CONSTRAINT isa95_rollup_pkey PRIMARY KEY (tenant_id, property, width, key)
        );
        CREATE INDEX isa95_rollup_first ON isa95_rollup (tenant_id, property, width, first);
        CREATE TABLE isa95_retention (
            tenant_id integer NOT NULL,
            version bigint NOT NULL,
            document text NOT NULL,
            CONSTRAINT isa95_retention_pkey PRIMARY KEY (tenant_id)
        );",
    postgres: "ALTER TABLE isa95_rollup ALTER COLUMN body SET STORAGE EXTERNAL;",
    sqlite: "",
    tenant_tables: &["isa95_rollup", "isa95_retention"],
};
