//! ISA-95: equipment, watched properties, batches of readings as they came, and chunks for each property.

use crate::Step;

pub(crate) const STEP: Step = Step {
    name: "s05_isa95",
    common: "
        CREATE TABLE isa95_equipment (
            tenant_id integer NOT NULL,
            id CTEXT NOT NULL,
            version bigint NOT NULL,
            updated bigint NOT NULL,
            parent CTEXT,
            site CTEXT,
            document text NOT NULL,
            CONSTRAINT isa95_equipment_pkey PRIMARY KEY (tenant_id, id)
        );
        CREATE TABLE isa95_property (
            tenant_id integer NOT NULL,
            address CTEXT NOT NULL,
            key bigint NOT NULL,
            equipment CTEXT NOT NULL,
            site CTEXT,
            unit text NOT NULL,
            low REAL,
            high REAL,
            CONSTRAINT isa95_property_pkey PRIMARY KEY (tenant_id, address)
        );
        CREATE TABLE isa95_batch (
            tenant_id integer NOT NULL,
            key bigint NOT NULL,
            received bigint NOT NULL,
            count integer NOT NULL,
            body BLOB NOT NULL,
            CONSTRAINT isa95_batch_pkey PRIMARY KEY (tenant_id, key)
        );
        CREATE TABLE isa95_chunk (
            tenant_id integer NOT NULL,
            property bigint NOT NULL,
            first bigint NOT NULL,
            last bigint NOT NULL,
            key bigint NOT NULL,
            count integer NOT NULL,
            body BLOB NOT NULL,
            CONSTRAINT isa95_chunk_pkey PRIMARY KEY (tenant_id, property, first, key)
        );",
    postgres: "
        ALTER TABLE isa95_batch ALTER COLUMN body SET STORAGE EXTERNAL;
        ALTER TABLE isa95_chunk ALTER COLUMN body SET STORAGE EXTERNAL;",
    sqlite: "",
    tenant_tables: &["isa95_equipment", "isa95_property", "isa95_batch", "isa95_chunk"],
};
