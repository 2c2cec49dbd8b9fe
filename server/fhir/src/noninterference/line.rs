//! The law on the feed: what a caller may not see moves nothing in what the line tells it, wherever it begins.

use super::ask::{self, Asker};
use super::life::{self, World};
use super::{CALLERS, Caller, at_rest, sight};
use crate::policy;
use crate::service::Fhir;
use crate::store::search::tests::House;
use crate::store::search::tests::population::Dice;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;
use theriac_core::Clock;
use theriac_ledger::feed::{Feed, Message, Subscription};
use theriac_ledger::{Ledger, load_signing_key, sealer};
use theriac_platform::http::{Method, Request};
use theriac_platform::{Context, Cursors, Tickets};

/// Plays the world through the routes, so that the ledger has an entry of everything, and seals it.
async fn lived(house: &House, world: &World) -> Feed {
    let fhir = Fhir::new(Cursors::new(b"secret"));
    for (at, life, state) in world.turns() {
        let clock = Clock::Held(Arc::new(AtomicI64::new(at.0)));
        let mut asker = Asker::new(&fhir, Context { clock, ..house.context.clone() });
        let path = format!("{}/{}", life.kind, life.id);
        let asked = match state {
            Some(text) => ask::send(Method::Put, path, text.as_str()),
            None => ask::get_with(Method::Delete, path),
        };
        let told = asker.send(&asked).await.text;
        assert!(told.starts_with('2'), "{asked:?}: {told}");
    }
    let folder = std::env::temp_dir().join(format!("theriac-law-keys-{}", std::process::id()));
    let ledger = Ledger::new(house.context.db.server().clone(), load_signing_key(&folder).unwrap());
    sealer::seal(&ledger, &house.context.tenant).await.unwrap();
    let tickets = Arc::new(Tickets::open(None, Clock::System).await.unwrap());
    Feed::new(ledger, Cursors::new(b"secret"), tickets).with(crate::sight())
}

/// Everything the line tells from there on.
async fn heard(feed: &Feed, context: &Context, query: &str) -> Vec<Message> {
    let request = Request::new(Method::Get, "/mercy/feed", query);
    let mut subscription = Subscription::open(feed, context, &request, None).await.unwrap();
    let mut all = Vec::new();
    loop {
        let messages = subscription.next(Duration::from_millis(20)).await.unwrap();
        if messages.iter().any(|message| message.rest.contains("\"type\":\"heartbeat\"")) {
            return all;
        }
        all.extend(messages);
    }
}

fn said(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.rest.as_ref()).collect()
}

const QUERIES: &[&str] = &["from=start", "from=start&topics=fhir.Observation,fhir.Encounter"];

async fn compare(name: &str, caller: Caller, seed: u64, one: &House, two: &House) -> usize {
    let mut dice = Dice(seed);
    for house in [one, two] {
        life::agree(house).await;
        policy::refresh(&caller(house)).await.unwrap();
    }
    let first = World::made(&mut dice);
    let second = first.disturbed(&mut dice, one, &sight(&at_rest(caller(one))));
    let feeds = (lived(one, &first).await, lived(two, &second).await);
    let contexts = (at_rest(caller(one)), at_rest(caller(two)));
    let mut count = 0;
    for query in QUERIES {
        let (left, right) = (heard(&feeds.0, &contexts.0, query).await, heard(&feeds.1, &contexts.1, query).await);
        assert_eq!(said(&left), said(&right), "{name} {seed} {:?} {query}", one.engine());
        let topics = query.strip_prefix("from=start").unwrap_or_default();
        for at in (0..left.len()).step_by(11) {
            let after = |messages: &[Message]| format!("from={}{topics}", messages[at].cursor);
            let rest = heard(&feeds.0, &contexts.0, &after(&left)).await;
            let other = heard(&feeds.1, &contexts.1, &after(&right)).await;
            assert_eq!(said(&rest), said(&left[at + 1..]), "{name} {seed}: nothing is lost or told twice");
            assert_eq!(said(&rest), said(&other), "{name} {seed} {:?} {query} after {at}", one.engine());
        }
        count += left.len();
    }
    count
}

/// One of each kind of rows: labels, labels and an emergency, consents alone.
const LISTENERS: &[&str] = &["clinician", "clinician in an emergency", "service that reads all that consents leave"];

#[tokio::test]
async fn what_a_caller_may_not_see_moves_nothing_on_the_line() {
    let mut messages = 0;
    for seed in 1..=super::cases() {
        for (name, caller) in CALLERS.iter().filter(|(name, _)| LISTENERS.contains(name)) {
            let (ones, twos) = (House::each().await, House::each().await);
            for (one, two) in ones.iter().zip(&twos) {
                messages += compare(name, *caller, seed * 6_007 + name.len() as u64, one, two).await;
            }
        }
    }
    assert!(messages > 100, "only {messages} messages were heard: too few to tell");
}
