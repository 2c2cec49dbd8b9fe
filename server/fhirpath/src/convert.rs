//! From items to values of FHIRPath's types: implicitly, and by `toInteger()` and its like.
//! <http://hl7.org/fhirpath/N1/#conversion>, <http://hl7.org/fhir/R4/fhirpath.html#types>

use crate::item::{Element, Item};
use crate::model::Model;
use crate::number;
use crate::quantity::{Quantity, Unit};
use crate::system::System;
use crate::temporal::{Temporal, TemporalKind};
use rust_decimal::Decimal;
use std::borrow::Cow;
use theriac_core::json::Node;

/// The value of a primitive or of a quantity; any other item is itself.
pub fn value<'a>(model: &dyn Model, item: &Item<'a>) -> Item<'a> {
    match item {
        Item::Element(element) => of_element(model, element).unwrap_or_else(|| item.clone()),
        _ => item.clone(),
    }
}

/// The value of an element as FHIRPath's type, if it has one.
pub fn of_element<'a>(model: &dyn Model, element: &Element<'a>) -> Option<Item<'a>> {
    let node = element.value?;
    let Some(of) = element.of else { return plain(node) };
    match model.primitive(of) {
        Some(system) => primitive(system, node),
        None if model.is_quantity(of) => quantity(node).map(|q| Item::Quantity(Box::new(q))),
        None => None,
    }
}

fn plain<'a>(node: &'a Node<'a>) -> Option<Item<'a>> {
    match node {
        Node::Bool(value) => Some(Item::Boolean(*value)),
        Node::String(text) => Some(Item::String(Cow::Borrowed(text))),
        Node::Number(_) => primitive(System::Integer, node).or_else(|| primitive(System::Decimal, node)),
        _ => None,
    }
}

fn primitive<'a>(system: System, node: &'a Node<'a>) -> Option<Item<'a>> {
    let temporal = |kind| Temporal::parse(kind, node.as_str()?).map(Item::Temporal);
    match system {
        System::Boolean => node.as_bool().map(Item::Boolean),
        System::Integer => node.as_number()?.parse().ok().and_then(number::integer).map(Item::Integer),
        System::Decimal => number::parse_json(node.as_number()?).map(Item::Decimal),
        System::Date => temporal(TemporalKind::Date),
        System::DateTime => temporal(TemporalKind::DateTime),
        System::Time => temporal(TemporalKind::Time),
        System::String => node.as_str().map(|text| Item::String(Cow::Borrowed(text))),
        System::Quantity | System::Any => None,
    }
}

/// A quantity with a comparator is a range and no value.
fn quantity<'a>(node: &'a Node<'a>) -> Option<Quantity<'a>> {
    if node.get("comparator").is_some() {
        return None;
    }
    let value = number::parse_json(node.get("value")?.as_number()?)?;
    let code = node.text("code").or_else(|| node.text("unit")).unwrap_or("1");
    Some(Quantity { value, unit: Unit::Code(Cow::Borrowed(code)) })
}

/// The system type of a value.
pub fn system_of(item: &Item<'_>) -> Option<System> {
    Some(match item {
        Item::Boolean(_) => System::Boolean,
        Item::Integer(_) => System::Integer,
        Item::Decimal(_) => System::Decimal,
        Item::String(_) => System::String,
        Item::Quantity(_) => System::Quantity,
        Item::Temporal(t) => match t.kind {
            TemporalKind::Date => System::Date,
            TemporalKind::DateTime => System::DateTime,
            TemporalKind::Time => System::Time,
        },
        Item::Element(_) | Item::Type(_) => return None,
    })
}

/// What `toX()` makes of a value; nothing if it cannot be one.
pub fn to<'a>(system: System, item: Item<'a>) -> Option<Item<'a>> {
    match system {
        System::Boolean => to_boolean(&item).map(Item::Boolean),
        System::Integer => to_integer(&item).map(Item::Integer),
        System::Decimal => to_decimal(&item).map(Item::Decimal),
        System::Date => to_temporal(TemporalKind::Date, &item),
        System::DateTime => to_temporal(TemporalKind::DateTime, &item),
        System::Time => to_temporal(TemporalKind::Time, &item),
        System::Quantity => to_quantity(item).map(|q| Item::Quantity(Box::new(q))),
        System::String => to_text(item).map(Item::String),
        System::Any => Some(item),
    }
}

fn to_boolean(item: &Item<'_>) -> Option<bool> {
    match item {
        Item::Boolean(value) => Some(*value),
        Item::Integer(1) => Some(true),
        Item::Integer(0) => Some(false),
        Item::Decimal(value) if *value == Decimal::ONE => Some(true),
        Item::Decimal(value) if value.is_zero() => Some(false),
        Item::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "1" | "1.0" => Some(true),
            "false" | "f" | "no" | "n" | "0" | "0.0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

fn to_integer(item: &Item<'_>) -> Option<i64> {
    match item {
        Item::Integer(value) => Some(*value),
        Item::Boolean(value) => Some(i64::from(*value)),
        Item::String(text) => {
            let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
            let whole = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            whole.then(|| text.parse().ok()).flatten().and_then(number::integer)
        }
        _ => None,
    }
}

pub fn to_decimal(item: &Item<'_>) -> Option<Decimal> {
    match item {
        Item::Decimal(value) => Some(*value),
        Item::Integer(value) => Some(Decimal::from(*value)),
        Item::Boolean(value) => Some(if *value { Decimal::new(10, 1) } else { Decimal::new(0, 1) }),
        Item::String(text) => number::parse(text),
        _ => None,
    }
}

fn to_temporal<'a>(kind: TemporalKind, item: &Item<'a>) -> Option<Item<'a>> {
    let value = match (item, kind) {
        (Item::Temporal(t), _) if t.kind == kind => Some(*t),
        (Item::Temporal(t), TemporalKind::Date) if t.kind == TemporalKind::DateTime => Some(t.date()),
        (Item::Temporal(t), TemporalKind::DateTime) if t.kind == TemporalKind::Date => Some(t.date_time()),
        (Item::String(text), _) => Temporal::parse(kind, text),
        _ => None,
    };
    value.map(Item::Temporal)
}

fn to_quantity(item: Item<'_>) -> Option<Quantity<'_>> {
    match item {
        Item::Quantity(quantity) => Some(*quantity),
        Item::Integer(_) | Item::Decimal(_) | Item::Boolean(_) => to_decimal(&item).map(Quantity::unity),
        Item::String(text) => Quantity::parse(&text),
        _ => None,
    }
}

fn to_text(item: Item<'_>) -> Option<Cow<'_, str>> {
    Some(match item {
        Item::String(text) => text,
        Item::Boolean(value) => Cow::Borrowed(if value { "true" } else { "false" }),
        Item::Integer(value) => Cow::Owned(value.to_string()),
        Item::Decimal(value) => Cow::Owned(value.to_string()),
        Item::Temporal(value) => Cow::Owned(value.to_string()),
        Item::Quantity(quantity) => Cow::Owned(quantity.to_string()),
        Item::Element(_) | Item::Type(_) => return None,
    })
}
