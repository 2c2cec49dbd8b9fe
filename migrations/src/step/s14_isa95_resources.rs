//! ISA-95: every type of resource in one shape: current state, all versions, and what they are found by
//! (docs/adr/0012). Equipment moves in with the others.
//!
//! `scope` is the equipment a record belongs to, from which its site follows; an equipment's own is itself.

use crate::Step;

pub(crate) const STEP: Step = Step {
    name: "s14_isa95_resources",
    common: "
        CREATE TABLE isa95_resource (
            tenant_id integer NOT NULL,
            type CTEXT NOT NULL,
            id CTEXT NOT NULL,
            version bigint NOT NULL,
            updated bigint NOT NULL,
            deleted smallint NOT NULL,
            site CTEXT,
            parent CTEXT,
            scope CTEXT,
            starts bigint,
            ends bigint,
            document text NOT NULL,
            CONSTRAINT isa95_resource_pkey PRIMARY KEY (tenant_id, type, id)
        );
        CREATE INDEX isa95_resource_parent ON isa95_resource (tenant_id, type, parent, id);
        CREATE INDEX isa95_resource_scope ON isa95_resource (tenant_id, scope);
        CREATE TABLE isa95_version (
            tenant_id integer NOT NULL,
            type CTEXT NOT NULL,
            id CTEXT NOT NULL,
            version bigint NOT NULL,
            updated bigint NOT NULL,
            action text NOT NULL,
            document text NOT NULL,
            CONSTRAINT isa95_version_pkey PRIMARY KEY (tenant_id, type, id, version)
        );
        CREATE TABLE isa95_reference (
            tenant_id integer NOT NULL,
            type CTEXT NOT NULL,
            id CTEXT NOT NULL,
            path CTEXT NOT NULL,
            target_type CTEXT NOT NULL,
            target CTEXT NOT NULL,
            CONSTRAINT isa95_reference_pkey PRIMARY KEY (tenant_id, type, id, path)
        );
        CREATE INDEX isa95_reference_target ON isa95_reference (tenant_id, target_type, target, type, id);
        CREATE TABLE isa95_term (
            tenant_id integer NOT NULL,
            type CTEXT NOT NULL,
            name CTEXT NOT NULL,
            value CTEXT NOT NULL,
            number REAL,
            id CTEXT NOT NULL
        );
        CREATE INDEX isa95_term_value ON isa95_term (tenant_id, type, name, value, id);
        CREATE INDEX isa95_term_number ON isa95_term (tenant_id, type, name, number, id);
        CREATE INDEX isa95_term_id ON isa95_term (tenant_id, type, id);
        CREATE TABLE isa95_edge (
            tenant_id integer NOT NULL,
            source_type CTEXT NOT NULL,
            source CTEXT NOT NULL,
            target_type CTEXT NOT NULL,
            target CTEXT NOT NULL,
            kind text NOT NULL,
            quantity text NOT NULL,
            unit text NOT NULL,
            type CTEXT NOT NULL,
            id CTEXT NOT NULL
        );
        CREATE INDEX isa95_edge_source ON isa95_edge (tenant_id, source_type, source);
        CREATE INDEX isa95_edge_target ON isa95_edge (tenant_id, target_type, target);
        CREATE INDEX isa95_edge_id ON isa95_edge (tenant_id, type, id);",
    // The owner, too, is bound by the policy of the old table, unless it says that it is not.
    postgres: "
        ALTER TABLE isa95_equipment NO FORCE ROW LEVEL SECURITY;
        INSERT INTO isa95_resource (tenant_id, type, id, version, updated, deleted, site, parent, scope, document)
            SELECT tenant_id, 'equipment', id, version, updated, 0, site, parent, id, document FROM isa95_equipment;
        INSERT INTO isa95_version (tenant_id, type, id, version, updated, action, document)
            SELECT tenant_id, 'equipment', id, version, updated, 'update', document FROM isa95_equipment;
        INSERT INTO isa95_term (tenant_id, type, name, value, id)
            SELECT tenant_id, 'equipment', 'level', level, id FROM isa95_equipment;
        INSERT INTO isa95_reference (tenant_id, type, id, path, target_type, target)
            SELECT tenant_id, 'equipment', id, 'parent', 'equipment', parent FROM isa95_equipment
            WHERE parent IS NOT NULL;
        DROP TABLE isa95_equipment;",
    sqlite: "
        INSERT INTO isa95_resource (tenant_id, type, id, version, updated, deleted, site, parent, scope, document)
            SELECT tenant_id, 'equipment', id, version, updated, 0, site, parent, id, document FROM isa95_equipment;
        INSERT INTO isa95_version (tenant_id, type, id, version, updated, action, document)
            SELECT tenant_id, 'equipment', id, version, updated, 'update', document FROM isa95_equipment;
        INSERT INTO isa95_term (tenant_id, type, name, value, id)
            SELECT tenant_id, 'equipment', 'level', level, id FROM isa95_equipment;
        INSERT INTO isa95_reference (tenant_id, type, id, path, target_type, target)
            SELECT tenant_id, 'equipment', id, 'parent', 'equipment', parent FROM isa95_equipment
            WHERE parent IS NOT NULL;
        DROP TABLE isa95_equipment;",
    tenant_tables: &["isa95_resource", "isa95_version", "isa95_reference", "isa95_term", "isa95_edge"],
};
