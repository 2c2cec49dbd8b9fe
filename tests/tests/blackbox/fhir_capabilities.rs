//! The CapabilityStatement, entry by entry: what it lists is served, what it does not list is refused.
//! <http://hl7.org/fhir/R4/capabilitystatement.html>

use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use theriac_tests::World;

const JSON: [(&str, &str); 1] = [("content-type", "application/fhir+json")];

/// Words of a refusal that says the server does not do this at all.
const UNSERVED: &[u64] = &[405, 415, 501];

async fn statement(world: &World) -> Value {
    world.administrator.get("fhir/metadata").await.unwrap()
}

fn texts<'v>(list: &'v Value, member: &str) -> Vec<&'v str> {
    let all = list.as_array().into_iter().flatten();
    all.filter_map(|one| if member.is_empty() { one.as_str() } else { one[member].as_str() }).collect()
}

/// Asks for all of them in one batch; the status of each.
async fn statuses(world: &World, requests: Vec<(&str, String, Value)>) -> Vec<(String, u64, String)> {
    let entry = |(method, url, resource): &(&str, String, Value)| match resource {
        Value::Null => json!({ "request": { "method": method, "url": url } }),
        resource => json!({ "request": { "method": method, "url": url }, "resource": resource }),
    };
    let batch =
        json!({ "resourceType": "Bundle", "type": "batch", "entry": requests.iter().map(entry).collect::<Vec<_>>() });
    let answer = world.administrator.request(Method::POST, "fhir", &JSON, batch.to_string()).await.unwrap();
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.bytes));
    let bundle: Value = answer.json().unwrap();
    let entries = bundle["entry"].as_array().unwrap();
    assert_eq!(entries.len(), requests.len());
    let status = |entry: &Value| entry["response"]["status"].as_str().unwrap()[..3].parse().unwrap();
    let told = |entry: &Value| entry["response"]["outcome"].to_string();
    requests.iter().zip(entries).map(|((m, url, _), e)| (format!("{m} {url}"), status(e), told(e))).collect()
}

/// A value that the kind of parameter takes.
fn value(name: &str, kind: &str) -> &'static str {
    match (name, kind) {
        ("near", _) => "10|20|5|km",
        ("_lastUpdated", _) | (_, "date") => "gt2020-01-01",
        (_, "number") => "1",
        (_, "quantity") => "5.4|http://unitsofmeasure.org|mg",
        (_, "reference") => "abc",
        (_, "uri") => "http://example.org/a",
        _ => "a",
    }
}

#[tokio::test]
async fn every_listed_parameter_and_include_of_every_type_is_answered() {
    let world = World::new("mercy").await;
    let statement = statement(&world).await;
    let (mut parameters, mut includes) = (0, 0);
    for resource in statement["rest"][0]["resource"].as_array().unwrap() {
        let name = resource["type"].as_str().unwrap();
        let mut requests = Vec::new();
        for row in resource["searchParam"].as_array().unwrap() {
            let (code, kind) = (row["name"].as_str().unwrap(), row["type"].as_str().unwrap());
            // The values of a composite are those of its components.
            let asked = if kind == "composite" {
                format!("{code}:missing=true")
            } else {
                format!("{code}={}", value(code, kind))
            };
            requests.push(("GET", format!("{name}?{asked}&_count=1"), Value::Null));
            if kind != "composite" && row["documentation"].as_str().is_some_and(|d| d.contains(":missing")) {
                requests.push(("GET", format!("{name}?{code}:missing=false&_count=1"), Value::Null));
            }
        }
        parameters += requests.len();
        for (word, list) in [("_include", "searchInclude"), ("_revinclude", "searchRevInclude")] {
            let all = texts(&resource[list], "");
            includes += all.len();
            requests.extend(all.iter().map(|path| ("GET", format!("{name}?{word}={path}&_count=1"), Value::Null)));
        }
        for requests in requests.chunks(200) {
            for (asked, status, told) in statuses(&world, requests.to_vec()).await {
                assert_eq!(status, 200, "{asked}: {told}");
            }
        }
    }
    assert!(parameters > 2_500 && includes > 1_500, "{parameters} parameters and {includes} includes are too few");
}

#[tokio::test]
async fn every_listed_interaction_of_every_type_is_served() {
    let world = World::new("mercy").await;
    let statement = statement(&world).await;
    let listed: BTreeSet<&str> = statement["rest"][0]["resource"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|resource| texts(&resource["interaction"], "code"))
        .collect();
    let known =
        ["create", "delete", "history-instance", "history-type", "patch", "read", "search-type", "update", "vread"];
    assert_eq!(listed.into_iter().collect::<Vec<_>>(), known);
    for resource in statement["rest"][0]["resource"].as_array().unwrap() {
        let name = resource["type"].as_str().unwrap();
        let body = json!({ "resourceType": name, "id": "1", "nonsense": 1 });
        let nothing = json!({ "resourceType": "Parameters" });
        let rows = [
            ("GET", format!("{name}/none"), Value::Null, &[404][..]),
            ("GET", format!("{name}/none/_history/1"), Value::Null, &[404]),
            ("GET", format!("{name}/none/_history"), Value::Null, &[404]),
            ("GET", format!("{name}/_history?_count=1"), Value::Null, &[200]),
            ("GET", format!("{name}?_count=1"), Value::Null, &[200]),
            // Refused for what stands in the body, and not for being asked.
            ("POST", name.to_owned(), body.clone(), &[400, 422]),
            ("PUT", format!("{name}/1"), body.clone(), &[400, 422]),
            ("PUT", format!("{name}?_id=1"), body, &[400, 422]),
            ("PATCH", format!("{name}/none"), nothing, &[400, 404, 422]),
            ("DELETE", format!("{name}/none"), Value::Null, &[200, 204, 404]),
            ("DELETE", format!("{name}?_id=none"), Value::Null, &[200, 204, 404]),
        ];
        let wanted: Vec<&[u64]> = rows.iter().map(|row| row.3).collect();
        let requests = rows.iter().map(|(method, url, body, _)| (*method, url.clone(), body.clone())).collect();
        for ((asked, status, told), wanted) in statuses(&world, requests).await.into_iter().zip(wanted) {
            assert!(wanted.contains(&status), "{asked}: {status} is none of {wanted:?}; {told}");
        }
    }
}

#[tokio::test]
async fn every_listed_operation_is_routed_and_no_other_is() {
    let world = World::new("mercy").await;
    let statement = statement(&world).await;
    let rest = &statement["rest"][0];
    let mut listed: Vec<Vec<String>> = Vec::new();
    for name in texts(&rest["operation"], "name") {
        listed.push(vec![format!("fhir/${name}")]);
    }
    for resource in rest["resource"].as_array().unwrap() {
        let kind = resource["type"].as_str().unwrap();
        for name in texts(&resource["operation"], "name") {
            listed.push(vec![format!("fhir/{kind}/${name}"), format!("fhir/{kind}/none/${name}")]);
        }
    }
    assert!(listed.len() > 500, "{} operations are too few", listed.len());
    for places in listed {
        assert!(is_served(&world, &places).await, "{places:?} is listed and not served");
    }
    for path in ["fhir/$nonsense", "fhir/Patient/$nonsense", "fhir/Patient/none/$nonsense", "fhir/Binary/$everything"] {
        assert!(!is_served(&world, &[path.to_owned()]).await, "{path}");
    }
}

/// By reading or by writing, at one of the places; a refusal names what is wrong with the call, not that there is none.
async fn is_served(world: &World, places: &[String]) -> bool {
    for path in places {
        for (method, body) in [(Method::GET, ""), (Method::POST, r#"{"resourceType":"Parameters"}"#)] {
            let answer = world.administrator.request(method, path, &JSON, body).await.unwrap();
            let told = String::from_utf8_lossy(&answer.bytes);
            assert!(answer.status < 500 || answer.status == 501, "{path}: {} {told}", answer.status);
            let nowhere = answer.status == 404 && told.contains("nothing is served");
            if !nowhere && !UNSERVED.contains(&u64::from(answer.status)) {
                return true;
            }
        }
    }
    false
}

/// Compartments, formats and the interactions of the whole system.
#[tokio::test]
async fn what_is_listed_of_the_whole_system_is_served() {
    let world = World::new("mercy").await;
    let statement = statement(&world).await;
    let rest = &statement["rest"][0];
    assert_eq!(
        texts(&rest["interaction"], "code"),
        ["transaction", "batch", "search-system", "history-system"],
        "each is asked for below"
    );
    for address in texts(&rest["compartment"], "") {
        let code = address.rsplit('/').next().unwrap();
        let names = texts(&rest["resource"], "type");
        let name = names.iter().find(|name| name.eq_ignore_ascii_case(code)).unwrap();
        let found = world.administrator.get(&format!("fhir/{name}/none/*")).await.unwrap();
        assert_eq!(found["total"], 0, "{name}");
    }
    for row in rest["searchParam"].as_array().unwrap() {
        let asked = match row["name"].as_str().unwrap() {
            "_filter" => "fhir/Patient?_filter=gender eq male",
            "_list" => "fhir/Patient?_list=1",
            "_type" => "fhir?_type=Patient",
            "_has" => "fhir/Patient?_has:Observation:patient:code=a",
            other => panic!("{other} is listed and nobody asked for it"),
        };
        world.administrator.get(asked).await.unwrap();
    }
    for kind in ["transaction", "batch"] {
        let bundle = json!({ "resourceType": "Bundle", "type": kind, "entry": [{ "request": { "method": "GET", "url": "Patient" } }] });
        let answer = world.administrator.request(Method::POST, "fhir", &JSON, bundle.to_string()).await.unwrap();
        assert_eq!(answer.status, 200, "{kind}");
    }
    world.administrator.get("fhir/_history?_count=1").await.unwrap();
}

#[tokio::test]
async fn the_addresses_of_authorization_are_those_of_the_smart_configuration() {
    let world = World::new("mercy").await;
    let security = statement(&world).await["rest"][0]["security"].clone();
    let smart = world.administrator.get("fhir/.well-known/smart-configuration").await.unwrap();
    let listed = security["extension"][0]["extension"].as_array().unwrap();
    for (name, member) in [
        ("authorize", "authorization_endpoint"),
        ("token", "token_endpoint"),
        ("register", "registration_endpoint"),
        ("introspect", "introspection_endpoint"),
        ("revoke", "revocation_endpoint"),
    ] {
        let row = listed.iter().find(|row| row["url"] == name).unwrap();
        assert_eq!(row["valueUri"], smart[member], "{name}");
    }
}
