//! A request as the handler must see it: pseudonyms translated back, what asks by the hidden refused.

mod criterion;

use super::road::Road;
use criterion::Asking;
use theriac_core::{Code, Error, Result};
use theriac_deid::Lens;
use theriac_platform::Context;
use theriac_platform::http::{Method, Request};

/// What was found behind the pseudonyms of a request.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// True ids.
    pub ids: Vec<String>,
    /// The record that is asked for: type and true id.
    pub record: Option<(String, String)>,
}

const FORM: &str = "application/x-www-form-urlencoded";

/// Header fields that say something of time or version, or that would have the answer come by another way.
const DROPPED: &[&str] =
    &["if-none-match", "if-modified-since", "if-match", "if-unmodified-since", "if-none-exist", "x-research-project"];

pub(super) async fn translated(
    lens: &Lens,
    context: &Context,
    (pattern, road): (&str, Road),
    request: &Request,
    base: &str,
) -> Result<(Request, Told)> {
    let (mut inner, mut told) = (request.clone(), Told::default());
    DROPPED.iter().for_each(|name| inner.headers.set(name, ""));
    if request.header("prefer").is_some_and(|prefer| prefer.contains("respond-async")) {
        let message = "an answer through a view comes at once: leave out Prefer: respond-async";
        return Err(Error::new(Code::NotSupported, message).at("Prefer"));
    }
    address(lens, context, pattern, &mut inner, &mut told).await?;
    match road.parameters() {
        Some(known) => drop(request.query_known(known)?),
        None if road == Road::Terms => {}
        None => {
            let asking = Asking { lens, context, base, this_year: super::answer::this_year(context) };
            let type_name = request.param("type");
            let body = form(request)?;
            let types = asking.types(type_name, [&request.query, body])?;
            inner.query = asking.query(&types, &request.query, &mut told).await?;
            inner.body = asking.query(&types, body, &mut told).await?.into();
        }
    }
    Ok((inner, told))
}

fn form(request: &Request) -> Result<&str> {
    if request.method != Method::Post || request.body.is_empty() {
        return Ok("");
    }
    if !request.header("content-type").is_some_and(|media| media.starts_with(FORM)) {
        return Err(Error::new(Code::UnsupportedMedia, format!("_search takes a body of type {FORM}")));
    }
    std::str::from_utf8(&request.body).map_err(|_| Error::malformed("the form is not valid UTF-8"))
}

/// Ids in the path, each after the name of its type.
async fn address(lens: &Lens, context: &Context, pattern: &str, inner: &mut Request, told: &mut Told) -> Result<()> {
    let missing = || Error::new(Code::NotFound, "it does not exist");
    let mut segments: Vec<String> = inner.path.split('/').map(str::to_owned).collect();
    for (place, brace) in pattern.split('/').enumerate().skip(1) {
        let Some(segment) = segments.get(place).cloned() else { break };
        let truth = match brace {
            "{id}" | "{of}" => {
                let kind = segments[place - 1].clone();
                let found = lens.vault.behind(&context.db, &segment).await?.filter(|(found, _)| *found == kind);
                let (kind, id) = found.ok_or_else(missing)?;
                told.ids.push(id.clone());
                told.record = Some((kind, id.clone())).filter(|_| brace == "{id}");
                id
            }
            "{vid}" => {
                let (kind, id) = told.record.as_ref().ok_or_else(missing)?;
                lens.vault.true_version(kind, id, &segment).ok_or_else(missing)?.to_string()
            }
            _ => continue,
        };
        let name = brace.trim_matches(['{', '}']);
        inner.params.iter_mut().filter(|(known, _)| *known == name).for_each(|(_, value)| value.clone_from(&truth));
        segments[place] = truth;
    }
    inner.path = segments.join("/");
    Ok(())
}
