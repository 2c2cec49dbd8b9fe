//! The live feed: nothing lost, nothing twice, nothing out of order, nothing that may not be seen.

use std::time::Duration;

use theriac_sdk::{Client, Feed, SseFeed};
use theriac_tests::sample::patient;
use theriac_tests::{World, expect};

const QUIET: Duration = Duration::from_millis(700);

async fn write(client: &Client, ids: std::ops::Range<u32>) {
    for n in ids {
        client.fhir().update(&patient(&format!("p{n:03}"), "Lovelace")).await.unwrap();
    }
}

fn subjects(ids: std::ops::Range<u32>) -> Vec<String> {
    ids.map(|n| format!("Patient/p{n:03}")).collect()
}

async fn read(feed: &mut Feed, count: usize) -> Vec<String> {
    let mut subjects = Vec::new();
    while subjects.len() < count {
        match feed.next_within(expect::SOON).await.unwrap() {
            Some(message) => subjects.push(message.subject),
            None => panic!("only {} of {count} messages came: {subjects:?}", subjects.len()),
        }
    }
    subjects
}

#[tokio::test]
async fn what_happens_is_told_once_and_in_order() {
    let world = World::new("mercy").await;
    let mut feed = Feed::connect(&world.administrator, &["fhir.Patient"], "now").await.unwrap();
    write(&world.administrator, 0..20).await;
    assert_eq!(read(&mut feed, 20).await, subjects(0..20));
    assert_eq!(feed.next_within(QUIET).await.unwrap(), None);
}

#[tokio::test]
async fn a_message_has_cursor_topic_type_time_subject_and_data() {
    let world = World::new("mercy").await;
    let mut feed = Feed::connect(&world.administrator, &["fhir.Patient"], "now").await.unwrap();
    write(&world.administrator, 1..2).await;
    let message = feed.next_within(expect::SOON).await.unwrap().unwrap();
    assert_eq!((message.topic.as_str(), message.subject.as_str()), ("fhir.Patient", "Patient/p001"));
    assert!(!message.cursor.is_empty() && !message.kind.is_empty() && message.data.is_object(), "{message:?}");
    assert!(message.time.starts_with("20") && message.time.ends_with('Z'), "{message:?}");
}

#[tokio::test]
async fn a_client_that_was_cut_off_misses_nothing_and_sees_nothing_twice() {
    let world = World::new("mercy").await;
    let mut feed = Feed::connect(&world.administrator, &["fhir.Patient"], "start").await.unwrap();
    write(&world.administrator, 0..10).await;
    let mut seen = read(&mut feed, 4).await;
    feed.disconnect();
    write(&world.administrator, 10..30).await;
    seen.extend(read(&mut feed, 11).await);
    let cursor = feed.cursor().to_owned();
    drop(feed);
    let mut feed = Feed::connect(&world.administrator, &["fhir.Patient"], &cursor).await.unwrap();
    seen.extend(read(&mut feed, 15).await);
    assert_eq!(seen, subjects(0..30));
    assert_eq!(feed.next_within(QUIET).await.unwrap(), None);
}

#[tokio::test]
async fn server_sent_events_tell_the_same_and_resume_by_last_event_id() {
    let world = World::new("mercy").await;
    write(&world.administrator, 0..6).await;
    let mut seen = Vec::new();
    let mut feed = SseFeed::connect(&world.administrator, &["fhir.Patient"], "start").await.unwrap();
    for _ in 0..2 {
        seen.push(feed.next().await.unwrap().unwrap().subject);
    }
    let cursor = feed.cursor().to_owned();
    let mut feed = SseFeed::connect(&world.administrator, &["fhir.Patient"], &cursor).await.unwrap();
    for _ in 0..4 {
        seen.push(tokio::time::timeout(expect::SOON, feed.next()).await.unwrap().unwrap().unwrap().subject);
    }
    assert_eq!(seen, subjects(0..6));
}

#[tokio::test]
async fn only_the_topics_asked_for_are_told() {
    let world = World::new("mercy").await;
    let mut feed = Feed::connect(&world.administrator, &["alerts", "items"], "now").await.unwrap();
    write(&world.administrator, 0..3).await;
    assert_eq!(feed.next_within(QUIET).await.unwrap(), None);
}

#[tokio::test]
async fn what_a_caller_may_not_see_is_not_told() {
    let world = World::new("mercy").await;
    let clinician = world.client_with("clinician", &["--assigned", "Patient/p001"]).await;
    let mut feed = Feed::connect(&clinician, &["fhir.Patient"], "now").await.unwrap();
    write(&world.administrator, 0..3).await;
    assert_eq!(read(&mut feed, 1).await, ["Patient/p001"]);
    assert_eq!(feed.next_within(QUIET).await.unwrap(), None);
}

#[tokio::test]
async fn another_tenant_hears_nothing() {
    let (mercy, acme) = (World::new("mercy").await, World::new("acme").await);
    let mut feed = Feed::connect(&acme.administrator, &["fhir.Patient"], "start").await.unwrap();
    write(&mercy.administrator, 0..3).await;
    assert_eq!(feed.next_within(QUIET).await.unwrap(), None);
    let cursor = Feed::connect(&mercy.administrator, &["fhir.Patient"], "start").await.unwrap();
    let cursor = {
        let mut feed = cursor;
        read(&mut feed, 1).await;
        feed.cursor().to_owned()
    };
    let stolen = Feed::connect(&acme.administrator, &["fhir.Patient"], &cursor).await;
    assert_eq!(stolen.err().and_then(|e| e.status()), Some(400), "a cursor of another tenant is refused");
}

#[tokio::test]
async fn a_feed_that_cannot_be_is_refused_with_a_status() {
    let world = World::new("mercy").await;
    for (client, topics, from, status) in [
        (world.administrator.with_token(""), "alerts", "now", 401),
        (world.administrator.with_token("not.a.token"), "alerts", "now", 401),
        (world.administrator.clone(), "no-such-topic", "now", 400),
        (world.administrator.clone(), "alerts", "no-such-cursor", 400),
        (world.administrator.with_tenant("no-such-tenant"), "alerts", "now", 404),
    ] {
        let refused = Feed::connect(&client, &[topics], from).await;
        assert_eq!(refused.err().and_then(|e| e.status()), Some(status), "{client:?} {topics} {from}");
    }
}

/// A browser cannot set a header on a WebSocket: it trades its token for a ticket in the address.
#[tokio::test]
async fn a_ticket_opens_one_socket_once_and_nothing_else() {
    use futures_util::StreamExt;
    let world = World::new("mercy").await;
    let path = "feed/tickets";
    let answer = world.administrator.send(reqwest::Method::POST, path, &serde_json::json!({})).await.unwrap();
    let answer: serde_json::Value = answer.json().unwrap();
    let ticket = answer["ticket"].as_str().unwrap().to_owned();
    let address = world.administrator.address(&format!("feed?topics=fhir.Patient&from=now&ticket={ticket}")).unwrap();
    let address = address.as_str().replacen("http", "ws", 1);
    let (mut socket, _) = tokio_tungstenite::connect_async(&address).await.unwrap();
    write(&world.administrator, 7..8).await;
    let message = tokio::time::timeout(expect::SOON, socket.next()).await.unwrap().unwrap().unwrap();
    assert!(message.to_text().unwrap().contains("Patient/p007"), "{message}");
    let again = tokio_tungstenite::connect_async(&address).await.unwrap_err();
    assert!(again.to_string().contains("401"), "a ticket worked twice: {again}");
    let read = format!("fhir/Patient/p007?ticket={ticket}");
    let elsewhere = reqwest::get(world.administrator.address(&read).unwrap()).await.unwrap();
    assert_eq!(elsewhere.status(), 401);
}
