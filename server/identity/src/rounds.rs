//! Once a minute: what has run out is forgotten.

use crate::store;
use std::sync::Arc;
use std::time::Duration;
use theriac_core::Result;
use theriac_ledger::Rounds;
use theriac_platform::Context;
use theriac_platform::db::Unit;

struct Sweep;

#[async_trait::async_trait]
impl Rounds for Sweep {
    fn name(&self) -> &'static str {
        "identity"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(60)
    }

    async fn round(&self, context: &Context) -> Result<()> {
        let mut unit = Unit::new();
        for statement in store::sweep(&context.db, context.now()) {
            unit.push(statement);
        }
        context.db.commit(unit).await?;
        context.db.server().forget_revocations(context.now()).await
    }
}

pub fn rounds() -> Vec<Arc<dyn Rounds>> {
    vec![Arc::new(Sweep)]
}
