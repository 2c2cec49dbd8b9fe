//! `$graphql` on the system and on a resource. <http://hl7.org/fhir/R4/graphql.html>
//!
//! A query sees what the same caller's reads and searches see, and costs no more than its limits. Fields that are
//! asked for twice are merged, as GraphQL wants.

mod document;
mod execute;
mod lex;
mod output;
mod parse;
mod reach;
mod search;

use crate::kind;
use crate::service::Fhir;
use document::{Document, Operation, Selection, Value};
use execute::{Place, Run, refuse};
use reach::Reach;
use std::collections::HashMap;
use theriac_access::Interaction;
use theriac_core::json::{self, Node, Object};
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Facade, Method, Request, Response, media_type};

/// Reads a query and forgets it: for whoever only wants to know whether it can be read.
///
/// # Errors
/// `Invalid`, with the place.
pub fn check(text: &str) -> Result<()> {
    parse::parse(text).map(drop).map_err(refuse)
}

pub async fn of_system(_: Fhir, context: Context, request: Request) -> Result<Response> {
    let asked = Asked::read(&request);
    answered(&context, async { system(&context, &asked?).await }.await)
}

pub async fn of_instance(_: Fhir, context: Context, request: Request) -> Result<Response> {
    let kind = kind::find(request.param("type"))?;
    context.grant.require_fhir(Interaction::Read, kind.name)?;
    let asked = Asked::read(&request);
    answered(&context, async { instance(&context, &asked?, kind.name, request.param("id")).await }.await)
}

async fn system(context: &Context, asked: &Asked) -> Result<Object<'static>> {
    let document = parse::parse(&asked.query).map_err(refuse)?;
    let operation = asked.operation(&document)?;
    let mut run = Run::new(&document, asked.variables(operation)?, Reach::new(context));
    let mut out = Object::default();
    for one in &operation.selection {
        let Selection::Field(field) = one else { return Err(refuse("at the root, fields are named one by one")) };
        let node = search::root(&mut run, field).await?;
        out.set(field.key(), node);
    }
    Ok(out)
}

async fn instance(context: &Context, asked: &Asked, name: &str, id: &str) -> Result<Object<'static>> {
    let document = parse::parse(&asked.query).map_err(refuse)?;
    let operation = asked.operation(&document)?;
    let mut reach = Reach::new(context);
    let node = reach.read(name, id).await?.ok_or_else(|| Error::not_found(name, id))?;
    let mut run = Run::new(&document, asked.variables(operation)?, reach);
    run.object(Place::resource(&node, 0)?, &operation.selection).await
}

/// Data, or errors each with its OperationOutcome.
fn answered(context: &Context, result: Result<Object<'static>>) -> Result<Response> {
    let body = |name: &str, node: Node<'static>| Node::Object(Object(vec![(name.to_owned().into(), node)])).to_vec();
    match result {
        Ok(data) => Ok(json_of(200, body("data", Node::Object(data)))),
        Err(error) if error.status() >= 500 => Err(error),
        Err(error) => {
            let rendered = Facade::Fhir.render(&error, &context.trail.request_id);
            let outcome = rendered.body.bytes().map(|bytes| json::parse(bytes).map(Node::into_owned)).transpose()?;
            let mut extensions = Object::default();
            extensions.set("resource", outcome.unwrap_or(Node::Null));
            let mut one = Object::default();
            one.set("message", Node::string(error.message.clone()));
            one.set("extensions", Node::Object(extensions));
            Ok(json_of(error.status(), body("errors", Node::Array(vec![Node::Object(one)]))))
        }
    }
}

fn json_of(status: u16, body: Vec<u8>) -> Response {
    Response::new(status).with("content-type", "application/json").body(body)
}

/// The query with what belongs to it, from the address or from the body.
/// <http://hl7.org/fhir/R4/graphql.html#request>
struct Asked {
    query: String,
    operation: Option<String>,
    variables: HashMap<String, Value>,
}

impl Asked {
    fn read(request: &Request) -> Result<Self> {
        let pairs = request.query_known(&["query", "operationName", "variables", "_format", "_pretty"])?;
        let get = |name: &str| pairs.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone());
        let media = request.header("content-type").map(media_type).unwrap_or_default();
        let text = |bytes| String::from_utf8(bytes).map_err(|_| Error::malformed("the query is not valid UTF-8"));
        match (request.method, media.as_str()) {
            (Method::Post, "application/json") => Self::of_json(&json::parse(&request.body)?.into_owned()),
            (Method::Post, "application/graphql") => {
                let variables = get("variables").map(|text| variables_of(&text)).transpose()?.unwrap_or_default();
                Ok(Self { query: text(request.body.to_vec())?, operation: get("operationName"), variables })
            }
            (Method::Post, other) if get("query").is_none() => Err(Error::new(
                Code::UnsupportedMedia,
                format!("'{other}' is not taken as a query; send application/graphql or application/json"),
            )),
            _ => {
                let query = get("query").ok_or_else(|| refuse("the parameter query is needed").at("query"))?;
                let variables = get("variables").map(|text| variables_of(&text)).transpose()?.unwrap_or_default();
                Ok(Self { query, operation: get("operationName"), variables })
            }
        }
    }

    fn of_json(node: &Node<'static>) -> Result<Self> {
        let object = node.as_object().ok_or_else(|| refuse("the body is an object with the member query"))?;
        if let Some((name, _)) = object.iter().find(|(name, _)| !["query", "operationName", "variables"].contains(name))
        {
            return Err(refuse(format!("the member {name} is not known; query, operationName, variables are")).at(name));
        }
        let query = object.text("query").ok_or_else(|| refuse("the member query is needed").at("query"))?.to_owned();
        let operation = object.text("operationName").map(str::to_owned);
        let variables = object.get("variables").filter(|node| **node != Node::Null);
        Ok(Self { query, operation, variables: variables.map(members).transpose()?.unwrap_or_default() })
    }

    /// The one that is named, or the only one.
    fn operation<'d>(&self, document: &'d Document) -> Result<&'d Operation> {
        match (&self.operation, document.operations.as_slice()) {
            (None, [one]) => Ok(one),
            (None, _) => Err(refuse("there are several queries; operationName says which").at("operationName")),
            (Some(name), all) => {
                let found = all.iter().find(|operation| operation.name.as_ref() == Some(name));
                found.ok_or_else(|| refuse(format!("there is no query {name}")).at("operationName"))
            }
        }
    }

    /// Those the query declares, with their defaults; one without a value is null.
    fn variables(&self, operation: &Operation) -> Result<HashMap<String, Value>> {
        let declared = |name: &String| operation.variables.iter().any(|variable| variable.name == *name);
        if let Some(name) = self.variables.keys().find(|name| !declared(name)) {
            return Err(refuse(format!("the query does not declare ${name}")).at("variables"));
        }
        let value = |variable: &document::Variable| {
            let given = self.variables.get(&variable.name).or(variable.default.as_ref()).cloned();
            match (given, variable.required) {
                (None | Some(Value::Null), true) => {
                    Err(refuse(format!("the variable ${} needs a value", variable.name)).at("variables"))
                }
                (given, _) => Ok((variable.name.clone(), given.unwrap_or(Value::Null))),
            }
        };
        operation.variables.iter().map(value).collect()
    }
}

fn variables_of(text: &str) -> Result<HashMap<String, Value>> {
    members(&json::parse(text.as_bytes())?.into_owned())
}

fn members(node: &Node<'static>) -> Result<HashMap<String, Value>> {
    let object = node.as_object().ok_or_else(|| refuse("variables are an object").at("variables"))?;
    Ok(object.iter().map(|(name, node)| (name.to_owned(), of_node(node))).collect())
}

fn of_node(node: &Node<'static>) -> Value {
    match node {
        Node::Null => Value::Null,
        Node::Bool(truth) => Value::Bool(*truth),
        Node::Number(text) => Value::Number(text.to_string()),
        Node::String(text) => Value::Text(text.to_string()),
        Node::Array(items) => Value::List(items.iter().map(of_node).collect()),
        Node::Object(object) => {
            Value::Object(object.iter().map(|(name, node)| (name.to_owned(), of_node(node))).collect())
        }
    }
}

/// A primitive as an argument or a name may compare with it.
fn text(node: &Node<'_>) -> Option<String> {
    match node {
        Node::String(text) | Node::Number(text) => Some(text.to_string()),
        Node::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

fn value_text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) | Value::Number(text) | Value::Enum(text) => Some(text.clone()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}
