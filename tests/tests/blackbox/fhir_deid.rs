//! De-identified views: what a researcher reads, and what nobody can find out through it.

use reqwest::Method;
use serde_json::{Value, json};
use theriac_sdk::Client;
use theriac_tests::World;

/// Texts that must never be in an answer: of the record, and of the record's own ids.
const SECRETS: &[&str] = &[
    "Lovelace",
    "smith-1",
    "obs-1",
    "enc-1",
    "prac-1",
    "MRN-77",
    "555-0100",
    "Elm Street",
    "Seattle",
    "1974-12-25",
    "2020-05-30",
    "-05-30",
    "98052",
    "secret",
    "SGTIN-4711",
];

fn patient() -> Value {
    json!({
        "resourceType": "Patient", "id": "smith-1",
        "text": {"status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">Lovelace secret</div>"},
        "extension": [{"url": "http://example.org/secret", "valueString": "secret"}],
        "identifier": [{"system": "urn:example:mrn", "value": "MRN-77"}],
        "name": [{"family": "Lovelace", "given": ["Ada"]}],
        "telecom": [{"system": "phone", "value": "555-0100"}],
        "gender": "female", "birthDate": "1974-12-25",
        "address": [{"line": ["1 Elm Street"], "city": "Seattle", "state": "WA", "postalCode": "98052"}],
        "photo": [{"contentType": "image/png", "data": "c2VjcmV0"}],
        "generalPractitioner": [{"reference": "Practitioner/prac-1", "display": "Dr secret"}]
    })
}

fn records() -> Vec<Value> {
    vec![
        json!({"resourceType": "Practitioner", "id": "prac-1", "name": [{"family": "secret"}], "active": true}),
        patient(),
        json!({"resourceType": "Encounter", "id": "enc-1", "status": "finished",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "subject": {"reference": "Patient/smith-1"}, "period": {"start": "2020-05-30T10:00:00Z"}}),
        json!({"resourceType": "Observation", "id": "obs-1", "status": "final",
            "contained": [{"resourceType": "Device", "id": "secret", "udiCarrier": [{"carrierHRF": "SGTIN-4711"}]}],
            "device": {"reference": "#secret"},
            "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4", "display": "Heart rate"}], "text": "rate of Ada Lovelace"},
            "subject": {"reference": "Patient/smith-1", "display": "Lovelace"},
            "encounter": {"reference": "Encounter/enc-1"},
            "effectiveDateTime": "2020-05-30T10:15:00Z",
            "valueQuantity": {"value": 71.50, "unit": "beats/min", "system": "http://unitsofmeasure.org", "code": "/min"},
            "note": [{"text": "Ada Lovelace feels better since 2020-05-30"}]}),
    ]
}

/// A project that names the subject, and a client of that subject.
async fn project(world: &World, id: &str, profile: &str, threshold: u64) -> Client {
    let subject = format!("ada-{id}");
    let body = json!({"profile": profile, "members": [subject], "threshold": threshold});
    let answer = world.administrator.send(Method::PUT, &format!("admin/deid/projects/{id}"), &body).await.unwrap();
    assert_eq!(answer.status, 201);
    world.client_with("researcher", &["--subject", &subject]).await
}

async fn world(profile: &str) -> (World, Client) {
    let world = World::new("mercy").await;
    for record in records() {
        world.administrator.fhir().update(&record).await.unwrap();
    }
    let researcher = project(&world, "lung", profile, 0).await;
    (world, researcher)
}

/// The answer, in which no secret stands, neither in the body nor in a header field.
async fn seen(client: &Client, path: &str) -> (u16, Value) {
    let answer = client.request(Method::GET, path, &[], "").await.unwrap();
    let text = answer.text().unwrap_or_default().to_owned();
    for secret in SECRETS {
        assert!(!text.contains(secret), "{path} tells {secret}: {text}");
        let told = answer.headers.iter().any(|(_, value)| value.to_str().unwrap_or_default().contains(secret));
        assert!(!told, "{path} tells {secret} in its header");
    }
    (answer.status, serde_json::from_str(&text).unwrap_or_default())
}

async fn found(client: &Client, path: &str) -> Value {
    let (status, body) = seen(client, path).await;
    assert_eq!(status, 200, "{path}: {body}");
    body
}

async fn first(client: &Client, path: &str) -> Value {
    found(client, path).await["entry"][0]["resource"].clone()
}

#[tokio::test]
async fn nothing_is_open_to_a_researcher_whom_no_project_names() {
    let (world, _) = world("safe-harbor").await;
    let stranger = world.client("researcher").await;
    for path in ["fhir/Patient", "fhir/Patient/smith-1", "fhir/Patient?_id=smith-1", "fhir/Patient/_history"] {
        assert_eq!(seen(&stranger, path).await.0, 403, "{path}");
    }
}

#[tokio::test]
async fn every_road_shows_the_same_view() {
    for profile in ["safe-harbor", "expert"] {
        let (_world, ada) = world(profile).await;
        let patient = first(&ada, "fhir/Patient").await;
        let id = patient["id"].as_str().unwrap().to_owned();
        let version = patient["meta"]["versionId"].as_str().unwrap().to_owned();
        for path in [format!("fhir/Patient/{id}"), format!("fhir/Patient/{id}/_history/{version}")] {
            assert_eq!(found(&ada, &path).await, patient, "{path}");
        }
        for path in [
            format!("fhir/Patient?_id={id}"),
            format!("fhir/Patient/{id}/_history"),
            "fhir/Patient/_history".to_owned(),
            format!("fhir/Patient/{id}/$everything?_type=Patient"),
            "fhir?_type=Patient".to_owned(),
            "fhir/Patient?_has:Observation:patient:code=8867-4".to_owned(),
        ] {
            assert_eq!(first(&ada, &path).await, patient, "{path}");
        }
        let observation = first(&ada, &format!("fhir/Observation?subject=Patient/{id}")).await;
        assert_eq!(observation["subject"]["reference"], format!("Patient/{id}"));
        assert_eq!(observation["valueQuantity"]["value"], 71.5);
        assert_eq!(first(&ada, &format!("fhir/Patient/{id}/Observation")).await, observation);
        assert_eq!(first(&ada, "fhir/Observation?patient.gender=female").await, observation);
        assert_eq!(first(&ada, &format!("fhir/Observation?patient={id}")).await, observation);
        let included =
            found(&ada, "fhir/Observation?_include=Observation:patient&_include=Observation:encounter").await;
        assert_eq!(included["entry"].as_array().unwrap().len(), 3);
        assert_eq!(
            found(&ada, "fhir/Patient?_revinclude=Observation:patient").await["entry"].as_array().unwrap().len(),
            2
        );
        let everything = found(&ada, &format!("fhir/Patient/{id}/$everything")).await;
        assert!(everything["entry"].as_array().unwrap().len() >= 3, "{everything}");
    }
}

#[tokio::test]
async fn links_lead_on_and_tell_nothing() {
    let (world, ada) = world("safe-harbor").await;
    for n in 0..3 {
        let mut more = patient();
        more["id"] = format!("smith-1{n}").into();
        world.administrator.fhir().update(&more).await.unwrap();
    }
    let page = found(&ada, "fhir/Patient?_count=3&gender=female&_total=accurate").await;
    assert_eq!(page["total"], 4);
    let entry = &page["entry"][0];
    let address = ada.address("fhir/Patient").unwrap().to_string();
    assert_eq!(entry["fullUrl"], format!("{address}/{}", entry["resource"]["id"].as_str().unwrap()));
    let next =
        page["link"].as_array().unwrap().iter().find(|l| l["relation"] == "next").unwrap()["url"].as_str().unwrap();
    assert!(next.starts_with(&format!("{address}?_cursor=")), "{next}");
    let rest = next.split_once(&format!("/{}/", world.tenant)).unwrap().1;
    let (status, second) = seen(&ada, rest).await;
    assert_eq!((status, second["entry"].as_array().unwrap().len()), (200, 1));
    let id = entry["resource"]["id"].as_str().unwrap();
    let history = found(&ada, &format!("fhir/Patient/{id}/_history")).await;
    assert_eq!(history["link"][0]["url"], format!("{address}/{id}/_history"));
}

#[tokio::test]
async fn a_version_is_told_apart_and_not_told() {
    let (world, ada) = world("safe-harbor").await;
    let mut changed = patient();
    changed["gender"] = "other".into();
    world.administrator.fhir().update(&changed).await.unwrap();
    let id = first(&ada, "fhir/Patient").await["id"].as_str().unwrap().to_owned();
    let path = format!("fhir/Patient/{id}");
    let answer = ada.request(Method::GET, &path, &[], "").await.unwrap();
    let tag = answer.headers["etag"].to_str().unwrap().to_owned();
    assert!(tag.len() > 30 && !answer.headers.contains_key("last-modified"), "{tag}");
    let again = ada.request(Method::GET, &path, &[("if-none-match", tag.as_str())], "").await.unwrap();
    assert_eq!(again.status, 304);
    for guess in ["W/\"1\"", "W/\"2\""] {
        assert_eq!(ada.request(Method::GET, &path, &[("if-none-match", guess)], "").await.unwrap().status, 200);
    }
    let history = found(&ada, &format!("{path}/_history")).await;
    let versions: Vec<&str> = history["entry"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["resource"]["meta"]["versionId"].as_str().unwrap())
        .collect();
    assert_eq!(versions.len(), 2);
    let old = found(&ada, &format!("{path}/_history/{}", versions[1])).await;
    assert_eq!(old["gender"], "female");
    assert_eq!(seen(&ada, &format!("{path}/_history/1")).await.0, 404);
    world.administrator.request(Method::DELETE, "fhir/Patient/smith-1", &[], "").await.unwrap();
    assert!(matches!(seen(&ada, &path).await.0, 404 | 410));
}

#[tokio::test]
async fn nobody_is_found_by_what_is_hidden() {
    for profile in ["safe-harbor", "expert"] {
        let (_world, ada) = world(profile).await;
        for path in [
            "fhir/Patient?name=Lovelace",
            "fhir/Patient?family=L",
            "fhir/Patient?identifier=MRN-77",
            "fhir/Patient?phone=555-0100",
            "fhir/Patient?address-city=Seattle",
            "fhir/Patient?address-postalcode=98052",
            "fhir/Patient?birthdate=1974-12-25",
            "fhir/Patient?birthdate=ap1974",
            "fhir/Patient?birthdate=1920",
            "fhir/Patient?_lastUpdated=gt2020",
            "fhir/Patient?_sort=birthdate",
            "fhir/Patient?_sort=_lastUpdated",
            "fhir/Patient?_sort=family",
            "fhir/Patient?_sort=-_id",
            "fhir/Patient?_text=Lovelace",
            "fhir/Patient?_content=Lovelace",
            "fhir/Patient?_filter=name%20eq%20Lovelace",
            "fhir/Patient?name:missing=false",
            "fhir/Patient?gender:text=f",
            "fhir/Patient?_at=2020",
            "fhir/Patient?__explain=true",
            "fhir/Patient?_include=*",
            "fhir/Patient?_source=x",
            "fhir/Patient?_tag=x",
            "fhir/Patient?_list=x",
            "fhir/Patient?_query=x",
            "fhir/Observation?patient.name=Lovelace",
            "fhir/Observation?subject:Patient.name=Lovelace",
            "fhir/Observation?patient.identifier=MRN-77",
            "fhir/Observation?patient:identifier=MRN-77",
            "fhir/Observation?patient.organization.name=x",
            "fhir/Observation?code:text=secret",
            "fhir/Observation?value-quantity=71.5",
            "fhir/Observation?value-quantity=gt89||a",
            "fhir/Observation?value-string=x",
            "fhir/Observation?code-value-quantity=8867-4$71.5",
            "fhir/Patient?_has:Observation:patient:value-string=x",
            "fhir/Patient?_has:Observation:patient:date=2020-05-30",
            "fhir/Patient?_has:Encounter:patient:_has:Observation:encounter:value-string=x",
            "fhir/Patient/_history?_since=2020-01-01T00:00:00Z",
            "fhir/Patient/_history?_at=2020",
            "fhir/Patient?unknown=1",
        ] {
            let (status, body) = seen(&ada, path).await;
            assert!((400..=403).contains(&status), "{profile} {path}: {status} {body}");
        }
        // A true id is nobody's name here.
        for path in [
            "fhir/Patient?_id=smith-1",
            "fhir/Observation?patient=smith-1",
            "fhir/Observation?subject=Patient/smith-1",
            "fhir/Observation?patient=Patient/smith-1,x",
        ] {
            assert!(found(&ada, path).await.get("entry").is_none(), "{path}");
        }
        let base = ada.address("fhir").unwrap().to_string();
        assert!(found(&ada, &format!("fhir/Observation?subject={base}/Patient/smith-1")).await.get("entry").is_none());
        for path in [
            "fhir/Patient/smith-1",
            "fhir/Patient/smith-1/_history",
            "fhir/Patient/smith-1/Observation",
            "fhir/Patient/smith-1/$everything",
        ] {
            assert_eq!(ada.request(Method::GET, path, &[], "").await.unwrap().status, 404, "{path}");
        }
    }
}

#[tokio::test]
async fn years_can_be_asked_where_years_are_shown() {
    let (_world, ada) = world("safe-harbor").await;
    assert_eq!(first(&ada, "fhir/Patient?birthdate=1974").await["birthDate"], "1974");
    assert!(found(&ada, "fhir/Patient?birthdate=gt1974").await.get("entry").is_none());
    assert_eq!(first(&ada, "fhir/Encounter?date=ge2020").await["period"]["start"], "2020");
    let path = "fhir/Observation?value-quantity=gt70%7Chttp://unitsofmeasure.org%7C/min";
    assert_eq!(first(&ada, path).await["effectiveDateTime"], "2020");
}

#[tokio::test]
async fn dates_of_one_patient_move_together() {
    let (_world, ada) = world("expert").await;
    let day = |value: &Value| value.as_str().and_then(|text| chrono_day(&text[..10])).unwrap();
    let born = day(&first(&ada, "fhir/Patient").await["birthDate"]);
    let start = day(&first(&ada, "fhir/Encounter").await["period"]["start"]);
    let effective = first(&ada, "fhir/Observation").await["effectiveDateTime"].clone();
    assert_eq!(day(&effective), start);
    assert!(effective.as_str().unwrap().ends_with("T10:15:00Z"));
    let (true_birth, true_start) = (chrono_day("1974-12-25").unwrap(), chrono_day("2020-05-30").unwrap());
    let note = first(&ada, "fhir/Observation").await["note"][0]["text"].clone();
    assert_eq!(note, "[…] feels better since […]");
    assert_eq!(start - born, true_start - true_birth);
    assert!(start != true_start && (start - true_start).abs() <= 365);
}

/// Days since some day.
fn chrono_day(text: &str) -> Option<i64> {
    let mut parts = text.split('-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let (year, month) = if month <= 2 { (year - 1, month + 12) } else { (year, month) };
    Some(365 * year + year / 4 - year / 100 + year / 400 + (153 * (month - 3) + 2) / 5 + day)
}

#[tokio::test]
async fn small_numbers_are_not_told() {
    let (world, _) = world("safe-harbor").await;
    let ada = project(&world, "heart", "safe-harbor", 2).await;
    for path in [
        "fhir/Patient?_summary=count",
        "fhir/Patient?_count=0&gender=male",
        "fhir/Patient?_summary=count&gender=female",
    ] {
        let body = found(&ada, path).await;
        assert!(body.get("total").is_none(), "{path}: {body}");
        assert_eq!(body["entry"][0]["resource"]["issue"][0]["code"], "suppressed");
    }
    let mut more = patient();
    more["id"] = "smith-12".into();
    world.administrator.fhir().update(&more).await.unwrap();
    assert_eq!(found(&ada, "fhir/Patient?_summary=count").await["total"], 2);
}

#[tokio::test]
async fn what_is_no_row_of_the_view_is_closed() {
    let (_world, ada) = world("safe-harbor").await;
    for path in ["fhir/$graphql?query=%7BPatientList%7Bid%7D%7D", "fhir/Patient/x/$meta", "fhir/$diff", "fhir/_job/1"] {
        assert_eq!(seen(&ada, path).await.0, 403, "{path}");
    }
    let bundle = json!({"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": "GET", "url": "Patient/smith-1"}}]});
    let headers = [("content-type", "application/fhir+json")];
    assert_eq!(ada.request(Method::POST, "fhir", &headers, bundle.to_string()).await.unwrap().status, 403);
    let later = ada.request(Method::GET, "fhir/Patient", &[("prefer", "respond-async")], "").await.unwrap();
    assert_eq!(later.status, 501);
}

#[tokio::test]
async fn a_steward_finds_out_with_a_reason_and_the_ledger_knows() {
    let (world, ada) = world("safe-harbor").await;
    let id = first(&ada, "fhir/Patient").await["id"].as_str().unwrap().to_owned();
    let (steward, path) = (world.client("steward").await, "deid/projects/lung/reidentify");
    let ask = |reason: &str| json!({"pseudonym": id, "reason": reason});
    let answer = steward.send(Method::POST, path, &ask("an incidental finding")).await.unwrap();
    let body: Value = serde_json::from_str(answer.text().unwrap()).unwrap();
    assert_eq!(body["identity"], "Patient/smith-1");
    assert_eq!(steward.send(Method::POST, path, &ask("")).await.unwrap_err().status(), Some(400));
    for other in [&ada, &world.administrator] {
        assert_eq!(
            other.send(Method::POST, path, &ask("an incidental finding")).await.unwrap_err().status(),
            Some(403)
        );
    }
    // A new key, and the same name.
    world.administrator.send(Method::POST, "admin/deid/projects/lung/rotate", &json!({})).await.unwrap();
    assert_eq!(world.administrator.get("admin/deid/projects/lung").await.unwrap()["keyVersion"], 2);
    assert_eq!(first(&ada, "fhir/Patient").await["id"], id.as_str());
    assert!(steward.send(Method::POST, path, &ask("an incidental finding")).await.is_ok());
    for _ in 0..50 {
        let entries = steward.request(Method::GET, "ledger/entries?from=0", &[], "").await.unwrap();
        let text = entries.text().unwrap();
        if text.matches("\"action\":\"reidentify\"").count() + text.matches("\\\"action\\\":\\\"reidentify\\\"").count()
            == 2
        {
            assert!(text.contains("an incidental finding") && text.contains(&id), "{text}");
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the ledger does not hold both questions");
}

#[tokio::test]
async fn two_projects_share_no_name_and_a_member_of_both_says_which() {
    let (world, ada) = world("expert").await;
    let body = json!({"profile": "expert", "members": ["ada-lung"], "threshold": 0});
    let own = first(&ada, "fhir/Patient").await;
    world.administrator.send(Method::PUT, "admin/deid/projects/heart", &body).await.unwrap();
    assert_eq!(seen(&ada, "fhir/Patient").await.0, 400);
    let through = async |project: &str| {
        let answer = ada.request(Method::GET, "fhir/Patient", &[("x-research-project", project)], "").await.unwrap();
        (answer.status, serde_json::from_str::<Value>(answer.text().unwrap_or_default()).unwrap_or_default())
    };
    assert_eq!(through("lung").await.1["entry"][0]["resource"], own);
    let other = &through("heart").await.1["entry"][0]["resource"];
    assert!(other["id"] != own["id"] && other["identifier"][0]["value"] != own["identifier"][0]["value"]);
    assert_eq!(through("kidney").await.0, 403);
}

#[tokio::test]
async fn a_tenant_writes_its_own_profile() {
    let (world, _) = world("safe-harbor").await;
    let put = async |text: &str| {
        let headers = [("content-type", "application/toml")];
        world.administrator.request(Method::PUT, "admin/deid/profiles/sexes", &headers, text.to_owned()).await.unwrap()
    };
    let text = "title = \"Nothing but the sex\"\npseudonyms = \"random\"\n[rules]\n\"Patient.gender\" = \"keep\"\n";
    assert_eq!(put(&text.replace("gender", "sex")).await.status, 400);
    assert_eq!(put(text).await.status, 201);
    let ada = project(&world, "sexes", "sexes", 0).await;
    let patient = first(&ada, "fhir/Patient").await;
    let members: Vec<&str> = patient.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["resourceType", "id", "meta", "gender"]);
    assert_eq!(seen(&ada, "fhir/Observation?code=8867-4").await.0, 403);
    let headers = [("content-type", "application/json")];
    let unknown = json!({"profile": "nothing", "members": []}).to_string();
    let answer = world.administrator.request(Method::PUT, "admin/deid/projects/p", &headers, unknown).await.unwrap();
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn the_feed_tells_of_pseudonyms_where_the_profile_has_one() {
    let (world, ada) = world("safe-harbor").await;
    let patient = first(&ada, "fhir/Patient").await;
    let mut feed = theriac_sdk::Feed::connect(&ada, &["fhir"], "start").await.unwrap();
    let mut found = Vec::new();
    for _ in 0..records().len() {
        let message = feed.next_within(std::time::Duration::from_secs(20)).await.unwrap().unwrap();
        let text = format!("{message:?}");
        assert!(!SECRETS.iter().any(|secret| text.contains(secret)), "{text}");
        assert!(message.time.ends_with("-01-01T00:00:00Z"), "{text}");
        found.push(message.subject.clone());
    }
    let wanted = format!("Patient/{}", patient["id"].as_str().unwrap());
    assert!(found.contains(&wanted), "{found:?} {wanted}");
    feed.close().await.unwrap();
    let refused = theriac_sdk::Feed::connect(&world.client("researcher").await, &["fhir"], "start").await;
    assert!(refused.is_err());
    let expert = project(&world, "heart", "expert", 0).await;
    assert!(theriac_sdk::Feed::connect(&expert, &["fhir"], "start").await.is_err());
}

#[tokio::test]
async fn a_report_says_how_well_a_cohort_hides_its_members() {
    let (world, _) = world("safe-harbor").await;
    for (n, born) in [("2", "1974-01-01"), ("3", "1980-01-01"), ("4", "1980-07-07")] {
        let mut more = patient();
        (more["id"], more["birthDate"]) = (format!("smith-1{n}").into(), born.into());
        world.administrator.fhir().update(&more).await.unwrap();
    }
    let ask = |quasi: &[&str]| json!({"project": "lung", "type": "Patient", "quasiIdentifiers": quasi, "sensitive": ["gender"]});
    let report = async |body: Value| {
        let answer = world.administrator.send(Method::POST, "admin/deid/report", &body).await.unwrap();
        serde_json::from_str::<Value>(answer.text().unwrap()).unwrap()
    };
    let years = report(ask(&["birthDate", "address.postalCode"])).await;
    assert_eq!(
        (&years["rows"], &years["classes"], &years["k"], &years["unique"]),
        (&4.into(), &2.into(), &2.into(), &0.into())
    );
    assert_eq!(years["sensitive"][0]["distinctL"], 1);
    // What is hidden tells nobody apart.
    assert_eq!(report(ask(&["name.family", "identifier.value"])).await["k"], 4);
    for wrong in
        [ask(&[]), ask(&["birthDate.("]), json!({"project": "none", "type": "Patient", "quasiIdentifiers": ["x"]})]
    {
        let status = world.administrator.send(Method::POST, "admin/deid/report", &wrong).await.unwrap_err().status();
        assert!(matches!(status, Some(400 | 404)), "{wrong}: {status:?}");
    }
}
