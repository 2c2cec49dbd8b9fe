//! The caller's grant in the words of the search index: one predicate for reads, searches, includes, histories, feeds
//! and writes. A store renders it to SQL beside every table it looks at; in memory it is asked of an [`Index`].
//!
//! Invariant: whoever sees some rows only is answered as if the others were not there, whatever is asked.

mod granular;
pub mod labels;
mod reads;

use crate::consent::{self, Consents};
use crate::kind::{self, Kind};
use crate::search::criterion::{Criterion, matches};
use crate::search::hash;
use crate::search::index::Index;
use std::sync::Arc;
use theriac_access::{Grant, Interaction, Rows, label};
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;
use theriac_platform::emergency;
use theriac_platform::http::{Answer, Handler, Route};

/// Which resources exist for a caller.
#[derive(Debug, Clone, PartialEq)]
pub enum Visible {
    All,
    Nothing,
    Some(Rule),
}

/// A resource exists that is of one of the types, carries one of the tokens, and keeps every limit of its type.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rule {
    /// None: of any type.
    pub types: Option<Vec<i16>>,
    /// None: whatever it carries.
    pub any: Option<Vec<i64>>,
    /// Types that need none of the tokens.
    pub shared: Vec<i16>,
    pub limits: Vec<Limit>,
}

/// What resources of some types must satisfy besides.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// Empty: all.
    pub types: Vec<i16>,
    pub must: Criterion,
}

/// What a tenant shares with those who see some rows only: its directory, its catalogues and its definitions. None of
/// them is part of a patient's compartment (<http://hl7.org/fhir/R4/compartmentdefinition-patient.html>).
const SHARED: &[&str] = &[
    "ActivityDefinition",
    "CapabilityStatement",
    "ChargeItemDefinition",
    "CodeSystem",
    "CompartmentDefinition",
    "ConceptMap",
    "EventDefinition",
    "GraphDefinition",
    "HealthcareService",
    "ImplementationGuide",
    "Library",
    "Location",
    "Measure",
    "Medication",
    "MedicationKnowledge",
    "MessageDefinition",
    "NamingSystem",
    "ObservationDefinition",
    "OperationDefinition",
    "Organization",
    "OrganizationAffiliation",
    "PlanDefinition",
    "Practitioner",
    "PractitionerRole",
    "Questionnaire",
    "SearchParameter",
    "SpecimenDefinition",
    "StructureDefinition",
    "StructureMap",
    "Substance",
    "TerminologyCapabilities",
    "ValueSet",
];

pub fn is_shared(name: &str) -> bool {
    SHARED.binary_search(&name).is_ok()
}

/// What exists for the caller of this request when it does this.
pub fn visible(context: &Context, interaction: Interaction) -> Visible {
    let grant = &context.grant;
    let changes = interaction.permission().meaning().changes;
    let mut rule = match rows(&if changes { grant.own_rows() } else { grant.rows() }) {
        Some(rule) => rule,
        None => return Visible::Nothing,
    };
    rule.types = types(grant, interaction);
    if let Some(kept) = Consents::kept(context) {
        rule.limits.extend(labels::limit(&kept.clearance, context));
        if is_bound_by_consent(grant, interaction) {
            rule.limits.extend(kept.limits(context));
        }
    }
    if grant.scopes.is_granular() {
        rule.limits.extend(granular::limits(context, interaction, rule.types.as_deref()));
    }
    rule.into()
}

/// A consent limits what is seen. What is new is nobody's secret from its author, and a service that keeps records under
/// ids of its own choice goes on keeping them: it learns that they are there, and not what is in them.
fn is_bound_by_consent(grant: &Grant, interaction: Interaction) -> bool {
    let row = grant.role.row();
    let reads = !interaction.permission().meaning().changes;
    row.consent && interaction != Interaction::Create && (reads || !row.by_scope)
}

/// Do consents keep it from the caller, whatever else they may do with it?
pub fn is_withheld(context: &Context, kind: i16, index: &Index) -> bool {
    let consents = Consents::kept(context).filter(|_| context.grant.role.row().consent);
    let limits = consents.map(|consents| consents.limits(context)).unwrap_or_default();
    limits.iter().any(|limit| limit.is_about(kind) && !limit.holds(index))
}

/// As [`visible`], as far as it matters to resources of that type.
pub fn of_type(context: &Context, interaction: Interaction, kind: Kind) -> Visible {
    visible(context, interaction).about(kind.number)
}

/// Brings up to date what grants are compiled from besides themselves.
///
/// # Errors
/// `Forbidden` for scopes that cannot be kept as they were written; the database's.
pub async fn refresh(context: &Context) -> Result<()> {
    consent::refresh(context).await?;
    granular::check(context)
}

/// The same route, with the caller's policy up to date before its handler runs, and what is read in an emergency recorded
/// after it.
pub fn kept(mut route: Route) -> Route {
    if let Answer::Reply(handler) = route.answer {
        let road: Arc<str> = format!("{} {}", route.method.as_str(), route.path).into();
        let reads = !route.permission.meaning().changes;
        let around: Handler = Arc::new(move |context, request| {
            let (handler, road) = (handler.clone(), road.clone());
            Box::pin(async move {
                let (context, open) = emergency::opened(&context).await?;
                refresh(&context).await?;
                if open.is_empty() {
                    return handler(context, request).await;
                }
                let response = handler(context.clone(), request).await?;
                if let Some(given) = reads::given(&response) {
                    reads::record(&context, &open, &road, reads, given).await?;
                }
                Ok(response)
            })
        });
        route.answer = Answer::Reply(around);
    }
    route
}

/// A label `Patient/1` stands for the compartment of that patient; none where nothing exists.
fn rows(rows: &Rows) -> Option<Rule> {
    let labels = match rows {
        Rows::All => return Some(Rule::default()),
        Rows::Nothing => return None,
        Rows::Labels(labels) => labels,
    };
    let patients = labels.iter().filter_map(|l| l.split_once('/'));
    let any = patients.map(|(kind, id)| hash::compartment_token(hash::own(kind, id))).collect();
    let shares = labels.iter().any(|l| l == label::SHARED);
    let shared = if shares { SHARED.iter().filter_map(|name| kind::number(name)).collect() } else { Vec::new() };
    Some(Rule { any: Some(any), shared, ..Rule::default() })
}

/// The types the token's scopes name; none for all.
fn types(grant: &Grant, interaction: Interaction) -> Option<Vec<i16>> {
    const EVERY: &str = "*";
    if !grant.scopes.given() || grant.scopes.allows_fhir(interaction, EVERY) {
        return None;
    }
    Some(kind::all().filter(|n| grant.scopes.allows_fhir(interaction, kind::name(*n))).collect())
}

impl From<Rule> for Visible {
    fn from(rule: Rule) -> Self {
        match rule {
            rule if rule == Rule::default() => Self::All,
            Rule { types: Some(types), .. } if types.is_empty() => Self::Nothing,
            Rule { any: Some(any), shared, .. } if any.is_empty() && shared.is_empty() => Self::Nothing,
            rule => Self::Some(rule),
        }
    }
}

impl Visible {
    pub fn admits(&self, kind: i16, index: &Index) -> bool {
        match self {
            Self::All => true,
            Self::Nothing => false,
            Self::Some(rule) => rule.admits(kind, index),
        }
    }

    /// The same for resources of one type, where none of another is looked at.
    pub fn about(self, kind: i16) -> Self {
        let Self::Some(rule) = self else { return self };
        if rule.types.as_ref().is_some_and(|types| !types.contains(&kind)) {
            return Self::Nothing;
        }
        let is_shared = rule.shared.contains(&kind);
        let limits = rule.limits.into_iter().filter(|limit| limit.is_about(kind));
        let limits = limits.map(|limit| Limit { types: Vec::new(), ..limit }).collect();
        Rule { types: None, any: rule.any.filter(|_| !is_shared), shared: Vec::new(), limits }.into()
    }

    /// A write is taken only if its outcome would exist for the caller.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn require(&self, kind: Kind, index: &Index) -> Result<()> {
        if self.admits(kind.number, index) {
            return Ok(());
        }
        let message = match self {
            Self::Some(rule) if rule.any.is_none() => {
                "the resource would be none that your scopes let you write, or carry a label that you are not cleared for"
            }
            Self::Some(rule) if rule.rows_admit(kind.number, index) => {
                "the resource would carry a label that you are not cleared for, or be none that your scopes let you write"
            }
            _ => "the resource would not belong to a patient assigned to you; refer to one as its subject",
        };
        Err(Error::new(Code::Forbidden, message))
    }
}

impl Rule {
    fn admits(&self, kind: i16, index: &Index) -> bool {
        self.types.as_ref().is_none_or(|types| types.contains(&kind))
            && self.rows_admit(kind, index)
            && self.limits.iter().filter(|limit| limit.is_about(kind)).all(|limit| limit.holds(index))
    }
}

impl Rule {
    fn rows_admit(&self, kind: i16, index: &Index) -> bool {
        let carries = |any: &Vec<i64>| any.iter().any(|t| index.tokens.binary_search(t).is_ok());
        self.any.as_ref().is_none_or(|any| self.shared.contains(&kind) || carries(any))
    }
}

impl Limit {
    pub fn is_about(&self, kind: i16) -> bool {
        self.types.is_empty() || self.types.contains(&kind)
    }

    fn holds(&self, index: &Index) -> bool {
        matches(index, std::slice::from_ref(&self.must))
    }
}

/// What a caller who may not change it is told: that it is not theirs where they see it, else that it is not there.
pub fn refused(kind: Kind, id: &str, is_seen: bool) -> Error {
    match is_seen {
        true => Error::new(Code::Forbidden, format!("this {} can be read by you and not changed", kind.name)),
        false => Error::not_found(kind.name, id),
    }
}

/// Visibility labels of a resource for ledger and feed: the patients whose compartment it is in, or that it is shared.
pub fn visibility(kind: Kind, index: &Index) -> Vec<String> {
    if is_shared(kind.name) {
        return vec![label::SHARED.to_owned()];
    }
    index.compartments.iter().filter(|c| c.starts_with("Patient/")).cloned().collect()
}

#[cfg(test)]
mod tests;
