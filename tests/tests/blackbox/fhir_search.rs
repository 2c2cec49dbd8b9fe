//! FHIR R4 search, <http://hl7.org/fhir/R4/search.html>: a query and the ids it finds.

use serde_json::json;
use theriac_tests::sample::{heart_rate, patient};
use theriac_tests::{World, expect};

/// Three patients and two heart rates.
async fn ward() -> World {
    let world = World::new("mercy").await;
    let fhir = world.administrator.fhir();
    for (id, family, gender, born) in [
        ("ada", "Lovelace", "female", "1815-12-10"),
        ("alan", "Turing", "male", "1912-06-23"),
        ("grace", "Hopper", "female", "1906-12-09"),
    ] {
        let mut patient = patient(id, family);
        (patient["gender"], patient["birthDate"]) = (json!(gender), json!(born));
        fhir.update(&patient).await.unwrap();
    }
    fhir.update(&heart_rate("slow", "ada", 55.0, "2026-01-01T08:00:00Z")).await.unwrap();
    fhir.update(&heart_rate("fast", "alan", 120.5, "2026-01-02T08:00:00Z")).await.unwrap();
    world
}

#[tokio::test]
async fn each_parameter_finds_what_it_should() {
    let world = ward().await;
    let cases: &[(&str, &str, &str, &[&str])] = &[
        ("Patient", "_id", "ada", &["ada"]),
        ("Patient", "_id", "ada,alan", &["ada", "alan"]),
        ("Patient", "family", "love", &["ada"]),
        ("Patient", "family", "LOVELACE", &["ada"]),
        ("Patient", "family:exact", "lovelace", &[]),
        ("Patient", "family:exact", "Lovelace", &["ada"]),
        ("Patient", "family:contains", "ing", &["alan"]),
        ("Patient", "gender", "female", &["ada", "grace"]),
        ("Patient", "gender:not", "female", &["alan"]),
        ("Patient", "identifier", "urn:example:mrn|mrn-ada", &["ada"]),
        ("Patient", "identifier", "mrn-ada", &["ada"]),
        ("Patient", "identifier", "urn:other|mrn-ada", &[]),
        ("Patient", "birthdate", "1906", &["grace"]),
        ("Patient", "birthdate", "1906-12-09", &["grace"]),
        ("Patient", "birthdate", "lt1900", &["ada"]),
        ("Patient", "birthdate", "ge1906-12-09", &["alan", "grace"]),
        ("Patient", "birthdate", "ne1906-12-09", &["ada", "alan"]),
        ("Patient", "death-date:missing", "true", &["ada", "alan", "grace"]),
        ("Patient", "birthdate:missing", "true", &[]),
        // The standard's expression gives false where nothing is said, so it is never missing.
        ("Patient", "deceased", "false", &["ada", "alan", "grace"]),
        ("Observation", "subject", "Patient/ada", &["slow"]),
        ("Observation", "patient", "ada", &["slow"]),
        ("Observation", "subject:Patient", "alan", &["fast"]),
        ("Observation", "code", "http://loinc.org|8867-4", &["fast", "slow"]),
        ("Observation", "value-quantity", "gt100", &["fast"]),
        ("Observation", "value-quantity", "55|http://unitsofmeasure.org|/min", &["slow"]),
        ("Observation", "value-quantity", "120", &[]),
        ("Observation", "date", "2026-01-02", &["fast"]),
        ("Observation", "date", "ge2026-01-01T08:00:00Z", &["fast", "slow"]),
    ];
    for (kind, name, value, expected) in cases {
        let bundle = world.administrator.fhir().search(kind, &[(name, value)]).await;
        let bundle = bundle.unwrap_or_else(|e| panic!("{kind}?{name}={value}: {e}"));
        let mut found = expect::ids(&bundle);
        found.sort();
        assert_eq!(found, *expected, "{kind}?{name}={value}");
        assert_eq!(bundle["total"], expected.len(), "{kind}?{name}={value}");
    }
}

#[tokio::test]
async fn parameters_together_mean_and() {
    let world = ward().await;
    let fhir = world.administrator.fhir();
    let bundle = fhir.search("Patient", &[("gender", "female"), ("birthdate", "gt1900")]).await.unwrap();
    assert_eq!(expect::ids(&bundle), ["grace"]);
}

#[tokio::test]
async fn sorting_goes_both_ways() {
    let world = ward().await;
    let fhir = world.administrator.fhir();
    let bundle = fhir.search("Patient", &[("_sort", "birthdate")]).await.unwrap();
    assert_eq!(expect::ids(&bundle), ["ada", "grace", "alan"]);
    let bundle = fhir.search("Patient", &[("_sort", "-birthdate")]).await.unwrap();
    assert_eq!(expect::ids(&bundle), ["alan", "grace", "ada"]);
}

#[tokio::test]
async fn included_resources_come_along_and_do_not_count() {
    let world = ward().await;
    let fhir = world.administrator.fhir();
    let bundle = fhir.search("Observation", &[("_id", "slow"), ("_include", "Observation:subject")]).await.unwrap();
    assert_eq!(bundle["total"], 1);
    let modes: Vec<_> = bundle["entry"].as_array().unwrap().iter().map(|e| &e["search"]["mode"]).collect();
    assert_eq!(
        (expect::ids(&bundle), modes),
        (vec!["slow".into(), "ada".into()], vec![&json!("match"), &json!("include")])
    );
    let bundle = fhir.search("Patient", &[("_id", "alan"), ("_revinclude", "Observation:subject")]).await.unwrap();
    assert_eq!(expect::ids(&bundle), ["alan", "fast"]);
}

#[tokio::test]
async fn pages_give_each_resource_once_although_data_change() {
    let world = World::new("mercy").await;
    let fhir = world.administrator.fhir();
    for n in 0..25 {
        fhir.update(&patient(&format!("p{n:02}"), "Many")).await.unwrap();
    }
    let mut found = Vec::new();
    let mut page =
        Some(fhir.search("Patient", &[("family", "Many"), ("_count", "4"), ("_sort", "_id")]).await.unwrap());
    while let Some(bundle) = page {
        let ids = expect::ids(&bundle);
        assert!(ids.len() <= 4, "{ids:?}");
        // A row before the cursor and one that goes away behind it must not shift the pages.
        fhir.update(&patient(&format!("a{:02}", found.len()), "Many")).await.unwrap();
        found.extend(ids);
        page = fhir.next(&bundle).await.unwrap();
    }
    let expected: Vec<String> = (0..25).map(|n| format!("p{n:02}")).collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_summary_count_has_no_entries_and_elements_are_cut() {
    let world = ward().await;
    let fhir = world.administrator.fhir();
    let bundle = fhir.search("Patient", &[("_summary", "count")]).await.unwrap();
    assert_eq!((&bundle["total"], bundle.get("entry")), (&json!(3), None));
    let bundle = fhir.search("Patient", &[("_id", "ada"), ("_elements", "gender")]).await.unwrap();
    let resource = &bundle["entry"][0]["resource"];
    assert_eq!((&resource["gender"], resource.get("name")), (&json!("female"), None));
}

#[tokio::test]
async fn an_unknown_parameter_is_refused_unless_leniency_is_asked_for() {
    let world = ward().await;
    let path = "fhir/Patient?colour=blue";
    let strict = world.administrator.request(reqwest::Method::GET, path, &[], "").await.unwrap();
    let refusal = expect::refused(&strict, 400, "not-supported", "colour");
    assert!(refusal.body.contains("birthdate"), "the known parameters are listed: {}", refusal.body);
    let lenient = [("prefer", "handling=lenient")];
    let answer = world.administrator.request(reqwest::Method::GET, path, &lenient, "").await.unwrap();
    assert_eq!(answer.status, 200);
    let bundle: serde_json::Value = answer.json().unwrap();
    assert_eq!(bundle["total"], 3);
    assert!(bundle.to_string().contains("colour"), "it says what it ignored: {bundle}");
}
