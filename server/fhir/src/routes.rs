//! The routes of FHIR, <http://hl7.org/fhir/R4/http.html>. The whole table; batch entries find their row here too.

use crate::deid;
use crate::format;
use crate::interaction::{batch, capabilities, conditional, create, delete, history, patch, read, search, update};
use crate::job;
use crate::operation::{
    diff, everything, expand, graphql, lastn, lookup, meta, package, status, subsumes, translate, validate,
    validate_code,
};
use crate::parameters;
use crate::policy;
use crate::service::Fhir;
use theriac_access::Permission::{Admin, FhirRead, FhirWrite, Public};
use theriac_platform::http::Method::{Delete, Get, Patch, Post, Put};
use theriac_platform::http::{Facade, Route, Router, Routes};

#[rustfmt::skip]
pub fn routes(fhir: &Fhir) -> Vec<Route> {
    let rows = Routes::new(Facade::Fhir)
        .add(Get,    "/{tenant}/fhir/metadata",                   Public,    fhir, capabilities::handle, "What is served (CapabilityStatement)")
        // Each entry is asked for its own permission: a batch may be of reads alone.
        .add(Post,   "/{tenant}/fhir",                            FhirRead,  fhir, batch::handle,        "Batch or transaction")
        .add(Get,    "/{tenant}/fhir",                            FhirRead,  fhir, search::handle,       "Search over types")
        .add(Post,   "/{tenant}/fhir/_search",                    FhirRead,  fhir, search::handle,       "Search over types, parameters in a form")
        .add(Get,    "/{tenant}/fhir/{compartment}/{of}/{type}",  FhirRead,  fhir, search::handle,       "Search a compartment; all its types with *")
        .add(Post,   "/{tenant}/fhir/{compartment}/{of}/{type}/_search", FhirRead, fhir, search::handle, "Search a compartment, parameters in a form")
        .add(Get,    "/{tenant}/fhir/_history",                   FhirRead,  fhir, history::of_system,   "History of all resources")
        .add(Get,    "/{tenant}/fhir/_job/{job}",                 FhirRead,  fhir, job::status,           "How far a request is that is answered later")
        .add(Delete, "/{tenant}/fhir/_job/{job}",                 FhirRead,  fhir, job::cancel,           "Give up a request that is answered later, or its answer")
        .add(Get,    "/{tenant}/fhir/{type}",                     FhirRead,  fhir, search::handle,       "Search one type")
        .add(Post,   "/{tenant}/fhir/{type}/_search",             FhirRead,  fhir, search::handle,       "Search one type, parameters in a form")
        .add(Post,   "/{tenant}/fhir/{type}",                     FhirWrite, fhir, create::handle,       "Create")
        .add(Put,    "/{tenant}/fhir/{type}",                     FhirWrite, fhir, conditional::update,  "Update what matches a condition")
        .add(Patch,  "/{tenant}/fhir/{type}",                     FhirWrite, fhir, patch::by_criteria,   "Patch what matches a condition")
        .add(Delete, "/{tenant}/fhir/{type}",                     FhirWrite, fhir, delete::by_criteria,  "Delete what matches a condition")
        .add(Get,    "/{tenant}/fhir/{type}/_history",            FhirRead,  fhir, history::of_type,     "History of one type")
        .add(Get,    "/{tenant}/fhir/{type}/{id}",                FhirRead,  fhir, read::handle,         "Read")
        .add(Put,    "/{tenant}/fhir/{type}/{id}",                FhirWrite, fhir, update::handle,       "Update, or create under this id")
        .add(Patch,  "/{tenant}/fhir/{type}/{id}",                FhirWrite, fhir, patch::handle,        "Patch")
        .add(Delete, "/{tenant}/fhir/{type}/{id}",                FhirWrite, fhir, delete::handle,       "Delete")
        .add(Post,   "/{tenant}/fhir/{type}/$validate",           FhirRead,  fhir, validate::handle,      "Validate a resource")
        .add(Get,    "/{tenant}/fhir/{type}/{id}/$validate",      FhirRead,  fhir, validate::handle,      "Validate the stored resource")
        .add(Post,   "/{tenant}/fhir/{type}/{id}/$validate",      FhirRead,  fhir, validate::handle,      "Validate a resource for this address, or the stored one")
        .add(Get,    "/{tenant}/fhir/{type}/{id}/_history",       FhirRead,  fhir, history::of_instance, "History of one resource")
        .add(Get,    "/{tenant}/fhir/{type}/{id}/_history/{vid}", FhirRead,  fhir, read::vread,          "Read one version");
    let rows = operations(rows, fhir).rows();
    let rows: Vec<Route> = rows.into_iter().map(|row| deid::viewed(row, fhir)).collect();
    // Every call makes the same rows; the first stays.
    let _ = fhir.router.set(Router::new(rows.clone()));
    let rows = rows.into_iter().map(policy::kept).map(parameters::known).map(format::negotiated);
    rows.chain(deid::report::routes(fhir)).collect()
}

/// Operations, <http://hl7.org/fhir/R4/operations.html>: one that changes nothing is called by GET as well as by POST.
#[rustfmt::skip]
fn operations(rows: Routes, fhir: &Fhir) -> Routes {
    rows
        .add(Get,    "/{tenant}/fhir/$meta",                            FhirRead,  fhir, meta::of_system,   "Profiles and labels in use")
        .add(Post,   "/{tenant}/fhir/$meta",                            FhirRead,  fhir, meta::of_system,   "Profiles and labels in use")
        .add(Get,    "/{tenant}/fhir/{type}/$meta",                     FhirRead,  fhir, meta::of_type,     "Profiles and labels in use in one type")
        .add(Post,   "/{tenant}/fhir/{type}/$meta",                     FhirRead,  fhir, meta::of_type,     "Profiles and labels in use in one type")
        .add(Get,    "/{tenant}/fhir/{type}/{id}/$meta",                FhirRead,  fhir, meta::of_instance, "Meta of one resource")
        .add(Post,   "/{tenant}/fhir/{type}/{id}/$meta",                FhirRead,  fhir, meta::of_instance, "Meta of one resource")
        .add(Get,    "/{tenant}/fhir/{type}/{id}/_history/{vid}/$meta", FhirRead,  fhir, meta::of_instance, "Meta of one version")
        .add(Post,   "/{tenant}/fhir/{type}/{id}/_history/{vid}/$meta", FhirRead,  fhir, meta::of_instance, "Meta of one version")
        .add(Post,   "/{tenant}/fhir/{type}/{id}/$meta-add",            FhirWrite, fhir, meta::add,         "Add profiles and labels, without a new version")
        .add(Post,   "/{tenant}/fhir/{type}/{id}/_history/{vid}/$meta-add", FhirWrite, fhir, meta::add,     "Add profiles and labels to one version")
        .add(Post,   "/{tenant}/fhir/{type}/{id}/$meta-delete",         FhirWrite, fhir, meta::delete,      "Take profiles and labels out, without a new version")
        .add(Post,   "/{tenant}/fhir/{type}/{id}/_history/{vid}/$meta-delete", FhirWrite, fhir, meta::delete, "Take profiles and labels out of one version")
        .add(Get,    "/{tenant}/fhir/$diff",                            FhirRead,  fhir, diff::of_system,   "What differs between two resources")
        .add(Post,   "/{tenant}/fhir/$diff",                            FhirRead,  fhir, diff::of_system,   "What differs between two resources")
        .add(Get,    "/{tenant}/fhir/{type}/{id}/$diff",                FhirRead,  fhir, diff::of_instance, "What changed between two versions")
        .add(Post,   "/{tenant}/fhir/{type}/{id}/$diff",                FhirRead,  fhir, diff::of_instance, "What changed between two versions")
        .add(Get,    "/{tenant}/fhir/Patient/$everything", FhirRead, fhir, everything::of_patients, "Everything of all patients")
        .add(Post,   "/{tenant}/fhir/Patient/$everything", FhirRead, fhir, everything::of_patients, "Everything of all patients")
        .add(Get,    "/{tenant}/fhir/Patient/{id}/$everything", FhirRead, fhir, everything::of_patient, "Everything of one patient")
        .add(Post,   "/{tenant}/fhir/Patient/{id}/$everything", FhirRead, fhir, everything::of_patient, "Everything of one patient")
        .add(Get,    "/{tenant}/fhir/Encounter/{id}/$everything", FhirRead, fhir, everything::of_encounter, "Everything of one encounter")
        .add(Post,   "/{tenant}/fhir/Encounter/{id}/$everything", FhirRead, fhir, everything::of_encounter, "Everything of one encounter")
        .add(Get,    "/{tenant}/fhir/Group/{id}/$everything", FhirRead, fhir, everything::of_group, "Everything of a group's patients")
        .add(Post,   "/{tenant}/fhir/Group/{id}/$everything", FhirRead, fhir, everything::of_group, "Everything of a group's patients")
        .add(Get,    "/{tenant}/fhir/Observation/$lastn", FhirRead, fhir, lastn::handle, "The newest observations of a patient, so many of each code")
        .add(Post,   "/{tenant}/fhir/Observation/$lastn", FhirRead, fhir, lastn::handle, "The newest observations of a patient, so many of each code")
        .add(Get,    "/{tenant}/fhir/$graphql", FhirRead, fhir, graphql::of_system, "GraphQL over all resources")
        .add(Post,   "/{tenant}/fhir/$graphql", FhirRead, fhir, graphql::of_system, "GraphQL over all resources")
        .add(Get,    "/{tenant}/fhir/{type}/{id}/$graphql", FhirRead, fhir, graphql::of_instance, "GraphQL over one resource")
        .add(Post,   "/{tenant}/fhir/{type}/{id}/$graphql", FhirRead, fhir, graphql::of_instance, "GraphQL over one resource")
        // Terminology, http://hl7.org/fhir/R4/terminology-service.html
        .add(Get,    "/{tenant}/fhir/ValueSet/$expand",                 FhirRead,  fhir, expand::handle, "The codes of a value set")
        .add(Post,   "/{tenant}/fhir/ValueSet/$expand",                 FhirRead,  fhir, expand::handle, "The codes of a value set")
        .add(Get,    "/{tenant}/fhir/ValueSet/{id}/$expand",            FhirRead,  fhir, expand::handle, "The codes of this value set")
        .add(Post,   "/{tenant}/fhir/ValueSet/{id}/$expand",            FhirRead,  fhir, expand::handle, "The codes of this value set")
        .add(Get,    "/{tenant}/fhir/ValueSet/$validate-code",          FhirRead,  fhir, validate_code::in_value_set, "Is a code in a value set?")
        .add(Post,   "/{tenant}/fhir/ValueSet/$validate-code",          FhirRead,  fhir, validate_code::in_value_set, "Is a code in a value set?")
        .add(Get,    "/{tenant}/fhir/ValueSet/{id}/$validate-code",     FhirRead,  fhir, validate_code::in_value_set, "Is a code in this value set?")
        .add(Post,   "/{tenant}/fhir/ValueSet/{id}/$validate-code",     FhirRead,  fhir, validate_code::in_value_set, "Is a code in this value set?")
        .add(Get,    "/{tenant}/fhir/CodeSystem/$validate-code",        FhirRead,  fhir, validate_code::in_code_system, "Is a code in a code system?")
        .add(Post,   "/{tenant}/fhir/CodeSystem/$validate-code",        FhirRead,  fhir, validate_code::in_code_system, "Is a code in a code system?")
        .add(Get,    "/{tenant}/fhir/CodeSystem/{id}/$validate-code",   FhirRead,  fhir, validate_code::in_code_system, "Is a code in this code system?")
        .add(Post,   "/{tenant}/fhir/CodeSystem/{id}/$validate-code",   FhirRead,  fhir, validate_code::in_code_system, "Is a code in this code system?")
        .add(Get,    "/{tenant}/fhir/CodeSystem/$lookup",               FhirRead,  fhir, lookup::handle, "What is known of a code")
        .add(Post,   "/{tenant}/fhir/CodeSystem/$lookup",               FhirRead,  fhir, lookup::handle, "What is known of a code")
        .add(Get,    "/{tenant}/fhir/CodeSystem/$subsumes",             FhirRead,  fhir, subsumes::handle, "Is one code above the other?")
        .add(Post,   "/{tenant}/fhir/CodeSystem/$subsumes",             FhirRead,  fhir, subsumes::handle, "Is one code above the other?")
        .add(Get,    "/{tenant}/fhir/CodeSystem/{id}/$subsumes",        FhirRead,  fhir, subsumes::handle, "Is one code of this system above the other?")
        .add(Post,   "/{tenant}/fhir/CodeSystem/{id}/$subsumes",        FhirRead,  fhir, subsumes::handle, "Is one code of this system above the other?")
        .add(Get,    "/{tenant}/fhir/ConceptMap/$translate",            FhirRead,  fhir, translate::handle, "A code in the words of another system")
        .add(Post,   "/{tenant}/fhir/ConceptMap/$translate",            FhirRead,  fhir, translate::handle, "A code in the words of another system")
        .add(Get,    "/{tenant}/fhir/ConceptMap/{id}/$translate",       FhirRead,  fhir, translate::handle, "A code by this map")
        .add(Post,   "/{tenant}/fhir/ConceptMap/{id}/$translate",       FhirRead,  fhir, translate::handle, "A code by this map")
        // Packages of definitions
        .add(Post,   "/{tenant}/fhir/ImplementationGuide/$install",   Admin,    fhir, package::install,   "Install a package of definitions (.tgz)")
        .add(Post,   "/{tenant}/fhir/ImplementationGuide/$uninstall", Admin,    fhir, package::uninstall, "Remove a package")
        .add(Get,    "/{tenant}/fhir/ImplementationGuide/$packages",  FhirRead, fhir, package::list,      "The installed packages")
        .add(Get,    "/{tenant}/fhir/SearchParameter/$status",        FhirRead, fhir, status::handle,    "How far the index of the tenant's search parameters is")
}
