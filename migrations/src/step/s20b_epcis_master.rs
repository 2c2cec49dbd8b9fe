//! EPCIS master data: elements of vocabularies as they are now, all their versions, what is under what, and terms by
//! which attributes are found.

use crate::Step;

pub(crate) const STEP: Step = Step {
    name: "s20b_epcis_master",
    common: "
        CREATE TABLE epcis_master (
            tenant_id integer NOT NULL,
            vocabulary CTEXT NOT NULL,
            id CTEXT NOT NULL,
            version bigint NOT NULL,
            key bigint NOT NULL,
            gln CTEXT NOT NULL,
            body text NOT NULL,
            CONSTRAINT epcis_master_pkey PRIMARY KEY (tenant_id, vocabulary, id)
        );
        CREATE UNIQUE INDEX epcis_master_key ON epcis_master (tenant_id, key);
        CREATE TABLE epcis_master_version (
            tenant_id integer NOT NULL,
            vocabulary CTEXT NOT NULL,
            id CTEXT NOT NULL,
            version bigint NOT NULL,
            key bigint NOT NULL,
            body text NOT NULL,
            CONSTRAINT epcis_master_version_pkey PRIMARY KEY (tenant_id, vocabulary, id, version)
        );
        CREATE TABLE epcis_master_child (
            tenant_id integer NOT NULL,
            parent CTEXT NOT NULL,
            vocabulary CTEXT NOT NULL,
            child CTEXT NOT NULL,
            CONSTRAINT epcis_master_child_pkey PRIMARY KEY (tenant_id, parent, vocabulary, child)
        );
        CREATE TABLE epcis_master_term (
            tenant_id integer NOT NULL,
            hash bigint NOT NULL,
            vocabulary CTEXT NOT NULL,
            id CTEXT NOT NULL,
            CONSTRAINT epcis_master_term_pkey PRIMARY KEY (tenant_id, hash, vocabulary, id)
        );
        CREATE INDEX epcis_master_term_of ON epcis_master_term (tenant_id, vocabulary, id);",
    postgres: "",
    sqlite: "",
    tenant_tables: &["epcis_master", "epcis_master_version", "epcis_master_child", "epcis_master_term"],
};
