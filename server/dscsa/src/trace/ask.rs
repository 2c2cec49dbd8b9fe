//! `POST /traces`: the requester. The request is kept before it goes out; without an answer in 48 hours it is overdue.

use super::{KIND, item, reason, short};
use crate::credential::{admit, own};
use crate::partner::{self, Known};
use crate::record::{self, Record, body, present};
use crate::verification::answer::own_gln;
use crate::{Dscsa, only_who_sees_all, printed};
use serde::Deserialize;
use serde_json::{Value, json};
use theriac_core::{Code, Error, Instant, Result};
use theriac_platform::http::Method::Post;
use theriac_platform::http::{Request, Response};
use theriac_platform::{Context, Settings};
use uuid::Uuid;

const DUE_US: i64 = 48 * 3_600 * 1_000_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Wish {
    /// GLN of the partner that is asked.
    to: String,
    epc: String,
    reason: String,
    #[serde(default)]
    incident_number: Option<String>,
    #[serde(default)]
    circumstances: Option<String>,
}

pub(crate) async fn create(dscsa: Dscsa, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    only_who_sees_all(&context, KIND.segment, "")?;
    let wish: Wish = body(&request)?;
    let to = printed::gln(&wish.to, "to")?;
    let (epc, reason) = (item(&wish.epc)?, reason(&wish.reason)?);
    short(wish.incident_number.as_ref(), "incidentNumber")?;
    short(wish.circumstances.as_ref(), "circumstances")?;
    reachable(&context, &to).await?;
    let gln = own_gln(&*Settings::read(&context.db, context.now()).await?)?;
    let document = present(json!({ "direction": "out", "to": to, "requestedBy": gln, "epc": epc, "reason": reason,
        "incidentNumber": wish.incident_number, "circumstances": wish.circumstances,
        "askedAt": context.now().rfc3339() }));
    let mut record = Record::new(&context, &KIND, Uuid::now_v7().to_string(), "asked", document);
    record.due = Some(Instant(context.now().0 + DUE_US));
    record.subjects = vec![epc.clone()];
    record.commit(&context, "ask", json!({ "to": to, "epc": epc, "reason": reason })).await?;
    let record = sent(&dscsa, &context, record).await?;
    let location = format!("{}/dscsa/{}", context.trail.base, record.subject());
    Ok(Response::json(201, &record.shown())?.with("location", location))
}

/// `POST /traces/{id}/ask`: once more
pub(crate) async fn again(dscsa: Dscsa, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let record = record::find(&context, &KIND, request.param("id")).await?;
    if record.state == "answered" || record.document["direction"] != "out" {
        return Err(Error::conflict("there is nothing left to ask"));
    }
    Response::json(200, &sent(&dscsa, &context, record).await?.shown())
}

async fn reachable(context: &Context, gln: &str) -> Result<(Known, String)> {
    let known = partner::find(context, gln).await?;
    let found = known.and_then(|known| known.partner.addresses.tracing.clone().map(|address| (known, address)));
    found.ok_or_else(|| {
        let message = format!("no address is known at which {gln} is asked to trace; name it at /partners/{gln}");
        Error::new(Code::NotFound, message).at("to")
    })
}

async fn sent(dscsa: &Dscsa, context: &Context, mut record: Record) -> Result<Record> {
    record.version += 1;
    record.subjects.clear();
    match asked(dscsa, context, &record).await {
        Ok(answer) => {
            (record.state, record.due) = ("answered", None);
            record.document["answer"] = answer;
            if let Value::Object(members) = &mut record.document {
                members.remove("problem");
            }
        }
        Err(error) if error.code == Code::Internal => return Err(error),
        Err(error) => {
            record.state = "unanswered";
            record.document["problem"] = error.message.into();
        }
    }
    let told = json!({ "to": record.document["to"], "problem": record.document["problem"] });
    record.commit(context, "answer", present(told)).await?;
    Ok(record)
}

async fn asked(dscsa: &Dscsa, context: &Context, record: &Record) -> Result<Value> {
    let to = record.document["to"].as_str().unwrap_or_default();
    let (known, address) = reachable(context, to).await?;
    let member = |name: &str| record.document[name].clone();
    let message = json!({ "traceUUID": record.id, "requestedBy": member("requestedBy"), "epc": member("epc"),
        "reason": member("reason"), "incidentNumber": member("incidentNumber"),
        "circumstances": member("circumstances"), "vp": own(dscsa, context).await? });
    let answered = dscsa.call(context, &known, Post, &address, Some(&present(message))).await?;
    if answered.status != 200 {
        return Err(Error::new(Code::Unavailable, format!("the partner's gateway answered {}", answered.status)));
    }
    let wrong = |why: &str| Error::new(Code::Unavailable, format!("the partner's answer {why}"));
    let mut answer: Value = serde_json::from_slice(&answered.body).map_err(|_| wrong("is no JSON"))?;
    if answer["traceUUID"] != record.id.as_str() {
        return Err(wrong("is for another request: its traceUUID differs"));
    }
    if !answer["transactions"].is_array() {
        return Err(wrong("holds no list 'transactions'"));
    }
    let shown = answer.as_object_mut().and_then(|answer| answer.remove("vp"));
    admit(dscsa, context, shown.as_ref().and_then(Value::as_str), Some(to)).await?;
    Ok(answer)
}
