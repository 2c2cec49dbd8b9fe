//! Which rights are used, by whom, and when last: noted at the edge in memory, and written every few seconds. An account whose
//! rights nobody uses can then be found ([ASVS](https://owasp.org/www-project-application-security-verification-standard/) V8: least privilege).
//!
//! What was noted within [`FINENESS_US`] is not noted again, so a busy caller costs a look at a table in memory. A node that dies
//! forgets the last [`EVERY`].

use crate::db::{Db, Unit};
use parking_lot::{Mutex, RwLock};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;
use theriac_access::{Grant, Permission};
use theriac_core::{Instant, Result, Tenant};
use tokio::sync::watch;

/// How often what was noted is written.
pub const EVERY: Duration = Duration::from_secs(5);

/// Uses closer together than this are one.
pub const FINENESS_US: i64 = 60_000_000;

/// Callers and rights that are remembered; beyond, all are forgotten, and noted anew.
const REMEMBERED: usize = 100_000;

/// One right as one caller used it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    pub subject: String,
    pub client: Option<String>,
    pub role: String,
    pub permission: String,
    pub first: Instant,
    pub last: Instant,
}

/// The notes of one process; `Db::kept` gives those of a database.
#[derive(Default)]
pub struct Usage {
    hasher: RandomState,
    /// When each was noted last.
    noted: RwLock<HashMap<u64, i64>>,
    waiting: Mutex<Vec<(Tenant, Use)>>,
}

impl Usage {
    pub fn note(&self, tenant: &Tenant, grant: &Grant, permission: Permission, now: Instant) {
        if permission.is_open() {
            return;
        }
        let role = grant.role.as_str();
        let key = self.hasher.hash_one((tenant.key, &grant.subject, &grant.client, role, permission));
        let is_fresh = |at: &i64| (0..FINENESS_US).contains(&(now.0 - at));
        if self.noted.read().get(&key).is_some_and(is_fresh) {
            return;
        }
        let mut noted = self.noted.write();
        if noted.len() >= REMEMBERED {
            noted.clear();
        }
        noted.insert(key, now.0);
        drop(noted);
        let one = Use {
            subject: grant.subject.clone(),
            client: grant.client.clone(),
            role: role.to_owned(),
            permission: permission.as_str().to_owned(),
            first: now,
            last: now,
        };
        self.waiting.lock().push((tenant.clone(), one));
    }

    /// Writes what waits, tenant by tenant.
    ///
    /// # Errors
    /// The database's; what could not be written waits on.
    pub async fn write(&self, db: &Db) -> Result<()> {
        let mut by_tenant: HashMap<i32, (Tenant, Vec<Use>)> = HashMap::new();
        for (tenant, one) in std::mem::take(&mut *self.waiting.lock()) {
            by_tenant.entry(tenant.key).or_insert_with(|| (tenant, Vec::new())).1.push(one);
        }
        let mut outcome = Ok(());
        for (tenant, mut uses) in by_tenant.into_values() {
            // In one order on all nodes: rows are locked in it.
            uses.sort_by(|a, b| {
                (&a.subject, &a.client, &a.role, &a.permission).cmp(&(&b.subject, &b.client, &b.role, &b.permission))
            });
            let (db, mut unit) = (db.tenant(&tenant), Unit::new());
            uses.iter().for_each(|one| {
                unit.push(db.used(one));
            });
            if let Err(error) = db.commit(unit).await {
                self.waiting.lock().extend(uses.into_iter().map(|one| (tenant.clone(), one)));
                outcome = Err(error);
            }
        }
        outcome
    }

    /// Writes every few seconds until told to stop, then once more.
    pub async fn follow(db: Db, mut stop: watch::Receiver<bool>) {
        let usage = db.kept::<Self>();
        let mut stopping = false;
        while !stopping {
            stopping = tokio::time::timeout(EVERY, stop.wait_for(|stop| *stop)).await.is_ok();
            if let Err(error) = usage.write(&db).await {
                tracing::warn!(%error, "the use of rights could not be written");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_access::Role;

    fn waiting(usage: &Usage) -> usize {
        usage.waiting.lock().len()
    }

    #[test]
    fn a_right_is_noted_once_a_minute_for_each_caller() {
        let (usage, mercy) = (Usage::default(), Tenant::new(7, "mercy"));
        let ann = Grant::new(Role::Clinician, "ann", "mercy");
        let app = Grant { client: Some("app".into()), ..ann.clone() };
        for (grant, permission, at, wanted) in [
            (&ann, Permission::FhirRead, 0, 1),
            (&ann, Permission::FhirRead, FINENESS_US - 1, 1),
            (&ann, Permission::FhirWrite, 1, 2),
            (&app, Permission::FhirRead, 1, 3),
            (&ann, Permission::FhirRead, FINENESS_US, 4),
            (&ann, Permission::Authenticated, 5, 4),
        ] {
            usage.note(&mercy, grant, permission, Instant(at));
            assert_eq!(waiting(&usage), wanted, "{permission:?} {at}");
        }
    }
}
