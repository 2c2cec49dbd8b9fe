//! `_include` and `_revinclude`. <http://hl7.org/fhir/R4/search.html#include>

use super::super::catalogue::{Plan, Prepared};
use super::super::hash::{ANY_TYPE, Form, Seeds};
use super::super::parameter::Kind;
use super::{Request, filter, unknown_type};
use theriac_core::Error;
use theriac_core::error::Result;

/// References that are followed to add resources to an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Include {
    pub iterate: bool,
    pub edges: Vec<Edge>,
}

/// One reference parameter of one type. A resource of type `source` points to another
/// if it has the token `seed ^ own(other)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    pub source: String,
    pub param: String,
    pub seed: i64,
    /// Types that may be arrived at.
    pub targets: Vec<String>,
}

const FORMS: &str = "Type:parameter, Type:parameter:TargetType, Type:* or *, such as Observation:subject";

/// `_include`: from what was found to what it refers to.
pub fn forward(request: &Request<'_>, plan: &Plan, value: &str, iterate: bool) -> Result<Include> {
    if value == "*" {
        let types = if plan.resource_type == ANY_TYPE {
            request.catalogue.resource_types()
        } else {
            vec![plan.resource_type.as_str()]
        };
        return Ok(Include { iterate, edges: types.iter().flat_map(|t| all_of(request, t)).collect() });
    }
    Ok(Include { iterate, edges: named(request, value, "_include")? })
}

/// `_revinclude`: from what was found to what refers to it.
pub fn reverse(request: &Request<'_>, plan: &Plan, value: &str, iterate: bool) -> Result<Include> {
    let here = &plan.resource_type;
    let arrives = |edge: &Edge| here == ANY_TYPE || iterate || edge.targets.contains(here);
    let mut edges = match value {
        "*" => request.catalogue.resource_types().iter().flat_map(|t| all_of(request, t)).collect(),
        _ => named(request, value, "_revinclude")?,
    };
    edges.retain(arrives);
    match edges.is_empty() {
        true => Err(Error::invalid(format!("_revinclude: what it names does not point to {here}"))),
        false => Ok(Include { iterate, edges }),
    }
}

fn named(request: &Request<'_>, value: &str, name: &str) -> Result<Vec<Edge>> {
    let parts: Vec<&str> = value.split(':').collect();
    let (source, code, target) = match parts.as_slice() {
        [source, code] => (*source, *code, None),
        [source, code, target] => (*source, *code, Some(*target)),
        _ => return Err(Error::invalid(format!("{name} takes {FORMS}"))),
    };
    let plan = request.catalogue.plan(source).ok_or_else(|| unknown_type(request.catalogue, source))?;
    if code == "*" {
        return Ok(all_of(request, source));
    }
    let prepared = filter::find(plan, code, code).map_err(|e| Error::new(e.code, format!("{name}: {}", e.message)))?;
    if prepared.parameter.kind != Kind::Reference {
        return Err(Error::invalid(format!(
            "{name}: {source}.{code} is of type {}, not a reference",
            prepared.parameter.kind.code()
        )));
    }
    Ok(vec![narrowed(source, prepared, target, name)?])
}

fn narrowed(source: &str, prepared: &Prepared, target: Option<&str>, name: &str) -> Result<Edge> {
    let targets = prepared.parameter.targets.clone();
    let targets = match target {
        None => targets,
        Some(one) if targets.iter().any(|t| t == one) => vec![one.to_owned()],
        Some(_) => {
            let message = format!("{name}: {source}.{} points to {}", prepared.code(), targets.join(", "));
            return Err(Error::invalid(message));
        }
    };
    let seed = prepared.seeds.of(Form::Reference);
    Ok(Edge { source: source.to_owned(), param: prepared.code().to_owned(), seed, targets })
}

/// Every reference parameter of a type; plans are not made for it, as there may be many types.
fn all_of(request: &Request<'_>, source: &str) -> Vec<Edge> {
    let all = request.catalogue.source().parameters(source);
    let references = all.into_iter().filter(|p| p.kind == Kind::Reference && !p.expression.is_empty());
    let edge = |p: super::super::parameter::Parameter| Edge {
        source: source.to_owned(),
        seed: Seeds::of_parameter(source, &p.code).of(Form::Reference),
        param: p.code,
        targets: p.targets,
    };
    references.map(edge).collect()
}
