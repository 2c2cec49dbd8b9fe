//! Granular scopes, `patient/Observation.rs?category=laboratory`: their searches as limits of rows.
//! <https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html#finer-grained-resource-constraints-using-search-parameters>
//!
//! Only what the resource itself decides is taken: no chains, `_has`, hierarchies, value sets, nor anything that shapes
//! an answer. What is not taken is refused by [`check`] before a handler runs, and grants nothing anywhere else.

use super::Limit;
use crate::kind;
use crate::parameters::Parameters;
use crate::search::criterion::Criterion;
use crate::search::query::{Query, Request as Asked};
use crate::service;
use theriac_access::{Grant, Interaction};
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;

/// The limits of the types that the scopes grant with a search only.
pub(super) fn limits(context: &Context, interaction: Interaction, types: Option<&[i16]>) -> Vec<Limit> {
    let mut limits: Vec<Limit> = Vec::new();
    let all: Vec<i16> = types.map_or_else(|| kind::all().collect(), <[i16]>::to_vec);
    for number in all {
        let filters = context.grant.scopes.filters(interaction, kind::name(number));
        if filters.is_empty() {
            continue;
        }
        // One that cannot be kept grants nothing.
        let any = filters.iter().filter_map(|filter| criterion(context, kind::name(number), filter).ok());
        let must = Criterion::Any(any.collect());
        match limits.iter_mut().find(|limit| limit.must == must) {
            Some(limit) => limit.types.push(number),
            None => limits.push(Limit { types: vec![number], must }),
        }
    }
    limits
}

/// Can every granular scope of the token be kept? One for all types needs one type that it can be kept for.
///
/// # Errors
/// `Forbidden`, saying what is wrong with the search.
pub fn check(context: &Context) -> Result<()> {
    let grant: &Grant = &context.grant;
    for scope in grant.scopes.fhir() {
        let Some(filter) = &scope.filter else { continue };
        let outcome = match &scope.kind {
            Some(name) => criterion(context, name, filter).map(drop),
            None => {
                let mut all = kind::all().map(|number| criterion(context, kind::name(number), filter));
                all.find(Result::is_ok).unwrap_or_else(|| criterion(context, "Patient", filter)).map(drop)
            }
        };
        outcome.map_err(|why| {
            let shown = scope.kind.as_deref().unwrap_or("*");
            let message = format!("a scope for {shown} with a search cannot be kept: {}", why.message);
            Error::new(Code::Forbidden, message).guarded_by("scope")
        })?;
    }
    Ok(())
}

fn criterion(context: &Context, name: &str, filter: &str) -> Result<Criterion> {
    let base = service::base(context);
    let parameters = Parameters::kept(context);
    let asked = Asked {
        catalogue: parameters.searched(),
        resource_type: Some(kind::find(name)?.name),
        context: service::search_context(&base, context.now()),
        lenient: false,
    };
    let query = Query::parse(&asked, filter, None)?;
    let plain =
        query.criteria.len() == filter.split('&').count() && !query.criteria.iter().any(Criterion::looks_elsewhere);
    match plain {
        true => Ok(Criterion::All(query.criteria)),
        false => Err(Error::invalid("it takes parameters of the type itself: no chains, _has, _filter or results")),
    }
}
