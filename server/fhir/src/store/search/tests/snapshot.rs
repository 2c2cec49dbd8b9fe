//! Pages under writes: whatever happens between them, together they are what stood when the first was given.

use super::House;
use super::agreement::parse;
use super::population::{Dice, PATIENTS, observation, patient, query, resources};
use super::sorted::{SORTS, wanted};
use crate::kind;
use crate::search::Query;
use crate::store::search::{Ask, Found, Moment, Page, Position, count, page};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use theriac_platform::Context;

pub(super) const OBSERVATIONS: usize = 30;
const PAGE: usize = 7;

async fn ask(
    context: &Context,
    name: &str,
    asked: &Query,
    limit: usize,
    at: (Option<&Position>, Option<&Moment>),
) -> Page {
    let types = kind::number(name).into_iter().collect();
    let (from, moment) = at;
    let ask = Ask { types, criteria: &asked.criteria, sort: &asked.sort, limit, from, moment, ..Ask::default() };
    page(context, &ask).await.unwrap_or_else(|e| panic!("{:?}", e.cause))
}

fn names(found: &[Found]) -> Vec<(String, i64)> {
    found.iter().map(|f| (f.version.id.clone(), f.version.version)).collect()
}

/// All pages from the first one on, and then all back from the last.
async fn walk(
    house: &mut House,
    name: &str,
    asked: &Query,
    dice: &mut Dice,
) -> (Vec<Vec<(String, i64)>>, Option<Moment>) {
    let first = ask(&house.context, name, asked, PAGE, (None, None)).await;
    let (mut pages, moment, mut last) = (vec![names(&first.found)], first.moment, first.found);
    loop {
        disturb(house, dice).await;
        let Some(from) = last.last().map(|row| row.position(false)) else { return (pages, moment) };
        let next = ask(&house.context, name, asked, PAGE, (Some(&from), moment.as_ref())).await.found;
        if next.is_empty() {
            break;
        }
        pages.push(names(&next));
        last = next;
    }
    let mut position = last[0].position(true);
    for before in pages[..pages.len() - 1].iter().rev() {
        disturb(house, dice).await;
        let back = ask(&house.context, name, asked, PAGE, (Some(&position), moment.as_ref())).await.found;
        assert_eq!(names(&back), *before, "{:?} back through {name} {asked:?}", house.engine());
        position = back[0].position(true);
    }
    (pages, moment)
}

/// One change of any sort to what may be on the pages.
pub(super) async fn disturb(house: &mut House, dice: &mut Dice) {
    let number = house.all.len() + dice.roll(1_000_000);
    let there = |name: &str, id: &str, house: &House| house.all.iter().any(|(k, i)| k == name && i.id == id);
    let (o, p) = (dice.roll(OBSERVATIONS), dice.roll(PATIENTS));
    match dice.roll(5) {
        0 => {
            let fresh = observation(dice, number);
            house.put(&[fresh]).await;
        }
        1 if there("Patient", &format!("p{p}"), house) => house.delete("Patient", &format!("p{p}")).await,
        2 if there("Observation", &format!("o{o}"), house) => house.delete("Observation", &format!("o{o}")).await,
        3 if there("Patient", &format!("p{p}"), house) => house.update(&patient(dice, p)).await,
        _ if there("Observation", &format!("o{o}"), house) => house.update(&observation(dice, o)).await,
        _ => {}
    }
}

#[tokio::test]
async fn pages_under_changes_are_what_stood_when_the_first_was_given() {
    for seed in [7, 1_001] {
        for mut house in House::each().await {
            let mut dice = Dice(seed);
            house.put(&resources(&mut dice, OBSERVATIONS)).await;
            let mut texts: Vec<(&str, String)> = SORTS.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
            texts.extend((0..40).map(|_| query(&mut dice)));
            let mut rows = 0;
            for (name, text) in texts {
                let asked = parse(name, &text);
                let wanted = wanted(&house, name, &asked);
                let (pages, moment) = walk(&mut house, name, &asked, &mut dice).await;
                let found: Vec<String> = pages.concat().into_iter().map(|(id, _)| id).collect();
                assert_eq!(found, wanted, "{:?} {name} {text}", house.engine());
                let types: Vec<i16> = kind::number(name).into_iter().collect();
                if moment.is_some() {
                    let total = count(&house.context, &types, &asked.criteria, moment.as_ref()).await.unwrap();
                    assert_eq!(total, wanted.len() as u64, "{:?} {name} {text}", house.engine());
                }
                rows += found.len();
            }
            assert!(rows > 300, "{rows} rows are too few to tell");
        }
    }
}

/// How many changes the concurrent writers have to get in while pages are read.
const CHANGES: usize = 60;

/// Writers that never rest; what they do is not known, but every look at one moment must show the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_moment_stays_as_it_was_under_concurrent_writers() {
    for mut house in House::each().await {
        house.put(&resources(&mut Dice(5), OBSERVATIONS)).await;
        let (house, written) = (Arc::new(house), Arc::new(AtomicUsize::new(0)));
        let writers: Vec<_> =
            (0..3).map(|n| tokio::spawn(write(house.clone(), Dice(100 + n), written.clone()))).collect();
        while written.load(Ordering::Relaxed) < CHANGES {
            for (name, text) in SORTS {
                look(&house, name, text).await;
            }
        }
        for writer in writers {
            writer.await.unwrap();
        }
    }
}

/// Pages of one moment, one by one and all at once.
async fn look(house: &House, name: &str, text: &str) {
    let asked = parse(name, text);
    let first = ask(&house.context, name, &asked, PAGE, (None, None)).await;
    let Some(moment) = first.moment else { return };
    let all = names(&ask(&house.context, name, &asked, 1_000, (None, Some(&moment))).await.found);
    assert_eq!(names(&first.found), all[..all.len().min(PAGE)], "{:?} {name} {text}", house.engine());
    let (mut found, mut last) = (names(&first.found), first.found);
    while let Some(from) = last.last().map(|row| row.position(false)) {
        last = ask(&house.context, name, &asked, PAGE, (Some(&from), Some(&moment))).await.found;
        found.extend(names(&last));
    }
    assert_eq!(found, all, "{:?} {name} {text}", house.engine());
}

async fn write(house: Arc<House>, mut dice: Dice, written: Arc<AtomicUsize>) {
    while written.load(Ordering::Relaxed) < CHANGES {
        let (o, p) = (dice.roll(OBSERVATIONS), dice.roll(PATIENTS));
        let done = match dice.roll(4) {
            0 => house.remove("Observation", &format!("o{o}")).await,
            1 => house.change(&patient(&mut dice, p)).await.is_some(),
            _ => house.change(&observation(&mut dice, o)).await.is_some(),
        };
        written.fetch_add(usize::from(done), Ordering::Relaxed);
    }
}
