//! Named queries and their WebSocket, <https://ref.gs1.org/standards/epcis/>, REST binding.

use futures_util::StreamExt;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use theriac_tests::sample::{commissioning, epcis_document, sgtin, shipping};
use theriac_tests::{World, expect};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

type Wire = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

const TIME: &str = "2026-01-01T08:00:00.000Z";

async fn named(world: &World, query: Value) {
    let body = json!({ "name": "q", "query": query });
    assert_eq!(world.administrator.send(Method::POST, "epcis/queries", &body).await.unwrap().status, 201);
}

async fn connect(world: &World, query: &str) -> Result<Wire, u16> {
    let address = world.url().replacen("http", "ws", 1);
    let mut request =
        format!("{address}/{}/epcis/queries/q/events?{query}", world.tenant).into_client_request().unwrap();
    let token = format!("Bearer {}", world.administrator.token());
    request.headers_mut().insert("authorization", token.parse().unwrap());
    match tokio_tungstenite::connect_async(request).await {
        Ok((wire, _)) => Ok(wire),
        Err(tokio_tungstenite::tungstenite::Error::Http(answer)) => Err(answer.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

/// The EPCs of the next document.
async fn next(wire: &mut Wire) -> Vec<Value> {
    loop {
        let message = tokio::time::timeout(Duration::from_secs(20), wire.next()).await.unwrap().unwrap().unwrap();
        let Message::Text(text) = message else { continue };
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["epcisBody"]["queryResults"]["queryName"], "q");
        let events = document["epcisBody"]["queryResults"]["resultsBody"]["eventList"].as_array().unwrap().clone();
        return events.iter().map(|e| e["epcList"][0].clone()).collect();
    }
}

async fn capture(world: &World, events: &[Value]) {
    let epcis = world.administrator.epcis();
    let job = epcis.capture_and_wait(&epcis_document(events), expect::SOON).await.unwrap();
    assert!(job.success, "{:?}", job.errors);
}

#[tokio::test]
async fn a_websocket_brings_the_events_of_its_query_as_they_come() {
    let world = World::new("acme").await;
    named(&world, json!({ "EQ_bizStep": ["commissioning"] })).await;
    capture(&world, &[commissioning(&sgtin("1"), TIME)]).await;
    let mut wire = connect(&world, "stream=true").await.unwrap();
    capture(&world, &[shipping(&sgtin("1"), TIME)]).await;
    capture(&world, &[commissioning(&sgtin("2"), TIME)]).await;
    assert_eq!(next(&mut wire).await, [json!(sgtin("2"))]);
    let mut late = connect(&world, "stream=true&initialRecordTime=2026-01-01T00:00:00Z").await.unwrap();
    let mut seen = next(&mut late).await;
    while seen.len() < 2 {
        seen.extend(next(&mut late).await);
    }
    assert_eq!(seen, [json!(sgtin("1")), json!(sgtin("2"))]);
}

#[tokio::test]
async fn a_socket_that_cannot_be_is_refused_before_it_opens_and_one_ends_with_its_query() {
    let world = World::new("acme").await;
    assert_eq!(connect(&world, "stream=true").await.err(), Some(404));
    named(&world, json!({})).await;
    for query in ["", "stream=true&hour=1", "minute=61", "stream=false", "more=1"] {
        assert_eq!(connect(&world, query).await.err(), Some(400), "{query}");
    }
    let mut wire = connect(&world, "second=[0-59]&reportIfEmpty=true").await.unwrap();
    assert!(next(&mut wire).await.is_empty());
    let gone = world.administrator.request(Method::DELETE, "epcis/queries/q", &[], "").await.unwrap();
    assert_eq!(gone.status, 204);
    let ends = async {
        while let Some(Ok(message)) = wire.next().await {
            drop(message)
        }
    };
    tokio::time::timeout(Duration::from_secs(20), ends).await.expect("the socket ends");
}
