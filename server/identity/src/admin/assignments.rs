//! `/{tenant}/admin/assignments`: which patients exist for a clinician.

use super::page;
use super::records::find;
use crate::service::Identity;
use crate::store;
use crate::user::User;
use serde::Deserialize;
use serde_json::json;
use theriac_access::{Mark, label};
use theriac_core::{Error, Instant, Result};
use theriac_ledger::Entry;
use theriac_platform::db::{Statement, Unit};
use theriac_platform::http::{Request, Response};
use theriac_platform::{Context, Revocations};

pub(crate) async fn list(_: Identity, context: Context, request: Request) -> Result<Response> {
    let (mut user, mut patient, mut after, mut count) = (String::new(), String::new(), Default::default(), page::USUAL);
    for (name, value) in request.query_known(&["user", "patient", "from", "count"])? {
        match name.as_str() {
            "user" => user = value,
            "patient" => patient = value,
            "from" => after = place(&value)?,
            _ => count = page::count(&value)?,
        }
    }
    let mut found = store::assignment::list(&context.db, &user, &patient, &after, count + 1).await?;
    let more = found.len() as u64 > count;
    found.truncate(count as usize);
    let next = found.last().filter(|_| more).map(|last| format!("{}:{}", last.user, last.patient));
    match next {
        Some(next) => Response::json(200, &json!({ "assignments": found, "next": next })),
        None => Response::json(200, &json!({ "assignments": found })),
    }
}

/// `ada:Patient/1`: the last of the page before.
fn place(text: &str) -> Result<(String, String)> {
    let (user, patient) = text.split_once(':').ok_or_else(page::wrong_cursor)?;
    Ok((user.to_owned(), patient.to_owned()))
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Body {
    until: Option<String>,
}

/// Whether there is such a patient is not asked: people are assigned before records arrive.
pub(crate) async fn assign(_: Identity, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let sent: Body = if request.body.is_empty() { Body::default() } else { request.json()? };
    let (user, patient) = named(&context, &request).await?;
    let now = context.now();
    let until = sent.until.as_deref().map(|text| moment(text, now)).transpose()?;
    let by = &context.grant.subject;
    let statement = store::assignment::put(&context.db, &user, &patient, by, now, until);
    commit(&context, "assign", &user, &patient, until, statement).await?;
    let until = until.map(Instant::rfc3339);
    Response::json(
        200,
        &json!({ "user": user, "patient": patient, "assignedAt": now.rfc3339(), "assignedBy": by, "until": until }),
    )
}

pub(crate) async fn unassign(_: Identity, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let (user, patient) = named(&context, &request).await?;
    let statement = store::assignment::remove(&context.db, &user, &patient);
    match commit(&context, "unassign", &user, &patient, None, statement).await {
        Err(e) if e.guard == Some("identity_assignment") => {
            Err(Error::not_found("assignments", &format!("{user}/{patient}")))
        }
        Err(e) => Err(e),
        Ok(()) => Ok(Response::new(204)),
    }
}

async fn named(context: &Context, request: &Request) -> Result<(String, String)> {
    let patient = label::patient(request.param("patient"));
    if !label::is_patient(&patient) {
        return Err(Error::invalid("a patient is named as Patient/{id}").at("patient"));
    }
    let user = find::<User>(context, request.param("id")).await?;
    Ok((user.id, patient))
}

fn moment(text: &str, now: Instant) -> Result<Instant> {
    let wrong = || Error::invalid("'until' is a moment ahead, as in 2027-01-31T18:00:00Z").at("until");
    Instant::parse(text).filter(|until| *until > now).ok_or_else(wrong)
}

async fn commit(
    context: &Context,
    action: &'static str,
    user: &str,
    patient: &str,
    until: Option<Instant>,
    statement: Statement,
) -> Result<()> {
    let entry = Entry {
        topic: "admin.assignment".to_owned(),
        action,
        subject: format!("assignments/{user}/{patient}"),
        data: until.map(|until| json!({ "until": until.rfc3339() })),
        ..Entry::default()
    };
    let mut unit = Unit::new();
    unit.push(statement);
    theriac_ledger::record(&mut unit, context, &[entry])?;
    // Tokens name the patients: the next one names the new ones.
    let row = Revocations::take_back(&mut unit, &context.db, Mark::Subject(user));
    Revocations::commit(&context.db, unit, vec![row]).await.map(drop)
}
