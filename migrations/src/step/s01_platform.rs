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
        END $$;
        CREATE FUNCTION platform_analyze() RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
        DECLARE
            stale record;
            done integer := 0;
        BEGIN
            FOR stale IN SELECT schemaname, relname FROM pg_stat_user_tables
                WHERE n_mod_since_analyze > 1000 + n_live_tup / 5 LOOP
                EXECUTE format('ANALYZE %I.%I', stale.schemaname, stale.relname);
                done := done + 1;
            END LOOP;
            RETURN done;
        END $$;",
    sqlite: "",
    tenant_tables: &[],
};
