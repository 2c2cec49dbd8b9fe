//! Searches as callers make them: over the handler, on both engines.

mod by_concept;

use super::handle;
use crate::service::Fhir;
use crate::store::search::tests::House;
use serde_json::Value;
use theriac_core::Result;
use theriac_platform::http::{Body, Method, Request};
use theriac_platform::{Context, Cursors};

const ALL: &[&str] = &[
    r#"{"resourceType":"Practitioner","id":"d","name":[{"family":"Doe"}]}"#,
    r#"{"resourceType":"Patient","id":"a","name":[{"family":"Ash"}],"gender":"male","generalPractitioner":[{"reference":"Practitioner/d"}],"photo":[{"url":"p"}],"link":[{"other":{"reference":"Patient/b"},"type":"seealso"}]}"#,
    r#"{"resourceType":"Patient","id":"b","name":[{"family":"Birch"}],"gender":"female","generalPractitioner":[{"reference":"Practitioner/d"}]}"#,
    r#"{"resourceType":"Observation","id":"1","status":"final","code":{"coding":[{"system":"l","code":"x"}]},"subject":{"reference":"https://example.org/mercy/fhir/Patient/a"}}"#,
    r#"{"resourceType":"Observation","id":"2","status":"final","code":{"coding":[{"system":"l","code":"y"}]},"subject":{"reference":"Patient/b"},"focus":[{"reference":"Patient/a"}]}"#,
    r#"{"resourceType":"Provenance","id":"v","target":[{"reference":"Observation/2"}],"recorded":"2020-01-01T00:00:00Z","agent":[{"who":{"reference":"Practitioner/d"}}]}"#,
    r#"{"resourceType":"Observation","id":"3","status":"final","code":{"text":"t"},"subject":{"reference":"Patient/gone"}}"#,
];

async fn houses() -> Vec<House> {
    let mut houses = House::each().await;
    for house in &mut houses {
        house.put(&ALL.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>()).await;
    }
    houses
}

fn fhir() -> Fhir {
    Fhir::new(Cursors::new(b"secret"))
}

fn request(kind: &str, query: &str) -> Request {
    let mut request = Request::new(Method::Get, "/", query);
    if !kind.is_empty() {
        request.params.push(("type", kind.to_owned()));
    }
    request
}

async fn send(context: &Context, request: Request) -> Result<Value> {
    let answer = handle(fhir(), context.clone(), request).await?;
    assert_eq!(answer.status, 200);
    let Body::Bytes(bytes) = answer.body else { panic!("{:?}", answer.body) };
    Ok(serde_json::from_slice(&bytes).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&bytes))))
}

async fn get(context: &Context, kind: &str, query: &str) -> Value {
    send(context, request(kind, query)).await.unwrap_or_else(|e| panic!("{kind}?{query}: {e} {:?}", e.cause))
}

/// `Patient/a match`, sorted.
fn entries(bundle: &Value) -> Vec<String> {
    let all = bundle["entry"].as_array().cloned().unwrap_or_default();
    let text = |v: &Value| v.as_str().unwrap_or("-").to_owned();
    let name = |e: &Value| {
        format!(
            "{}/{} {}",
            text(&e["resource"]["resourceType"]),
            text(&e["resource"]["id"]),
            text(&e["search"]["mode"])
        )
    };
    let mut names: Vec<String> = all.iter().map(name).collect();
    names.sort();
    names
}

fn link<'b>(bundle: &'b Value, relation: &str) -> Option<&'b str> {
    let links = bundle["link"].as_array()?;
    links.iter().find(|l| l["relation"] == relation)?["url"].as_str()
}

#[tokio::test]
async fn an_answer_is_a_searchset_with_links_modes_and_a_total_that_costs_nothing() {
    for house in houses().await {
        let bundle = get(&house.context, "Patient", "gender=male").await;
        assert_eq!((&bundle["type"], &bundle["total"]), (&"searchset".into(), &1.into()));
        assert_eq!(link(&bundle, "self"), Some("https://example.org/mercy/fhir/Patient?gender=male"));
        assert_eq!(bundle["entry"][0]["fullUrl"], "https://example.org/mercy/fhir/Patient/a");
        assert_eq!((link(&bundle, "next"), entries(&bundle)), (None, vec!["Patient/a match".to_owned()]));
        assert!(get(&house.context, "Patient", "gender=other").await.get("entry").is_none());
    }
}

#[tokio::test]
async fn pages_are_linked_forth_and_back_and_each_cursor_is_its_callers() {
    for house in houses().await {
        let first = get(&house.context, "Observation", "_count=1&_total=accurate").await;
        assert_eq!((&first["total"], entries(&first)), (&3.into(), vec!["Observation/3 match".to_owned()]));
        let next = link(&first, "next").unwrap().split_once('?').unwrap().1.to_owned();
        let second = get(&house.context, "Observation", &next).await;
        assert_eq!((&second["total"], entries(&second)), (&3.into(), vec!["Observation/2 match".to_owned()]));
        let back = link(&second, "previous").unwrap().split_once('?').unwrap().1.to_owned();
        let again = get(&house.context, "Observation", &back).await;
        assert_eq!((entries(&again), link(&again, "previous")), (entries(&first), None));
        let stolen = send(&house.clinician(&["a"]), request("Observation", &next)).await.unwrap_err();
        assert_eq!((stolen.status(), stolen.issues[0].path.as_str()), (400, "_cursor"));
        let other = send(&house.context, request("Observation", &format!("code=x&{next}"))).await.unwrap_err();
        assert_eq!((other.status(), other.issues[0].path.as_str()), (400, "code"));
        let elsewhere = send(&house.context, request("Patient", &next)).await.unwrap_err();
        assert_eq!(elsewhere.status(), 400);
        let start = link(&second, "first").unwrap().split_once('?').unwrap().1.to_owned();
        assert_eq!(entries(&get(&house.context, "Observation", &start).await), entries(&first));
        assert_eq!(link(&second, "self").unwrap().split_once('?').unwrap().1, next);
    }
}

#[tokio::test]
async fn counts_come_without_entries() {
    for house in houses().await {
        for query in ["_summary=count", "_count=0"] {
            let bundle = get(&house.context, "Observation", query).await;
            assert_eq!((&bundle["total"], bundle.get("entry")), (&3.into(), None), "{query}");
            assert_eq!(
                get(&house.clinician(&["a"]), "Observation", query).await["total"],
                1,
                "one is about a: {query}"
            );
        }
    }
}

#[tokio::test]
async fn references_are_followed_there_and_back() {
    let rows: &[(&str, &str, &[&str])] = &[
        ("Observation", "code=x&_include=Observation:subject", &["Observation/1 match", "Patient/a include"]),
        (
            "Observation",
            "code=y&_include=Observation:*",
            &["Observation/2 match", "Patient/a include", "Patient/b include"],
        ),
        ("Observation", "_id=3&_include=Observation:subject", &["Observation/3 match"]),
        (
            "Observation",
            "code=y&_include=Observation:patient&_include:iterate=Patient:general-practitioner",
            &["Observation/2 match", "Patient/b include", "Practitioner/d include"],
        ),
        (
            "Observation",
            "code=x&_include=Observation:patient&_include:iterate=Patient:link",
            &["Observation/1 match", "Patient/a include", "Patient/b include"],
        ),
        ("Patient", "_id=a&_revinclude=Observation:subject", &["Observation/1 include", "Patient/a match"]),
        (
            "Patient",
            "_id=b&_revinclude=Observation:subject&_revinclude:iterate=Provenance:target",
            &["Observation/2 include", "Patient/b match", "Provenance/v include"],
        ),
        ("Patient", "_revinclude=Patient:link", &["Patient/a match", "Patient/b match"]),
    ];
    for house in houses().await {
        for (kind, query, wanted) in rows {
            let bundle = get(&house.context, kind, query).await;
            assert_eq!(entries(&bundle), *wanted, "{:?} {kind}?{query}", house.engine());
        }
    }
}

/// What a clinician is not assigned to leaves no trace, on whichever road it is sought.
#[tokio::test]
async fn what_may_not_be_seen_has_no_influence() {
    let rows: &[(&str, &str, &[&str])] = &[
        ("Patient", "", &["Patient/a match"]),
        ("Patient", "_id=b", &[]),
        ("Patient", "name=birch", &[]),
        ("Patient", "_has:Observation:focus:code=y", &[]),
        // What the tenant shares is there for everybody.
        ("Patient", "general-practitioner.family=doe", &["Patient/a match"]),
        ("Patient", "_include=Patient:general-practitioner", &["Patient/a match", "Practitioner/d include"]),
        ("Practitioner", "_has:Patient:general-practitioner:name=birch", &[]),
        ("Practitioner", "_revinclude=Patient:general-practitioner", &["Patient/a include", "Practitioner/d match"]),
        (
            "Patient",
            "_include=Patient:link&_include:iterate=Patient:general-practitioner",
            &["Patient/a match", "Practitioner/d include"],
        ),
        ("Patient", "_revinclude=Observation:focus", &["Patient/a match"]),
        ("Observation", "", &["Observation/1 match"]),
        ("Observation", "patient.name=birch", &[]),
        ("Observation", "patient.name=ash&_include=Observation:*", &["Observation/1 match", "Patient/a include"]),
        (
            "",
            "_type=Patient,Observation,Practitioner",
            &["Observation/1 match", "Patient/a match", "Practitioner/d match"],
        ),
    ];
    for house in houses().await {
        let clinician = house.clinician(&["a"]);
        for (kind, query, wanted) in rows {
            let text = format!("{query}&_total=accurate");
            let bundle = get(&clinician, kind, &text).await;
            assert_eq!(entries(&bundle), *wanted, "{:?} {kind}?{query}", house.engine());
            let matches = wanted.iter().filter(|w| w.ends_with("match")).count();
            assert_eq!(bundle["total"], matches, "{kind}?{query}");
        }
    }
}

#[tokio::test]
async fn an_unknown_parameter_is_refused_or_left_out_as_the_caller_prefers() {
    for house in houses().await {
        let mut asked = request("Patient", "gendre=male&_id=a");
        assert_eq!(send(&house.context, asked.clone()).await.unwrap_err().status(), 400);
        asked.headers.push("Prefer", "handling=lenient");
        let bundle = send(&house.context, asked).await.unwrap();
        assert_eq!(entries(&bundle), ["OperationOutcome/- outcome", "Patient/a match"]);
        assert_eq!(link(&bundle, "self"), Some("https://example.org/mercy/fhir/Patient?_id=a"));
        let mut asked = request("Patient", "");
        asked.headers.push("Prefer", "handling=maybe");
        assert_eq!(send(&house.context, asked).await.unwrap_err().status(), 400);
    }
}

#[tokio::test]
async fn an_administrator_is_shown_the_statement_and_its_plan() {
    for house in houses().await {
        for query in ["gender=male", "_sort=family", "general-practitioner.family=doe", "_at=2021-01-01T00:00:00Z"] {
            let answer = get(&house.context, "Patient", &format!("{query}&__explain=true")).await;
            let parts = answer["parameter"].as_array().unwrap();
            assert_eq!((&answer["resourceType"], &parts[0]["name"]), (&"Parameters".into(), &"statement".into()));
            assert!(parts[0]["valueString"].as_str().unwrap().contains("r.type"), "{answer}");
            assert!(parts.len() > 1 && parts[1]["name"] == "plan" && !answer.to_string().contains("male"), "{answer}");
        }
        let refused = send(&house.clinician(&["a"]), request("Patient", "__explain=true")).await.unwrap_err();
        assert_eq!(refused.status(), 403);
        assert_eq!(send(&house.context, request("Patient", "__explain=yes")).await.unwrap_err().status(), 400);
    }
}

#[tokio::test]
async fn a_form_is_a_query_too_and_views_cut_what_is_shown() {
    for house in houses().await {
        let mut form = request("Patient", "_summary=true");
        form.method = Method::Post;
        form.body = "name=ash".into();
        assert_eq!(send(&house.context, form.clone()).await.unwrap_err().status(), 415);
        form.headers.push("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
        let bundle = send(&house.context, form).await.unwrap();
        let resource = &bundle["entry"][0]["resource"];
        assert_eq!((&resource["id"], resource.get("photo")), (&"a".into(), None));
        assert_eq!(resource["meta"]["tag"][0]["code"], "SUBSETTED");
        let whole = get(&house.context, "Patient", "name=ash&_count=5000").await;
        assert_eq!(
            (&whole["entry"][0]["resource"]["photo"][0]["url"], whole["entry"][0]["resource"]["meta"].get("tag")),
            (&"p".into(), None)
        );
        assert!(link(&whole, "self").unwrap().ends_with("_count=1000"), "what was really used");
    }
}
