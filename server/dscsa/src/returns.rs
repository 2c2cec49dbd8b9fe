//! `/returns`: packs that came back and are to be sold again. FD&C Act, 582(c)(4)(D): before that, the identifier on each
//! is verified; 582(c)(1)(B)(i): only what can be associated with its transaction is taken back.
//!
//! A pack whose identifier is wrong is suspect, and is investigated. One that nobody answers for waits.

use crate::investigation::{self, Suspicion};
use crate::only_who_sees_all;
use crate::record::{self, Kind, Record, body, present};
use crate::verification::Verdict;
use crate::verification::ask::{Pack, verified};
use crate::{Dscsa, printed};
use serde::Deserialize;
use serde_json::{Value, json};
use theriac_core::{Code, Error, Result};
use theriac_epcis::item;
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};
use uuid::Uuid;

pub(crate) static KIND: Kind =
    Kind { segment: "returns", topic: "dscsa.return", states: &["waiting", "saleable", "refused"] };

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Returned {
    epc: String,
    lot: String,
    expiry: String,
    /// GLN of whoever sent it back.
    from: String,
}

impl Returned {
    fn pack(&self) -> Pack {
        Pack { epc: self.epc.clone(), lot: self.lot.clone(), expiry: self.expiry.clone(), context: None }
    }
}

/// `POST /returns` with `{"epc","lot","expiry","from"}` as printed on the pack
pub(crate) async fn create(dscsa: Dscsa, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    only_who_sees_all(&context, KIND.segment, "")?;
    let returned: Returned = body(&request)?;
    let from = printed::gln(&returned.from, "from")?;
    let epc = returned.pack().asked(None)?.item.link();
    if item::state(&context, &epc, None).await?.is_none() {
        let message = "no transaction of this pack is known here; only what was sold by us is taken back";
        return Err(Error::new(Code::Unprocessable, message).at("epc"));
    }
    let document = json!({ "epc": epc, "lot": returned.lot.trim(), "expiry": returned.expiry.trim(), "from": from,
        "receivedAt": context.now().rfc3339() });
    let mut record = Record::new(&context, &KIND, Uuid::now_v7().to_string(), "waiting", document);
    record.subjects = vec![epc];
    let record = judged(&dscsa, &context, record, &returned.pack()).await?;
    let location = format!("{}/dscsa/{}", context.trail.base, record.subject());
    Ok(Response::json(201, &record.shown())?.with("location", location))
}

/// `POST /returns/{id}/verify`
pub(crate) async fn again(dscsa: Dscsa, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let mut record = record::find(&context, &KIND, request.param("id")).await?;
    if record.state != "waiting" {
        return Err(Error::conflict(format!("the pack is {} already", record.state)));
    }
    record.version += 1;
    let said = |name: &str| record.document[name].as_str().unwrap_or_default().to_owned();
    let pack = Pack { epc: said("epc"), lot: said("lot"), expiry: said("expiry"), context: None };
    Response::json(200, &judged(&dscsa, &context, record, &pack).await?.shown())
}

async fn judged(dscsa: &Dscsa, context: &Context, mut record: Record, pack: &Pack) -> Result<Record> {
    let (verification, verdict) = verified(dscsa, context, pack).await?;
    let asked = pack.asked(None)?;
    // What we suspect ourselves is not sold, whoever says that its identifier is right.
    let standing = investigation::standing(context, &asked.item.link(), asked.lot_class()).await?;
    record.document["verification"] = verification.id.as_str().into();
    if let Some(standing) = standing {
        record.document["standing"] = standing.into();
    }
    record.state = match verdict {
        None => "waiting",
        Some(verdict) if verdict.is_saleable() && standing.is_none() => "saleable",
        Some(_) => "refused",
    };
    let mut unit = Unit::new();
    if let Some(verdict) = verdict {
        record.document["answer"] = verdict.data();
        if let Some(suspicion) = suspicion(&record, verdict) {
            let origin = json!({ "by": "us", "return": record.id });
            let id = Uuid::now_v7().to_string();
            let opened = investigation::opened(context, id, suspicion, origin, &mut unit).await?;
            record.document["investigation"] = opened.id.into();
        }
    }
    let told = ["epc", "from", "verification", "answer", "standing", "investigation"];
    let told: Value = told.into_iter().map(|name| (name.to_owned(), record.document[name].clone())).collect();
    record.put(context, if record.version == 1 { "create" } else { "verify" }, present(told), &mut unit)?;
    context.db.commit(unit).await?;
    Ok(record)
}

/// An identifier that is wrong, or a pack that should not be about, is suspect; a recalled or expired one is just not sold.
fn suspicion(record: &Record, verdict: Verdict) -> Option<Suspicion> {
    let why = verdict.reason.filter(|_| !verdict.verified)?;
    let description = match verdict.information {
        Some(information) => format!("returned; its verification failed: {why}, {information}"),
        None => format!("returned; its verification failed: {why}"),
    };
    Some(Suspicion { epcs: vec![record.document["epc"].as_str()?.to_owned()], lots: Vec::new(), description })
}
