//! Reference parameters: local and foreign resources, canonical addresses, logical identifiers.
//! <http://hl7.org/fhir/R4/search.html#reference>

use super::super::catalogue::Prepared;
use super::super::criterion::Criterion;
use super::super::hash::{Form, compartment_token, own};
use super::super::index::Index;
use super::super::query::Modifier;
use super::super::value::unescape;
use super::{Context, refuse, token, uri};
use theriac_core::error::Result;
use theriac_core::hash::index_hash;
use theriac_core::json::Node;

pub const MODIFIERS: &[&str] = &["identifier", "above", "below", "[type]"];

const IDENTIFIER: token::Forms = token::Forms {
    code: Form::IdentifierValue,
    both: Form::IdentifierSystemValue,
    bare: Form::IdentifierNoSystem,
    system: Form::IdentifierSystem,
};

/// `Type/id` at the end of a literal reference, a version cut off.
pub fn local_part(reference: &str) -> Option<(&str, &str)> {
    let whole = reference.split_once("/_history/").map_or(reference, |(before, _)| before);
    let (front, id) = whole.rsplit_once('/')?;
    let resource_type = front.rsplit_once('/').map_or(front, |(_, last)| last);
    (is_type(resource_type) && is_id(id)).then_some((resource_type, id))
}

/// `Type/id/_history/vid`: a reference to that version and no other.
fn version_token(prepared: &Prepared, text: &str) -> Option<i64> {
    let (_, version) = text.split_once("/_history/").filter(|_| !is_absolute(text))?;
    let (resource_type, id) = local_part(text)?;
    Some(prepared.seeds.token(Form::Version, &[resource_type, id, version]))
}

fn is_type(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_uppercase()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// <http://hl7.org/fhir/R4/datatypes.html#id>
pub fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
}

/// The type of resource a reference names: by its address, by `Reference.type`, or by being the resource.
pub fn target_type<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    let literal = node.text("reference").and_then(local_part).map(|(resource_type, _)| resource_type);
    literal.or_else(|| node.text("type")).or_else(|| node.text("resourceType"))
}

/// Is it an address that `:below` and `:above` go by segment, and no resource of a hierarchy?
pub fn is_address(value: &str, context: &Context<'_>) -> bool {
    is_absolute(relative(value, context))
}

/// The reference as it is compared: below the own base it is relative.
fn relative<'t>(text: &'t str, context: &Context<'_>) -> &'t str {
    let below = text.strip_prefix(context.base).filter(|_| !context.base.is_empty());
    below.and_then(|rest| rest.strip_prefix('/')).unwrap_or(text)
}

fn is_absolute(text: &str) -> bool {
    text.contains("://") || text.starts_with("urn:")
}

pub fn index(prepared: &Prepared, node: &Node<'_>, context: &Context<'_>, index: &mut Index) {
    if let Some(canonical) = node.as_str() {
        return named(prepared, canonical, context, index);
    }
    if let Some(identifier) = node.get("identifier").filter(|i| i.as_object().is_some()) {
        token::pair(prepared, &IDENTIFIER, identifier, "value", index);
    }
    if let (Some(resource_type), Some(id)) = (node.text("resourceType"), node.text("id")) {
        return local(prepared, resource_type, id, index);
    }
    let Some(text) = node.text("reference").map(|text| relative(text, context)) else { return };
    index.tokens.extend(version_token(prepared, text));
    match local_part(text).filter(|_| !is_absolute(text)) {
        Some((resource_type, id)) => local(prepared, resource_type, id, index),
        None if text.starts_with('#') => inside(prepared, &text[1..], index),
        None => {
            index.tokens.push(prepared.seeds.token(Form::Uri, &[text]));
            index.value(index_hash(&[text]), text);
        }
    }
}

/// A canonical: found as an address, and as a reference too if it is one to a resource here.
fn named(prepared: &Prepared, canonical: &str, context: &Context<'_>, index: &mut Index) {
    uri::canonical(prepared, canonical, index);
    let text = relative(canonical.split_once('|').map_or(canonical, |(url, _)| url), context);
    if let Some((resource_type, id)) = local_part(text).filter(|_| !is_absolute(text)) {
        local(prepared, resource_type, id, index);
    }
}

/// A contained resource: nothing but a chain arrives there.
fn inside(prepared: &Prepared, local: &str, index: &mut Index) {
    let found = index.contained.iter().find(|contained| contained.index.id == local);
    let token = found.map(|contained| prepared.seeds.of(Form::Reference) ^ contained.index.own);
    index.tokens.extend(token);
}

fn local(prepared: &Prepared, resource_type: &str, id: &str, index: &mut Index) {
    let own = own(resource_type, id);
    index.tokens.push(prepared.seeds.of(Form::Reference) ^ own);
    index.value(own, &format!("{resource_type}/{id}"));
    if !prepared.has_few_targets() {
        index.tokens.push(prepared.seeds.token(Form::Id, &[id]));
    }
    if prepared.compartments.iter().any(|c| c == resource_type) {
        index.compartments.push(format!("{resource_type}/{id}"));
        index.tokens.push(compartment_token(own));
    }
}

pub fn criterion(
    prepared: &Prepared,
    modifier: &Modifier,
    values: &[&str],
    context: &Context<'_>,
) -> Result<Criterion> {
    let mut any = Vec::with_capacity(values.len());
    for value in values {
        match modifier {
            Modifier::Identifier => any.push(token::pair_token(prepared, &IDENTIFIER, value)?),
            Modifier::Below => any.push(uri::below(prepared, &unescape(value))),
            Modifier::Above => any.extend(uri::above(prepared, &unescape(value))),
            Modifier::Type(resource_type) => any.push(typed(prepared, resource_type, &unescape(value), context)?),
            _ => address(prepared, &unescape(value), context, &mut any)?,
        }
    }
    Ok(Criterion::Tokens { any, negate: false })
}

const FORMS: &str = "id, Type/id or an absolute address";

fn address(prepared: &Prepared, value: &str, context: &Context<'_>, any: &mut Vec<i64>) -> Result<()> {
    let text = relative(value, context);
    let reference = prepared.seeds.of(Form::Reference);
    if let Some(token) = version_token(prepared, text) {
        any.push(token);
    } else if is_absolute(text) || text.contains('|') {
        any.push(prepared.seeds.token(Form::Uri, &[value]));
    } else if let Some((resource_type, id)) = local_part(text) {
        any.push(reference ^ own(resource_type, id));
    } else if !is_id(text) {
        return Err(refuse(prepared, FORMS));
    } else if prepared.has_few_targets() {
        any.extend(prepared.parameter.targets.iter().map(|target| reference ^ own(target, text)));
    } else {
        any.push(prepared.seeds.token(Form::Id, &[text]));
    }
    Ok(())
}

fn typed(prepared: &Prepared, resource_type: &str, value: &str, context: &Context<'_>) -> Result<i64> {
    let text = relative(value, context);
    let id = match local_part(text) {
        Some((named, id)) if named == resource_type && !is_absolute(text) => id,
        None if is_id(text) => text,
        _ => return Err(refuse(prepared, &format!("the id of a {resource_type} after :{resource_type}"))),
    };
    Ok(prepared.seeds.of(Form::Reference) ^ own(resource_type, id))
}
