//! `is`, `as`, `ofType` and `type()`. <http://hl7.org/fhirpath/N1/#types-and-reflection>,
//! <http://hl7.org/fhir/R4/fhirpath.html#types>
//!
//! `is` knows derivation throughout. `as` and `ofType` of a primitive want exactly that type: a `code` is a `string`,
//! but not taken out of a choice as one.

use crate::convert;
use crate::evaluate::Evaluation;
use crate::fault::{Fault, Position, Result};
use crate::item::{Item, Items, TypeName, none, truth};
use crate::model::Model;
use crate::syntax::{Operation, Operator};
use crate::system::{System, TypeSpecifier};

pub fn is(model: &dyn Model, item: &Item<'_>, wanted: &TypeSpecifier) -> bool {
    matches(model, item, wanted, true)
}

pub fn is_exactly(model: &dyn Model, item: &Item<'_>, wanted: &TypeSpecifier) -> bool {
    matches(model, item, wanted, false)
}

fn matches(model: &dyn Model, item: &Item<'_>, wanted: &TypeSpecifier, derived: bool) -> bool {
    match item {
        Item::Element(element) => match (element.of, wanted.model) {
            (Some(of), Some(wanted)) if derived || model.primitive(of).is_none() => model.is_a(of, wanted),
            (Some(of), Some(wanted)) => of == wanted,
            _ => false,
        },
        value => {
            let system = convert::system_of(value);
            wanted.system.is_some_and(|wanted| wanted == System::Any || system == Some(wanted))
        }
    }
}

/// An unknown type is a mistake in the expression.
pub fn check(at: Position, wanted: &TypeSpecifier) -> Result<()> {
    if wanted.is_mistaken() {
        return Err(Fault::execution(at, format!("there is no type {}", wanted.name)));
    }
    Ok(())
}

pub fn operator<'a>(
    evaluation: &Evaluation<'a, '_>,
    operation: &Operation,
    items: Items<'a>,
    wanted: &TypeSpecifier,
) -> Result<Items<'a>> {
    match operation.operator {
        Operator::Is => test(evaluation, operation.at, &items, wanted),
        _ => narrow(evaluation, operation.at, items, wanted),
    }
}

pub fn test<'a>(
    evaluation: &Evaluation<'a, '_>,
    at: Position,
    items: &[Item<'a>],
    wanted: &TypeSpecifier,
) -> Result<Items<'a>> {
    check(at, wanted)?;
    let item = evaluation.single(at, items, "what `is` tests")?;
    Ok(item.map_or_else(none, |item| truth(is(evaluation.model(), item, wanted))))
}

/// `as`: a single item, if it is of the type.
pub fn narrow<'a>(
    evaluation: &Evaluation<'a, '_>,
    at: Position,
    items: Items<'a>,
    wanted: &TypeSpecifier,
) -> Result<Items<'a>> {
    if !evaluation.environment.as_takes_many {
        evaluation.single(at, &items, "what `as` takes; ofType() takes many. It")?;
    }
    filter(evaluation, at, items, wanted)
}

/// `ofType`: those of the type.
pub fn filter<'a>(
    evaluation: &Evaluation<'a, '_>,
    at: Position,
    mut items: Items<'a>,
    wanted: &TypeSpecifier,
) -> Result<Items<'a>> {
    check(at, wanted)?;
    items.retain(|item| is_exactly(evaluation.model(), item, wanted));
    Ok(items)
}

/// The name of an item's type.
pub fn name_of(model: &dyn Model, item: &Item<'_>) -> TypeName {
    let (namespace, name) = match item {
        Item::Element(element) => match element.of {
            // An element with elements of its own has no name of its own.
            Some(of) if model.name(of).contains('.') => (model.namespace(), "BackboneElement"),
            Some(of) => (model.namespace(), model.name(of)),
            None => ("System", "Any"),
        },
        Item::Type(_) => ("System", "TypeInfo"),
        value => ("System", convert::system_of(value).unwrap_or(System::Any).name()),
    };
    TypeName { namespace: namespace.to_owned(), name: name.to_owned() }
}
