//! `$validate-code`: is a code valid, in its system or in a value set?
//! <http://hl7.org/fhir/R4/valueset-operation-validate-code.html>,
//! <http://hl7.org/fhir/R4/codesystem-operation-validate-code.html>

use super::parameters::{Input, Output};
use super::subject::{self, Names};
use crate::canonical::Definition;
use crate::service::Fhir;
use crate::terminology::{Coding, Library, Verdict, Vocabulary};
use theriac_core::json::Node;
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

const IN_VALUE_SET: &[&str] = &[
    "url",
    "valueSet",
    "valueSetVersion",
    "code",
    "system",
    "systemVersion",
    "display",
    "coding",
    "codeableConcept",
    "abstract",
    "displayLanguage",
];
const IN_CODE_SYSTEM: &[&str] =
    &["url", "codeSystem", "code", "version", "display", "coding", "codeableConcept", "abstract", "displayLanguage"];

const VALUE_SET: Names =
    Names { resource_type: "ValueSet", url: "url", version: "valueSetVersion", inline: "valueSet" };
const CODE_SYSTEM: Names = Names { resource_type: "CodeSystem", url: "url", version: "version", inline: "codeSystem" };

/// A code with the display the caller believes it has.
struct Claim<'a> {
    coding: Coding<'a>,
    display: Option<&'a str>,
}

pub async fn in_value_set(_: Fhir, context: Context, request: Request) -> Result<Response> {
    let input = Input::read(&request, IN_VALUE_SET)?;
    let definitions = subject::definitions(&context, "ValueSet").await?;
    let claims = claims(&input, "systemVersion")?;
    if claims.iter().any(|c| c.coding.system.is_none()) {
        return Err(Error::invalid("a code needs its system beside it").at("system"));
    }
    let found = subject::find(&context, &request, &input, definitions.as_ref(), &VALUE_SET).await?;
    let value_set =
        found.ok_or_else(|| Error::invalid("name a value set: by url, by valueSet, or by its id").at("url"))?;
    let set = definitions.terminology().set_of(&value_set)?;
    respond(&input, &claims, |claim| set.judge(&claim.coding))
}

pub async fn in_code_system(_: Fhir, context: Context, request: Request) -> Result<Response> {
    let input = Input::read(&request, IN_CODE_SYSTEM)?;
    let definitions = subject::definitions(&context, "CodeSystem").await?;
    let claims = claims(&input, "version")?;
    let library = definitions.terminology();
    let own = match (request.param("id"), input.object("codeSystem")?) {
        ("", None) => None,
        _ => subject::find(&context, &request, &input, definitions.as_ref(), &CODE_SYSTEM).await?,
    };
    let (url, version) = (input.text("url")?, input.text("version")?);
    respond(&input, &claims, |claim| in_system(&library, own.as_ref(), url, version, claim))
}

/// The system of the address or the one that was sent along, the one that `url` names, the coding's own.
fn in_system(
    library: &Library,
    own: Option<&Definition>,
    url: Option<&str>,
    version: Option<&str>,
    claim: &Claim<'_>,
) -> Verdict {
    let asked = own.and_then(|resource| resource.text("url")).or(url);
    let Some(system) = asked.or(claim.coding.system) else {
        return Verdict::CannotSay("it has no code system; name one by url".to_owned());
    };
    if let Some(other) = claim.coding.system.filter(|other| *other != system) {
        return Verdict::No(format!("it is of {other}, not of {system}"));
    }
    let vocabulary = match own {
        Some(resource) => Vocabulary::of(resource.clone()),
        None => library.vocabulary(system, version.or(claim.coding.version)),
    };
    vocabulary.judge(system, claim.coding.code)
}

fn claims<'i>(input: &'i Input, version: &str) -> Result<Vec<Claim<'i>>> {
    let (code, coding, concept) = (input.text("code")?, input.object("coding")?, input.object("codeableConcept")?);
    let of = |node: &'i Node<'static>| Some(Claim { coding: Coding::of(node)?, display: node.text("display") });
    let claims: Vec<Claim<'i>> = match (code, coding, concept) {
        (Some(code), None, None) => {
            let coding = Coding { system: input.text("system")?, version: input.text(version)?, code };
            vec![Claim { coding, display: input.text("display")? }]
        }
        (None, Some(coding), None) => of(coding).into_iter().collect(),
        (None, None, Some(concept)) => {
            concept.get("coding").map_or(&[][..], Node::items).iter().filter_map(of).collect()
        }
        _ => {
            let message = "one of code, coding and codeableConcept names what is to be validated";
            return Err(Error::invalid(message).at("code"));
        }
    };
    match claims.is_empty() {
        true => Err(Error::invalid("what is to be validated has no code").at("code")),
        false => Ok(claims),
    }
}

/// One good code is enough; what cannot be said is an error and neither true nor false.
fn respond(input: &Input, claims: &[Claim<'_>], judge: impl Fn(&Claim<'_>) -> Verdict) -> Result<Response> {
    let allows_abstract = input.truth("abstract")?.unwrap_or(false);
    // Displays are compared in all languages; the wish is known and changes nothing.
    input.text("displayLanguage")?;
    let (mut reasons, mut unknown, mut display) = (Vec::new(), None, None);
    for claim in claims {
        match judge(claim) {
            Verdict::Yes(found) if found.is_abstract && !allows_abstract => {
                reasons.push(format!("'{}' is abstract, a heading that is not for use", found.code));
            }
            Verdict::Yes(found) => match claim.display.filter(|own| !found.takes(own)) {
                Some(own) => {
                    reasons.push(format!("'{own}' is not a display of '{}'", found.code));
                    display = found.display;
                }
                None => return Ok(answer(true, None, found.display.as_deref())),
            },
            Verdict::No(reason) => reasons.push(reason),
            Verdict::CannotSay(reason) => unknown = Some(reason),
        }
    }
    match unknown {
        Some(reason) => {
            Err(Error::new(Code::Unprocessable, format!("whether the code is valid cannot be said: {reason}")))
        }
        None => Ok(answer(false, Some(&reasons.join("; ")), display.as_deref())),
    }
}

fn answer(result: bool, message: Option<&str>, display: Option<&str>) -> Response {
    Output::default()
        .with("result", "valueBoolean", Node::Bool(result))
        .text("message", "valueString", message)
        .text("display", "valueString", display)
        .respond()
}
