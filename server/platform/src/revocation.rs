//! Tokens taken back: known at once on the node that took them back, and on the others as soon as they look, which
//! is every [`EVERY`]. The list stands in the database that all nodes share, and whole in each node's memory.

use crate::db::{Db, TenantDb, Unit};
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use theriac_access::{Grant, Mark, Revoked};
use theriac_core::{Result, Tenant};
use tokio::sync::watch;

/// How often a node looks for what others took back: well within the second that is promised.
pub const EVERY: Duration = Duration::from_millis(300);

/// The longest that an operator's token lives: what is taken back need not be remembered longer.
const LONGEST_S: i64 = 31_536_000;
/// Tokens of a sign-in are the authorization server's own, and live for minutes.
const OF_SESSION_S: i64 = 3_600;

/// Up to when a mark's tokens are over, and until when that must be known; seconds since 1970.
#[derive(Debug, Clone, Copy)]
struct TakenBack {
    revoked_s: i64,
    until_s: i64,
}

/// A row of the list.
#[derive(Debug, Clone)]
pub struct Row {
    pub key: i64,
    pub tenant: i32,
    pub mark: String,
    pub revoked_s: i64,
    pub until_s: i64,
}

/// The list of one process; [`Revocations::of`] gives that of a database.
#[derive(Default)]
pub struct Revocations {
    tenants: RwLock<HashMap<i32, HashMap<String, TakenBack>>>,
    changed: watch::Sender<u64>,
    newest: AtomicI64,
}

impl Revocations {
    pub fn of(db: &Db) -> Arc<Self> {
        db.kept()
    }

    /// Puts it into the unit that has the reason; [`Revocations::commit`] makes it known here.
    pub fn take_back(unit: &mut Unit, db: &TenantDb, mark: Mark<'_>) -> Row {
        let life_s = if matches!(mark, Mark::Session(_)) { OF_SESSION_S } else { LONGEST_S };
        let (server, mark) = (db.server(), mark.kept());
        let now_s = server.clock().now().0 / 1_000_000;
        let key = server.keys().next(server.clock());
        let row = Row { key, tenant: db.tenant_key(), mark, revoked_s: now_s, until_s: now_s + life_s };
        unit.push(crate::db::new_revocation(&row));
        row
    }

    /// Commits the unit and makes its rows known to this process at once.
    ///
    /// # Errors
    /// The database's.
    pub async fn commit(db: &TenantDb, unit: Unit, rows: Vec<Row>) -> Result<Vec<u64>> {
        let counts = db.commit(unit).await?;
        Self::of(db.server()).add(rows);
        Ok(counts)
    }

    fn add(&self, rows: Vec<Row>) {
        if rows.is_empty() {
            return;
        }
        let mut tenants = self.tenants.write();
        let mut news = false;
        for row in rows {
            let held = tenants.entry(row.tenant).or_default().entry(row.mark);
            let entry = held.or_insert(TakenBack { revoked_s: i64::MIN, until_s: i64::MIN });
            news |= entry.revoked_s < row.revoked_s;
            entry.revoked_s = entry.revoked_s.max(row.revoked_s);
            entry.until_s = entry.until_s.max(row.until_s);
        }
        drop(tenants);
        if news {
            self.changed.send_modify(|version| *version += 1);
        }
    }

    /// Reads what is new. Keys follow the clocks of their nodes, so a stretch of the past is read again.
    ///
    /// # Errors
    /// The database's.
    pub async fn refresh(&self, db: &Db) -> Result<()> {
        const OVERLAP: i64 = 300_000_000 << 10;
        let after = self.newest.load(Ordering::Relaxed).saturating_sub(OVERLAP);
        let rows = db.revocations(after).await?;
        let newest = rows.iter().map(|row| row.key).max();
        self.add(rows);
        if let Some(newest) = newest {
            self.newest.fetch_max(newest, Ordering::Relaxed);
        }
        self.forget(db.clock().now().0 / 1_000_000);
        Ok(())
    }

    /// Drops what nobody can show any more; there is something to drop about once an hour.
    fn forget(&self, now_s: i64) {
        let over = |taken: &TakenBack| taken.until_s <= now_s;
        if self.tenants.read().values().any(|marks| marks.values().any(over)) {
            self.tenants.write().values_mut().for_each(|marks| marks.retain(|_, taken| !over(taken)));
        }
    }

    /// Looks for news until told to stop. While the database is away, what is known goes on to hold.
    pub async fn follow(db: Db, mut stop: watch::Receiver<bool>) {
        let list = Self::of(&db);
        while tokio::time::timeout(EVERY, stop.wait_for(|stop| *stop)).await.is_err() {
            if let Err(error) = list.refresh(&db).await {
                tracing::warn!(%error, "revocations could not be read");
            }
        }
    }

    /// Resolves once the caller's token is taken back.
    pub async fn taken_back(&self, tenant: &Tenant, grant: &Grant) {
        let mut changed = self.changed.subscribe();
        while !self.is_revoked(tenant, grant) {
            if changed.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

impl Revoked for Revocations {
    fn is_revoked(&self, tenant: &Tenant, grant: &Grant) -> bool {
        let tenants = self.tenants.read();
        let Some(marks) = tenants.get(&tenant.key).filter(|marks| !marks.is_empty()) else { return false };
        Mark::of(grant).any(|mark| marks.get(&mark.kept()).is_some_and(|taken| grant.issued_at <= taken.revoked_s))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_access::Role;

    fn row(mark: Mark<'_>, revoked_s: i64) -> Row {
        Row { key: 1, tenant: 7, mark: mark.kept(), revoked_s, until_s: revoked_s + 10 }
    }

    fn grant(issued_at: i64) -> Grant {
        Grant {
            issued_at,
            session: Some("s".into()),
            token_id: "t".into(),
            ..Grant::new(Role::Steward, "ada", "mercy")
        }
    }

    #[test]
    fn what_was_issued_up_to_then_is_over_and_what_came_later_is_not() {
        let (list, mercy) = (Revocations::default(), Tenant::new(7, "mercy"));
        list.add(vec![row(Mark::Subject("ada"), 100)]);
        assert!(list.is_revoked(&mercy, &grant(99)) && list.is_revoked(&mercy, &grant(100)));
        assert!(!list.is_revoked(&mercy, &grant(101)));
        assert!(!list.is_revoked(&Tenant::new(8, "acme"), &grant(99)));
    }

    #[test]
    fn any_mark_is_enough_and_an_older_row_changes_nothing() {
        let (list, mercy) = (Revocations::default(), Tenant::new(7, "mercy"));
        for mark in [Mark::Token("t"), Mark::Session("s")] {
            let list = Revocations::default();
            list.add(vec![row(mark, 100)]);
            assert!(list.is_revoked(&mercy, &grant(1)), "{mark:?}");
        }
        list.add(vec![row(Mark::Token("t"), 100), row(Mark::Token("t"), 50), row(Mark::Token("other"), 900)]);
        assert!(list.is_revoked(&mercy, &grant(100)) && !list.is_revoked(&mercy, &grant(101)));
    }

    #[test]
    fn what_nobody_can_show_any_more_is_forgotten() {
        let (list, mercy) = (Revocations::default(), Tenant::new(7, "mercy"));
        list.add(vec![row(Mark::Subject("ada"), 100), row(Mark::Subject("bob"), 200)]);
        list.forget(110);
        assert!(!list.is_revoked(&mercy, &grant(1)));
        assert_eq!(list.tenants.read()[&7].len(), 1);
    }

    #[tokio::test]
    async fn whoever_waits_is_woken() {
        let (list, mercy) = (Arc::new(Revocations::default()), Tenant::new(7, "mercy"));
        let waiting = {
            let list = list.clone();
            tokio::spawn(async move { list.taken_back(&mercy, &grant(1)).await })
        };
        tokio::task::yield_now().await;
        list.add(vec![row(Mark::Subject("bob"), 100)]);
        list.add(vec![row(Mark::Subject("ada"), 100)]);
        waiting.await.unwrap();
    }
}
