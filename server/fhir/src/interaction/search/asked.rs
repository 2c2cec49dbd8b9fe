//! The request: its parameters from query string and form, its `Prefer` field.

use super::cursor::{self, Place};
use super::scope::{self, Compartment};
use crate::kind;
use crate::parameters::Parameters;
use crate::search;
use crate::search::concepts::Concepts;
use crate::search::query::{Contained, Query, Request as Parse, Summary, Total};
use crate::service::{self, Fhir};
use theriac_core::{Code, Error, Instant, Result};
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
    /// The page that is asked for, if it is not the first.
    pub cursor: Option<String>,
    /// `_format` and `_pretty` as they came, so that the links lead to more of the same.
    pub form: Vec<String>,
}

/// The place that a page link leads to, and its cursor.
pub(super) fn opened(fhir: &Fhir, context: &Context, request: &Request) -> Result<Option<(Place, String)>> {
    let Some(token) = paging(request)? else { return Ok(None) };
    let path = scope::path(request)?;
    Ok(Some((cursor::open(&fhir.cursors, context, &path, &token)?, token)))
}

pub(super) fn read(
    context: &Context,
    request: &Request,
    base: &str,
    opened: Option<(Place, String)>,
    concepts: Option<&dyn Concepts>,
) -> Result<(Asked, Place)> {
    let asked_of = |now| search::kind::Context { concepts, ..service::search_context(base, now) };
    match opened {
        Some((place, token)) => {
            let mut asked = parse(context, request, (&place.query, None), asked_of(Instant(place.now)))?;
            asked.cursor = Some(token);
            Ok((asked, place))
        }
        None => {
            let now = context.now();
            let asked = parse(context, request, (&request.query, form(request)?), asked_of(now))?;
            let place = Place {
                query: asked.query.self_link(),
                now: now.0,
                moment: None,
                from: None,
                total: None,
                terms: None,
            };
            Ok((asked, place))
        }
    }
}

/// What may stand beside a cursor.
const FORM_OF_ANSWER: &[&str] = &["_format", "_pretty"];

/// The cursor of a page link, which is followed as it is: its parameters are inside.
fn paging(request: &Request) -> Result<Option<String>> {
    let pairs = request.query_pairs();
    let Some((_, token)) = pairs.iter().find(|(name, _)| name == "_cursor") else { return Ok(None) };
    let beside = |name: &str| name != "_cursor" && !FORM_OF_ANSWER.contains(&name);
    if let Some((name, _)) = pairs.iter().find(|(name, _)| beside(name)) {
        let message = format!("the link of a page carries its parameters; {name} cannot be added to it");
        return Err(Error::new(Code::UnknownParameter, message).at(name.clone()));
    }
    Ok(Some(token.clone()))
}

fn parse(
    context: &Context,
    request: &Request,
    (query, body): (&str, Option<&str>),
    asked_of: search::kind::Context<'_>,
) -> Result<Asked> {
    let (name, compartment) = (scope::type_name(request), Compartment::of(request)?);
    let kind = if name.is_empty() { None } else { Some(kind::find(name)?) };
    let parameters = Parameters::kept(context);
    let parse = Parse {
        catalogue: parameters.searched(),
        resource_type: kind.map(|k| k.name),
        context: asked_of,
        lenient: is_lenient(request)?,
    };
    let mut query = Query::parse(&parse, query, body)?;
    let count = count(&mut query);
    query.criteria.extend(compartment.as_ref().map(Compartment::criterion));
    scope::require_reason(&query.types, &query.criteria)?;
    Ok(Asked {
        path: scope::path(request)?,
        types: match query.contained {
            Contained::Outside => query.types.iter().filter_map(|t| kind::number(t)).collect(),
            // Whatever contains one.
            Contained::Inside | Contained::Both => Vec::new(),
        },
        only_count: count == 0 || query.summary == Summary::Count,
        wants_total: matches!(query.total, Some(Total::Accurate | Total::Estimate)),
        count,
        form: shape(&request.query).chain(shape(body.unwrap_or_default())).collect(),
        query,
        cursor: None,
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
