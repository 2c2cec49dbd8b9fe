//! References inside a transaction: what points at another entry's `fullUrl` gets that entry's address, and a
//! conditional reference (`Practitioner?identifier=...`) gets the address of its one match.

use super::plan::{Action, Plan};
use crate::interaction::conditional;
use crate::kind::{self, Kind};
use crate::parameters::Parameters;
use crate::search::criterion::{Criterion, matches};
use crate::search::extract::extract;
use crate::{service, structure};
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;

pub async fn resolve(context: &Context, plan: &mut Plan) -> Result<()> {
    let mut addresses: HashMap<String, String> = plan
        .steps
        .iter()
        .filter(|s| !matches!(s.action, Action::Look | Action::Delete { .. }))
        .filter_map(|s| Some((s.full_url.clone()?, format!("{}/{}", s.kind.name, s.id))))
        .collect();
    for (condition, path) in conditions(plan) {
        let address = target(context, plan, &condition).await.map_err(|e| e.at(path))?;
        addresses.insert(condition, address);
    }
    for step in &mut plan.steps {
        if let Some(resource) = &mut step.resource {
            structure::for_each_reference_mut(resource, &mut |_, text| {
                if let Some(address) = addresses.get(text.as_ref()) {
                    *text = Cow::Owned(address.clone());
                }
            });
        }
    }
    Ok(())
}

/// Every conditional reference once, with the entry where it stands first.
fn conditions(plan: &Plan) -> Vec<(String, String)> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for step in &plan.steps {
        let Some(resource) = &step.resource else { continue };
        for (path, text) in structure::references(resource) {
            if is_conditional(text) && seen.insert(text.to_owned()) {
                found.push((text.to_owned(), format!("{}.resource.{path}", step.path)));
            }
        }
    }
    found
}

fn is_conditional(text: &str) -> bool {
    text.split_once('?').is_some_and(|(name, query)| !query.is_empty() && kind::number(name).is_some())
}

/// The one match among what stands and what this transaction creates.
async fn target(context: &Context, plan: &Plan, condition: &str) -> Result<String> {
    let (name, query) = condition.split_once('?').unwrap_or((condition, ""));
    let kind = kind::find(name)?;
    let criteria = conditional::criteria(context, kind, query)?;
    let stored = conditional::one(context, theriac_access::Interaction::Search, kind, &criteria).await?;
    let mut all: BTreeSet<String> = stored.into_iter().map(|found| found.id).collect();
    all.extend(own(context, plan, kind, &criteria));
    let count = all.len();
    match (count, all.pop_first()) {
        (1, Some(id)) => Ok(format!("{}/{id}", kind.name)),
        (0, _) => Err(Error::new(Code::Precondition, format!("the conditional reference matches no {}", kind.name))),
        _ => Err(Error::new(Code::Precondition, format!("the conditional reference matches several {}", kind.name))),
    }
}

/// Ids of this transaction's own resources that match.
fn own(context: &Context, plan: &Plan, kind: Kind, criteria: &[Criterion]) -> Vec<String> {
    let base = service::base(context);
    let parameters = Parameters::kept(context);
    let Some(search) = parameters.indexed().plan(kind.name) else { return Vec::new() };
    let same = plan.steps.iter().filter(|s| s.kind == kind);
    let fits = same.filter(|s| {
        s.resource
            .as_ref()
            .is_some_and(|r| matches(&extract(search, r, &service::search_context(&base, context.now())), criteria))
    });
    fits.map(|s| s.id.clone()).collect()
}
