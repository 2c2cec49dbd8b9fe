//! Control charts with their running state, and alerts.

use crate::Step;

pub(crate) const STEP: Step = Step {
    name: "s06_spc",
    common: "
        CREATE TABLE spc_chart (
            tenant_id integer NOT NULL,
            id CTEXT NOT NULL,
            version bigint NOT NULL,
            updated bigint NOT NULL,
            property CTEXT NOT NULL,
            document text NOT NULL,
            CONSTRAINT spc_chart_pkey PRIMARY KEY (tenant_id, id)
        );
        CREATE TABLE spc_state (
            tenant_id integer NOT NULL,
            chart CTEXT NOT NULL,
            version bigint NOT NULL,
            born bigint NOT NULL,
            document text NOT NULL,
            state BLOB NOT NULL,
            CONSTRAINT spc_state_pkey PRIMARY KEY (tenant_id, chart)
        );
        CREATE TABLE spc_limit (
            tenant_id integer NOT NULL,
            address CTEXT NOT NULL,
            low REAL,
            high REAL,
            side integer NOT NULL,
            since bigint NOT NULL,
            CONSTRAINT spc_limit_pkey PRIMARY KEY (tenant_id, address)
        );
        CREATE TABLE alerts_alert (
            tenant_id integer NOT NULL,
            id CTEXT NOT NULL,
            key bigint NOT NULL,
            version bigint NOT NULL,
            raised_at bigint NOT NULL,
            source text NOT NULL,
            rule text NOT NULL,
            subject text NOT NULL,
            site CTEXT,
            episode CTEXT NOT NULL,
            evidence text NOT NULL,
            state text NOT NULL,
            acknowledged_at bigint,
            acknowledged_by text,
            reason text,
            CONSTRAINT alerts_alert_pkey PRIMARY KEY (tenant_id, id)
        );
        CREATE UNIQUE INDEX alerts_alert_episode ON alerts_alert (tenant_id, episode);
        CREATE INDEX alerts_alert_state ON alerts_alert (tenant_id, state, key);
        CREATE INDEX alerts_alert_key ON alerts_alert (tenant_id, key);",
    postgres: "ALTER TABLE spc_state ALTER COLUMN state SET STORAGE EXTERNAL;",
    sqlite: "",
    tenant_tables: &["spc_chart", "spc_state", "spc_limit", "alerts_alert"],
};
