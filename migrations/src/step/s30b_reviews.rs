//! Reviews of access: which rights were used when, campaigns, and what was attested in them.

use crate::Step;

pub(super) const STEP: Step = Step {
    name: "s30b_reviews",
    common: "
        CREATE TABLE platform_use (
            tenant_id integer NOT NULL,
            subject CTEXT NOT NULL,
            client CTEXT NOT NULL,
            role CTEXT NOT NULL,
            permission CTEXT NOT NULL,
            first_used bigint NOT NULL,
            last_used bigint NOT NULL,
            CONSTRAINT platform_use_pkey PRIMARY KEY (tenant_id, subject, client, role, permission)
        );
        CREATE TABLE oversight_review (
            tenant_id integer NOT NULL,
            id CTEXT NOT NULL,
            key bigint NOT NULL,
            title text NOT NULL,
            begun bigint NOT NULL,
            begun_by CTEXT NOT NULL,
            due bigint NOT NULL,
            scope text NOT NULL,
            every_days bigint,
            reminded bigint,
            followed bigint,
            CONSTRAINT oversight_review_pkey PRIMARY KEY (tenant_id, id)
        );
        CREATE UNIQUE INDEX oversight_review_key ON oversight_review (tenant_id, key);
        CREATE INDEX oversight_review_due ON oversight_review (tenant_id, due) WHERE reminded IS NULL;
        CREATE TABLE oversight_item (
            tenant_id integer NOT NULL,
            review CTEXT NOT NULL,
            kind CTEXT NOT NULL,
            account CTEXT NOT NULL,
            document text NOT NULL,
            decision CTEXT,
            decided_by CTEXT,
            decided bigint,
            comment text,
            CONSTRAINT oversight_item_pkey PRIMARY KEY (tenant_id, review, kind, account)
        );",
    postgres: "",
    sqlite: "",
    tenant_tables: &["platform_use", "oversight_review", "oversight_item"],
};
