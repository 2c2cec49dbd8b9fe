//! Which view a caller sees through: the project that names the caller, its profile compiled, its vault open.
//!
//! Kept in memory by version; a change made by this process is seen at once, another's within [`PATIENCE_US`].

use crate::plan::Plan;
use crate::profile::Profile;
use crate::project::Project;
use crate::schema::Schema;
use crate::secret::Keyring;
use crate::store::{self, Of};
use crate::vault::Vault;
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use theriac_access::View;
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;

/// How long a change by another process may go unseen, in microseconds.
pub const PATIENCE_US: i64 = 1_000_000;

/// What a unit touches that changes a profile, a project or a key.
pub(crate) const MARK: &str = "deid";

/// What views are made of: the installation's secret and the types of records.
#[derive(Clone)]
pub struct Views {
    pub ring: Keyring,
    pub schema: &'static dyn Schema,
}

/// One project's view.
pub struct Lens {
    pub project: String,
    pub plan: Plan,
    pub threshold: u64,
    pub vault: Vault,
    of: Project,
}

struct Known {
    lenses: Vec<Arc<Lens>>,
    touches: u64,
    stamp: (i64, i64, i64),
    checked: AtomicI64,
}

/// Of all tenants of this process.
#[derive(Default)]
struct Kept(RwLock<HashMap<i32, Arc<Known>>>);

impl Views {
    /// The view of this caller; `named` chooses among several.
    ///
    /// # Errors
    /// `Invalid` where it is not clear which; `Forbidden` where none is open to the caller.
    pub async fn lens(&self, context: &Context, named: Option<&str>) -> Result<Option<Arc<Lens>>> {
        let known = self.known(context).await?;
        let named = match &context.grant.view {
            View::DeIdentified(project) => Some(project.as_str()),
            View::Identified => named,
        };
        let mut own = known.lenses.iter().filter(|lens| lens.of.has(&context.grant));
        let Some(named) = named else {
            let (first, second) = (own.next(), own.next());
            let message = "several research projects name you; say which by the header X-Research-Project";
            return if second.is_some() { Err(Error::invalid(message)) } else { Ok(first.cloned()) };
        };
        let found = own.find(|lens| lens.project == named).cloned();
        let message = "no research project of that name is open to you";
        found.map(Some).ok_or_else(|| Error::new(Code::Forbidden, message).at("X-Research-Project"))
    }

    /// The view of a project, whoever asks.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn of_project(&self, context: &Context, id: &str) -> Result<Arc<Lens>> {
        let known = self.known(context).await?;
        let found = known.lenses.iter().find(|lens| lens.project == id).cloned();
        found.ok_or_else(|| Error::not_found("projects", id))
    }

    async fn known(&self, context: &Context) -> Result<Arc<Known>> {
        let db = &context.db;
        let kept = db.server().kept::<Kept>();
        let known = kept.0.read().get(&db.tenant_key()).cloned();
        let (touches, now) = (db.touches(MARK), context.now().0);
        if let Some(known) = known.filter(|known| known.touches == touches) {
            if now - known.checked.load(Ordering::Relaxed) < PATIENCE_US {
                return Ok(known);
            }
            if store::stamp(db).await? == known.stamp {
                known.checked.store(now, Ordering::Relaxed);
                return Ok(known);
            }
        }
        let stamp = store::stamp(db).await?;
        let fresh = Known { lenses: self.read(context).await?, touches, stamp, checked: AtomicI64::new(now) };
        let fresh = Arc::new(fresh);
        kept.0.write().insert(db.tenant_key(), fresh.clone());
        Ok(fresh)
    }

    async fn read(&self, context: &Context) -> Result<Vec<Arc<Lens>>> {
        let (db, tenant) = (&context.db, context.tenant.name.as_ref());
        let profiles = store::all(db, Of::Profile).await?;
        let mut lenses = Vec::new();
        for document in store::all(db, Of::Project).await? {
            let of = Project::read(&document.text)?;
            let own = profiles.iter().find(|profile| profile.id == of.profile).map(|profile| profile.text.as_str());
            let text = own.or_else(|| Profile::built_in(&of.profile));
            let text = text.ok_or_else(|| Error::internal("a project without its profile"))?;
            let plan = Plan::compile(Profile::parse(text)?, self.schema)?;
            let vault = Vault::open(db, &self.ring, tenant, &document.id).await?;
            lenses.push(Arc::new(Lens { project: document.id, plan, threshold: of.threshold, vault, of }));
        }
        Ok(lenses)
    }
}
