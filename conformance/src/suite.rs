//! The table of suites. A suite more is a row here and a file.

mod b2mml;
mod clients;
mod connectors;
mod deid_anonymizer;
mod deid_synthea;
mod deid_text;
mod epcis_binding;
mod epcis_documents;
mod epcis_xml;
mod fhir_examples;
mod fhir_graphql;
mod fhir_patch;
mod fhir_synthea;
mod fhir_validator;
mod fhir_xml;
mod fhirpath;
mod jose;
mod merkle;
mod openapi_roles;
mod plant_simulation;
mod spc_goldens;
mod spc_random;
mod ucum;
mod us_core;

use crate::run::Run;
use std::pin::Pin;

type Future<'r> = Pin<Box<dyn std::future::Future<Output = Result<Outcome, String>> + 'r>>;

pub struct Suite {
    pub name: &'static str,
    pub about: &'static str,
    /// Folders under the data folder without which it is skipped.
    pub needs: &'static [&'static str],
    pub run: for<'r> fn(&'r Run) -> Future<'r>,
}

/// `merkle` is the last: it checks what the others left in the ledger.
#[rustfmt::skip]
pub const SUITES: &[Suite] = &[
    Suite { name: "fhir_examples",   about: "every R4 example is stored and read back digit for digit",           needs: &["fhir/examples-r4"],   run: |r| Box::pin(fhir_examples::run(r)) },
    Suite { name: "fhir_xml",        about: "every R4 example goes from JSON to XML and back, and equals its twin",    needs: &["fhir/examples-r4"],   run: |r| Box::pin(fhir_xml::run(r)) },
    Suite { name: "fhir_patch",      about: "FHIRPath, JSON and XML Patch cases, and patches derived from states",    needs: &["fhir/test-cases"],    run: |r| Box::pin(fhir_patch::run(r)) },
    Suite { name: "fhir_graphql",    about: "GraphQL cases over published examples",                              needs: &["fhir/test-cases", "fhir/examples-r4"], run: |r| Box::pin(fhir_graphql::run(r)) },
    Suite { name: "fhir_synthea",    about: "theriac load stores every resource of two published sets",           needs: &["fhir/synthea"],       run: |r| Box::pin(fhir_synthea::run(r)) },
    Suite { name: "fhirpath",        about: "HL7's FHIRPath tests for R4, on the library itself",                 needs: &["fhir/test-cases/fhirpath"], run: |r| Box::pin(fhirpath::run(r)) },
    Suite { name: "fhir_validator",  about: "verdicts on HL7's validator cases agree",                            needs: &["fhir/test-cases/validator-r4"], run: |r| Box::pin(fhir_validator::run(r)) },
    Suite { name: "us_core",         about: "every US Core example meets the profiles it declares",              needs: &["fhir/us-core/6.1.0"], run: |r| Box::pin(us_core::run(r)) },
    Suite { name: "ucum",            about: "UCUM's functional tests, on the library itself",                     needs: &["ucum"],               run: |r| Box::pin(ucum::run(r)) },
    Suite { name: "jose",            about: "Wycheproof's signatures and keys hold or do not, on the library itself", needs: &["jose/wycheproof"],    run: |r| Box::pin(jose::run(r)) },
    Suite { name: "epcis_documents", about: "EPCIS 2.0 JSON documents are captured or refused, hash ids tie out", needs: &["epcis"],              run: |r| Box::pin(epcis_documents::run(r)) },
    Suite { name: "epcis_binding",   about: "Schemathesis by the standard's OpenAPI, and epcis2.js, drive the server", needs: &["epcis"],             run: |r| Box::pin(epcis_binding::run(r)) },
    Suite { name: "epcis_xml",       about: "EPCIS XML documents, 2.0 and 1.2, go in, and come back in each syntax",  needs: &["epcis"],              run: |r| Box::pin(epcis_xml::run(r)) },
    Suite { name: "clients",         about: "fhir-kit-client, fhirpy and fhirclient drive the server",                needs: &[],                     run: |r| Box::pin(clients::run(r)) },
    Suite { name: "connectors",      about: "OPC UA and MQTT values arrive once, through restarts of every side",  needs: &[],                     run: |r| Box::pin(connectors::run(r)) },
    Suite { name: "b2mml",           about: "B2MML V0700 goes in and out, in XML and JSON, and its schemas judge it", needs: &["isa95/b2mml-v0700-schema"], run: |r| Box::pin(b2mml::run(r)) },
    Suite { name: "spc_goldens",     about: "published control chart numbers come out of the server",             needs: &[],                     run: |r| Box::pin(spc_goldens::run(r)) },
    Suite { name: "spc_random",      about: "random charts of every kind agree with an independent oracle",       needs: &[],                     run: |r| Box::pin(spc_random::run(r)) },
    Suite { name: "plant_simulation", about: "2,000 sensors: every injected fault is raised, false alarms as by theory", needs: &[], run: |r| Box::pin(plant_simulation::run(r)) },
    Suite { name: "deid_text",       about: "identifiers in free text are found, by published annotations and by the record", needs: &["deid/presidio-research"], run: |r| Box::pin(deid_text::run(r)) },
    Suite { name: "deid_anonymizer", about: "cases of the FHIR anonymizer and pseudonymizer in compatibility mode", needs: &["deid/ms-fhir-anonymizer", "deid/miracum-fhir-pseudonymizer"], run: |r| Box::pin(deid_anonymizer::run(r)) },
    Suite { name: "deid_synthea",    about: "what a researcher reads of Synthea's patients holds no Safe Harbor identifier", needs: &["fhir/synthea/smart-2019"], run: |r| Box::pin(deid_synthea::run(r)) },
    Suite { name: "openapi_roles",   about: "Schemathesis by the server's own OpenAPI, with a token of every role",  needs: &[],                     run: |r| Box::pin(openapi_roles::run(r)) },
    Suite { name: "deid_synthea",    about: "what a researcher reads of Synthea's patients holds no Safe Harbor identifier", needs: &["fhir/synthea/smart-2019", "fhir/synthea/blaze-2021"], run: |r| Box::pin(deid_synthea::run(r)) },
    Suite { name: "merkle",          about: "the ledger of all suites before passes the offline verifier",        needs: &[],                     run: |r| Box::pin(merkle::run(r)) },
];

pub struct Case {
    pub name: String,
    /// Why it fails.
    pub fault: Option<String>,
}

#[derive(Default)]
pub struct Outcome {
    pub cases: Vec<Case>,
    /// Facts for the reader of the results; the same in every run.
    pub notes: Vec<String>,
    /// Why the suite, or a part of it, did not run.
    pub skipped: Vec<String>,
}

impl Outcome {
    pub fn case(&mut self, name: impl Into<String>, result: Result<(), String>) {
        let case = Case { name: name.into(), fault: result.err() };
        if let Some(fault) = &case.fault {
            eprintln!("   fails: {}: {fault}", case.name);
        }
        self.cases.push(case);
    }

    pub fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    pub fn skipped(why: String) -> Self {
        eprintln!("   skipped: {why}");
        Self { skipped: vec![why], ..Self::default() }
    }

    /// The suite could not even be carried out.
    pub fn broken(why: String) -> Self {
        let mut outcome = Self::default();
        outcome.case("the suite itself", Err(why));
        outcome
    }
}
