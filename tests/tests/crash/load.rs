//! Writers that write until the server is gone, and remember what they were told.

use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use theriac_sdk::{Client, Error, Feed, Message};
use theriac_tests::harness::Running;
use theriac_tests::sample::{commissioning, epcis_document, patient, sgtin};
use tokio::sync::Notify;

pub const PROPERTY: &str = "r1.temperature";
/// Everything but the items, which are told beside their events.
pub const TOPICS: &[&str] = &["fhir", "epcis", "isa95", "spc", "alerts"];
const TIME: &str = "2026-01-01T08:00:00.000Z";

/// One version that was sent.
pub struct Version {
    /// Without one, the server was to give it.
    pub id: Option<String>,
    pub version: u64,
    pub family: String,
    pub acknowledged: bool,
}

/// One document that was sent, an event for each item.
pub struct Document {
    pub epcs: Vec<String>,
    pub acknowledged: bool,
}

/// One batch of readings that was sent.
pub struct Batch {
    /// Of the first one, a second between each.
    pub second: u64,
    pub values: Vec<f64>,
    pub acknowledged: bool,
}

/// What the writers of one cycle sent.
#[derive(Default)]
pub struct Book {
    pub versions: Vec<Version>,
    pub documents: Vec<Document>,
    pub batches: Vec<Batch>,
    /// The last one given before the end, a signed note.
    pub checkpoint: String,
}

/// What a reader of the feed heard, and where it stands.
#[derive(Clone)]
pub struct Hearing {
    pub messages: Vec<Message>,
    pub cursor: String,
}

/// Loads the server until it is killed at that moment.
pub async fn until_killed(
    client: Client,
    server: Running,
    cycle: u32,
    moment: Duration,
    hearing: Hearing,
) -> (Book, Hearing) {
    let gone = Arc::new(Notify::new());
    let ears = tokio::spawn(listen(client.clone(), hearing, gone.clone()));
    let updates = [0, 1].map(|writer| tokio::spawn(updates(client.clone(), format!("c{cycle}w{writer}"))));
    let creates = tokio::spawn(creates(client.clone(), format!("c{cycle}")));
    let events = tokio::spawn(events(client.clone(), format!("{cycle}1")));
    let documents = tokio::spawn(documents(client.clone(), format!("{cycle}2")));
    let batches = tokio::spawn(batches(client.clone(), u64::from(cycle)));
    let checkpoints = tokio::spawn(checkpoints(client));
    tokio::time::sleep(moment).await;
    server.kill();
    gone.notify_one();
    let mut book = Book { checkpoint: checkpoints.await.unwrap(), ..Book::default() };
    for writer in updates {
        book.versions.extend(writer.await.unwrap());
    }
    book.versions.extend(creates.await.unwrap());
    book.documents.extend(events.await.unwrap());
    book.documents.extend(documents.await.unwrap());
    book.batches = batches.await.unwrap();
    (book, ears.await.unwrap())
}

/// Did the server take it? Only its silence is no answer; a refusal is a fault.
fn taken<T>(answer: Result<T, Error>) -> bool {
    match answer {
        Ok(_) => true,
        Err(Error::Transport(_)) => false,
        Err(other) => panic!("a good write is refused: {other}"),
    }
}

/// Creates under ids of its own, and changes every second one.
async fn updates(client: Client, name: String) -> Vec<Version> {
    let mut sent = Vec::new();
    for n in 0.. {
        let id = format!("{name}n{n}");
        for version in 1..=1 + n % 2 {
            let family = format!("{id}v{version}");
            let acknowledged = taken(client.fhir().update(&patient(&id, &family)).await);
            sent.push(Version { id: Some(id.clone()), version, family, acknowledged });
            if !acknowledged {
                return sent;
            }
        }
    }
    sent
}

/// Has the server give the ids.
async fn creates(client: Client, name: String) -> Vec<Version> {
    let mut sent = Vec::new();
    for n in 0.. {
        let family = format!("{name}c{n}");
        let saved = client.fhir().create(&patient(&family, &family)).await;
        let id = saved.as_ref().ok().map(|saved| saved.id.clone());
        let acknowledged = taken(saved);
        sent.push(Version { id, version: 1, family, acknowledged });
        if !acknowledged {
            break;
        }
    }
    sent
}

async fn events(client: Client, name: String) -> Vec<Document> {
    let mut sent = Vec::new();
    for n in 0.. {
        let epc = sgtin(&format!("{name}{n:06}"));
        let document = epcis_document(&[commissioning(&epc, TIME)]);
        let acknowledged = taken(client.send(reqwest::Method::POST, "epcis/events", &document).await);
        sent.push(Document { epcs: vec![epc], acknowledged });
        if !acknowledged {
            break;
        }
    }
    sent
}

/// Documents of two events, whose capture goes on after the answer.
async fn documents(client: Client, name: String) -> Vec<Document> {
    let mut sent = Vec::new();
    for n in 0.. {
        let epcs = ["1", "2"].map(|which| sgtin(&format!("{name}{n:06}{which}")));
        let document = epcis_document(&epcs.each_ref().map(|epc| commissioning(epc, TIME)));
        let acknowledged = taken(client.epcis().capture(&document).await);
        sent.push(Document { epcs: epcs.to_vec(), acknowledged });
        if !acknowledged {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    sent
}

/// No step is wide enough for the chart of moving ranges; the peak alone is an alert.
pub const PEAK: [f64; 5] = [20.0, 22.0, 23.5, 22.0, 20.0];
const CALM: [f64; 5] = [20.0, 20.5, 21.0, 20.5, 20.0];
/// Seconds of plant time that a cycle may fill.
pub const CYCLE: u64 = 2_000;

/// Every fifth batch has a peak.
async fn batches(client: Client, cycle: u64) -> Vec<Batch> {
    let mut sent = Vec::new();
    for n in 0..300 {
        let second = cycle * CYCLE + n * 5;
        let values = if n % 5 == 0 { PEAK } else { CALM }.to_vec();
        let acknowledged = taken(client.isa95().send_readings(&readings(second, &values)).await);
        sent.push(Batch { second, values, acknowledged });
        if !acknowledged {
            break;
        }
    }
    sent
}

pub fn readings(second: u64, values: &[f64]) -> Value {
    (second..)
        .zip(values)
        .map(|(at, value)| json!({"property": PROPERTY, "time": moment(at), "value": value}))
        .collect()
}

/// That many seconds after the beginning of 2026.
pub fn moment(second: u64) -> String {
    let (day, hour, minute) = (second / 86_400, second / 3_600 % 24, second / 60 % 60);
    assert!(day < 31, "the readings of so many cycles do not fit into January");
    format!("2026-01-{:02}T{hour:02}:{minute:02}:{:02}Z", day + 1, second % 60)
}

async fn checkpoints(client: Client) -> String {
    let mut last = String::new();
    while let Ok(note) = client.ledger().checkpoint().await {
        last = note;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    last
}

/// Hears the feed until the server is gone.
async fn listen(client: Client, mut hearing: Hearing, gone: Arc<Notify>) -> Hearing {
    let Ok(mut feed) = Feed::connect(&client, TOPICS, &hearing.cursor).await else {
        gone.notified().await;
        return hearing;
    };
    loop {
        tokio::select! {
            message = feed.next() => hearing.messages.push(message.unwrap()),
            () = gone.notified() => {
                feed.cursor().clone_into(&mut hearing.cursor);
                return hearing;
            }
        }
    }
}
