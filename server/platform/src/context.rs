//! The context: who asks, for which tenant, with which rights, and what the clock says.
//! It is the first argument of everything below the edge.

use crate::Revocations;
use crate::db::{Db, TenantDb};
use std::sync::Arc;
use theriac_access::{Check, Grant, Revoked, Role};
use theriac_core::{Clock, Code, Error, Instant, Keys, Result, Tenant};

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
#[derive(Debug, Clone, Default)]
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

    /// The same request, when it turned out who it is that asks.
    #[must_use]
    pub fn acting(&self, grant: Grant) -> Self {
        Self { grant: Arc::new(grant), ..self.clone() }
    }

    /// Does the caller's token still stand? Whoever keeps a line open asks again and again.
    ///
    /// # Errors
    /// `Unauthenticated` when it ran out or was taken back.
    pub fn check_standing(&self) -> Result<()> {
        if self.grant.is_expired(self.now().0 / 1_000_000) {
            return Err(Error::new(Code::Unauthenticated, "the token ran out; connect again with a new one"));
        }
        match Revocations::of(self.db.server()).is_revoked(&self.tenant, &self.grant) {
            true => Err(Check::Revoked.failed()),
            false => Ok(()),
        }
    }

    /// Resolves once the caller's token is taken back.
    pub async fn taken_back(&self) {
        Revocations::of(self.db.server()).taken_back(&self.tenant, &self.grant).await;
    }

    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// A new record key.
    pub fn key(&self) -> i64 {
        self.keys.next(&self.clock)
    }
}
