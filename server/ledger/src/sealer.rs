//! The sealer: takes committed entries in commit order, hangs them into the tree, signs, publishes.
//!
//! Any node may seal; the head's size is the guard, so of two that try the same entries one wins and the
//! other looks again. What was sealed is never touched.

use crate::ledger::Ledger;
use crate::segment::Segment;
use crate::store::{self, Head, Sealing};
use crate::tree::{Frontier, leaf_hash};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use theriac_core::{Code, Result, Tenant};
use theriac_platform::db::TenantDb;
use tokio::sync::watch;

/// Most entries of one segment.
const BATCH: i64 = 4_096;
/// How often every tenant is looked at without a ring: entries of other nodes.
const PATIENCE: Duration = Duration::from_millis(500);
/// After a round with work: what is committed meanwhile is sealed together, which costs the writers less.
const PAUSE: Duration = Duration::from_millis(10);

struct Sealer {
    ledger: Arc<Ledger>,
    tenants: BTreeMap<i32, Tenant>,
    heads: BTreeMap<i32, Frontier>,
}

/// Seals until told to stop, then once more.
///
/// # Errors
/// None that a retry may heal; those are logged and tried again.
pub async fn run(ledger: Arc<Ledger>, mut stop: watch::Receiver<bool>) -> Result<()> {
    let mut sealer = Sealer { ledger, tenants: BTreeMap::new(), heads: BTreeMap::new() };
    loop {
        let (rung, stopping) = tokio::select! {
            rung = sealer.ledger.db.bell().wait(PATIENCE) => (rung, false),
            stopping = stop.wait_for(|stop| *stop) => {
                drop(stopping);
                (Vec::new(), true)
            }
        };
        let worked = !rung.is_empty();
        sealer.round(rung).await;
        if stopping {
            return Ok(());
        }
        if worked {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Seals what one tenant has committed, and nobody else's.
///
/// # Errors
/// The database's; `Conflict` where somebody else seals it.
pub async fn seal(ledger: &Arc<Ledger>, tenant: &Tenant) -> Result<()> {
    let tenants = BTreeMap::from([(tenant.key, tenant.clone())]);
    Sealer { ledger: ledger.clone(), tenants, heads: BTreeMap::new() }.tenant(tenant.key).await
}

impl Sealer {
    /// One look at the tenants that rang, or at all of them.
    async fn round(&mut self, rung: Vec<i32>) {
        if (rung.is_empty() || rung.iter().any(|key| !self.tenants.contains_key(key)))
            && let Err(error) = self.meet().await
        {
            tracing::warn!(%error, "the sealer could not list the tenants");
        }
        let keys = if rung.is_empty() { self.tenants.keys().copied().collect() } else { rung };
        for key in keys {
            if let Err(error) = self.tenant(key).await {
                self.heads.remove(&key);
                if error.code != Code::Conflict {
                    tracing::warn!(%error, cause = ?error.cause, tenant = key, "sealing failed and is tried again");
                }
            }
        }
    }

    async fn meet(&mut self) -> Result<()> {
        self.tenants = self.ledger.db.tenants().await?.into_iter().map(|t| (t.key, t)).collect();
        Ok(())
    }

    async fn tenant(&mut self, key: i32) -> Result<()> {
        let Some(tenant) = self.tenants.get(&key).cloned() else { return Ok(()) };
        let db = self.ledger.db.tenant(&tenant);
        while self.batch(&db, &tenant).await? == BATCH as usize {}
        Ok(())
    }

    /// Seals one batch; gives the number of entries.
    async fn batch(&mut self, db: &TenantDb, tenant: &Tenant) -> Result<usize> {
        let pending = store::pending(db, BATCH).await?;
        if pending.leaves.is_empty() {
            return Ok(0);
        }
        let mut frontier = self.frontier(db, tenant.key).await?;
        let old_size = frontier.size();
        let hashes: Vec<_> = pending.leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
        let nodes = frontier.append_all(&hashes);
        let checkpoint = self.ledger.checkpoint(tenant, &frontier)?;
        let head = Head { frontier, checkpoint };
        let sealed_at = self.ledger.db.clock().now().0;
        let sealing = Sealing { pending: &pending, hashes: &hashes, nodes: &nodes, old_size, head: &head, sealed_at };
        db.commit(store::seal(db, &sealing)?).await?;
        self.heads.insert(tenant.key, head.frontier);
        self.ledger.sealed(tenant.key, Segment::of(old_size, &pending.leaves)?);
        Ok(pending.leaves.len())
    }

    async fn frontier(&mut self, db: &TenantDb, key: i32) -> Result<Frontier> {
        match self.heads.get(&key) {
            Some(frontier) => Ok(frontier.clone()),
            None => Ok(store::head(db).await?.map(|head| head.frontier).unwrap_or_default()),
        }
    }
}

/// Hears of segments sealed by other nodes, so that readers here wake at once. PostgreSQL only.
pub async fn listen(ledger: Arc<Ledger>) {
    loop {
        let heard = ledger.clone();
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        let looking = tokio::spawn(async move {
            while let Some(key) = told.recv().await {
                heard.look(key).await;
            }
        });
        let ended = ledger
            .db
            .listen("theriac_sealed", move |key| {
                // The looking task lives as long as this loop turns.
                let _ = tell.send(key);
            })
            .await;
        looking.abort();
        match ended {
            Err(error) if error.code == Code::NotSupported => return,
            Err(error) => tracing::warn!(%error, "listening for other nodes ended and begins again"),
            Ok(()) => {}
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

impl Ledger {
    async fn look(&self, key: i32) {
        let db = self.db.tenant(&Tenant::new(key, ""));
        match store::head(&db).await {
            Ok(head) => self.seen(key, head.map_or(0, |h| h.frontier.size())),
            Err(error) => tracing::warn!(%error, "the head of a ledger could not be read"),
        }
    }
}
