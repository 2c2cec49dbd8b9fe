//! The consents of a tenant as they are now, held in memory, and what they mean for a caller. A change is seen when the
//! revision of the tenant's policy moved, and only what changed is read again.

use super::compile::{self, Asking, Says, both, either, is_none, not};
use super::provision::{self, Provision};
use crate::body;
use crate::definition::Definitions;
use crate::kind;
use crate::policy::Limit;
use crate::search::criterion::Criterion;
use crate::store::consent as store;
use parking_lot::RwLock;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};
use theriac_access::{Grant, Rows, purpose};
use theriac_core::{Result, json};
use theriac_platform::{Context, Settings, revision};

/// How many differently worded denials one statement carries; patients beyond are withheld whole.
const MOST: usize = 64;

#[derive(Debug, Default)]
pub struct Consents {
    revision: i64,
    /// `opt-out`, `opt-in` or `off`.
    default: String,
    /// The tenant's setting `policy.clearance`.
    pub clearance: String,
    /// By the key of its resource: the version that was read, and the consent if it is in force.
    read: HashMap<i64, (i64, Option<Arc<super::Consent>>)>,
    by_patient: BTreeMap<String, Vec<Arc<super::Consent>>>,
    /// What it means for callers who see all rows, and until when.
    compiled: RwLock<HashMap<Caller, Until>>,
}

/// Who asks, and whose records were opened to them.
type Caller = (Asking, Vec<String>);

/// Limits, and the time up to which they hold.
type Until = (i64, Arc<Vec<Limit>>);

/// Of all tenants of this process.
#[derive(Default)]
struct Kept(RwLock<HashMap<i32, Arc<Consents>>>);

/// Callers whose limits are remembered; beyond, all are forgotten.
const REMEMBERED: usize = 256;

/// Types that can be in a patient's compartment.
static TYPES: LazyLock<Vec<i16>> = LazyLock::new(|| {
    let compartments = Definitions::r4().compartments();
    let patient = compartments.iter().find(|c| c.code == "Patient");
    let inside = |name: &str| name == "Patient" || patient.is_some_and(|p| !p.parameters_for(name).is_empty());
    kind::all().filter(|number| inside(kind::name(*number))).collect()
});

/// Brings what is held in memory up to date.
///
/// # Errors
/// The database's.
pub async fn refresh(context: &Context) -> Result<()> {
    let (db, now) = (&context.db, context.now());
    let revision = revision::read(db, now).await?;
    let settings = Settings::read(db, now).await?;
    let (default, clearance) = (settings.value("policy.consent"), settings.value("policy.clearance"));
    let known = db.server().kept::<Kept>().0.read().get(&db.tenant_key()).cloned();
    let is_known =
        |known: &Arc<Consents>| known.revision == revision && known.default == default && known.clearance == clearance;
    if known.as_ref().is_some_and(is_known) {
        return Ok(());
    }
    let (default, clearance) = (default.to_owned(), clearance.to_owned());
    let mut fresh = Consents { revision, default, clearance, ..Consents::default() };
    fresh.load(context, known.as_deref()).await?;
    db.server().kept::<Kept>().0.write().insert(db.tenant_key(), Arc::new(fresh));
    Ok(())
}

impl Consents {
    /// As they were when the request came in.
    pub fn kept(context: &Context) -> Option<Arc<Self>> {
        context.db.server().kept::<Kept>().0.read().get(&context.db.tenant_key()).cloned()
    }

    async fn load(&mut self, context: &Context, before: Option<&Self>) -> Result<()> {
        let heads = store::heads(&context.db).await?;
        let known = |key: &i64, version: i64| before?.read.get(key).filter(|(read, _)| *read == version).cloned();
        let mut missing = Vec::new();
        for (key, version) in heads {
            match known(&key, version) {
                Some(read) => drop(self.read.insert(key, read)),
                None => missing.push(key),
            }
        }
        for (key, version) in store::bodies(&context.db, &missing).await? {
            let bytes = body::unpack(version.dictionary, &version.body)?;
            let consent = provision::read(&json::parse(&bytes)?).map(Arc::new);
            self.read.insert(key, (version.version, consent));
        }
        for consent in self.read.values().filter_map(|(_, consent)| consent.as_ref()) {
            self.by_patient.entry(consent.patient.clone()).or_default().push(consent.clone());
        }
        Ok(())
    }

    /// What the caller of this request does not see because of them.
    pub fn limits(&self, context: &Context) -> Vec<Limit> {
        if self.default == "off" || (self.by_patient.is_empty() && self.default == "opt-out") {
            return Vec::new();
        }
        let (grant, now) = (&context.grant, context.now().0);
        let asking = asking(context);
        if let Rows::Labels(labels) = grant.own_rows() {
            let own = labels.iter().filter(|label| !grant.opened.contains(label));
            let own = own.map(|label| (label.as_str(), self.by_patient.get(label).map_or(&[][..], Vec::as_slice)));
            return self.compile(own, &asking, grant, now).1;
        }
        let key = (asking, grant.opened.clone());
        if let Some((until, limits)) = self.compiled.read().get(&key)
            && now < *until
        {
            return limits.to_vec();
        }
        let rest = self.by_patient.iter().filter(|(patient, _)| !grant.opened.contains(patient));
        let rest = rest.map(|(patient, consents)| (patient.as_str(), consents.as_slice()));
        let (until, limits) = self.compile(rest, &key.0, grant, now);
        let mut compiled = self.compiled.write();
        if compiled.len() >= REMEMBERED {
            compiled.clear();
        }
        compiled.insert(key, (until, Arc::new(limits.clone())));
        limits
    }

    fn compile<'c>(
        &self,
        patients: impl Iterator<Item = (&'c str, &'c [Arc<super::Consent>])>,
        asking: &Asking,
        grant: &Grant,
        now: i64,
    ) -> (i64, Vec<Limit>) {
        let mut until = i64::MAX;
        let (mut denied, mut permitted) = (Groups::default(), Groups::default());
        for (patient, consents) in patients {
            let rules = consents.iter().map(|consent| &consent.provision);
            let Says { denies, permits } = together(rules, asking, now, &mut until);
            let token = compile::compartment(patient);
            permitted.add(permits, token);
            denied.add(denies, token);
        }
        let mut musts = denied.denials();
        if self.default == "opt-in" {
            for patient in &grant.opened {
                permitted.add(compile::all(), compile::compartment(patient));
            }
            musts.push(permitted.any());
        }
        (until, musts.into_iter().map(|must| Limit { types: TYPES.clone(), must }).collect())
    }
}

fn asking(context: &Context) -> Asking {
    let grant = &context.grant;
    let purpose = context.trail.purpose.clone().or_else(|| purpose::of_role(grant.role).map(str::to_owned));
    Asking { subject: grant.subject.clone(), client: grant.client.clone(), role: grant.role.as_str(), purpose }
}

/// All consents of a patient: a denial goes before a permission.
fn together<'p>(rules: impl Iterator<Item = &'p Provision>, asking: &Asking, now: i64, until: &mut i64) -> Says {
    let said: Vec<Says> = rules.map(|rule| compile::says(rule, asking, now, until)).collect();
    let denies = either(said.iter().map(|says| says.denies.clone()).collect());
    let permits = either(said.into_iter().map(|says| says.permits).collect());
    Says { permits: both(vec![permits, not(denies.clone())]), denies }
}

/// Patients about whom the same is said.
#[derive(Default)]
struct Groups(Vec<(Criterion, Vec<i64>)>);

impl Groups {
    fn add(&mut self, says: Criterion, token: i64) {
        if is_none(&says) {
            return;
        }
        match self.0.iter_mut().find(|(known, _)| *known == says) {
            Some((_, tokens)) => tokens.push(token),
            None => self.0.push((says, vec![token])),
        }
    }

    fn parts(self) -> impl Iterator<Item = Criterion> {
        self.0.into_iter().map(|(says, any)| both(vec![Criterion::Tokens { any, negate: false }, says]))
    }

    /// Each a criterion that what is denied does not satisfy.
    fn denials(mut self) -> Vec<Criterion> {
        if self.0.len() > MOST {
            let rest = self.0.split_off(MOST);
            rest.into_iter().flat_map(|(_, tokens)| tokens).for_each(|token| self.add(compile::all(), token));
        }
        self.parts().map(not).collect()
    }

    fn any(mut self) -> Criterion {
        // What is left out is withheld.
        self.0.truncate(MOST);
        either(self.parts().collect())
    }
}
