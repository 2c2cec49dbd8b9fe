//! The rounds that drop what is no longer to be kept: rolled up first, with an entry in the ledger for each property.
//!
//! Time is cut at the beginning of a day (UTC): what lies before goes, chunks that reach over it keep their rest. So no
//! reading counts in a roll-up and again as it came.

use super::{Policy, Retention, TOPIC};
use crate::aggregate::{Aggregator, Bucket, Bucketed};
use crate::catalogue::Known;
use crate::chunk::{self, Point, merge_points};
use crate::store;
use crate::store::chunk::{Found, Fresh as FreshChunk};
use crate::store::retention::Fresh;
use crate::time;
use serde_json::json;
use std::time::Duration;
use theriac_access::label;
use theriac_core::{Error, Result};
use theriac_ledger::{Entry, Rounds};
use theriac_platform::Context;
use theriac_platform::db::Unit;

pub(crate) struct Drop;

/// Chunks dropped in one unit.
const GROUP: i64 = 256;
/// Properties looked at in one go, batches dropped in one unit.
const PROPERTIES: i64 = 500;
const BATCHES: i64 = 1_000;

#[async_trait::async_trait]
impl Rounds for Drop {
    fn name(&self) -> &'static str {
        "isa95-retention"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(3600)
    }

    async fn round(&self, context: &Context) -> Result<()> {
        let Some((_, retention)) = store::retention::find(&context.db).await? else { return Ok(()) };
        let now = context.now().0;
        if let Some(shortest) = retention.shortest()? {
            readings(context, &retention, now, day(now.saturating_sub(shortest))).await?;
        }
        if let Some(longest) = retention.longest()? {
            while batches(context, now.saturating_sub(longest)).await? {}
        }
        rollups(context, &retention, now).await
    }
}

async fn readings(context: &Context, retention: &Retention, now: i64, newest: i64) -> Result<()> {
    let mut after = i64::MIN;
    loop {
        let keys = store::retention::with_chunks_before(&context.db, newest, after, PROPERTIES).await?;
        let Some(last) = keys.last().copied() else { return Ok(()) };
        for known in store::property::by_key(&context.db, &keys).await? {
            let policy = retention.of(&known.address);
            if let Some(raw) = policy.raw()? {
                while drop_some(context, &known, policy, day(now.saturating_sub(raw))).await? {}
            }
        }
        after = last;
    }
}

/// The beginning of its day.
fn day(time: i64) -> i64 {
    time.saturating_sub(time.rem_euclid(86_400_000_000))
}

/// True if there may be more.
async fn drop_some(context: &Context, known: &Known, policy: &Policy, cutoff: i64) -> Result<bool> {
    let (db, mut most) = (&context.db, GROUP);
    let (found, bound, more) = loop {
        let mut found = store::chunk::overlapping(db, known.key, (i64::MIN, cutoff), None, most).await?;
        let next = if found.len() as i64 == most { found.pop().map(|chunk| chunk.first) } else { None };
        let bound = next.unwrap_or(cutoff);
        found.retain(|chunk| chunk.first < bound);
        if !found.is_empty() || next.is_none() {
            break (found, bound, next.is_some());
        }
        most *= 2;
    };
    if found.is_empty() {
        return Ok(false);
    }
    let keys: Vec<(i64, i64)> = found.iter().map(|chunk| (known.key, chunk.key)).collect();
    let (widths, property) = (policy.rollups.iter().map(|r| r.width()).collect::<Result<Vec<_>>>()?, known.key);
    let work = move || cut(property, found, bound, &widths);
    let Cut { gone, kept, rolled } = tokio::task::spawn_blocking(work).await.map_err(Error::internal)??;
    let (Some(first), Some(last)) = (gone.first(), gone.last()) else { return Ok(more) };
    let widths: Vec<&str> = policy.rollups.iter().map(|rollup| rollup.bucket.as_str()).collect();
    let data = json!({
        "property": known.address,
        "readings": gone.len(),
        "from": time::format(first.time),
        "last": time::format(last.time),
        "rolledUp": widths,
    });
    let mut unit = Unit::new();
    unit.push(store::chunk::remove(db, &keys));
    if !kept.is_empty() {
        unit.push(store::chunk::insert(db, kept));
    }
    if !rolled.is_empty() {
        unit.push(store::retention::insert(db, context.key(), rolled));
    }
    let labels = known.site.iter().map(|site| label::site(site)).collect();
    let entry = entry(context, labels, data);
    theriac_ledger::record(&mut unit, context, &[entry])?;
    context.db.commit(unit).await?;
    Ok(more)
}

/// What becomes of chunks that are cut at a moment.
struct Cut {
    gone: Vec<Point>,
    /// The rest of each, under its own key: which chunk came later stays known.
    kept: Vec<FreshChunk>,
    rolled: Vec<Fresh>,
}

fn cut(property: i64, mut found: Vec<Found>, bound: i64, widths: &[Bucket]) -> Result<Cut> {
    found.sort_by_key(|chunk| chunk.key);
    let (mut gone, mut kept) = (Vec::new(), Vec::new());
    for chunk in found {
        let points = chunk::decode(&chunk.body)?;
        let (old, rest) = points.split_at(points.partition_point(|point| point.time < bound));
        gone = merge_points(&gone, old);
        if !rest.is_empty() {
            kept.push(FreshChunk::of(property, chunk.key, rest)?);
        }
    }
    let rolled = roll(property, &gone, widths)?;
    Ok(Cut { gone, kept, rolled })
}

/// What readings come to in buckets of each width.
fn roll(property: i64, points: &[Point], widths: &[Bucket]) -> Result<Vec<Fresh>> {
    let mut fresh = Vec::with_capacity(widths.len());
    for width in widths {
        let mut aggregator = Aggregator::new(*width);
        let mut buckets: Vec<Bucketed> = points.iter().filter_map(|point| aggregator.push(point)).collect();
        buckets.extend(aggregator.finish());
        // Bad readings alone leave nothing.
        let (Some(first), Some(last)) = (buckets.first(), buckets.last()) else { continue };
        let (first, last, count) = (first.start, last.start, buckets.len());
        fresh.push(Fresh {
            property,
            width: width.micros(),
            first,
            last,
            count,
            body: chunk::encode_rolled(&buckets)?,
        });
    }
    Ok(fresh)
}

fn entry(context: &Context, labels: Vec<String>, data: serde_json::Value) -> Entry {
    let subject = format!("retention/{}", context.key());
    Entry { topic: TOPIC.to_owned(), action: "drop", subject, version: 0, hash: None, labels, data: Some(data) }
}

/// Batches, as they came, whose readings have long been in chunks. True if there may be more.
async fn batches(context: &Context, before: i64) -> Result<bool> {
    let keys = store::retention::old_batches(&context.db, before, BATCHES).await?;
    if keys.is_empty() {
        return Ok(false);
    }
    let (count, more) = (keys.len(), keys.len() as i64 == BATCHES);
    let mut unit = Unit::new();
    unit.push(store::retention::remove_batches(&context.db, keys));
    let data = json!({ "batches": count, "receivedBefore": time::format(before) });
    theriac_ledger::record(&mut unit, context, &[entry(context, Vec::new(), data)])?;
    context.db.commit(unit).await?;
    Ok(more)
}

/// Roll-ups whose own time is over.
async fn rollups(context: &Context, retention: &Retention, now: i64) -> Result<()> {
    for (key, width, last) in store::retention::levels(&context.db).await? {
        let known = store::property::by_key(&context.db, &[key]).await?;
        let Some(known) = known.first() else { continue };
        let policy = retention.of(&known.address);
        let mut levels = policy.rollups.iter().filter_map(|rollup| Some((rollup.width().ok()?.micros(), rollup)));
        let Some((_, rollup)) = levels.find(|(micros, _)| *micros == width) else { continue };
        let Some(keep) = rollup.keep.as_deref().map(super::duration).transpose()? else { continue };
        let before = now.saturating_sub(keep);
        if last >= before {
            continue;
        }
        let mut unit = Unit::new();
        unit.push(store::retention::remove_rollups(&context.db, key, width, before));
        let data = json!({ "property": known.address, "bucket": rollup.bucket, "before": time::format(before) });
        let labels = known.site.iter().map(|site| label::site(site)).collect();
        let entry = entry(context, labels, data);
        theriac_ledger::record(&mut unit, context, &[entry])?;
        context.db.commit(unit).await?;
    }
    Ok(())
}
