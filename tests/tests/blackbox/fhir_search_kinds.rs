//! FHIR R4 search by kind of parameter: the traps others fell into, each a test.
//! <http://hl7.org/fhir/R4/search.html>

use serde_json::{Value, json};
use theriac_tests::sample::patient;
use theriac_tests::{World, expect};

const UCUM: &str = "http://unitsofmeasure.org";

fn component(code: &str, value: f64) -> Value {
    json!({
        "code": { "coding": [{ "system": "http://loinc.org", "code": code }] },
        "valueQuantity": { "value": value, "unit": "mmHg", "system": UCUM, "code": "mm[Hg]" },
    })
}

/// A hospital with a ward and a bed in it, two blood pressures, a dose in milligrams.
async fn hospital() -> World {
    let world = World::new("mercy").await;
    let fhir = world.administrator.fhir();
    fhir.update(&patient("ada", "O'Neil-Smith")).await.unwrap();
    fhir.update(&patient("alan", "Turing")).await.unwrap();
    let locations = [
        json!({ "resourceType": "Location", "id": "house", "position": { "latitude": 42.2565, "longitude": -83.6948 } }),
        json!({ "resourceType": "Location", "id": "ward", "partOf": { "reference": "Location/house" } }),
        json!({ "resourceType": "Location", "id": "bed", "partOf": { "reference": "Location/ward" },
                "position": { "latitude": 42.3314, "longitude": -83.0458 } }),
    ];
    for location in &locations {
        fhir.update(location).await.unwrap();
    }
    for (id, who, systolic, diastolic) in [("high", "ada", 150.0, 95.0), ("low", "alan", 95.0, 60.0)] {
        let pressure = json!({
            "resourceType": "Observation", "id": id, "status": "final",
            "code": { "text": "Blood pressure", "coding": [{ "system": "http://loinc.org", "code": "85354-9", "display": "Blood pressure panel" }] },
            "subject": { "reference": format!("Patient/{who}") },
            "component": [component("8480-6", systolic), component("8462-4", diastolic)],
        });
        fhir.update(&pressure).await.unwrap();
    }
    let dose = json!({
        "resourceType": "Observation", "id": "dose", "status": "final", "code": { "coding": [{ "system": "http://example.org", "code": "dose" }] },
        "subject": { "reference": "Patient/ada", "identifier": { "system": "urn:mrn", "value": "77" } },
        "effectivePeriod": { "start": "2013-01-21" },
        "valueQuantity": { "value": 5.4, "unit": "milligram", "system": UCUM, "code": "mg" },
    });
    fhir.update(&dose).await.unwrap();
    let procedure = json!({
        "resourceType": "Procedure", "id": "cut", "status": "completed",
        "subject": { "reference": "Patient/ada" }, "location": { "reference": "Location/bed" },
    });
    fhir.update(&procedure).await.unwrap();
    world
}

async fn check(world: &World, cases: &[(&str, &str, &str, &[&str])]) {
    for (kind, name, value, expected) in cases {
        let bundle = world.administrator.fhir().search(kind, &[(name, value)]).await;
        let bundle = bundle.unwrap_or_else(|e| panic!("{kind}?{name}={value}: {e}"));
        let mut found = expect::ids(&bundle);
        found.sort();
        assert_eq!(found, *expected, "{kind}?{name}={value}");
        assert_eq!(bundle["total"], expected.len(), "{kind}?{name}={value}");
    }
}

/// Row 17: a composite is no intersection of two independent conditions.
#[tokio::test]
async fn components_of_a_composite_hold_in_one_repetition() {
    let world = hospital().await;
    check(
        &world,
        &[
            ("Observation", "component-code-value-quantity", "http://loinc.org|8480-6$gt100", &["high"]),
            ("Observation", "component-code-value-quantity", "http://loinc.org|8480-6$lt70", &[]),
            ("Observation", "component-code-value-quantity", "8462-4$lt70", &["low"]),
            ("Observation", "component-code-value-quantity", "8480-6$gt100,8462-4$60", &["high", "low"]),
            ("Observation", "component-code-value-quantity", "8480-6$20|http://unitsofmeasure.org|kPa", &["high"]),
            ("Observation", "combo-code-value-quantity", "dose$5.4", &["dose"]),
            ("Observation", "code-value-quantity", "dose$lt0.006|http://unitsofmeasure.org|g", &["dose"]),
            ("Observation", "component-code-value-quantity:missing", "true", &["dose"]),
        ],
    )
    .await;
    let fhir = world.administrator.fhir();
    let refused = fhir.search("Observation", &[("component-code-value-quantity", "8480-6")]).await;
    assert!(refused.unwrap_err().to_string().contains("2 values with $"));
}

/// Row 18: latitude first; kilometres unless something else is said.
#[tokio::test]
async fn near_takes_latitude_first_and_minds_units() {
    let world = hospital().await;
    check(
        &world,
        &[
            ("Location", "near", "42.2565|-83.6948|1|km", &["house"]),
            ("Location", "near", "42.2565|-83.6948|55|km", &["bed", "house"]),
            ("Location", "near", "42.2565|-83.6948|53", &["house"]),
            ("Location", "near", "42.2565|-83.6948|34.5|[mi_i]", &["bed", "house"]),
            ("Location", "near", "-83.6948|42.2565|100|km", &[]),
            ("Location", "near:missing", "true", &["ward"]),
        ],
    )
    .await;
}

/// Rows 19 and 21: what is absent is found, and negation takes it in, behind a chain too.
#[tokio::test]
async fn absence_and_negation_cover_every_kind() {
    let world = hospital().await;
    check(
        &world,
        &[
            ("Observation", "value-quantity:missing", "true", &["high", "low"]),
            ("Observation", "code:not", "dose", &["high", "low"]),
            ("Observation", "subject:not", "Patient/ada", &["low"]),
            ("Observation", "date:not", "2013", &["dose", "high", "low"]),
            ("Observation", "value-quantity:not", "5.4||mg", &["high", "low"]),
            ("Observation", "subject:Patient.family:not", "turing", &["dose", "high"]),
            ("Patient", "_has:Observation:patient:code:not", "dose", &["ada", "alan"]),
        ],
    )
    .await;
}

/// Rows 24 to 27, and the amounts of section 4.3.
#[tokio::test]
async fn amounts_compare_and_texts_identifiers_and_names_are_folded() {
    let world = hospital().await;
    check(
        &world,
        &[
            ("Observation", "value-quantity", "0.0054|http://unitsofmeasure.org|g", &["dose"]),
            ("Observation", "value-quantity", "5.4||milligram", &["dose"]),
            ("Observation", "value-quantity", "5.4|http://unitsofmeasure.org|g", &[]),
            ("Observation", "code:text", "blood PRESSURE", &["high", "low"]),
            ("Observation", "code:text", "pressure", &[]),
            ("Observation", "subject:identifier", "urn:mrn|77", &["dose"]),
            ("Observation", "subject:Patient", "alan", &["low"]),
            ("Patient", "family", "oneil smith", &["ada"]),
            ("Patient", "identifier:of-type", "http://none|MR|x", &[]),
        ],
    )
    .await;
}

/// Row 22: up and down what is part of what.
#[tokio::test]
async fn references_are_searched_along_hierarchies() {
    let world = hospital().await;
    check(
        &world,
        &[
            ("Procedure", "location:below", "house", &["cut"]),
            ("Procedure", "location:below", "Location/bed", &["cut"]),
            ("Procedure", "location", "house", &[]),
            ("Location", "partof:below", "house", &["bed", "ward"]),
            ("Location", "partof:above", "bed", &["bed", "ward"]),
        ],
    )
    .await;
}

/// Row 28, with the examples of the R4 date table: an open end is infinite.
#[tokio::test]
async fn an_open_period_begins_and_never_ends() {
    let world = hospital().await;
    check(
        &world,
        &[
            ("Observation", "date", "ge2013-03-14", &["dose"]),
            ("Observation", "date", "le2013-03-14", &["dose"]),
            ("Observation", "date", "sa2013-03-14", &[]),
            ("Observation", "date", "eb2013-03-14", &[]),
            ("Observation", "date", "sa2012", &["dose"]),
            ("Observation", "date", "2013", &[]),
        ],
    )
    .await;
}
