//! `POST /exceptionReports` and `/exceptionResponses`: a partner's messages.

use super::message::Message;
use super::{Case, KIND, case, put};
use crate::Dscsa;
use crate::credential::{admit, shown};
use crate::record::{Record, body};
use serde_json::{Value, json};
use theriac_access::Rows;
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

pub(crate) async fn report(dscsa: Dscsa, context: Context, request: Request) -> Result<Response> {
    take(&dscsa, &context, &request, Message::report(body::<Value>(&request)?)?).await
}

pub(crate) async fn response(dscsa: Dscsa, context: Context, request: Request) -> Result<Response> {
    take(&dscsa, &context, &request, Message::response(body::<Value>(&request)?)?).await
}

async fn take(dscsa: &Dscsa, context: &Context, request: &Request, message: Message) -> Result<Response> {
    request.query_known(&[])?;
    let partner = sender(context, message.sender().gln.as_deref())?;
    let vp = message.sender().vp.as_deref().or(shown(request));
    admit(dscsa, context, vp, Some(&partner)).await?;
    let (known, status) = match case(context, &message, &partner).await? {
        Case::Repeated(record) => return told(&record, 200),
        Case::New => (None, 201),
        Case::Known(record) => (Some(record), 200),
    };
    let mut unit = Unit::new();
    let record = put(context, known, &message, &partner, json!({ "direction": "in" }), &mut unit)?;
    context.db.commit(unit).await?;
    told(&record, status)
}

fn told(record: &Record, status: u16) -> Result<Response> {
    Response::json(status, &json!({ "exception_case_uuid": record.id, "state": record.state }))
}

/// Which partner it is from: one of the caller's own GLNs.
fn sender(context: &Context, named: Option<&str>) -> Result<String> {
    let own = &context.grant.glns;
    let everybody = context.grant.rows() == Rows::All;
    match named {
        Some(gln) if everybody || own.iter().any(|own| own == gln) => Ok(gln.to_owned()),
        Some(gln) => {
            let message = format!("'{gln}' is not a GLN of yours; send under one that your token names");
            Err(Error::new(Code::Forbidden, message).at("sender_information.gln"))
        }
        None => own.first().cloned().ok_or_else(|| {
            Error::invalid(format!("say whose {} they are: 'gln'", KIND.segment)).at("sender_information.gln")
        }),
    }
}
