//! Parameters, in and out. <http://hl7.org/fhir/R4/parameters.html>
//!
//! What goes in stands in the query string, in a form of simple values, or in a Parameters resource; a name the
//! operation does not know is refused.

use crate::document;
use std::borrow::Cow;
use theriac_core::json::{self, Node, Object};
use theriac_core::{Code, Error, Result};
use theriac_platform::http::{Method, Request, Response};

/// What an operation was called with.
#[derive(Debug, Default)]
pub struct Input {
    /// Name and value; of a `part` the whole parameter.
    all: Vec<(String, Node<'static>)>,
}

impl Input {
    /// Reads query string and body.
    ///
    /// # Errors
    /// `UnknownParameter` for a name not in `known`, `Malformed` and `Invalid` for a body that is no Parameters resource.
    pub fn read(request: &Request, known: &[&str]) -> Result<Self> {
        let query =
            request.query_pairs().into_iter().filter(|(name, _)| !matches!(name.as_str(), "_format" | "_pretty"));
        let mut all: Vec<(String, Node<'static>)> = query.map(|(name, value)| (name, Node::string(value))).collect();
        if request.method == Method::Post && !request.body.is_empty() {
            all.extend(body(request)?);
        }
        let input = Self { all };
        match input.all.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            None => Ok(input),
            Some((name, _)) => {
                let message = format!("the parameter '{name}' is not known here; known are: {}", known.join(", "));
                Err(Error::new(Code::UnknownParameter, message).at(name.clone()))
            }
        }
    }

    /// The value of a parameter that stands at most once.
    ///
    /// # Errors
    /// `Invalid` if it stands more than once.
    pub fn one(&self, name: &str) -> Result<Option<&Node<'static>>> {
        let mut values = self.many(name);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(Error::invalid(format!("the parameter {name} stands more than once")).at(name)),
            (value, None) => Ok(value),
        }
    }

    pub fn many<'i>(&'i self, name: &str) -> impl Iterator<Item = &'i Node<'static>> {
        self.all.iter().filter(move |(own, _)| own == name).map(|(_, value)| value)
    }

    /// # Errors
    /// `Invalid` if it is not a text, or stands more than once.
    pub fn text(&self, name: &str) -> Result<Option<&str>> {
        let Some(value) = self.one(name)? else { return Ok(None) };
        match value {
            Node::String(text) => Ok(Some(text)),
            other => Err(Error::invalid(format!("the parameter {name} takes a text, not {}", other.kind())).at(name)),
        }
    }

    /// # Errors
    /// `Invalid` if it is neither true nor false.
    pub fn truth(&self, name: &str) -> Result<Option<bool>> {
        let Some(value) = self.one(name)? else { return Ok(None) };
        match value {
            Node::Bool(truth) => Ok(Some(*truth)),
            Node::String(text) if text == "true" => Ok(Some(true)),
            Node::String(text) if text == "false" => Ok(Some(false)),
            _ => Err(Error::invalid(format!("the parameter {name} takes true or false")).at(name)),
        }
    }

    /// # Errors
    /// `Invalid` if it is not a whole number from 0.
    pub fn number(&self, name: &str) -> Result<Option<usize>> {
        let Some(value) = self.one(name)? else { return Ok(None) };
        let text = value.as_number().or(value.as_str()).unwrap_or_default();
        let refused = || Error::invalid(format!("the parameter {name} takes a whole number from 0")).at(name);
        text.parse().map(Some).map_err(|_| refused())
    }

    /// # Errors
    /// `Invalid` if it is not an object (of a resource or a data type).
    pub fn object(&self, name: &str) -> Result<Option<&Node<'static>>> {
        let Some(value) = self.one(name)? else { return Ok(None) };
        match value {
            Node::Object(_) => Ok(Some(value)),
            _ => Err(Error::invalid(format!("the parameter {name} is given in the body of a POST")).at(name)),
        }
    }
}

fn body(request: &Request) -> Result<Vec<(String, Node<'static>)>> {
    document::check_media(request)?;
    let node = json::parse(&request.body)?.into_owned();
    if node.text("resourceType") != Some("Parameters") {
        return Err(Error::invalid("the body of an operation is a Parameters resource").at("resourceType"));
    }
    crate::structure::check(&node, Some("Parameters"))?;
    let Node::Object(mut parameters) = node else { return Ok(Vec::new()) };
    let Some(Node::Array(all)) = parameters.remove("parameter") else { return Ok(Vec::new()) };
    Ok(all.into_iter().filter_map(named).collect())
}

fn named(parameter: Node<'static>) -> Option<(String, Node<'static>)> {
    let name = parameter.text("name")?.to_owned();
    let Node::Object(Object(members)) = parameter else { return None };
    let is_value = |member: &Cow<'static, str>| member == "resource" || member.starts_with("value");
    match members.iter().position(|(member, _)| is_value(member)) {
        Some(place) => members.into_iter().nth(place).map(|(_, value)| (name, value)),
        None => Some((name, Node::Object(Object(members)))),
    }
}

/// What an operation answers with.
#[derive(Debug, Default, Clone)]
pub struct Output(Vec<Node<'static>>);

impl Output {
    /// `kind` is the member: `valueString`, `resource`.
    #[must_use]
    pub fn with(mut self, name: &str, kind: &'static str, value: Node<'static>) -> Self {
        self.0.push(Node::Object(Object(vec![("name".into(), Node::string(name)), (kind.into(), value)])));
        self
    }

    /// As [`Output::with`], where there is a text.
    #[must_use]
    pub fn text(self, name: &str, kind: &'static str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with(name, kind, Node::string(value)),
            None => self,
        }
    }

    #[must_use]
    pub fn part(self, name: &str, parts: Output) -> Self {
        self.with(name, "part", Node::Array(parts.0))
    }

    pub fn node(self) -> Node<'static> {
        let mut resource = Object(vec![("resourceType".into(), Node::string("Parameters"))]);
        if !self.0.is_empty() {
            resource.set("parameter", Node::Array(self.0));
        }
        Node::Object(resource)
    }

    pub fn respond(self) -> Response {
        respond(&self.node())
    }
}

/// A resource as the answer.
pub fn respond(resource: &Node<'_>) -> Response {
    Response::new(200).with("content-type", crate::bundle::FHIR_JSON).body(resource.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posted(body: &'static str) -> Request {
        let mut request = Request::new(Method::Post, "/mercy/fhir/ValueSet/$expand", "count=2");
        request.headers.push("Content-Type", "application/fhir+json");
        request.body = body.into();
        request
    }

    #[test]
    fn values_come_from_the_address_and_from_the_body() {
        let request = posted(
            r#"{"resourceType":"Parameters","parameter":[{"name":"url","valueUri":"u"},{"name":"activeOnly","valueBoolean":true},{"name":"coding","valueCoding":{"code":"c"}}]}"#,
        );
        let input = Input::read(&request, &["url", "activeOnly", "coding", "count"]).unwrap();
        assert_eq!((input.text("url").unwrap(), input.number("count").unwrap()), (Some("u"), Some(2)));
        assert_eq!(input.truth("activeOnly").unwrap(), Some(true));
        assert_eq!(input.object("coding").unwrap().unwrap().text("code"), Some("c"));
        assert_eq!(input.text("coding").unwrap_err().issues[0].path, "coding");
    }

    #[test]
    fn what_is_not_known_or_not_fitting_is_refused() {
        let request = posted(r#"{"resourceType":"Parameters"}"#);
        assert_eq!(Input::read(&request, &["url"]).unwrap_err().code, Code::UnknownParameter);
        for body in
            [r#"{"resourceType":"Patient"}"#, "[]", "{", r#"{"resourceType":"Parameters","parameter":[{"nam":"x"}]}"#]
        {
            assert_eq!(Input::read(&posted(body), &["count"]).unwrap_err().status(), 400, "{body}");
        }
        let twice = Request::new(Method::Get, "/mercy/fhir/ValueSet/$expand", "url=a&url=b");
        assert_eq!(Input::read(&twice, &["url"]).unwrap().text("url").unwrap_err().status(), 400);
    }

    #[test]
    fn an_answer_is_a_parameters_resource() {
        let inner = Output::default().text("code", "valueCode", Some("c")).text("none", "valueString", None);
        let output = Output::default().with("result", "valueBoolean", Node::Bool(true)).part("match", inner);
        assert_eq!(
            output.node().to_string(),
            r#"{"resourceType":"Parameters","parameter":[{"name":"result","valueBoolean":true},{"name":"match","part":[{"name":"code","valueCode":"c"}]}]}"#
        );
    }
}
