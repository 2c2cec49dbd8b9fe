//! From documents to stored events: judge, leave out what is known, fold the items, write all as one unit.
//!
//! The worker and the single event take this same way. Nothing is asked of the database for one event
//! alone: what is known already, which items exist and who is packed in whom are one statement each.

mod fold;
mod judge;
mod write;

use crate::document::Document;
use crate::namespaces::Namespaces;
use theriac_core::json::Node;
use theriac_core::{Issue, Result};
use theriac_platform::Context;
use theriac_platform::db::Unit;

pub(crate) use judge::Claims;

/// Events of a document, all or some, that are still to be checked.
pub(crate) struct Batch<'a> {
    /// Each with its place in the document.
    pub nodes: Vec<(String, Node<'a>)>,
    /// Of events that could not even be read.
    pub issues: Vec<Issue>,
    pub namespaces: Namespaces,
    /// Extension members that take no part in the hash.
    pub ignored: Vec<String>,
}

impl<'a> Batch<'a> {
    pub fn of(document: &Document<'a>) -> Self {
        Self {
            nodes: document.nodes().map(|(path, node)| (path, node.clone())).collect(),
            issues: Vec::new(),
            namespaces: document.namespaces.clone(),
            ignored: document.ignored_fields(),
        }
    }
}

/// Events to be taken in.
pub(crate) struct Source<'a> {
    pub batch: &'a Batch<'a>,
    /// Who sent it: answers for the events and stands in the ledger.
    pub sender: Context,
    /// Store the good events beside bad ones; otherwise one bad event keeps out all.
    pub proceed: bool,
}

/// What became of one source.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub issues: Vec<Issue>,
    /// Ids of the events that were stored.
    pub stored: Vec<String>,
    /// Ids of the events that were there before, just so.
    pub repeated: Vec<String>,
}

/// Puts everything that comes of the sources into the unit.
pub(crate) async fn append(context: &Context, sources: &[Source<'_>], unit: &mut Unit) -> Result<Vec<Outcome>> {
    let judged = heavy(|| sources.iter().map(judge::source).collect::<Vec<_>>());
    let (candidates, outcomes) = judge::sort_out(&context.db, sources, judged).await?;
    let items = fold::load(&context.db, &candidates).await?;
    // Drawn after the items were read: who comes later has the greater key.
    let first = context.keys.range(&context.clock, candidates.len());
    let folded = heavy(|| fold::fold(&candidates, items));
    let folded = fold::correct(&context.db, &candidates, folded).await?;
    heavy(|| write::all(context, sources, &candidates, &folded, first, unit))?;
    Ok(outcomes)
}

/// What is wrong with the source's events, those judged before it included; nothing is stored.
pub(crate) async fn judge(context: &Context, source: &Source<'_>, claims: &mut Claims) -> Result<Vec<Issue>> {
    let sources = std::slice::from_ref(source);
    let judged = heavy(|| vec![judge::source(source)]);
    let (candidates, outcomes) = judge::sort_out(&context.db, sources, judged).await?;
    let mut issues: Vec<Issue> = outcomes.into_iter().flat_map(|outcome| outcome.issues).collect();
    issues.extend(heavy(|| claims.add(&candidates)));
    Ok(issues)
}

/// Work without waiting; other tasks of a runtime of several threads go on elsewhere meanwhile.
pub(crate) fn heavy<T>(work: impl FnOnce() -> T) -> T {
    use tokio::runtime::{Handle, RuntimeFlavor};
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}
