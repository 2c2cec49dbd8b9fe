//! Emergency access: what is open to whom now, every request with its review, and what was read under it.

use crate::Step;

pub(super) const STEP: Step = Step {
    name: "s30_oversight",
    common: "
        CREATE TABLE platform_emergency (
            tenant_id integer NOT NULL,
            id CTEXT NOT NULL,
            person CTEXT NOT NULL,
            patient CTEXT NOT NULL,
            purpose CTEXT NOT NULL,
            until bigint NOT NULL,
            CONSTRAINT platform_emergency_pkey PRIMARY KEY (tenant_id, id)
        );
        CREATE TABLE oversight_emergency (
            tenant_id integer NOT NULL,
            id CTEXT NOT NULL,
            key bigint NOT NULL,
            version bigint NOT NULL,
            person CTEXT NOT NULL,
            client CTEXT,
            patient CTEXT NOT NULL,
            purpose CTEXT NOT NULL,
            reason text NOT NULL,
            begun bigint NOT NULL,
            until bigint NOT NULL,
            ended bigint,
            ended_by CTEXT,
            review_due bigint NOT NULL,
            reminded bigint,
            decision CTEXT,
            decided_by CTEXT,
            decided bigint,
            comment text,
            CONSTRAINT oversight_emergency_pkey PRIMARY KEY (tenant_id, id)
        );
        CREATE UNIQUE INDEX oversight_emergency_key ON oversight_emergency (tenant_id, key);
        CREATE INDEX oversight_emergency_open ON oversight_emergency (tenant_id, until) WHERE ended IS NULL;
        CREATE INDEX oversight_emergency_due ON oversight_emergency (tenant_id, review_due) WHERE decision IS NULL;
        CREATE TABLE oversight_read (
            tenant_id integer NOT NULL,
            emergency CTEXT NOT NULL,
            position bigint NOT NULL,
            at CTEXT NOT NULL,
            document text NOT NULL,
            CONSTRAINT oversight_read_pkey PRIMARY KEY (tenant_id, emergency, position)
        );",
    postgres: "",
    sqlite: "",
    tenant_tables: &["platform_emergency", "oversight_emergency", "oversight_read"],
};
