//! `POST /traceRequests`: the responder. A partner gets the transactions of the item in which it takes part, and no more;
//! it must be an authorised trading partner where the tenant wants that proven. Request and answer are kept.

use super::{KIND, item, reason, short};
use crate::credential::{admit, own, shown};
use crate::record::{Record, body, present};
use crate::store::record as store;
use crate::transaction::of_item;
use crate::verification::answer::own_gln;
use crate::{Dscsa, printed};
use serde::Deserialize;
use serde_json::{Value, json};
use theriac_access::Rows;
use theriac_core::{Code, Error, Result};
use theriac_platform::http::{Request, Response};
use theriac_platform::{Context, Settings};
use uuid::Uuid;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    #[serde(rename = "traceUUID")]
    trace: Uuid,
    /// GLN of whoever asks.
    #[serde(rename = "requestedBy")]
    by: String,
    epc: String,
    reason: String,
    #[serde(default, rename = "incidentNumber")]
    incident: Option<String>,
    #[serde(default)]
    circumstances: Option<String>,
    /// A credential of an authorised trading partner.
    #[serde(default)]
    vp: Option<String>,
}

pub(crate) async fn answer(dscsa: Dscsa, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let asked: Asked = body(&request)?;
    let by = printed::gln(&asked.by, "requestedBy")?;
    if context.grant.rows() != Rows::All && !context.grant.glns.contains(&by) {
        let message = format!("'{by}' is not a GLN of yours; ask under one that your token names");
        return Err(Error::new(Code::Forbidden, message).at("requestedBy"));
    }
    short(asked.incident.as_ref(), "incidentNumber")?;
    short(asked.circumstances.as_ref(), "circumstances")?;
    let (epc, reason) = (item(&asked.epc)?, reason(&asked.reason)?);
    let holder = admit(&dscsa, &context, asked.vp.as_deref().or(shown(&request)), Some(&by)).await?;
    let id = format!("{by}-{}", asked.trace);
    let wish = present(json!({ "direction": "in", "requestedBy": by, "epc": epc, "reason": reason,
        "incidentNumber": asked.incident, "circumstances": asked.circumstances }));
    if let Some(known) = store::find(&context.db, &KIND, &id).await? {
        return again(&known, &wish);
    }
    let gln = own_gln(&*Settings::read(&context.db, context.now()).await?)?;
    let mut answer = of_item(&context, &epc).await?;
    answer["traceUUID"] = asked.trace.to_string().into();
    answer["responder"] = gln.into();
    answer["respondedAt"] = context.now().rfc3339().into();
    let mut document = wish;
    document["answer"] = answer.clone();
    if let Some(holder) = &holder {
        document["credential"] = json!({ "holder": holder.did, "issuer": holder.issuer });
    }
    let mut record = Record::new(&context, &KIND, id, "answered", document);
    record.subjects = vec![epc.clone()];
    let told = json!({ "requestedBy": by, "epc": epc, "reason": reason, "holder": holder.map(|holder| holder.did),
        "transactions": answer["transactions"].as_array().map_or(0, Vec::len) });
    record.commit(&context, "answer", present(told)).await?;
    if let Some(own) = own(&dscsa, &context).await? {
        answer["vp"] = own.into();
    }
    Response::json(200, &answer)
}

/// The same request gets the same answer.
fn again(known: &Record, wish: &Value) -> Result<Response> {
    let same = wish.as_object().into_iter().flatten().all(|(name, value)| known.document[name] == *value);
    if same {
        Response::json(200, &known.document["answer"])
    } else {
        Err(Error::conflict("another request came under this traceUUID"))
    }
}
