//! FHIR: what the hashes of codes, references and addresses were made of, each once a tenant, so that an answer can be
//! sorted by them (docs/adr/0013).

use crate::Step;

pub(crate) const STEP: Step = Step {
    name: "s12_value",
    common: "
        CREATE TABLE fhir_value (
            tenant_id integer NOT NULL,
            hash bigint NOT NULL,
            value CTEXT NOT NULL,
            CONSTRAINT fhir_value_pkey PRIMARY KEY (tenant_id, hash)
        ) CLUSTERED;",
    postgres: "",
    sqlite: "",
    tenant_tables: &["fhir_value"],
};
