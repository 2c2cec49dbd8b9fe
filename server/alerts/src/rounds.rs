//! What the clock does to alerts: the shelf gives back what its time is over for, and what nobody has acknowledged in
//! time is escalated.

use crate::escalation::Escalation;
use crate::raise::{Alert, State};
use crate::store;
use std::time::Duration;
use theriac_core::{Instant, Result};
use theriac_ledger::Rounds;
use theriac_platform::Context;
use theriac_platform::db::Unit;

pub(crate) struct Alarms;

/// Alerts moved in one unit.
const GROUP: u64 = 200;

#[async_trait::async_trait]
impl Rounds for Alarms {
    fn name(&self) -> &'static str {
        "alerts"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(1)
    }

    async fn round(&self, context: &Context) -> Result<()> {
        let now = context.now();
        while give_back(context, now).await? {}
        while escalate(context, now).await? {}
        Ok(())
    }
}

/// True if there may be more.
async fn give_back(context: &Context, now: Instant) -> Result<bool> {
    let expired = store::expired(&context.db, now, GROUP).await?;
    if expired.is_empty() {
        return Ok(false);
    }
    let moved = expired.into_iter().map(|alert| Alert { state: State::Open, shelf: None, ..alert });
    let mut unit = Unit::new();
    unit.push(store::shelf::sweep(&context.db, now));
    commit(context, unit, moved.collect(), "unshelve").await
}

async fn escalate(context: &Context, now: Instant) -> Result<bool> {
    let overdue = store::overdue(&context.db, now, GROUP).await?;
    if overdue.is_empty() {
        return Ok(false);
    }
    let escalation = store::escalation::find(&context.db).await?.map(|(_, escalation)| escalation).unwrap_or_default();
    let moved = overdue.into_iter().map(|alert| step(alert, &escalation));
    commit(context, Unit::new(), moved.collect(), "escalate").await
}

/// The alert one step higher; where the steps have been taken away in the meantime, it waits for nothing more.
fn step(alert: Alert, escalation: &Escalation) -> Alert {
    let to = escalation.steps.get(alert.level).map(|step| step.to.clone());
    let level = alert.level + usize::from(to.is_some());
    let due = to.is_some().then(|| escalation.due(level, alert.raised)).flatten();
    Alert { level, escalated_to: to.or_else(|| alert.escalated_to.clone()), due, ..alert }
}

async fn commit(context: &Context, mut unit: Unit, alerts: Vec<Alert>, action: &'static str) -> Result<bool> {
    let more = alerts.len() as u64 == GROUP;
    let mut entries = Vec::with_capacity(alerts.len());
    for mut alert in alerts {
        alert.version += 1;
        unit.push(store::moved(&context.db, &alert));
        entries.push(alert.entry(action)?);
    }
    theriac_ledger::record(&mut unit, context, &entries)?;
    context.db.commit(unit).await?;
    Ok(more)
}
