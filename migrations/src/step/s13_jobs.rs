//! Requests that are answered later (`Prefer: respond-async`), and which of their entries are done.

use crate::Step;

pub(crate) const STEP: Step = Step {
    name: "s13_jobs",
    // `lease` is until when the process in `owner` works on it; whoever finds it in the past may take it over.
    common: "
        CREATE TABLE fhir_job (
            tenant_id integer NOT NULL,
            key bigint NOT NULL,
            created bigint NOT NULL,
            updated bigint NOT NULL,
            lease bigint NOT NULL,
            state smallint NOT NULL,
            actor text NOT NULL,
            owner text NOT NULL,
            origin text NOT NULL,
            progress text NOT NULL,
            request BLOB NOT NULL,
            answer BLOB,
            CONSTRAINT fhir_job_pkey PRIMARY KEY (tenant_id, key)
        );
        CREATE INDEX fhir_job_state ON fhir_job (tenant_id, state, lease);
        CREATE TABLE fhir_job_entry (
            tenant_id integer NOT NULL,
            job bigint NOT NULL,
            entry integer NOT NULL,
            answer BLOB,
            CONSTRAINT fhir_job_entry_pkey PRIMARY KEY (tenant_id, job, entry)
        );",
    postgres: "",
    sqlite: "",
    tenant_tables: &["fhir_job", "fhir_job_entry"],
};
