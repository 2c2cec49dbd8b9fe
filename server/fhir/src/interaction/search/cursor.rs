//! Paging links: the query, the moment of the first page, and where in its order a page begins. Nothing is kept on
//! the server; the link is encrypted, as a query may name persons, and good for one caller and one address.
//! <http://hl7.org/fhir/R4/http.html#paging>, docs/adr/0010

use super::asked::Asked;
use crate::store::canonical::Stamp;
use crate::store::search::{Moment, Page, Position};
use serde::{Deserialize, Serialize};
use theriac_core::{Error, Result};
use theriac_platform::{Context, Cursors};

/// Where a page begins, and in what.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Place {
    /// The parameters as the self link of the first page has them.
    pub query: String,
    /// When it was asked first: what `ap` is relative to.
    pub now: i64,
    /// As of which moment; the first page finds it.
    pub moment: Option<Moment>,
    /// `None` for the beginning.
    pub from: Option<Position>,
    /// Counted for the first page.
    pub total: Option<u64>,
    /// By which definitions `:in` and its like were expanded for the first page, if they stand in the query.
    #[serde(default)]
    pub terms: Option<Stamp>,
}

impl Place {
    pub fn is_backward(&self) -> bool {
        self.from.as_ref().is_some_and(|p| p.backward)
    }

    fn sealed(&self, cursors: &Cursors, bound: &str, from: Option<Position>) -> Result<String> {
        let place = Self { from, ..self.clone() };
        cursors.conceal(bound, &serde_json::to_vec(&place).map_err(Error::internal)?)
    }
}

/// What a cursor is good for.
pub(super) fn bound(context: &Context, path: &str) -> String {
    let (tenant, grant) = (&context.tenant.name, &context.grant);
    format!("search|{tenant}|{}|{}|{path}", grant.subject, grant.role.as_str())
}

pub(super) fn open(cursors: &Cursors, context: &Context, path: &str, cursor: &str) -> Result<Place> {
    let bytes = cursors.reveal(&bound(context, path), cursor).map_err(|e| e.at("_cursor"))?;
    serde_json::from_slice(&bytes)
        .map_err(|_| Error::invalid("this cursor is of an earlier version; begin again without one").at("_cursor"))
}

/// The cursors of the pages around this one, by relation.
pub(super) fn links(
    cursors: &Cursors,
    context: &Context,
    asked: &Asked,
    place: &Place,
    page: &Page,
    more: bool,
) -> Result<Vec<(&'static str, String)>> {
    // Whoever came back from a page can go there again.
    let (next, previous) = match (place.from.is_some(), place.is_backward()) {
        (_, true) => (true, more),
        (later, false) => (more, later),
    };
    let bound = bound(context, &asked.path);
    let mut links = Vec::new();
    if next || previous {
        links.push(("first", place.sealed(cursors, &bound, None)?));
    }
    if let Some(row) = page.found.first().filter(|_| previous) {
        links.push(("previous", place.sealed(cursors, &bound, Some(row.position(true)))?));
    }
    if let Some(row) = page.found.last().filter(|_| next) {
        links.push(("next", place.sealed(cursors, &bound, Some(row.position(false)))?));
    }
    Ok(links)
}
