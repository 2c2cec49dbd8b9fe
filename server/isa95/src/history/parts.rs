//! The readings of one property for an aggregate, in ascending order: whole chunks by what is known of them, and only
//! where chunks, the tail, or a bucket's edge cross, the readings themselves.

use super::span::{Span, tail};
use crate::aggregate::Aggregator;
use crate::chunk::{Point, Summary, in_order};
use crate::store;
use crate::store::chunk::Head;
use std::collections::VecDeque;
use theriac_core::Result;
use theriac_platform::Context;

/// Heads read at a time.
const GROUP: i64 = 1024;

pub(super) enum Part {
    Whole(Summary),
    Readings(Vec<Point>),
}

pub(super) struct Parts<'c> {
    context: &'c Context,
    property: i64,
    range: (i64, i64),
    tail: Vec<Point>,
    /// How many of the tail are behind.
    passed: usize,
    heads: VecDeque<Head>,
    after: Option<(i64, i64)>,
    ended: bool,
    reading: Option<Span<'c>>,
    waiting: Option<Summary>,
}

/// Chunks and readings of the tail that overlap each other, and nothing else.
struct Cluster {
    first: i64,
    last: i64,
    /// The chunk that stands alone.
    only: Option<Head>,
}

impl<'c> Parts<'c> {
    /// The tail is read before the chunks: see [`Span`].
    pub async fn open(context: &'c Context, property: i64, range: (i64, i64)) -> Result<Self> {
        let tail = in_order(&tail(context, property, range).await?);
        let (heads, passed) = (VecDeque::new(), 0);
        Ok(Self {
            context,
            property,
            range,
            tail,
            passed,
            heads,
            after: None,
            ended: false,
            reading: None,
            waiting: None,
        })
    }

    /// The next part; chunks are opened unless the aggregator takes them whole, or all if that is wanted.
    pub async fn next(&mut self, aggregator: &Aggregator, open_all: bool) -> Result<Option<Part>> {
        loop {
            if let Some(span) = &mut self.reading {
                if let Some(points) = span.next().await? {
                    return Ok(Some(Part::Readings(points)));
                }
                self.reading = None;
            }
            if let Some(summary) = self.waiting.take() {
                return Ok(Some(Part::Whole(summary)));
            }
            match self.stretch(aggregator, open_all).await? {
                Some(range) => {
                    let within = |time: i64| self.tail.partition_point(|point| point.time < time);
                    let tail = &self.tail[within(range.0)..within(range.1)];
                    self.reading = Some(Span::over(self.context, self.property, range, tail));
                }
                None if self.waiting.is_none() => return Ok(None),
                None => {}
            }
        }
    }

    /// Up to the next chunk that is taken whole, which then waits: what must be read before it.
    async fn stretch(&mut self, aggregator: &Aggregator, open_all: bool) -> Result<Option<(i64, i64)>> {
        let (from, to) = self.range;
        let mut stretch: Option<(i64, i64)> = None;
        while let Some(cluster) = self.cluster().await? {
            self.waiting = cluster.only.filter(|_| !open_all).and_then(|head| {
                let summary = Summary { count: head.count, first: head.first, last: head.last, totals: head.totals? };
                (head.first >= from && head.last < to && aggregator.takes_whole(&summary)).then_some(summary)
            });
            if self.waiting.is_some() {
                break;
            }
            let first = stretch.map_or(cluster.first.max(from), |(first, _)| first);
            stretch = Some((first, cluster.last.saturating_add(1).min(to)));
        }
        Ok(stretch)
    }

    async fn cluster(&mut self) -> Result<Option<Cluster>> {
        let head = self.head().await?.map(|head| head.first);
        let point = self.tail.get(self.passed).map(|point| point.time);
        let Some(first) = [head, point].into_iter().flatten().min() else { return Ok(None) };
        let mut cluster = Cluster { first, last: first, only: None };
        let mut members = 0;
        loop {
            if self.head().await?.is_some_and(|head| head.first <= cluster.last) {
                let Some(head) = self.heads.pop_front() else { continue };
                cluster.last = cluster.last.max(head.last);
                cluster.only = Some(head);
            } else if self.tail.get(self.passed).is_some_and(|point| point.time <= cluster.last) {
                self.passed += 1;
            } else {
                break;
            }
            members += 1;
        }
        cluster.only = cluster.only.filter(|_| members == 1);
        Ok(Some(cluster))
    }

    async fn head(&mut self) -> Result<Option<&Head>> {
        if self.heads.is_empty() && !self.ended {
            let found = store::chunk::heads(&self.context.db, self.property, self.range, self.after, GROUP).await?;
            self.ended = (found.len() as i64) < GROUP;
            self.after = found.last().map(|head| (head.first, head.key)).or(self.after);
            self.heads.extend(found);
        }
        Ok(self.heads.front())
    }
}
