//! Requests and the answers expected, one file a subject. Every test has a tenant of its own.

#![allow(clippy::unwrap_used, reason = "functions that tests share are tests too")]

mod access;
mod access_review;
mod auth;
mod bad_input;
mod concurrency;
mod consent;
mod emergency;
mod epcis_capture;
mod epcis_flow;
mod epcis_query;
mod feed;
mod fhir_async;
mod fhir_capabilities;
mod fhir_conditional;
mod fhir_crud;
mod fhir_deid;
mod fhir_formats;
mod fhir_graphql;
mod fhir_operations;
mod fhir_package;
mod fhir_paging;
mod fhir_parameter;
mod fhir_patch;
mod fhir_search;
mod fhir_search_kinds;
mod fhir_search_scopes;
mod fhir_search_text;
mod fhir_terminology;
mod fhir_validate;
mod isa95_context;
mod isa95_readings;
mod isa95_resources;
mod ledger;
mod limits;
mod matrix;
mod mutual_tls;
mod peers;
mod quality;
mod scopes;
mod spc_watching;
