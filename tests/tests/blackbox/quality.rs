//! Deviations and corrective actions: states, reasons, four eyes, and what belongs together.

use reqwest::Method;
use serde_json::{Value, json};
use theriac_sdk::Client;
use theriac_tests::{World, expect};

async fn post(client: &Client, path: &str, body: &Value) -> Value {
    client.send(Method::POST, path, body).await.unwrap().json().unwrap()
}

async fn refused(client: &Client, path: &str, body: &Value, status: u16, code: &str, place: &str) {
    let answer = client.request(Method::POST, path, &[("content-type", "application/json")], body.to_string()).await;
    expect::refused(&answer.unwrap(), status, code, place);
}

async fn quality(world: &World, subject: &str) -> Client {
    world.client_with("quality", &["--subject", subject]).await
}

#[tokio::test]
async fn a_deviation_goes_from_opening_to_a_close_by_another_after_its_action() {
    let world = World::new("quality").await;
    let (ann, bob) = (quality(&world, "ann").await, quality(&world, "bob").await);
    let opened = json!({"title": "Dryer too hot", "classification": "major", "subjects": ["dryer-1"]});
    let deviation = post(&ann, "quality/deviations", &opened).await;
    assert_eq!((&deviation["state"], &deviation["openedBy"]), (&json!("open"), &json!("ann")));
    let at = format!("quality/deviations/{}", deviation["id"].as_str().unwrap());
    let step = format!("{at}/transition");
    let to = |state: &str| json!({"to": state, "reason": "as the procedure says"});
    refused(&ann, &step, &to("investigation"), 422, "Unprocessable", "owner").await;
    refused(&ann, &step, &json!({"to": "investigation"}), 422, "Unprocessable", "owner").await;
    let mut document = opened.clone();
    document["owner"] = json!("ann");
    document["dueDate"] = json!("2099-12-31");
    document["impact"] = json!({"product": "none was in the dryer"});
    document["rootCause"] = json!({"statement": "worn seal"});
    ann.send(Method::PUT, &at, &document).await.unwrap();
    post(&ann, &step, &to("investigation")).await;
    post(&ann, &step, &to("action")).await;
    let plan = json!({"title": "New seals", "type": "corrective", "deviations": [deviation["id"]], "owner": "ann",
        "dueDate": "2099-12-31", "actions": [{"description": "replace", "owner": "cid", "dueDate": "2099-12-30"}],
        "effectiveness": {"criterion": "no leak in three months"}});
    let capa = post(&ann, "quality/capas", &plan).await;
    let capa_step = format!("quality/capas/{}/transition", capa["id"].as_str().unwrap());
    refused(&ann, &capa_step, &to("approved"), 403, "Forbidden", "somebody else").await;
    refused(&bob, &step, &to("closed"), 409, "Conflict", capa["id"].as_str().unwrap()).await;
    post(&bob, &capa_step, &to("cancelled")).await;
    refused(&ann, &step, &to("closed"), 403, "Forbidden", "somebody else").await;
    let closed = post(&bob, &step, &to("closed")).await;
    assert_eq!(
        (&closed["state"], &closed["changedBy"], &closed["version"]),
        (&json!("closed"), &json!("bob"), &json!(5))
    );
    let history = ann.get(&format!("{at}/history")).await.unwrap();
    assert_eq!(history["versions"].as_array().map(Vec::len), Some(5), "{history}");
    let listed = ann.get("quality/deviations?state=closed").await.unwrap();
    assert_eq!(listed["deviations"][0]["id"], deviation["id"]);
}

#[tokio::test]
async fn a_record_names_records_that_are_there_and_roles_that_only_read_change_nothing() {
    let world = World::new("quality").await;
    let ann = quality(&world, "ann").await;
    let lost = json!({"title": "x", "type": "preventive", "deviations": ["none"]});
    refused(&ann, "quality/capas", &lost, 422, "Unprocessable", "deviations").await;
    refused(&ann, "quality/deviations", &json!({"title": "x"}), 400, "Invalid", "classification").await;
    let steward = world.client("steward").await;
    refused(&steward, "quality/deviations", &json!({"title": "x", "classification": "minor"}), 403, "Forbidden", "")
        .await;
}
