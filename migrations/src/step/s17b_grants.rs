//! What stands between a sign-in and its tokens: sessions of browsers, codes, refresh tokens, launches.

use crate::Step;

pub(super) const STEP: Step = Step {
    name: "s17b_grants",
    // Everything is kept under the hash of what its bearer shows. `line` is the sign-in that all of a family comes from.
    common: "
        CREATE TABLE identity_session (
            tenant_id integer NOT NULL,
            hash CTEXT NOT NULL,
            person CTEXT NOT NULL,
            amr text NOT NULL,
            begun bigint NOT NULL,
            expires bigint NOT NULL,
            CONSTRAINT identity_session_pkey PRIMARY KEY (tenant_id, hash)
        );
        CREATE INDEX identity_session_person ON identity_session (tenant_id, person);
        CREATE INDEX identity_session_expires ON identity_session (tenant_id, expires);
        CREATE TABLE identity_code (
            tenant_id integer NOT NULL,
            hash CTEXT NOT NULL,
            line CTEXT NOT NULL,
            expires bigint NOT NULL,
            used bigint,
            document text NOT NULL,
            CONSTRAINT identity_code_pkey PRIMARY KEY (tenant_id, hash)
        );
        CREATE INDEX identity_code_expires ON identity_code (tenant_id, expires);
        CREATE TABLE identity_refresh (
            tenant_id integer NOT NULL,
            hash CTEXT NOT NULL,
            line CTEXT NOT NULL,
            expires bigint NOT NULL,
            used bigint,
            document text NOT NULL,
            CONSTRAINT identity_refresh_pkey PRIMARY KEY (tenant_id, hash)
        );
        CREATE INDEX identity_refresh_line ON identity_refresh (tenant_id, line);
        CREATE INDEX identity_refresh_expires ON identity_refresh (tenant_id, expires);
        CREATE TABLE identity_launch (
            tenant_id integer NOT NULL,
            hash CTEXT NOT NULL,
            expires bigint NOT NULL,
            used bigint,
            document text NOT NULL,
            CONSTRAINT identity_launch_pkey PRIMARY KEY (tenant_id, hash)
        );
        CREATE INDEX identity_launch_expires ON identity_launch (tenant_id, expires);",
    postgres: "",
    sqlite: "",
    tenant_tables: &["identity_session", "identity_code", "identity_refresh", "identity_launch"],
};
