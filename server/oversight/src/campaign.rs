//! `/{tenant}/admin/reviews`: campaigns in which somebody attests for every account, by a day, that it shall go on having what it
//! has; what is revoked is disabled in the same unit. A campaign may follow itself after so many days.

use crate::account::Scene;
use crate::export::Format;
use crate::store::campaign as kept;
use crate::{page, words};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use theriac_access::Role;
use theriac_core::hash::sha256;
use theriac_core::{Code, Error, Instant, Result};
use theriac_identity::directory::{self, Sort};
use theriac_ledger::Entry;
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

pub(crate) const TOPIC: &str = "admin.review";
pub(crate) const DAY: i64 = 86_400_000_000;

/// Whose accounts are looked at; what is empty leaves nobody out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scope {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Campaign {
    pub id: String,
    pub key: i64,
    pub title: String,
    pub begun: Instant,
    pub begun_by: String,
    pub due: Instant,
    pub scope: Scope,
    pub every_days: Option<i64>,
}

/// Of a campaign's items.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    pub open: i64,
    pub attested: i64,
    pub revoked: i64,
}

/// An account as it stood when the campaign began, and what was decided.
pub(crate) struct Item {
    pub kind: String,
    pub account: String,
    pub document: Value,
    pub decided: Option<(String, String, Instant, String)>,
}

impl Item {
    pub fn shown(&self) -> Value {
        let mut shown = self.document.clone();
        shown["decision"] = json!("open");
        if let Some((decision, by, at, comment)) = &self.decided {
            shown["decision"] = json!(decision);
            shown["decidedBy"] = json!(by);
            shown["decidedAt"] = json!(at.rfc3339());
            shown["comment"] = json!(comment);
        }
        shown
    }
}

impl Campaign {
    pub fn shown(&self, tally: Tally, now: Instant) -> Value {
        let state = match (tally.open, now < self.due) {
            (0, _) => "complete",
            (_, true) => "open",
            (_, false) => "overdue",
        };
        let mut shown = json!({
            "id": self.id, "title": self.title, "state": state, "begunAt": self.begun.rfc3339(), "begunBy": self.begun_by,
            "due": self.due.rfc3339(), "open": tally.open, "attested": tally.attested, "revoked": tally.revoked,
        });
        if let Some(days) = self.every_days {
            shown["everyDays"] = json!(days);
        }
        if self.scope != Scope::default() {
            shown["scope"] = json!(self.scope);
        }
        shown
    }

    fn entry(&self, action: &'static str, data: Value) -> Entry {
        let text = json!({ "title": self.title, "due": self.due.rfc3339() }).to_string();
        Entry {
            topic: TOPIC.to_owned(),
            action,
            subject: format!("reviews/{}", self.id),
            hash: Some(sha256(text.as_bytes())),
            data: Some(data),
            ..Entry::default()
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Body {
    title: String,
    due: String,
    #[serde(default)]
    scope: Scope,
    every_days: Option<i64>,
}

pub(crate) async fn begin(_: (), context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let campaign = asked(&context, request.json()?)?;
    let count = start(&context, &campaign, Unit::new()).await?;
    let place = format!("{}/admin/reviews/{}", context.trail.base, campaign.id);
    let tally = Tally { open: count, ..Tally::default() };
    Ok(Response::json(201, &campaign.shown(tally, context.now()))?.with("location", place))
}

fn asked(context: &Context, body: Body) -> Result<Campaign> {
    let now = context.now();
    let wrong = |at: &str, why: &str| Err(Error::invalid(why).at(at));
    let due = match Instant::parse(&body.due) {
        Some(due) if due > now => due,
        _ => return wrong("due", "'due' is a moment ahead, as in 2027-01-31T18:00:00Z"),
    };
    if body.every_days.is_some_and(|days| !(1..=3_660).contains(&days)) {
        return wrong("everyDays", "'everyDays' is a whole number from 1 to 3660");
    }
    if body.scope.kinds.iter().any(|kind| Sort::parse(kind).is_none()) {
        return wrong("scope.kinds", "kinds are user and client");
    }
    if body.scope.roles.iter().any(|role| Role::parse(role).is_none()) {
        return wrong("scope.roles", "roles are those of the role table, such as clinician");
    }
    let key = context.key();
    Ok(Campaign {
        id: format!("{key:x}"),
        key,
        title: words::given(&body.title, "title")?,
        begun: now,
        begun_by: context.grant.subject.clone(),
        due,
        scope: body.scope,
        every_days: body.every_days,
    })
}

/// Puts the campaign, and an item for every account that is not disabled, into the unit and commits it.
pub(crate) async fn start(context: &Context, campaign: &Campaign, mut unit: Unit) -> Result<i64> {
    let lines = Scene::read(context).await?.lines();
    let within = |list: &[String], name: &str| list.is_empty() || list.iter().any(|own| own == name);
    let looked_at = lines.iter().filter(|line| {
        line.kind != "unregistered"
            && line.state != "disabled"
            && within(&campaign.scope.kinds, line.kind)
            && within(&campaign.scope.roles, &line.role)
    });
    let mut count = 0;
    unit.push(kept::insert(&context.db, campaign)?);
    for line in looked_at {
        let document = serde_json::to_string(line).map_err(Error::internal)?;
        unit.push(kept::item(&context.db, &campaign.id, line.kind, &line.id, &document));
        count += 1;
    }
    let data = json!({ "due": campaign.due.rfc3339(), "accounts": count });
    theriac_ledger::record(&mut unit, context, &[campaign.entry("begin", data)])?;
    context.db.commit(unit).await?;
    Ok(count)
}

pub(crate) async fn list(_: (), context: Context, request: Request) -> Result<Response> {
    let (mut before, mut count) = (i64::MAX, page::USUAL);
    for (name, value) in request.query_known(&["from", "count"])? {
        match name.as_str() {
            "from" => before = page::key(&value)?,
            _ => count = page::count(&value)?,
        }
    }
    let mut found = kept::list(&context.db, before, count + 1).await?;
    let more = found.len() as u64 > count;
    found.truncate(count as usize);
    let shown: Vec<Value> = found.iter().map(|(campaign, tally)| campaign.shown(*tally, context.now())).collect();
    let mut body = json!({ "reviews": shown });
    if let Some((last, _)) = found.last().filter(|_| more) {
        body["next"] = json!(format!("{:x}", last.key));
    }
    Response::json(200, &body)
}

const COLUMNS: &[&str] = &[
    "kind",
    "id",
    "role",
    "state",
    "sees",
    "permissions",
    "unused",
    "lastSignIn",
    "lastUsed",
    "dormant",
    "decision",
    "decidedBy",
    "decidedAt",
    "comment",
];

pub(crate) async fn read(_: (), context: Context, request: Request) -> Result<Response> {
    let mut format = Format::default();
    for (_, value) in request.query_known(&["format"])? {
        format = Format::parse(&value)?;
    }
    let (campaign, tally) = find(&context, request.param("id")).await?;
    let items = kept::items(&context.db, &campaign.id).await?;
    let items: Vec<Value> = items.iter().map(Item::shown).collect();
    if let Some(file) = format.file(COLUMNS, &items) {
        return Ok(file);
    }
    let mut shown = campaign.shown(tally, context.now());
    shown["items"] = json!(items);
    Response::json(200, &shown)
}

async fn find(context: &Context, id: &str) -> Result<(Campaign, Tally)> {
    kept::find(&context.db, id).await?.ok_or_else(|| Error::not_found("reviews", id))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    decision: String,
    #[serde(default)]
    comment: String,
}

/// The decision in words, as it is kept.
const DECISIONS: &[(&str, &str)] = &[("attest", "attested"), ("revoke", "revoked")];

pub(crate) async fn decide(_: (), context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let body: Decision = request.json()?;
    let decided = DECISIONS.iter().find(|(word, _)| *word == body.decision).map(|(_, decided)| *decided);
    let decided = decided.ok_or_else(|| Error::invalid("a decision is attest or revoke").at("decision"))?;
    let comment = words::given(&body.comment, "comment")?;
    let (campaign, _) = find(&context, request.param("review")).await?;
    let (kind, account) = (request.param("kind"), request.param("id"));
    let missing = || Error::not_found("items", &format!("{kind}/{account}"));
    let sort = Sort::parse(kind).ok_or_else(missing)?;
    let items = kept::items(&context.db, &campaign.id).await?;
    let mut item = items.into_iter().find(|item| item.kind == kind && item.account == account).ok_or_else(missing)?;
    if account == context.grant.subject {
        let message = "an account is attested by somebody else than whose it is";
        return Err(Error::new(Code::Forbidden, message).guarded_by("self"));
    }
    if let Some((decision, by, ..)) = &item.decided {
        return Err(Error::conflict(format!("{by} decided it already: {decision}")));
    }
    let (by, now) = (context.grant.subject.clone(), context.now());
    item.decided = Some((decided.to_owned(), by, now, comment));
    let mut unit = Unit::new();
    unit.push(kept::decide(&context.db, &campaign.id, &item));
    let data = json!({ "kind": kind, "account": account, "decision": decided });
    theriac_ledger::record(&mut unit, &context, &[campaign.entry("decide", data)])?;
    let outcome = match decided {
        "revoked" => directory::disable(&context, sort, account, unit).await,
        _ => context.db.commit(unit).await.map(drop),
    };
    match outcome {
        Err(error) if error.guard == Some(kept::ITEM) => {
            Err(Error::conflict("somebody else decided it at the same moment"))
        }
        Err(error) => Err(error),
        Ok(()) => Response::json(200, &item.shown()),
    }
}
