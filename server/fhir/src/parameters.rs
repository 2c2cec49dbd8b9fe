//! Which search parameters a tenant has at this moment, held in memory: the standard's, and its own as far as they are.
//!
//! A change made by this process is seen by the next request, one by another process within [`PATIENCE_US`]; the
//! reindexing waits longer than that before it begins, so that nothing is written meanwhile without the new values.

use crate::search::tenant::{Own, Tenant};
use crate::search::{Catalogue, r4_catalogue};
use crate::store::parameter::{self as store, MARK};
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use theriac_core::Result;
use theriac_platform::Context;
use theriac_platform::http::{Answer, Handler, Route};

/// How long a change by another process may go unseen, in microseconds.
pub const PATIENCE_US: i64 = 1_000_000;

pub struct Parameters {
    /// What is indexed and what can be searched, where the tenant has parameters of its own.
    own: Option<(Catalogue, Catalogue)>,
    rows: Vec<Own>,
    touches: u64,
    stamp: (i64, i64, i64),
    checked: AtomicI64,
}

/// Of all tenants of this process.
#[derive(Default)]
struct Kept(RwLock<HashMap<i32, Arc<Parameters>>>);

impl Parameters {
    /// Brings what is held in memory up to date.
    ///
    /// # Errors
    /// The database's.
    pub async fn refresh(context: &Context) -> Result<Arc<Self>> {
        let db = &context.db;
        let kept = db.server().kept::<Kept>();
        let known = kept.0.read().get(&db.tenant_key()).cloned();
        let (touches, now) = (db.touches(MARK), context.now().0);
        if let Some(known) = &known
            && known.touches == touches
        {
            if now - known.checked.load(Ordering::Relaxed) < PATIENCE_US {
                return Ok(known.clone());
            }
            if store::stamp(db).await? == known.stamp {
                known.checked.store(now, Ordering::Relaxed);
                return Ok(known.clone());
            }
        }
        let stamp = store::stamp(db).await?;
        let all: Vec<Own> = store::all(db).await?.into_iter().map(|building| building.own).collect();
        let fresh = Arc::new(Self::of(all, touches, stamp, now));
        kept.0.write().insert(db.tenant_key(), fresh.clone());
        Ok(fresh)
    }

    fn of(own: Vec<Own>, touches: u64, stamp: (i64, i64, i64), now: i64) -> Self {
        let catalogue = |searched| Catalogue::new(Box::new(Tenant { own: own.clone(), searched }));
        let catalogues = (!own.is_empty()).then(|| (catalogue(false), catalogue(true)));
        Self { own: catalogues, rows: own, touches, stamp, checked: AtomicI64::new(now) }
    }

    /// As they were when the request came in.
    pub fn kept(context: &Context) -> Arc<Self> {
        static STANDARD: OnceLock<Arc<Parameters>> = OnceLock::new();
        let kept = context.db.server().kept::<Kept>();
        let known = kept.0.read().get(&context.db.tenant_key()).cloned();
        known.unwrap_or_else(|| STANDARD.get_or_init(|| Arc::new(Self::of(Vec::new(), 0, (0, 0, 0), 0))).clone())
    }

    /// The tenant's own that can be searched by.
    pub fn own(&self) -> impl Iterator<Item = &Own> {
        self.rows.iter().filter(|own| own.ready)
    }

    /// What resources are found by.
    pub fn indexed(&self) -> &Catalogue {
        self.own.as_ref().map_or(r4_catalogue(), |(indexed, _)| indexed)
    }

    /// What can be searched by.
    pub fn searched(&self) -> &Catalogue {
        self.own.as_ref().map_or(r4_catalogue(), |(_, searched)| searched)
    }
}

/// The same route, with the tenant's parameters up to date before its handler runs.
pub fn known(mut route: Route) -> Route {
    if let Answer::Reply(handler) = route.answer {
        let around: Handler = Arc::new(move |context, request| {
            let handler = handler.clone();
            Box::pin(async move {
                Parameters::refresh(&context).await?;
                handler(context, request).await
            })
        });
        route.answer = Answer::Reply(around);
    }
    route
}
