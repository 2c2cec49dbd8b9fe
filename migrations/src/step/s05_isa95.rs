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
            level text NOT NULL,
            parent CTEXT,
            site CTEXT,
            document text NOT NULL,
            CONSTRAINT isa95_equipment_pkey PRIMARY KEY (tenant_id, id)
        );
        CREATE INDEX isa95_equipment_parent ON isa95_equipment (tenant_id, parent, id);
        CREATE TABLE isa95_property (
            tenant_id integer NOT NULL,
            address CTEXT NOT NULL,
            key bigint NOT NULL,
            equipment CTEXT NOT NULL,
            site CTEXT,
            unit text NOT NULL,
            low REAL,
            high REAL,
            watched smallint NOT NULL,
            CONSTRAINT isa95_property_pkey PRIMARY KEY (tenant_id, address)
        );
        CREATE INDEX isa95_property_equipment ON isa95_property (tenant_id, equipment);
        CREATE TABLE isa95_batch (
            tenant_id integer NOT NULL,
            key bigint NOT NULL,
            received bigint NOT NULL,
            count integer NOT NULL,
            body BLOB NOT NULL,
            CONSTRAINT isa95_batch_pkey PRIMARY KEY (tenant_id, key)
        );
        CREATE TABLE isa95_tail (
            tenant_id integer NOT NULL,
            batch bigint NOT NULL,
            position bigint,
            CONSTRAINT isa95_tail_pkey PRIMARY KEY (tenant_id, batch)
        );
        CREATE TABLE isa95_chunk (
            tenant_id integer NOT NULL,
            property bigint NOT NULL,
            key bigint NOT NULL,
            first bigint NOT NULL,
            last bigint NOT NULL,
            count integer NOT NULL,
            body BLOB NOT NULL,
            CONSTRAINT isa95_chunk_pkey PRIMARY KEY (tenant_id, property, key)
        );
        CREATE INDEX isa95_chunk_first ON isa95_chunk (tenant_id, property, first, key, last);",
    postgres: "
        ALTER TABLE isa95_batch ALTER COLUMN body SET STORAGE EXTERNAL;
        ALTER TABLE isa95_chunk ALTER COLUMN body SET STORAGE EXTERNAL;",
    sqlite: "",
    tenant_tables: &["isa95_equipment", "isa95_property", "isa95_batch", "isa95_tail", "isa95_chunk"],
};
