//! What each entry will do, and under which identity.

use crate::interaction::batch::{Entry, interaction};
use crate::interaction::{conditional, create, update};
use crate::kind::{self, Kind};
use crate::policy::{self, Visible};
use crate::store::claim;
use crate::store::read::{self, Standing};
use crate::structure;
use std::collections::{HashMap, HashSet};
use theriac_core::json::Node;
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;
use theriac_platform::http::Method;

/// What happens to one entry.
#[derive(Debug)]
pub enum Action {
    /// With the claim of `ifNoneExist` and when it was taken last.
    Create {
        condition: Option<(String, Option<i64>)>,
    },
    Update {
        from: Standing,
    },
    /// Nothing stands there if `from` is none: that is fine.
    Delete {
        from: Option<Standing>,
    },
    /// `ifNoneExist` found one.
    Existing {
        version: i64,
    },
    /// GET, answered at the end.
    Look,
}

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
    let mut drafts = Vec::with_capacity(entries.len());
    for entry in entries {
        let path = entry.path();
        let draft = identify(context, entry).await.map_err(|e| if e.issues.is_empty() { e.at(path) } else { e })?;
        drafts.push(draft);
    }
    refuse_twice(&drafts)?;
    let standings = stand(context, &drafts).await?;
    let steps = drafts.into_iter().map(|draft| decide(draft, &standings)).collect::<Result<_>>()?;
    Ok(Plan { steps })
}

/// An entry with its identity, before it is known what stands there.
struct Draft {
    entry: Entry,
    kind: Kind,
    id: String,
    known: Known,
}

enum Known {
    New {
        condition: Option<(String, Option<i64>)>,
    },
    Existing,
    /// What stands at the address decides.
    Address {
        if_match: Option<i64>,
    },
    Look,
}

async fn identify(context: &Context, entry: Entry) -> Result<Draft> {
    let (path, query) = entry.url.split_once('?').unwrap_or((&entry.url, ""));
    let mut parts = path.trim_matches('/').split('/');
    let (name, id) = (parts.next().unwrap_or(""), parts.next());
    if entry.method == Method::Get {
        let kind = kind::find("Bundle")?;
        return Ok(Draft { entry, kind, id: String::new(), known: Known::Look });
    }
    let kind = kind::find(name).map_err(|e| Error::invalid(e.message).at(format!("{}.request.url", entry.path())))?;
    context.grant.require_fhir(interaction(entry.method), kind.name)?;
    let (query, id) = (query.to_owned(), id.map(str::to_owned));
    match (entry.method, id) {
        (Method::Post, None) => create_entry(context, entry, kind).await,
        (Method::Put, Some(id)) => update_entry(entry, kind, id),
        (Method::Put, None) if !query.is_empty() => conditional_update(context, entry, kind, &query).await,
        (Method::Delete, Some(id)) => Ok(Draft { entry, kind, id, known: Known::Address { if_match: None } }),
        (Method::Delete, None) if !query.is_empty() => conditional_delete(context, entry, kind, &query).await,
        _ => Err(Error::invalid("POST to a type, PUT or DELETE to an address or with a condition, or GET")
            .at(format!("{}.request", entry.path()))),
    }
}

/// The entry's resource must be well formed and of the type its url says.
fn check(entry: &Entry, kind: Kind) -> Result<()> {
    let path = entry.path();
    let missing = || Error::invalid("the entry needs a resource").at(format!("{path}.resource"));
    let resource = entry.resource.as_ref().ok_or_else(missing)?;
    structure::check(resource, Some(kind.name)).map_err(|mut error| {
        for issue in &mut error.issues {
            issue.path = format!("{path}.resource.{}", issue.path);
        }
        error
    })
}

async fn create_entry(context: &Context, entry: Entry, kind: Kind) -> Result<Draft> {
    check(&entry, kind)?;
    let Some(text) = entry.if_none_exist.clone() else {
        return Ok(Draft { entry, kind, id: create::new_id(), known: Known::New { condition: None } });
    };
    let condition = claim::condition(kind, &text);
    let before = claim::read(context, &condition).await?;
    let found = conditional::one(context, kind, &conditional::criteria(context, kind, &text)?).await?;
    Ok(match found {
        Some(id) => Draft { entry, kind, id, known: Known::Existing },
        None => Draft { entry, kind, id: create::new_id(), known: Known::New { condition: Some((condition, before)) } },
    })
}

fn update_entry(entry: Entry, kind: Kind, id: String) -> Result<Draft> {
    check(&entry, kind)?;
    create::check_id(&id)?;
    if let Some(resource) = &entry.resource {
        update::check_same_id(resource, kind, &id)?;
    }
    let if_match = match entry.if_match.as_deref() {
        None => None,
        Some(tag) => Some(version(tag).ok_or_else(|| Error::invalid("ifMatch takes an ETag, W/\"1\""))?),
    };
    Ok(Draft { entry, kind, id, known: Known::Address { if_match } })
}

fn version(tag: &str) -> Option<i64> {
    tag.trim_start_matches("W/").trim_matches('"').parse().ok()
}

async fn conditional_update(context: &Context, entry: Entry, kind: Kind, query: &str) -> Result<Draft> {
    check(&entry, kind)?;
    let found = conditional::one(context, kind, &conditional::criteria(context, kind, query)?).await?;
    let own = entry.resource.as_ref().and_then(|r| r.text("id")).map(str::to_owned);
    match (found, own) {
        (Some(id), Some(own)) if id != own => Err(Error::invalid("the id in the resource is not that of the match")),
        (Some(id), _) | (None, Some(id)) => Ok(Draft { entry, kind, id, known: Known::Address { if_match: None } }),
        (None, None) => Ok(Draft { entry, kind, id: create::new_id(), known: Known::New { condition: None } }),
    }
}

async fn conditional_delete(context: &Context, entry: Entry, kind: Kind, query: &str) -> Result<Draft> {
    let found = conditional::one(context, kind, &conditional::criteria(context, kind, query)?).await?;
    // Without a match there is nothing to delete: an id that cannot stand anywhere.
    let id = found.unwrap_or_else(create::new_id);
    Ok(Draft { entry, kind, id, known: Known::Address { if_match: None } })
}

/// "If any resource identities overlap in steps 1 to 3, the transaction SHALL fail" (R4 http.html#trules).
fn refuse_twice(drafts: &[Draft]) -> Result<()> {
    let mut seen = HashSet::new();
    let mut conditions = HashSet::new();
    for draft in drafts.iter().filter(|d| matches!(d.known, Known::New { .. } | Known::Address { .. })) {
        if !seen.insert((draft.kind.number, draft.id.as_str())) {
            let message = format!("{}/{} is written twice in this transaction", draft.kind.name, draft.id);
            return Err(Error::invalid(message).at(draft.entry.path()));
        }
        if let Known::New { condition: Some((condition, _)) } = &draft.known
            && !conditions.insert(condition)
        {
            return Err(Error::invalid("two entries create under the same ifNoneExist").at(draft.entry.path()));
        }
    }
    Ok(())
}

type Standings = HashMap<(i16, String), Standing>;

async fn stand(context: &Context, drafts: &[Draft]) -> Result<Standings> {
    let wanted: Vec<(i16, String)> = drafts
        .iter()
        .filter(|d| matches!(d.known, Known::Address { .. } | Known::Existing))
        .map(|d| (d.kind.number, d.id.clone()))
        .collect();
    let visible = policy::tokens(&context.grant.rows());
    if visible != Visible::All {
        for draft in drafts.iter().filter(|d| matches!(d.known, Known::Address { .. })) {
            if read::current(context, &visible, draft.kind, &draft.id).await?.is_none() {
                return Err(Error::not_found(draft.kind.name, &draft.id).at(draft.entry.path()));
            }
        }
    }
    let found = read::standings(&context.db, &wanted).await?;
    Ok(found.into_iter().map(|s| ((s.kind, s.id.clone()), s)).collect())
}

fn decide(draft: Draft, standings: &Standings) -> Result<Step> {
    let Draft { entry, kind, id, known } = draft;
    let standing = standings.get(&(kind.number, id.clone())).cloned();
    let path = entry.path();
    let action = match (known, entry.method, standing) {
        (Known::Look, _, _) => Action::Look,
        (Known::New { condition }, _, _) => Action::Create { condition },
        (Known::Existing, _, Some(standing)) => Action::Existing { version: standing.version },
        (Known::Existing, _, None) => return Err(Error::new(Code::Conflict, "a match vanished as it was read")),
        (Known::Address { .. }, Method::Delete, standing) => Action::Delete { from: standing.filter(|s| !s.deleted) },
        (Known::Address { if_match }, _, standing) => {
            update::check_expected(if_match, standing.as_ref()).map_err(|e| e.at(path.clone()))?;
            match standing {
                Some(from) => Action::Update { from },
                None => Action::Create { condition: None },
            }
        }
    };
    Ok(Step { path, kind, id, full_url: entry.full_url, resource: entry.resource, action })
}
