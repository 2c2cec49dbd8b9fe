//! The past: searches and histories of an earlier time show what stood then.

use super::House;
use super::agreement::{expected, parse};
use super::population::{Dice, query, resources};
use super::snapshot::{OBSERVATIONS, disturb};
use crate::kind;
use crate::policy::{self, Visible};
use crate::search::Index;
use crate::store::history::{self, Place, Span, Which};
use crate::store::read::Version;
use crate::store::search::{Ask, moment_at, page};
use theriac_access::Interaction;
use theriac_core::Instant;
use theriac_platform::Context;

/// What stood after each change, beside the time of that change.
async fn changes(house: &mut House, dice: &mut Dice, count: usize) -> Vec<(Instant, Vec<(String, Index)>)> {
    let mut all = vec![(house.latest(), house.all.clone())];
    for _ in 0..count {
        disturb(house, dice).await;
        all.push((house.latest(), house.all.clone()));
    }
    all
}

/// Rows of then that exist for the caller today as well.
fn today(visible: &Visible, house: &House, then: &[(String, Index)]) -> Vec<(String, Index)> {
    let admits = |kind: &str, index| visible.admits(kind::number(kind).unwrap(), index);
    let now = |kind: &str, id: &str| house.all.iter().any(|(k, i)| k == kind && i.id == id && admits(k, i));
    then.iter().filter(|(kind, index)| *visible == Visible::All || now(kind, &index.id)).cloned().collect()
}

async fn find(context: &Context, name: &str, text: &str, at: Instant) -> Vec<String> {
    let asked = parse(name, text);
    let moment = moment_at(context, at).await.unwrap().unwrap();
    let types = kind::number(name).into_iter().collect();
    let ask = Ask { types, criteria: &asked.criteria, limit: 1_000, moment: Some(&moment), ..Ask::default() };
    let found = page(context, &ask).await.unwrap_or_else(|e| panic!("{:?}", e.cause)).found;
    found.into_iter().map(|f| f.version.id).collect()
}

#[tokio::test]
async fn a_search_of_the_past_finds_what_stood_then_and_no_caller_sees_more_by_it() {
    for mut house in House::each().await {
        let mut dice = Dice(31);
        house.put(&resources(&mut dice, OBSERVATIONS)).await;
        let past = changes(&mut house, &mut dice, 60).await;
        let clinician = house.clinician(&["p1", "p2", "p4", "p6"]);
        let (mut found, mut seen) = (0, 0);
        for _ in 0..200 {
            let (at, then) = &past[dice.roll(past.len())];
            let (name, text) = query(&mut dice);
            let criteria = parse(name, &text).criteria;
            for (context, count) in [(&house.context, &mut found), (&clinician, &mut seen)] {
                let visible = policy::visible(context, Interaction::Search);
                let wanted = expected(&today(&visible, &house, then), &visible, name, &criteria);
                let ids = find(context, name, &text, *at).await;
                assert_eq!(ids, wanted, "{:?} {name}?{text} at {}", house.engine(), at.rfc3339());
                *count += ids.len();
            }
        }
        assert!(found > 200 && seen > 20 && seen < found, "{found} and {seen} were found: too few to tell");
    }
}

fn names(versions: &[Version]) -> Vec<(i16, String, i64)> {
    versions.iter().map(|v| (v.kind, v.id.clone(), v.version)).collect()
}

async fn walk(context: &Context, visible: &Visible, span: Span) -> Vec<(i16, String, i64)> {
    let (mut versions, moment) = history::page(context, visible, &span, 9).await.unwrap();
    let mut all = names(&versions);
    let mut span = Span { moment, ..span };
    while let Some(last) = versions.last() {
        span.from = Some(Place::of(last, false));
        versions = history::page(context, visible, &span, 9).await.unwrap().0;
        all.extend(names(&versions));
    }
    all
}

#[tokio::test]
async fn histories_page_through_every_version_once_newest_first() {
    for mut house in House::each().await {
        let mut dice = Dice(8);
        house.put(&resources(&mut dice, OBSERVATIONS)).await;
        let before = house.latest();
        changes(&mut house, &mut dice, 50).await;
        let (context, visible) = (&house.context, Visible::All);
        let (whole, _) = history::page(context, &visible, &Span::default(), 1_000).await.unwrap();
        assert!(whole.windows(2).all(|two| two[0].updated > two[1].updated), "every tick is one version");
        let all = names(&whole);
        assert_eq!(walk(context, &visible, Span::default()).await, all);
        let kind = kind::number("Observation");
        let typed: Vec<_> = all.iter().filter(|v| Some(v.0) == kind).cloned().collect();
        assert_eq!(walk(context, &visible, Span { kind, ..Span::default() }).await, typed);
        let since = Some(Instant(before.0 + 1));
        let later: Vec<_> = whole.iter().filter(|v| v.updated > before).cloned().collect();
        assert_eq!(walk(context, &visible, Span { since, ..Span::default() }).await, names(&later));
        assert!(later.len() > 30 && typed.len() > OBSERVATIONS);
        for version in &whole {
            let one = history::one(context, &visible, version.kind, &version.id, Which::At(version.updated)).await;
            assert_eq!(one.unwrap().map(|v| v.version), Some(version.version));
        }
    }
}

#[tokio::test]
async fn a_period_shows_what_was_current_at_some_time_of_it() {
    for house in House::each().await {
        let text = |n: usize| format!(r#"{{"resourceType":"Patient","id":"a","multipleBirthInteger":{n}}}"#);
        let mut house = house;
        house.put(&[text(0)]).await;
        house.update(&text(1)).await;
        house.update(&text(2)).await;
        let second = house.latest().0 - 1_000_000;
        for (during, wanted) in [
            ((second, second + 1), vec![2]),
            ((second - 500_000, second + 1), vec![2, 1]),
            ((second - 2_000_000, second - 1_000_000), vec![]),
            ((0, i64::MAX), vec![3, 2, 1]),
            ((second + 2_000_000, i64::MAX), vec![3]),
        ] {
            let span = Span { during: Some(during), ..Span::default() };
            let found = history::page(&house.context, &Visible::All, &span, 10).await.unwrap().0;
            assert_eq!(found.iter().map(|v| v.version).collect::<Vec<_>>(), wanted, "{during:?}");
        }
    }
}
