//! Keys of revocations are told apart by tenant too: two nodes may draw the same one.

use crate::Step;

pub(super) const STEP: Step = Step {
    name: "s17c_revocation",
    common: "
        CREATE TABLE platform_revocation_by_tenant (
            key bigint NOT NULL,
            tenant integer NOT NULL,
            mark CTEXT NOT NULL,
            revoked bigint NOT NULL,
            until bigint NOT NULL,
            PRIMARY KEY (key, tenant, mark)
        );
        INSERT INTO platform_revocation_by_tenant (key, tenant, mark, revoked, until)
            SELECT key, tenant, mark, revoked, until FROM platform_revocation;
        DROP TABLE platform_revocation;
        ALTER TABLE platform_revocation_by_tenant RENAME TO platform_revocation;
        CREATE INDEX platform_revocation_until ON platform_revocation (until);",
    postgres: "",
    sqlite: "",
    tenant_tables: &[],
};
