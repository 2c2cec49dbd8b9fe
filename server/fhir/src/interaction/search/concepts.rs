//! The tenant's terminology, for the modifiers of token parameters that need it.

use super::cursor::Place;
use crate::canonical::TenantCanonicals;
use crate::kind;
use crate::policy::{self, Visible};
use crate::search::concepts::Concepts;
use crate::search::extract::extract;
use crate::search::r4_catalogue;
use crate::service;
use crate::store::canonical::Stamp;
use crate::terminology::expand;
use std::fmt;
use std::sync::Arc;
use theriac_access::Interaction;
use theriac_core::json::Node;
use theriac_core::{Code, Error, Instant, Result};
use theriac_platform::Context;
use theriac_platform::http::Request;

pub(super) struct Terms {
    definitions: Arc<TenantCanonicals>,
    base: String,
    /// A value set is named by its id by whoever may read it.
    visible: Visible,
}

impl fmt::Debug for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terms").field("base", &self.base).finish_non_exhaustive()
    }
}

/// Nothing for the many searches that do not ask for it. Later pages go by what the first one went by.
///
/// # Errors
/// The database's.
pub(super) async fn needed(context: &Context, request: &Request, page: Option<&Place>) -> Result<Option<Terms>> {
    let form = std::str::from_utf8(&request.body).unwrap_or_default();
    let query = page.map_or(&request.query, |place| &place.query);
    if !asks(query) && !asks(form) {
        return Ok(None);
    }
    let definitions = TenantCanonicals::of(context).await?;
    let definitions = match page.and_then(|place| Some((place.terms?, place.moment.as_ref()?))) {
        Some((stamp, moment)) if stamp != definitions.stamp() => TenantCanonicals::at(context, moment).await?,
        _ => definitions,
    };
    Ok(Some(Terms {
        definitions,
        base: service::base(context),
        visible: policy::of_type(context, Interaction::Read, kind::find("ValueSet")?),
    }))
}

fn asks(query: &str) -> bool {
    let text = query.to_ascii_lowercase().replace("%3a", ":").replace("%2d", "-");
    [":in", ":not-in", ":above", ":below", "_filter="].iter().any(|modifier| text.contains(modifier))
}

impl Terms {
    pub(super) fn stamp(&self) -> Stamp {
        self.definitions.stamp()
    }
}

impl Terms {
    fn reads(&self, set: &Node<'_>) -> bool {
        let (Some(kind), Some(plan)) = (kind::number("ValueSet"), r4_catalogue().plan("ValueSet")) else {
            return false;
        };
        self.visible == Visible::All
            || self.visible.admits(kind, &extract(plan, set, &service::search_context(&self.base, Instant(0))))
    }
}

impl Concepts for Terms {
    fn of_value_set(&self, value_set: &str) -> Result<Vec<(String, String)>> {
        let library = self.definitions.terminology();
        let local = value_set.strip_prefix(&format!("{}/", self.base)).unwrap_or(value_set);
        let set = match local.strip_prefix("ValueSet/").filter(|id| !id.is_empty()) {
            Some(id) => {
                let found = self.definitions.by_id("ValueSet", id).filter(|set| self.reads(set));
                library.set_of(&found.ok_or_else(|| missing(local))?)?
            }
            None => library.set(value_set).map_err(|error| match error.code {
                // The address that was asked for is there: only a value set is missing.
                Code::NotFound => missing(value_set),
                _ => error,
            })?,
        };
        Ok(expand::members(&set)?.into_iter().map(|member| (member.system, member.code)).collect())
    }

    fn relatives(&self, system: &str, code: &str, below: bool) -> Result<Vec<String>> {
        self.definitions.terminology().relatives(system, code, below).map_err(|error| match error.code {
            Code::NotFound => Error::invalid(error.message),
            _ => error,
        })
    }
}

fn missing(value_set: &str) -> Error {
    Error::invalid(format!("the value set {value_set} is not known here"))
}

#[cfg(test)]
mod tests {
    use super::asks;

    #[test]
    fn only_a_query_that_needs_terminology_asks_for_it() {
        for query in ["code:in=x", "code%3Anot-in=x", "subject:Patient.gender:in=x", "code%3abelow=s|c"] {
            assert!(asks(query), "{query}");
        }
        assert!(!asks("code=in&name:exact=above"));
    }
}
