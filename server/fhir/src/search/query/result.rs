//! Parameters that shape the answer instead of choosing resources: a table, one row a name.
//! <http://hl7.org/fhir/R4/search.html#return>

use super::super::catalogue::Plan;
use super::super::extract::is_sortable;
use super::super::hash::Form;
use super::super::kind::special::NEAR;
use super::super::parameter::Kind;
use super::super::value::split;
use super::{Query, Request, SortBy, SortKey, Summary, Total, contained, filter, include};
use theriac_core::Error;
use theriac_core::clock::Instant;
use theriac_core::error::{Code, Result};

type Take = fn(&mut Query, &Request<'_>, &Plan, &str) -> Result<()>;

const TABLE: &[(&str, Take)] = &[
    ("_count", count),
    ("_sort", sort),
    ("_summary", summary),
    ("_elements", elements),
    ("_total", total),
    ("_at", at),
    ("__explain", explain),
    ("_query", named),
    ("_contained", contained::which),
    ("_containedType", contained::what),
    ("_type", |_, _, _, _| Ok(())),
    ("_format", |_, _, _, _| Ok(())),
    ("_pretty", |_, _, _, _| Ok(())),
    ("_include", |query, request, plan, value| {
        push(&mut query.includes, include::forward(request, plan, value, false))
    }),
    ("_include:iterate", |query, request, plan, value| {
        push(&mut query.includes, include::forward(request, plan, value, true))
    }),
    ("_revinclude", |query, request, plan, value| {
        push(&mut query.revincludes, include::reverse(request, plan, value, false))
    }),
    ("_revinclude:iterate", |query, request, plan, value| {
        push(&mut query.revincludes, include::reverse(request, plan, value, true))
    }),
];

/// Takes the parameter if it is one of these.
pub fn take(query: &mut Query, request: &Request<'_>, plan: &Plan, name: &str, value: &str) -> Result<bool> {
    let Some((_, take)) = TABLE.iter().find(|(known, _)| *known == name) else { return misnamed(name) };
    take(query, request, plan, value).map_err(|error| if error.issues.is_empty() { error.at(name) } else { error })?;
    Ok(true)
}

/// A modifier on one of these names is refused here, so that it cannot be ignored as unknown.
fn misnamed(name: &str) -> Result<bool> {
    let Some((base, _)) = name.split_once(':') else { return Ok(false) };
    if !TABLE.iter().any(|(known, _)| *known == base) {
        return Ok(false);
    }
    let usable = if base.ends_with("include") { ":iterate" } else { "no modifier" };
    Err(filter::unusable(format!("the modifier of {name} is not usable here; {base} takes {usable}"), name))
}

fn push<T>(list: &mut Vec<T>, item: Result<T>) -> Result<()> {
    list.push(item?);
    Ok(())
}

fn count(query: &mut Query, _: &Request<'_>, _: &Plan, value: &str) -> Result<()> {
    let read = value.parse().map_err(|_| Error::invalid("_count takes a whole number, 0 or more"))?;
    query.count = Some(read);
    Ok(())
}

/// The word's meaning in a table of words.
pub(super) fn word<T: Copy>(name: &str, value: &str, table: &[(&str, T)]) -> Result<T> {
    let found = table.iter().find(|(word, _)| *word == value).map(|(_, meaning)| *meaning);
    let words: Vec<_> = table.iter().map(|(word, _)| *word).collect();
    found.ok_or_else(|| Error::invalid(format!("{name} takes one of {}", words.join(", "))))
}

fn summary(query: &mut Query, _: &Request<'_>, _: &Plan, value: &str) -> Result<()> {
    const WORDS: &[(&str, Summary)] = &[
        ("true", Summary::True),
        ("text", Summary::Text),
        ("data", Summary::Data),
        ("count", Summary::Count),
        ("false", Summary::False),
    ];
    query.summary = word("_summary", value, WORDS)?;
    Ok(())
}

fn total(query: &mut Query, _: &Request<'_>, _: &Plan, value: &str) -> Result<()> {
    const WORDS: &[(&str, Total)] =
        &[("none", Total::None), ("estimate", Total::Estimate), ("accurate", Total::Accurate)];
    query.total = Some(word("_total", value, WORDS)?);
    Ok(())
}

fn elements(query: &mut Query, _: &Request<'_>, _: &Plan, value: &str) -> Result<()> {
    for name in value.split(',') {
        let name =
            name.rsplit_once('.').filter(|(kind, _)| query.types.iter().any(|t| t == kind)).map_or(name, |(_, n)| n);
        let fits =
            name.starts_with(|c: char| c.is_ascii_lowercase()) && name.bytes().all(|b| b.is_ascii_alphanumeric());
        if !fits {
            return Err(Error::invalid(
                "_elements takes names of elements at the root of the resource, with commas between them",
            ));
        }
        query.elements.push(name.to_owned());
    }
    Ok(())
}

fn explain(query: &mut Query, _: &Request<'_>, _: &Plan, value: &str) -> Result<()> {
    query.explain = word("__explain", value, &[("true", true), ("false", false)])?;
    Ok(())
}

fn at(query: &mut Query, _: &Request<'_>, _: &Plan, value: &str) -> Result<()> {
    let read = Instant::parse(value).ok_or_else(|| Error::invalid(AT))?;
    query.at = Some(read);
    Ok(())
}

/// What `_at` takes.
pub const AT: &str = "_at takes an instant with its offset, such as 2026-11-20T08:00:00Z";

/// Named queries (<http://hl7.org/fhir/R4/search.html#query>): the name, and the parameters it stands for. A server
/// "SHALL refuse" a name it does not know, whatever handling is preferred.
const NAMED: &[(&str, &str)] = &[];

fn named(_: &mut Query, _: &Request<'_>, _: &Plan, _: &str) -> Result<()> {
    let known: Vec<&str> = NAMED.iter().map(|(name, _)| *name).collect();
    let known = if known.is_empty() { "none is".to_owned() } else { known.join(", ") };
    Err(Error::new(Code::UnknownParameter, format!("there is no named query of that name; defined here: {known}")))
}

fn sort(query: &mut Query, _: &Request<'_>, plan: &Plan, value: &str) -> Result<()> {
    for key in split(value, ',') {
        let (code, descending) = key.strip_prefix('-').map_or((key, false), |code| (code, true));
        query.sort.push(SortKey { by: sort_by(plan, code)?, descending });
    }
    Ok(())
}

fn sort_by(plan: &Plan, code: &str) -> Result<SortBy> {
    match code {
        "_id" => return Ok(SortBy::Id),
        "_lastUpdated" => return Ok(SortBy::LastUpdated),
        _ => {}
    }
    let prepared = filter::find(plan, code, code).map_err(|e| Error::new(e.code, format!("_sort: {}", e.message)))?;
    let kind = prepared.parameter.kind;
    if prepared.code() == NEAR && kind == Kind::Special {
        return Ok(SortBy::Near { points: Vec::new() });
    }
    if !is_sortable(kind) {
        let all = plan.parameters.iter().filter(|p| is_sortable(p.parameter.kind)).map(|p| p.code().to_owned());
        let usable: Vec<_> = ["_id".to_owned(), "_lastUpdated".to_owned()].into_iter().chain(all).collect();
        let message =
            format!("_sort cannot go by {code}, which is of type {}; it can go by {}", kind.code(), usable.join(", "));
        return Err(Error::invalid(message));
    }
    let forms: &[Form] = match kind {
        Kind::Token => &[Form::Code],
        Kind::Reference => &[Form::Reference, Form::Uri],
        Kind::Uri => &[Form::Uri],
        _ => {
            let params = prepared.stored().iter().map(|one| one.number).collect();
            return Ok(SortBy::Param { code: code.to_owned(), params, kind });
        }
    };
    let seeds = prepared.stored().iter().flat_map(|one| forms.iter().map(|form| one.seeds.of(*form)));
    Ok(SortBy::Value { code: code.to_owned(), seeds: seeds.collect() })
}
