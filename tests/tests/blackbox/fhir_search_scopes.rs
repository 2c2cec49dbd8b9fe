//! What FHIR searches go over: compartments, lists, filters, all types. <http://hl7.org/fhir/R4/http.html#search>

use reqwest::Method;
use serde_json::{Value, json};
use theriac_tests::sample::{heart_rate, patient};
use theriac_tests::{World, expect};

const FORM: [(&str, &str); 1] = [("content-type", "application/x-www-form-urlencoded")];

async fn ward() -> World {
    let world = World::new("mercy").await;
    let fhir = world.administrator.fhir();
    for (id, family, gender) in [("ada", "Lovelace", "female"), ("alan", "Turing", "male")] {
        let mut patient = patient(id, family);
        patient["gender"] = json!(gender);
        fhir.update(&patient).await.unwrap();
    }
    fhir.update(&heart_rate("slow", "ada", 55.0, "2026-01-01T08:00:00Z")).await.unwrap();
    fhir.update(&heart_rate("fast", "alan", 120.5, "2026-01-02T08:00:00Z")).await.unwrap();
    let list = json!({
        "resourceType": "List", "id": "42", "status": "current", "mode": "working",
        "entry": [{ "item": { "reference": "Patient/alan" } }, { "item": { "reference": "Observation/slow" } }],
    });
    fhir.update(&list).await.unwrap();
    world
}

async fn get(world: &World, path: &str) -> Value {
    let answer = world.administrator.request(Method::GET, path, &[], "").await.unwrap();
    assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.bytes));
    answer.json().unwrap()
}

fn sorted(bundle: &Value) -> Vec<String> {
    let mut ids = expect::ids(bundle);
    ids.sort();
    ids
}

/// Row 45: a compartment is what its definition says.
#[tokio::test]
async fn a_compartment_is_searched_by_type_and_whole() {
    let world = ward().await;
    for (path, expected) in [
        ("fhir/Patient/ada/Observation", &["slow"][..]),
        ("fhir/Patient/ada/Observation?value-quantity=gt100", &[]),
        ("fhir/Patient/ada/*", &["ada", "slow"]),
        ("fhir/Patient/ada/*?_type=Observation", &["slow"]),
        ("fhir/Patient/nobody/*", &[]),
        ("fhir/Patient/alan/Patient", &["alan"]),
    ] {
        let bundle = get(&world, path).await;
        assert_eq!(
            (sorted(&bundle), &bundle["total"]),
            (expected.iter().map(|s| (*s).to_owned()).collect(), &json!(expected.len())),
            "{path}"
        );
    }
    let bundle = get(&world, "fhir/Patient/ada/Observation?_count=1").await;
    let own = bundle["link"][0]["url"].as_str().unwrap();
    assert!(own.contains("/fhir/Patient/ada/Observation?"), "{own}");
    for (path, status, code, place) in [
        ("fhir/Patient/ada/Medication", 400, "value", "Medication is in no compartment"),
        ("fhir/Location/1/Encounter", 404, "not-found", "Patient"),
        ("fhir/Patient/ada/Nonsense", 404, "not-found", "Nonsense"),
    ] {
        let answer = world.administrator.request(Method::GET, path, &[], "").await.unwrap();
        expect::refused(&answer, status, code, place);
    }
}

/// Row 42: parameters of form and address are one search, and pages are linked as reads.
#[tokio::test]
async fn forms_and_addresses_are_merged_and_linked_as_reads() {
    let world = ward().await;
    for (path, form, expected) in [
        ("fhir/Patient/_search?gender=male", "family=turing", &["alan"][..]),
        ("fhir/Patient/_search?gender=male", "family=lovelace", &[]),
        ("fhir/_search", "_type=Patient,Observation&_id=ada,slow", &["ada", "slow"]),
        ("fhir/Patient/ada/Observation/_search", "status=final", &["slow"]),
    ] {
        let answer = world.administrator.request(Method::POST, path, &FORM, form).await.unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.bytes));
        let bundle: Value = answer.json().unwrap();
        assert_eq!(sorted(&bundle), expected, "{path} {form}");
    }
    let answer = world.administrator.request(Method::POST, "fhir/Patient/_search", &FORM, "_count=1").await.unwrap();
    let bundle: Value = answer.json().unwrap();
    let next = world.administrator.fhir().next(&bundle).await.unwrap().unwrap();
    assert_eq!(expect::ids(&next).len(), 1);
}

/// Row 44: no unbounded scan over everything.
#[tokio::test]
async fn a_search_over_all_types_needs_a_reason() {
    let world = ward().await;
    for path in ["fhir", "fhir?_id:not=ada", "fhir?_count=5"] {
        let answer = world.administrator.request(Method::GET, path, &[], "").await.unwrap();
        expect::refused(&answer, 422, "too-costly", "_type");
    }
    assert_eq!(sorted(&get(&world, "fhir?_id=ada,slow").await), ["ada", "slow"]);
    assert_eq!(sorted(&get(&world, "fhir?_type=Patient,Practitioner&family=love").await), ["ada"]);
}

/// Row 34: precedence from left to right, every hop under the policy.
#[tokio::test]
async fn filters_are_evaluated_from_left_to_right() {
    let world = ward().await;
    let fhir = world.administrator.fhir();
    for (kind, filter, expected) in [
        ("Patient", "gender eq female or gender eq male and family sw tur", &["alan"][..]),
        ("Patient", "gender eq female or (gender eq male and family sw tur)", &["ada", "alan"]),
        ("Patient", "not(gender eq female)", &["alan"]),
        ("Patient", "family ew \"lace\"", &["ada"]),
        ("Observation", "code eq loinc|8867-4 and subject.family co \"urin\"", &["fast"]),
        ("Observation", "subject[gender eq male].family pr true", &["fast"]),
        ("Observation", "value-quantity gt 100 and date ge 2026-01-02", &["fast"]),
        ("Observation", "subject re Patient/ada", &["slow"]),
    ] {
        let bundle = fhir.search(kind, &[("_filter", filter)]).await.unwrap_or_else(|e| panic!("{filter}: {e}"));
        assert_eq!(
            (sorted(&bundle), &bundle["total"]),
            (expected.iter().map(|s| (*s).to_owned()).collect(), &json!(expected.len())),
            "{filter}"
        );
    }
    let broken = world.administrator.request(Method::GET, "fhir/Patient?_filter=gender%20eq", &[], "").await.unwrap();
    expect::refused(&broken, 400, "value", "at character");
    let lenient = [("prefer", "handling=lenient")];
    let unknown = world
        .administrator
        .request(Method::GET, "fhir/Patient?_filter=colour%20eq%20blue", &lenient, "")
        .await
        .unwrap();
    assert_eq!(unknown.status, 400, "a filter is not left out for one of its names");
}

/// Row 36.
#[tokio::test]
async fn lists_narrow_and_named_queries_are_refused() {
    let world = ward().await;
    assert_eq!(sorted(&get(&world, "fhir/Patient?_list=42").await), ["alan"]);
    assert_eq!(sorted(&get(&world, "fhir/Observation?_list=42").await), ["slow"]);
    assert!(sorted(&get(&world, "fhir/Patient?_list=42&gender=female").await).is_empty());
    for path in ["fhir/Patient?_list=$current-problems", "fhir/Patient?_query=current-high-risk"] {
        for headers in [&[][..], &[("prefer", "handling=lenient")]] {
            let answer = world.administrator.request(Method::GET, path, headers, "").await.unwrap();
            assert_eq!(answer.status, 400, "{path}");
        }
    }
}

/// Rows 32 and 33: wildcards there and back, and what the statement of capabilities says of them.
#[tokio::test]
async fn everything_around_a_match_comes_along() {
    let world = ward().await;
    assert_eq!(sorted(&get(&world, "fhir/Observation?_id=slow&_include=*").await), ["ada", "slow"]);
    assert_eq!(sorted(&get(&world, "fhir/Patient?_id=ada&_revinclude=*").await), ["ada", "slow"]);
    assert_eq!(sorted(&get(&world, "fhir/Observation?_id=slow&_revinclude=List:item").await), ["42", "slow"]);
    let mixed =
        world.administrator.request(Method::GET, "fhir/Patient?_summary=text&_include=*", &[], "").await.unwrap();
    expect::refused(&mixed, 400, "value", "_summary");
    let statement = get(&world, "fhir/metadata").await;
    let rest = &statement["rest"][0];
    let observation = rest["resource"].as_array().unwrap().iter().find(|r| r["type"] == "Observation").unwrap();
    let has = |list: &str, value: &str| observation[list].as_array().unwrap().iter().any(|v| v == value);
    assert!(has("searchInclude", "Observation:subject") && has("searchRevInclude", "Provenance:target"));
    let kinds = observation["searchParam"].as_array().unwrap();
    assert!(kinds.iter().any(|p| p["name"] == "component-code-value-quantity" && p["type"] == "composite"));
    assert!(rest["searchParam"].as_array().unwrap().iter().any(|p| p["name"] == "_filter"));
    assert_eq!(rest["compartment"].as_array().unwrap().len(), 5);
}

/// Rows 30 and 41: what is contained is found by chains without asking, by itself when asked for.
#[tokio::test]
async fn contained_resources_are_found_with_what_contains_them() {
    let world = ward().await;
    let fhir = world.administrator.fhir();
    let medication = |id: &str, code: &str, status: &str| {
        json!({
            "resourceType": "Medication", "id": id, "status": status, "code": { "coding": [{ "system": "s", "code": code }] },
        })
    };
    let request = json!({
        "resourceType": "MedicationRequest", "id": "order", "status": "active", "intent": "order",
        "contained": [medication("m1", "aspirin", "active"), medication("m2", "codeine", "inactive")],
        "medicationReference": { "reference": "#m1" },
        "supportingInformation": [{ "reference": "#m2" }],
        "subject": { "reference": "Patient/ada" },
    });
    fhir.update(&request).await.unwrap();
    fhir.update(&medication("alone", "aspirin", "active")).await.unwrap();
    for (path, expected) in [
        ("fhir/Medication?code=aspirin", &["alone"][..]),
        ("fhir/Medication?code=aspirin&_contained=true", &["order"]),
        ("fhir/Medication?code=aspirin&_contained=both", &["alone", "order"]),
        ("fhir/Medication?code=aspirin&status=inactive&_contained=true", &[]),
        ("fhir/Medication?_contained=true&_containedType=contained", &["m1", "m2"]),
        ("fhir/Medication?status=inactive&_contained=true&_containedType=contained", &["m2"]),
        ("fhir/MedicationRequest?medication.code=aspirin", &["order"]),
        ("fhir/MedicationRequest?medication.code=codeine", &[]),
    ] {
        let bundle = get(&world, path).await;
        assert_eq!(
            (sorted(&bundle), &bundle["total"]),
            (expected.iter().map(|s| (*s).to_owned()).collect(), &json!(expected.len())),
            "{path}"
        );
    }
    let shown = get(&world, "fhir/Medication?_contained=true&_containedType=contained&code=codeine").await;
    let url = shown["entry"][0]["fullUrl"].as_str().unwrap();
    assert!(url.ends_with("/fhir/MedicationRequest/order#m2"), "{url}");
    // A version that no longer contains it is not found by it, and the past still is.
    let before = get(&world, "fhir/MedicationRequest/order").await["meta"]["lastUpdated"].as_str().unwrap().to_owned();
    let mut changed = request.clone();
    changed["contained"] = json!([medication("m1", "ibuprofen", "active")]);
    changed.as_object_mut().unwrap().remove("supportingInformation");
    fhir.update(&changed).await.unwrap();
    let past = format!("fhir/MedicationRequest?medication.code=aspirin&_at={}", before.replace('+', "%2B"));
    for (path, expected) in [
        ("fhir/MedicationRequest?medication.code=aspirin", 0),
        ("fhir/MedicationRequest?medication.code=ibuprofen", 1),
        ("fhir/Medication?code=aspirin&_contained=true", 0),
        (past.as_str(), 1),
    ] {
        assert_eq!(get(&world, path).await["total"], json!(expected), "{path}");
    }
}
