//! `$validate`, <http://hl7.org/fhir/R4/resource-operation-validate.html>: on a type with the resource in the body, on an
//! instance with the resource that stands there or the one in the body.
//!
//! The operation succeeds whether or not the resource is valid: 200 and an OperationOutcome.

use crate::interaction::update;
use crate::kind::{self, Kind};
use crate::policy;
use crate::profile::{Finding, Severity, place};
use crate::service::Fhir;
use crate::store::read as store;
use crate::{body, bundle, validation};
use serde_json::{Value, json};
use theriac_access::Interaction;
use theriac_core::error::Issue;
use theriac_core::json::{self as tree, Node};
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Method, Request, Response};

/// <http://hl7.org/fhir/R4/valueset-resource-validation-mode.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Create,
    Update,
    Delete,
    Profile,
}

const MODES: &[(&str, Mode)] =
    &[("create", Mode::Create), ("update", Mode::Update), ("delete", Mode::Delete), ("profile", Mode::Profile)];

/// What the operation was called with.
#[derive(Debug, Default)]
struct Asked {
    resource: Option<Node<'static>>,
    mode: Option<Mode>,
    profiles: Vec<String>,
}

pub async fn handle(_: Fhir, context: Context, request: Request) -> Result<Response> {
    let kind = kind::find(request.param("type"))?;
    context.grant.require_fhir(Interaction::Read, kind.name)?;
    let asked = match asked(&request, kind) {
        Ok(asked) => asked,
        // A body that cannot be read is what this operation is there to tell.
        Err(error) if error.code == Code::Malformed && error.guard == Some(UNREADABLE) => {
            return Ok(respond(&error.issues.iter().map(unreadable).collect::<Vec<_>>()));
        }
        Err(error) => return Err(error),
    };
    let id = Some(request.param("id")).filter(|id| !id.is_empty());
    let issues = judge(&context, &request, kind, id, asked).await?;
    Ok(respond(&issues))
}

async fn judge(context: &Context, request: &Request, kind: Kind, id: Option<&str>, asked: Asked) -> Result<Vec<Value>> {
    let stored = match id {
        Some(id) => Some(standing(context, kind, id, asked.mode).await?),
        None => None,
    };
    let needs_id = |mode: &str| {
        Err(Error::invalid(format!("mode={mode} is asked of an instance: {}/[id]/$validate", kind.name)).at("mode"))
    };
    match (asked.mode, &asked.resource, &stored) {
        (Some(Mode::Delete), _, None) => needs_id("delete"),
        (Some(Mode::Update), _, None) => needs_id("update"),
        (Some(Mode::Profile), Some(_), _) => {
            Err(Error::invalid("mode=profile looks at the stored resource; leave the resource out").at("resource"))
        }
        (Some(Mode::Profile), _, None) => needs_id("profile"),
        (Some(Mode::Profile), ..) if asked.profiles.is_empty() => {
            Err(Error::invalid("mode=profile names the profile to look for").at("profile"))
        }
        (Some(Mode::Delete), ..) => Ok(refusals(context, Interaction::Delete, kind)),
        (_, Some(resource), _) => {
            let mut issues = check(context, kind, resource, Some(&request.body), &asked.profiles).await?;
            issues.extend(acceptable(context, kind, id, resource, asked.mode));
            Ok(issues)
        }
        (_, None, Some(Some(bytes))) => check(context, kind, &tree::parse(bytes)?, Some(bytes), &asked.profiles).await,
        (_, None, _) => Err(Error::invalid("the resource to validate is not in the body").at("resource")),
    }
}

/// The stored resource, if it exists for the caller; a mode may do without it.
async fn standing(context: &Context, kind: Kind, id: &str, mode: Option<Mode>) -> Result<Option<Vec<u8>>> {
    let found = store::current(context, &policy::of_type(context, Interaction::Read, kind), kind, id).await?;
    match found {
        Some(version) if !version.deleted => body::unpack(version.dictionary, &version.body).map(Some),
        // What an update would create need not be there.
        _ if mode == Some(Mode::Update) => Ok(None),
        Some(_) => Err(Error::gone(kind.name, id)),
        None => Err(Error::not_found(kind.name, id)),
    }
}

/// Structure first, with all its faults.
async fn check(
    context: &Context,
    kind: Kind,
    node: &Node<'_>,
    text: Option<&[u8]>,
    profiles: &[String],
) -> Result<Vec<Value>> {
    let (faults, findings) = validation::tell(context, kind, node, profiles).await?;
    let mut issues: Vec<Value> = faults.iter().map(|issue| of_issue(issue, text)).collect();
    issues.extend(findings.iter().map(|finding| of_finding(finding, text)));
    Ok(issues)
}

/// What an update or create of this resource would meet beside its content.
fn acceptable(context: &Context, kind: Kind, id: Option<&str>, resource: &Node<'_>, mode: Option<Mode>) -> Vec<Value> {
    match (mode, id) {
        (Some(Mode::Create), _) => refusals(context, Interaction::Create, kind),
        (Some(Mode::Update), Some(id)) => {
            let mut issues = refusals(context, Interaction::Update, kind);
            let same = update::check_same_id(resource, kind, id).err();
            issues.extend(same.iter().flat_map(|e| &e.issues).map(|issue| of_issue(issue, None)));
            issues
        }
        _ => Vec::new(),
    }
}

fn refusals(context: &Context, interaction: Interaction, kind: Kind) -> Vec<Value> {
    let grant = &context.grant;
    let refused =
        grant.require(theriac_access::Permission::FhirWrite).and_then(|()| grant.require_fhir(interaction, kind.name));
    let told = |e: Error| of_issue(&Issue::new(Code::Forbidden, "", e.message), None);
    refused.err().map(told).into_iter().collect()
}

/// Marks the error of a body that could not be read.
const UNREADABLE: &str = "validate_unreadable";

fn asked(request: &Request, kind: Kind) -> Result<Asked> {
    let mut asked = Asked::default();
    for (name, value) in request.query_pairs() {
        match name.as_str() {
            "mode" => asked.mode = Some(mode(&value)?),
            "profile" => asked.profiles.push(value),
            "_format" | "_pretty" => {}
            _ => {
                let message = format!("the parameter '{name}' is not known here; known are: mode, profile, resource");
                return Err(Error::new(Code::UnknownParameter, message).at(name));
            }
        }
    }
    if request.method == Method::Post && !request.body.is_empty() {
        let node = parsed(request)?;
        let is_input =
            node.text("resourceType") == Some("Parameters") && (kind.name != "Parameters" || has_resource(&node));
        match is_input {
            true => parameters(node, &mut asked)?,
            false => asked.resource = Some(node),
        }
    }
    Ok(asked)
}

fn parsed(request: &Request) -> Result<Node<'static>> {
    crate::document::check_media(request)?;
    let read = tree::parse(&request.body).map(Node::into_owned).map_err(Error::from);
    read.map_err(|e| if e.issues.is_empty() { e.at("") } else { e }.guarded_by(UNREADABLE))
}

fn has_resource(parameters: &Node<'_>) -> bool {
    let all = parameters.get("parameter").map_or(&[][..], Node::items);
    all.iter().any(|p| p.text("name") == Some("resource") && p.get("resource").is_some())
}

fn parameters(node: Node<'static>, asked: &mut Asked) -> Result<()> {
    for parameter in node.get("parameter").map_or(&[][..], Node::items) {
        let name = parameter.text("name").unwrap_or_default();
        let word = |kind: &str| {
            parameter.text(kind).ok_or_else(|| Error::invalid(format!("the parameter {name} takes {kind}")).at(name))
        };
        match name {
            "resource" => {
                let resource = parameter.get("resource");
                let needed = || Error::invalid("the parameter resource holds a resource").at("resource");
                asked.resource = Some(resource.ok_or_else(needed)?.clone());
            }
            "mode" => asked.mode = Some(mode(word("valueCode")?)?),
            "profile" => asked.profiles.push(word("valueUri").or_else(|_| word("valueCanonical"))?.to_owned()),
            _ => {
                let message = format!("the parameter '{name}' is not known here; known are: mode, profile, resource");
                return Err(Error::new(Code::UnknownParameter, message).at(name));
            }
        }
    }
    Ok(())
}

fn mode(word: &str) -> Result<Mode> {
    MODES.iter().find(|(name, _)| *name == word).map(|(_, mode)| *mode).ok_or_else(|| {
        let names: Vec<&str> = MODES.iter().map(|(name, _)| *name).collect();
        Error::invalid(format!("'{word}' is no mode; there are {}", names.join(", "))).at("mode")
    })
}

fn unreadable(issue: &Issue) -> Value {
    let mut value = of_issue(issue, None);
    value["severity"] = "fatal".into();
    value["code"] = "structure".into();
    value
}

fn of_issue(issue: &Issue, text: Option<&[u8]>) -> Value {
    let code = issue.code.meaning().fhir;
    let mut value = json!({ "severity": "error", "code": code, "details": { "text": issue.message } });
    match issue.path.starts_with("line ") {
        true => value["location"] = json!([issue.path]),
        false => locate(&mut value, &issue.path, text),
    }
    value
}

fn of_finding(finding: &Finding, text: Option<&[u8]>) -> Value {
    let mut value = json!({
        "severity": finding.severity.code(),
        "code": finding.code,
        "details": { "text": finding.message },
        "diagnostics": finding.rule,
    });
    locate(&mut value, &finding.path, text);
    value
}

/// `expression` is the place for programs; line and column are for people. A text of one line has no use for them,
/// and what was sent as XML arrives here as one.
fn locate(value: &mut Value, path: &str, text: Option<&[u8]>) {
    if path.is_empty() {
        return;
    }
    let text = text.filter(|text| text.contains(&b'\n'));
    if let Some((line, column)) = text.and_then(|text| place::find(text, path)) {
        value["location"] = json!([format!("line {line}, column {column}")]);
    }
    value["expression"] = json!([path]);
}

fn respond(issues: &[Value]) -> Response {
    let fine = [json!({
        "severity": Severity::Information.code(), "code": "informational", "details": { "text": "no issues were found" },
    })];
    let issues = if issues.is_empty() { &fine[..] } else { issues };
    let body = json!({ "resourceType": "OperationOutcome", "issue": issues });
    Response::new(200).with("content-type", bundle::FHIR_JSON).body(body.to_string())
}
