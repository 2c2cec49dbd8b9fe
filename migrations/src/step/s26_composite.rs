//! FHIR: the components of a tenant's own composite search parameter, as JSON; empty for the other kinds.

use crate::Step;

pub(crate) const STEP: Step = Step {
    name: "s26_composite",
    common: "
        ALTER TABLE fhir_parameter ADD COLUMN components text NOT NULL DEFAULT '';",
    postgres: "",
    sqlite: "",
    tenant_tables: &[],
};
