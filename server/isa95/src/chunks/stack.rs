//! The chunks of a property as a stack, newest on top: a new one swallows those below it that are not much larger.

use crate::chunk::{self, Point, in_order, merge_points};
use crate::store;
use crate::store::chunk::Fresh;
use std::collections::HashMap;
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::db::Unit;

/// Readings of a full chunk.
const FULL: usize = 4096;
/// How much larger a chunk may be that is swallowed: what makes chunks few and rewriting rare.
const RATIO: usize = 4;

/// Chunks remembered of each property; those further down are full.
const DEPTH: usize = 12;

/// What is known of the newest chunks: (key, count), oldest first.
type Stack = Vec<(i64, usize)>;

#[derive(Default)]
pub(super) struct Stacks(HashMap<i64, Stack>);

impl Stacks {
    /// Writes the gathered readings of each property.
    pub async fn write(&mut self, context: &Context, points: HashMap<i64, Vec<Point>>, unit: &mut Unit) -> Result<()> {
        self.look_up(context, points.keys().copied()).await?;
        let mut swallowed = Vec::new();
        for (property, points) in &points {
            let stack = self.0.entry(*property).or_default();
            swallowed.extend(swallow(stack, points.len()).into_iter().map(|key| (*property, key)));
        }
        let mut olds: HashMap<i64, Vec<(i64, Vec<u8>)>> = HashMap::new();
        if !swallowed.is_empty() {
            for (property, key, body) in store::chunk::bodies(&context.db, &swallowed).await? {
                olds.entry(property).or_default().push((key, body));
            }
            unit.push(store::chunk::remove(&context.db, &swallowed));
        }
        let draw = self.keys(context, points.keys().copied());
        let work = move || encode_all(points, olds, &draw);
        let fresh = tokio::task::spawn_blocking(work).await.map_err(Error::internal)??;
        for chunk in &fresh {
            let stack = self.0.entry(chunk.property).or_default();
            stack.push((chunk.key, chunk.count));
            stack.drain(..stack.len().saturating_sub(DEPTH));
        }
        unit.push(store::chunk::insert(&context.db, fresh));
        Ok(())
    }

    async fn look_up(&mut self, context: &Context, properties: impl Iterator<Item = i64>) -> Result<()> {
        let unknown: Vec<i64> = properties.filter(|property| !self.0.contains_key(property)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        for (property, key, count) in store::chunk::newest(&context.db, &unknown).await? {
            self.0.entry(property).or_default().push((key, count));
        }
        Ok(())
    }

    /// The first key each property's next chunk may have: above all before it, whatever the clock says.
    fn keys(&self, context: &Context, properties: impl Iterator<Item = i64>) -> HashMap<i64, i64> {
        let now = context.key();
        let above = |property| self.0.get(&property).and_then(|stack| stack.last()).map_or(0, |(key, _)| key + 1);
        properties.map(|property| (property, now.max(above(property)))).collect()
    }
}

/// Takes off the stack what a new chunk of `count` readings swallows; the last key is kept in mind by the caller's
/// clock, which has moved on since.
fn swallow(stack: &mut Stack, count: usize) -> Vec<i64> {
    let (mut size, mut keys) = (count, Vec::new());
    while let Some((key, below)) = stack.last().copied()
        && below <= RATIO * size
        && below + size <= FULL
    {
        size += below;
        keys.push(key);
        stack.pop();
    }
    keys
}

fn encode_all(
    points: HashMap<i64, Vec<Point>>,
    mut olds: HashMap<i64, Vec<(i64, Vec<u8>)>>,
    keys: &HashMap<i64, i64>,
) -> Result<Vec<Fresh>> {
    let mut fresh = Vec::with_capacity(points.len());
    for (property, new) in points {
        let mut old = olds.remove(&property).unwrap_or_default();
        old.sort_by_key(|(key, _)| *key);
        let last = old.last().map_or(0, |(key, _)| key + 1);
        let mut merged = Vec::new();
        for (_, body) in old {
            merged = merge_points(&merged, &chunk::decode(&body)?);
        }
        let merged = merge_points(&merged, &in_order(&new));
        let first_key = keys.get(&property).copied().unwrap_or_default().max(last);
        for (key, part) in (first_key..).zip(merged.chunks(FULL)) {
            fresh.push(Fresh::of(property, key, part)?);
        }
    }
    Ok(fresh)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(time: i64, value: f64) -> Point {
        Point { time, value, quality: 0 }
    }

    #[test]
    fn chunks_become_few_and_readings_are_rewritten_rarely() {
        let (mut stack, mut rewritten) = (Stack::new(), 0);
        for key in 0..10_000 {
            let before: usize = stack.iter().map(|(_, count)| count).sum();
            let swallowed = swallow(&mut stack, 10);
            let kept: usize = stack.iter().map(|(_, count)| count).sum();
            rewritten += before - kept;
            assert!(swallowed.len() <= 12);
            stack.push((key, before - kept + 10));
        }
        assert!(stack.len() < 50, "{} chunks of 100000 readings", stack.len());
        assert!(rewritten < 60 * 100_000, "{rewritten}");
    }

    #[test]
    fn a_full_chunk_is_left_alone() {
        let mut stack = vec![(1, 4000), (2, 90)];
        assert_eq!(swallow(&mut stack, 60), [2]);
        assert_eq!(stack, [(1, 4000)]);
        assert!(swallow(&mut stack, 150).is_empty());
    }

    #[test]
    fn the_later_arrival_wins_and_keys_grow() {
        let old = |key, points: &[Point]| (key, chunk::encode(points).unwrap());
        let olds = vec![old(9, &[point(1, 2.0), point(3, 2.0)]), old(4, &[point(1, 1.0), point(2, 1.0)])];
        let new = vec![point(5, 3.0), point(3, 3.0)];
        let fresh =
            encode_all(HashMap::from([(7, new)]), HashMap::from([(7, olds)]), &HashMap::from([(7, 5)])).unwrap();
        assert_eq!((fresh.len(), fresh[0].key, fresh[0].first, fresh[0].last), (1, 10, 1, 5));
        let points = chunk::decode(&fresh[0].body).unwrap();
        assert_eq!(points, [point(1, 2.0), point(2, 1.0), point(3, 3.0), point(5, 3.0)]);
    }
}
