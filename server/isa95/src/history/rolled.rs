//! What roll-ups still know of readings that were dropped, and how an answer says so.
//!
//! Where a finer roll-up begins, it takes over from a coarser one, from the end of a coarse bucket on.

use super::Sight;
use crate::aggregate::{Aggregator, Bucketed};
use crate::chunk;
use crate::store::retention as store;
use crate::time;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use theriac_core::Result;

const GROUP: i64 = 64;

/// Buckets of the question that roll-ups fill, at least `count` and one of them if there are as many.
pub(super) async fn buckets(sight: &Sight<'_>, aggregator: &Aggregator, count: usize) -> Result<Vec<Bucketed>> {
    let mut found: BTreeMap<i64, Bucketed> = BTreeMap::new();
    // What was dropped is of no batch any more.
    if sight.scene.cuts() {
        return Ok(Vec::new());
    }
    for (width, (from, to)) in levels(sight).await? {
        if found.len() > count {
            break;
        }
        let mut after = None;
        loop {
            let stored =
                store::overlapping(&sight.context.db, (sight.property, width), (from, to), after, GROUP).await?;
            let Some(last) = stored.last().map(|one| (one.first, one.key)) else { break };
            for one in stored {
                let within = |bucketed: &Bucketed| (from..to).contains(&bucketed.start);
                for rolled in chunk::decode_rolled(&one.body)?.into_iter().filter(within) {
                    add(&mut found, aggregator.of_rolled(rolled));
                }
            }
            after = Some(last);
            // All that begin before the next roll-up are whole.
            if found.keys().take_while(|start| **start < last.0).count() > count {
                break;
            }
        }
    }
    Ok(found.into_values().collect())
}

fn add(found: &mut BTreeMap<i64, Bucketed>, bucketed: Bucketed) {
    let merged = match found.remove(&bucketed.start) {
        Some(before) => before.merge(bucketed),
        None => bucketed,
    };
    found.insert(merged.start, merged);
}

/// Widths in ascending order of their time, coarsest first, each with the stretch of the question that it answers.
async fn levels(sight: &Sight<'_>) -> Result<Vec<(i64, (i64, i64))>> {
    let (from, to) = sight.range;
    let mut levels = Vec::new();
    let mut end = to;
    for (width, first) in store::widths(&sight.context.db, sight.property).await? {
        // A bucket that begins before the question does is no part of it.
        let begin = first.max(from);
        if begin < end {
            levels.push((width, (begin, end)));
            end = begin;
        }
    }
    // A coarse bucket goes up to its end: the finer level begins there.
    for at in 1..levels.len() {
        let (coarse, (_, stop)) = levels[at];
        let aligned = stop.saturating_add(coarse - 1) - stop.saturating_add(coarse - 1).rem_euclid(coarse);
        levels[at - 1].1.0 = aligned.min(levels[at - 1].1.1);
        levels[at].1.1 = aligned.min(levels[at - 1].1.1).max(stop);
    }
    levels.reverse();
    Ok(levels)
}

/// Both in ascending order; buckets that both have become one.
pub(super) fn merge(rolled: Vec<Bucketed>, raw: Vec<Bucketed>) -> Vec<Bucketed> {
    if rolled.is_empty() {
        return raw;
    }
    let mut found = BTreeMap::new();
    rolled.into_iter().chain(raw).for_each(|bucketed| add(&mut found, bucketed));
    found.into_values().collect()
}

/// `[{"bucket","from","to"}]`: for which stretches of the question roll-ups answer; nothing where they need not.
pub(super) async fn told(sight: &Sight<'_>) -> Result<Option<Value>> {
    let mut told = Vec::new();
    for (width, (from, to)) in levels(sight).await? {
        let Some(last) = store::last(&sight.context.db, (sight.property, width), (from, to)).await? else { continue };
        told.push(json!({
            "bucket": format!("PT{}S", width as f64 / 1e6),
            "from": time::format(from),
            "to": time::format(last.saturating_add(width).min(to)),
        }));
    }
    Ok((!told.is_empty()).then(|| told.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::Totals;

    fn bucketed(start: i64, value: f64) -> Bucketed {
        let totals = Totals { count: 1, min: value, max: value, sum: value, last: value };
        Bucketed { start, at: start + value as i64, totals, histogram: None }
    }

    #[test]
    fn a_bucket_of_both_is_one_and_the_later_reading_is_last() {
        let merged = merge(vec![bucketed(0, 5.0), bucketed(10, 1.0)], vec![bucketed(0, 3.0), bucketed(20, 2.0)]);
        assert_eq!(merged.iter().map(|b| b.start).collect::<Vec<_>>(), [0, 10, 20]);
        assert_eq!((merged[0].totals.count, merged[0].totals.sum, merged[0].totals.last), (2, 8.0, 5.0));
    }
}
