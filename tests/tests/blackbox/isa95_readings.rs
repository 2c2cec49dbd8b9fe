//! Equipment, readings, a control chart, and the alert that comes of it.

use futures_util::SinkExt;
use serde_json::{Value, json};
use theriac_sdk::Client;
use theriac_sdk::client::Loaded;
use theriac_tests::sample::{individuals_chart, reactor, readings};
use theriac_tests::{World, expect};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};

async fn plant() -> World {
    let world = World::new("plant").await;
    world.administrator.isa95().put_equipment(&reactor("r1")).await.unwrap();
    world
}

async fn values(world: &World) -> Vec<f64> {
    let parameters = [("property", "r1.temperature"), ("from", "2026-01-01T00:00:00Z"), ("to", "2026-01-02T00:00:00Z")];
    let answer = world.administrator.isa95().readings(&parameters).await.unwrap();
    expect::members(&answer, "value").iter().filter_map(Value::as_f64).collect()
}

#[tokio::test]
async fn equipment_is_read_back_as_it_was() {
    let world = plant().await;
    let equipment = world.administrator.isa95().equipment("r1").await.unwrap();
    for name in ["id", "description", "equipmentLevel"] {
        assert_eq!(equipment[name], reactor("r1")[name]);
    }
    assert_eq!(equipment["properties"][0]["limits"]["high"].as_f64(), Some(100.0), "{equipment}");
}

#[tokio::test]
async fn readings_come_back_in_order_of_time_however_they_are_sent() {
    let forms = [
        ("application/json", readings("r1.temperature", "08:00", &[20.5, 20.25, -3.0]).to_string()),
        (
            "application/x-ndjson",
            "{\"property\":\"r1.temperature\",\"time\":\"2026-01-01T08:00:01Z\",\"value\":20.25}\n\
             {\"property\":\"r1.temperature\",\"time\":\"2026-01-01T08:00:02Z\",\"value\":-3}\n\
             {\"property\":\"r1.temperature\",\"time\":\"2026-01-01T08:00:00Z\",\"value\":20.5}\n"
                .to_owned(),
        ),
        (
            "text/csv",
            "property,time,value\nr1.temperature,2026-01-01T08:00:00Z,20.5\n\
             r1.temperature,2026-01-01T08:00:01Z,20.25\nr1.temperature,2026-01-01T08:00:02Z,-3\n"
                .to_owned(),
        ),
    ];
    for (media, body) in forms {
        let world = plant().await;
        let loaded = world.administrator.isa95().send_readings_as(media, body).await.unwrap();
        assert_eq!(loaded, Loaded { accepted: 3, refused: Vec::new() }, "{media}");
        assert_eq!(values(&world).await, [20.5, 20.25, -3.0], "{media}");
    }
}

/// An upgrade of the readings' address to a WebSocket.
fn upgrade(client: &Client) -> tungstenite::handshake::client::Request {
    let address = client.address("isa95/readings").unwrap().to_string().replacen("http", "ws", 1);
    let mut request = address.into_client_request().unwrap();
    let token = format!("Bearer {}", client.token());
    request.headers_mut().insert("authorization", token.parse().unwrap());
    request
}

#[tokio::test]
async fn a_websocket_is_refused_to_a_role_that_only_reads() {
    let world = plant().await;
    let steward = world.client("steward").await;
    let refused = tokio_tungstenite::connect_async(upgrade(&steward)).await.unwrap_err();
    assert!(matches!(&refused, tungstenite::Error::Http(answer) if answer.status() == 403), "{refused}");
}

#[tokio::test]
async fn a_websocket_takes_the_same_readings() {
    let world = plant().await;
    let (mut socket, _) = tokio_tungstenite::connect_async(upgrade(&world.administrator)).await.unwrap();
    for minute in ["08:00", "08:01"] {
        let batch = readings("r1.temperature", minute, &[20.5, 21.0]).to_string();
        socket.send(Message::text(batch)).await.unwrap();
    }
    let stored = async || Some(values(&world).await).filter(|values| values.len() == 4);
    assert_eq!(expect::soon("all four readings", stored).await, [20.5, 21.0, 20.5, 21.0]);
}

#[tokio::test]
async fn good_readings_are_kept_and_bad_ones_named_by_line() {
    let world = plant().await;
    let body = "{\"property\":\"r1.temperature\",\"time\":\"2026-01-01T08:00:00Z\",\"value\":20.5}\n\
        {\"property\":\"nowhere.temperature\",\"time\":\"2026-01-01T08:00:00Z\",\"value\":1}\n\
        {\"property\":\"r1.temperature\",\"time\":\"yesterday\",\"value\":1}\n\
        {\"property\":\"r1.temperature\",\"time\":\"2026-01-01T08:00:01Z\",\"value\":\"hot\"}\n";
    let loaded = world.administrator.isa95().send_readings_as("application/x-ndjson", body).await.unwrap();
    assert_eq!(loaded.accepted, 1);
    let lines: Vec<u64> = loaded.refused.iter().map(|refused| refused.line).collect();
    assert_eq!(lines, [2, 3, 4], "{:?}", loaded.refused);
    assert!(loaded.refused[0].why.contains("nowhere"), "{:?}", loaded.refused);
    assert_eq!(values(&world).await, [20.5]);
}

#[tokio::test]
async fn a_point_beyond_three_sigma_raises_one_alert_which_a_person_acknowledges() {
    let world = plant().await;
    let operator = world.client("operator").await;
    let chart = individuals_chart("r1.temperature");
    world.administrator.spc().put_chart("c1", &chart).await.unwrap();
    let loaded = operator.isa95().send_readings(&readings("r1.temperature", "08:00", &[20.0, 21.5, 23.5, 21.5])).await;
    assert_eq!(loaded.unwrap().accepted, 4);
    let open = async || operator.alerts().list(&[("state", "open")]).await.unwrap();
    let alerts = expect::soon("alert", async || Some(open().await).filter(|alerts| !alerts.is_empty())).await;
    assert_eq!(alerts.len(), 1, "{alerts:?}");
    assert_eq!((&alerts[0]["rule"], &alerts[0]["state"]), (&json!("we1"), &json!("open")), "{alerts:?}");
    operator.alerts().acknowledge(alerts[0]["id"].as_str().unwrap(), "the door was open").await.unwrap();
    assert_eq!(open().await, Vec::<Value>::new());
    let chart = world.administrator.spc().chart("c1").await.unwrap();
    assert_eq!(chart["violations"].as_array().map(Vec::len), Some(1), "{chart}");
}

#[tokio::test]
async fn an_acknowledgement_needs_a_reason() {
    let world = plant().await;
    world.administrator.spc().put_chart("c1", &individuals_chart("r1.temperature")).await.unwrap();
    world.administrator.isa95().send_readings(&readings("r1.temperature", "08:00", &[30.0])).await.unwrap();
    let list = async || world.administrator.alerts().list(&[("state", "open")]).await.unwrap().pop();
    let alert = expect::soon("alert", list).await;
    let refused = world.administrator.alerts().acknowledge(alert["id"].as_str().unwrap(), " ").await.unwrap_err();
    assert!(matches!(refused.status(), Some(400 | 422)), "{refused}");
    assert!(list().await.is_some());
}

#[tokio::test]
async fn evaluating_a_chart_stores_nothing() {
    let world = plant().await;
    world.administrator.spc().put_chart("c1", &individuals_chart("r1.temperature")).await.unwrap();
    let answer = world.administrator.spc().evaluate("c1", &json!({"values": [20.0, 25.0]})).await.unwrap();
    assert_eq!(answer["violations"].as_array().map(Vec::len), Some(1), "{answer}");
    let chart = world.administrator.spc().chart("c1").await.unwrap();
    assert_eq!(chart["points"].as_array().map(Vec::len), Some(0), "{chart}");
}
