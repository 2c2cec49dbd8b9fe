//! `POST /exceptions`: our messages. Each is kept first, then sent; what did not get through is sent again by
//! `POST /exceptions/{id}/send`.

use super::message::Message;
use super::{Case, KIND, case, put};
use crate::credential::own;
use crate::partner::{self, Known};
use crate::record::{self, Record, body};
use crate::{Dscsa, only_who_sees_all, printed};
use serde::Deserialize;
use serde_json::{Value, json};
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::Method::Post;
use theriac_platform::http::{Request, Response};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    /// GLN of the partner.
    to: String,
    #[serde(default)]
    report: Option<Value>,
    #[serde(default)]
    response: Option<Value>,
}

pub(crate) async fn create(dscsa: Dscsa, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    only_who_sees_all(&context, KIND.segment, "")?;
    let wish: Wish = body(&request)?;
    let to = printed::gln(&wish.to, "to")?;
    let message = match (wish.report, wish.response) {
        (Some(report), None) => Message::report(report)?,
        (None, Some(response)) => Message::response(response)?,
        _ => return Err(Error::invalid("give a 'report' or a 'response'").at("report")),
    };
    reachable(&context, &to).await?;
    let known = match case(&context, &message, &to).await? {
        Case::Repeated(record) => return Response::json(200, &record.shown()),
        Case::New => None,
        Case::Known(record) => Some(record),
    };
    let mut unit = Unit::new();
    let how = json!({ "direction": "out", "delivered": false });
    let record = put(&context, known, &message, &to, how, &mut unit)?;
    context.db.commit(unit).await?;
    let record = delivered(&dscsa, &context, record).await?;
    let location = format!("{}/dscsa/{}", context.trail.base, record.subject());
    Ok(Response::json(201, &record.shown())?.with("location", location))
}

/// `POST /exceptions/{id}/send`
pub(crate) async fn again(dscsa: Dscsa, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let record = record::find(&context, &KIND, request.param("id")).await?;
    if !super::messages(&record).iter().any(is_waiting) {
        return Err(Error::conflict("everything was delivered"));
    }
    Response::json(200, &delivered(&dscsa, &context, record).await?.shown())
}

fn is_waiting(kept: &Value) -> bool {
    kept["direction"] == "out" && kept["delivered"] == false
}

async fn reachable(context: &Context, gln: &str) -> Result<(Known, String)> {
    let known = partner::find(context, gln).await?;
    let found = known.and_then(|known| known.partner.addresses.exceptions.clone().map(|address| (known, address)));
    found.ok_or_else(|| {
        let message = format!("no address is known at which {gln} takes exceptions; name it at /partners/{gln}");
        Error::new(Code::NotFound, message).at("to")
    })
}

/// Sends what waits, in its order; the first that does not get through ends it.
async fn delivered(dscsa: &Dscsa, context: &Context, mut record: Record) -> Result<Record> {
    let partner = record.document["partner"].as_str().unwrap_or_default().to_owned();
    let (known, address) = reachable(context, &partner).await?;
    let vp = own(dscsa, context).await?;
    let mut sent = 0;
    let mut problem = None;
    for kept in record.document["messages"].as_array_mut().into_iter().flatten().filter(|kept| is_waiting(kept)) {
        let path = if kept["kind"] == "report" { "exceptionReports" } else { "exceptionResponses" };
        let address = format!("{}/{path}", address.trim_end_matches('/'));
        let mut message = kept["message"].clone();
        if let Some(vp) = &vp {
            message["sender_information"]["vp"] = vp.as_str().into();
        }
        match dscsa.call(context, &known, Post, &address, Some(&message)).await {
            Ok(answered) if (200..300).contains(&answered.status) => {
                kept["delivered"] = true.into();
                sent += 1;
            }
            Ok(answered) => problem = Some(format!("the partner's gateway answered {}", answered.status)),
            Err(error) if error.code == Code::Internal => return Err(error),
            Err(error) => problem = Some(error.message),
        }
        if problem.is_some() {
            break;
        }
    }
    record.version += 1;
    let told = crate::record::present(json!({ "delivered": sent, "problem": problem }));
    match problem {
        Some(problem) => record.document["problem"] = problem.into(),
        None => drop(record.document.as_object_mut().and_then(|document| document.remove("problem"))),
    }
    record.commit(context, "send", told).await?;
    Ok(record)
}
