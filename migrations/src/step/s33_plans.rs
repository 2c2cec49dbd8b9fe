//! FHIR: what PostgreSQL's planner must know, and an index of long periods (docs/adr/0004).
//!
//! Policies and views compare `tenant_id + 0`. Without statistics of that sum the planner takes it that one row in two
//! hundred passes, and then sorts all that match where walking in order would have found a page at once.
//!
//! A range no longer than a day begins within a day of where it ends: a bound on one end is a bound on the other, and
//! the index by the beginning serves both. Longer ones have an index of their own.

use crate::Step;

pub(crate) const STEP: Step = Step {
    name: "s33_plans",
    common: "
        CREATE INDEX fhir_date_long ON fhir_date (tenant_id, param, hi, lo, key) WHERE lo < hi - 86400000000;",
    postgres: "
        DROP INDEX fhir_date_end;
        CREATE STATISTICS fhir_resource_sums ON (tenant_id + 0) FROM fhir_resource;
        CREATE STATISTICS fhir_resource_types ON (type + 0) FROM fhir_resource;
        CREATE STATISTICS fhir_contained_sums ON (tenant_id + 0) FROM fhir_contained;
        CREATE STATISTICS fhir_date_sums ON (tenant_id + 0) FROM fhir_date;
        CREATE STATISTICS fhir_number_sums ON (tenant_id + 0) FROM fhir_number;
        CREATE STATISTICS fhir_string_sums ON (tenant_id + 0) FROM fhir_string;
        CREATE STATISTICS fhir_place_sums ON (tenant_id + 0) FROM fhir_place;",
    sqlite: "",
    tenant_tables: &[],
};
