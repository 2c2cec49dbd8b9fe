//! The law of the policy (docs/adr/0017): **two databases that differ only in what a caller may not see answer alike,
//! whatever is asked**: status, header fields, body, totals, links, order, errors.
//!
//! A made-up population is given to one tenant; another tenant gets the same as far as the caller may see, and something
//! else where the caller may not look. Both are asked the same, over every road there is. `THERIAC_LAW_CASES=500`
//! makes it long.

mod ask;
mod life;
mod line;
mod view;

use crate::policy::{self, Visible};
use crate::service::Fhir;
use crate::store::search::tests::House;
use crate::store::search::tests::population::Dice;
use ask::Asker;
use life::{Life, World};
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use theriac_access::{Grant, Interaction, Role};
use theriac_core::{Clock, Instant};
use theriac_platform::{Context, Cursors};

/// Worlds that are compared; few where nobody asked for more.
fn cases() -> u64 {
    std::env::var("THERIAC_LAW_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

/// Requests over each pair of worlds.
const REQUESTS: usize = 120;

type Caller = fn(&House) -> Context;

const OWN: &[&str] = &["p1", "p2", "p4", "p7"];

/// Every kind of grant that leaves something out.
const CALLERS: &[(&str, Caller)] = &[
    ("clinician", |house| house.clinician(OWN)),
    ("clinician in an emergency", |house| {
        let context = house.clinician(OWN);
        let opened = ["p2", "p3", "p5"].map(|id| format!("Patient/{id}")).to_vec();
        context.acting(Grant { opened, ..(*context.grant).clone() })
    }),
    ("clinician of nobody", |house| house.clinician(&[])),
    ("clinician with scopes", |house| {
        house.scoped(
            Role::Clinician,
            OWN,
            "user/Observation.rs?status=final user/Patient.cruds user/Encounter.s user/Practitioner.r",
        )
    }),
    ("patient's app", |house| {
        house.scoped(
            Role::Clinician,
            &["p1"],
            "patient/Observation.rs?code=s|a patient/Observation.s?code=b patient/Patient.rs",
        )
    }),
    ("service with granular scopes", |house| {
        house.scoped(
            Role::Service,
            &[],
            "system/Observation.rs?code=s|a system/Observation.s?value-quantity=gt2 system/Patient.rs?gender=male \
             system/Encounter.rs system/Location.s feed.read",
        )
    }),
    ("service that reads all that consents leave", |house| house.scoped(Role::Service, &[], "system/*.rs feed.read")),
    ("service that writes some", |house| {
        house.scoped(Role::Service, &[], "system/Observation.cruds?status=final system/Patient.cruds?birthdate=gt1980")
    }),
];

/// May the caller look at it, or touch it?
fn sight(context: &Context) -> Vec<Visible> {
    Interaction::ALL.iter().map(|interaction| policy::visible(context, *interaction)).collect()
}

/// The caller, at a time that stands still.
fn at_rest(context: Context) -> Context {
    let noon = Instant::parse("2026-06-01T12:00:00Z").map_or(0, |i| i.0);
    Context { clock: Clock::Held(Arc::new(AtomicI64::new(noon))), ..context }
}

async fn compare(name: &str, caller: Caller, seed: u64, one: &House, two: &House) -> usize {
    let mut dice = Dice(seed);
    for house in [one, two] {
        life::agree(house).await;
        policy::refresh(&caller(house)).await.unwrap();
    }
    let first = World::made(&mut dice);
    let second = first.disturbed(&mut dice, one, &sight(&at_rest(caller(one))));
    assert!(first.lives != second.lives, "{name} {seed}: nothing differs");
    first.play(one).await;
    second.play(two).await;
    let fhir = Fhir::new(Cursors::new(b"secret"));
    let askers = (Asker::new(&fhir, at_rest(caller(one))), Asker::new(&fhir, at_rest(caller(two))));
    let lives: Vec<&Life> = first.lives.iter().chain(&second.lives).collect();
    let mut entries = 0;
    for number in 0..REQUESTS {
        let request = ask::any(&mut dice, &lives, number * 10 / REQUESTS >= 8);
        entries += ask::alike(&askers, &request, &format!("{name} {seed} {:?}", one.engine())).await;
    }
    entries
}

#[tokio::test]
async fn what_a_caller_may_not_see_has_no_influence_on_any_answer() {
    let mut entries = 0;
    for seed in 1..=cases() {
        for (name, caller) in CALLERS {
            let (ones, twos) = (House::each().await, House::each().await);
            for (one, two) in ones.iter().zip(&twos) {
                entries += compare(name, *caller, seed * 7_919 + name.len() as u64, one, two).await;
            }
        }
    }
    assert!(entries > 500, "only {entries} entries were seen: too few to tell");
}

/// The law can be broken: whoever sees everything is answered differently.
#[tokio::test]
async fn who_sees_everything_sees_the_difference() {
    let (ones, twos) = (House::each().await, House::each().await);
    for (one, two) in ones.iter().zip(&twos) {
        let mut dice = Dice(5);
        let first = World::made(&mut dice);
        let second = first.disturbed(&mut dice, one, &sight(&one.clinician(OWN)));
        first.play(one).await;
        second.play(two).await;
        let fhir = Fhir::new(Cursors::new(b"secret"));
        let (mut one, mut two) = (Asker::new(&fhir, one.context.clone()), Asker::new(&fhir, two.context.clone()));
        let request = ask::get("Observation?_total=accurate&_count=100");
        assert_ne!(one.send(&request).await.text, two.send(&request).await.text);
    }
}
