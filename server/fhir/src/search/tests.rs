//! Tests of extraction and query together.

mod advanced;
mod agreement;
mod chains;
mod composites;
mod corpus;
mod definitions;
mod fhirpath;
mod hierarchies;
mod laws;
mod matching;
mod quantities;
mod refusals;
mod scopes;
mod shaping;
mod texts;

use super::criterion::matches_among;
use super::{Catalogue, Context, Index, Query, Request, extract, r4_catalogue};
use theriac_core::Result;
use theriac_core::clock::Instant;
use theriac_core::json;

const BASE: &str = "https://example.org/mercy/fhir";

fn context() -> Context<'static> {
    Context { base: BASE, now: Instant::parse("2024-01-01T00:00:00Z").unwrap(), concepts: None }
}

fn request(resource_type: Option<&str>) -> Request<'_> {
    Request { catalogue: catalogue(), resource_type, context: context(), lenient: false }
}

fn catalogue() -> &'static Catalogue {
    r4_catalogue()
}

fn query(resource_type: &str, text: &str) -> Result<Query> {
    Query::parse(&request(Some(resource_type)), text, None)
}

fn index(text: &str) -> (String, Index) {
    let node = json::parse(text.as_bytes()).unwrap();
    let resource_type = node.text("resourceType").unwrap();
    (resource_type.to_owned(), extract(catalogue().plan(resource_type).unwrap(), &node, &context()))
}

/// The places in `all` of what the query finds.
fn search(all: &[&str], resource_type: &str, text: &str) -> Vec<usize> {
    let all: Vec<_> = all.iter().map(|text| index(text)).collect();
    let criteria = query(resource_type, text).unwrap_or_else(|e| panic!("{text}: {e}")).criteria;
    let found =
        |(_, (kind, index)): &(usize, &(String, Index))| kind == resource_type && matches_among(index, &criteria, &all);
    all.iter().enumerate().filter(found).map(|(place, _)| place).collect()
}

/// Each row: a query, and whether it finds the resource.
fn check(resource: &str, rows: &[(&str, bool)]) {
    let (resource_type, index) = index(resource);
    for (text, wanted) in rows {
        let criteria = query(&resource_type, text).unwrap_or_else(|e| panic!("{text}: {e}")).criteria;
        assert_eq!(super::matches(&index, &criteria), *wanted, "{text} on {resource}");
    }
}
