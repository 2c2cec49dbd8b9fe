//! Token parameters: codes, identifiers, booleans, contact points.
//! <http://hl7.org/fhir/R4/search.html#token>
//!
//! Codes are compared without case, as the page advises when in doubt, except in systems known to mind it.

use super::super::catalogue::Prepared;
use super::super::concepts;
use super::super::criterion::Criterion;
use super::super::fold::{folded, lower};
use super::super::hash::{Form, text_hash};
use super::super::index::Index;
use super::super::query::Modifier;
use super::super::value::{split, unescape};
use super::{Context, refuse};
use std::borrow::Cow;
use theriac_core::error::Result;
use theriac_core::hash::index_hash;
use theriac_core::json::Node;

pub const MODIFIERS: &[&str] = &["text", "of-type", "in", "not-in", "above", "below"];

/// Code systems in which case makes a difference.
const CASE_SENSITIVE: &[&str] = &["http://unitsofmeasure.org", "urn:iso:std:iso:11073:10101"];

/// `ContactPoint.system`, which is a code and not an address as in an Identifier.
const CONTACT_SYSTEMS: &[&str] = &["phone", "fax", "email", "pager", "url", "sms", "other"];

/// The four forms of a token: of the value itself, or of a `Reference.identifier`.
pub(super) struct Forms {
    pub code: Form,
    pub both: Form,
    pub bare: Form,
    pub system: Form,
}

const VALUE: Forms = Forms { code: Form::Code, both: Form::SystemCode, bare: Form::NoSystem, system: Form::System };

fn cased<'t>(system: &str, code: &'t str) -> Cow<'t, str> {
    if CASE_SENSITIVE.contains(&system) { Cow::Borrowed(code) } else { lower(code) }
}

pub fn index(prepared: &Prepared, node: &Node<'_>, _: &Context<'_>, index: &mut Index) {
    match node {
        Node::String(text) | Node::Number(text) => plain(prepared, text, index),
        Node::Bool(truth) => plain(prepared, if *truth { "true" } else { "false" }, index),
        Node::Object(_) => object(prepared, node, index),
        Node::Array(_) | Node::Null => {}
    }
}

/// A code whose system only the element's binding knows: found by code alone.
fn plain(prepared: &Prepared, code: &str, index: &mut Index) {
    let code = lower(code);
    index.tokens.push(prepared.seeds.token(Form::Code, &[&code]));
    index.value(index_hash(&[&code]), &code);
}

fn object(prepared: &Prepared, node: &Node<'_>, index: &mut Index) {
    texts(prepared, node, index);
    if let Some(codings) = node.get("coding") {
        return codings.items().iter().for_each(|coding| pair(prepared, &VALUE, coding, "code", index));
    }
    if node.get("code").is_some() {
        return pair(prepared, &VALUE, node, "code", index);
    }
    pair(prepared, &VALUE, node, "value", index);
    if let Some(kind) = node.text("use").filter(|_| is_contact(node)) {
        let value = lower(node.text("value").unwrap_or_default());
        index.tokens.push(prepared.seeds.token(Form::SystemCode, &[kind, &value]));
    }
    of_type(prepared, node, index);
}

/// CodeableConcept.text, Coding.display and Identifier.type.text: for `:text`.
fn texts(prepared: &Prepared, node: &Node<'_>, index: &mut Index) {
    let codings = node.get("coding").map_or(std::slice::from_ref(node), Node::items);
    let displays = codings.iter().filter_map(|coding| coding.text("display"));
    let identifier = node.get("type").filter(|_| node.get("value").is_some()).and_then(|t| t.text("text"));
    for text in node.text("text").into_iter().chain(displays).chain(identifier) {
        let folded = folded(text);
        if !folded.is_empty() {
            index.tokens.push(prepared.seeds.of(Form::Text) ^ text_hash(&folded));
            index.texts.push(folded);
        }
    }
}

fn is_contact(node: &Node<'_>) -> bool {
    node.text("system").is_some_and(|system| CONTACT_SYSTEMS.contains(&system))
}

fn of_type(prepared: &Prepared, node: &Node<'_>, index: &mut Index) {
    let Some(value) = node.text("value") else { return };
    let codings = node.get("type").and_then(|t| t.get("coding")).map_or(&[][..], Node::items);
    for coding in codings {
        let (system, code) = (coding.text("system").unwrap_or_default(), coding.text("code").unwrap_or_default());
        let parts = [system, &cased(system, code), &lower(value)];
        index.tokens.push(prepared.seeds.token(Form::OfType, &parts));
    }
}

/// The tokens of a system and a code (or a value, in identifiers).
pub(super) fn pair(prepared: &Prepared, forms: &Forms, node: &Node<'_>, member: &str, index: &mut Index) {
    let system = node.text("system").filter(|s| !s.is_empty());
    let code = node.text(member).filter(|c| !c.is_empty());
    let push = |index: &mut Index, form, parts: &[&str]| index.tokens.push(prepared.seeds.token(form, parts));
    if let Some(system) = system {
        push(index, forms.system, &[system]);
    }
    let Some(code) = code else { return };
    push(index, forms.code, &[&lower(code)]);
    if forms.code == Form::Code {
        index.value(index_hash(&[&lower(code)]), &lower(code));
    }
    match system {
        Some(system) => push(index, forms.both, &[system, &cased(system, code)]),
        None => push(index, forms.bare, &[&lower(code)]),
    }
}

pub fn criterion(
    prepared: &Prepared,
    modifier: &Modifier,
    values: &[&str],
    context: &Context<'_>,
) -> Result<Criterion> {
    if matches!(modifier, Modifier::In | Modifier::NotIn | Modifier::Above | Modifier::Below) {
        return by_concepts(prepared, modifier, values, context);
    }
    if *modifier == Modifier::Text {
        let one = |value: &&str| Some(folded(&unescape(value))).filter(|text| !text.is_empty());
        let any: Option<Vec<_>> = values.iter().map(one).collect();
        let any = any.ok_or_else(|| refuse(prepared, "text with a letter or a digit after :text"))?;
        return Ok(Criterion::Texts { seed: prepared.seeds.of(Form::Text), any });
    }
    let one = |value: &&str| match modifier {
        Modifier::OfType => typed(prepared, value),
        _ => pair_token(prepared, &VALUE, value),
    };
    let any = values.iter().map(one).collect::<Result<Vec<_>>>()?;
    Ok(Criterion::Tokens { any, negate: false })
}

/// The codes that a value set or a place in a hierarchy stands for.
fn by_concepts(prepared: &Prepared, modifier: &Modifier, values: &[&str], context: &Context<'_>) -> Result<Criterion> {
    let is_plain = concepts::is_plain(prepared);
    let token = |(system, code): (String, String)| match is_plain {
        true => prepared.seeds.token(Form::Code, &[&lower(&code)]),
        false => prepared.seeds.token(Form::SystemCode, &[&system, &cased(&system, &code)]),
    };
    let mut any = Vec::new();
    for value in values {
        any.extend(concepts::codes(modifier, value, context)?.into_iter().map(token));
    }
    any.sort_unstable();
    any.dedup();
    Ok(Criterion::Tokens { any, negate: *modifier == Modifier::NotIn })
}

/// `code`, `system|code`, `|code`, `system|`.
pub(super) fn pair_token(prepared: &Prepared, forms: &Forms, value: &str) -> Result<i64> {
    let parts: Vec<_> = split(value, '|').into_iter().map(unescape).collect();
    let token = |form, parts: &[&str]| Ok(prepared.seeds.token(form, parts));
    match parts.as_slice() {
        [code] if !code.is_empty() => token(forms.code, &[&lower(code)]),
        [system, code] => match (system.as_ref(), code.as_ref()) {
            ("", "") => Err(refuse(prepared, FORMS)),
            ("", code) => token(forms.bare, &[&lower(code)]),
            (system, "") => token(forms.system, &[system]),
            (system, code) => token(forms.both, &[system, &cased(system, code)]),
        },
        _ => Err(refuse(prepared, FORMS)),
    }
}

const FORMS: &str = "code, system|code, |code or system|, with \\| for a bar inside a code";

fn typed(prepared: &Prepared, value: &str) -> Result<i64> {
    let parts: Vec<_> = split(value, '|').into_iter().map(unescape).collect();
    match parts.as_slice() {
        [system, code, value] if !code.is_empty() && !value.is_empty() => {
            Ok(prepared.seeds.token(Form::OfType, &[system, &cased(system, code), &lower(value)]))
        }
        _ => Err(refuse(prepared, "system|code|value after :of-type, the type of the identifier and then its value")),
    }
}
