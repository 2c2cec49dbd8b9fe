//! ISA-95: the versions of a property's limits, and the runs that say which batch and phase equipment was busy with.
//! The watcher of limits keeps all versions it must know, as one text.

use crate::Step;

pub(crate) const STEP: Step = Step {
    name: "s23_isa95_context",
    common: "
        CREATE TABLE isa95_limit (
            tenant_id integer NOT NULL,
            address CTEXT NOT NULL,
            version bigint NOT NULL,
            state text NOT NULL,
            low REAL,
            high REAL,
            effective bigint,
            reason text NOT NULL,
            proposed_by text NOT NULL,
            proposed_at bigint NOT NULL,
            decision text,
            decided_by text,
            decided_at bigint,
            CONSTRAINT isa95_limit_pkey PRIMARY KEY (tenant_id, address, version)
        );
        CREATE TABLE isa95_run (
            tenant_id integer NOT NULL,
            type CTEXT NOT NULL,
            id CTEXT NOT NULL,
            equipment CTEXT NOT NULL,
            starts bigint NOT NULL,
            ends bigint NOT NULL,
            batch CTEXT,
            phase CTEXT,
            CONSTRAINT isa95_run_pkey PRIMARY KEY (tenant_id, type, id, equipment)
        );
        CREATE INDEX isa95_run_equipment ON isa95_run (tenant_id, equipment, starts);
        ALTER TABLE spc_limit ADD COLUMN schedule text NOT NULL DEFAULT '[]';",
    // The owner, too, is bound by the policies, unless it says that it is not.
    postgres: "
        ALTER TABLE isa95_property NO FORCE ROW LEVEL SECURITY;
        INSERT INTO isa95_limit (tenant_id, address, version, state, low, high, effective, reason, proposed_by, proposed_at)
            SELECT tenant_id, address, 1, 'defined', low, high, 0, '', '', 0 FROM isa95_property
            WHERE low IS NOT NULL OR high IS NOT NULL;
        ALTER TABLE isa95_property FORCE ROW LEVEL SECURITY;",
    sqlite: "
        INSERT INTO isa95_limit (tenant_id, address, version, state, low, high, effective, reason, proposed_by, proposed_at)
            SELECT tenant_id, address, 1, 'defined', low, high, 0, '', '', 0 FROM isa95_property
            WHERE low IS NOT NULL OR high IS NOT NULL;",
    tenant_tables: &["isa95_limit", "isa95_run"],
};
