//! The feed of those who see records through a de-identified view. What a view is, is said above this crate.

use crate::entry::Record;
use async_trait::async_trait;
use std::sync::Arc;
use theriac_core::Result;
use theriac_platform::Context;
use theriac_platform::http::Request;

#[async_trait]
pub trait Veil: Send + Sync {
    /// The context that the feed is read in, and what its records are shown through; nothing for who sees them as they are.
    ///
    /// # Errors
    /// `Forbidden` where a caller who may only see through a view has none, or one that has no feed.
    async fn open(&self, context: &Context, request: &Request) -> Result<Option<(Context, Arc<dyn Veiled>)>>;
}

#[async_trait]
pub trait Veiled: Send + Sync {
    /// The record as it may be shown; nothing if it may not.
    ///
    /// # Errors
    /// The database's.
    async fn shown(&self, context: &Context, record: &Record) -> Result<Option<Record>>;
}
