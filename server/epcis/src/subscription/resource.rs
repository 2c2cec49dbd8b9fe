//! `/queries/{queryName}/subscriptions` and one of them. REST binding of EPCIS 2.0, section 12.9.

use super::Controls;
use super::controls::{self, Asked, check_query, refused};
use crate::Epcis;
use crate::events::encode;
use crate::format::json_body;
use crate::origin::Origin;
use crate::page::Page;
use crate::queries::{self, owner};
use crate::store::subscription::{self as store, Subscription};
use crate::view::versions;
use serde_json::{Value, json};
use theriac_core::{Error, Instant, Result};
use theriac_ledger::Entry;
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

/// Events that are sent at once, until a subscriber says that it takes fewer.
const MOST: i64 = 500;

/// Dead letters that are told of.
const LETTERS: i64 = 100;

/// `POST /queries/{queryName}/subscriptions`
pub(crate) async fn create(epcis: Epcis, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    json_body(&request)?;
    let named = queries::find(&context, &request).await?;
    let asked: Asked = request.json().map_err(refused)?;
    let (controls, initial) = asked.controls()?;
    check_query(&queries::stored(&named)?)?;
    epcis.webhooks.check(&asked.dest).map_err(|error| refused(error.at("dest")))?;
    let mut sub = begun(&epcis, &context, &controls, initial).await?;
    sub.query = named.name;
    if let Some(token) = &asked.signature_token {
        sub.signature_token = Some(epcis.cursors.conceal(&secret_of(&context, &sub.id), token.as_bytes())?);
    }
    sub.dest = asked.dest;
    let mut unit = Unit::new();
    store::create(&context.db, &sub, &mut unit);
    record(&context, &sub, "create", &mut unit)?;
    context.db.commit(unit).await?;
    let location = format!("{}/epcis/queries/{}/subscriptions/{}", context.trail.base, encode(&sub.query), sub.id);
    Ok(versions(Response::json(201, &shown(&sub)?)?.with("location", location)))
}

/// What a token is sealed for.
pub(super) fn secret_of(context: &Context, id: &str) -> String {
    format!("{}|subscription|{id}", context.tenant.key)
}

/// A subscription that has not delivered anything yet.
async fn begun(
    epcis: &Epcis,
    context: &Context,
    controls: &Controls,
    initial: Option<Instant>,
) -> Result<Subscription> {
    let now = context.now();
    let position = match initial {
        Some(initial) => epcis.line.position_at(context, initial).await?,
        None => *epcis.line.ledger.watch(&context.db).await?.borrow(),
    };
    let due = match &controls.schedule {
        Some(schedule) => schedule.next(now)?.unwrap_or(now),
        None => now,
    };
    let position = i64::try_from(position).map_err(Error::internal)?;
    Ok(Subscription {
        id: format!("{:016x}", context.key()),
        owner: owner(context),
        created: now,
        controls: serde_json::to_string(controls).map_err(Error::internal)?,
        origin: Origin::of(context).write()?,
        initial,
        position,
        batch_end: position,
        most: MOST,
        due,
        ..Subscription::default()
    })
}

fn record(context: &Context, sub: &Subscription, action: &'static str, unit: &mut Unit) -> Result<()> {
    let entry = Entry {
        topic: "epcis.subscription".to_owned(),
        action,
        subject: format!("subscription/{}", sub.id),
        data: Some(json!({ "query": sub.query })),
        ..Entry::default()
    };
    theriac_ledger::record(unit, context, &[entry])
}

/// `GET /queries/{queryName}/subscriptions`
pub(crate) async fn list(epcis: Epcis, context: Context, request: Request) -> Result<Response> {
    let named = queries::find(&context, &request).await?;
    let page = Page::asked(&epcis, &context, &request)?;
    let after = page.text.clone().unwrap_or_default();
    let mut subs = store::list(&context.db, &owner(&context), &named.name, &after, page.size + 1).await?;
    let more = subs.len() as i64 > page.size;
    subs.truncate(usize::try_from(page.size).unwrap_or(usize::MAX));
    let response = Response::json(200, &subs.iter().map(shown).collect::<Result<Vec<_>>>()?)?;
    Ok(versions(match subs.last().filter(|_| more) {
        Some(last) => page.next_after(response, &last.id),
        None => response,
    }))
}

/// `GET /queries/{queryName}/subscriptions/{subscriptionID}`
pub(crate) async fn read(context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let sub = find(&context, &request).await?;
    let mut value = shown(&sub)?;
    let letters = store::dead_letters(&context.db, &sub.id, LETTERS).await?;
    if !letters.is_empty() {
        let letter = |l: &store::DeadLetter| json!({ "from": l.position, "to": l.batch_end, "at": l.at.rfc3339(), "why": l.why });
        value["deadLetters"] = letters.iter().map(letter).collect();
    }
    Response::json(200, &value).map(versions)
}

/// `DELETE /queries/{queryName}/subscriptions/{subscriptionID}`
pub(crate) async fn delete(context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let sub = find(&context, &request).await?;
    let mut unit = Unit::new();
    store::delete(&context.db, &sub.id, &mut unit);
    record(&context, &sub, "delete", &mut unit)?;
    context.db.commit(unit).await?;
    Ok(versions(Response::new(204)))
}

async fn find(context: &Context, request: &Request) -> Result<Subscription> {
    let named = queries::find(context, request).await?;
    let id = request.param("subscriptionID");
    let found = store::find(&context.db, id).await?;
    let own = found.filter(|sub| sub.owner == owner(context) && sub.query == named.name);
    own.ok_or_else(|| Error::not_found("subscription", id))
}

/// Without the token that signs.
fn shown(sub: &Subscription) -> Result<Value> {
    let controls: controls::Controls = serde_json::from_str(&sub.controls).map_err(Error::internal)?;
    let min = sub.executed.or(sub.notified).or(sub.initial).unwrap_or(sub.created);
    let mut value = json!({
        "subscriptionID": sub.id,
        "dest": sub.dest,
        "createdAt": sub.created.rfc3339(),
        "minRecordTime": min.rfc3339(),
    });
    if let Some(initial) = sub.initial {
        value["initialRecordTime"] = initial.rfc3339().into();
    }
    if let Some(notified) = sub.notified {
        value["lastNotifiedAt"] = notified.rfc3339().into();
    }
    if let Some(failure) = &sub.failure {
        value["failure"] = json!({ "tries": sub.failures, "why": failure, "nextAt": sub.due.rfc3339() });
    }
    match &controls.schedule {
        Some(schedule) => {
            value["schedule"] = json!(schedule);
            value["reportIfEmpty"] = controls.report_if_empty.into();
        }
        None => value["stream"] = true.into(),
    }
    Ok(value)
}
