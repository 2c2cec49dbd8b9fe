//! `$translate`: a code of one system in the words of another. <http://hl7.org/fhir/R4/conceptmap-operation-translate.html>

use super::parameters::Input;
use super::subject::{self, Names};
use crate::service::Fhir;
use crate::terminology::Coding;
use crate::terminology::translate::{Asked, all_maps, answer, translate};
use theriac_core::json::Node;
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

/// `dependency` is refused by name: maps that depend on other elements are not followed.
const KNOWN: &[&str] = &[
    "url",
    "conceptMap",
    "conceptMapVersion",
    "code",
    "system",
    "version",
    "source",
    "coding",
    "codeableConcept",
    "target",
    "targetsystem",
    "reverse",
];

const NAMES: Names =
    Names { resource_type: "ConceptMap", url: "url", version: "conceptMapVersion", inline: "conceptMap" };

pub async fn handle(_: Fhir, context: Context, request: Request) -> Result<Response> {
    let input = Input::read(&request, KNOWN)?;
    let definitions = subject::definitions(&context, "ConceptMap").await?;
    let asked = Asked {
        codings: codings(&input)?,
        source: input.text("source")?,
        target: input.text("target")?,
        target_system: input.text("targetsystem")?,
        reverse: input.truth("reverse")?.unwrap_or(false),
    };
    let maps = match subject::find(&context, &request, &input, definitions.as_ref(), &NAMES).await? {
        Some(map) => vec![map],
        None if asked.target.is_none() && asked.target_system.is_none() => {
            return Err(Error::invalid("name the map by url, conceptMap or id, or where to by target or targetsystem")
                .at("url"));
        }
        None => all_maps(definitions.as_ref()),
    };
    Ok(answer(&translate(definitions.as_ref(), &maps, &asked)?).respond())
}

fn codings(input: &Input) -> Result<Vec<Coding<'_>>> {
    let (code, coding, concept) = (input.text("code")?, input.object("coding")?, input.object("codeableConcept")?);
    let system = input.text("system")?;
    match (code, coding, concept) {
        (Some(code), None, None) if system.is_some() => {
            Ok(vec![Coding { system, version: input.text("version")?, code }])
        }
        (Some(_), None, None) => Err(Error::invalid("a code needs its system beside it").at("system")),
        (None, Some(coding), None) => Ok(Coding::of(coding).into_iter().collect()),
        (None, None, Some(concept)) => {
            Ok(concept.get("coding").map_or(&[][..], Node::items).iter().filter_map(Coding::of).collect())
        }
        _ => Err(Error::invalid("one of code, coding and codeableConcept names what is to be translated").at("code")),
    }
}
