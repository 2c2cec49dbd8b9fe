//! Users, clients and providers of sign-in; their secrets; who is assigned to which patient; tokens taken back.

use crate::Step;

pub(super) const STEP: Step = Step {
    name: "s17_identity",
    // `platform_revocation` belongs to no tenant's policy: every node reads it as a whole, and it holds hashes only.
    common: "
        CREATE TABLE identity_record (
            tenant_id integer NOT NULL,
            kind CTEXT NOT NULL,
            id CTEXT NOT NULL,
            key bigint NOT NULL,
            version bigint NOT NULL,
            state CTEXT NOT NULL,
            created bigint NOT NULL,
            changed bigint NOT NULL,
            document text NOT NULL,
            CONSTRAINT identity_record_pkey PRIMARY KEY (tenant_id, kind, id)
        );
        CREATE INDEX identity_record_key ON identity_record (tenant_id, kind, key);
        CREATE TABLE identity_secret (
            tenant_id integer NOT NULL,
            client CTEXT NOT NULL,
            hash CTEXT NOT NULL,
            created bigint NOT NULL,
            CONSTRAINT identity_secret_pkey PRIMARY KEY (tenant_id, client)
        );
        CREATE TABLE identity_credential (
            tenant_id integer NOT NULL,
            person CTEXT NOT NULL,
            password text,
            one_time integer NOT NULL,
            totp text,
            totp_step bigint NOT NULL,
            signed_in bigint,
            CONSTRAINT identity_credential_pkey PRIMARY KEY (tenant_id, person)
        );
        CREATE TABLE identity_recovery (
            tenant_id integer NOT NULL,
            person CTEXT NOT NULL,
            hash CTEXT NOT NULL,
            CONSTRAINT identity_recovery_pkey PRIMARY KEY (tenant_id, person, hash)
        );
        CREATE TABLE identity_attempt (
            tenant_id integer NOT NULL,
            subject CTEXT NOT NULL,
            failures integer NOT NULL,
            until bigint NOT NULL,
            CONSTRAINT identity_attempt_pkey PRIMARY KEY (tenant_id, subject)
        );
        CREATE TABLE identity_assignment (
            tenant_id integer NOT NULL,
            person CTEXT NOT NULL,
            patient CTEXT NOT NULL,
            assigned bigint NOT NULL,
            assigned_by text NOT NULL,
            until bigint,
            CONSTRAINT identity_assignment_pkey PRIMARY KEY (tenant_id, person, patient)
        );
        CREATE INDEX identity_assignment_patient ON identity_assignment (tenant_id, patient);
        CREATE TABLE identity_assertion (
            tenant_id integer NOT NULL,
            hash CTEXT NOT NULL,
            expires bigint NOT NULL,
            CONSTRAINT identity_assertion_pkey PRIMARY KEY (tenant_id, hash)
        );
        CREATE INDEX identity_assertion_expires ON identity_assertion (tenant_id, expires);
        CREATE TABLE platform_revocation (
            key bigint NOT NULL PRIMARY KEY,
            tenant integer NOT NULL,
            mark CTEXT NOT NULL,
            revoked bigint NOT NULL,
            until bigint NOT NULL
        );
        CREATE INDEX platform_revocation_until ON platform_revocation (until);",
    postgres: "",
    sqlite: "",
    tenant_tables: &[
        "identity_record",
        "identity_secret",
        "identity_credential",
        "identity_recovery",
        "identity_attempt",
        "identity_assignment",
        "identity_assertion",
    ],
};
