//! Telling others that product is illegitimate, and being told. FD&C Act, 582(b)(4)(B)(ii) and (iii): FDA, and all
//! immediate trading partners that may have received the product.
//!
//! Who they are follows from the events of the items. A partner with an address for notices gets one there; of the
//! others somebody says that they were told. When nobody is left the 24 hours are kept.

use super::change::{Suspicion, log, opened, text};
use super::{KIND, step};
use crate::partner::{self, Known};
use crate::record::{self, Record, body, present};
use crate::store::record as store;
use crate::verification::answer::own_gln;
use crate::{Dscsa, printed};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use theriac_access::Rows;
use theriac_core::{Code, Error, Instant, Result};
use theriac_epcis::item;
use theriac_platform::db::Unit;
use theriac_platform::http::Method::Post;
use theriac_platform::http::{Request, Response};
use theriac_platform::{Context, Settings};
use uuid::Uuid;

/// Items whose events are read to find the partners.
const LOOKED_AT: usize = 1_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Told {
    /// When Form FDA 3911 was submitted.
    #[serde(default)]
    fda_submitted_at: Option<String>,
    /// As FDA's acknowledgement says.
    #[serde(default)]
    incident_number: Option<String>,
    /// GLNs of partners that were told in another way.
    #[serde(default)]
    told: Vec<String>,
}

/// `POST /investigations/{id}/notify` with `{"fdaSubmittedAt"?,"incidentNumber"?,"told"?}`
pub(crate) async fn notify(dscsa: Dscsa, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let said: Told = body(&request)?;
    let mut record = record::find(&context, &KIND, request.param("id")).await?;
    request.check_version(Some(record.version))?;
    if !["illegitimate", "notified", "terminating", "terminated"].contains(&record.state) {
        let message = format!("it is {}; who is told of what is illegitimate", record.state);
        return Err(Error::new(Code::Unprocessable, message));
    }
    fda(&context, &mut record, &said)?;
    let own = own_gln(&*Settings::read(&context.db, context.now()).await?)?;
    let mut notices = notices(&record);
    for gln in concerned(&context, &record, &own).await? {
        notices.entry(gln).or_insert_with(|| json!({ "state": "open" }));
    }
    for gln in &said.told {
        let gln = printed::gln(gln, "told")?;
        notices.insert(gln, json!({ "state": "told", "at": context.now().rfc3339(), "of": kind(record.state) }));
    }
    for (gln, notice) in &mut notices {
        if notice["state"] == "open" || notice["of"] != kind(record.state) {
            *notice = sent(&dscsa, &context, &record, &own, gln).await?;
        }
    }
    settle(&context, record, notices).await
}

fn fda(context: &Context, record: &mut Record, said: &Told) -> Result<()> {
    if let Some(at) = &said.fda_submitted_at {
        let wrong =
            || Error::invalid("'fdaSubmittedAt' is a past time such as 2026-11-20T08:00:00Z").at("fdaSubmittedAt");
        let at = Instant::parse(at).filter(|at| *at <= context.now()).ok_or_else(wrong)?;
        record.document["fdaSubmittedAt"] = at.rfc3339().into();
    }
    if let Some(number) = &said.incident_number {
        record.document["incidentNumber"] = text(number, "incidentNumber")?.into();
    }
    Ok(())
}

/// What partners are told depends on how far it is.
fn kind(state: &str) -> &'static str {
    if state == "terminated" { "terminated" } else { "illegitimate" }
}

fn notices(record: &Record) -> BTreeMap<String, Value> {
    let kept = record.document["notices"].as_array().into_iter().flatten();
    kept.filter_map(|notice| Some((notice["gln"].as_str()?.to_owned(), notice.clone()))).collect()
}

fn names(record: &Record, member: &str) -> Vec<String> {
    let list = record.document[member].as_array().into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Partners that had, have or are to have some of it: not ourselves.
async fn concerned(context: &Context, record: &Record, own: &str) -> Result<BTreeSet<String>> {
    let mut epcs = names(record, "epcs");
    for lot in names(record, "lots") {
        let left = LOOKED_AT.saturating_sub(epcs.len());
        let (items, _) = item::in_lot(context, &lot, "", i64::try_from(left).unwrap_or(0)).await?;
        epcs.extend(items.into_iter().map(|item| item.epc));
    }
    epcs.truncate(LOOKED_AT);
    let mut parties = item::parties(context, &epcs).await?;
    parties.remove(own);
    Ok(parties)
}

async fn sent(dscsa: &Dscsa, context: &Context, record: &Record, own: &str, gln: &str) -> Result<Value> {
    let Some((known, address)) = reachable(context, gln).await? else {
        return Ok(
            json!({ "state": "open", "why": "no address for notices is known; say under 'told' when it was told" }),
        );
    };
    let notice = json!({ "notice": record.id, "type": kind(record.state), "from": own, "epcs": names(record, "epcs"),
        "lots": names(record, "lots"), "classification": record.document["classification"],
        "determinedAt": record.document["determinedAt"], "description": record.document["description"] });
    let (of, at) = (kind(record.state), context.now().rfc3339());
    Ok(match dscsa.call(context, &known, Post, &address, Some(&present(notice))).await {
        Ok(answered) if (200..300).contains(&answered.status) => json!({ "state": "sent", "of": of, "at": at }),
        Ok(answered) => {
            json!({ "state": "open", "why": format!("its gateway answered {}", answered.status), "at": at })
        }
        Err(error) if error.code == Code::Internal => return Err(error),
        Err(error) => json!({ "state": "open", "why": error.message, "at": at }),
    })
}

async fn reachable(context: &Context, gln: &str) -> Result<Option<(Known, String)>> {
    let known = partner::find(context, gln).await?;
    Ok(known.and_then(|known| known.partner.addresses.notices.clone().map(|address| (known, address))))
}

async fn settle(context: &Context, mut record: Record, notices: BTreeMap<String, Value>) -> Result<Response> {
    let open = notices.values().filter(|notice| notice["state"] == "open").count();
    let with_gln = |(gln, mut notice): (String, Value)| {
        notice["gln"] = gln.into();
        notice
    };
    record.document["notices"] = notices.into_iter().map(with_gln).collect();
    let from = record.state;
    if from == "illegitimate" && open == 0 && record.document["fdaSubmittedAt"].is_string() {
        (record.state, record.due) = ("notified", None);
    }
    let moved = json!({ "from": from, "to": record.state, "reason": "notices" });
    log(context, &mut record, moved);
    let told = json!({ "from": from, "open": open, "incidentNumber": record.document["incidentNumber"],
        "fdaSubmittedAt": record.document["fdaSubmittedAt"] });
    record.commit(context, "notify", present(told)).await?;
    Ok(Response::json(200, &record.shown())?.with("etag", format!("W/\"{}\"", record.version)))
}

/// A partner's word that product is illegitimate, or no longer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Notice {
    /// The partner's own id of it.
    notice: Uuid,
    #[serde(rename = "type")]
    kind: String,
    from: String,
    #[serde(default)]
    epcs: Vec<String>,
    #[serde(default)]
    lots: Vec<String>,
    #[serde(default)]
    classification: Option<String>,
    #[serde(default)]
    determined_at: Option<String>,
    description: String,
}

/// `POST /notices`: one from a partner. It opens an investigation of our own, once; what was said later is added to it.
pub(crate) async fn receive(context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let notice: Notice = body(&request)?;
    let from = printed::gln(&notice.from, "from")?;
    if context.grant.rows() != Rows::All && !context.grant.glns.contains(&from) {
        let message = format!("'{from}' is not a GLN of yours; tell it under one that your token names");
        return Err(Error::new(Code::Forbidden, message).at("from"));
    }
    if !["illegitimate", "terminated"].contains(&notice.kind.as_str()) {
        return Err(Error::invalid("'type' is illegitimate or terminated").at("type"));
    }
    let classification = notice.classification.as_deref().map(step::classification).transpose()?;
    let determined = notice
        .determined_at
        .as_deref()
        .map(|at| Instant::parse(at).ok_or_else(|| Error::invalid(format!("'{at}' is no time")).at("determinedAt")));
    let determined = determined.transpose()?.map(Instant::rfc3339);
    let id = format!("{from}-{}", notice.notice);
    let origin = present(json!({ "by": from, "notice": notice.notice.to_string(), "type": notice.kind,
        "classification": classification, "determinedAt": determined }));
    let suspicion = Suspicion { epcs: notice.epcs, lots: notice.lots, description: notice.description }.checked()?;
    let taken = |status| Response::json(status, &json!({ "notice": notice.notice.to_string() }));
    match store::find(&context.db, &KIND, &id).await? {
        None => {
            let mut unit = Unit::new();
            opened(&context, id, suspicion, origin, &mut unit).await?;
            context.db.commit(unit).await?;
            taken(201)
        }
        Some(known) if known.document["origin"] == origin => taken(200),
        Some(mut known) => {
            known.document["origin"] = origin.clone();
            log(&context, &mut known, json!({ "notice": notice.kind, "reason": suspicion.description }));
            known.commit(&context, "notice", origin).await?;
            taken(200)
        }
    }
}
