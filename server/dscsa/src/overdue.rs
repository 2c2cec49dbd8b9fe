//! What is overdue raises an alert, once for each record and due time: the 24 hours of an illegitimate product.

use crate::store::record as store;
use serde_json::json;
use std::time::Duration;
use theriac_alerts::{NewAlert, raise};
use theriac_core::Result;
use theriac_ledger::Rounds;
use theriac_platform::Context;
use theriac_platform::db::Unit;

pub(crate) struct Overdue;

#[async_trait::async_trait]
impl Rounds for Overdue {
    fn name(&self) -> &'static str {
        "dscsa"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(60)
    }

    async fn round(&self, context: &Context) -> Result<()> {
        let late = store::overdue(&context.db, context.now()).await?;
        let alert = |late: store::Late| NewAlert {
            source: "dscsa",
            rule: "overdue".to_owned(),
            subject: format!("{}/{}", late.kind, late.id),
            site: None,
            episode: format!("dscsa/overdue/{}/{}/{}", late.kind, late.id, late.due.0),
            evidence: json!({ "state": late.state, "due": late.due.rfc3339() }),
        };
        let mut unit = Unit::new();
        raise(&mut unit, context, late.into_iter().map(alert).collect()).await?;
        if unit.is_empty() { Ok(()) } else { context.db.commit(unit).await.map(drop) }
    }
}
