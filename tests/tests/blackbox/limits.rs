//! How often may be asked: settings of a tenant, told in the fields of answers, and refused in the form of each domain.

use futures_util::{SinkExt, StreamExt};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use theriac_sdk::{Answer, Client};
use theriac_tests::World;
use theriac_tests::harness::{self, Home, Running, client, tenant, token};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

/// A running server sees a change by another process within a second.
async fn set(world: &World, settings: &[&str]) {
    world.set(settings).await;
    tokio::time::sleep(Duration::from_millis(1_300)).await;
}

async fn get(client: &Client, path: &str) -> Answer {
    client.request(Method::GET, path, &[], "").await.unwrap()
}

#[tokio::test]
async fn what_is_too_much_is_refused_in_the_words_of_each_domain() {
    let world = World::new("mercy").await;
    let steward = world.client_with("steward", &["--subject", "ada"]).await;
    assert_eq!(get(&steward, "fhir/Patient").await.header("ratelimit"), None);
    set(&world, &["limits.rate=client:read=3/1d"]).await;
    let first = get(&steward, "fhir/Patient").await;
    assert_eq!((first.status, first.header("ratelimit-policy")), (200, Some("\"client:read\";q=3;w=86400")));
    assert_eq!(first.header("ratelimit"), Some("\"client:read\";r=2;t=28800"));
    // What does not exist counts too.
    assert_eq!((get(&steward, "fhir/Patient/no").await.status, get(&steward, "alerts").await.status), (404, 200));
    for (path, word) in [
        ("fhir/Patient", r#""code":"throttled""#),
        ("epcis/events", "epcisException:ImplementationException"),
        ("alerts", "urn:theriac:error:TooMany"),
    ] {
        let answer = get(&steward, path).await;
        assert_eq!(answer.status, 429, "{path}");
        let wait: i64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((28_000..=28_800).contains(&wait), "{path}: {wait}");
        assert!(answer.header("ratelimit").unwrap().starts_with("\"client:read\";r=0;"), "{path}");
        let body = answer.text().map_or_else(|_| answer.refusal().body.to_string(), str::to_owned);
        assert!(body.contains(word), "{path}: {body}");
    }
    // Writing is of another class, and another caller has its own.
    let written =
        steward.request(Method::POST, "fhir/Patient", &[("content-type", "application/fhir+json")], "{}").await;
    assert_eq!(written.unwrap().status, 403);
    assert_eq!(get(&world.administrator, "fhir/Patient").await.status, 200);
    set(&world, &["limits.rate="]).await;
    assert_eq!(get(&steward, "fhir/Patient").await.status, 200);
}

#[tokio::test]
async fn whoever_shows_no_token_is_counted_by_address() {
    let world = World::new("mercy").await;
    set(&world, &["limits.rate=address=2/1d"]).await;
    let stranger = world.administrator.with_token("x");
    let statuses = [get(&stranger, "alerts").await, get(&stranger, "alerts").await, get(&stranger, "alerts").await];
    assert_eq!(statuses.map(|answer| answer.status), [401, 401, 429]);
    let jwks = get(&stranger, "auth/jwks.json").await;
    assert_eq!((jwks.status, jwks.header("retry-after").is_some()), (429, true));
    assert_eq!(get(&world.administrator, "alerts").await.status, 200);
}

#[tokio::test]
async fn a_day_of_a_tenant_may_have_so_many_requests_and_bytes() {
    let world = World::new("mercy").await;
    let other = world.client("steward").await;
    set(&world, &["limits.quota=requests=1000,bytes=20000"]).await;
    let answer = get(&other, "fhir/metadata").await;
    assert!(answer.header("ratelimit-policy").unwrap().ends_with("\"day-bytes\";q=20000;w=86400;qu=\"content-bytes\""));
    assert!(answer.bytes.len() > 20_000, "{}", answer.bytes.len());
    let refused = get(&other, "alerts").await;
    assert_eq!(refused.status, 429);
    let wait: i64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=86_400).contains(&wait));
    let body = refused.refusal().body.to_string();
    assert!(body.contains("20000 bytes") && body.contains("midnight UTC"), "{body}");
    set(&world, &["limits.quota=requests=1000"]).await;
    assert_eq!(get(&other, "alerts").await.status, 200);
}

#[tokio::test]
async fn settings_that_make_no_sense_are_refused_with_what_would() {
    let world = World::new("mercy").await;
    for (setting, word) in [
        ("limits.rate=client=5", "COUNT/PERIOD"),
        ("limits.rate=clients=5/1s", "client/ID"),
        ("limits.quota=requests=many", "requests, bytes"),
        ("limits.sockets=tenant=0", "tenant, client"),
    ] {
        let said = world.set_refused(setting).await;
        assert!(said.contains(word), "{setting}: {said}");
    }
}

fn upgrade(client: &Client, path: &str) -> tokio_tungstenite::tungstenite::handshake::client::Request {
    let address = client.address(path).unwrap().to_string().replacen("http", "ws", 1);
    let mut request = address.into_client_request().unwrap();
    request.headers_mut().insert("authorization", format!("Bearer {}", client.token()).parse().unwrap());
    request
}

#[tokio::test]
async fn messages_on_a_socket_wait_and_none_is_lost() {
    let world = World::new("plant").await;
    set(&world, &["limits.rate=client:message=2/2s"]).await;
    let (mut socket, _) =
        tokio_tungstenite::connect_async(upgrade(&world.administrator, "isa95/readings")).await.unwrap();
    let began = Instant::now();
    for _ in 0..5 {
        socket.send(Message::text("[]")).await.unwrap();
    }
    for _ in 0..5 {
        let answer: Value = serde_json::from_str(socket.next().await.unwrap().unwrap().to_text().unwrap()).unwrap();
        assert_eq!(answer["status"], json!(null), "{answer}");
    }
    // Two at once, the other three one a second.
    assert!(began.elapsed() >= Duration::from_millis(2_900), "{:?}", began.elapsed());
}

#[tokio::test]
async fn only_so_many_sockets_are_open_at_once() {
    let world = World::new("plant").await;
    set(&world, &["limits.sockets=client=1"]).await;
    let connect = || tokio_tungstenite::connect_async(upgrade(&world.administrator, "isa95/readings"));
    let (mut first, _) = connect().await.unwrap();
    let refused = connect().await.unwrap_err();
    assert!(refused.to_string().contains("429"), "{refused}");
    first.close(None).await.unwrap();
    while first.next().await.is_some_and(|message| message.is_ok()) {}
    let mut again = connect().await;
    for _ in 0..50 {
        if again.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        again = connect().await;
    }
    assert!(again.is_ok(), "the place is not given back");
}

#[tokio::test]
async fn two_servers_that_share_a_redis_count_as_one() {
    if std::env::var_os("THERIAC_REDIS_URL").is_none() {
        println!("skipped: THERIAC_REDIS_URL names no Redis");
        return;
    }
    let home = Home::empty();
    let servers = [Running::start(&home), Running::start(&home)];
    let name = tenant(&home, "mercy").await;
    let token = token(&home, &name, "administrator", &[]).await;
    harness::set(&home, &name, &["limits.rate=client=20/1d"]).await;
    let clients = [0, 1].map(|at| client(&servers[at].url, &name, &token));
    let asked = (0..60).map(|at| get(&clients[at % 2], "alerts"));
    let answers = futures_util::future::join_all(asked).await;
    let taken = answers.iter().filter(|answer| answer.status == 200).count();
    let refused = answers.iter().filter(|answer| answer.status == 429).count();
    assert_eq!((taken, refused), (20, 40));
    servers.into_iter().for_each(Running::kill);
}
