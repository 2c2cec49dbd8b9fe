//! EPCIS: items by lot, contents in the order of their keys, and business faults kept as exceptions.

use crate::Step;

pub(crate) const STEP: Step = Step {
    name: "s22_epcis_items",
    common: "
        ALTER TABLE epcis_item ADD COLUMN lot CTEXT;
        CREATE INDEX epcis_item_lot ON epcis_item (tenant_id, lot, epc) WHERE lot IS NOT NULL;
        CREATE TABLE epcis_exception (
            tenant_id integer NOT NULL,
            key bigint NOT NULL,
            rule CTEXT NOT NULL,
            event_id CTEXT NOT NULL,
            event_time bigint NOT NULL,
            state CTEXT NOT NULL,
            version bigint NOT NULL,
            document text NOT NULL,
            CONSTRAINT epcis_exception_pkey PRIMARY KEY (tenant_id, key)
        );
        CREATE UNIQUE INDEX epcis_exception_once ON epcis_exception (tenant_id, event_id, rule);
        CREATE INDEX epcis_exception_state ON epcis_exception (tenant_id, state, key);",
    postgres: "",
    sqlite: "",
    tenant_tables: &["epcis_exception"],
};
