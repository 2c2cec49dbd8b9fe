//! The revision of a tenant's policy: it moves with every change of what grants are compiled from.

use crate::Step;

pub(crate) const STEP: Step = Step {
    name: "s18_policy",
    common: "
        CREATE TABLE platform_revision (
            tenant_id integer NOT NULL,
            revision bigint NOT NULL,
            CONSTRAINT platform_revision_pkey PRIMARY KEY (tenant_id)
        );",
    postgres: "",
    sqlite: "",
    tenant_tables: &["platform_revision"],
};
