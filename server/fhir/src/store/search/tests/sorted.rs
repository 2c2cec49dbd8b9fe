//! Orders and pages.

use super::House;
use super::agreement::parse;
use super::population::{Dice, resources};
use crate::kind;
use crate::search::criterion::matches_among;
use crate::search::parameter::Kind;
use crate::search::query::{SortBy, SortKey};
use crate::search::{Index, Query};
use crate::store::search::{Ask, Found, Moment, Position, page};
use std::cmp::Ordering;
use theriac_platform::Context;

/// A sort value in memory; `None` comes last both ways.
#[derive(Debug, PartialEq, PartialOrd)]
enum Sorted {
    Int(i64),
    Real(f64),
    Text(String),
}

fn value(index: &Index, key: &SortKey) -> Option<Sorted> {
    let down = key.descending;
    let best = |values: Vec<Sorted>| {
        let compare = |a: &Sorted, b: &Sorted| a.partial_cmp(b).unwrap_or(Ordering::Equal);
        if down { values.into_iter().max_by(compare) } else { values.into_iter().min_by(compare) }
    };
    match &key.by {
        SortBy::Id => Some(Sorted::Text(index.id.clone())),
        SortBy::LastUpdated => index.last_updated.map(|at| Sorted::Int(at.lo)),
        SortBy::Value { seeds, .. } => {
            let there = |hash: &i64| seeds.iter().any(|seed| index.tokens.binary_search(&(seed ^ hash)).is_ok());
            best(index.values.iter().filter(|(hash, _)| there(hash)).map(|v| Sorted::Text(v.1.clone())).collect())
        }
        SortBy::Near { points } => {
            let chord = |place: &crate::search::index::Place, [x, y, z]: &[f64; 3]| {
                (place.x - x) * (place.x - x) + (place.y - y) * (place.y - y) + (place.z - z) * (place.z - z)
            };
            let nearest = |place| points.iter().map(|point| chord(place, point)).fold(f64::INFINITY, f64::min);
            best(index.places.iter().map(|place| Sorted::Real(nearest(place))).collect())
        }
        SortBy::Param { params, kind: Kind::Date, .. } => {
            let rows = index.dates.iter().filter(|r| params.contains(&r.param));
            best(rows.map(|r| Sorted::Int(if down { r.hi } else { r.lo })).collect())
        }
        SortBy::Param { params, kind: Kind::String, .. } => best(
            index
                .strings
                .iter()
                .filter(|r| params.contains(&r.param))
                .map(|r| Sorted::Text(r.folded.clone()))
                .collect(),
        ),
        SortBy::Param { params, .. } => {
            let rows = index.numbers.iter().filter(|r| params.contains(&r.param));
            best(rows.map(|r| Sorted::Real(if down { r.hi } else { r.lo })).collect())
        }
    }
}

pub(super) fn wanted(house: &House, name: &str, asked: &Query) -> Vec<String> {
    let sort = &asked.sort;
    let fits = |(kind, index): &&(String, Index)| kind == name && matches_among(index, &asked.criteria, &house.all);
    let mut all: Vec<&Index> = house.all.iter().rev().filter(fits).map(|(_, index)| index).collect();
    all.sort_by(|a, b| {
        sort.iter()
            .map(|key| order(value(a, key), value(b, key), key.descending))
            .find(|o| o.is_ne())
            .unwrap_or(Ordering::Equal)
    });
    all.into_iter().map(|index| index.id.clone()).collect()
}

fn order(a: Option<Sorted>, b: Option<Sorted>, down: bool) -> Ordering {
    match (a, b) {
        (None, None) => Ordering::Equal,
        (None, _) => Ordering::Greater,
        (_, None) => Ordering::Less,
        (Some(a), Some(b)) => {
            let order = a.partial_cmp(&b).unwrap_or(Ordering::Equal);
            if down { order.reverse() } else { order }
        }
    }
}

async fn one(
    context: &Context,
    name: &str,
    asked: &Query,
    from: Option<&Position>,
    moment: Option<&Moment>,
) -> (Vec<Found>, Option<Moment>) {
    let types = kind::number(name).into_iter().collect();
    let ask = Ask { types, criteria: &asked.criteria, sort: &asked.sort, limit: 7, from, moment, ..Ask::default() };
    let page = page(context, &ask).await.unwrap_or_else(|e| panic!("{:?}", e.cause));
    (page.found, page.moment)
}

pub(super) const SORTS: &[(&str, &str)] = &[
    ("Observation", ""),
    ("Observation", "status=final"),
    ("Observation", "status=final&date=gt1900"),
    ("Observation", "date=gt1900"),
    ("Observation", "_sort=date"),
    ("Observation", "_sort=-date"),
    ("Observation", "_sort=-date&status=final"),
    ("Observation", "_sort=-date,_id&subject=Patient/p1"),
    ("Observation", "_sort=value-quantity,-date"),
    ("Observation", "_sort=-value-quantity"),
    ("Observation", "_sort=_lastUpdated"),
    ("Observation", "_sort=-_lastUpdated&status=final"),
    ("Observation", "_sort=-_lastUpdated&patient.gender=male"),
    ("Observation", "_sort=-_id"),
    ("Observation", "_sort=_id&status=final,preliminary"),
    ("Observation", "_sort=code"),
    ("Observation", "_sort=-code,status&date=gt1900"),
    ("Observation", "_sort=subject,-code"),
    ("Observation", "_sort=-patient&patient.gender=male"),
    ("Patient", "_sort=-general-practitioner,gender&_has:Observation:patient:status=final"),
    ("Patient", "_sort=-_tag,_profile,_id"),
    ("Patient", "_sort=family,-birthdate"),
    ("Patient", "_sort=-family"),
    ("Patient", "_has:Observation:patient:status=final"),
    ("Location", "near=10|20|20000|km&_sort=near"),
    ("Location", "near=10|20|20000|km,-40|100|9000|km&_sort=-near,_id"),
];

#[tokio::test]
async fn pages_go_through_every_order_forth_and_back() {
    for mut house in House::each().await {
        house.put(&resources(&mut Dice(99), 40)).await;
        for (name, text) in SORTS {
            let asked = parse(name, text);
            let wanted = wanted(&house, name, &asked);
            let (mut found, mut from) = (Vec::new(), None::<Position>);
            let mut pages = Vec::new();
            loop {
                let (rows, _) = one(&house.context, name, &asked, from.as_ref(), None).await;
                let Some(last) = rows.last() else { break };
                from = Some(last.position(false));
                found.extend(rows.iter().map(|f| f.version.id.clone()));
                pages.push(rows);
            }
            assert_eq!(found, wanted, "{:?} {name} {text}", house.engine());
            for two in pages.windows(2) {
                let (back, _) = one(&house.context, name, &asked, Some(&two[1][0].position(true)), None).await;
                let ids = |rows: &[Found]| rows.iter().map(|f| f.version.id.clone()).collect::<Vec<_>>();
                assert_eq!(ids(&back), ids(&two[0]), "{:?} back through {name} {text}", house.engine());
            }
        }
    }
}

#[tokio::test]
async fn what_is_written_while_one_pages_does_not_appear_or_displace() {
    for mut house in House::each().await {
        house.put(&resources(&mut Dice(3), 30)).await;
        for (name, text) in SORTS {
            let asked = parse(name, text);
            let wanted = wanted(&house, name, &asked);
            let (mut found, mut from, mut moment) = (Vec::new(), None::<Position>, None);
            loop {
                let (rows, of) = one(&house.context, name, &asked, from.as_ref(), moment.as_ref()).await;
                moment = of;
                let Some(last) = rows.last() else { break };
                from = Some(last.position(false));
                found.extend(rows.into_iter().map(|f| f.version.id));
                let id = house.all.len();
                let more = [
                    format!(
                        r#"{{"resourceType":"Observation","id":"n{id}","status":"final","code":{{"text":"t"}},"effectiveDateTime":"1980"}}"#
                    ),
                    format!(r#"{{"resourceType":"Patient","id":"n{id}","name":[{{"family":"Birch"}}]}}"#),
                ];
                house.put(&more).await;
            }
            assert_eq!(found, wanted, "{:?} {name} {text}", house.engine());
        }
    }
}
