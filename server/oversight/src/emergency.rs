//! `POST /{tenant}/emergencies`: the records of a patient are opened to the person who asks, with a reason and for a while.
//!
//! Whether there is such a patient, and whether it was assigned already, is not told: the answer is the same.

use crate::store::{self, emergency as kept};
use crate::{page, words};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use theriac_access::label;
use theriac_alerts::NewAlert;
use theriac_core::hash::sha256;
use theriac_core::{Code, Error, Instant, Result};
use theriac_ledger::{Entry, reads};
use theriac_platform::db::Unit;
use theriac_platform::emergency::{self, Open};
use theriac_platform::http::{Request, Response};
use theriac_platform::{Context, Settings};

/// Purposes of v3-ActReason that an access may be for.
const PURPOSES: &[&str] = &["BTG", "ETREAT"];

/// How many accesses a person may have open at once.
const MOST: i64 = 20;

/// Where an access stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Emergency {
    pub id: String,
    pub key: i64,
    pub version: i64,
    pub person: String,
    pub client: Option<String>,
    pub patient: String,
    pub purpose: String,
    /// In words; kept here and not in the ledger, which only has its hash.
    pub reason: String,
    pub begun: Instant,
    pub until: Instant,
    pub ended: Option<Instant>,
    /// Nobody: its time was over.
    pub ended_by: Option<String>,
    pub review_due: Instant,
    pub judged: Option<Judged>,
}

/// What somebody else thought of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Judged {
    pub decision: String,
    pub by: String,
    pub at: String,
    pub comment: String,
}

impl Emergency {
    pub fn is_open(&self, now: Instant) -> bool {
        self.ended.is_none() && now < self.until
    }

    pub fn shown(&self, now: Instant) -> Value {
        let mut shown = json!({
            "id": self.id,
            "state": if self.is_open(now) { "open" } else { "ended" },
            "person": self.person,
            "patient": self.patient,
            "purpose": self.purpose,
            "reason": self.reason,
            "begunAt": self.begun.rfc3339(),
            "until": self.until.rfc3339(),
            "reviewDue": self.review_due.rfc3339(),
        });
        if let Some(client) = &self.client {
            shown["client"] = json!(client);
        }
        if let Some(ended) = self.ended {
            shown["endedAt"] = json!(ended.rfc3339());
        }
        if let Some(by) = &self.ended_by {
            shown["endedBy"] = json!(by);
        }
        if let Some(judged) = &self.judged {
            shown["review"] = json!(judged);
        }
        shown
    }

    /// The entry says who, whom and how long; the words stay with the record.
    pub fn entry(&self, action: &'static str) -> Entry {
        let mut data = json!({ "patient": self.patient, "until": self.until.rfc3339() });
        if let Some(judged) = &self.judged {
            data["decision"] = json!(judged.decision);
        }
        Entry {
            topic: reads::TOPIC.to_owned(),
            action,
            subject: format!("emergencies/{}", self.id),
            version: self.version,
            hash: Some(sha256(self.shown(self.begun).to_string().as_bytes())),
            data: Some(data),
            ..Entry::default()
        }
    }

    fn alert(&self) -> NewAlert {
        NewAlert {
            source: "oversight",
            rule: "emergency-access".to_owned(),
            subject: format!("emergencies/{}", self.id),
            site: None,
            episode: format!("oversight/emergency/{}", self.id),
            // Whom it was about is told to those who may read emergencies.
            evidence: json!({ "person": self.person, "purpose": self.purpose, "until": self.until.rfc3339() }),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    patient: String,
    purpose: String,
    #[serde(default)]
    reason: String,
    until: Option<String>,
}

pub(crate) async fn open(_: (), context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let emergency = asked(&context, request.json()?).await?;
    if !context.grant.breaks_glass() {
        let message = "records are opened to who sees them as they are, and never through a view";
        return Err(Error::new(Code::Forbidden, message).guarded_by("view"));
    }
    if kept::open_of(&context.db, &context.grant.subject, context.now()).await? >= MOST {
        return Err(Error::conflict(format!("{MOST} accesses are open to you already; end one first")));
    }
    let mut unit = Unit::new();
    unit.push(kept::insert(&context.db, &emergency));
    emergency::begin(&mut unit, &context.db, &enforced(&emergency));
    theriac_ledger::record(&mut unit, &context, &[emergency.entry("open")])?;
    theriac_alerts::raise(&mut unit, &context, vec![emergency.alert()]).await?;
    context.db.commit(unit).await?;
    let place = format!("{}/emergencies/{}", context.trail.base, emergency.id);
    Ok(Response::json(201, &emergency.shown(context.now()))?.with("location", place))
}

fn enforced(emergency: &Emergency) -> Open {
    Open {
        id: emergency.id.clone(),
        person: emergency.person.clone(),
        patient: emergency.patient.clone(),
        purpose: emergency.purpose.clone(),
        until: emergency.until,
    }
}

async fn asked(context: &Context, body: Body) -> Result<Emergency> {
    if !label::is_patient(&body.patient) {
        return Err(Error::invalid("a patient is named as Patient/{id}").at("patient"));
    }
    if !PURPOSES.contains(&body.purpose.as_str()) {
        let message = format!("the purpose of an emergency access is one of {}", PURPOSES.join(", "));
        return Err(Error::invalid(message).at("purpose"));
    }
    let (now, settings) = (context.now(), Settings::read(&context.db, context.now()).await?);
    let until = until(body.until.as_deref(), now, settings.whole("policy.emergency.minutes"))?;
    let review_due = Instant(now.0 + settings.whole("policy.emergency.review-hours") * 3_600_000_000);
    let key = context.key();
    Ok(Emergency {
        id: format!("{key:x}"),
        key,
        version: 1,
        person: context.grant.subject.clone(),
        client: context.grant.client.clone(),
        patient: body.patient,
        purpose: body.purpose,
        reason: words::given(&body.reason, "reason")?,
        begun: now,
        until,
        ended: None,
        ended_by: None,
        review_due,
        judged: None,
    })
}

/// # Errors
/// `Forbidden` where the tenant opens nothing; `Invalid` for a time that is past or too far ahead.
fn until(asked: Option<&str>, now: Instant, minutes: i64) -> Result<Instant> {
    if minutes == 0 {
        let message = "this tenant opens nothing in emergencies (its setting policy.emergency.minutes is 0)";
        return Err(Error::new(Code::Forbidden, message).guarded_by("setting"));
    }
    let latest = Instant(now.0 + minutes * 60_000_000);
    let Some(text) = asked else { return Ok(latest) };
    let wrong = |why: &str| {
        let latest = latest.rfc3339();
        Error::invalid(format!("'until' {why}; give a time with offset up to {latest}, or leave it out")).at("until")
    };
    match Instant::parse(text).ok_or_else(|| wrong("is no RFC 3339 time"))? {
        until if until <= now => Err(wrong("is past")),
        until if until > latest => Err(wrong("is too far ahead")),
        until => Ok(until),
    }
}

/// Ended by whom it was opened to.
pub(crate) async fn end(_: (), context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let present = find(&context, request.param("id")).await?;
    if present.person != context.grant.subject {
        return Err(Error::not_found("emergencies", &present.id));
    }
    let now = context.now();
    if !present.is_open(now) {
        return Err(Error::conflict("it has ended already"));
    }
    let mut unit = Unit::new();
    let by = Some(context.grant.subject.clone());
    let ended = Emergency { version: present.version + 1, ended: Some(now), ended_by: by, ..present };
    store::move_on(&mut unit, &context, &ended, "end")?;
    emergency::end(&mut unit, &context.db, &ended.id);
    store::settled(context.db.commit(unit).await)?;
    Response::json(200, &ended.shown(now))
}

pub(crate) async fn find(context: &Context, id: &str) -> Result<Emergency> {
    kept::find(&context.db, id).await?.ok_or_else(|| Error::not_found("emergencies", id))
}

pub(crate) async fn read(_: (), context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    Response::json(200, &find(&context, request.param("id")).await?.shown(context.now()))
}

/// The caller's own, newest first.
pub(crate) async fn own(_: (), context: Context, request: Request) -> Result<Response> {
    let person = context.grant.subject.clone();
    page_of(&context, &request, &["state", "from", "count"], kept::Question { person, ..kept::Question::default() })
        .await
}

/// All, newest first: `review=awaiting` is the queue.
pub(crate) async fn list(_: (), context: Context, request: Request) -> Result<Response> {
    let known = &["state", "review", "person", "patient", "from", "count"];
    page_of(&context, &request, known, kept::Question::default()).await
}

async fn page_of(context: &Context, request: &Request, known: &[&str], of: kept::Question) -> Result<Response> {
    let now = context.now();
    let mut question = kept::Question { now, count: page::USUAL, ..of };
    for (name, value) in request.query_known(known)? {
        let one_of = |words: &[&'static str]| {
            let wrong = || Error::invalid(format!("'{name}' is one of {}", words.join(", "))).at(name.clone());
            words.iter().find(|word| **word == value).copied().ok_or_else(wrong)
        };
        match name.as_str() {
            "state" => question.state = one_of(&["open", "ended"])?,
            "review" => question.review = one_of(&["awaiting", "justified", "unjustified"])?,
            "person" => question.person = value,
            "patient" => question.patient = value,
            "from" => question.before = page::key(&value)?,
            _ => question.count = page::count(&value)?,
        }
    }
    let wanted = question.count;
    question.count += 1;
    let mut found = kept::list(&context.db, &question).await?;
    let more = found.len() as u64 > wanted;
    found.truncate(wanted as usize);
    let mut body = json!({ "emergencies": found.iter().map(|one| one.shown(now)).collect::<Vec<_>>() });
    if let Some(last) = found.last().filter(|_| more) {
        body["next"] = json!(format!("{:x}", last.key));
    }
    Response::json(200, &body)
}

/// What was read under it, in the order of the ledger.
pub(crate) async fn reads(_: (), context: Context, request: Request) -> Result<Response> {
    let (mut after, mut count) = (-1, page::USUAL);
    for (name, value) in request.query_known(&["from", "count"])? {
        match name.as_str() {
            "from" => after = page::key(&value)?,
            _ => count = page::count(&value)?,
        }
    }
    let emergency = find(&context, request.param("id")).await?;
    let mut found = store::read::list(&context.db, &emergency.id, after, count + 1).await?;
    let more = found.len() as u64 > count;
    found.truncate(count as usize);
    let shown: Vec<Value> = found.iter().map(store::read::Read::shown).collect();
    let mut body = json!({ "reads": shown });
    if let Some(last) = found.last().filter(|_| more) {
        body["next"] = json!(format!("{:x}", last.position));
    }
    Response::json(200, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_lasts_as_long_as_the_tenant_allows_at_most() {
        let now = Instant::parse("2026-11-20T08:00:00Z").unwrap();
        assert_eq!(until(None, now, 60).unwrap().rfc3339(), "2026-11-20T09:00:00.000Z");
        assert!(until(Some("2026-11-20T09:00:00Z"), now, 60).is_ok());
        for (text, word) in
            [("2026-11-20T09:00:01Z", "too far"), ("2026-11-20T08:00:00Z", "past"), ("an hour", "RFC 3339")]
        {
            assert!(until(Some(text), now, 60).unwrap_err().message.contains(word), "{text}");
        }
        assert_eq!(until(None, now, 0).unwrap_err().status(), 403);
    }
}
