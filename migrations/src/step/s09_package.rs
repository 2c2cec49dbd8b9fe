//! FHIR: installed packages, and the resources that came with each.

use crate::Step;

pub(crate) const STEP: Step = Step {
    name: "s09_package",
    common: "
        CREATE TABLE fhir_package (
            tenant_id integer NOT NULL,
            name CTEXT NOT NULL,
            version CTEXT NOT NULL,
            hash BLOB NOT NULL,
            installed bigint NOT NULL,
            manifest text NOT NULL,
            CONSTRAINT fhir_package_pkey PRIMARY KEY (tenant_id, name, version)
        );
        CREATE TABLE fhir_package_resource (
            tenant_id integer NOT NULL,
            name CTEXT NOT NULL,
            version CTEXT NOT NULL,
            type smallint NOT NULL,
            id CTEXT NOT NULL,
            resource_version integer NOT NULL,
            CONSTRAINT fhir_package_resource_pkey PRIMARY KEY (tenant_id, name, version, type, id)
        );",
    postgres: "",
    sqlite: "",
    tenant_tables: &["fhir_package", "fhir_package_resource"],
};
