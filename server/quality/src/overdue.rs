//! What is overdue raises an alert, once for each record and due date.

use crate::kind::KINDS;
use crate::list::today;
use crate::store;
use serde_json::json;
use std::time::Duration;
use theriac_alerts::NewAlert;
use theriac_core::Result;
use theriac_ledger::Rounds;
use theriac_platform::Context;
use theriac_platform::db::Unit;

pub(crate) struct Overdue;

#[async_trait::async_trait]
impl Rounds for Overdue {
    fn name(&self) -> &'static str {
        "quality"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(60)
    }

    async fn round(&self, context: &Context) -> Result<()> {
        let today = today(context);
        let mut alerts = Vec::new();
        for kind in KINDS {
            for late in store::late(&context.db, kind, &today).await? {
                let due = late.due().unwrap_or_default().to_owned();
                alerts.push(NewAlert {
                    source: "quality",
                    rule: "overdue".to_owned(),
                    subject: late.subject(),
                    site: late.site().map(str::to_owned),
                    episode: format!("overdue/{}/{due}", late.subject()),
                    evidence: json!({
                        "title": late.document["title"],
                        "owner": late.document["owner"],
                        "dueDate": due,
                        "state": late.state,
                    }),
                });
            }
        }
        let mut unit = Unit::new();
        theriac_alerts::raise(&mut unit, context, alerts).await?;
        if unit.is_empty() { Ok(()) } else { context.db.commit(unit).await.map(drop) }
    }
}
