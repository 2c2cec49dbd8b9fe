//! `POST /capture`: the document is put aside as it comes in, the worker does the rest.
//! EPCIS 2.0 REST binding, section 12.6.

mod intake;

use crate::format;
use crate::view::versions;
pub(crate) use intake::Frame;
use intake::Intake;
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};
use theriac_platform::setting::Settings;

/// Events one document may hold.
pub const CAPTURE_LIMIT: u64 = 10_000_000;

/// Bytes one document may have, unpacked.
pub const FILE_SIZE_LIMIT: u64 = 8 * 1024 * 1024 * 1024;

pub const BEHAVIOURS: [&str; 2] = ["rollback", "proceed"];

pub(crate) async fn handle(context: Context, mut request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let form = format::of_body(&request)?;
    let behaviour = behaviour(&request)?;
    let mut intake = Intake::begin(&context, form, any_order(&context).await?);
    let taken = async {
        while let Some(piece) = request.piece().await? {
            intake.take(&context, &piece).await?;
        }
        intake.finish(&context, behaviour).await
    };
    let id = match taken.await {
        Ok(id) => id,
        Err(error) => {
            intake.forget(&context).await;
            return Err(error);
        }
    };
    let location = format!("{}/epcis/capture/{id}", context.trail.base);
    let response = Response::new(202).with("location", location).with("gs1-capture-error-behaviour", behaviour);
    Ok(versions(response))
}

/// Has the tenant said that the order of elements does not matter?
pub(crate) async fn any_order(context: &Context) -> Result<bool> {
    let settings = Settings::read(&context.db, context.now()).await?;
    Ok(settings.value("epcis.xml.order") == "any")
}

fn behaviour(request: &Request) -> Result<&'static str> {
    const NAME: &str = "GS1-Capture-Error-Behaviour";
    let Some(asked) = request.header("gs1-capture-error-behaviour") else { return Ok(BEHAVIOURS[0]) };
    let found = BEHAVIOURS.into_iter().find(|b| *b == asked.trim());
    found.ok_or_else(|| Error::invalid(format!("{NAME} is `rollback` or `proceed`, not `{asked}`")).at(NAME))
}

/// The captureID: the job's key.
pub(crate) fn job_id(key: i64) -> String {
    format!("{key:016x}")
}

pub(crate) fn job_key(id: &str) -> Option<i64> {
    i64::from_str_radix(id, 16).ok().filter(|key| job_id(*key) == id)
}
