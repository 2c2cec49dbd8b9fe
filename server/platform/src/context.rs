//! The context: who asks, for which tenant, with which rights, and what the clock says.
//! It is the first argument of everything below the edge.

use crate::db::{Db, TenantDb};
use std::sync::Arc;
use theriac_access::{Grant, Role};
use theriac_core::{Clock, Instant, Keys, Tenant};

#[derive(Clone)]
pub struct Context {
    pub tenant: Tenant,
    pub grant: Arc<Grant>,
    pub db: TenantDb,
    pub clock: Clock,
    pub keys: Arc<Keys>,
    pub trail: Arc<Trail>,
}

/// What ties one change to the request that made it; goes into the ledger entry.
#[derive(Debug, Default)]
pub struct Trail {
    pub request_id: String,
    pub correlation_id: Option<String>,
    pub traceparent: Option<String>,
    pub purpose: Option<String>,
    pub reason: Option<String>,
    /// The tenant's own base address, `https://host/mercy`, without a slash at the end.
    pub base: String,
}

impl Context {
    /// The context of the server's own work for one tenant: workers, the loader, the demo.
    pub fn internal(db: &Db, tenant: &Tenant, actor: &str) -> Self {
        Self {
            tenant: tenant.clone(),
            grant: Arc::new(Grant {
                second_factor: true,
                ..Grant::new(Role::Administrator, actor, tenant.name.as_ref())
            }),
            db: db.tenant(tenant),
            clock: db.clock().clone(),
            keys: db.keys().clone(),
            trail: Arc::new(Trail { request_id: uuid::Uuid::now_v7().to_string(), ..Trail::default() }),
        }
    }

    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// A new record key.
    pub fn key(&self) -> i64 {
        self.keys.next(&self.clock)
    }
}
