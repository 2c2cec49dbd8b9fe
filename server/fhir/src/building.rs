//! Building the index of a tenant's own search parameters while everything goes on: a worker that follows the ledger.
//!
//! 1. A SearchParameter is written: its entry wakes the worker. What is new is noted as *building*; from then on every
//!    write indexes it, while searches go by what was there before.
//! 2. After [`SETTLE_US`], when every process knows it, all resources of its type are walked by key, in small units that
//!    move the mark with the rows. A worker that dies goes on from the mark; of two workers one wins each step.
//! 3. What was changed meanwhile is gone over again, and then the parameter is *ready* and what it replaces is dropped.
//!
//! <http://hl7.org/fhir/R4/searchparameter.html>

use crate::canonical::TenantCanonicals;
use crate::parameters::Parameters;
use crate::search::catalogue::{Plan, Prepared};
use crate::search::extract::extract;
use crate::search::index::Index;
use crate::search::tenant::{Own, known};
use crate::store::parameter::{self as store, Building, Present};
use crate::{body, kind, service};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use theriac_core::json::{self, Node};
use theriac_core::{Error, Instant, Result};
use theriac_ledger::{Follower, Record, Watcher};
use theriac_platform::Context;
use theriac_platform::context::Trail;
use theriac_platform::db::Unit;

/// Every process knows a new parameter after that long, and what was under way before is done.
const SETTLE_US: i64 = 3 * crate::parameters::PATIENCE_US;
/// Resources in one step.
const STEP: i64 = 200;
/// Steps before the worker looks whether it shall stop.
const STEPS: usize = 20;

pub(crate) struct Builder {
    /// Of the server: absolute references below it are local.
    pub public_url: String,
}

#[async_trait::async_trait]
impl Watcher for Builder {
    fn name(&self) -> &'static str {
        "fhir.parameter"
    }

    fn topics(&self) -> &'static [&'static str] {
        &["fhir.SearchParameter"]
    }

    async fn open(&self, _: &Context) -> Result<Box<dyn Follower>> {
        Ok(Box::new(Self { public_url: self.public_url.clone() }))
    }
}

#[async_trait::async_trait]
impl Follower for Builder {
    /// The cursor moves when all is built. Until then the worker begins again from the database every few steps, as
    /// after a lost race: so it stops when it is told to.
    async fn take(&mut self, context: &Context, records: &[Arc<Record>], _: &mut Unit) -> Result<()> {
        if records.is_empty() {
            return Ok(());
        }
        let base = format!("{}/{}", self.public_url.trim_end_matches('/'), context.tenant.name);
        let context = &Context { trail: Arc::new(Trail { base, ..Trail::default() }), ..context.clone() };
        reconcile(context).await?;
        for _ in 0..STEPS {
            if step(context).await? == Step::Done {
                return Ok(());
            }
        }
        Err(Error::conflict("the index is being built"))
    }
}

/// Notes what is new, and drops what is not wanted any more.
pub(crate) async fn reconcile(context: &Context) -> Result<()> {
    let (db, now) = (&context.db, context.now().0);
    let canonicals = TenantCanonicals::now(context).await?;
    let wanted = wanted(&canonicals.own("SearchParameter"));
    let present = store::all(db).await?;
    let same = |a: &Own, b: &Own| (&a.resource_type, &a.seed) == (&b.resource_type, &b.seed);
    let mut unit = Unit::new();
    for own in wanted.iter().filter(|own| !present.iter().any(|p| same(&p.own, own))) {
        let total = store::count(db, kind::find(&own.resource_type)?.number).await?;
        store::begin(db, &mut unit, own, total, now);
    }
    // What a new definition will replace serves until then.
    let replaced = |p: &Building| {
        let code = |own: &Own| own.resource_type == p.own.resource_type && own.parameter.code == p.own.parameter.code;
        p.own.ready && wanted.iter().any(code)
    };
    for gone in present.iter().filter(|p| !wanted.iter().any(|own| same(own, &p.own)) && !replaced(p)) {
        store::drop(db, &mut unit, &gone.own);
    }
    if unit.is_empty() { Ok(()) } else { db.commit(unit).await.map(drop) }
}

/// The active parameters that can be indexed; of one code on one type the first by address.
fn wanted(resources: &[Arc<Node<'static>>]) -> Vec<Own> {
    let mut active: Vec<_> = resources.iter().filter(|r| r.text("status") == Some("active")).collect();
    active.sort_by_key(|r| r.text("url").map(str::to_owned));
    let mut seen = HashSet::new();
    let known = known(resources);
    let all = active.into_iter().filter_map(|resource| match Own::of(resource, &known) {
        Ok(own) => Some(own),
        Err(error) => {
            tracing::warn!(%error, "a search parameter is not served");
            None
        }
    });
    all.flatten().filter(|own| seen.insert((own.resource_type.clone(), own.parameter.code.clone()))).collect()
}

#[derive(Debug, PartialEq, Eq)]
enum Step {
    Done,
    More,
}

/// One unit of work on the parameters that are building.
async fn step(context: &Context) -> Result<Step> {
    let (db, now) = (&context.db, context.now().0);
    let all = store::all(db).await?;
    let building: Vec<&Building> = all.iter().filter(|b| !b.own.ready).collect();
    let Some(first) = building.first().copied() else { return Ok(Step::Done) };
    let newest = building.iter().map(|b| b.started).max().unwrap_or(now);
    if now < newest + SETTLE_US {
        tokio::time::sleep(Duration::from_millis(100)).await;
        return Ok(Step::More);
    }
    let kind = kind::find(&first.own.resource_type)?;
    // Those of one type that are as far as the first go along with it.
    let group: Vec<&Building> =
        building.into_iter().filter(|b| (&b.own.resource_type, b.at) == (&first.own.resource_type, first.at)).collect();
    let resources = store::above(db, kind.number, first.at, i64::MIN, STEP).await?;
    let Some(last) = resources.last() else {
        return finish(context, kind.number, &group, &all).await;
    };
    let mut unit = Unit::new();
    add(context, &mut unit, kind.number, &group, &resources).await?;
    for building in &group {
        store::advance(db, &mut unit, building, last.key, resources.len() as i64);
    }
    db.commit(unit).await?;
    Ok(Step::More)
}

/// What changed while the index was built is gone over again; then it serves.
async fn finish(context: &Context, kind: i16, group: &[&Building], all: &[Building]) -> Result<Step> {
    let (db, since) = (&context.db, group.iter().map(|b| b.started).min().unwrap_or(0));
    let mut key = 0;
    loop {
        let resources = store::above(db, kind, key, since, STEP).await?;
        let Some(last) = resources.last() else { break };
        key = last.key;
        let mut unit = Unit::new();
        add(context, &mut unit, kind, group, &resources).await?;
        db.commit(unit).await?;
    }
    let mut unit = Unit::new();
    let left = store::left_behind(db, kind, since).await?;
    if !left.is_empty() {
        store::sweep(db, &mut unit, &left, kind);
    }
    for building in group {
        let own = &building.own;
        store::ready(db, &mut unit, own, context.now().0);
        let replaced = |b: &&Building| {
            b.own.ready && (&b.own.resource_type, &b.own.parameter.code) == (&own.resource_type, &own.parameter.code)
        };
        all.iter().filter(replaced).for_each(|old| store::drop(db, &mut unit, &old.own));
    }
    db.commit(unit).await?;
    Ok(Step::More)
}

async fn add(context: &Context, unit: &mut Unit, kind: i16, group: &[&Building], resources: &[Present]) -> Result<()> {
    let parameters = Parameters::refresh(context).await?;
    let name = kind::name(kind);
    let whole = parameters.indexed().plan(name).ok_or_else(|| Error::internal("a type without a search plan"))?;
    let ours = |p: &&Prepared| group.iter().any(|b| b.own.seed == p.code());
    let only = whole.parameters.iter().filter(ours).cloned().collect();
    let plan = Plan { resource_type: name.to_owned(), parameters: only, unserved: Vec::new() };
    let none = Plan { resource_type: name.to_owned(), parameters: Vec::new(), unserved: Vec::new() };
    let mut numbers: Vec<i64> = plan.parameters.iter().map(|p| i64::from(p.number)).collect();
    let base = service::base(context);
    let mut indexes = Vec::with_capacity(resources.len());
    for present in resources {
        let bytes = body::unpack(present.dictionary, &present.body)?;
        let node = json::parse(&bytes)?;
        let search = service::search_context(&base, Instant(present.updated));
        let common: HashSet<i64> = extract(&none, &node, &search).tokens.into_iter().collect();
        let mut index: Index = extract(&plan, &node, &search);
        index.tokens.retain(|token| !common.contains(token));
        indexes.push((present, index));
    }
    // Composites have rows under numbers that depend on the values.
    numbers.extend(indexes.iter().flat_map(|(_, index)| index.numbers_used()));
    numbers.sort_unstable();
    numbers.dedup();
    store::add(&context.db, unit, kind, &numbers, &indexes);
    tokio::task::yield_now().await;
    Ok(())
}

/// How far each parameter is, for who asks.
#[derive(Debug)]
pub(crate) struct Progress {
    pub url: String,
    pub code: String,
    pub resource_types: BTreeMap<String, Building>,
}

/// All parameters of the tenant.
///
/// # Errors
/// The database's.
pub(crate) async fn progress(context: &Context) -> Result<Vec<Progress>> {
    let mut all: Vec<Progress> = Vec::new();
    for building in store::all(&context.db).await? {
        let (url, code) = (building.own.url.clone(), building.own.parameter.code.clone());
        let name = building.own.resource_type.clone();
        match all.iter_mut().find(|p| p.url == url && p.code == code) {
            // The one that is being built tells more than the one it will replace.
            Some(known) if building.own.ready => drop(known.resource_types.entry(name).or_insert(building)),
            Some(known) => drop(known.resource_types.insert(name, building)),
            None => all.push(Progress { url, code, resource_types: BTreeMap::from([(name, building)]) }),
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests;
