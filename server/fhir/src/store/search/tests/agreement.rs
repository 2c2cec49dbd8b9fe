//! SQL against memory.

use super::House;
use super::population::{Dice, of_practitioner, query, resources};
use crate::kind;
use crate::policy::{self, Visible};
use crate::search::criterion::matches_among;
use crate::search::{Context as Base, Criterion, Index, Query, Request, r4_catalogue};
use crate::store::search::{Ask, count, keys, page};
use theriac_access::{Interaction, Role};
use theriac_core::Instant;
use theriac_platform::Context;

pub fn parse(kind: &str, text: &str) -> Query {
    let context = Base {
        base: "https://example.org/mercy/fhir",
        now: Instant::parse("2024-01-01T00:00:00Z").unwrap(),
        concepts: None,
    };
    let request = Request { catalogue: r4_catalogue(), resource_type: Some(kind), context, lenient: false };
    Query::parse(&request, text, None).unwrap_or_else(|e| panic!("{kind}?{text}: {e}"))
}

/// What the caller should find, newest first: among what exists for the caller, and nothing else.
pub fn expected(all: &[(String, Index)], visible: &Visible, name: &str, criteria: &[Criterion]) -> Vec<String> {
    let own: Vec<(String, Index)> =
        all.iter().filter(|(k, index)| visible.admits(kind::number(k).unwrap(), index)).cloned().collect();
    let found = own.iter().rev().filter(|(k, index)| k == name && matches_among(index, criteria, &own));
    found.map(|(_, index)| index.id.clone()).collect()
}

async fn check(house: &House, context: &Context, name: &str, text: &str) -> usize {
    let criteria = parse(name, text).criteria;
    let visible = policy::visible(context, Interaction::Search);
    let wanted = expected(&house.all, &visible, name, &criteria);
    let kind = kind::find(name).unwrap();
    let told = |e: theriac_core::Error| -> Vec<_> { panic!("{name}?{text}: {:?}", e.cause) };
    let found = keys(context, Interaction::Search, kind, &criteria, 1_000).await.unwrap_or_else(told);
    let found: Vec<String> = found.into_iter().map(|(_, id, _)| id).collect();
    assert_eq!(found, wanted, "{:?} {name}?{text} {criteria:?}", house.engine());
    assert_eq!(
        count(context, &[kind.number], &criteria, None).await.unwrap(),
        wanted.len() as u64,
        "count of {name}?{text}"
    );
    wanted.len()
}

/// Callers for whom not everything exists, of every kind that there is.
fn limited(house: &House) -> Vec<Context> {
    let own = &["p1", "p2", "p4", "p7"];
    vec![
        house.clinician(own),
        house.scoped(Role::Clinician, own, "user/Observation.rs?status=final user/*.rs?_lastUpdated=gt2020-01-01"),
        house.scoped(
            Role::Service,
            &[],
            "system/Observation.rs?code=s|a system/Observation.s?value-quantity=gt2 system/Patient.rs?gender=male \
             system/Encounter.s system/Location.s",
        ),
        house.scoped(
            Role::Service,
            &[],
            "system/*.rs?_lastUpdated=lt2020-01-01T00:00:45Z system/Patient.s?birthdate=gt1980",
        ),
    ]
}

#[tokio::test]
async fn sql_finds_what_memory_finds_for_every_caller() {
    for seed in [11, 4_242, 977_131] {
        for mut house in House::each().await {
            let mut dice = Dice(seed);
            let texts = resources(&mut dice, 60);
            house.put(&texts).await;
            house.delete("Patient", "p3").await;
            house.delete("Observation", "o5").await;
            let limited = limited(&house);
            let (mut found, mut seen) = (0, vec![0; limited.len()]);
            for turn in 0..150 {
                let (name, text) = query(&mut dice);
                found += check(&house, &house.context, name, &text).await;
                let at = turn % limited.len();
                seen[at] += check(&house, &limited[at], name, &text).await;
            }
            let enough = seen.iter().all(|seen| *seen > 2 && *seen < found);
            assert!(found > 500 && enough, "{found} and {seen:?} were found: too few to tell");
        }
    }
}

#[tokio::test]
async fn several_types_are_searched_at_once() {
    for mut house in House::each().await {
        house.put(&resources(&mut Dice(5), 20)).await;
        let types: Vec<i16> = ["Patient", "Practitioner"].iter().filter_map(|n| kind::number(n)).collect();
        let all = |context: Context, types: Vec<i16>| async move {
            page(&context, &Ask { types, limit: 1_000, ..Ask::default() }).await.unwrap().found.len()
        };
        assert_eq!(all(house.context.clone(), types.clone()).await, 16);
        assert_eq!(all(house.context.clone(), Vec::new()).await, house.all.len());
        let few = all(house.clinician(&["p1"]), Vec::new()).await;
        assert!(few > 0 && few < house.all.len(), "{few}");
        let patients = kind::number("Patient").into_iter().collect();
        assert_eq!(all(house.clinician(&[]), types).await, 4, "nobody assigned: only what is shared exists");
        assert_eq!(all(house.clinician(&[]), patients).await, 0);
    }
}

#[tokio::test]
async fn what_is_contained_is_found_by_whoever_sees_what_contains_it() {
    for mut house in House::each().await {
        let mut dice = Dice(8_061);
        house.put(&resources(&mut dice, 80)).await;
        house.delete("Observation", "o5").await;
        let limited = limited(&house);
        let (mut found, mut seen) = (0, 0);
        for turn in 0..60 {
            let which = ["true", "both"][dice.roll(2)];
            let text = format!("{}&{}&_contained={which}", of_practitioner(&mut dice), of_practitioner(&mut dice));
            found += contained(&house, &house.context, &text).await;
            seen += contained(&house, &limited[turn % limited.len()], &text).await;
        }
        assert!(found > 200 && seen > 10 && seen < found, "{found} and {seen} were found: too few to tell");
    }
}

async fn contained(house: &House, context: &Context, text: &str) -> usize {
    let criteria = parse("Practitioner", text).criteria;
    let visible = policy::visible(context, Interaction::Search);
    let all = house.all.iter().filter(|(k, index)| visible.admits(kind::number(k).unwrap(), index));
    let wanted: Vec<&String> =
        all.filter(|(_, index)| matches_among(index, &criteria, &[])).map(|(_, index)| &index.id).rev().collect();
    let ask = Ask { criteria: &criteria, limit: 1_000, ..Ask::default() };
    let page = page(context, &ask).await.unwrap_or_else(|e| panic!("Practitioner?{text}: {:?}", e.cause));
    let found: Vec<&String> = page.found.iter().map(|found| &found.version.id).collect();
    assert_eq!(found, wanted, "{:?} Practitioner?{text} {criteria:?}", house.engine());
    assert_eq!(count(context, &[], &criteria, None).await.unwrap(), wanted.len() as u64, "count of {text}");
    wanted.len()
}
