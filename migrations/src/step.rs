//! The steps in their order. A step that was released is never edited.

mod s01_platform;
mod s02_ledger;
mod s03_fhir;
mod s04_epcis;
mod s05_isa95;
mod s06_spc;
mod s07_settings;
mod s08_parameter;
mod s09_package;
mod s10_search;
mod s11_paging;
mod s12_value;
mod s13_jobs;
mod s14_isa95_resources;
mod s15_alerts;
mod s16_quality;
mod s17_identity;
mod s17b_grants;
mod s17c_revocation;
mod s18_policy;
mod s19_deid;
mod s20_epcis_capture;
mod s20b_epcis_master;
mod s21_epcis_query;
mod s22_epcis_items;
mod s22b_dscsa;
mod s23_isa95_context;
mod s23b_isa95_retention;
mod s26_composite;
mod s27_parts;
mod s28_dscsa;
mod s30_oversight;
mod s30b_reviews;
mod s32_contained;
mod s33_plans;

use sea_orm_migration::MigrationTrait;

pub(crate) fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(s01_platform::STEP),
        Box::new(s02_ledger::STEP),
        Box::new(s03_fhir::STEP),
        Box::new(s04_epcis::STEP),
        Box::new(s05_isa95::STEP),
        Box::new(s06_spc::STEP),
        Box::new(s07_settings::STEP),
        Box::new(s08_parameter::STEP),
        Box::new(s09_package::STEP),
        Box::new(s13_jobs::STEP),
        Box::new(s10_search::STEP),
        Box::new(s11_paging::STEP),
        Box::new(s12_value::STEP),
        Box::new(s15_alerts::STEP),
        Box::new(s16_quality::STEP),
        Box::new(s14_isa95_resources::STEP),
        Box::new(s22_epcis_items::STEP),
        Box::new(s22b_dscsa::STEP),
        Box::new(s20_epcis_capture::STEP),
        Box::new(s20b_epcis_master::STEP),
        Box::new(s17_identity::STEP),
        Box::new(s17b_grants::STEP),
        Box::new(s17c_revocation::STEP),
        Box::new(s27_parts::STEP),
        Box::new(s21_epcis_query::STEP),
        Box::new(s23_isa95_context::STEP),
        Box::new(s18_policy::STEP),
        Box::new(s23b_isa95_retention::STEP),
        Box::new(s26_composite::STEP),
        Box::new(s19_deid::STEP),
        Box::new(s32_contained::STEP),
        Box::new(s33_plans::STEP),
        Box::new(s30_oversight::STEP),
        Box::new(s28_dscsa::STEP),
        Box::new(s30b_reviews::STEP),
    ]
}
