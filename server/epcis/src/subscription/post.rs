//! The post office: a courier for every webhook subscription of every tenant, hired and let go as the ledger tells.

use super::courier::Courier;
use crate::Epcis;
use crate::store::subscription as store;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use theriac_core::{Result, Tenant};
use theriac_platform::Context;
use theriac_platform::db::Db;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

/// Serves all tenants, also those created later, until told to stop.
pub async fn run(epcis: Epcis, db: Db, mut stop: watch::Receiver<bool>) {
    let mut known = BTreeSet::new();
    let mut tasks = JoinSet::new();
    while !*stop.borrow() {
        match db.tenants().await {
            Ok(tenants) => {
                for tenant in tenants.into_iter().filter(|tenant| known.insert(tenant.key)) {
                    tasks.spawn(office(epcis.clone(), db.clone(), tenant, stop.clone()));
                }
            }
            Err(error) => tracing::warn!(%error, "the tenants could not be listed"),
        }
        let _woken = tokio::time::timeout(Duration::from_millis(250), stop.wait_for(|stop| *stop)).await;
    }
    while tasks.join_next().await.is_some() {}
}

/// Of one tenant.
async fn office(epcis: Epcis, db: Db, tenant: Tenant, mut stop: watch::Receiver<bool>) {
    let context = Context::internal(&db, &tenant, "epcis-subscriptions");
    let mut couriers = Couriers { epcis, context, hired: BTreeMap::new(), tasks: JoinSet::new() };
    while !*stop.borrow() {
        let served = couriers.serve(&mut stop).await;
        if let Err(error) = served {
            tracing::error!(%error, cause = ?error.cause, "the subscriptions could not be read; again in a second");
            let _woken = tokio::time::timeout(Duration::from_secs(1), stop.wait_for(|stop| *stop)).await;
        }
    }
    // Those at work finish their batch.
    while couriers.tasks.join_next().await.is_some() {}
}

struct Couriers {
    epcis: Epcis,
    context: Context,
    hired: BTreeMap<String, AbortHandle>,
    tasks: JoinSet<()>,
}

impl Couriers {
    async fn serve(&mut self, stop: &mut watch::Receiver<bool>) -> Result<()> {
        let ledger = self.epcis.line.ledger.clone();
        let mut size = ledger.watch(&self.context.db).await?;
        loop {
            let mut position = *size.borrow();
            self.hire(stop).await?;
            loop {
                tokio::select! {
                    grown = size.wait_for(|size| *size > position) => drop(grown),
                    _ = stop.wait_for(|stop| *stop) => return Ok(()),
                }
                let segments = ledger.read(&self.context.db, position).await?;
                let changed = segments
                    .iter()
                    .flat_map(|s| &s.records)
                    .any(|r| r.position >= position && (r.is_about("epcis.subscription") || r.is_about("epcis.query")));
                position = segments.last().map_or(position, |s| s.end());
                if changed {
                    break;
                }
            }
        }
    }

    /// A courier for each subscription that there is, and none for others.
    async fn hire(&mut self, stop: &watch::Receiver<bool>) -> Result<()> {
        let ids: BTreeSet<String> = store::ids(&self.context.db).await?.into_iter().collect();
        self.hired.retain(|id, courier| {
            let stays = ids.contains(id);
            if !stays {
                courier.abort();
            }
            stays && !courier.is_finished()
        });
        for id in ids {
            if !self.hired.contains_key(&id) {
                let courier = Courier::new(self.epcis.clone(), self.context.clone(), id.clone());
                self.hired.insert(id, self.tasks.spawn(courier.run(stop.clone())));
            }
        }
        while self.tasks.try_join_next().is_some() {}
        Ok(())
    }
}
