//! String parameters: a prefix match that folds case and accents, `:contains`, `:exact`.
//! <http://hl7.org/fhir/R4/search.html#string>

use super::super::catalogue::Prepared;
use super::super::criterion::{Criterion, StringTest};
use super::super::fold::folded;
use super::super::index::{Index, StringRow};
use super::super::query::Modifier;
use super::super::value::unescape;
use super::{Context, refuse};
use theriac_core::error::Result;
use theriac_core::hash::index_hash;
use theriac_core::json::Node;

pub const MODIFIERS: &[&str] = &["exact", "contains"];

/// The parts of HumanName, Address and other types that a person would search by.
const PARTS: &[&str] = &[
    "text",
    "family",
    "given",
    "prefix",
    "suffix",
    "line",
    "city",
    "district",
    "state",
    "postalCode",
    "country",
    "display",
    "value",
];

pub fn index(prepared: &Prepared, node: &Node<'_>, _: &Context<'_>, index: &mut Index) {
    match node {
        Node::String(text) => row(prepared, text, index),
        Node::Object(object) => {
            let parts = object.iter().filter(|(name, _)| PARTS.contains(name)).flat_map(|(_, value)| value.items());
            parts.filter_map(Node::as_str).for_each(|text| row(prepared, text, index));
            object
                .get("coding")
                .into_iter()
                .flat_map(Node::items)
                .filter_map(|c| c.text("display"))
                .for_each(|text| row(prepared, text, index));
        }
        _ => {}
    }
}

fn row(prepared: &Prepared, text: &str, index: &mut Index) {
    let folded = folded(text);
    if !text.is_empty() {
        index.strings.push(StringRow { param: prepared.number, folded, exact: index_hash(&[text]) });
    }
}

pub fn criterion(prepared: &Prepared, modifier: &Modifier, values: &[&str], _: &Context<'_>) -> Result<Criterion> {
    let one = |value: &&str| {
        let text = unescape(value);
        let short = folded(&text);
        match modifier {
            Modifier::Exact if !text.trim().is_empty() => Ok(StringTest::Exact(index_hash(&[&text]))),
            _ if short.is_empty() => Err(refuse(prepared, "text that is not empty and not all punctuation")),
            Modifier::Contains => Ok(StringTest::Contains(short)),
            _ => Ok(StringTest::Prefix(short)),
        }
    };
    Ok(Criterion::Strings { param: prepared.number, any: values.iter().map(one).collect::<Result<_>>()? })
}
