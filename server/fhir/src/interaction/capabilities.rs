//! capabilities: what is served, made from the same tables that serve it. <http://hl7.org/fhir/R4/capabilitystatement.html>

mod operation;
mod security;

use super::delete::MOST;
use crate::definition::Definitions;
use crate::parameters::Parameters;
use crate::patch;
use crate::search::catalogue::{OWN_COLUMNS, Prepared};
use crate::search::full_text::PARAMETERS;
use crate::search::kind::Row;
use crate::service::{self, Fhir};
use operation::Level;
use serde_json::{Value, json};
use std::sync::OnceLock;
use theriac_core::Result;
use theriac_platform::Context;
use theriac_platform::http::{Format, Request, Response};

pub async fn handle(fhir: Fhir, context: Context, _: Request) -> Result<Response> {
    let mut statement = json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-20",
        "kind": "instance",
        "software": { "name": "Theriac", "version": env!("CARGO_PKG_VERSION") },
        "implementation": { "description": "Theriac", "url": service::base(&context) },
        "fhirVersion": "4.0.1",
        "format": Format::served().collect::<Vec<_>>(),
        "patchFormat": patch::media_types().collect::<Vec<_>>(),
    });
    statement["rest"] = json!([{
        "mode": "server",
        "security": security::of(&context),
        "resource": resources(&fhir),
        "interaction": codes(&["transaction", "batch", "search-system", "history-system"]),
        "operation": operation::at(&fhir, Level::System),
        "searchParam": everywhere(),
        "compartment": compartments(),
    }]);
    add_own(&mut statement, &Parameters::kept(&context));
    Ok(Response::new(200).with("content-type", crate::bundle::FHIR_JSON).body(statement.to_string()))
}

/// The tenant's own search parameters, as far as they can be searched by.
fn add_own(statement: &mut Value, parameters: &Parameters) {
    for own in parameters.own() {
        let mut resources = statement["rest"][0]["resource"].as_array_mut().into_iter().flatten();
        let Some(resource) = resources.find(|r| r["type"] == own.resource_type.as_str()) else { continue };
        let row = json!({ "name": own.parameter.code, "type": own.parameter.kind.code(), "definition": own.url });
        if let Some(all) = resource["searchParam"].as_array_mut() {
            all.push(row);
        }
    }
}

fn codes(codes: &[&str]) -> Value {
    codes.iter().map(|code| json!({ "code": code })).collect()
}

/// The same for every tenant, so it is made once.
fn resources(fhir: &Fhir) -> &'static Value {
    static RESOURCES: OnceLock<Value> = OnceLock::new();
    RESOURCES.get_or_init(|| Definitions::r4().resource_names().iter().map(|name| resource(fhir, name)).collect())
}

const INTERACTIONS: &[&str] =
    &["read", "vread", "update", "patch", "delete", "history-instance", "history-type", "create", "search-type"];

/// There is no element for the limit of a conditional delete, so that the documentation says it.
fn interactions() -> Value {
    let mut all = codes(INTERACTIONS);
    let delete = all.as_array_mut().into_iter().flatten().find(|row| row["code"] == "delete");
    if let Some(row) = delete {
        row["documentation"] = format!("a conditional delete takes up to {MOST} matches; more are refused").into();
    }
    all
}

fn resource(fhir: &Fhir, name: &str) -> Value {
    json!({
        "type": name,
        "profile": format!("http://hl7.org/fhir/StructureDefinition/{name}"),
        "interaction": interactions(),
        "versioning": "versioned-update",
        "readHistory": true,
        "updateCreate": true,
        "conditionalCreate": true,
        "conditionalRead": "full-support",
        "conditionalUpdate": true,
        "conditionalDelete": "multiple",
        "searchInclude": includes(name),
        "searchRevInclude": revincludes(name),
        "searchParam": parameters(name),
        "operation": operation::at(fhir, Level::Type(name)),
    })
}

/// Parameters that search really answers: those it has a plan for.
fn parameters(name: &str) -> Value {
    let Some(plan) = crate::search::r4_catalogue().plan(name) else { return json!([]) };
    plan.parameters
        .iter()
        .map(|p| {
            let definition = Definitions::r4().search_parameter(name, p.code());
            let mut row = json!({ "name": p.code(), "type": p.parameter.kind.code() });
            if let Some(definition) = definition {
                row["definition"] = definition.url().to_string().into();
            }
            row["documentation"] = modifiers(p).into();
            row
        })
        .chain(texts(name))
        .collect()
}

/// `_text` and `_content`, where the type has them.
fn texts(name: &str) -> impl Iterator<Item = Value> {
    let plan = crate::search::r4_catalogue().plan(name);
    let known = PARAMETERS.iter().filter(move |(code, _)| plan.is_some_and(|p| p.has_text(code)));
    known.map(|(code, _)| {
        json!({ "name": code, "type": "string", "documentation": "words, \"phrases\", AND, OR, NOT, brackets; no modifiers" })
    })
}

/// What may stand after the parameter's name: there is no element for it.
fn modifiers(prepared: &Prepared) -> String {
    let of_kind = Row::of(prepared.parameter.kind).map_or(&[][..], |row| row.modifiers);
    let of_kind = if OWN_COLUMNS.contains(&prepared.code()) { &[] } else { of_kind };
    let all: Vec<String> = ["missing", "not"].iter().chain(of_kind).map(|m| format!(":{m}")).collect();
    format!("modifiers {}", all.join(" "))
}

/// Parameters that stand beside those of any type.
const EVERYWHERE: &[(&str, &str, &str)] = &[
    ("_filter", "special", "search_filter.html; ne on tokens, references and addresses needs a value that is another"),
    ("_list", "string", "the id of a List; $current-... is not kept"),
    ("_type", "token", "in searches over all types; those need it or another parameter"),
    ("_has", "string", "reverse chaining, nested to 8 references"),
];

fn everywhere() -> Value {
    let row = |(name, kind, text): &(&str, &str, &str)| json!({ "name": name, "type": kind, "documentation": text });
    EVERYWHERE.iter().map(row).collect()
}

fn compartments() -> Value {
    let address = |code: &str| format!("http://hl7.org/fhir/CompartmentDefinition/{}", code.to_ascii_lowercase());
    Definitions::r4().compartments().iter().map(|c| Value::from(address(c.code))).collect()
}

fn revincludes(name: &str) -> Value {
    let definitions = Definitions::r4();
    let mut all = Vec::new();
    for source in definitions.resource_names() {
        let here =
            definitions.search_parameters_for(source).filter(|p| p.target.contains(&name) && !p.expression.is_empty());
        all.extend(here.map(|p| json!(format!("{source}:{}", p.code))));
    }
    with_all(all)
}

/// Where there are some, `*` stands for all of them.
fn with_all(mut some: Vec<Value>) -> Value {
    if !some.is_empty() {
        some.insert(0, json!("*"));
    }
    some.into()
}

fn includes(name: &str) -> Value {
    let definitions = Definitions::r4();
    let references =
        definitions.search_parameters_for(name).filter(|p| !p.target.is_empty() && !p.expression.is_empty());
    with_all(references.map(|p| json!(format!("{name}:{}", p.code))).collect())
}
