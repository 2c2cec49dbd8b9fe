//! `$subsumes`: is one code above the other? <http://hl7.org/fhir/R4/codesystem-operation-subsumes.html>

use super::parameters::{Input, Output};
use super::subject;
use crate::service::Fhir;
use crate::terminology::{Coding, Terminology};
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

const KNOWN: &[&str] = &["codeA", "codeB", "system", "version", "codingA", "codingB"];

pub async fn handle(_: Fhir, context: Context, request: Request) -> Result<Response> {
    let input = Input::read(&request, KNOWN)?;
    let definitions = subject::definitions(&context, "CodeSystem").await?;
    let own = match request.param("id") {
        "" => None,
        id => Some(subject::by_id(&context, "CodeSystem", id).await?),
    };
    let named = match &own {
        Some(resource) => resource.text("url"),
        None => input.text("system")?,
    };
    let version = own.as_ref().map_or(input.text("version"), |resource| Ok(resource.text("version")))?;
    let (a, b) = (end(&input, "codeA", "codingA")?, end(&input, "codeB", "codingB")?);
    let system = named.or(a.system).or(b.system);
    let system = system.ok_or_else(|| Error::invalid("name the code system of the codes").at("system"))?;
    if let Some(other) = [a.system, b.system].into_iter().flatten().find(|own| *own != system) {
        return Err(Error::invalid(format!(
            "both codes must be of one code system; one is of {system}, one of {other}"
        )));
    }
    let outcome = definitions.terminology().subsumes(system, version, a.code, b.code)?;
    Ok(Output::default().text("outcome", "valueCode", Some(outcome.code())).respond())
}

fn end<'i>(input: &'i Input, code: &'static str, coding: &'static str) -> Result<Coding<'i>> {
    match (input.text(code)?, input.object(coding)?.and_then(Coding::of)) {
        (Some(code), None) => Ok(Coding::plain(code)),
        (None, Some(coding)) => Ok(coding),
        _ => Err(Error::invalid(format!("one of {code} and {coding} names the code")).at(code)),
    }
}
