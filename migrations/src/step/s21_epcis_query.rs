//! What the EPCIS query interface keeps: comparable values and words of events, named queries, subscriptions.

use crate::Step;

pub(super) const STEP: Step = Step {
    name: "s21_epcis_query",
    common: "
        CREATE TABLE epcis_value (
            tenant_id integer NOT NULL,
            field bigint NOT NULL,
            number REAL NOT NULL,
            key bigint NOT NULL,
            CONSTRAINT epcis_value_pkey PRIMARY KEY (tenant_id, field, number, key)
        ) CLUSTERED;
        CREATE INDEX epcis_value_key ON epcis_value (tenant_id, key, field);
        CREATE TABLE epcis_word (
            tenant_id integer NOT NULL,
            field CTEXT NOT NULL,
            hash bigint NOT NULL,
            value CTEXT NOT NULL,
            CONSTRAINT epcis_word_pkey PRIMARY KEY (tenant_id, field, hash)
        ) CLUSTERED;
        CREATE TABLE epcis_indexed (
            tenant_id integer NOT NULL,
            version bigint NOT NULL,
            key bigint NOT NULL,
            CONSTRAINT epcis_indexed_pkey PRIMARY KEY (tenant_id)
        );
        CREATE TABLE epcis_query (
            tenant_id integer NOT NULL,
            owner CTEXT NOT NULL,
            name CTEXT NOT NULL,
            created bigint NOT NULL,
            document text NOT NULL,
            CONSTRAINT epcis_query_pkey PRIMARY KEY (tenant_id, owner, name)
        );
        CREATE TABLE epcis_subscription (
            tenant_id integer NOT NULL,
            id CTEXT NOT NULL,
            owner CTEXT NOT NULL,
            query CTEXT NOT NULL,
            created bigint NOT NULL,
            dest text NOT NULL,
            signature_token text,
            controls text NOT NULL,
            origin text NOT NULL,
            initial bigint,
            position bigint NOT NULL,
            batch_end bigint NOT NULL,
            batch_at bigint NOT NULL,
            most bigint NOT NULL,
            due bigint NOT NULL,
            lease bigint NOT NULL,
            failures bigint NOT NULL,
            failure text,
            notified bigint,
            executed bigint,
            revision bigint NOT NULL,
            CONSTRAINT epcis_subscription_pkey PRIMARY KEY (tenant_id, id)
        );
        CREATE INDEX epcis_subscription_query ON epcis_subscription (tenant_id, owner, query, id);
        CREATE TABLE epcis_dead_letter (
            tenant_id integer NOT NULL,
            subscription CTEXT NOT NULL,
            position bigint NOT NULL,
            batch_end bigint NOT NULL,
            at bigint NOT NULL,
            why text NOT NULL,
            CONSTRAINT epcis_dead_letter_pkey PRIMARY KEY (tenant_id, subscription, position)
        );",
    postgres: "",
    sqlite: "",
    tenant_tables: &[
        "epcis_value",
        "epcis_word",
        "epcis_indexed",
        "epcis_query",
        "epcis_subscription",
        "epcis_dead_letter",
    ],
};
