//! Deviations, and corrective and preventive actions.

use crate::Step;

pub(super) const STEP: Step = Step {
    name: "s16_quality",
    common: "
        CREATE TABLE quality_record (
            tenant_id integer NOT NULL,
            kind CTEXT NOT NULL,
            id CTEXT NOT NULL,
            key bigint NOT NULL,
            version bigint NOT NULL,
            state CTEXT NOT NULL,
            site CTEXT,
            owner CTEXT,
            due CTEXT,
            opened_by text NOT NULL,
            opened_at bigint NOT NULL,
            changed_by text NOT NULL,
            changed_at bigint NOT NULL,
            reason text,
            document text NOT NULL,
            CONSTRAINT quality_record_pkey PRIMARY KEY (tenant_id, kind, id)
        );
        CREATE INDEX quality_record_key ON quality_record (tenant_id, kind, key);
        CREATE INDEX quality_record_state ON quality_record (tenant_id, kind, state, key);
        CREATE INDEX quality_record_due ON quality_record (tenant_id, kind, due) WHERE due IS NOT NULL;
        CREATE TABLE quality_version (
            tenant_id integer NOT NULL,
            kind CTEXT NOT NULL,
            id CTEXT NOT NULL,
            version bigint NOT NULL,
            shown text NOT NULL,
            CONSTRAINT quality_version_pkey PRIMARY KEY (tenant_id, kind, id, version)
        );",
    postgres: "",
    sqlite: "",
    tenant_tables: &["quality_record", "quality_version"],
};
