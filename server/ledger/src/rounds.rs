//! Work that the clock calls for, not an entry: what is overdue, what has expired.
//!
//! A round looks at the database and changes what has fallen due, guarded as any other change; so two nodes may make
//! the same round, and the later one finds nothing left to do.

use crate::ledger::Ledger;
use std::sync::Arc;
use std::time::Duration;
use theriac_core::{Code, Result};
use theriac_platform::Context;
use tokio::sync::watch;

/// A kind of round.
#[async_trait::async_trait]
pub trait Rounds: Send + Sync + 'static {
    fn name(&self) -> &'static str;
    /// The pause between two rounds.
    fn every(&self) -> Duration;
    /// Does for one tenant what has fallen due.
    async fn round(&self, context: &Context) -> Result<()>;
}

/// Goes round all tenants until told to stop; what fails is tried again in the next round.
pub async fn run(ledger: Arc<Ledger>, rounds: Arc<dyn Rounds>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        match ledger.db().tenants().await {
            Ok(tenants) => {
                for tenant in tenants {
                    let context = Context::internal(ledger.db(), &tenant, rounds.name());
                    report(rounds.name(), rounds.round(&context).await);
                }
            }
            Err(error) => tracing::warn!(%error, round = rounds.name(), "the tenants could not be listed"),
        }
        let _woken = tokio::time::timeout(rounds.every(), stop.wait_for(|stop| *stop)).await;
    }
}

/// Somebody else was first: nothing is lost.
fn report(name: &str, outcome: Result<()>) {
    if let Err(error) = outcome
        && error.code != Code::Conflict
    {
        tracing::error!(%error, cause = ?error.cause, round = name, "a round failed; the next one tries again");
    }
}
