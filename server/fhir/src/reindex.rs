//! The search index made anew from the stored resources: after a change of how it is made, or of search parameters.
//!
//! Online: resources are searched and written meanwhile, each by whichever rows it has. Resumable: every batch commits
//! its rows together with how far it has come.

use crate::parameters::Parameters;
use crate::search::extract::extract_whole;
use crate::search::index::Index;
use crate::store::reindex as store;
use crate::{body, kind, service};
use theriac_core::{Code, Error, Result, json};
use theriac_platform::Context;
use theriac_platform::db::{Db, Unit};

pub use store::Point;

/// How many resources are indexed in one transaction.
const BATCH: usize = 200;

/// How often a batch is begun again because somebody wrote one of its resources.
const TRIES: usize = 20;

/// What one batch has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Where to go on; nothing if that was all.
    pub next: Option<Point>,
    pub resources: u64,
}

/// Indexes the next batch behind the point anew. `also` adds to the same transaction: where its caller keeps the point.
///
/// # Errors
/// `Conflict` if resources of the batch kept changing; what the database says.
pub async fn batch(context: &Context, from: Point, also: impl Fn(&mut Unit, Option<Point>)) -> Result<Step> {
    let parameters = Parameters::refresh(context).await?;
    for _ in 0..TRIES {
        let stored = store::behind(&context.db, from, BATCH).await?;
        let next = stored.last().filter(|_| stored.len() == BATCH).map(store::Stored::point);
        let indexes: Vec<Index> = stored.iter().map(|s| index(context, &parameters, s)).collect::<Result<_>>()?;
        let mut unit = Unit::new();
        store::replace(context, &mut unit, &stored, &indexes.iter().collect::<Vec<_>>());
        also(&mut unit, next);
        match context.db.commit(unit).await {
            Ok(_) => return Ok(Step { next, resources: stored.len() as u64 }),
            Err(error) if error.code == Code::Conflict => {}
            Err(error) => return Err(error),
        }
    }
    Err(Error::conflict("resources kept changing while they were indexed anew").retry_after(1))
}

fn index(context: &Context, parameters: &Parameters, stored: &store::Stored) -> Result<Index> {
    let name = kind::name(stored.version.kind);
    let catalogue = parameters.indexed();
    let plan = catalogue.plan(name).ok_or_else(|| Error::internal("a stored type without a search plan"))?;
    let bytes = body::unpack(stored.version.dictionary, &stored.version.body)?;
    let base = service::base(context);
    Ok(extract_whole(catalogue, plan, &json::parse(&bytes)?, &service::search_context(&base, stored.version.updated)))
}

/// Brings a tenant's index to what this program makes; how many resources that took.
///
/// # Errors
/// As [`batch`].
pub async fn bring_up(context: &Context) -> Result<u64> {
    let mut resources = 0;
    while let Some(from) = store::progress(&context.db).await? {
        let keep = |unit: &mut Unit, next: Option<Point>| match next {
            Some(next) => store::advance(&context.db, unit, from, next),
            None => store::finish(&context.db, unit),
        };
        resources += batch(context, from, keep).await?.resources;
    }
    Ok(resources)
}

/// As [`bring_up`], for all tenants of a server at that address.
///
/// # Errors
/// As [`batch`].
pub async fn bring_up_all(db: &Db, public_url: &str) -> Result<u64> {
    let mut resources = 0;
    for tenant in db.tenants().await? {
        let mut context = Context::internal(db, &tenant, "reindex");
        context.trail = std::sync::Arc::new(theriac_platform::context::Trail {
            base: format!("{}/{}", public_url.trim_end_matches('/'), tenant.name),
            ..Default::default()
        });
        let here = bring_up(&context).await?;
        if here > 0 {
            tracing::info!(tenant = %tenant.name, resources = here, "the search index was made anew");
        }
        resources += here;
    }
    Ok(resources)
}
