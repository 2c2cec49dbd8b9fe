//! Questions of one kind that are asked while others are on their way to the database go there together, in one
//! statement. Whoever asks alone goes at once; the more ask, the more go together, and nobody waits for a clock.
//!
//! For PostgreSQL, where a statement costs many times what one more row of it costs.

use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use theriac_core::Result;
use tokio::sync::oneshot::{self, Receiver, Sender};

/// Statements of one tenant that are under way at a time: while one is answered the next is asked.
const AT_ONCE: usize = 2;

/// Most questions in one statement.
const MOST: usize = 64;

/// Questions `Q` and their answers `A`, of all tenants. Kept by [`super::Db::kept`].
pub struct Gather<Q, A> {
    lanes: Mutex<HashMap<i32, Lane<Q, A>>>,
}

struct Lane<Q, A> {
    waiting: Vec<(Q, Sender<A>)>,
    under_way: usize,
}

impl<Q, A> Default for Gather<Q, A> {
    fn default() -> Self {
        Self { lanes: Mutex::default() }
    }
}

impl<Q: Send + 'static, A: Send + 'static> Gather<Q, A> {
    /// The answer; nothing if the statement failed: ask alone then, to learn why. `answers` gives as many answers as it
    /// gets questions, in their order.
    pub async fn ask<F>(self: Arc<Self>, tenant: i32, question: Q, answers: F) -> Option<A>
    where
        F: Fn(Vec<Q>) -> BoxFuture<'static, Result<Vec<A>>> + Send + 'static,
    {
        let (answer, leads) = self.enter(tenant, question);
        if leads {
            // The work goes on also when this caller goes away: others wait for it.
            tokio::spawn(self.lead(tenant, answers));
        }
        answer.await.ok()
    }

    fn enter(&self, tenant: i32, question: Q) -> (Receiver<A>, bool) {
        let (sender, receiver) = oneshot::channel();
        let mut lanes = self.lanes.lock();
        let lane = lanes.entry(tenant).or_insert_with(|| Lane { waiting: Vec::new(), under_way: 0 });
        lane.waiting.push((question, sender));
        let leads = lane.under_way < AT_ONCE;
        lane.under_way += usize::from(leads);
        (receiver, leads)
    }

    async fn lead<F>(self: Arc<Self>, tenant: i32, answers: F)
    where
        F: Fn(Vec<Q>) -> BoxFuture<'static, Result<Vec<A>>> + Send + 'static,
    {
        let mut seat = Seat { gather: &self, tenant, left: false };
        while let Some((questions, senders)) = seat.next() {
            // A failure drops the senders, which tells those who wait.
            if let Ok(answers) = answers(questions).await {
                for (sender, answer) in senders.into_iter().zip(answers) {
                    // Who went away meanwhile wants no answer.
                    drop(sender.send(answer));
                }
            }
        }
    }
}

/// A leader's place among those under way; given back also when it ends by a panic.
struct Seat<'g, Q, A> {
    gather: &'g Gather<Q, A>,
    tenant: i32,
    left: bool,
}

impl<Q, A> Seat<'_, Q, A> {
    /// Those who wait; if nobody does the seat is left in the same moment, so that the next to come leads.
    fn next(&mut self) -> Option<(Vec<Q>, Vec<Sender<A>>)> {
        let mut lanes = self.gather.lanes.lock();
        let lane = lanes.get_mut(&self.tenant)?;
        let end = lane.waiting.len().min(MOST);
        if end > 0 {
            return Some(lane.waiting.drain(..end).unzip());
        }
        self.left = true;
        lane.under_way -= 1;
        if lane.under_way == 0 {
            lanes.remove(&self.tenant);
        }
        None
    }
}

impl<Q, A> Drop for Seat<'_, Q, A> {
    fn drop(&mut self) {
        if self.left {
            return;
        }
        let mut lanes = self.gather.lanes.lock();
        let Some(lane) = lanes.get_mut(&self.tenant) else { return };
        lane.under_way -= 1;
        if lane.under_way == 0 {
            lanes.remove(&self.tenant);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use theriac_core::Error;

    type Doubles = Gather<u32, u32>;

    #[tokio::test]
    async fn everybody_gets_the_answer_to_their_own_question_and_many_go_together() {
        let (gather, statements) = (Arc::new(Doubles::default()), Arc::new(AtomicUsize::new(0)));
        let ask = |question: u32| {
            let statements = statements.clone();
            gather.clone().ask(1, question, move |all| {
                statements.fetch_add(1, Ordering::Relaxed);
                async move {
                    tokio::task::yield_now().await;
                    Ok(all.into_iter().map(|one| 2 * one).collect())
                }
                .boxed()
            })
        };
        let answers = futures_util::future::join_all((0..100).map(ask)).await;
        assert_eq!(answers, (0..100).map(|one| Some(2 * one)).collect::<Vec<_>>());
        assert!(statements.load(Ordering::Relaxed) < 10, "{statements:?} statements");
        assert!(gather.lanes.lock().is_empty());
    }

    #[tokio::test]
    async fn a_failure_is_told_to_all_who_wait_and_the_next_is_asked_again() {
        let gather = Arc::new(Doubles::default());
        let failing = |_| async { Err(Error::internal("gone")) }.boxed();
        assert_eq!(gather.clone().ask(1, 1, failing).await, None);
        assert_eq!(gather.clone().ask(1, 2, |all| async { Ok(all) }.boxed()).await, Some(2));
    }

    #[tokio::test]
    async fn a_panic_leaves_no_seat_taken() {
        let gather = Arc::new(Doubles::default());
        for _ in 0..2 * AT_ONCE {
            let answer = gather.clone().ask(1, 1, |_| async { panic!("as the test wants") }.boxed()).await;
            assert_eq!(answer, None);
        }
        assert_eq!(gather.clone().ask(1, 3, |all| async { Ok(all) }.boxed()).await, Some(3));
    }
}
