//! The request: its parameters from query string and form, its `Prefer` field.

use super::scope::{self, Compartment};
use crate::kind;
use crate::search::concepts::Concepts;
use crate::search::query::{Query, Request as Parse, Summary, Total};
use crate::search::{self, r4_catalogue};
use crate::service;
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Method, Request, media_type};

const DEFAULT_COUNT: usize = 20;
const MOST: u32 = 1_000;
const FORM: &str = "application/x-www-form-urlencoded";

pub(super) struct Asked {
    /// `Patient`, `Patient/1/Observation`; empty for a search over types.
    pub path: String,
    pub query: Query,
    /// Numbers of the types that are searched; empty means all.
    pub types: Vec<i16>,
    pub count: usize,
    pub only_count: bool,
    pub wants_total: bool,
    /// `_format` and `_pretty` as they came, so that the links lead to more of the same.
    pub form: Vec<String>,
}

pub(super) fn read(context: &Context, request: &Request, base: &str, concepts: Option<&dyn Concepts>) -> Result<Asked> {
    let (name, compartment) = (scope::type_name(request), Compartment::of(request)?);
    let kind = if name.is_empty() { None } else { Some(kind::find(name)?) };
    let parse = Parse {
        catalogue: r4_catalogue(),
        resource_type: kind.map(|k| k.name),
        context: search::kind::Context { concepts, ..service::search_context(base, context.now()) },
        lenient: is_lenient(request)?,
    };
    let posted = form(request)?;
    let mut query = Query::parse(&parse, &request.query, posted)?;
    let count = count(&mut query);
    query.criteria.extend(compartment.as_ref().map(Compartment::criterion));
    scope::require_reason(&query.types, &query.criteria)?;
    Ok(Asked {
        path: compartment.map_or_else(|| name.to_owned(), |c| c.path(name)),
        types: query.types.iter().filter_map(|t| kind::number(t)).collect(),
        only_count: count == 0 || query.summary == Summary::Count,
        wants_total: matches!(query.total, Some(Total::Accurate | Total::Estimate)),
        count,
        form: shape(&request.query).chain(shape(posted.unwrap_or_default())).collect(),
        query,
    })
}

fn shape(query: &str) -> impl Iterator<Item = String> {
    let is_shape = |pair: &&str| pair.starts_with("_format=") || pair.starts_with("_pretty=");
    query.split('&').filter(is_shape).map(str::to_owned)
}

/// A larger count is cut, and the self link says so.
fn count(query: &mut Query) -> usize {
    let Some(count) = query.count else { return DEFAULT_COUNT };
    if count > MOST {
        let named = query.applied.iter_mut().filter(|(name, _)| name == "_count");
        named.for_each(|(_, value)| *value = MOST.to_string());
    }
    count.min(MOST) as usize
}

/// <http://hl7.org/fhir/R4/search.html#errors>
fn is_lenient(request: &Request) -> Result<bool> {
    let words = request.header("prefer").into_iter().flat_map(|p| p.split([',', ';'])).map(str::trim);
    match words.filter_map(|w| w.strip_prefix("handling=")).next_back() {
        None | Some("strict") => Ok(false),
        Some("lenient") => Ok(true),
        Some(_) => Err(Error::invalid("Prefer: handling is one of lenient, strict").at("Prefer")),
    }
}

fn form(request: &Request) -> Result<Option<&str>> {
    if request.method != Method::Post || request.body.is_empty() {
        return Ok(None);
    }
    match request.header("content-type").map(media_type).as_deref() {
        Some(FORM) => {}
        _ => return Err(Error::new(Code::UnsupportedMedia, format!("_search takes a body of type {FORM}"))),
    }
    std::str::from_utf8(&request.body).map(Some).map_err(|_| Error::malformed("the form is not valid UTF-8"))
}
