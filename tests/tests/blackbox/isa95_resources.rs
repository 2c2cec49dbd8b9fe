//! ISA-95 resources: one shape, B2MML on the same addresses, job control, genealogy, and a site that sees its own.

use reqwest::Method;
use serde_json::{Value, json};
use theriac_sdk::{Answer, Client};
use theriac_tests::{World, expect};

const XML: &str = "application/xml";

async fn put(world: &World, path: &str, body: &Value) -> Answer {
    world.administrator.send(Method::PUT, &format!("isa95/{path}"), body).await.unwrap()
}

async fn ask(client: &Client, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    client.request(method, &format!("isa95/{path}"), headers, body.to_owned()).await.unwrap()
}

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.bytes.to_vec()).unwrap()
}

async fn plant() -> World {
    let world = World::new("plant").await;
    for (id, level, parent) in
        [("basel", "Site", Value::Null), ("visp", "Site", Value::Null), ("solids", "Area", json!("basel"))]
    {
        put(&world, &format!("equipment/{id}"), &json!({ "id": id, "equipmentLevel": level, "parent": parent })).await;
    }
    world
}

fn lot(id: &str) -> Value {
    json!({ "id": id, "status": "Released",
        "hierarchyScope": { "equipmentID": "solids", "equipmentLevel": "Area" },
        "properties": [{ "id": "potency", "value": [{ "valueString": "99.5", "dataType": "decimal" }] }] })
}

#[tokio::test]
async fn a_record_has_versions_and_is_found_by_its_newest() {
    let world = plant().await;
    assert_eq!(put(&world, "materialLots/L1", &lot("L1")).await.status, 201);
    let changed = json!({ "id": "L1", "status": "Blocked" });
    let stale = [("content-type", "application/json"), ("if-match", "W/\"7\"")];
    let answer = ask(&world.administrator, Method::PUT, "materialLots/L1", &stale, &changed.to_string()).await;
    assert_eq!(answer.status, 412);
    assert_eq!(put(&world, "materialLots/L1", &changed).await.header("etag"), Some("W/\"2\""));
    let first = world.administrator.get("isa95/materialLots/L1/_history/1").await.unwrap();
    assert_eq!(first["status"], "Released");
    let found = world.administrator.get("isa95/materialLots?status=Blocked").await.unwrap();
    assert_eq!(found["materialLots"][0]["id"], "L1");
    let history = world.administrator.get("isa95/materialLots/L1/_history").await.unwrap();
    assert_eq!(expect::members(&history, "action"), [json!("update"), json!("create")]);
}

#[tokio::test]
async fn what_is_wrong_with_a_record_is_named_where_it_stands() {
    let world = plant().await;
    let wrong =
        json!({ "id": "L1", "staus": "x", "effectiveStartDate": "soon", "quantity": [{ "unitOfMeasure": "kg" }] });
    let headers = [("content-type", "application/json")];
    let answer = ask(&world.administrator, Method::PUT, "materialLots/L1", &headers, &wrong.to_string()).await;
    assert_eq!(answer.status, 400);
    let body = text(&answer);
    for place in ["staus", "effectiveStartDate", "quantity[0].quantityString", "did you mean"] {
        assert!(body.contains(place), "{place}: {body}");
    }
    let dangling = json!({ "id": "L1", "materialDefinitionID": "none" });
    let answer = ask(&world.administrator, Method::PUT, "materialLots/L1", &headers, &dangling.to_string()).await;
    assert_eq!(answer.status, 422, "{}", text(&answer));
}

#[tokio::test]
async fn b2mml_goes_in_and_out_by_content_type() {
    let world = plant().await;
    let sent = r#"<?xml version="1.0" encoding="UTF-8"?>
<Person xmlns="http://www.mesa.org/xml/B2MML" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <ID>P1</ID>
  <PersonName>Ada</PersonName>
  <PersonProperty>
    <ID>weighing</ID>
    <Value>
      <ValueString>qualified</ValueString>
    </Value>
  </PersonProperty>
</Person>
"#;
    let answer = ask(&world.administrator, Method::PUT, "persons/P1", &[("content-type", XML)], sent).await;
    assert_eq!(answer.status, 201, "{}", text(&answer));
    let answer = ask(&world.administrator, Method::GET, "persons/P1", &[("accept", XML)], "").await;
    assert_eq!(text(&answer), sent);
    let answer =
        ask(&world.administrator, Method::GET, "persons/P1", &[("accept", "application/vnd.b2mml+json")], "").await;
    assert_eq!(serde_json::from_str::<Value>(&text(&answer)).unwrap()["Person"]["PersonName"]["$"], "Ada");
    let found = world.administrator.get("isa95/persons?property=weighing%3Dqualified").await.unwrap();
    assert_eq!(found["persons"][0]["personName"], "Ada");
    let sync = r#"<SyncMaterialLot xmlns="http://www.mesa.org/xml/B2MML" releaseID=""><ApplicationArea>
        <CreationDateTime>2026-11-20T08:00:00Z</CreationDateTime></ApplicationArea><DataArea><Sync/>
        <MaterialLot><ID>A</ID></MaterialLot><MaterialLot><ID>B</ID></MaterialLot></DataArea></SyncMaterialLot>"#;
    let answer = ask(&world.administrator, Method::POST, "messages", &[("content-type", XML)], sync).await;
    assert!(answer.status == 200 && text(&answer).contains("<ConfirmBOD "), "{}", text(&answer));
    assert_eq!(world.administrator.get("isa95/materialLots/B").await.unwrap()["id"], "B");
    for bad in ["<SyncMaterialLot", "<!DOCTYPE x><x/>", "<x/>", "\u{0}"] {
        let answer = ask(&world.administrator, Method::POST, "messages", &[("content-type", XML)], bad).await;
        assert_eq!(answer.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn a_job_order_is_moved_by_its_methods() {
    let world = plant().await;
    let call = async |path: &str, body: Value| {
        let headers = [("content-type", "application/json")];
        let answer =
            ask(&world.administrator, Method::POST, &format!("jobOrders/{path}"), &headers, &body.to_string()).await;
        let body: Value = serde_json::from_slice(&answer.bytes).unwrap();
        (answer.status, body["returnStatus"].as_u64().unwrap_or_default(), body["state"]["stateNumber"].clone())
    };
    assert_eq!(call("$storeAndStart", json!({ "jobOrder": { "id": "O1" } })).await, (201, 1, json!(2)));
    assert_eq!(call("O1/$resume", json!({})).await, (409, 8, Value::Null));
    assert_eq!(call("O1/$advance", json!({ "state": "Running" })).await, (200, 1, json!(3)));
    assert_eq!(call("O1/$abort", json!({ "comment": [{ "text": "power" }] })).await, (200, 1, json!(6)));
    assert_eq!(call("O1/$clear", json!({})).await.1, 1);
    assert_eq!(call("O1/$start", json!({})).await, (410, 2, Value::Null));
}

#[tokio::test]
async fn a_lot_is_followed_and_another_site_follows_nothing() {
    let world = plant().await;
    for id in ["A", "B"] {
        put(&world, &format!("materialLots/{id}"), &lot(id)).await;
    }
    let response = json!({ "id": "J1", "hierarchyScope": { "equipmentID": "solids", "equipmentLevel": "Area" },
        "materialActual": [{ "id": "1", "materialLotID": ["A"], "materialUse": "Consumed" },
                           { "id": "2", "materialLotID": ["B"], "materialUse": "Produced" }] });
    put(&world, "jobResponses/J1", &response).await;
    let up = "materialLots/B/$genealogy?direction=up";
    for (site, status) in [("basel", 200), ("visp", 404)] {
        let operator = world.client_with("operator", &["--site", site]).await;
        assert_eq!(ask(&operator, Method::GET, up, &[], "").await.status, status, "{site}");
        assert_eq!(ask(&operator, Method::GET, "materialLots/A/_history", &[], "").await.status, status, "{site}");
        let list = operator.get("isa95/materialLots").await.unwrap();
        assert_eq!(list["materialLots"].as_array().unwrap().is_empty(), status == 404, "{site}");
    }
    let walked = world.administrator.get(&format!("isa95/{up}")).await.unwrap();
    let nodes = expect::members(&walked["nodes"], "node");
    assert_eq!(nodes, [json!("materialLots/B"), json!("jobResponses/J1"), json!("materialLots/A")]);
}
