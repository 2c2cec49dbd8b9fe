//! The DSCSA's records: partners, verifications, returns, investigations, traces, exception cases; and what each is about.

use crate::Step;

pub(super) const STEP: Step = Step {
    name: "s28_dscsa",
    common: "
        CREATE TABLE dscsa_record (
            tenant_id integer NOT NULL,
            kind CTEXT NOT NULL,
            id CTEXT NOT NULL,
            key bigint NOT NULL,
            version bigint NOT NULL,
            state CTEXT NOT NULL,
            due bigint,
            document text NOT NULL,
            CONSTRAINT dscsa_record_pkey PRIMARY KEY (tenant_id, kind, id)
        );
        CREATE INDEX dscsa_record_key ON dscsa_record (tenant_id, kind, key);
        CREATE INDEX dscsa_record_due ON dscsa_record (tenant_id, due) WHERE due IS NOT NULL;
        CREATE TABLE dscsa_subject (
            tenant_id integer NOT NULL,
            subject CTEXT NOT NULL,
            kind CTEXT NOT NULL,
            id CTEXT NOT NULL,
            CONSTRAINT dscsa_subject_pkey PRIMARY KEY (tenant_id, subject, kind, id)
        );",
    postgres: "",
    sqlite: "",
    tenant_tables: &["dscsa_record", "dscsa_subject"],
};
