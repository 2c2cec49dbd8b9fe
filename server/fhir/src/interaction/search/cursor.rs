//! Paging links: where a page begins, signed, good for one caller and one query.
//! <http://hl7.org/fhir/R4/http.html#paging>

use super::asked::Asked;
use crate::store::search::{Found, Position};
use serde::{Deserialize, Serialize};
use theriac_core::{Error, Result};
use theriac_platform::{Context, Cursors};

/// Where a page begins.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Place {
    pub from: Option<Position>,
    /// Resources created after the first page have greater keys; later pages leave them out.
    pub until: i64,
}

impl Place {
    pub fn first(context: &Context) -> Self {
        Self { from: None, until: context.key() }
    }

    pub fn is_backward(&self) -> bool {
        self.from.as_ref().is_some_and(|p| p.backward)
    }
}

/// What a cursor is good for.
pub(super) fn bound(context: &Context, asked: &Asked) -> String {
    let (tenant, grant) = (&context.tenant.name, &context.grant);
    format!("search|{tenant}|{}|{}|{}|{}", grant.subject, grant.role.as_str(), asked.path, asked.query.self_link())
}

pub(super) fn open(cursors: &Cursors, bound: &str, cursor: &str) -> Result<Place> {
    let bytes = cursors.open(bound, cursor).map_err(|e| e.at("_cursor"))?;
    serde_json::from_slice(&bytes)
        .map_err(|_| Error::invalid("this cursor is of an earlier version; begin again without one").at("_cursor"))
}

/// The sealed cursors of the next and the previous page, by relation.
pub(super) fn links(
    cursors: &Cursors,
    bound: &str,
    place: &Place,
    matches: &[Found],
    more: bool,
) -> Vec<(&'static str, String)> {
    // Whoever came back from a page can go there again.
    let (next, previous) = match (place.from.is_some(), place.is_backward()) {
        (_, true) => (true, more),
        (later, false) => (more, later),
    };
    let seal = |row: &Found, backward| {
        let place = Place { from: Some(row.position(backward)), until: place.until };
        serde_json::to_vec(&place).ok().map(|bytes| cursors.seal(bound, &bytes))
    };
    let next = matches.last().filter(|_| next).and_then(|row| seal(row, false)).map(|c| ("next", c));
    let previous = matches.first().filter(|_| previous).and_then(|row| seal(row, true)).map(|c| ("previous", c));
    next.into_iter().chain(previous).collect()
}
