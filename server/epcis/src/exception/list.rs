//! `/exceptions`: what is wrong, newest first, and that somebody dealt with it. `/exceptionRules`: the codes.

use super::rule::{self, Mode, RULES};
use super::{Policy, State};
use crate::history::{self, MOST};
use crate::identifier::canonical;
use crate::store::exception::{self as store, Question};
use crate::view::versions;
use serde::Deserialize;
use serde_json::{Value, json};
use theriac_access::Rows;
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

const KNOWN: &[&str] = &["state", "rule", "epc", "eventID", "from", "count"];
const USUAL: i64 = 100;
const LONGEST: i64 = 1_000;

/// Exceptions follow from all events: only who sees all of these sees them.
fn sees(context: &Context) -> bool {
    context.grant.rows() == Rows::All
}

/// `GET /exceptions`
pub(crate) async fn list(context: Context, request: Request) -> Result<Response> {
    let mut question = Question { most: USUAL, ..Question::default() };
    let mut epc = None;
    for (name, value) in request.query_known(KNOWN)? {
        match name.as_str() {
            "state" => question.state = Some(state(&value)?),
            "rule" => question.rule = Some(known_rule(&value)?),
            "epc" => epc = Some(canonical(&value).into_owned()),
            "eventID" => question.events = Some(vec![value.trim().to_owned()]),
            "from" => question.before = Some(cursor(&value)?),
            _ => question.most = count(&value)?,
        }
    }
    if !sees(&context) {
        return page(Vec::new(), None);
    }
    if let Some(epc) = &epc {
        question.events = Some(events_of(&context, epc, question.events.take()).await?);
    }
    let wanted = question.most;
    let mut found = store::list(&context.db, &Question { most: wanted + 1, ..question }).await?;
    let more = i64::try_from(found.len()).is_ok_and(|n| n > wanted);
    found.truncate(usize::try_from(wanted).unwrap_or(usize::MAX));
    let next = found.last().filter(|_| more).map(|last| last.id.clone());
    // An event's own faults concern all its items.
    found.retain(|e| epc.as_ref().is_none_or(|epc| e.epcs.is_empty() || e.epcs.contains(epc)));
    page(found.iter().map(super::Exception::shown).collect::<Result<_>>()?, next)
}

fn page(exceptions: Vec<Value>, next: Option<String>) -> Result<Response> {
    let mut body = json!({ "exceptions": exceptions });
    if let Some(next) = next {
        body["next"] = next.into();
    }
    Response::json(200, &body).map(versions)
}

async fn events_of(context: &Context, epc: &str, among: Option<Vec<String>>) -> Result<Vec<String>> {
    let mut events = history::History::default();
    events.add(history::with_terms(&context.db, vec![history::naming(&[epc.to_owned()])], None, MOST).await?);
    events.read(|events| {
        let ids = events.iter().map(|(_, id)| id.clone());
        ids.filter(|id| among.as_ref().is_none_or(|among| among.contains(id))).collect()
    })
}

fn state(text: &str) -> Result<State> {
    match text {
        "open" => Ok(State::Open),
        "resolved" => Ok(State::Resolved),
        _ => Err(Error::invalid(format!("'{text}' is no state of an exception; use open or resolved")).at("state")),
    }
}

fn known_rule(text: &str) -> Result<String> {
    let codes = || RULES.iter().map(|rule| rule.code).collect::<Vec<_>>().join(", ");
    let wrong = || Error::invalid(format!("'{text}' is no rule; there are {}", codes())).at("rule");
    rule::find(text).map(|rule| rule.code.to_owned()).ok_or_else(wrong)
}

fn cursor(text: &str) -> Result<i64> {
    let wrong = |_| Error::invalid("'from' takes the 'next' of the page before; leave it out to begin").at("from");
    i64::from_str_radix(text, 16).map_err(wrong)
}

fn count(text: &str) -> Result<i64> {
    let wrong = || Error::invalid(format!("'count' is a whole number from 1 to {LONGEST}")).at("count");
    text.parse().ok().filter(|n| (1..=LONGEST).contains(n)).ok_or_else(wrong)
}

async fn find(context: &Context, request: &Request) -> Result<super::Exception> {
    let id = request.param("id");
    let missing = || Error::not_found("exception", id);
    let key = i64::from_str_radix(id, 16).ok().filter(|_| sees(context)).ok_or_else(missing)?;
    store::find(&context.db, key).await?.ok_or_else(missing)
}

/// `GET /exceptions/{id}`
pub(crate) async fn read(context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    Response::json(200, &find(&context, &request).await?.shown()?).map(versions)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Resolution {
    reason: String,
}

/// `POST /exceptions/{id}/resolve` with `{"reason"}`
pub(crate) async fn resolve(context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let Resolution { reason } = request.json()?;
    if reason.trim().is_empty() {
        return Err(Error::invalid("say why it is resolved").at("reason"));
    }
    let mut exception = find(&context, &request).await?;
    if exception.state == State::Resolved {
        return Err(Error::conflict("the exception is resolved already"));
    }
    exception.resolve_as(context.now(), &context.grant.subject, reason.trim());
    exception.version += 1;
    let mut unit = Unit::new();
    store::update(&context.db, std::slice::from_ref(&exception), &mut unit)?;
    theriac_ledger::record(&mut unit, &context, &[exception.entry("resolve")?])?;
    context.db.commit(unit).await?;
    Response::json(200, &exception.shown()?).map(versions)
}

/// `GET /exceptionRules`: every code, and what the tenant does about it
pub(crate) async fn rules(context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let policy = Policy::read(&context).await?;
    let mode = |mode| match mode {
        Mode::Off => "off",
        Mode::Keep => "keep",
        Mode::Refuse => "refuse",
    };
    let told = RULES.iter().map(|rule| {
        json!({ "code": rule.code, "severity": rule.severity.as_str(), "text": rule.about, "mode": mode(policy.mode(rule)) })
    });
    Response::json(200, &json!({ "rules": told.collect::<Vec<_>>() })).map(versions)
}
