//! `$expand`: the codes of a value set. <http://hl7.org/fhir/R4/valueset-operation-expand.html>

use super::parameters::{Input, respond};
use super::subject::{self, Names};
use crate::service::Fhir;
use crate::terminology::expand::{Asked, answer, expand};
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

/// Parameters that narrow by system versions, by profile or by date are refused by name.
const KNOWN: &[&str] = &[
    "url",
    "valueSet",
    "valueSetVersion",
    "filter",
    "offset",
    "count",
    "activeOnly",
    "displayLanguage",
    "excludeNested",
    "includeDesignations",
    "includeDefinition",
    "excludeNotForUI",
    "excludePostCoordinated",
];

const NAMES: Names = Names { resource_type: "ValueSet", url: "url", version: "valueSetVersion", inline: "valueSet" };

pub async fn handle(_: Fhir, context: Context, request: Request) -> Result<Response> {
    let input = Input::read(&request, KNOWN)?;
    let definitions = subject::definitions(&context, "ValueSet").await?;
    let asked = asked(&input)?;
    let found = subject::find(&context, &request, &input, definitions.as_ref(), &NAMES).await?;
    let value_set =
        found.ok_or_else(|| Error::invalid("name a value set: by url, by valueSet, or by its id").at("url"))?;
    let library = definitions.terminology();
    let set = library.set_of(&value_set)?;
    let expansion = expand(&set, &asked)?;
    let identifier = format!("urn:uuid:{}", uuid::Uuid::new_v4());
    Ok(respond(&answer(&set, &asked, &expansion, context.now(), &identifier)))
}

fn asked(input: &Input) -> Result<Asked> {
    // There are no post-coordinated codes here, with or without.
    input.truth("excludePostCoordinated")?;
    let truth = |name| Ok::<_, Error>(input.truth(name)?.unwrap_or(false));
    Ok(Asked {
        filter: input.text("filter")?.map(str::to_owned),
        offset: input.number("offset")?,
        count: input.number("count")?,
        active_only: truth("activeOnly")?,
        display_language: input.text("displayLanguage")?.map(str::to_owned),
        exclude_nested: input.truth("excludeNested")?,
        include_designations: truth("includeDesignations")?,
        include_definition: truth("includeDefinition")?,
        exclude_not_for_ui: truth("excludeNotForUI")?,
    })
}
