//! The list of tenants, feed tickets, and the guard that lets a pipelined unit undo itself.

use crate::Step;

pub(crate) const STEP: Step = Step {
    name: "s01_platform",
    common: "
        CREATE TABLE platform_tenant (
            key integer NOT NULL PRIMARY KEY,
            name text NOT NULL,
            created bigint NOT NULL,
            CONSTRAINT platform_tenant_name UNIQUE (name)
        );",
    postgres: "
        CREATE FUNCTION platform_expect(touched bigint, wanted bigint) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            IF touched <> wanted THEN
                RAISE EXCEPTION 'touched % rows instead of %', touched, wanted USING ERRCODE = 'TH001';
            END IF;
        END $$;",
    sqlite: "",
    tenant_tables: &[],
};
