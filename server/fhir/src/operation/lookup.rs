//! `$lookup`: what is known of a code. <http://hl7.org/fhir/R4/codesystem-operation-lookup.html>

use super::parameters::Input;
use super::subject;
use crate::service::Fhir;
use crate::terminology::Coding;
use crate::terminology::lookup::{Asked, lookup};
use theriac_core::json::Node;
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

const KNOWN: &[&str] = &["code", "system", "version", "coding", "displayLanguage", "property"];

pub async fn handle(_: Fhir, context: Context, request: Request) -> Result<Response> {
    let input = Input::read(&request, KNOWN)?;
    let definitions = subject::definitions(&context, "CodeSystem").await?;
    let coding = coding(&input)?;
    let wanted = || Error::invalid("name the code: by code and system, or by coding with both").at("code");
    let asked = Asked {
        system: coding.system.ok_or_else(wanted)?,
        version: coding.version,
        code: coding.code,
        display_language: input.text("displayLanguage")?,
        properties: input.many("property").filter_map(Node::as_str).collect(),
    };
    Ok(lookup(&definitions.terminology(), &asked)?.respond())
}

fn coding(input: &Input) -> Result<Coding<'_>> {
    let (coding, code) = (input.object("coding")?, input.text("code")?);
    match (coding.and_then(Coding::of), code) {
        (Some(coding), None) => Ok(coding),
        (None, Some(code)) => Ok(Coding { system: input.text("system")?, version: input.text("version")?, code }),
        (Some(_), Some(_)) => Err(Error::invalid("one of code and coding names the code, not both").at("code")),
        (None, None) => Err(Error::invalid("name the code: by code and system, or by coding").at("code")),
    }
}
