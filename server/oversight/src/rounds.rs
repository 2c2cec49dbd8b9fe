//! What the clock does: reviews of access that are due raise an alert, and the next one begins; accesses whose time is over are ended in the ledger too, and one that nobody judged in time raises
//! an alert.

use crate::campaign::{Campaign, DAY, start};
use crate::emergency::Emergency;
use crate::store::{self, campaign, emergency as kept};
use serde_json::json;
use std::time::Duration;
use theriac_alerts::NewAlert;
use theriac_core::{Instant, Result};
use theriac_ledger::Rounds;
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::emergency;

pub(crate) struct Emergencies;

/// Accesses moved in one unit.
const GROUP: i64 = 100;

#[async_trait::async_trait]
impl Rounds for Emergencies {
    fn name(&self) -> &'static str {
        "oversight"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(2)
    }

    async fn round(&self, context: &Context) -> Result<()> {
        let now = context.now();
        while expire(context, now).await? {}
        overdue(context, now).await
    }
}

/// True if there may be more.
async fn expire(context: &Context, now: Instant) -> Result<bool> {
    let over = kept::over(&context.db, now, GROUP).await?;
    if over.is_empty() {
        return Ok(false);
    }
    let more = over.len() as i64 == GROUP;
    let mut unit = Unit::new();
    for emergency in over {
        let ended = Emergency { version: emergency.version + 1, ended: Some(emergency.until), ..emergency };
        store::move_on(&mut unit, context, &ended, "expire")?;
        emergency::end(&mut unit, &context.db, &ended.id);
    }
    store::settled(context.db.commit(unit).await)?;
    Ok(more)
}

/// Raised once for each: an alert has its own ways to be repeated.
async fn overdue(context: &Context, now: Instant) -> Result<()> {
    let late = kept::overdue(&context.db, now, GROUP).await?;
    if late.is_empty() {
        return Ok(());
    }
    let mut unit = Unit::new();
    let mut alerts = Vec::with_capacity(late.len());
    for emergency in late {
        unit.push(kept::reminded(&context.db, &emergency));
        alerts.push(NewAlert {
            source: "oversight",
            rule: "emergency-not-reviewed".to_owned(),
            subject: format!("emergencies/{}", emergency.id),
            site: None,
            episode: format!("oversight/emergency/{}/review", emergency.id),
            evidence: json!({ "person": emergency.person, "reviewDue": emergency.review_due.rfc3339() }),
        });
    }
    theriac_alerts::raise(&mut unit, context, alerts).await?;
    context.db.commit(unit).await.map(drop)
}

pub(crate) struct Campaigns;

#[async_trait::async_trait]
impl Rounds for Campaigns {
    fn name(&self) -> &'static str {
        "oversight.reviews"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(2)
    }

    async fn round(&self, context: &Context) -> Result<()> {
        let now = context.now();
        remind(context, now).await?;
        for (before, _) in campaign::ending(&context.db, now).await? {
            follow(context, &before, now).await?;
        }
        Ok(())
    }
}

/// What is complete when it falls due needs no alert.
async fn remind(context: &Context, now: Instant) -> Result<()> {
    let late = campaign::overdue(&context.db, now).await?;
    if late.is_empty() {
        return Ok(());
    }
    let (mut unit, mut alerts) = (Unit::new(), Vec::new());
    for (campaign, tally) in late {
        unit.push(campaign::reminded(&context.db, &campaign));
        if tally.open > 0 {
            alerts.push(NewAlert {
                source: "oversight",
                rule: "access-review-overdue".to_owned(),
                subject: format!("reviews/{}", campaign.id),
                site: None,
                episode: format!("oversight/review/{}", campaign.id),
                evidence: json!({ "due": campaign.due.rfc3339(), "open": tally.open }),
            });
        }
    }
    theriac_alerts::raise(&mut unit, context, alerts).await?;
    context.db.commit(unit).await.map(drop)
}

/// The next campaign, with as much time as the one before had.
async fn follow(context: &Context, before: &Campaign, now: Instant) -> Result<()> {
    let key = context.key();
    let due = Instant(now.0 + (before.due.0 - before.begun.0).clamp(DAY, i64::MAX / 2));
    let next = Campaign { id: format!("{key:x}"), key, begun: now, due, ..before.clone() };
    let mut unit = Unit::new();
    unit.push(campaign::followed(&context.db, before));
    start(context, &next, unit).await.map(drop)
}
