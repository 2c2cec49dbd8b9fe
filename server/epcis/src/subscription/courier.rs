//! Delivers one webhook subscription, a batch at a time.
//!
//! Before a batch is sent its end is written down, together with a lease that keeps other nodes from sending the same;
//! after the subscriber's 2xx the position moves to that end. Whoever dies between leaves a batch that is sent again
//! as it was. A subscriber that is away is tried again ever more slowly and loses nothing; a batch that it refuses
//! again and again is put aside as a dead letter, and the next one is sent.

use super::line::{Gathered, Taken, Wanted};
use super::resource::secret_of;
use super::{Controls, Line};
use crate::Epcis;
use crate::origin::Origin;
use crate::query::{Direction, Order, order};
use crate::store::query;
use crate::store::subscription::{self as store, DeadLetter, Subscription};
use crate::view::query_document;
use crate::{queries, query::Column};
use std::sync::Arc;
use std::time::Duration;
use theriac_core::{Code, Error, Instant, Result};
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::webhook::{PATIENCE, Said, signature};
use tokio::sync::watch;

/// How long a batch belongs to the process that sends it; longer than a subscriber may take.
const LEASE: Duration = Duration::from_secs(PATIENCE.as_secs() + 5);

/// Refusals of one batch after which it is put aside.
const REFUSALS: i64 = 5;

/// Entries passed over before the position is written although nothing was found.
const IDLE: u64 = 1_000;

/// The first pause after a failure; it doubles.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(300);

pub(super) struct Courier {
    epcis: Epcis,
    context: Context,
    id: String,
    /// Up to here nothing was found, though that is not written down.
    looked: u64,
}

/// What comes after one step.
enum Next {
    Now,
    At(Instant),
    /// When the ledger is longer than this.
    Longer(u64),
    /// The subscription is gone.
    Never,
}

impl Courier {
    pub(super) fn new(epcis: Epcis, context: Context, id: String) -> Self {
        Self { epcis, context, id, looked: 0 }
    }

    /// How long the ledger is, as it grows; nothing only if it is time to stop.
    async fn watched(&self, stop: &mut watch::Receiver<bool>) -> Option<watch::Receiver<u64>> {
        loop {
            match self.line().ledger.watch(&self.context.db).await {
                Ok(size) => return Some(size),
                Err(error) => tracing::warn!(%error, subscription = self.id, "a courier waits for the ledger"),
            }
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return None,
                () = tokio::time::sleep(Duration::from_millis(100)) => {}
            }
        }
    }

    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let Some(mut size) = self.watched(&mut stop).await else { return };
        let mut trouble = Duration::from_millis(100);
        while !*stop.borrow() {
            let next = match self.step().await {
                Ok(next) => {
                    trouble = Duration::from_millis(100);
                    next
                }
                // Another node was first, or the subscription was deleted: look again.
                Err(error) if error.code == Code::Conflict => Next::At(self.soon(Duration::from_millis(50))),
                Err(error) => {
                    tracing::error!(%error, cause = ?error.cause, subscription = self.id, "a courier begins again");
                    trouble = (trouble * 2).min(Duration::from_secs(30));
                    Next::At(self.soon(trouble))
                }
            };
            let wait = async {
                match next {
                    Next::Now => {}
                    Next::At(at) => tokio::time::sleep(self.until(at)).await,
                    Next::Longer(end) => drop(size.wait_for(|size| *size > end).await),
                    Next::Never => {}
                }
            };
            if matches!(next, Next::Never) {
                return;
            }
            tokio::select! {
                () = wait => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }

    fn line(&self) -> &Line {
        &self.epcis.line
    }

    fn soon(&self, pause: Duration) -> Instant {
        later(self.context.now(), pause)
    }

    fn until(&self, at: Instant) -> Duration {
        let micros = (at.0 - self.context.now().0).clamp(0, 60_000_000);
        Duration::from_micros(u64::try_from(micros).unwrap_or(0) + 500)
    }

    async fn step(&mut self) -> Result<Next> {
        let Some(sub) = store::find(&self.context.db, &self.id).await? else { return Ok(Next::Never) };
        let now = self.context.now();
        let held = if sub.lease > now { Some(sub.lease) } else { None };
        if let Some(at) = held.or(Some(sub.due)).filter(|at| *at > now) {
            return Ok(Next::At(at));
        }
        let Some(named) = query::find(&self.context.db, &sub.owner, &sub.query).await? else { return Ok(Next::Never) };
        let query = queries::stored(&named)?;
        let rows = Origin::read(&sub.origin)?.context(&self.context).grant.rows();
        let wanted = Wanted { query, rows, initial: sub.initial };
        if sub.batch_end > sub.position {
            let (from, until) = (unsigned(sub.position)?, unsigned(sub.batch_end)?);
            let batch = self.line().gather(&self.context, &wanted, from, Some(until), usize::MAX).await?;
            return self.deliver(sub, &wanted, batch.events).await;
        }
        self.next_batch(sub, &wanted).await
    }

    async fn next_batch(&mut self, mut sub: Subscription, wanted: &Wanted) -> Result<Next> {
        let controls: Controls = serde_json::from_str(&sub.controls).map_err(Error::internal)?;
        let most = usize::try_from(sub.most).unwrap_or(1).max(1);
        let from = unsigned(sub.position)?.max(self.looked);
        let Gathered { events, end } = self.line().gather(&self.context, wanted, from, None, most).await?;
        if !events.is_empty() {
            sub.batch_end = signed(end)?;
            sub.batch_at = self.context.now();
            return self.deliver(sub, wanted, events).await;
        }
        self.looked = end;
        let Some(schedule) = &controls.schedule else {
            if end - unsigned(sub.position)? >= IDLE {
                sub.position = signed(end)?;
                sub.batch_end = sub.position;
                self.change(&sub, |_| {}).await?;
            }
            return Ok(Next::Longer(end));
        };
        let told = sub.notified.is_some_and(|at| at >= sub.due);
        if controls.report_if_empty && !told {
            sub.batch_at = self.context.now();
            return self.deliver(sub, wanted, Vec::new()).await;
        }
        let now = self.context.now();
        sub.position = signed(end)?;
        sub.batch_end = sub.position;
        sub.executed = Some(now);
        sub.due = schedule.next(now)?.unwrap_or(now);
        self.change(&sub, |_| {}).await?;
        Ok(Next::At(sub.due))
    }

    /// Sends a batch whose end stands in `sub`, and keeps what came of it.
    async fn deliver(&mut self, mut sub: Subscription, wanted: &Wanted, mut events: Vec<Arc<Taken>>) -> Result<Next> {
        sub.lease = self.soon(LEASE);
        self.change(&sub, |_| {}).await?;
        sub.revision += 1;
        sort(&mut events, wanted);
        let count = events.len();
        let said = self.send(&sub, &events).await;
        let now = self.context.now();
        sub.lease = Instant::default();
        let mut letter = None;
        match verdict(&said, count, sub.failures) {
            Verdict::Taken => {
                sub.position = sub.batch_end;
                (sub.notified, sub.failures, sub.failure) = (Some(now), 0, None);
            }
            Verdict::Smaller => {
                sub.batch_end = sub.position;
                sub.most = i64::try_from(count / 2).unwrap_or(1).max(1);
                self.looked = 0;
            }
            Verdict::Again(pause) => {
                sub.failures += 1;
                sub.failure = Some(why(&said));
                sub.due = later(now, pause);
            }
            Verdict::Aside => {
                letter =
                    Some(DeadLetter { position: sub.position, batch_end: sub.batch_end, at: now, why: why(&said) });
                sub.position = sub.batch_end;
                (sub.failures, sub.failure) = (0, None);
            }
        }
        let id = sub.id.clone();
        let bury = |unit: &mut Unit| {
            if let Some(letter) = &letter {
                tracing::warn!(subscription = id, why = letter.why, "a batch was put aside as a dead letter");
                store::bury(&self.context.db, &id, letter, unit);
            }
        };
        self.change(&sub, bury).await?;
        Ok(Next::Now)
    }

    async fn change(&self, sub: &Subscription, also: impl FnOnce(&mut Unit)) -> Result<()> {
        let mut unit = Unit::new();
        store::change(&self.context.db, sub, &mut unit);
        also(&mut unit);
        self.context.db.commit(unit).await.map(drop)
    }

    async fn send(&self, sub: &Subscription, events: &[Arc<Taken>]) -> Result<Said> {
        let bodies: Vec<Vec<u8>> = events.iter().map(|e| e.body.clone()).collect();
        let body = query_document(sub.batch_at, &sub.query, Some(&sub.id), &bodies);
        let mut headers = vec![
            ("content-type", "application/json".to_owned()),
            ("gs1-epcis-version", crate::discovery::VERSION.to_owned()),
            ("gs1-cbv-version", crate::discovery::VERSION.to_owned()),
            ("idempotency-key", format!("\"{}.{}.{}\"", sub.id, sub.position, sub.batch_at.0)),
        ];
        if let Some(sealed) = &sub.signature_token {
            let token = self.epcis.cursors.reveal(&secret_of(&self.context, &sub.id), sealed)?;
            let token = String::from_utf8(token).map_err(Error::internal)?;
            headers.push(("gs1-signature", format!("sha256={}", signature(&token, &body))));
        }
        self.epcis.webhooks.post(&sub.dest, &headers, body).await
    }
}

/// A batch is in the order of the ledger unless the query names another.
fn sort(events: &mut [Arc<Taken>], wanted: &Wanted) {
    let direction = wanted.query.direction;
    match &wanted.query.order_by {
        None => {}
        Some(Order::Column(column)) => {
            let time = |event: &Arc<Taken>| match column {
                Column::EventTime => event.event_time,
                Column::RecordTime => event.record_time,
            };
            events.sort_by_key(time);
            if direction == Direction::Desc {
                events.reverse();
            }
        }
        Some(Order::Extension(field)) => order::sort(events, |event| &event.body, field, direction),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Taken,
    /// The subscriber wants fewer events at once.
    Smaller,
    Again(Duration),
    Aside,
}

fn verdict(said: &Result<Said>, count: usize, failures: i64) -> Verdict {
    let pause = FIRST.saturating_mul(2_u32.saturating_pow(u32::try_from(failures).unwrap_or(u32::MAX))).min(LONGEST);
    let Ok(said) = said else { return Verdict::Again(pause) };
    let asked = Duration::from_secs(u64::from(said.retry_after_s.unwrap_or(0)));
    match said.status {
        200..300 => Verdict::Taken,
        413 if count > 1 => Verdict::Smaller,
        413 => Verdict::Aside,
        408 | 425 | 429 => Verdict::Again(pause.max(asked)),
        400..500 if failures + 1 >= REFUSALS => Verdict::Aside,
        _ => Verdict::Again(pause.max(asked)),
    }
}

fn why(said: &Result<Said>) -> String {
    match said {
        Ok(said) => format!("the subscriber answered {}", said.status),
        Err(error) => error.message.clone(),
    }
}

fn later(at: Instant, pause: Duration) -> Instant {
    Instant(at.0.saturating_add(i64::try_from(pause.as_micros()).unwrap_or(i64::MAX)))
}

fn signed(n: u64) -> Result<i64> {
    i64::try_from(n).map_err(Error::internal)
}

fn unsigned(n: i64) -> Result<u64> {
    u64::try_from(n).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(status: u16, retry_after_s: Option<u32>) -> Result<Said> {
        Ok(Said { status, retry_after_s })
    }

    #[test]
    fn what_follows_an_answer() {
        let again = |seconds| Verdict::Again(Duration::from_secs(seconds));
        for (said, count, failures, expected) in [
            (told(200, None), 3, 0, Verdict::Taken),
            (told(204, None), 3, 9, Verdict::Taken),
            (told(413, None), 3, 0, Verdict::Smaller),
            (told(413, None), 1, 0, Verdict::Aside),
            (told(302, None), 3, 0, again(1)),
            (told(400, None), 3, 0, again(1)),
            (told(400, None), 3, 3, again(8)),
            (told(400, None), 3, 4, Verdict::Aside),
            (told(429, Some(60)), 3, 9, again(300)),
            (told(429, Some(60)), 3, 2, again(60)),
            (told(503, Some(7)), 3, 0, again(7)),
            (told(503, None), 3, 1_000, again(300)),
            (Err(Error::new(Code::Unavailable, "away")), 3, 50, again(300)),
        ] {
            assert_eq!(verdict(&said, count, failures), expected, "{said:?} {count} {failures}");
        }
    }
}
