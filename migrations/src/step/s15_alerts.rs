//! Alerts that are shelved for a while, and alerts that are escalated when nobody answers.

use crate::Step;

pub(super) const STEP: Step = Step {
    name: "s15_alerts",
    common: "
        ALTER TABLE alerts_alert ADD COLUMN shelved_until bigint;
        ALTER TABLE alerts_alert ADD COLUMN shelved_by text;
        ALTER TABLE alerts_alert ADD COLUMN shelved_reason text;
        ALTER TABLE alerts_alert ADD COLUMN level integer NOT NULL DEFAULT 0;
        ALTER TABLE alerts_alert ADD COLUMN escalated_to text;
        ALTER TABLE alerts_alert ADD COLUMN due_at bigint;
        CREATE INDEX alerts_alert_due ON alerts_alert (tenant_id, due_at) WHERE state = 'open' AND due_at IS NOT NULL;
        CREATE INDEX alerts_alert_shelved ON alerts_alert (tenant_id, shelved_until) WHERE state = 'shelved';
        CREATE TABLE alerts_shelf (
            tenant_id integer NOT NULL,
            source CTEXT NOT NULL,
            rule CTEXT NOT NULL,
            subject CTEXT NOT NULL,
            until bigint NOT NULL,
            shelved_by text NOT NULL,
            reason text NOT NULL,
            CONSTRAINT alerts_shelf_pkey PRIMARY KEY (tenant_id, source, rule, subject)
        );
        CREATE TABLE alerts_escalation (
            tenant_id integer NOT NULL,
            version bigint NOT NULL,
            document text NOT NULL,
            CONSTRAINT alerts_escalation_pkey PRIMARY KEY (tenant_id)
        );",
    postgres: "",
    sqlite: "",
    tenant_tables: &["alerts_shelf", "alerts_escalation"],
};
