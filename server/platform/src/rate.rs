//! How often a caller may ask, and how much a tenant may use in a day: settings of the tenant, counted exactly over all
//! nodes through Redis, in memory where there is none. What is too much is answered 429 (RFC 6585, 4) with Retry-After
//! and the fields of <https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/>.
//!
//! While Redis does not answer, each node counts for itself, and the gauge `rate_limits_local` is 1: limits are then as
//! many times as wide as there are nodes, and nobody is refused because a counter is away. See `docs/adr/0024-rate-limits.md`.

mod bucket;
mod memory;
mod rule;
mod shared;
mod told;

use crate::db::TenantDb;
use crate::setting::Settings;
use crate::telemetry::Metrics;
use bucket::{Bucket, Key, Levels};
use memory::Memory;
use parking_lot::{Mutex, RwLock};
use rule::Plan;
use shared::Shared;
use smallvec::SmallVec;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use theriac_access::Grant;
use theriac_core::{Clock, Code, Error, Result, Tenant};

pub use rule::{Class, is_rates};
pub(crate) use told::Told;

/// Who is counted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Caller<'c> {
    /// By its client, or by its subject where a token names no client.
    Known(&'c Grant),
    /// Whoever has shown no token that holds, by where the request came from.
    Unknown(Option<IpAddr>),
}

/// What one tenant has used today, as far as this node knows, and what it has not told the others yet.
#[derive(Debug, Default)]
pub struct Meter {
    untold: AtomicU64,
    today: Mutex<Today>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Today {
    day: i64,
    requests: u64,
    bytes: u64,
}

impl Meter {
    /// Bytes that came in or went out; they count from the tenant's next request on.
    pub(crate) fn add(&self, bytes: usize) {
        self.untold.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

/// What was found out of a request that may go on.
#[derive(Debug, Default, Clone)]
pub(crate) struct Allowed {
    pub told: Told,
    /// Where its bytes are to be counted, if they are.
    pub meter: Option<Arc<Meter>>,
}

pub struct Limiter {
    clock: Clock,
    memory: Memory,
    shared: Option<Shared>,
    plans: RwLock<HashMap<i32, Compiled>>,
    meters: RwLock<HashMap<i32, Arc<Meter>>>,
    /// Open sockets of this node.
    sockets: Mutex<HashMap<Key, usize>>,
    metrics: Arc<Metrics>,
}

#[derive(Clone)]
struct Compiled {
    of: Arc<Settings>,
    plan: Arc<Plan>,
}

type Buckets = SmallVec<[Bucket; 4]>;

impl Limiter {
    /// # Errors
    /// `Unavailable` if there should be a Redis and it does not answer.
    pub async fn open(redis_url: Option<&str>, clock: Clock, metrics: Arc<Metrics>) -> Result<Self> {
        let shared = match redis_url {
            None => None,
            Some(url) => Some(Shared::open(url).await?),
        };
        metrics.set("rate_limits_local", 0);
        Ok(Self {
            clock,
            memory: Memory::default(),
            shared,
            plans: RwLock::default(),
            meters: RwLock::default(),
            sockets: Mutex::default(),
            metrics,
        })
    }

    /// What holds for the tenant now. A database that is away changes nothing of what held.
    async fn plan(&self, db: &TenantDb) -> Arc<Plan> {
        let known = || self.plans.read().get(&db.tenant_key()).cloned();
        let Ok(settings) = Settings::read(db, self.clock.now()).await else {
            return known().map(|known| known.plan).unwrap_or_default();
        };
        if let Some(known) = known().filter(|known| Arc::ptr_eq(&known.of, &settings)) {
            return known.plan;
        }
        let plan = Arc::new(Plan::of(&settings));
        self.plans.write().insert(db.tenant_key(), Compiled { of: settings, plan: plan.clone() });
        plan
    }

    fn meter(&self, tenant: i32) -> Arc<Meter> {
        if let Some(meter) = self.meters.read().get(&tenant) {
            return meter.clone();
        }
        self.meters.write().entry(tenant).or_default().clone()
    }

    /// Counts one request or message.
    ///
    /// # Errors
    /// `TooMany`, with what the caller is told besides.
    pub(crate) async fn take(
        &self,
        tenant: &Tenant,
        db: &TenantDb,
        caller: Caller<'_>,
        class: Class,
    ) -> Result<Allowed, (Error, Told)> {
        let plan = self.plan(db).await;
        let buckets = plan.buckets(tenant, caller, class);
        let quota = if class == Class::Message { rule::Quota::default() } else { plan.quota };
        if buckets.is_empty() && quota.is_none() {
            return Ok(Allowed::default());
        }
        let meter = self.meter(tenant.key);
        let levels = self.levels(tenant, &buckets, quota, &meter).await;
        let told = Told::of(&plan, &buckets, quota, &levels);
        match levels.refused {
            None => Ok(Allowed { told, meter: quota.bytes.map(|_| meter) }),
            Some(at) => {
                let (error, by) = refusal(&plan, &buckets, &levels, at);
                self.metrics.limited(by);
                Err((error, told))
            }
        }
    }

    async fn levels(&self, tenant: &Tenant, buckets: &[Bucket], quota: rule::Quota, meter: &Meter) -> Levels {
        let now = self.clock.now().0;
        if let Some(shared) = &self.shared {
            let outcome = shared.take(tenant, buckets, quota, meter, now).await;
            if let Some(away) = shared.changed() {
                self.metrics.set("rate_limits_local", i64::from(away));
            }
            if let Some(levels) = outcome {
                return levels;
            }
        }
        self.memory.take(buckets, quota, meter, now)
    }

    /// How long a message has to wait before it is taken; none if it need not.
    pub(crate) async fn hold(&self, tenant: &Tenant, db: &TenantDb, grant: &Grant) -> Option<Duration> {
        let refused = self.take(tenant, db, Caller::Known(grant), Class::Message).await.err()?;
        Some(Duration::from_secs(u64::from(refused.0.retry_after_s.unwrap_or(1))))
    }

    /// A place for one more open socket of this caller on this node.
    ///
    /// # Errors
    /// `TooMany`.
    pub(crate) async fn seat(self: &Arc<Self>, tenant: &Tenant, db: &TenantDb, grant: &Grant) -> Result<Seat> {
        let plan = self.plan(db).await;
        let most = [("tenant", plan.sockets.0, ""), ("client", plan.sockets.1, rule::subject(grant))];
        let mut seat = Seat { limiter: self.clone(), keys: SmallVec::new() };
        for (who, most, subject) in most.into_iter().filter_map(|(who, most, subject)| Some((who, most?, subject))) {
            let key = bucket::key(&[tenant.name.as_ref(), "sockets", who, subject]);
            let mut sockets = self.sockets.lock();
            let open = sockets.entry(key).or_default();
            if *open as u64 >= most {
                drop(sockets);
                self.metrics.limited("sockets");
                let message =
                    format!("{most} sockets of this {who} are open here, which is the limit; close one first");
                return Err(Error::new(Code::TooMany, message).retry_after(SOCKETS_AGAIN_S));
            }
            *open += 1;
            seat.keys.push(key);
        }
        Ok(seat)
    }
}

/// Nobody knows when a socket will close.
const SOCKETS_AGAIN_S: u32 = 10;

/// An open socket; counted until it is dropped.
pub(crate) struct Seat {
    limiter: Arc<Limiter>,
    keys: SmallVec<[Key; 2]>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut sockets = self.limiter.sockets.lock();
        for key in &self.keys {
            match sockets.get_mut(key) {
                Some(open) if *open > 1 => *open -= 1,
                _ => drop(sockets.remove(key)),
            }
        }
    }
}

/// The error, and what kind of limit it was.
fn refusal(plan: &Plan, buckets: &[Bucket], levels: &Levels, at: usize) -> (Error, &'static str) {
    let (message, wait_us, by) = match buckets.get(at) {
        Some(bucket) => {
            let rule = &plan.rates[bucket.rule];
            let what = if rule.class == Some(Class::Message) { "messages" } else { "requests" };
            let message = format!("the limit {} is {} {what} in {}", rule.name, rule.most, rule.period());
            (message, bucket.wait_us(levels.tats[at], levels.now_us), rule.who.as_str())
        }
        None => {
            let (most, what) = match at - buckets.len() {
                0 => (plan.quota.requests, "requests"),
                _ => (plan.quota.bytes, "bytes"),
            };
            let message =
                format!("the tenant has used the {} {what} of its day, which ends at midnight UTC", most.unwrap_or(0));
            (message, bucket::until_midnight_us(levels.now_us), what)
        }
    };
    let seconds = u32::try_from(bucket::seconds(wait_us)).unwrap_or(u32::MAX).max(1);
    (Error::new(Code::TooMany, format!("{message}; try again in {seconds} s")).retry_after(seconds), by)
}

#[cfg(test)]
mod tests;
