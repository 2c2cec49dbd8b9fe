//! What a resource is checked against before it is stored, as its tenant has chosen, and what `$validate` asks.
//!
//! | `fhir.validation` | refused |
//! |---|---|
//! | `off` | what is no FHIR at all: unknown or misshapen members |
//! | `base` | what breaks the structure of its type: also values, numbers and required codes |
//! | `declared` | also what breaks a profile named in its `meta.profile`; such a profile must be known |
//! | `required` | also what breaks a profile of `fhir.validation.profiles` for its type |
//!
//! How strictly, the settings beside it say: [`choice`].
//!
//! <http://hl7.org/fhir/R4/validation.html>

mod choice;
mod linked;

use crate::canonical::TenantCanonicals;
use crate::kind::Kind;
use crate::profile::{Expressions, FhirPath, Finding, Follow, Library, Linked, Options, Severity, Validator, World};
use crate::structure;
use crate::terminology::{self, Terminology};
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::Arc;
use theriac_core::error::Issue;
use theriac_core::json::Node;
use theriac_core::{Code, Error, Instant, Result};
use theriac_platform::{Context, Settings, setting};

/// The definitions of a tenant, made ready to check documents.
pub struct Judge {
    canonicals: Arc<TenantCanonicals>,
    profiles: Arc<Library>,
    codes: Arc<terminology::Library>,
    expressions: Expressions,
    /// What the tenant's guides ask of all resources of a type.
    global: Arc<HashMap<String, Vec<String>>>,
}

#[derive(Default)]
struct Kept(RwLock<HashMap<i32, Arc<Judge>>>);

impl Judge {
    /// By the definitions as they are now.
    ///
    /// # Errors
    /// The database's.
    pub async fn of(context: &Context) -> Result<Arc<Self>> {
        let canonicals = TenantCanonicals::of(context).await?;
        let kept = context.db.server().kept::<Kept>();
        let known = kept.0.read().get(&context.db.tenant_key()).cloned();
        if let Some(known) = known.filter(|known| Arc::ptr_eq(&known.canonicals, &canonicals)) {
            return Ok(known);
        }
        let profiles = match canonicals.has_own("StructureDefinition") || canonicals.has_own("Questionnaire") {
            true => Arc::new(Library::over(canonicals.own_layer(), Library::r4())),
            false => Library::r4(),
        };
        let judge = Arc::new(Self {
            codes: canonicals.terminology(),
            profiles,
            global: Arc::new(global(&canonicals)),
            canonicals,
            expressions: Expressions::default(),
        });
        kept.0.write().insert(context.db.tenant_key(), judge.clone());
        Ok(judge)
    }

    /// Everything there is to say of a document beyond its structure; `linked` is what its references lead to.
    pub fn check(
        &self,
        now: Instant,
        node: &Node<'_>,
        profiles: &[String],
        options: &Options,
        linked: Linked,
    ) -> Vec<Finding> {
        let terminology: &dyn Terminology = self.codes.as_ref();
        let world = World { now, linked, global: self.global.clone() };
        let invariants = FhirPath::new(&self.expressions, &self.profiles, terminology, &world);
        let library = &self.profiles;
        Validator { library, terminology, invariants: &invariants, options, world: &world }.check(node, profiles)
    }
}

/// What `$validate` tells of a document, as strictly as the tenant has chosen, whatever its level: the faults of its
/// structure, and what profiles say more, where the structure says nothing of the place.
///
/// # Errors
/// The database's.
pub async fn tell(
    context: &Context,
    kind: Kind,
    node: &Node<'_>,
    profiles: &[String],
) -> Result<(Vec<Issue>, Vec<Finding>)> {
    let settings = Settings::read(&context.db, context.now()).await?;
    let options = choice::options(&settings, Severity::Warning);
    let linked = match options.follow >= Follow::Profile {
        true => linked::load(context, node).await?,
        false => Linked::new(),
    };
    let mut faults = structure::check(node, Some(kind.name)).err().map(|e| e.issues).unwrap_or_default();
    // What cannot be read is told wherever it stands.
    faults.retain(|f| options.contained || f.code != Code::Invalid || !f.path.contains(".contained["));
    let mut findings = Judge::of(context).await?.check(context.now(), node, profiles, &options, linked);
    findings.retain(|f| !(is_structural(f) && faults.iter().any(|issue| issue.path == f.path)));
    Ok((faults, findings))
}

/// Said by the structural check too, if it is wrong by the type alone.
fn is_structural(finding: &Finding) -> bool {
    matches!(finding.check.as_str(), "min" | "max" | "type") || finding.check.starts_with("binding ")
}

/// `ImplementationGuide.global` by type.
fn global(canonicals: &TenantCanonicals) -> HashMap<String, Vec<String>> {
    let mut all: HashMap<String, Vec<String>> = HashMap::new();
    for guide in canonicals.own("ImplementationGuide") {
        for global in guide.get("global").map_or(&[][..], Node::items) {
            let (kind, profile) = (global.text("type"), global.text("profile"));
            if let (Some(kind), Some(profile)) = (kind, profile) {
                all.entry(kind.to_owned()).or_default().push(profile.to_owned());
            }
        }
    }
    all
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Off,
    Base,
    Declared,
    Required,
}

impl Level {
    fn of(settings: &Settings) -> Self {
        match settings.value("fhir.validation") {
            "off" => Self::Off,
            "declared" => Self::Declared,
            "required" => Self::Required,
            _ => Self::Base,
        }
    }
}

/// Refuses a resource that the tenant does not want to store.
///
/// # Errors
/// `Malformed` or `Invalid` for its structure, `Unprocessable` with all faults for its profiles.
pub async fn admit(context: &Context, node: &Node<'_>, kind: Kind) -> Result<()> {
    let settings = Settings::read(&context.db, context.now()).await?;
    let level = Level::of(&settings);
    match level {
        Level::Off => structure::check_shape(node, Some(kind.name))?,
        _ => structure::check(node, Some(kind.name))?,
    }
    if level < Level::Declared {
        return Ok(());
    }
    let asked: Vec<String> = match level {
        Level::Required => required(&settings, kind.name),
        _ => Vec::new(),
    };
    let options = choice::options(&settings, Severity::Error);
    if asked.is_empty() && !declares(node) && !choice::asks_more(&options) {
        return Ok(());
    }
    // What it points to may be written by the same transaction, so that only `$validate` follows references.
    let judge = Judge::of(context).await?;
    refuse(judge.check(context.now(), node, &asked, &options, Linked::new()))
}

fn required(settings: &Settings, kind: &str) -> Vec<String> {
    let pairs = setting::addresses(settings.value("fhir.validation.profiles"));
    pairs.filter(|(name, _)| *name == kind).map(|(_, profile)| profile.to_owned()).collect()
}

fn declares(node: &Node<'_>) -> bool {
    node.get("meta").and_then(|meta| meta.get("profile")).is_some_and(|profiles| !profiles.items().is_empty())
}

fn refuse(findings: Vec<Finding>) -> Result<()> {
    let errors = findings.into_iter().filter(|f| f.severity == Severity::Error);
    let issue = |f: Finding| Issue::new(Code::Unprocessable, f.path, format!("{} ({})", f.message, f.rule));
    let issues: Vec<Issue> = errors.map(issue).collect();
    if issues.is_empty() { Ok(()) } else { Err(Error::from_issues(issues)) }
}

#[cfg(test)]
mod tests;
