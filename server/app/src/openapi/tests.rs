//! The document against the route tables it is made from.

use super::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

async fn served() -> (Vec<Route>, Value) {
    let routes = routes().await.unwrap();
    let value = serde_json::from_str(&text(&routes).unwrap()).unwrap();
    (routes, value)
}

fn operation<'d>(document: &'d Value, row: &Route) -> &'d Value {
    &document["paths"][operation::template(row.path)][row.method.as_str().to_ascii_lowercase()]
}

#[tokio::test]
async fn every_route_is_an_operation_with_an_id_of_its_own() {
    let (routes, document) = served().await;
    let mut ids = BTreeSet::new();
    for row in &routes {
        let found = operation(&document, row);
        let id = found["operationId"].as_str().unwrap_or_else(|| panic!("{} {}", row.method.as_str(), row.path));
        assert!(ids.insert(id.to_owned()), "{id} twice");
        assert_eq!(found["x-theriac-permission"], row.permission.as_str());
        assert!(domain::is_known(row.path), "{} belongs to no domain", row.path);
    }
    let written: usize =
        document["paths"].as_object().unwrap().values().map(|item| item.as_object().unwrap().len()).sum();
    assert_eq!(written, routes.len());
}

#[tokio::test]
async fn path_parameters_are_those_of_the_template() {
    let (routes, document) = served().await;
    for row in &routes {
        let listed = operation(&document, row)["parameters"].as_array().cloned().unwrap_or_default();
        let in_path: Vec<_> =
            listed.iter().filter(|p| p["in"] == "path").map(|p| p["name"].as_str().unwrap()).collect();
        assert_eq!(in_path, operation::braces(row.path).collect::<Vec<_>>(), "{}", row.path);
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    let (_, document) = served().await;
    let mut references = BTreeMap::new();
    collect(&document, &mut references);
    assert!(!references.is_empty());
    for reference in references.keys() {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

fn collect(value: &Value, into: &mut BTreeMap<String, ()>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, into)),
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                into.insert(reference.clone(), ());
            }
            members.values().for_each(|member| collect(member, into));
        }
        _ => {}
    }
}

#[tokio::test]
async fn the_tables_speak_only_of_what_is_served() {
    let (routes, _) = served().await;
    for (method, path) in detail::spoken_of() {
        assert!(
            routes.iter().any(|r| r.method == method && r.path == path),
            "{} {path} is not served",
            method.as_str()
        );
    }
    let schemas = schema::all().unwrap();
    for name in detail::schemas() {
        assert!(schemas.contains_key(name), "{name} is in detail.rs but not in schemas.json");
    }
}

#[tokio::test]
async fn the_same_routes_give_the_same_bytes() {
    let routes = routes().await.unwrap();
    let mut turned = routes.clone();
    turned.reverse();
    let once = text(&routes).unwrap();
    assert_eq!(once, text(&turned).unwrap());
    assert!(once.ends_with("}\n"));
}

#[test]
fn the_id_follows_from_method_and_path() {
    for (path, expected) in [
        ("/{tenant}/fhir/{type}/{id}/_history", "get_fhir_by_type_by_id_history"),
        ("/{tenant}/fhir/{type}/$validate", "get_fhir_by_type_validate"),
        ("/{tenant}/epcis/epcs/{*epc}", "get_epcis_epcs_by_epc"),
        ("/{tenant}/auth/jwks.json", "get_auth_jwks_json"),
        ("/healthz", "get_healthz"),
    ] {
        assert_eq!(operation::id(Method::Get, path), expected);
    }
}
