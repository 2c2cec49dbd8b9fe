//! What each entry will do, and under which identity.

use crate::interaction::batch::{Entry, interaction};
use crate::interaction::{conditional, create, delete, patch as interaction_patch, update};
use crate::kind::{self, Kind};
use crate::patch::{self, Patch};
use crate::search::criterion::Criterion;
use crate::store::claim;
use crate::store::read::{self, Standing};
use crate::store::write::RACE;
use crate::validation;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use std::collections::{HashMap, HashSet};
use theriac_access::Interaction;
use theriac_core::json::Node;
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;
use theriac_platform::http::Method;

/// What happens to one entry.
#[derive(Debug)]
pub enum Action {
    /// With the claim of its condition and when it was taken last.
    Create { condition: Option<Claim> },
    /// With the claim, if nothing matched the condition and the id stands there deleted.
    Update { from: Standing, condition: Option<Claim> },
    /// None, where nothing stands: that is fine.
    Delete { from: Vec<Standing> },
    /// `ifNoneExist` found one.
    Existing { version: i64 },
    /// GET, answered at the end.
    Look,
}

impl Action {
    /// As the ledger has it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Create { .. } => "create",
            Self::Update { .. } => "update",
            Self::Delete { .. } => "delete",
            Self::Existing { .. } | Self::Look => "read",
        }
    }
}

/// A condition under which is created, and when its claim was taken last.
pub type Claim = (String, Option<i64>);

#[derive(Debug)]
pub struct Step {
    pub path: String,
    pub kind: Kind,
    pub id: String,
    pub full_url: Option<String>,
    pub resource: Option<Node<'static>>,
    pub action: Action,
}

#[derive(Debug, Default)]
pub struct Plan {
    pub steps: Vec<Step>,
}

/// Judges all entries and gives them their identities.
///
/// # Errors
/// The first entry that is wrong, with its place in the Bundle.
pub async fn make(context: &Context, entries: Vec<Entry>) -> Result<Plan> {
    let drafts = stream::iter(entries).map(|entry| located(context, entry)).buffered(AT_ONCE);
    let drafts: Vec<Draft> = drafts.try_collect().await?;
    refuse_twice(&drafts)?;
    let standings = stand(context, &drafts).await?;
    let steps = stream::iter(drafts).map(|draft| decide(context, draft, &standings)).buffered(AT_ONCE);
    Ok(Plan { steps: steps.try_collect().await? })
}

/// Look-ups of one transaction that are under way at the same time.
const AT_ONCE: usize = 8;

async fn located(context: &Context, entry: Entry) -> Result<Draft> {
    let path = entry.path();
    identify(context, entry).await.map_err(|e| if e.issues.is_empty() { e.at(path) } else { e })
}

/// An entry with its identity, before it is known what stands there.
struct Draft {
    entry: Entry,
    kind: Kind,
    id: String,
    /// The condition it came under, by which two entries are known to be about the same.
    condition: Option<String>,
    known: Known,
}

enum Known {
    New {
        claim: Option<Claim>,
    },
    Existing {
        version: i64,
    },
    /// What stands at the address decides; with the claim, if it is one that nothing matched.
    Address {
        if_match: Option<i64>,
        claim: Option<Claim>,
    },
    Patch {
        patch: Patch,
        if_match: Option<i64>,
    },
    /// Found by a condition, as they stood then.
    Matches(Vec<Standing>),
    Look,
}

impl Draft {
    fn new(entry: Entry, kind: Kind, id: impl Into<String>, known: Known) -> Self {
        Self { entry, kind, id: id.into(), condition: None, known }
    }

    fn under(self, condition: String) -> Self {
        Self { condition: Some(condition), ..self }
    }
}

async fn identify(context: &Context, entry: Entry) -> Result<Draft> {
    let (path, query) = entry.url.split_once('?').unwrap_or((&entry.url, ""));
    let mut parts = path.trim_matches('/').split('/');
    let (name, id, more) = (parts.next().unwrap_or(""), parts.next(), parts.next());
    if matches!(entry.method, Method::Get | Method::Head) {
        let kind = kind::find("Bundle")?;
        return Ok(Draft::new(entry, kind, "", Known::Look));
    }
    let kind = kind::find(name).map_err(|e| Error::invalid(e.message).at(format!("{}.request.url", entry.path())))?;
    context.grant.require_fhir(interaction(entry.method), kind.name)?;
    let (query, id) = (query.to_owned(), id.filter(|_| more.is_none()).map(str::to_owned));
    let if_match = if_match(&entry)?;
    match (entry.method, id, query.is_empty()) {
        (Method::Post, None, true) => create_entry(context, entry, kind).await,
        (Method::Put, Some(id), true) => update_entry(context, entry, kind, id, if_match).await,
        (Method::Put, None, false) => conditional_update(context, entry, kind, &query, if_match).await,
        (Method::Patch, Some(id), true) => patch_entry(entry, kind, id, if_match),
        (Method::Patch, None, false) => conditional_patch(context, entry, kind, &query, if_match).await,
        (Method::Delete, Some(id), true) => Ok(Draft::new(entry, kind, id, Known::Address { if_match, claim: None })),
        (Method::Delete, None, false) => conditional_delete(context, entry, kind, &query).await,
        _ => Err(Error::invalid("POST to a type, PUT, PATCH or DELETE to an address or with a condition, or GET")
            .at(format!("{}.request", entry.path()))),
    }
}

/// The entry's resource must be of the type its url says, and one that the tenant wants to store.
async fn check(context: &Context, entry: &Entry, kind: Kind) -> Result<()> {
    let admitted = validation::admit(context, resource(entry)?, kind).await;
    admitted.map_err(|error| within(error, &entry.path()))
}

/// Places inside the resource become places in the Bundle.
fn within(mut error: Error, path: &str) -> Error {
    for issue in &mut error.issues {
        // The type at the beginning is the resource itself.
        let inner = issue.path.split_once('.').map_or(String::new(), |(_, inner)| format!(".{inner}"));
        issue.path = format!("{path}.resource{inner}");
    }
    error
}

fn resource(entry: &Entry) -> Result<&Node<'static>> {
    let missing = || Error::invalid("the entry needs a resource").at(format!("{}.resource", entry.path()));
    entry.resource.as_ref().ok_or_else(missing)
}

fn if_match(entry: &Entry) -> Result<Option<i64>> {
    let version = |tag: &str| {
        let wrong = || Error::invalid("ifMatch takes an ETag, W/\"1\"").at(format!("{}.request.ifMatch", entry.path()));
        tag.trim_start_matches("W/").trim_matches('"').parse().map_err(|_| wrong())
    };
    entry.if_match.as_deref().map(version).transpose()
}

/// Reads the condition and the claim on it, which must be read before it is looked for matches.
async fn condition(context: &Context, kind: Kind, text: &str) -> Result<(Claim, Vec<Criterion>)> {
    let condition = claim::condition(kind, text);
    let before = claim::read(context, &condition).await?;
    Ok(((condition, before), conditional::criteria(context, kind, text)?))
}

async fn create_entry(context: &Context, entry: Entry, kind: Kind) -> Result<Draft> {
    check(context, &entry, kind).await?;
    let Some(text) = entry.if_none_exist.clone() else {
        return Ok(Draft::new(entry, kind, create::new_id(), Known::New { claim: None }));
    };
    let (claim, criteria) = condition(context, kind, &text).await?;
    let name = claim.0.clone();
    let draft = match conditional::one(context, Interaction::Create, kind, &criteria).await? {
        Some(found) => Draft::new(entry, kind, found.id, Known::Existing { version: found.version }),
        None => Draft::new(entry, kind, create::new_id(), Known::New { claim: Some(claim) }),
    };
    Ok(draft.under(name))
}

async fn update_entry(context: &Context, entry: Entry, kind: Kind, id: String, if_match: Option<i64>) -> Result<Draft> {
    check(context, &entry, kind).await?;
    create::check_id(&id)?;
    update::check_same_id(resource(&entry)?, kind, &id)?;
    Ok(Draft::new(entry, kind, id, Known::Address { if_match, claim: None }))
}

async fn conditional_update(
    context: &Context,
    entry: Entry,
    kind: Kind,
    query: &str,
    if_match: Option<i64>,
) -> Result<Draft> {
    check(context, &entry, kind).await?;
    let (claim, criteria) = condition(context, kind, query).await?;
    let (name, unmatched) = (claim.0.clone(), Some(claim));
    let own = resource(&entry)?.text("id").map(str::to_owned);
    let found = conditional::one(context, Interaction::Update, kind, &criteria).await?;
    let claim = if found.is_none() { unmatched } else { None };
    let target = conditional::target(context, kind, found, own.as_deref()).await?.ok_or_else(raced)?;
    let known = match target.standing {
        Some(_) => Known::Address { if_match, claim },
        None => Known::New { claim },
    };
    Ok(Draft::new(entry, kind, target.id, known).under(name))
}

/// The whole transaction is planned again.
fn raced() -> Error {
    Error::conflict("a match changed while the transaction was planned").guarded_by(RACE)
}

fn patch_entry(entry: Entry, kind: Kind, id: String, if_match: Option<i64>) -> Result<Draft> {
    let (media, body) = patch::of_entry(resource(&entry)?).map_err(|e| within(e, &entry.path()))?;
    let patch = Patch::read(&media, &body)?;
    Ok(Draft::new(entry, kind, id, Known::Patch { patch, if_match }))
}

async fn conditional_patch(
    context: &Context,
    entry: Entry,
    kind: Kind,
    query: &str,
    if_match: Option<i64>,
) -> Result<Draft> {
    let criteria = conditional::criteria(context, kind, query)?;
    let found = conditional::one(context, Interaction::Update, kind, &criteria)
        .await?
        .ok_or_else(|| interaction_patch::no_match(kind))?;
    if if_match.is_some_and(|wanted| wanted != found.version) {
        return Err(Error::new(Code::Precondition, "ifMatch names another version than the match has"));
    }
    let draft = patch_entry(entry, kind, found.id, Some(found.version))?;
    Ok(draft.under(claim::condition(kind, query)))
}

async fn conditional_delete(context: &Context, entry: Entry, kind: Kind, query: &str) -> Result<Draft> {
    let criteria = conditional::criteria(context, kind, query)?;
    let standings = delete::matching(context, kind, &criteria).await?.ok_or_else(raced)?;
    Ok(Draft::new(entry, kind, "", Known::Matches(standings)).under(claim::condition(kind, query)))
}

/// "If any resource identities overlap in steps 1 to 3, the transaction SHALL fail" (R4 http.html#trules); and two
/// entries under one condition are about the same, whether it has a match by now or not.
fn refuse_twice(drafts: &[Draft]) -> Result<()> {
    let (mut seen, mut conditions) = (HashSet::new(), HashSet::new());
    for draft in drafts {
        if draft.condition.as_ref().is_some_and(|condition| !conditions.insert(condition)) {
            return Err(Error::invalid("two entries have the same condition").at(draft.entry.path()));
        }
        for id in draft.writes() {
            if !seen.insert((draft.kind.number, id)) {
                let message = format!("{}/{id} is written twice in this transaction", draft.kind.name);
                return Err(Error::invalid(message).at(draft.entry.path()));
            }
        }
    }
    Ok(())
}

impl Draft {
    /// Ids of what it changes.
    fn writes(&self) -> Vec<&str> {
        match &self.known {
            Known::Look | Known::Existing { .. } => Vec::new(),
            Known::Matches(standings) => standings.iter().map(|s| s.id.as_str()).collect(),
            Known::New { .. } | Known::Address { .. } | Known::Patch { .. } => vec![&self.id],
        }
    }

    /// Does what stands at its address matter?
    fn is_addressed(&self) -> bool {
        matches!(self.known, Known::Address { .. } | Known::Patch { .. })
    }
}

type Standings = HashMap<(i16, String), Standing>;

async fn stand(context: &Context, drafts: &[Draft]) -> Result<Standings> {
    let addressed = || drafts.iter().filter(|d| d.is_addressed());
    let wanted: Vec<(i16, String)> = addressed().map(|d| (d.kind.number, d.id.clone())).collect();
    for draft in addressed() {
        let interaction = interaction(draft.entry.method);
        update::exists(context, interaction, draft.kind, &draft.id).await.map_err(|e| e.at(draft.entry.path()))?;
    }
    let mut found = read::standings(&context.db, &wanted).await?;
    for standing in &mut found {
        update::labelled(context, kind::find(kind::name(standing.kind))?, standing).await?;
    }
    Ok(found.into_iter().map(|s| ((s.kind, s.id.clone()), s)).collect())
}

async fn decide(context: &Context, draft: Draft, standings: &Standings) -> Result<Step> {
    let Draft { entry, kind, id, known, .. } = draft;
    let standing = standings.get(&(kind.number, id.clone())).cloned();
    let path = entry.path();
    let (method, full_url, mut resource) = (entry.method, entry.full_url, entry.resource);
    let action = match known {
        Known::Look => Action::Look,
        Known::New { claim } => Action::Create { condition: claim },
        Known::Existing { version } => Action::Existing { version },
        Known::Matches(from) => Action::Delete { from },
        Known::Address { if_match, claim } => {
            update::check_expected(if_match, standing.as_ref()).map_err(|e| e.at(path.clone()))?;
            match (method, standing) {
                (Method::Delete, standing) => {
                    Action::Delete { from: standing.into_iter().filter(|s| !s.deleted).collect() }
                }
                (_, Some(from)) => Action::Update { from, condition: claim },
                (_, None) => Action::Create { condition: claim },
            }
        }
        Known::Patch { patch, if_match } => {
            let made = patched(context, &patch, kind, &id, standing, if_match).await;
            let (from, node) =
                made.map_err(|e| if e.issues.is_empty() { e.at(path.clone()) } else { within(e, &path) })?;
            resource = Some(node);
            Action::Update { from, condition: None }
        }
    };
    Ok(Step { path, kind, id, full_url, resource, action })
}

async fn patched(
    context: &Context,
    patch: &Patch,
    kind: Kind,
    id: &str,
    standing: Option<Standing>,
    if_match: Option<i64>,
) -> Result<(Standing, Node<'static>)> {
    update::check_expected(if_match, standing.as_ref())?;
    let from = standing.ok_or_else(|| Error::not_found(kind.name, id))?;
    if from.deleted {
        return Err(Error::gone(kind.name, id));
    }
    let node = interaction_patch::patched(context, patch, kind, &from).await?;
    Ok((from, node))
}
