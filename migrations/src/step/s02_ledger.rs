//! The ledger: entries waiting to be sealed, sealed segments, complete nodes of the tree, the head, readers' cursors.

use crate::Step;

pub(crate) const STEP: Step = Step {
    name: "s02_ledger",
    common: "
        CREATE TABLE ledger_segment (
            tenant_id integer NOT NULL,
            first bigint NOT NULL,
            count integer NOT NULL,
            sealed_at bigint NOT NULL,
            leaves BLOB NOT NULL,
            hashes BLOB NOT NULL,
            CONSTRAINT ledger_segment_pkey PRIMARY KEY (tenant_id, first)
        );
        CREATE TABLE ledger_node (
            tenant_id integer NOT NULL,
            level integer NOT NULL,
            position bigint NOT NULL,
            hash BLOB NOT NULL,
            CONSTRAINT ledger_node_pkey PRIMARY KEY (tenant_id, level, position)
        ) CLUSTERED;
        CREATE TABLE ledger_head (
            tenant_id integer NOT NULL,
            size bigint NOT NULL,
            frontier BLOB NOT NULL,
            checkpoint text NOT NULL,
            CONSTRAINT ledger_head_pkey PRIMARY KEY (tenant_id)
        );
        CREATE TABLE ledger_cursor (
            tenant_id integer NOT NULL,
            reader text NOT NULL,
            position bigint NOT NULL,
            CONSTRAINT ledger_cursor_pkey PRIMARY KEY (tenant_id, reader)
        );",
    // Sealing reads in commit order: rows of transactions older than every one still running are final.
    postgres: "
        CREATE TABLE ledger_pending (
            tenant_id integer NOT NULL,
            xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
            id bigint GENERATED ALWAYS AS IDENTITY,
            leaf bytea NOT NULL,
            CONSTRAINT ledger_pending_pkey PRIMARY KEY (tenant_id, xid, id)
        ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);",
    // One writer: the row number is the commit order.
    sqlite: "
        CREATE TABLE ledger_pending (
            id integer PRIMARY KEY AUTOINCREMENT,
            tenant_id integer NOT NULL,
            leaf blob NOT NULL
        );
        CREATE INDEX ledger_pending_tenant ON ledger_pending (tenant_id, id);",
    tenant_tables: &["ledger_segment", "ledger_node", "ledger_head", "ledger_cursor", "ledger_pending"],
};
