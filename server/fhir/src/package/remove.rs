//! Removing a package: its definitions go with it, unless another package has them too or somebody changed them since.

use super::{Manifest, dependency, install};
use crate::document;
use crate::interaction::{create, outcome};
use crate::kind::{self, Kind};
use crate::store::package as store;
use crate::store::read;
use crate::store::write::{self, Change};
use std::collections::HashSet;
use theriac_core::{Error, Instant, Result};
use theriac_platform::Context;
use theriac_platform::db::Unit;

/// What was done.
#[derive(Debug)]
pub struct Report {
    pub removed: usize,
    /// `StructureDefinition/x`: still there, because another package has it or it was changed.
    pub kept: Vec<String>,
}

/// # Errors
/// `NotFound` for a package that is not installed, `Conflict` while another one needs it.
pub async fn apply(context: &Context, name: &str, version: &str) -> Result<Report> {
    let all: Vec<Manifest> = store::all(&context.db).await?.into_iter().map(|i| i.manifest).collect();
    let manifest = all.iter().find(|m| (m.name.as_str(), m.version.as_str()) == (name, version));
    let manifest = manifest.ok_or_else(|| Error::not_found("package", &format!("{name}#{version}")))?;
    let dependants = dependency::dependants(manifest, &all);
    if !dependants.is_empty() {
        let message = format!("{} is needed by {}; remove these first", manifest.label(), dependants.join(", "));
        return Err(Error::conflict(message));
    }
    let owned = store::owned(&context.db).await?;
    let (own, others): (Vec<_>, Vec<_>) = owned.into_iter().partition(|o| o.package == manifest.label());
    let shared: HashSet<(i16, &str)> = others.iter().map(|o| (o.kind, o.id.as_str())).collect();
    let addresses: Vec<(i16, String)> = own.iter().map(|o| (o.kind, o.id.clone())).collect();
    let standings = read::standings(&context.db, &addresses).await?;
    let (mut gone, mut kept) = (Vec::new(), Vec::new());
    for standing in standings.iter().filter(|s| !s.deleted) {
        let installed = own.iter().find(|o| (o.kind, &o.id) == (standing.kind, &standing.id)).map(|o| o.version);
        match shared.contains(&(standing.kind, standing.id.as_str())) || installed != Some(standing.version) {
            true => kept.push(format!("{}/{}", kind::name(standing.kind), standing.id)),
            false => gone.push(standing),
        }
    }
    let tombstone = |s: &&read::Standing| {
        let kind = Kind { number: s.kind, name: kind::name(s.kind) };
        let at = outcome::after(context.now(), Some(Instant(s.updated)));
        document::tombstone(kind, &s.id, s.version + 1, at)
    };
    let drafts: Vec<_> = gone.iter().map(tombstone).collect();
    let changes: Vec<Change<'_>> = drafts.iter().zip(&gone).map(|(draft, from)| Change { draft, from }).collect();
    let mut unit = Unit::new();
    write::change(context, &mut unit, &changes);
    let mut entries: Vec<_> = drafts.iter().map(|draft| create::entry("delete", draft)).collect();
    entries.push(install::entry("remove", manifest, None));
    theriac_ledger::record(&mut unit, context, &entries)?;
    store::remove(&context.db, &mut unit, manifest);
    context.db.commit(unit).await?;
    Ok(Report { removed: drafts.len(), kept })
}
