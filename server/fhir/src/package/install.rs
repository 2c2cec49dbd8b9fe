//! Installing a package: checked as a whole, then stored in one unit.

use super::archive::File;
use super::{Manifest, dependency, lenient, unpack};
use crate::canonical::tenant::TYPES;
use crate::canonical::{Canonical, TenantCanonicals};
use crate::document::Draft;
use crate::interaction::{create, update};
use crate::kind::{self, Kind};
use crate::store::package::{self as store, Installed, Owned};
use crate::store::read::{self, Standing};
use crate::store::write::{self, Change};
use crate::structure;
use std::collections::{BTreeMap, HashMap, HashSet};
use theriac_core::hash::sha256;
use theriac_core::json::Node;
use theriac_core::{Code, Error, Issue, Result};
use theriac_ledger::Entry;
use theriac_platform::Context;
use theriac_platform::db::Unit;

/// More definitions are not taken at once.
const MOST: usize = 20_000;

/// What was done.
#[derive(Debug)]
pub struct Report {
    pub manifest: Manifest,
    /// It was there already, byte for byte.
    pub unchanged: bool,
    /// How many definitions of each type are in force by it.
    pub installed: BTreeMap<String, usize>,
    /// What else is in it: examples and the like, by type; not installed.
    pub skipped: BTreeMap<String, usize>,
    /// Dependencies that are not there, if the caller goes without.
    pub missing: Vec<String>,
    /// What was put right or left out to read its definitions as R4, with file and place.
    pub adapted: Vec<String>,
}

/// A definition on its way in.
struct Incoming {
    kind: Kind,
    id: String,
    node: Node<'static>,
}

/// # Errors
/// `Malformed` for a damaged package; `Unprocessable`, naming what is wrong, for one of another FHIR, with missing
/// dependencies or faulty definitions; `Conflict` if another package has that name and version, or an id is taken.
pub async fn apply(context: &Context, packed: &[u8], allow_missing: bool) -> Result<Report> {
    let files = unpack(packed)?;
    let manifest = Manifest::of(&files)?;
    let hash = sha256(packed);
    let present = store::all(&context.db).await?;
    let is_it = |i: &&Installed| (&i.manifest.name, &i.manifest.version) == (&manifest.name, &manifest.version);
    let same = present.iter().find(is_it).map(|installed| installed.hash == hash);
    if same == Some(false) {
        let message = format!("another {} is installed already; remove it first", manifest.label());
        return Err(Error::conflict(message));
    }
    let installed: Vec<Manifest> = present.into_iter().map(|i| i.manifest).collect();
    let missing = dependency::missing(&manifest, &installed);
    if !missing.is_empty() && !allow_missing {
        let all = missing.join(", ");
        let message = format!(
            "{} needs what is not installed: {all}; install these first, or allow them to be missing",
            manifest.label()
        );
        return Err(Error::new(Code::Unprocessable, message).at("dependencies"));
    }
    let (incoming, skipped, adapted) = definitions(&files)?;
    let unchanged = same == Some(true);
    let mut report = Report { manifest, unchanged, installed: BTreeMap::new(), skipped, missing, adapted };
    for one in &incoming {
        *report.installed.entry(one.kind.name.to_owned()).or_default() += 1;
    }
    if !report.unchanged {
        commit(context, &report.manifest, hash, incoming).await?;
    }
    Ok(report)
}

type Counts = BTreeMap<String, usize>;

/// The definitions of the package, all checked; the rest is counted.
fn definitions(files: &[File]) -> Result<(Vec<Incoming>, Counts, Vec<String>)> {
    let (mut incoming, mut skipped, mut issues) = (Vec::new(), Counts::new(), Vec::new());
    let mut adapted = Vec::new();
    for file in files.iter().filter(|f| is_resource(&f.path)) {
        let (node, notes) = lenient::read(&file.path, &file.bytes).map_err(|e| e.at(file.path.clone()))?;
        let name = node.text("resourceType").unwrap_or("").to_owned();
        if !TYPES.contains(&name.as_str()) {
            *skipped.entry(name).or_default() += 1;
            continue;
        }
        adapted.extend(notes.into_iter().map(|note| format!("{}: {note}", file.path)));
        if let Err(error) = structure::check(&node, Some(&name)) {
            issues.extend(faults(&file.path, &error));
        }
        let kind = kind::find(&name)?;
        let id = node.text("id").map_or_else(|| named(&node), str::to_owned);
        create::check_id(&id).map_err(|e| e.at(file.path.clone()))?;
        incoming.push(Incoming { kind, id, node });
    }
    match (issues.is_empty(), incoming.len()) {
        (false, _) => Err(Error::from_issues(issues)),
        (true, 0) => Err(Error::new(Code::Unprocessable, "the package holds no definitions").at("package")),
        (true, MOST..) => Err(Error::new(Code::TooLarge, format!("the package holds more than {MOST} definitions"))),
        (true, _) => twice(&incoming).map(|()| (incoming, skipped, adapted)),
    }
}

/// The id of a definition that has none: the last part of its address.
fn named(node: &Node<'_>) -> String {
    let last = node.text("url").and_then(|url| url.rsplit(['/', ':']).next()).unwrap_or_default();
    last.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.')).take(64).collect()
}

/// Examples and other folders are not part of what a package defines.
fn is_resource(path: &str) -> bool {
    let name = path.strip_prefix("package/").unwrap_or_default();
    (name.ends_with(".json") || name.ends_with(".xml"))
        && !name.contains('/')
        && !name.starts_with('.')
        && name != "package.json"
}

fn faults(path: &str, error: &Error) -> Vec<Issue> {
    let at = |issue: &Issue| Issue::new(Code::Unprocessable, format!("{path}: {}", issue.path), issue.message.clone());
    match error.issues.as_slice() {
        [] => vec![Issue::new(Code::Unprocessable, path, error.message.clone())],
        all => all.iter().take(20).map(at).collect(),
    }
}

fn twice(incoming: &[Incoming]) -> Result<()> {
    let mut seen = HashSet::new();
    match incoming.iter().find(|one| !seen.insert((one.kind.number, one.id.as_str()))) {
        None => Ok(()),
        Some(one) => {
            let message = format!("{}/{} stands twice in the package", one.kind.name, one.id);
            Err(Error::new(Code::Unprocessable, message))
        }
    }
}

async fn commit(context: &Context, manifest: &Manifest, hash: [u8; 32], incoming: Vec<Incoming>) -> Result<()> {
    let place = Place::read(context, manifest, &incoming).await?;
    let (mut drafts, mut owned) = (Vec::new(), Vec::new());
    for one in incoming {
        let (id, plan) = place.of(&one)?;
        let kind = one.kind;
        let version = match plan {
            Plan::Share(version) => version,
            Plan::Write => {
                let from = place.standings.get(&(kind.number, id.clone()));
                let draft = match from {
                    Some(from) => update::next(context, one.node, kind, from)?,
                    None => create::draft(context, one.node, kind, &id)?,
                };
                let version = draft.version;
                drafts.push((draft, from));
                version
            }
        };
        owned.push(Owned { package: manifest.label(), kind: kind.number, id, version });
    }
    let mut unit = Unit::new();
    put(context, &mut unit, &drafts)?;
    let installed = Installed { manifest: manifest.clone(), hash: hash.to_vec(), at: context.now().0 };
    store::add(&context.db, &mut unit, &installed, &owned)?;
    theriac_ledger::record(&mut unit, context, &[entry("install", manifest, Some(hash))])?;
    match context.db.commit(unit).await {
        Err(error) if error.code == Code::Conflict => {
            Err(Error::conflict("the package's resources were changed by others at the same time; try again")
                .retry_after(1))
        }
        outcome => outcome.map(drop),
    }
}

fn put(context: &Context, unit: &mut Unit, drafts: &[(Draft, Option<&Standing>)]) -> Result<()> {
    let new: Vec<&Draft> = drafts.iter().filter(|(_, from)| from.is_none()).map(|(draft, _)| draft).collect();
    let changes: Vec<Change<'_>> =
        drafts.iter().filter_map(|(draft, from)| from.map(|from| Change { draft, from })).collect();
    write::create(context, unit, &new);
    write::change(context, unit, &changes);
    let action = |from: &Option<&Standing>| if from.is_some() { "update" } else { "create" };
    let entries: Vec<Entry> = drafts.iter().map(|(draft, from)| create::entry(action(from), draft)).collect();
    theriac_ledger::record(unit, context, &entries)
}

/// The package's own entry, beside those of its resources.
pub(super) fn entry(action: &'static str, manifest: &Manifest, hash: Option<[u8; 32]>) -> Entry {
    Entry { topic: "fhir.package".to_owned(), action, subject: manifest.label(), hash, ..Entry::default() }
}

/// What stands where the package's resources want to.
struct Place {
    standings: HashMap<(i16, String), Standing>,
    canonicals: std::sync::Arc<TenantCanonicals>,
    /// Resources of packages, by type and id.
    owned: HashSet<(i16, String)>,
    version: String,
}

enum Plan {
    /// The same definition came with another package: both own it.
    Share(i64),
    Write,
}

impl Place {
    async fn read(context: &Context, manifest: &Manifest, incoming: &[Incoming]) -> Result<Self> {
        let version = manifest.version.clone();
        let own = incoming.iter().map(|one| (one.kind.number, one.id.clone()));
        let other = incoming.iter().map(|one| (one.kind.number, beside(&one.id, &version)));
        let addresses: Vec<(i16, String)> = own.chain(other).collect();
        let standings = read::standings(&context.db, &addresses).await?;
        Ok(Self {
            standings: standings.into_iter().map(|s| ((s.kind, s.id.clone()), s)).collect(),
            canonicals: TenantCanonicals::of(context).await?,
            owned: store::owned(&context.db).await?.into_iter().map(|o| (o.kind, o.id)).collect(),
            version,
        })
    }

    /// Its own id where that is free or held by an older copy; beside it where another definition stands there.
    fn of(&self, one: &Incoming) -> Result<(String, Plan)> {
        for id in [one.id.clone(), beside(&one.id, &self.version)] {
            let key = (one.kind.number, id.clone());
            let Some(standing) = self.standings.get(&key).filter(|s| !s.deleted) else { return Ok((id, Plan::Write)) };
            let present = self.canonicals.by_id(one.kind.name, &id);
            let same = |member: &str| present.as_ref().and_then(|p| p.text(member)) == one.node.text(member);
            match (same("url"), same("version"), self.owned.contains(&key)) {
                (true, true, true) => return Ok((id, Plan::Share(standing.version))),
                (true, _, false) => return Ok((id, Plan::Write)),
                _ => {}
            }
        }
        let url = Canonical::of(one.node.text("url").unwrap_or_default()).url;
        let message =
            format!("{}/{} is taken by another definition than {url}; move that one first", one.kind.name, one.id);
        Err(Error::conflict(message))
    }
}

/// The id of a definition beside another version of it.
fn beside(id: &str, version: &str) -> String {
    let fits = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '.' { c } else { '-' };
    let suffix: String = version.chars().take(24).map(fits).collect();
    format!("{}-{suffix}", &id[..id.len().min(63 - suffix.len())])
}

#[cfg(test)]
mod tests;
