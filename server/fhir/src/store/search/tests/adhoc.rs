use crate::search::Criterion;
use crate::search::criterion::{Arm, RangeTest};
use crate::search::parameter::Kind;
use crate::search::query::{SortBy, SortKey};
use crate::search::value::Prefix;
use crate::store::search::{Ask, count, page};
use theriac_core::{Clock, Tenant};
use theriac_platform::{Context, db::Db};

fn t(n: i64) -> Criterion {
    Criterion::Tokens { any: vec![n], negate: false }
}

#[tokio::test]
async fn adhoc() {
    let Ok(url) = std::env::var("ADHOC") else { return };
    let db = Db::open(&url, Clock::System).await.unwrap();
    let context = Context::internal(&db, &Tenant::new(1, "x"), "t");
    let date = |prefix, lo: i64, hi: i64| Criterion::Dates { param: 5, any: vec![RangeTest { prefix, lo, hi }] };
    let chain =
        |n| Criterion::Chain { seed: 0, any: vec![Arm { target: crate::kind::name(90).to_owned(), criterion: t(n) }] };
    let has = |n| Criterion::Has { source: crate::kind::name(90).to_owned(), seed: 0, criterion: Box::new(t(n)) };
    let rows: Vec<(&str, Vec<Criterion>)> = vec![
        ("none", vec![]),
        ("all", vec![t(1)]),
        ("hot 50%", vec![t(100)]),
        ("4%", vec![t(203)]),
        ("285", vec![t(305)]),
        ("20", vec![t(1005)]),
        ("0", vec![t(5)]),
        ("hot+285", vec![t(101), t(305)]),
        ("hot+4%", vec![t(101), t(203)]),
        ("disjoint hot", vec![t(100), t(101)]),
        ("not hot", vec![Criterion::Tokens { any: vec![101], negate: true }]),
        ("any 3 rare", vec![Criterion::Tokens { any: vec![1005, 1006, 1007], negate: false }]),
        ("date gt old (most)", vec![date(Prefix::Gt, 60_000_000, 60_000_000)]),
        ("date gt new (few)", vec![date(Prefix::Gt, 199_990 * 60_000_000, 199_990 * 60_000_000)]),
        ("date eq day (1440)", vec![date(Prefix::Eq, 6_000_000_000_000, 6_000_000_000_000 + 86_400_000_000)]),
        ("date+20", vec![date(Prefix::Gt, 60_000_000, 60_000_000), t(1005)]),
        ("date+hot", vec![date(Prefix::Gt, 60_000_000, 60_000_000), t(100)]),
        (
            "updated gt",
            vec![Criterion::LastUpdated {
                any: vec![RangeTest { prefix: Prefix::Gt, lo: 199_000_000, hi: 199_000_000 }],
            }],
        ),
        ("chain 20", vec![chain(1005)]),
        ("chain 8000", vec![chain(203)]),
        ("has 20", vec![has(1005)]),
        ("has 8000", vec![has(203)]),
    ];
    let by_date =
        vec![SortKey { by: SortBy::Param { code: "date".into(), param: 5, kind: Kind::Date }, descending: true }];
    let by_updated = vec![SortKey { by: SortBy::LastUpdated, descending: true }];
    for (name, criteria) in &rows {
        let mut line = format!("{name:24}");
        for sort in [&vec![], &by_updated, &by_date] {
            let ask = Ask { types: vec![90], criteria, sort, limit: 21, ..Ask::default() };
            let mut times = vec![];
            let mut n = 0;
            for i in 0..25 {
                let at = std::time::Instant::now();
                n = page(&context, &ask).await.unwrap_or_else(|e| panic!("{name} {:?}", e.cause)).len();
                times.push(at.elapsed().as_micros());
                if i > 8 && times.iter().sum::<u128>() > 2_000_000 {
                    break;
                }
            }
            let first = times[0];
            let late = &mut times[5..];
            late.sort();
            line += &format!(" | n={n:2} first {first:7} median {:7}", late[late.len() / 2]);
        }
        let at = std::time::Instant::now();
        let c = count(&context, &[90], criteria).await.unwrap();
        println!("{line} | count {c} {}us", at.elapsed().as_micros());
    }
}
