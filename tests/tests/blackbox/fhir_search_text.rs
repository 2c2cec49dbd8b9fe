//! `_text` and `_content`, <http://hl7.org/fhir/R4/search.html#content>; and `__explain`.

use reqwest::Method;
use serde_json::json;
use theriac_tests::sample::{heart_rate, patient};
use theriac_tests::{World, expect};

/// One with a narrative, one without.
async fn clinic() -> World {
    let world = World::new("mercy").await;
    let fhir = world.administrator.fhir();
    let mut told = patient("told", "M\u{fc}ller");
    told["text"] = json!({
        "status": "generated",
        "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Severe <b>chest pain</b> since Tuesday, no fever &amp; rash</p></div>"
    });
    fhir.update(&told).await.unwrap();
    fhir.update(&patient("plain", "Fever")).await.unwrap();
    fhir.update(&heart_rate("rate", "told", 60.0, "2026-01-01T08:00:00Z")).await.unwrap();
    world
}

#[tokio::test]
async fn words_are_found_in_the_narrative_and_in_all_that_was_written() {
    let world = clinic().await;
    let cases: &[(&str, &str, &str, &[&str])] = &[
        ("Patient", "_text", "fever", &["told"]),
        ("Patient", "_content", "fever", &["plain", "told"]),
        ("Patient", "_content", "MULLER", &["told"]),
        ("Patient", "_content", "m\u{fc}ller severe", &["told"]),
        ("Patient", "_text", "\"chest pain\"", &["told"]),
        ("Patient", "_text", "\"pain chest\"", &[]),
        ("Patient", "_content", "fever NOT chest", &["plain"]),
        ("Patient", "_content", "chest OR fever", &["plain", "told"]),
        ("Patient", "_text", "cough,rash", &["told"]),
        ("Patient", "_content", "(cough OR rash) AND tuesday", &["told"]),
        ("Patient", "_text", "div", &[]),
        ("Observation", "_content", "beats", &["rate"]),
        ("Observation", "subject:Patient._content", "tuesday", &["rate"]),
        ("Patient", "_has:Observation:patient:_content", "\"beats min\"", &["told"]),
    ];
    for (kind, name, value, wanted) in cases {
        let bundle = world.administrator.fhir().search(kind, &[(name, value)]).await.unwrap();
        let mut ids = expect::ids(&bundle);
        ids.sort();
        assert_eq!(ids, *wanted, "{kind}?{name}={value}");
    }
    let both = [("_content", "fever"), ("birthdate", "1970-05-17"), ("family", "mull"), ("_sort", "-_id")];
    assert_eq!(expect::ids(&world.administrator.fhir().search("Patient", &both).await.unwrap()), ["told"]);
}

#[tokio::test]
async fn a_changed_text_is_found_by_its_new_words_and_in_the_past_by_its_old_ones() {
    let world = clinic().await;
    let (client, fhir) = (&world.administrator, world.administrator.fhir());
    let before = fhir.read("Patient", "plain").await.unwrap()["meta"]["lastUpdated"].as_str().unwrap().to_owned();
    fhir.update(&patient("plain", "Cough")).await.unwrap();
    for (query, count) in [
        ("_content=cough".to_owned(), 1),
        ("_content=fever&_id=plain".to_owned(), 0),
        (format!("_content=fever&_id=plain&_at={before}"), 1),
        (format!("_content=cough&_at={before}"), 0),
    ] {
        let found = client.get(&format!("fhir/Patient?{query}&_total=accurate")).await.unwrap();
        assert_eq!(found["total"], count, "{query}");
    }
}

#[tokio::test]
async fn what_cannot_be_searched_for_is_refused_and_what_is_hidden_stays_so() {
    let world = clinic().await;
    for (query, place) in [
        ("_content=", "_content"),
        ("_content=(a", "_content"),
        ("_text=%22a", "_text"),
        ("_content=fev*", "_content"),
        ("_content:exact=fever", "_content"),
    ] {
        let answer = world.administrator.request(Method::GET, &format!("fhir/Patient?{query}"), &[], "").await.unwrap();
        assert_eq!(answer.status, 400, "{query}");
        assert!(answer.refusal().body.to_string().contains(place), "{query}");
    }
    let binary = world.administrator.request(Method::GET, "fhir/Binary?_text=a", &[], "").await.unwrap();
    assert_eq!(binary.status, 400, "a Binary has no narrative");
    let clinician = world.client_with("clinician", &["--assigned", "Patient/plain"]).await;
    let seen = clinician.get("fhir/Patient?_content=fever&_total=accurate").await.unwrap();
    assert_eq!((expect::ids(&seen), &seen["total"]), (vec!["plain".to_owned()], &json!(1)));
    let researcher = world.client("researcher").await;
    let refused = researcher.request(Method::GET, "fhir/Patient?_content=fever", &[], "").await.unwrap();
    assert_eq!(refused.status, 403);
}

#[tokio::test]
async fn administrators_are_shown_the_one_statement_of_a_search_and_its_plan() {
    let world = clinic().await;
    let path = "fhir/Patient?family=mull&_has:Observation:patient:code=8867-4&_sort=-birthdate&__explain=true";
    let shown = world.administrator.get(path).await.unwrap();
    assert_eq!(shown["resourceType"], "Parameters");
    let names: Vec<_> = shown["parameter"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
    assert!(names[0] == "statement" && names.len() > 1 && names[1..].iter().all(|n| *n == "plan"), "{names:?}");
    let statement = shown["parameter"][0]["valueString"].as_str().unwrap();
    assert!(statement.contains("SELECT") && !statement.contains("mull"), "{statement}");
    for role in ["steward", "clinician"] {
        let refused = world.client(role).await.request(Method::GET, path, &[], "").await.unwrap();
        assert_eq!(refused.status, 403, "{role}");
    }
}
