//! Which routes are open to views, and what comes back on each: a table. What is not in it is closed.

use theriac_platform::http::Method;
use theriac_platform::http::Method::{Get, Post};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Road {
    /// One record, with its version as ETag.
    Record,
    /// A Bundle of what was searched.
    Search,
    /// A Bundle of versions.
    History,
    /// A Bundle of all there is about one patient, encounter or group.
    Everything,
    /// An answer about terminology: one resource without a version.
    Terms,
}

/// Closed on purpose: `$graphql` (a language of its own to ask by what is hidden), `$diff`, `$meta`, `$validate`, `_job`,
/// batches, and whatever writes.
#[rustfmt::skip]
pub const TABLE: &[(Method, &str, Road)] = &[
    (Get,  "/{tenant}/fhir",                                       Road::Search),
    (Post, "/{tenant}/fhir/_search",                               Road::Search),
    (Get,  "/{tenant}/fhir/{type}",                                Road::Search),
    (Post, "/{tenant}/fhir/{type}/_search",                        Road::Search),
    (Get,  "/{tenant}/fhir/{compartment}/{of}/{type}",             Road::Search),
    (Post, "/{tenant}/fhir/{compartment}/{of}/{type}/_search",     Road::Search),
    (Get,  "/{tenant}/fhir/_history",                              Road::History),
    (Get,  "/{tenant}/fhir/{type}/_history",                       Road::History),
    (Get,  "/{tenant}/fhir/{type}/{id}/_history",                  Road::History),
    (Get,  "/{tenant}/fhir/{type}/{id}",                           Road::Record),
    (Get,  "/{tenant}/fhir/{type}/{id}/_history/{vid}",            Road::Record),
    (Get,  "/{tenant}/fhir/Patient/$everything",                   Road::Everything),
    (Get,  "/{tenant}/fhir/Patient/{id}/$everything",              Road::Everything),
    (Get,  "/{tenant}/fhir/Encounter/{id}/$everything",            Road::Everything),
    (Get,  "/{tenant}/fhir/Group/{id}/$everything",                Road::Everything),
    (Get,  "/{tenant}/fhir/ValueSet/$expand",                      Road::Terms),
    (Get,  "/{tenant}/fhir/ValueSet/{id}/$expand",                 Road::Terms),
    (Get,  "/{tenant}/fhir/ValueSet/$validate-code",               Road::Terms),
    (Get,  "/{tenant}/fhir/ValueSet/{id}/$validate-code",          Road::Terms),
    (Get,  "/{tenant}/fhir/CodeSystem/$validate-code",             Road::Terms),
    (Get,  "/{tenant}/fhir/CodeSystem/{id}/$validate-code",        Road::Terms),
    (Get,  "/{tenant}/fhir/CodeSystem/$lookup",                    Road::Terms),
    (Get,  "/{tenant}/fhir/CodeSystem/$subsumes",                  Road::Terms),
    (Get,  "/{tenant}/fhir/CodeSystem/{id}/$subsumes",             Road::Terms),
    (Get,  "/{tenant}/fhir/ConceptMap/$translate",                 Road::Terms),
    (Get,  "/{tenant}/fhir/ConceptMap/{id}/$translate",            Road::Terms),
];

pub fn of(method: Method, path: &str) -> Option<Road> {
    TABLE.iter().find(|(known, pattern, _)| (*known, *pattern) == (method, path)).map(|(.., road)| *road)
}

impl Road {
    /// The parameters that may stand in its address; none where each is judged by itself.
    pub fn parameters(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Search | Self::Terms => None,
            Self::Record => Some(&["_summary", "_elements", "_format", "_pretty"]),
            Self::History => Some(&["_count", "_cursor", "_format", "_pretty"]),
            Self::Everything => Some(&["_count", "_type", "_cursor", "_format", "_pretty"]),
        }
    }
}
