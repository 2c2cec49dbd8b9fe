//! Operations on records: `$meta` and its sisters, `$diff`, `$everything`. <http://hl7.org/fhir/R4/operations.html>

use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use theriac_sdk::{Answer, Client};
use theriac_tests::World;
use theriac_tests::expect;
use theriac_tests::sample::{heart_rate, patient};

async fn get(client: &Client, path: &str) -> Answer {
    client.request(Method::GET, &format!("fhir/{path}"), &[], "").await.unwrap()
}

async fn post(client: &Client, path: &str, body: &Value) -> Answer {
    let headers = [("content-type", "application/fhir+json")];
    client.request(Method::POST, &format!("fhir/{path}"), &headers, body.to_string()).await.unwrap()
}

fn meta(tag: &str) -> Value {
    json!({"resourceType": "Parameters", "parameter": [{"name": "meta", "valueMeta": {
        "profile": ["http://example.org/p"], "tag": [{"system": "urn:tags", "code": tag}]}}]})
}

#[tokio::test]
async fn labels_are_added_and_taken_out_without_a_new_version() {
    let world = World::new("mercy").await;
    let (own, fhir) = (&world.administrator, world.administrator.fhir());
    let first = fhir.update(&patient("p", "Lovelace")).await.unwrap();
    for tag in ["one", "two"] {
        let answer = post(own, "Patient/p/$meta-add", &meta(tag)).await;
        assert_eq!(answer.status, 200, "{}", answer.refusal().body);
    }
    let stored = fhir.read("Patient", "p").await.unwrap();
    assert_eq!(stored["meta"]["versionId"], json!(first.version));
    assert_eq!(stored["meta"]["lastUpdated"], first.resource["meta"]["lastUpdated"]);
    assert_eq!(expect::members(&stored["meta"]["tag"], "code"), [json!("one"), json!("two")]);
    assert_eq!(stored["meta"]["profile"], json!(["http://example.org/p"]), "once");
    assert_eq!(fhir.history("Patient", "p").await.unwrap()["entry"].as_array().unwrap().len(), 1);
    assert_eq!(fhir.search("Patient", &[("_tag", "urn:tags|two")]).await.unwrap()["total"], 1);
    let answer = post(own, "Patient/p/$meta-delete", &meta("two")).await;
    let left: Value = answer.json().unwrap();
    assert_eq!(expect::members(&left, "code"), [json!("one")]);
    assert_eq!(fhir.search("Patient", &[("_tag", "urn:tags|two")]).await.unwrap()["total"], 0);
    assert_eq!(fhir.search("Patient", &[("_tag", "urn:tags|one")]).await.unwrap()["total"], 1);
}

#[tokio::test]
async fn a_change_of_labels_stands_in_the_ledger() {
    let world = World::new("mercy").await;
    world.administrator.fhir().update(&patient("p", "Lovelace")).await.unwrap();
    post(&world.administrator, "Patient/p/$meta-add", &meta("one")).await;
    let entry = expect::soon("ledger entry", || async {
        let answer = world.administrator.request(Method::GET, "ledger/entries?from=0", &[], "").await.unwrap();
        let text = answer.text().unwrap().to_owned();
        text.contains("meta-add").then_some(text)
    })
    .await;
    assert!(entry.contains("Patient/p"), "{entry}");
}

#[tokio::test]
async fn an_earlier_version_gets_labels_of_its_own() {
    let world = World::new("mercy").await;
    let fhir = world.administrator.fhir();
    for family in ["Lovelace", "King"] {
        fhir.update(&patient("p", family)).await.unwrap();
    }
    let answer = post(&world.administrator, "Patient/p/_history/1/$meta-add", &meta("old")).await;
    assert_eq!(answer.status, 200, "{}", answer.refusal().body);
    let (old, new) = (fhir.vread("Patient", "p", "1").await.unwrap(), fhir.vread("Patient", "p", "2").await.unwrap());
    assert_eq!((&old["meta"]["tag"][0]["code"], new["meta"].get("tag")), (&json!("old"), None));
    let read: Value = get(&world.administrator, "Patient/p/_history/1/$meta").await.json().unwrap();
    assert_eq!(read["parameter"][0]["valueMeta"]["tag"][0]["code"], "old");
    let at = old["meta"]["lastUpdated"].as_str().unwrap();
    let then = async |tag: &str| fhir.search("Patient", &[("_tag", tag), ("_at", at)]).await;
    assert_eq!(then("urn:tags|old").await.unwrap()["total"], 1, "searches of the past find it by them");
    assert_eq!(fhir.search("Patient", &[("_tag", "urn:tags|old")]).await.unwrap()["total"], 0);
    let answer = post(&world.administrator, "Patient/p/_history/1/$meta-delete", &meta("old")).await;
    assert_eq!(answer.status, 200, "{}", answer.refusal().body);
    assert_eq!(then("urn:tags|old").await.unwrap()["total"], 0);
}

#[tokio::test]
async fn labels_that_were_added_later_are_sorted_by_like_others() {
    let world = World::new("mercy").await;
    let fhir = world.administrator.fhir();
    for (id, tag) in [("a", "zebra"), ("b", "ant"), ("c", "moth")] {
        fhir.update(&patient(id, "Lovelace")).await.unwrap();
        let answer = post(&world.administrator, &format!("Patient/{id}/$meta-add"), &meta(tag)).await;
        assert_eq!(answer.status, 200, "{}", answer.refusal().body);
    }
    let found = fhir.search("Patient", &[("_sort", "_tag")]).await.unwrap();
    let ids: Vec<&str> =
        found["entry"].as_array().unwrap().iter().filter_map(|e| e["resource"]["id"].as_str()).collect();
    assert_eq!(ids, ["b", "c", "a"]);
}

#[tokio::test]
async fn labels_in_use_are_listed_once_each_for_whom_they_exist() {
    let world = World::new("mercy").await;
    for (id, tag) in [("a", "one"), ("b", "one"), ("c", "two")] {
        let mut resource = patient(id, "Lovelace");
        resource["meta"] = json!({"tag": [{"system": "urn:tags", "code": tag}]});
        world.administrator.fhir().update(&resource).await.unwrap();
    }
    for path in ["$meta", "Patient/$meta"] {
        let listed: Value = get(&world.administrator, path).await.json().unwrap();
        let codes: BTreeSet<String> = expect::members(&listed, "code").iter().map(Value::to_string).collect();
        assert_eq!((codes.len(), expect::members(&listed, "code").len()), (2, 2), "{listed}");
    }
    let clinician = world.client_with("clinician", &["--assigned", "Patient/c"]).await;
    let listed: Value = get(&clinician, "Patient/$meta").await.json().unwrap();
    assert_eq!(expect::members(&listed, "code"), [json!("two")]);
    assert_eq!(get(&clinician, "Patient/a/$meta").await.status, 404);
    assert_eq!(post(&clinician, "Patient/a/$meta-add", &meta("x")).await.status, 404);
}

#[tokio::test]
async fn meta_operations_refuse_what_they_do_not_know() {
    let world = World::new("mercy").await;
    world.administrator.fhir().update(&patient("p", "Lovelace")).await.unwrap();
    let own = &world.administrator;
    assert_eq!(post(own, "Patient/p/$meta-add", &json!({"resourceType": "Parameters"})).await.status, 400);
    assert_eq!(post(own, "Patient/none/$meta-add", &meta("x")).await.status, 404);
    assert_eq!(get(own, "Patient/p/$meta?nonsense=1").await.status, 400);
    assert_eq!(get(own, "Patient/p/$meta-add").await.status, 405);
    assert_eq!(get(own, "Patient/p/$nonsense").await.status, 404);
}

#[tokio::test]
async fn the_difference_of_two_versions_patches_the_first_into_the_second() {
    let world = World::new("mercy").await;
    let fhir = world.administrator.fhir();
    fhir.update(&patient("p", "Lovelace")).await.unwrap();
    let mut second = patient("p", "King");
    second["name"][0]["given"] = json!(["Ada", "Augusta"]);
    second["gender"] = json!("other");
    fhir.update(&second).await.unwrap();
    let difference: Value = get(&world.administrator, "Patient/p/$diff").await.json().unwrap();
    let named: Value = get(&world.administrator, "Patient/p/$diff?fromVersion=1&toVersion=2").await.json().unwrap();
    assert_eq!(difference, named);
    fhir.update(&patient("p", "Lovelace")).await.unwrap();
    let headers = [("content-type", "application/fhir+json")];
    let patched = world.administrator.request(Method::PATCH, "fhir/Patient/p", &headers, difference.to_string()).await;
    let patched: Value = patched.unwrap().json().unwrap();
    assert_eq!((&patched["name"], &patched["gender"]), (&second["name"], &second["gender"]));
    let between: Value =
        get(&world.administrator, "$diff?from=Patient/p/_history/2&to=Patient/p").await.json().unwrap();
    assert!(between.get("parameter").is_none(), "nothing differs: {between}");
    for (path, status) in
        [("Patient/p/$diff?fromVersion=9", 404), ("Patient/p/$diff?fromVersion=x", 400), ("$diff?from=Patient/p", 400)]
    {
        assert_eq!(get(&world.administrator, path).await.status, status, "{path}");
    }
}

/// Two patients, an encounter, a practitioner and observations a day apart.
async fn ward(world: &World) {
    let fhir = world.administrator.fhir();
    for id in ["p", "q"] {
        fhir.update(&patient(id, "Lovelace")).await.unwrap();
    }
    fhir.update(&json!({"resourceType": "Practitioner", "id": "dr", "name": [{"family": "Who"}]})).await.unwrap();
    fhir.update(&json!({"resourceType": "Encounter", "id": "e", "status": "finished", "class": {"code": "AMB"},
        "subject": {"reference": "Patient/p"}, "period": {"start": "2026-01-02", "end": "2026-01-02"}}))
        .await
        .unwrap();
    for day in 1..=5 {
        let mut observation = heart_rate(&format!("o{day}"), "p", 60.0, &format!("2026-01-0{day}T08:00:00Z"));
        observation["performer"] = json!([{"reference": "Practitioner/dr"}]);
        if day == 2 {
            observation["encounter"] = json!({"reference": "Encounter/e"});
        }
        fhir.update(&observation).await.unwrap();
    }
    fhir.update(&heart_rate("other", "q", 60.0, "2026-01-01T08:00:00Z")).await.unwrap();
    fhir.update(&json!({"resourceType": "Group", "id": "g", "type": "person", "actual": true,
        "member": [{"entity": {"reference": "Patient/p"}}, {"entity": {"reference": "Patient/q"}}]}))
        .await
        .unwrap();
}

fn addresses(bundle: &Value) -> BTreeSet<String> {
    let entries = bundle["entry"].as_array().into_iter().flatten();
    entries
        .map(|e| {
            format!("{}/{}", e["resource"]["resourceType"].as_str().unwrap(), e["resource"]["id"].as_str().unwrap())
        })
        .collect()
}

async fn everything(client: &Client, path: &str) -> BTreeSet<String> {
    let answer = get(client, path).await;
    assert_eq!(answer.status, 200, "{path} {}", answer.refusal().body);
    addresses(&answer.json().unwrap())
}

fn set(list: &[&str]) -> BTreeSet<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

#[tokio::test]
async fn everything_is_the_compartment_and_what_it_refers_to() {
    let world = World::new("mercy").await;
    ward(&world).await;
    let own = &world.administrator;
    let observations = ["Observation/o1", "Observation/o2", "Observation/o3", "Observation/o4", "Observation/o5"];
    let all = set(&[&["Patient/p", "Encounter/e", "Practitioner/dr"][..], &observations].concat());
    let mut found = everything(own, "Patient/p/$everything").await;
    // The group refers to the patient, and is in the patient's compartment by that.
    found.remove("Group/g");
    assert!(found.is_superset(&all), "{found:?}");
    found.retain(|address| !all.contains(address));
    assert!(found.iter().all(|address| address == "Patient/q"), "only what the group refers to: {found:?}");
    for (path, expected) in [
        ("Patient/p/$everything?_type=Observation", set(&observations)),
        ("Patient/p/$everything?_type=Observation&start=2026-01-02&end=2026-01-03", set(&observations[1..3])),
        ("Patient/p/$everything?_type=Patient,Practitioner", set(&["Patient/p"])),
        ("Patient/p/$everything?_since=2999-01-01T00:00:00Z&_type=Observation", set(&[])),
        ("Encounter/e/$everything?_type=Encounter,Observation", set(&["Encounter/e", "Observation/o2"])),
        ("Group/g/$everything?_type=Observation", set(&[&observations[..], &["Observation/other"]].concat())),
        ("Patient/$everything?_type=Observation", set(&[&observations[..], &["Observation/other"]].concat())),
    ] {
        assert_eq!(everything(own, path).await, expected, "{path}");
    }
}

#[tokio::test]
async fn everything_comes_in_pages_that_leave_nothing_out() {
    let world = World::new("mercy").await;
    ward(&world).await;
    let fhir = world.administrator.fhir();
    for query in ["_type=Observation,Encounter&_count=2", "_type=Observation&_count=1&start=2026-01-02&end=2026-01-04"]
    {
        let mut page =
            Some(get(&world.administrator, &format!("Patient/p/$everything?{query}")).await.json::<Value>().unwrap());
        let mut matches: Vec<String> = Vec::new();
        while let Some(bundle) = page {
            matches.extend(expect::ids(&bundle));
            page = fhir.next(&bundle).await.unwrap();
        }
        let once: BTreeSet<&String> = matches.iter().collect();
        assert_eq!(once.len(), matches.len(), "{matches:?}");
        assert_eq!(matches.len(), if query.contains("start") { 3 } else { 6 }, "{query} {matches:?}");
    }
}

#[tokio::test]
async fn everything_is_only_what_exists_for_the_caller() {
    let world = World::new("mercy").await;
    ward(&world).await;
    let clinician = world.client_with("clinician", &["--assigned", "Patient/q"]).await;
    assert_eq!(get(&clinician, "Patient/p/$everything").await.status, 404);
    let mine = everything(&clinician, "Patient/$everything").await;
    assert!(mine.contains("Observation/other") && !mine.iter().any(|a| a.starts_with("Observation/o1")), "{mine:?}");
    let scoped = world.client_with("service", &["--scope", "system/Patient.rs"]).await;
    assert_eq!(
        everything(&scoped, "Patient/p/$everything").await.iter().filter(|a| !a.starts_with("Patient/")).count(),
        0
    );
    for (path, status) in [
        ("Patient/none/$everything", 404),
        ("Patient/p/$everything?_type=Nonsense", 400),
        ("Patient/p/$everything?start=soon", 400),
        ("Patient/p/$everything?nonsense=1", 400),
        ("Observation/o1/$everything", 404),
    ] {
        assert_eq!(get(&world.administrator, path).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn operations_are_listed_where_they_are_called() {
    let world = World::new("mercy").await;
    let statement: Value = get(&world.administrator, "metadata").await.json().unwrap();
    let rest = &statement["rest"][0];
    let names = |list: &Value| {
        expect::members(list, "name").iter().map(|n| n.as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
    };
    assert!(names(&rest["operation"]).is_superset(&set(&["meta", "diff"])));
    let kind = |name: &str| {
        rest["resource"].as_array().unwrap().iter().find(|r| r["type"] == name).unwrap()["operation"].clone()
    };
    assert!(names(&kind("Patient")).is_superset(&set(&["everything", "meta", "meta-add", "meta-delete", "diff"])));
    assert!(!names(&kind("Observation")).contains("everything"));
}
