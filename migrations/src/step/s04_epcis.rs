//! EPCIS: capture jobs, events with their index, and the state of every item.
//!
//! An event's key is its record time: microseconds in the high bits (`theriac_core::Keys`).

use crate::Step;

pub(crate) const STEP: Step = Step {
    name: "s04_epcis",
    common: "
        CREATE TABLE epcis_job (
            tenant_id integer NOT NULL,
            key bigint NOT NULL,
            created bigint NOT NULL,
            finished bigint,
            running bigint NOT NULL,
            success bigint NOT NULL,
            behaviour text NOT NULL,
            errors text NOT NULL,
            actor text NOT NULL,
            origin text NOT NULL,
            CONSTRAINT epcis_job_pkey PRIMARY KEY (tenant_id, key)
        );
        CREATE TABLE epcis_document (
            tenant_id integer NOT NULL,
            job bigint NOT NULL,
            body BLOB NOT NULL,
            CONSTRAINT epcis_document_pkey PRIMARY KEY (tenant_id, job)
        );
        CREATE TABLE epcis_event (
            tenant_id integer NOT NULL,
            key bigint NOT NULL,
            event_time bigint NOT NULL,
            declared bigint NOT NULL,
            event_id CTEXT NOT NULL,
            tokens INTS NOT NULL,
            body BLOB NOT NULL,
            CONSTRAINT epcis_event_pkey PRIMARY KEY (tenant_id, key)
        );
        CREATE UNIQUE INDEX epcis_event_id ON epcis_event (tenant_id, event_id, declared);
        CREATE INDEX epcis_event_time ON epcis_event (tenant_id, event_time, key);
        CREATE TABLE epcis_item (
            tenant_id integer NOT NULL,
            revision bigint NOT NULL,
            epc CTEXT NOT NULL,
            parent CTEXT,
            attached_to CTEXT,
            state BLOB NOT NULL,
            CONSTRAINT epcis_item_pkey PRIMARY KEY (tenant_id, epc)
        );
        CREATE INDEX epcis_item_parent ON epcis_item (tenant_id, parent) WHERE parent IS NOT NULL;
        CREATE INDEX epcis_item_attached_to ON epcis_item (tenant_id, attached_to) WHERE attached_to IS NOT NULL;",
    // As with FHIR: the view keeps the index on arrays usable behind the same wall.
    postgres: "
        CREATE POLICY epcis_event_view ON epcis_event FOR SELECT TO CURRENT_USER USING (true);
        CREATE VIEW epcis_captured AS SELECT * FROM epcis_event
            WHERE tenant_id + 0 = (SELECT nullif(current_setting('theriac.tenant', true), '')::int);
        ALTER TABLE epcis_event ALTER COLUMN body SET STORAGE EXTERNAL;
        CREATE INDEX epcis_event_tokens ON epcis_event USING gin (tokens);",
    sqlite: "
        CREATE TABLE epcis_token (
            tenant_id integer NOT NULL, hash bigint NOT NULL, key bigint NOT NULL,
            PRIMARY KEY (tenant_id, hash, key)) WITHOUT ROWID;",
    tenant_tables: &["epcis_job", "epcis_document", "epcis_event", "epcis_item"],
};
