//! One name and value to one criterion: plain parameters, chains and `_has`.
//! <http://hl7.org/fhir/R4/search.html#chaining>, <http://hl7.org/fhir/R4/search.html#has>

use super::super::catalogue::{MAX_DEPTH, OWN_COLUMNS, Plan, Prepared};
use super::super::criterion::{Arm, Criterion, Hierarchy};
use super::super::full_text::PARAMETERS;
use super::super::hash::Form;
use super::super::kind::{Row, date, reference};
use super::super::parameter::Kind;
use super::super::union;
use super::super::value::{split, unescape};
use super::{Modifier, Request, advanced, full_text, suggest, unknown_type};
use theriac_core::Error;
use theriac_core::error::{Code, Result};

/// Guard of errors that a lenient caller wants ignored.
pub const UNKNOWN: &str = "unknown search parameter";

pub fn criterion(request: &Request<'_>, plan: &Plan, name: &str, value: &str, depth: usize) -> Result<Criterion> {
    if depth > MAX_DEPTH {
        return Err(Error::new(Code::TooCostly, format!("chains and _has go at most {MAX_DEPTH} references deep")));
    }
    match name {
        // Not even a lenient caller wants a filter left out for one of its names.
        "_filter" => {
            let whole = |error| Error { guard: None, ..outer(error, name) };
            return advanced::criterion(request, plan, value).map_err(whole);
        }
        "_list" => return list(request, value),
        _ => {}
    }
    if let Some(rest) = name.strip_prefix("_has:") {
        return has(request, plan, name, rest, value, depth);
    }
    match name.split_once('.') {
        Some((head, rest)) => chain(request, plan, head, rest, value, depth),
        None => plain(request, plan, name, value),
    }
}

fn plain(request: &Request<'_>, plan: &Plan, name: &str, value: &str) -> Result<Criterion> {
    let (code, modifier) = read_name(request, name);
    if let Some((_, scope)) = PARAMETERS.iter().find(|(known, _)| *known == code && plan.has_text(code)) {
        return match modifier {
            Modifier::None => full_text::criterion(*scope, name, &split(value, ',')),
            _ => Err(unusable(format!("the modifier of {name} is not usable here; {code} takes none"), name)),
        };
    }
    let prepared = find(plan, code, name)?;
    if value.is_empty() {
        return Err(Error::invalid(format!("the parameter {name} has no value; leave it out or give one")).at(name));
    }
    let values = split(value, ',');
    match code {
        _ if modifier == Modifier::Missing => missing(prepared, name, value),
        "_id" => ids(name, &modifier, &values),
        "_lastUpdated" => last_updated(request, name, &modifier, &values),
        _ if modifier == Modifier::Not => {
            let positive = valued(request, plan, prepared, name, code, &Modifier::None, &values)?;
            Ok(Criterion::negated(positive))
        }
        _ => valued(request, plan, prepared, name, code, &modifier, &values),
    }
}

fn valued(
    request: &Request<'_>,
    plan: &Plan,
    prepared: &Prepared,
    name: &str,
    code: &str,
    modifier: &Modifier,
    values: &[&str],
) -> Result<Criterion> {
    match &prepared.composite {
        Some(_) if *modifier != Modifier::None => Err(bad_modifier(name, code, "composite", &[])),
        Some(composite) => composite.criterion(prepared, values, &request.context).map_err(|error| outer(error, name)),
        None => {
            let row = Row::of(prepared.parameter.kind).ok_or_else(|| not_served(plan, name))?;
            if *modifier != Modifier::None && !row.modifiers.contains(&modifier.name()) {
                return Err(bad_modifier(name, code, row.kind.code(), row.modifiers));
            }
            if let Some(hierarchy) = hierarchy(request, prepared, modifier, name, values)? {
                return Ok(hierarchy);
            }
            union::ask(prepared, |one| (row.criterion)(one, modifier, values, &request.context))
                .map_err(|error| outer(error, name))
        }
    }
}

/// `:below` and `:above` on a reference to a resource here: along the hierarchy of its type.
/// <http://hl7.org/fhir/R4/search.html#recursive>
fn hierarchy(
    request: &Request<'_>,
    prepared: &Prepared,
    modifier: &Modifier,
    name: &str,
    values: &[&str],
) -> Result<Option<Criterion>> {
    let is_reference = prepared.parameter.kind == Kind::Reference;
    let along = is_reference && matches!(modifier, Modifier::Above | Modifier::Below);
    if !along || values.iter().any(|value| reference::is_address(&unescape(value), &request.context)) {
        return Ok(None);
    }
    let targets = prepared.parameter.targets.iter().filter_map(|target| request.catalogue.plan(target));
    let known: Vec<(&Plan, &Prepared)> = targets.filter_map(|plan| Some((plan, plan.hierarchy()?))).collect();
    let mut any: Vec<Hierarchy> = Vec::new();
    for value in values {
        let text = unescape(value);
        let (named, id) = match reference::local_part(&text) {
            Some((resource_type, id)) => (Some(resource_type), id),
            None => (None, text.as_ref()),
        };
        let fits = |(plan, _): &&(&Plan, &Prepared)| named.is_none_or(|named| plan.resource_type == named);
        let fitting: Vec<_> = known.iter().filter(fits).collect();
        let [(plan, parent)] = fitting.as_slice() else { return Err(no_hierarchy(prepared, name, &known)) };
        if !reference::is_id(id) {
            return Err(no_hierarchy(prepared, name, &known));
        }
        let same = any.iter().position(|asked| asked.resource_type == plan.resource_type);
        let at = same.unwrap_or_else(|| {
            let seed = prepared.seeds.of(Form::Reference);
            let (resource_type, parent) = (plan.resource_type.clone(), parent.seeds.of(Form::Reference));
            let below = *modifier == Modifier::Below;
            any.push(Hierarchy { seed, resource_type, parent, ids: Vec::new(), below });
            any.len() - 1
        });
        any[at].ids.push(id.to_owned());
    }
    let mut all: Vec<Criterion> = any.into_iter().map(Criterion::Hierarchy).collect();
    Ok(Some(if all.len() == 1 { all.remove(0) } else { Criterion::Any(all) }))
}

fn no_hierarchy(prepared: &Prepared, name: &str, known: &[(&Plan, &Prepared)]) -> Error {
    let types: Vec<&str> = known.iter().map(|(plan, _)| plan.resource_type.as_str()).collect();
    let message = match types.is_empty() {
        true => format!(
            "{} points to no resource type with a hierarchy of its own; {name} takes an absolute address",
            prepared.code()
        ),
        false => format!(
            "{name} takes Type/id of a type with a hierarchy, here {}, or an absolute address",
            types.join(", ")
        ),
    };
    Error::invalid(message).at(name)
}

/// `_list=42`: what the list's entries refer to. <http://hl7.org/fhir/R4/search.html#list>
fn list(request: &Request<'_>, value: &str) -> Result<Criterion> {
    let plan = request.catalogue.plan("List").ok_or_else(|| unknown_type(request.catalogue, "List"))?;
    let item = find(plan, "item", "_list")?;
    let id = |value: &&str| {
        let id = value.strip_prefix("List/").unwrap_or(value);
        reference::is_id(id).then(|| id.to_owned()).ok_or_else(|| {
            let message = match value.starts_with("$current-") {
                true => {
                    "lists by their function ($current-allergies, ...) are not kept here; _list takes the id of a List"
                }
                false => "_list takes the id of a List, such as 42 or List/42",
            };
            Error::invalid(message).at("_list")
        })
    };
    let any = split(value, ',').iter().map(id).collect::<Result<Vec<_>>>()?;
    let seed = item.seeds.of(Form::Reference);
    Ok(Criterion::Has { source: "List".to_owned(), seed, criterion: Box::new(Criterion::Ids { any, negate: false }) })
}

fn read_name<'n>(request: &Request<'_>, name: &'n str) -> (&'n str, Modifier) {
    match name.split_once(':') {
        Some((code, text)) => (code, Modifier::read(text, |t| request.catalogue.plan(t).is_some())),
        None => (name, Modifier::None),
    }
}

/// The parameter of that code; `name` is what the caller wrote, for the message.
pub fn find<'p>(plan: &'p Plan, code: &str, name: &str) -> Result<&'p Prepared> {
    match plan.get(code) {
        Some(prepared) => Ok(prepared),
        None if plan.unserved.iter().any(|u| u == code) => Err(not_served(plan, name)),
        None => Err(unknown(plan, code, name)),
    }
}

fn not_served(plan: &Plan, name: &str) -> Error {
    let message = format!("the parameter {name} of {} is in the standard but not served here", plan.resource_type);
    Error::new(Code::UnknownParameter, message).at(name).guarded_by(UNKNOWN)
}

fn unknown(plan: &Plan, code: &str, name: &str) -> Error {
    let known = suggest::nearest(code, plan.parameters.iter().map(Prepared::code).collect());
    let whose = if plan.resource_type == super::super::hash::ANY_TYPE {
        "a search over several types"
    } else {
        &plan.resource_type
    };
    let message = format!("{whose} has no search parameter {name}; known, nearest first: {}", known.join(", "));
    Error::new(Code::UnknownParameter, message).at(name).guarded_by(UNKNOWN)
}

fn bad_modifier(name: &str, code: &str, kind: &str, usable: &[&str]) -> Error {
    let usable: Vec<_> = ["missing", "not"].iter().chain(usable).map(|m| format!(":{m}")).collect();
    let message =
        format!("the modifier of {name} is not usable here; {code} is of type {kind} and takes {}", usable.join(", "));
    unusable(message, name)
}

/// A modifier that the parameter does not take. Known and badly put: lenient handling does not ignore it.
pub fn unusable(message: impl Into<String>, name: &str) -> Error {
    Error::new(Code::UnknownParameter, message).at(name)
}

fn ids(name: &str, modifier: &Modifier, values: &[&str]) -> Result<Criterion> {
    if !matches!(modifier, Modifier::None | Modifier::Not) {
        return Err(unusable(format!("the modifier of {name} is not usable here; _id takes :missing, :not"), name));
    }
    let any: Vec<_> = values.iter().map(|v| unescape(v).into_owned()).collect();
    match any.iter().all(|id| reference::is_id(id)) {
        true => Ok(Criterion::Ids { any, negate: *modifier == Modifier::Not }),
        false => {
            Err(Error::invalid("_id takes ids: 1 to 64 letters, digits, '-' and '.', with commas between them")
                .at(name))
        }
    }
}

fn last_updated(request: &Request<'_>, name: &str, modifier: &Modifier, values: &[&str]) -> Result<Criterion> {
    if !matches!(modifier, Modifier::None | Modifier::Not) {
        let message = format!("the modifier of {name} is not usable here; _lastUpdated takes :missing, :not");
        return Err(unusable(message, name));
    }
    let refused = || Error::invalid(format!("_lastUpdated takes {}", date::FORMS)).at(name);
    let at = Criterion::LastUpdated { any: date::tests(values, &request.context).ok_or_else(refused)? };
    Ok(if *modifier == Modifier::Not { at.negated() } else { at })
}

fn missing(prepared: &Prepared, name: &str, value: &str) -> Result<Criterion> {
    let missing = match value {
        "true" => true,
        "false" => false,
        _ => return Err(Error::invalid(format!("{name} takes true or false")).at(name)),
    };
    // Every resource has them.
    if OWN_COLUMNS.contains(&prepared.code()) {
        return Ok(if missing { Criterion::Any(Vec::new()) } else { Criterion::All(Vec::new()) });
    }
    if let Some(composite) = &prepared.composite {
        let present = composite.present(prepared);
        return Ok(if missing { Criterion::negated(present) } else { present });
    }
    let absence = super::super::extract::INDEX_ABSENCE;
    if missing && absence {
        let absent = |one: &Prepared| Criterion::Tokens { any: vec![one.absent], negate: false };
        return Ok(Criterion::All(prepared.stored().iter().map(absent).collect()));
    }
    Ok(Criterion::Tokens { any: prepared.stored().iter().map(|one| one.present).collect(), negate: missing })
}

fn chain(request: &Request<'_>, plan: &Plan, head: &str, rest: &str, value: &str, depth: usize) -> Result<Criterion> {
    let (code, modifier) = read_name(request, head);
    let name = format!("{head}.{rest}");
    let prepared = reference_parameter(plan, code, &name)?;
    let targets: Vec<&str> = match &modifier {
        Modifier::None => prepared.parameter.targets.iter().map(String::as_str).collect(),
        Modifier::Type(only) if prepared.parameter.targets.contains(only) => vec![only],
        _ => {
            let targets = prepared.parameter.targets.join(", ");
            return Err(unusable(format!("{code} in {name} can be followed to {targets}"), &name));
        }
    };
    let any = arms(request, &targets, rest, value, depth).map_err(|error| outer(error, &name))?;
    Ok(Criterion::Chain { seed: prepared.seeds.of(Form::Reference), any })
}

/// The targets that know the rest of the chain; the first fault if none does.
fn arms(request: &Request<'_>, targets: &[&str], rest: &str, value: &str, depth: usize) -> Result<Vec<Arm>> {
    let (mut any, mut fault) = (Vec::new(), None);
    for target in targets {
        let Some(plan) = request.catalogue.plan(target) else { continue };
        match criterion(request, plan, rest, value, depth + 1) {
            Ok(criterion) => any.push(Arm { target: (*target).to_owned(), criterion }),
            // Another target may know it; what is known but badly put is wrong everywhere.
            Err(error) if error.guard == Some(UNKNOWN) => fault = fault.or(Some(error)),
            Err(error) => return Err(error),
        }
    }
    match (any.is_empty(), fault) {
        (false, _) => Ok(any),
        (true, Some(fault)) => Err(fault),
        (true, None) => Err(Error::invalid("the reference cannot be followed to any resource type")),
    }
}

fn has(request: &Request<'_>, plan: &Plan, name: &str, rest: &str, value: &str, depth: usize) -> Result<Criterion> {
    let mut parts = rest.splitn(3, ':');
    let (Some(source), Some(code), Some(inner)) = (parts.next(), parts.next(), parts.next()) else {
        let form =
            "_has takes the form _has:Observation:subject:code=value: a type, its reference to here, its own parameter";
        return Err(Error::invalid(form).at(name));
    };
    let from = request.catalogue.plan(source).ok_or_else(|| unknown_type(request.catalogue, source).at(name))?;
    let prepared = reference_parameter(from, code, name)?;
    let here = &plan.resource_type;
    if here != super::super::hash::ANY_TYPE && !prepared.parameter.targets.contains(here) {
        let targets = prepared.parameter.targets.join(", ");
        return Err(
            Error::invalid(format!("{source}.{code} does not point to {here}; it points to {targets}")).at(name)
        );
    }
    let criterion = criterion(request, from, inner, value, depth + 1).map_err(|error| outer(error, name))?;
    let seed = prepared.seeds.of(Form::Reference);
    Ok(Criterion::Has { source: source.to_owned(), seed, criterion: Box::new(criterion) })
}

/// Names the whole parameter in an error from inside a chain.
fn outer(mut error: Error, name: &str) -> Error {
    error.issues.clear();
    error.at(name)
}

pub fn reference_parameter<'p>(plan: &'p Plan, code: &str, name: &str) -> Result<&'p Prepared> {
    let prepared = find(plan, code, name)?;
    if prepared.parameter.kind == Kind::Reference {
        return Ok(prepared);
    }
    let all = plan.parameters.iter().filter(|p| p.parameter.kind == Kind::Reference).map(Prepared::code).collect();
    let known = suggest::nearest(code, all).join(", ");
    let message = format!("{code} in {name} is no reference; references of {}: {known}", plan.resource_type);
    Err(Error::invalid(message).at(name))
}
