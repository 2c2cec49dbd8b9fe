//! The ledger of the running server: what is sealed, for whoever waits to read it.

use crate::segment::Segment;
use crate::signing::Keys;
use crate::store;
use parking_lot::Mutex;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use theriac_core::Result;
use theriac_platform::db::{Db, TenantDb};
use tokio::sync::watch;

/// Recently sealed segments kept in memory for each tenant, so that many readers read once.
const RECENT: usize = 64;

pub struct Ledger {
    pub(crate) db: Db,
    pub(crate) keys: Keys,
    tenants: Mutex<BTreeMap<i32, Arc<Line>>>,
    closing: watch::Sender<bool>,
}

/// One tenant's line of sealed segments.
struct Line {
    size: watch::Sender<u64>,
    recent: Mutex<VecDeque<Arc<Segment>>>,
}

impl Ledger {
    pub fn new(db: Db, keys: Keys) -> Arc<Self> {
        Arc::new(Self { db, keys, tenants: Mutex::default(), closing: watch::channel(false).0 })
    }

    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Tells open feeds to end: the server stops, and they would keep it waiting.
    pub fn close_feeds(&self) {
        self.closing.send_replace(true);
    }

    /// Turns true when open feeds shall end.
    pub fn closing(&self) -> watch::Receiver<bool> {
        self.closing.subscribe()
    }

    fn line(&self, tenant: i32) -> Arc<Line> {
        let mut tenants = self.tenants.lock();
        tenants
            .entry(tenant)
            .or_insert_with(|| Arc::new(Line { size: watch::channel(0).0, recent: Mutex::default() }))
            .clone()
    }

    /// Called when a segment was sealed here.
    pub(crate) fn sealed(&self, tenant: i32, segment: Segment) {
        let line = self.line(tenant);
        let end = segment.end();
        {
            let mut recent = line.recent.lock();
            // What another node sealed in between is not here: begin a new, gapless run.
            if recent.back().is_some_and(|last| last.end() != segment.first) {
                recent.clear();
            }
            recent.push_back(Arc::new(segment));
            while recent.len() > RECENT {
                recent.pop_front();
            }
        }
        line.size.send_if_modified(|size| raise(size, end));
    }

    /// Called when the head was seen to stand there: at start, or after another node sealed.
    pub(crate) fn seen(&self, tenant: i32, size: u64) {
        self.line(tenant).size.send_if_modified(|known| raise(known, size));
    }

    /// Follows the sealed size of a tenant.
    ///
    /// # Errors
    /// The database's.
    pub async fn watch(&self, db: &TenantDb) -> Result<watch::Receiver<u64>> {
        let size = store::head(db).await?.map_or(0, |head| head.frontier.size());
        self.seen(db.tenant_key(), size);
        Ok(self.line(db.tenant_key()).size.subscribe())
    }

    /// Sealed segments from the one that holds `from`; none when everything was read.
    ///
    /// # Errors
    /// The database's.
    pub async fn read(&self, db: &TenantDb, from: u64) -> Result<Vec<Arc<Segment>>> {
        if let Some(segments) = self.recent(db.tenant_key(), from) {
            return Ok(segments);
        }
        let found = store::segments(db, from, 16).await?;
        Ok(found.into_iter().filter(|s| s.end() > from).map(Arc::new).collect())
    }

    fn recent(&self, tenant: i32, from: u64) -> Option<Vec<Arc<Segment>>> {
        let line = self.line(tenant);
        let recent = line.recent.lock();
        let starts = recent.front().is_some_and(|first| first.first <= from);
        let reaches = recent.back().is_some_and(|last| last.end() > from);
        (starts && reaches).then(|| recent.iter().filter(|s| s.end() > from).cloned().collect())
    }

    /// Waits until nothing that was committed before is still unsealed, but not for ever.
    ///
    /// # Errors
    /// The database's.
    pub async fn settle(&self, db: &TenantDb) -> Result<()> {
        for _ in 0..100 {
            if store::is_settled(db).await? {
                return Ok(());
            }
            self.db.bell().ring(db.tenant_key());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }
}

fn raise(known: &mut u64, size: u64) -> bool {
    let grows = size > *known;
    *known = size.max(*known);
    grows
}
