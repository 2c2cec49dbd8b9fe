//! `:in`, `:not-in`, `:above` and `:below` on tokens, on both engines.

use super::{entries, fhir, get, request, send};
use crate::interaction::search::handle;
use crate::store::search::tests::House;
use theriac_access::Role;

const WORLD: &[&str] = &[
    r#"{"resourceType":"CodeSystem","id":"animals","url":"http://example.org/animals","status":"active","content":"complete","hierarchyMeaning":"is-a","concept":[{"code":"animal","concept":[{"code":"dog","concept":[{"code":"Puppy"}]},{"code":"cat"}]}]}"#,
    r#"{"resourceType":"ValueSet","id":"dogs","url":"http://example.org/dogs","version":"1","status":"active","compose":{"include":[{"system":"http://example.org/animals","filter":[{"property":"concept","op":"is-a","value":"dog"}]}]}}"#,
    r#"{"resourceType":"ValueSet","id":"endless","url":"http://example.org/endless","status":"active","compose":{"include":[{"system":"urn:ietf:bcp:47"}]}}"#,
    r#"{"resourceType":"Patient","id":"a","gender":"male"}"#,
    r#"{"resourceType":"Patient","id":"b","gender":"female"}"#,
    r#"{"resourceType":"Observation","id":"1","status":"final","subject":{"reference":"Patient/a"},"code":{"coding":[{"system":"http://example.org/animals","code":"Puppy"}]}}"#,
    r#"{"resourceType":"Observation","id":"2","status":"final","subject":{"reference":"Patient/b"},"code":{"coding":[{"system":"http://example.org/animals","code":"cat"}]}}"#,
    r#"{"resourceType":"Observation","id":"3","status":"final","code":{"coding":[{"system":"http://example.org/other","code":"dog"}]}}"#,
    r#"{"resourceType":"Observation","id":"4","status":"final","code":{"text":"a dog"}}"#,
];

async fn houses() -> Vec<House> {
    let mut houses = House::each().await;
    for house in &mut houses {
        house.put(&WORLD.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>()).await;
    }
    houses
}

#[tokio::test]
async fn codes_are_found_by_value_set_and_by_hierarchy() {
    let rows: &[(&str, &str, &[&str])] = &[
        ("Observation", "code:in=http://example.org/dogs", &["Observation/1 match"]),
        ("Observation", "code:in=http://example.org/dogs|1", &["Observation/1 match"]),
        ("Observation", "code%3Ain=ValueSet/dogs", &["Observation/1 match"]),
        ("Observation", "code:in=https://example.org/mercy/fhir/ValueSet/dogs", &["Observation/1 match"]),
        (
            "Observation",
            "code:not-in=http://example.org/dogs",
            &["Observation/2 match", "Observation/3 match", "Observation/4 match"],
        ),
        ("Observation", "code:below=http://example.org/animals|dog", &["Observation/1 match"]),
        (
            "Observation",
            "code:below=http://example.org/animals|animal",
            &["Observation/1 match", "Observation/2 match"],
        ),
        ("Observation", "code:above=http://example.org/animals|Puppy", &["Observation/1 match"]),
        ("Observation", "code:above=http://example.org/animals|dog", &[]),
        (
            "Patient",
            "gender:in=http://hl7.org/fhir/ValueSet/administrative-gender",
            &["Patient/a match", "Patient/b match"],
        ),
        ("Patient", "_has:Observation:patient:code:in=http://example.org/dogs", &["Patient/a match"]),
        (
            "Observation",
            "subject:Patient.gender:not-in=http://example.org/dogs",
            &["Observation/1 match", "Observation/2 match"],
        ),
    ];
    for house in houses().await {
        for (kind, query, wanted) in rows {
            assert_eq!(
                entries(&get(&house.context, kind, query).await),
                *wanted,
                "{:?} {kind}?{query}",
                house.engine()
            );
        }
    }
}

#[tokio::test]
async fn what_cannot_be_listed_is_an_error_and_never_an_empty_answer() {
    let rows: &[(&str, u16, &str)] = &[
        ("code:in=http://example.org/nowhere", 400, "http://example.org/nowhere"),
        ("code:in=http://example.org/dogs|2", 400, "not known"),
        ("code:in=ValueSet/nowhere", 400, "ValueSet/nowhere"),
        ("code:in=http://example.org/endless", 422, "cannot be listed"),
        ("code:in=http://hl7.org/fhir/ValueSet/observation-codes", 422, "loinc"),
        ("code:below=dog", 400, "system|code"),
        ("code:below=http://example.org/animals|cow", 400, "cow"),
        ("code:below=http://example.org/nowhere|x", 400, "nowhere"),
        ("code:below=urn:ietf:bcp:47|de", 422, "no hierarchy"),
    ];
    for house in houses().await {
        for (query, status, says) in rows {
            let error = send(&house.context, request("Observation", query)).await.unwrap_err();
            assert_eq!(error.status(), *status, "{query}: {error}");
            assert!(error.message.contains(says), "{query}: {error}");
        }
    }
}

/// Definitions are shared; a scope that leaves them out takes the record of them away, not the knowledge.
#[tokio::test]
async fn a_clinician_searches_by_the_tenants_value_sets_and_reads_them_as_far_as_scopes_go() {
    for house in houses().await {
        let clinician = house.clinician(&["a"]);
        assert!(!entries(&get(&clinician, "ValueSet", "").await).is_empty());
        let clinician = house.scoped(Role::Clinician, &["a"], "user/Observation.rs");
        let found = get(&clinician, "Observation", "code:in=http://example.org/dogs").await;
        assert_eq!(entries(&found), ["Observation/1 match"]);
        let by_id = handle(fhir(), clinician.clone(), request("Observation", "code:in=ValueSet/dogs")).await;
        assert_eq!(by_id.unwrap_err().status(), 400, "as one that is not there");
        assert_eq!(handle(fhir(), clinician.clone(), request("ValueSet", "")).await.unwrap_err().status(), 403);
    }
}

/// The value set changes after the first page was given, and the other pages go on as it began.
#[tokio::test]
async fn every_page_goes_by_the_value_set_of_the_first() {
    for mut house in houses().await {
        let code = |id: &str, code: &str| {
            format!(
                r#"{{"resourceType":"Observation","id":"{id}","status":"final","code":{{"coding":[{{"system":"http://example.org/animals","code":"{code}"}}]}}}}"#
            )
        };
        house.put(&[code("5", "dog"), code("6", "dog"), code("7", "Puppy")]).await;
        let first = get(&house.context, "Observation", "code:in=http://example.org/dogs&_count=2&_sort=_id").await;
        assert_eq!(entries(&first), ["Observation/1 match", "Observation/5 match"]);
        house.delete("ValueSet", "dogs").await;
        let next = super::link(&first, "next").expect("there is more");
        let (_, query) = next.split_once('?').unwrap();
        let second = get(&house.context, "Observation", query).await;
        assert_eq!(entries(&second), ["Observation/6 match", "Observation/7 match"], "{:?}", house.engine());
        let anew = send(&house.context, request("Observation", "code:in=http://example.org/dogs")).await;
        assert_eq!(anew.unwrap_err().status(), 400, "a new search goes by what is there now");
    }
}
