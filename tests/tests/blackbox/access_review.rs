//! Reviews of access: who may see what and why, what nobody uses, and attestations that are due.

use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use theriac_sdk::{Answer, Client};
use theriac_tests::{World, expect};

const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

async fn send(client: &Client, method: Method, path: &str, body: Value) -> Answer {
    client.request(method, path, JSON, body.to_string()).await.unwrap()
}

async fn house() -> World {
    let world = World::new("mercy").await;
    for (id, body) in [
        ("ann", json!({ "name": "Ann", "role": "clinician" })),
        ("sam", json!({ "name": "Sam", "role": "steward" })),
        ("ada", json!({ "name": "Ada", "role": "researcher" })),
    ] {
        assert_eq!(send(&world.administrator, Method::PUT, &format!("admin/users/{id}"), body).await.status, 201);
    }
    let app = json!({ "client_name": "Labels", "grant_types": ["client_credentials"], "scope": "system/Patient.rs" });
    assert_eq!(send(&world.administrator, Method::PUT, "admin/clients/labels", app).await.status, 201);
    let assigned = send(&world.administrator, Method::PUT, "admin/assignments/ann/Patient/p1", json!({})).await;
    assert_eq!(assigned.status, 200);
    // An assignment takes the person's tokens of that second back.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    world
}

async fn account(world: &World, id: &str) -> Value {
    let report = world.administrator.get("admin/access").await.unwrap();
    let found = report["accounts"].as_array().unwrap().iter().find(|one| one["id"] == id).cloned();
    found.unwrap_or_else(|| panic!("{id} is not in {report}"))
}

#[tokio::test]
async fn the_report_says_who_may_what_and_which_rights_nobody_uses() {
    let world = house().await;
    let ann = account(&world, "ann").await;
    assert_eq!((&ann["kind"], &ann["role"], &ann["dormant"]), (&json!("user"), &json!("clinician"), &json!(false)));
    assert_eq!(ann["permissions"], json!(["fhir.read", "fhir.write", "feed.read", "emergency.open"]));
    assert_eq!(ann["unused"], ann["permissions"], "nothing was used yet");
    assert_eq!(account(&world, "labels").await["permissions"], json!(["fhir.read"]));
    let token = world.client_with("clinician", &["--subject", "ann", "--assigned", "Patient/p1"]).await;
    token.get("fhir/Patient").await.unwrap();
    let stranger = world.client_with("partner", &["--subject", "acme", "--glns", "0614141000012"]).await;
    stranger.get("epcis/events").await.unwrap();
    expect::soon("what was used", || async {
        let report = world.administrator.get("admin/access").await.unwrap();
        let line = |id: &str| report["accounts"].as_array().unwrap().iter().find(|one| one["id"] == id).cloned();
        let used = line("ann")?["unused"] == json!(["fhir.write", "feed.read", "emergency.open"]);
        let other = line("acme")?;
        (used && other["kind"] == "unregistered" && other["permissions"] == json!(["epcis.read"])).then_some(())
    })
    .await;
    let quiet = world.administrator.get("admin/access?unused=false").await.unwrap();
    assert!(!quiet.to_string().contains("\"ann\""), "{quiet}");
}

#[tokio::test]
async fn an_account_is_explained_rule_by_rule() {
    let world = house().await;
    world.set(&["policy.clearance=clinician=N+PSY"]).await;
    let project = json!({ "profile": "safe-harbor", "members": ["ada"] });
    assert_eq!(send(&world.administrator, Method::PUT, "admin/deid/projects/lung", project).await.status, 201);
    let of = async |path: &str| world.administrator.get(path).await.unwrap();
    let ann = of("admin/access/user/ann").await;
    let text = |list: &Value| list.to_string();
    assert!(text(&ann["sees"]).contains("Patient/p1") && text(&ann["sees"]).contains("assigned by"), "{ann}");
    expect::soon("the clearance", || async {
        let ann = of("admin/access/user/ann").await;
        let withheld = text(&ann["withheld"]);
        (withheld.contains("R, V") && withheld.contains("HIV") && withheld.contains("policy.consent is opt-out"))
            .then_some(())
    })
    .await;
    assert_eq!(ann["may"][0]["permission"], "fhir.read");
    assert!(text(&ann["may"]).contains("the role clinician includes it"));
    let ada = of("admin/access/user/ada").await;
    assert!(text(&ada["sees"]).contains("research project lung"), "{ada}");
    let labels = of("admin/access/client/labels").await;
    assert!(text(&labels["conditions"]).contains("system/Patient.rs"), "{labels}");
    let opened = world.client_with("clinician", &["--subject", "ann"]).await;
    let body = json!({ "patient": "Patient/p9", "purpose": "BTG", "reason": "unconscious" });
    assert_eq!(send(&opened, Method::POST, "emergencies", body).await.status, 201);
    assert!(text(&of("admin/access/user/ann").await["sees"]).contains("Patient/p9"));
    for missing in ["admin/access/user/nobody", "admin/access/robot/ann"] {
        let answer = world.administrator.request(Method::GET, missing, &[], "").await.unwrap();
        assert_eq!(answer.status, 404, "{missing}");
    }
}

#[tokio::test]
async fn a_report_is_a_file_too() {
    let world = house().await;
    let steward = world.client("steward").await;
    let csv = steward.request(Method::GET, "admin/access?format=csv", &[], "").await.unwrap();
    assert!(csv.headers["content-type"].to_str().unwrap().starts_with("text/csv"));
    let lines: Vec<&str> = csv.text().unwrap().lines().collect();
    assert!(
        lines[0].starts_with("kind,id,role,state,sees,permissions")
            && lines[1..].iter().any(|l| l.starts_with("user,ann,clinician"))
    );
    let ndjson = steward.request(Method::GET, "admin/access?format=ndjson", &[], "").await.unwrap();
    for line in ndjson.text().unwrap().lines() {
        assert!(serde_json::from_str::<Value>(line).unwrap()["id"].is_string());
    }
    let wrong = steward.request(Method::GET, "admin/access?format=xls", &[], "").await.unwrap();
    assert_eq!(wrong.status, 400);
    let clinician = world.client("clinician").await;
    assert_eq!(clinician.request(Method::GET, "admin/access", &[], "").await.unwrap().status, 403);
}

#[tokio::test]
async fn a_campaign_asks_for_every_account_and_what_is_revoked_ends() {
    let world = house().await;
    let due = (chrono::Utc::now() + chrono::Duration::days(30)).to_rfc3339();
    let begun = json!({ "title": "Autumn", "due": due, "scope": { "kinds": ["user", "client"] } });
    let answer = send(&world.administrator, Method::POST, "admin/reviews", begun).await;
    assert_eq!(answer.status, 201, "{}", answer.text().unwrap());
    let campaign: Value = answer.json().unwrap();
    assert_eq!((&campaign["open"], &campaign["state"]), (&json!(4), &json!("open")));
    let path = format!("admin/reviews/{}", campaign["id"].as_str().unwrap());
    let decide = async |who: &Client, account: &str, decision: &str| {
        let body = json!({ "decision": decision, "comment": "as agreed with the ward" });
        send(who, Method::POST, &format!("{path}/{account}"), body).await.status
    };
    let own = world.client_with("administrator", &["--subject", "sam"]).await;
    assert_eq!(decide(&own, "user/sam", "attest").await, 403, "nobody attests for itself");
    assert_eq!(decide(&world.administrator, "user/sam", "perhaps").await, 400);
    assert_eq!(decide(&world.administrator, "user/nobody", "attest").await, 404);
    for account in ["user/sam", "user/ada", "client/labels"] {
        assert_eq!(decide(&world.administrator, account, "attest").await, 200, "{account}");
    }
    let ann = world.client_with("clinician", &["--subject", "ann"]).await;
    assert_eq!(ann.request(Method::GET, "fhir/Patient", &[], "").await.unwrap().status, 200);
    assert_eq!(decide(&world.administrator, "user/ann", "revoke").await, 200);
    assert_eq!(ann.request(Method::GET, "fhir/Patient", &[], "").await.unwrap().status, 401, "it ends at once");
    assert_eq!(world.administrator.get("admin/users/ann").await.unwrap()["state"], "disabled");
    assert_eq!(decide(&world.administrator, "user/ann", "attest").await, 409);
    let after = world.administrator.get(&path).await.unwrap();
    assert_eq!((&after["state"], &after["attested"], &after["revoked"]), (&json!("complete"), &json!(3), &json!(1)));
    let csv = world.administrator.request(Method::GET, &format!("{path}?format=csv"), &[], "").await.unwrap();
    assert!(csv.text().unwrap().contains("revoked"), "{}", csv.text().unwrap());
    let entries = world.administrator.get("ledger/entries?count=1000").await.unwrap().to_string();
    assert!(
        entries.contains("admin.review") && !entries.contains("as agreed"),
        "decisions are recorded, words are not"
    );
}

#[tokio::test]
async fn a_campaign_that_is_overdue_raises_an_alert() {
    let world = house().await;
    let due = (chrono::Utc::now() + chrono::Duration::seconds(2)).to_rfc3339();
    let body = json!({ "title": "At once", "due": due, "scope": { "roles": ["clinician"] } });
    let campaign: Value = send(&world.administrator, Method::POST, "admin/reviews", body).await.json().unwrap();
    assert_eq!(campaign["open"], 1);
    let alert = expect::soon("the alert", || async {
        let alerts = world.administrator.get("alerts").await.unwrap();
        alerts["alerts"].as_array().unwrap().iter().find(|alert| alert["rule"] == "access-review-overdue").cloned()
    })
    .await;
    assert_eq!(alert["subject"], format!("reviews/{}", campaign["id"].as_str().unwrap()));
    let listed = world.administrator.get("admin/reviews").await.unwrap();
    assert_eq!(listed["reviews"][0]["state"], "overdue");
    for (body, word) in [
        (json!({ "title": "x", "due": "yesterday" }), "ahead"),
        (json!({ "title": "", "due": "2099-01-01T00:00:00Z" }), "title"),
        (json!({ "title": "x", "due": "2099-01-01T00:00:00Z", "scope": { "roles": ["boss"] } }), "roles"),
        (json!({ "title": "x", "due": "2099-01-01T00:00:00Z", "everyDays": 0 }), "everyDays"),
    ] {
        let answer = send(&world.administrator, Method::POST, "admin/reviews", body).await;
        assert_eq!(answer.status, 400);
        assert!(answer.text().unwrap().contains(word), "{}", answer.text().unwrap());
    }
}
