//! FHIR: a tenant's own search parameters, one row for each resource type, and how far their index is.
//!
//! `seed` names the values in the index: a changed definition has another one, so that the old index serves until the
//! new one is whole.

use crate::Step;

pub(crate) const STEP: Step = Step {
    name: "s08_parameter",
    common: "
        CREATE TABLE fhir_parameter (
            tenant_id integer NOT NULL,
            type smallint NOT NULL,
            seed CTEXT NOT NULL,
            code CTEXT NOT NULL,
            url CTEXT NOT NULL,
            kind CTEXT NOT NULL,
            expression text NOT NULL,
            targets text NOT NULL,
            ready smallint NOT NULL,
            total bigint NOT NULL,
            done bigint NOT NULL,
            at bigint NOT NULL,
            started bigint NOT NULL,
            finished bigint NOT NULL,
            CONSTRAINT fhir_parameter_pkey PRIMARY KEY (tenant_id, type, seed)
        );",
    postgres: "",
    sqlite: "",
    tenant_tables: &["fhir_parameter"],
};
