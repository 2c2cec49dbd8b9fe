//! What the handlers need besides the context.

use crate::search::{self, kind};
use std::sync::{Arc, OnceLock};
use theriac_core::Instant;
use theriac_deid::Views;
use theriac_platform::http::Router;
use theriac_platform::{Bell, Context, Cursors};

#[derive(Clone)]
pub struct Fhir {
    pub cursors: Arc<Cursors>,
    /// The domain's own rows, for the entries of batches.
    pub router: Arc<OnceLock<Router>>,
    /// Rung when a request is to be answered later.
    pub jobs: Arc<Bell>,
    /// Through which researchers see; nothing is shown to them without.
    pub views: Option<Arc<Views>>,
}

impl Fhir {
    pub fn new(cursors: Cursors) -> Self {
        Self { cursors: Arc::new(cursors), router: Arc::default(), jobs: Arc::default(), views: None }
    }

    #[must_use]
    pub fn seen_through(self, views: Views) -> Self {
        Self { views: Some(Arc::new(views)), ..self }
    }
}

/// The tenant's FHIR base address, without a slash at the end.
pub fn base(context: &Context) -> String {
    format!("{}/fhir", context.trail.base)
}

/// A reference as it reads from inside: without the base, if it stands below it.
pub fn local<'t>(base: &str, text: &'t str) -> &'t str {
    text.strip_prefix(base).and_then(|rest| rest.strip_prefix('/')).unwrap_or(text)
}

/// What search needs to know of the request.
pub fn search_context<'c>(base: &'c str, now: Instant) -> kind::Context<'c> {
    search::kind::Context { base, now, concepts: None }
}
