//! De-identified views: profiles, research projects, their keys, and what stands behind their pseudonyms.

use crate::Step;

pub(super) const STEP: Step = Step {
    name: "s19_deid",
    common: "
        CREATE TABLE deid_profile (
            tenant_id integer NOT NULL,
            id CTEXT NOT NULL,
            version bigint NOT NULL,
            document text NOT NULL,
            CONSTRAINT deid_profile_pkey PRIMARY KEY (tenant_id, id)
        );
        CREATE TABLE deid_project (
            tenant_id integer NOT NULL,
            id CTEXT NOT NULL,
            version bigint NOT NULL,
            document text NOT NULL,
            CONSTRAINT deid_project_pkey PRIMARY KEY (tenant_id, id)
        );
        CREATE TABLE deid_key (
            tenant_id integer NOT NULL,
            project CTEXT NOT NULL,
            version bigint NOT NULL,
            sealed BLOB NOT NULL,
            CONSTRAINT deid_key_pkey PRIMARY KEY (tenant_id, project, version)
        );
        CREATE TABLE deid_pseudonym (
            tenant_id integer NOT NULL,
            project CTEXT NOT NULL,
            find CTEXT NOT NULL,
            pseudonym CTEXT NOT NULL,
            kind CTEXT NOT NULL,
            key_version bigint NOT NULL,
            sealed BLOB NOT NULL,
            CONSTRAINT deid_pseudonym_pkey PRIMARY KEY (tenant_id, project, find)
        );
        CREATE UNIQUE INDEX deid_pseudonym_shown ON deid_pseudonym (tenant_id, project, pseudonym);",
    postgres: "",
    sqlite: "",
    tenant_tables: &["deid_profile", "deid_project", "deid_key", "deid_pseudonym"],
};
