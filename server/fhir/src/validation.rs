//! What a resource is checked against before it is stored, as its tenant has chosen, and what `$validate` asks.
//!
//! | `fhir.validation` | refused |
//! |---|---|
//! | `off` | what is no FHIR at all: unknown or misshapen members |
//! | `base` | what breaks the structure of its type: also values, numbers and required codes |
//! | `declared` | also what breaks a profile named in its `meta.profile`; such a profile must be known |
//! | `required` | also what breaks a profile of `fhir.validation.profiles` for its type |
//!
//! <http://hl7.org/fhir/R4/validation.html>

use crate::canonical::TenantCanonicals;
use crate::kind::Kind;
use crate::profile::{Expressions, FhirPath, Finding, Library, Options, Severity, Validator};
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
            canonicals,
            expressions: Expressions::default(),
        });
        kept.0.write().insert(context.db.tenant_key(), judge.clone());
        Ok(judge)
    }

    /// Everything there is to say of a document beyond its structure.
    pub fn check(&self, now: Instant, node: &Node<'_>, profiles: &[String], options: Options) -> Vec<Finding> {
        let terminology: &dyn Terminology = self.codes.as_ref();
        let invariants = FhirPath::new(&self.expressions, &self.profiles, terminology, now);
        let validator = Validator { library: &self.profiles, terminology, invariants: &invariants, options };
        validator.check(node, profiles)
    }
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
    if asked.is_empty() && !declares(node) {
        return Ok(());
    }
    let options = Options { unknown_profile: Severity::Error, ..Options::default() };
    refuse(Judge::of(context).await?.check(context.now(), node, &asked, options))
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
