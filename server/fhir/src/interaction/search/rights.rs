//! Which types the caller's scopes let a search go over and go through: a chain tells of the resources it
//! passes as surely as a read would.

use super::asked::Asked;
use crate::kind;
use crate::search::criterion::Criterion;
use crate::search::full_text::PARAMETERS;
use crate::search::query::{Contained, Include};
use theriac_access::{Grant, Interaction, Role};
use theriac_core::{Code, Error, Result};

/// Refuses types that were named and may not be searched, and leaves out those that were only meant along.
pub(super) fn narrow(grant: &Grant, asked: &mut Asked) -> Result<()> {
    if grant.role == Role::Researcher && asked.query.applied.iter().any(|(name, _)| is_text(name)) {
        let message =
            "what a de-identified view hides cannot be searched: _text and _content are not open to this role";
        return Err(Error::new(Code::Forbidden, message));
    }
    match asked.query.types.is_empty() {
        false => asked.query.types.iter().try_for_each(|t| grant.require_fhir(Interaction::Search, t))?,
        true => all_types(grant, asked)?,
    }
    if asked.query.contained != Contained::Outside {
        all_types(grant, asked)?;
    }
    for criterion in &mut asked.query.criteria {
        criteria(grant, criterion)?;
    }
    edges(grant, &mut asked.query.includes);
    edges(grant, &mut asked.query.revincludes);
    Ok(())
}

/// `_content`, `patient._text`, `_has:Observation:subject:_content`
fn is_text(name: &str) -> bool {
    let last = name.rsplit(['.', ':']).next().unwrap_or(name);
    PARAMETERS.iter().any(|(known, _)| *known == last)
}

fn all_types(grant: &Grant, asked: &mut Asked) -> Result<()> {
    let all: Vec<i16> = (0..).take_while(|n| !kind::name(*n).is_empty()).collect();
    let may: Vec<i16> = all.iter().copied().filter(|n| grant.may_fhir(Interaction::Search, kind::name(*n))).collect();
    match (may.is_empty(), may.len() == all.len()) {
        (true, _) => grant.require_fhir(Interaction::Search, "Resource"),
        (_, true) => Ok(()),
        (false, false) => {
            asked.types = may;
            Ok(())
        }
    }
}

/// Refuses, or narrows, what a criterion would tell of types that may not be searched.
pub(crate) fn criteria(grant: &Grant, criterion: &mut Criterion) -> Result<()> {
    match criterion {
        Criterion::Chain { any, .. } => {
            let first = any.first().map(|arm| arm.target.clone());
            any.retain(|arm| grant.may_fhir(Interaction::Search, &arm.target));
            if let (true, Some(target)) = (any.is_empty(), first) {
                return grant.require_fhir(Interaction::Search, &target);
            }
            any.iter_mut().try_for_each(|arm| criteria(grant, &mut arm.criterion))
        }
        Criterion::Has { source: named, criterion, .. } | Criterion::Contains { resource_type: named, criterion } => {
            grant.require_fhir(Interaction::Search, named)?;
            criteria(grant, criterion)
        }
        Criterion::Hierarchy(along) => grant.require_fhir(Interaction::Search, &along.resource_type),
        Criterion::All(parts) | Criterion::Any(parts) => parts.iter_mut().try_for_each(|part| criteria(grant, part)),
        Criterion::Not(part) => criteria(grant, part),
        _ => Ok(()),
    }
}

fn edges(grant: &Grant, includes: &mut Vec<Include>) {
    let may = |name: &String| grant.may_fhir(Interaction::Read, name);
    for include in includes.iter_mut() {
        include.edges.retain(|edge| may(&edge.source));
        include.edges.iter_mut().for_each(|edge| edge.targets.retain(may));
    }
    includes.retain(|include| !include.edges.is_empty());
}
