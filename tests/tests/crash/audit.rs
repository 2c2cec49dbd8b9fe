//! The proof: what is stored, the ledger and the feed tell the same, once, and the ledger only grew.

use crate::load::{self, Book, Document, Hearing, TOPICS};
use crate::stored;
use rand::Rng;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::{Duration, Instant};
use theriac_sdk::verify::{Checkpoint, TreeHasher, VerifierKey, leaf_hash, verify_inclusion};
use theriac_sdk::{Client, Feed, Message};
use theriac_tests::expect;
use theriac_tests::sample::{commissioning, epcis_document, sgtin};

/// Topic, subject, version: stands in the ledger once, for ever.
type Name = (String, String, u64);

pub struct Auditor {
    key: VerifierKey,
    tree: TreeHasher,
    names: HashSet<Name>,
    hearing: Hearing,
    /// Alerts there must be by now.
    alerts: usize,
    markers: u32,
}

/// An entry that came since the last look.
struct Leaf {
    index: u64,
    text: String,
    name: Name,
    hash: String,
    action: String,
}

impl Auditor {
    pub async fn begin(client: &Client) -> Self {
        let key = client.ledger().key().await.unwrap();
        let hearing = Hearing { messages: Vec::new(), cursor: "start".to_owned() };
        Self { key, tree: TreeHasher::default(), names: HashSet::new(), hearing, alerts: 0, markers: 0 }
    }

    pub fn hearing(&self) -> Hearing {
        self.hearing.clone()
    }

    /// Proves the cycle; tells in a line what there was.
    pub async fn check(&mut self, client: &Client, book: &Book, hearing: Hearing, random: &mut impl Rng) -> String {
        let mut expected = self.settle(client).await;
        let mut hashes = BTreeMap::new();
        for sent in &book.versions {
            if let Some(found) = stored::version(client, sent).await {
                hashes.insert((found.subject, sent.version), found.hash);
            }
        }
        for sent in &book.documents {
            expected.events.extend(stored::document(client, sent).await);
        }
        for sent in &book.batches {
            let there = stored::batch(client, sent).await;
            expected.batches += usize::from(there);
            self.alerts += usize::from(there && sent.values == load::PEAK);
        }
        let leaves = self.grow(client, book, random).await;
        same(&leaves, &hashes, &expected);
        self.hear(client, &leaves, hearing).await;
        format!("{} versions, {} events, {} batches", hashes.len(), expected.events.len(), expected.batches)
    }

    /// Gives each worker something to do that comes after all the rest, and waits for the capture of it.
    async fn settle(&mut self, client: &Client) -> Expected {
        self.markers += 1;
        let epc = sgtin(&format!("9{:06}", self.markers));
        let document = epcis_document(&[commissioning(&epc, "2026-01-01T08:00:00.000Z")]);
        let job = client.epcis().capture_and_wait(&document, expect::SOON).await.unwrap();
        assert!(job.success, "{:?}", job.errors);
        let events = stored::document(client, &Document { epcs: vec![epc], acknowledged: true }).await;
        // Just before the next cycle begins.
        let second = u64::from(self.markers) * load::CYCLE - 10;
        client.isa95().send_readings(&load::readings(second, &load::PEAK)).await.unwrap();
        self.alerts += 1;
        Expected { events: events.into_iter().collect(), batches: 1 }
    }

    /// Reads the new entries: they go on from the checkpoint before the end, and the proofs fit.
    async fn grow(&mut self, client: &Client, book: &Book, random: &mut impl Rng) -> Vec<Leaf> {
        let ledger = client.ledger();
        let (mut leaves, started) = (Vec::new(), Instant::now());
        let checkpoint = loop {
            let checkpoint = self.key.open_checkpoint(&ledger.checkpoint().await.unwrap()).unwrap();
            leaves.extend(self.append(client, &checkpoint).await);
            if self.raised() >= self.alerts || started.elapsed() > expect::SOON {
                break checkpoint;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        assert_eq!(self.raised(), self.alerts, "alerts are lost or doubled");
        self.tree.check(&checkpoint).unwrap();
        if !book.checkpoint.is_empty() {
            let before = self.key.open_checkpoint(&book.checkpoint).unwrap();
            ledger.verify_since(&self.key, &before).await.unwrap();
        }
        for _ in 0..20.min(leaves.len()) {
            included(client, &leaves[random.random_range(0..leaves.len())], &checkpoint).await;
        }
        leaves
    }

    fn raised(&self) -> usize {
        self.names.iter().filter(|name| name.0 == "alerts").count()
    }

    /// Takes the entries up to the checkpoint into the tree; none may have been there before.
    async fn append(&mut self, client: &Client, checkpoint: &Checkpoint) -> Vec<Leaf> {
        let mut leaves = Vec::new();
        while self.tree.size() < checkpoint.size {
            let count = (checkpoint.size - self.tree.size()).min(1_000);
            let page = client.ledger().entries(self.tree.size(), count).await.unwrap();
            assert!(!page.entries.is_empty() && page.from == self.tree.size());
            for text in page.entries {
                let leaf = Leaf::read(self.tree.size(), text);
                self.tree.append(leaf.text.as_bytes());
                assert!(self.names.insert(leaf.name.clone()), "twice in the ledger: {}", leaf.text);
                leaves.push(leaf);
            }
        }
        leaves
    }

    /// A reader that was cut off goes on from its cursor: each entry once, in the ledger's order.
    async fn hear(&mut self, client: &Client, leaves: &[Leaf], hearing: Hearing) {
        let mut feed = Feed::connect(client, TOPICS, &hearing.cursor).await.unwrap();
        let mut messages = hearing.messages;
        read(&mut feed, leaves.len(), &mut messages).await;
        feed.cursor().clone_into(&mut self.hearing.cursor);
        for (leaf, message) in leaves.iter().zip(&messages) {
            let (topic, subject, version) = &leaf.name;
            assert_eq!(
                (&message.topic, &message.subject, &message.kind),
                (topic, subject, &leaf.action),
                "{}",
                leaf.text
            );
            assert!(!topic.starts_with("fhir.") || message.data["version"] == *version, "{message:?}");
        }
    }

    /// At the end, one reader hears everything from the start, and the alerts listed are those of the ledger.
    pub async fn close(&self, client: &Client) {
        let mut feed = Feed::connect(client, TOPICS, "start").await.unwrap();
        let mut messages = Vec::new();
        read(&mut feed, self.names.len(), &mut messages).await;
        let told: BTreeSet<_> = messages.iter().map(|m| (&m.topic, &m.subject, m.data["version"].as_u64())).collect();
        assert_eq!(told.len(), messages.len(), "something is told twice");
        let listed = alerts(client).await;
        let ids: BTreeSet<&str> = listed.iter().filter_map(|alert| alert["id"].as_str()).collect();
        assert_eq!((listed.len(), ids.len()), (self.alerts, self.alerts), "alerts are lost or doubled");
        assert!(client.ledger().verify(&self.key).await.unwrap().size >= self.tree.size());
    }
}

struct Expected {
    events: BTreeSet<String>,
    batches: usize,
}

/// The ledger has what is stored, and nothing else.
fn same(leaves: &[Leaf], versions: &BTreeMap<(String, u64), String>, expected: &Expected) {
    let of = |topic: &'static str| leaves.iter().filter(move |leaf| leaf.name.0.starts_with(topic));
    let entered: BTreeMap<_, _> =
        of("fhir.").map(|leaf| ((leaf.name.1.clone(), leaf.name.2), leaf.hash.clone())).collect();
    assert_eq!(&entered, versions, "versions and their entries");
    let events: BTreeSet<String> = of("epcis.event").map(|leaf| leaf.name.1.clone()).collect();
    assert_eq!(events, expected.events, "events and their entries");
    assert_eq!(of("isa95.readings").count(), expected.batches, "batches and their entries");
}

async fn included(client: &Client, leaf: &Leaf, checkpoint: &Checkpoint) {
    let proof = client.ledger().inclusion(leaf.index, checkpoint.size).await.unwrap();
    verify_inclusion(&leaf_hash(leaf.text.as_bytes()), leaf.index, checkpoint.size, &checkpoint.root, &proof).unwrap();
}

/// Reads until that many messages are there, and a little longer: there must not be more.
async fn read(feed: &mut Feed, count: usize, messages: &mut Vec<Message>) {
    while messages.len() < count {
        match feed.next_within(expect::SOON).await.unwrap() {
            Some(message) => messages.push(message),
            None => panic!("only {} of {count} messages came", messages.len()),
        }
    }
    let more = feed.next_within(Duration::from_millis(100)).await.unwrap();
    assert_eq!((messages.len(), more), (count, None), "more was told than happened");
}

/// All pages of alerts.
async fn alerts(client: &Client) -> Vec<Value> {
    let (mut found, mut from) = (Vec::new(), String::new());
    loop {
        let mut page = client.get(&format!("alerts?count=1000{from}")).await.unwrap();
        found.extend(page["alerts"].as_array_mut().map(std::mem::take).unwrap_or_default());
        let Some(next) = page["next"].as_str() else { return found };
        from = format!("&from={next}");
    }
}

impl Leaf {
    fn read(index: u64, text: String) -> Self {
        let entry: Value = serde_json::from_str(&text).unwrap();
        let member = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        let version = entry["version"].as_u64().unwrap_or_else(|| panic!("an entry without a version: {text}"));
        let name = (member("topic"), member("subject"), version);
        Self { index, name, hash: member("hash"), action: member("action"), text }
    }
}
