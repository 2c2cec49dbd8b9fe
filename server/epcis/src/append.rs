//! From documents to stored events: judge, leave out what is known, fold the items, write all as one unit.
//!
//! The worker and the single event take this same way. Nothing is asked of the database for one event
//! alone: what is known already, which items exist and who is packed in whom are one statement each.

mod fold;
mod judge;
mod write;

use crate::document::Document;
use crate::exception::{self, Faults, Policy};
use crate::namespaces::Namespaces;
use theriac_core::json::Node;
use theriac_core::{Code, Issue, Result};
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
    /// The header affirms a transaction statement.
    pub affirmed: bool,
}

impl<'a> Batch<'a> {
    pub fn of(document: &Document<'a>) -> Self {
        Self {
            nodes: document.nodes().map(|(path, node)| (path, node.clone())).collect(),
            issues: Vec::new(),
            namespaces: document.namespaces.clone(),
            ignored: document.ignored_fields(),
            affirmed: document.affirms_statement(),
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
    let (mut candidates, mut outcomes) = judge::sort_out(&context.db, sources, judged).await?;
    let loaded = fold::load(&context.db, &candidates).await?;
    let policy = Policy::read(context).await?;
    let mut again = loaded;
    let (folded, faults, reconsidered) = loop {
        let spare = policy.refuses().then(|| again.clone());
        let (folded, mut faults, mut reconsidered) = fold::all(context, &candidates, again).await?;
        faults.retain(&policy);
        reconsidered.faults.retain(&policy);
        let Some(loaded) = spare else { break (folded, faults, reconsidered) };
        let left = candidates.len();
        refuse(&policy, [&faults, &reconsidered.faults], sources, &mut candidates, &mut outcomes);
        if candidates.len() == left {
            break (folded, faults, reconsidered);
        }
        again = loaded;
    };
    // Drawn after the items were read: who comes later has the greater key.
    let first = context.keys.range(&context.clock, candidates.len());
    heavy(|| write::all(context, sources, &candidates, &folded, first, unit))?;
    exception::write(context, faults, reconsidered, unit).await?;
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

/// Takes out the events that break a rule for which the tenant refuses events, and with them those that stand or fall
/// together with them.
fn refuse(
    policy: &Policy,
    faults: [&Faults; 2],
    sources: &[Source<'_>],
    candidates: &mut Vec<judge::Candidate<'_>>,
    outcomes: &mut [Outcome],
) {
    for (id, rule) in faults.into_iter().flat_map(|faults| faults.refused(policy)) {
        let Some(at) = candidates.iter().position(|c| c.id == id && c.declared == 0) else { continue };
        let broken = candidates.remove(at);
        let outcome = &mut outcomes[broken.source];
        let message = format!("{}: {}", rule.code, rule.about);
        outcome.issues.push(Issue::new(Code::Invalid, broken.event.path.clone(), message));
        outcome.stored.retain(|stored| stored != id);
        if !sources[broken.source].proceed {
            candidates.retain(|c| c.source != broken.source);
            outcome.stored.clear();
            outcome.repeated.clear();
        }
    }
}

/// Work without waiting; other tasks of a runtime of several threads go on elsewhere meanwhile.
pub(crate) fn heavy<T>(work: impl FnOnce() -> T) -> T {
    use tokio::runtime::{Handle, RuntimeFlavor};
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}
