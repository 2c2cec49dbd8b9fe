//! `_contained` and `_containedType`: resources inside others. <http://hl7.org/fhir/R4/search.html#contained>
//!
//! A resource is chosen by one that it contains, so `_lastUpdated` speaks of the container, whose time it is. Pages are
//! of containers, also where what they contain is answered.

use super::{Query, Request, Summary, Total, result};
use crate::search::criterion::Criterion;
use crate::search::hash::type_token;
use theriac_core::Error;
use theriac_core::error::Result;

/// Which resources are searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Contained {
    /// Those that stand by themselves (`_contained=false`).
    #[default]
    Outside,
    /// Those inside others (`true`).
    Inside,
    Both,
}

const WORDS: &[(&str, Contained)] =
    &[("false", Contained::Outside), ("true", Contained::Inside), ("both", Contained::Both)];

pub(super) fn which(query: &mut Query, _: &Request<'_>, _: &super::Plan, value: &str) -> Result<()> {
    query.contained = result::word("_contained", value, WORDS)?;
    Ok(())
}

pub(super) fn what(query: &mut Query, _: &Request<'_>, _: &super::Plan, value: &str) -> Result<()> {
    query.shows_contained = result::word("_containedType", value, &[("container", false), ("contained", true)])?;
    Ok(())
}

/// Turns criteria on resources of the type into criteria on what contains one that satisfies them all.
pub(super) fn enclose(query: &mut Query) -> Result<()> {
    if query.contained == Contained::Outside {
        return match query.shows_contained {
            true => Err(refused("_containedType", "it shows what _contained=true finds, and is used with that only")),
            false => Ok(()),
        };
    }
    let [resource_type] = query.types.as_slice() else {
        return Err(refused(
            "_contained",
            "it looks for resources of one type: search [base]/[type], or name one _type",
        ));
    };
    unusable(query)?;
    let all = std::mem::take(&mut query.criteria);
    let (outer, inner): (Vec<_>, Vec<_>) = all.into_iter().partition(|c| matches!(c, Criterion::LastUpdated { .. }));
    query.criteria = outer;
    let inside = Criterion::Contains {
        resource_type: resource_type.clone(),
        criterion: Box::new(Criterion::All(inner.clone())),
    };
    query.criteria.push(match query.contained {
        Contained::Both => {
            let of_type = Criterion::Tokens { any: vec![type_token(resource_type)], negate: false };
            let itself = Criterion::All(std::iter::once(of_type).chain(inner).collect());
            Criterion::Any(vec![itself, inside])
        }
        _ => inside,
    });
    Ok(())
}

/// What has no meaning where containers are found by what is in them.
fn unusable(query: &Query) -> Result<()> {
    let by_value = |key: &super::SortKey| !matches!(key.by, super::SortBy::Id | super::SortBy::LastUpdated);
    if query.sort.iter().any(by_value) {
        return Err(refused("_sort", "with _contained it goes by _id or _lastUpdated of what contains"));
    }
    if !(query.includes.is_empty() && query.revincludes.is_empty()) {
        return Err(refused("_include", "_include and _revinclude are not used with _contained"));
    }
    if !query.shows_contained {
        return Ok(());
    }
    if query.contained == Contained::Both {
        return Err(refused(
            "_containedType",
            "contained is used with _contained=true; both is answered by containers",
        ));
    }
    let counted = query.summary == Summary::Count || query.count == Some(0);
    if counted || matches!(query.total, Some(Total::Accurate | Total::Estimate)) {
        return Err(refused("_total", "what is counted are containers: ask for _containedType=container"));
    }
    Ok(())
}

fn refused(name: &str, why: &str) -> Error {
    Error::invalid(format!("{name}: {why}")).at(name)
}

impl Query {
    /// The criterion on what is inside, and its type, where that is what is answered.
    pub fn inside(&self) -> Option<(&str, &Criterion)> {
        let found = self.criteria.iter().find_map(|criterion| match criterion {
            Criterion::Contains { resource_type, criterion } => Some((resource_type.as_str(), criterion.as_ref())),
            _ => None,
        });
        found.filter(|_| self.shows_contained)
    }
}
