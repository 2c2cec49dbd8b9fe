//! `_filter`: its tests become the same criteria as ordinary parameters, and so pass the same policy.
//! <http://hl7.org/fhir/R4/search_filter.html>
//!
//! `ne` on tokens, references and addresses finds resources that have a value and not this one: of several values
//! the index cannot tell which is another one.

mod grammar;

use super::super::catalogue::{MAX_DEPTH, Plan, Prepared};
use super::super::criterion::{Arm, Criterion, RangeTest, StringTest};
use super::super::fold::folded;
use super::super::hash::Form;
use super::super::kind::date;
use super::super::parameter::Kind;
use super::super::union;
use super::super::value::Prefix;
use super::{Request, filter};
use grammar::{Filter, Hop, Operator};
use theriac_core::Error;
use theriac_core::error::{Code, Result};

/// Code systems that may be named by a word.
const SYSTEMS: &[(&str, &str)] = &[
    ("loinc|", "http://loinc.org|"),
    ("snomed|", "http://snomed.info/sct|"),
    ("rxnorm|", "http://www.nlm.nih.gov/research/umls/rxnorm|"),
    ("ucum|", "http://unitsofmeasure.org|"),
];

/// Names the page defines besides: a repeating element, the composite over it, and its children in the composite's order.
const ELEMENTS: &[(&str, &str, &str, [&str; 2])] = &[
    ("Group", "characteristic", "characteristic-value", ["code", "value"]),
    ("DocumentReference", "relatesTo", "relationship", ["target", "code"]),
];

/// Ordered comparisons as prefixes.
const COMPARED: &[(Operator, &str)] = &[
    (Operator::Eq, "eq"),
    (Operator::Ne, "ne"),
    (Operator::Gt, "gt"),
    (Operator::Lt, "lt"),
    (Operator::Ge, "ge"),
    (Operator::Le, "le"),
    (Operator::Ap, "ap"),
    (Operator::Sa, "sa"),
    (Operator::Eb, "eb"),
];

/// Operators that are modifiers of tokens: the concept in the resource is in a value set, above or below the value.
const CONCEPTS: &[(Operator, &str)] =
    &[(Operator::In, "in"), (Operator::Ni, "not-in"), (Operator::Ss, "below"), (Operator::Sb, "above")];

pub fn criterion(request: &Request<'_>, plan: &Plan, text: &str) -> Result<Criterion> {
    compiled(request, plan, &grammar::read(text)?)
}

fn compiled(request: &Request<'_>, plan: &Plan, filter: &Filter) -> Result<Criterion> {
    Ok(match filter {
        Filter::And(a, b) => Criterion::All(vec![compiled(request, plan, a)?, compiled(request, plan, b)?]),
        Filter::Or(a, b) => Criterion::Any(vec![compiled(request, plan, a)?, compiled(request, plan, b)?]),
        Filter::Not(inside) => compiled(request, plan, inside)?.negated(),
        // "The set is empty": of the whole path, not of its last name alone.
        Filter::Test { path, operator: Operator::Pr, value } => {
            let present = test(request, plan, path, Operator::Pr, "true", 0)?;
            match value.as_str() {
                "true" => present,
                "false" => present.negated(),
                _ => return Err(Error::invalid("_filter: pr takes true or false")),
            }
        }
        Filter::Test { path, operator, value } => test(request, plan, path, *operator, value, 0)?,
    })
}

fn test(
    request: &Request<'_>,
    plan: &Plan,
    path: &[Hop],
    operator: Operator,
    value: &str,
    depth: usize,
) -> Result<Criterion> {
    if depth > MAX_DEPTH {
        return Err(Error::new(Code::TooCostly, format!("_filter: a path goes over at most {MAX_DEPTH} references")));
    }
    match path {
        [] => Err(Error::invalid("_filter: a test begins with the name of a search parameter")),
        [last] => leaf(request, plan, &last.name, operator, value),
        [first, rest @ ..] => match ELEMENTS.iter().find(|row| row.0 == plan.resource_type && row.1 == first.name) {
            Some(row) => element(request, plan, row, first, rest, operator, value),
            None => chain(request, plan, first, rest, operator, value, depth),
        },
    }
}

/// `relatesTo[code eq replaces].target re DocumentReference/1`: both in one repetition.
fn element(
    request: &Request<'_>,
    plan: &Plan,
    row: &(&str, &str, &str, [&str; 2]),
    first: &Hop,
    rest: &[Hop],
    operator: Operator,
    value: &str,
) -> Result<Criterion> {
    let (_, name, composite, children) = row;
    let form = || {
        let [a, b] = children;
        Error::invalid(format!(
            "_filter: {name} is written {name}[{a} eq value].{b} eq value, or with {a} and {b} exchanged"
        ))
    };
    let equal = |operator| matches!(operator, Operator::Eq | Operator::Re);
    let (Some(Filter::Test { path: inner, operator: inside, value: other }), [child]) = (&first.filter, rest) else {
        return Err(form());
    };
    let [key] = inner.as_slice() else { return Err(form()) };
    let places = |name: &str| children.iter().position(|child| *child == name);
    match (places(&key.name), places(&child.name)) {
        (Some(a), Some(b)) if a != b && equal(*inside) && equal(operator) => {
            let (one, two) = (escaped(other), escaped(value));
            let joined = if a < b { format!("{one}${two}") } else { format!("{two}${one}") };
            filter::criterion(request, plan, composite, &joined, 0)
        }
        _ => Err(form()),
    }
}

fn chain(
    request: &Request<'_>,
    plan: &Plan,
    first: &Hop,
    rest: &[Hop],
    operator: Operator,
    value: &str,
    depth: usize,
) -> Result<Criterion> {
    let prepared = filter::reference_parameter(plan, &first.name, &first.name)?;
    let arm = |plan: &Plan| -> Result<Criterion> {
        let behind = test(request, plan, rest, operator, value, depth + 1)?;
        Ok(match &first.filter {
            Some(inside) => Criterion::All(vec![compiled(request, plan, inside)?, behind]),
            None => behind,
        })
    };
    let (mut any, mut fault) = (Vec::new(), None);
    for target in &prepared.parameter.targets {
        let Some(plan) = request.catalogue.plan(target) else { continue };
        match arm(plan) {
            Ok(criterion) => any.push(Arm { target: target.clone(), criterion }),
            Err(error) if error.guard == Some(filter::UNKNOWN) => fault = fault.or(Some(error)),
            Err(error) => return Err(error),
        }
    }
    match (any.is_empty(), fault) {
        (true, Some(fault)) => Err(fault),
        (true, None) => Err(Error::invalid("_filter: the reference cannot be followed to any resource type")),
        (false, _) => Ok(Criterion::Chain { seed: prepared.seeds.of(Form::Reference), any }),
    }
}

fn leaf(request: &Request<'_>, plan: &Plan, name: &str, operator: Operator, value: &str) -> Result<Criterion> {
    let prepared = filter::find(plan, name, name)?;
    let ask = |modifier: &str, value: String| {
        let name = if modifier.is_empty() { name.to_owned() } else { format!("{name}:{modifier}") };
        filter::criterion(request, plan, &name, &value, 0)
    };
    if operator == Operator::Pr {
        return match name {
            "_id" | "_lastUpdated" => Ok(Criterion::All(Vec::new())),
            _ => ask("missing", "false".to_owned()),
        };
    }
    if let ("_id", Operator::Ne) = (name, operator) {
        return ask("not", escaped(value));
    }
    match prepared.parameter.kind {
        Kind::String => text(prepared, operator, value),
        Kind::Date if name != "_lastUpdated" && matches!(operator, Operator::Co | Operator::Po) => {
            period(prepared, operator, value)
        }
        Kind::Number | Kind::Date | Kind::Quantity => match COMPARED.iter().find(|(known, _)| *known == operator) {
            Some((_, prefix)) => ask("", format!("{prefix}{}", unabbreviated(&value.replace(',', "\\,")))),
            None => Err(refused(prepared, operator)),
        },
        Kind::Token => token(&ask, prepared, operator, value),
        Kind::Reference if operator == Operator::Re => ask("", escaped(value)),
        Kind::Uri | Kind::Composite | Kind::Special => match operator {
            Operator::Eq => ask("", value.replace(',', "\\,")),
            Operator::Ne => other(&ask, ask("", value.replace(',', "\\,"))?),
            _ => Err(refused(prepared, operator)),
        },
        Kind::Reference => Err(refused(prepared, operator)),
    }
}

type Ask<'a> = dyn Fn(&str, String) -> Result<Criterion> + 'a;

/// There is a value, and it is not this one.
fn other(ask: &Ask<'_>, this: Criterion) -> Result<Criterion> {
    Ok(Criterion::All(vec![ask("missing", "false".to_owned())?, this.negated()]))
}

fn token(ask: &Ask<'_>, prepared: &Prepared, operator: Operator, value: &str) -> Result<Criterion> {
    let value = unabbreviated(&value.replace(',', "\\,"));
    match (operator, CONCEPTS.iter().find(|(known, _)| *known == operator)) {
        (Operator::Eq, _) => ask("", value),
        (Operator::Ne, _) => other(ask, ask("", value)?),
        (_, Some((_, modifier))) => ask(modifier, value),
        _ => Err(refused(prepared, operator)),
    }
}

/// `loinc|1234-5`
fn unabbreviated(value: &str) -> String {
    let found = SYSTEMS.iter().find_map(|(word, system)| Some(format!("{system}{}", value.strip_prefix(word)?)));
    // In a quantity the system comes second: `5.4|ucum|mg`.
    found.unwrap_or_else(|| value.replacen("|ucum|", "|http://unitsofmeasure.org|", 1))
}

fn text(prepared: &Prepared, operator: Operator, value: &str) -> Result<Criterion> {
    let short = folded(value);
    if short.is_empty() {
        return Err(Error::invalid(format!("_filter: {} takes text with a letter or a digit", prepared.code())));
    }
    let test = match operator {
        Operator::Eq => StringTest::Folded(short),
        Operator::Ne => StringTest::Order(Prefix::Ne, short),
        Operator::Co => StringTest::Contains(short),
        Operator::Sw => StringTest::Prefix(short),
        Operator::Ew => StringTest::Suffix(short),
        Operator::Gt => StringTest::Order(Prefix::Gt, short),
        Operator::Lt => StringTest::Order(Prefix::Lt, short),
        Operator::Ge => StringTest::Order(Prefix::Ge, short),
        Operator::Le => StringTest::Order(Prefix::Le, short),
        _ => return Err(refused(prepared, operator)),
    };
    union::ask(prepared, |one| Ok(Criterion::Strings { param: one.number, any: vec![test.clone()] }))
}

/// `co`: the period holds the value; `po`: both overlap.
fn period(prepared: &Prepared, operator: Operator, value: &str) -> Result<Criterion> {
    let (lo, hi) = date::range(value)
        .ok_or_else(|| Error::invalid(format!("_filter: {} {} takes a date", prepared.code(), operator.word())))?;
    let prefix = if operator == Operator::Co { Prefix::Holds } else { Prefix::Ap };
    Ok(Criterion::Dates { param: prepared.number, any: vec![RangeTest { prefix, lo, hi }] })
}

/// What is one value and not several.
fn escaped(value: &str) -> String {
    value.replace(',', "\\,").replace('$', "\\$")
}

fn refused(prepared: &Prepared, operator: Operator) -> Error {
    let usable = match prepared.parameter.kind {
        Kind::String => "eq ne co sw ew gt lt ge le pr",
        Kind::Number | Kind::Quantity => "eq ne gt lt ge le ap sa eb pr",
        Kind::Date => "eq ne co gt lt ge le ap sa eb pr po",
        Kind::Token => "eq ne in ni ss sb pr",
        Kind::Reference => "re pr",
        Kind::Uri | Kind::Composite | Kind::Special => "eq ne pr",
    };
    let (code, kind) = (prepared.code(), prepared.parameter.kind.code());
    Error::invalid(format!(
        "_filter: {} is not usable on {code}, which is of type {kind} and takes {usable}",
        operator.word()
    ))
}
