//! Is an expression fit to be searched by?

use super::super::evaluate::capital;
use super::super::kind::Row;
use super::super::parameter::Kind;
use crate::path::{compile, model};
use theriac_fhirpath::{Expression, Model, Shape, ShapeType};

/// What the index cannot follow when it changes, or does not know.
const UNSTEADY: &[(&str, &str)] = &[
    ("now", "the index is not made again when time passes"),
    ("today", "the index is not made again when time passes"),
    ("timeOfDay", "the index is not made again when time passes"),
    ("memberOf", "the index is not made again when a value set changes"),
    ("subsumes", "the index is not made again when a code system changes"),
    ("subsumedBy", "the index is not made again when a code system changes"),
    ("conformsTo", "the index is not made again when a profile changes"),
    ("slice", "the index is not made again when a profile changes"),
    ("elementDefinition", "the index is not made again when a profile changes"),
];

/// Everything that is wrong.
pub fn check(text: &str, kind: Kind, base: &[String]) -> Vec<String> {
    let expression = match compile(text) {
        Ok(expression) => expression,
        Err(error) => return vec![error.message],
    };
    let unsteady = UNSTEADY.iter().filter(|(name, _)| expression.calls(name));
    let mut wrong: Vec<String> = unsteady.map(|(name, why)| format!("{name}() cannot be used here: {why}")).collect();
    for base in base {
        wrong.extend(on_base(&expression, kind, base));
    }
    wrong
}

fn on_base(expression: &Expression, kind: Kind, base: &str) -> Option<String> {
    let shape = match expression.check(model(), model().find(base)?, true) {
        Ok(shape) => shape,
        Err(fault) => return Some(format!("on {base}: {fault}")),
    };
    if shape.never {
        return Some(format!("on {base} it never gives anything: a path begins at {base} or at an element of it"));
    }
    let row = Row::of(kind)?;
    let unread = |of: &&ShapeType| !reads(row, **of);
    if shape.types.is_empty() || shape.types.iter().any(|of| reads(row, *of)) {
        return None;
    }
    let names: Vec<&str> = shape.types.iter().filter(unread).map(name).collect();
    let takes = row.choices.join(", ");
    Some(format!(
        "on {base} it gives {}, and a {} parameter reads {takes}{}",
        names.join(" and "),
        kind.code(),
        hint(&shape)
    ))
}

fn name(of: &ShapeType) -> &str {
    match of {
        ShapeType::Model(of) => model().name(*of),
        ShapeType::System(system) => system.name(),
    }
}

/// An extension is read as its value.
fn reads(row: &Row, of: ShapeType) -> bool {
    let name = name(&of);
    name == "Extension" || row.choices.contains(&capital(name).as_str())
}

/// The kinds that would read it.
fn hint(shape: &Shape) -> String {
    let fits = |row: &&Row| shape.types.iter().any(|of| reads(row, *of));
    let kinds: Vec<&str> = super::super::kind::TABLE.iter().filter(fits).map(|row| row.kind.code()).collect();
    if kinds.is_empty() { String::new() } else { format!("; its type could be {}", kinds.join(" or ")) }
}
