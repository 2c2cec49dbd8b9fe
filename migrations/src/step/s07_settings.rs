//! Settings of tenants. Every change is a new version; the newest one holds.

use crate::Step;

pub(crate) const STEP: Step = Step {
    name: "s07_settings",
    common: "
        CREATE TABLE platform_setting (
            tenant_id integer NOT NULL,
            name CTEXT NOT NULL,
            version bigint NOT NULL,
            value text NOT NULL,
            updated bigint NOT NULL,
            CONSTRAINT platform_setting_pkey PRIMARY KEY (tenant_id, name, version)
        );",
    postgres: "",
    sqlite: "",
    tenant_tables: &["platform_setting"],
};
