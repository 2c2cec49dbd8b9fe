//! Lays one ElementDefinition over an element of the tree: what it says replaces what was there, invariants add up.
//!
//! <http://hl7.org/fhir/R4/elementdefinition.html#interpretation>

use super::element::{Binding, Constraint, Discriminates, Discriminator, Element, Rules, Slicing, Strength, TypeRef};
use std::sync::Arc;
use theriac_core::json::Node;

const MAX_VALUE_SET: &str = "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet";
const PROFILE_ELEMENT: &str = "http://hl7.org/fhir/StructureDefinition/elementdefinition-profile-element";
const FHIR_TYPE: &str = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type";
const ADDITIONAL: &[&str] = &[
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-ElementDefinition.binding.additional",
    "http://hl7.org/fhir/tools/StructureDefinition/additional-binding",
];
const MUST_HAVE_VALUE: &str = "http://hl7.org/fhir/5.0/StructureDefinition/extension-ElementDefinition.mustHaveValue";
const ALTERNATIVES: &str = "http://hl7.org/fhir/5.0/StructureDefinition/extension-ElementDefinition.valueAlternatives";
const LANGUAGES: &str = "http://hl7.org/fhir/StructureDefinition/narrative-language-control";
const MIN_LENGTH: &str = "http://hl7.org/fhir/StructureDefinition/minLength";
const SYSTEM: &str = "http://hl7.org/fhirpath/System.";

pub fn lay(definition: &Node<'_>, over: &mut Element) {
    let Some(object) = definition.as_object() else { return };
    for (name, value) in object.iter() {
        match name {
            "min" => over.min = number(value).unwrap_or(over.min),
            "max" => over.max = value.as_str().and_then(|max| max.parse().ok()),
            "isModifier" => over.is_modifier = value.as_bool() == Some(true),
            "maxLength" => over.max_length = number(value),
            "type" => over.types = value.items().iter().filter_map(type_ref).collect(),
            "contentReference" => over.content = value.as_str().and_then(|c| c.split('#').nth(1)).map(Arc::from),
            "binding" => over.binding = binding(value).map(Arc::new).or(over.binding.take()),
            "constraint" => value.items().iter().filter_map(constraint).for_each(|c| add(&mut over.constraints, c)),
            "extension" => value.items().iter().for_each(|e| preadopted(e, over)),
            "slicing" => over.slicing = Some(Arc::new(slicing(value, over.slicing.as_deref()))),
            _ => value_of(name, value, over),
        }
    }
}

/// What R4 profiles say by extensions; some of it R5 made elements of.
fn preadopted(extension: &Node<'_>, over: &mut Element) {
    let text = |name: &str| extension.text(name).map(str::to_owned);
    match extension.text("url") {
        Some(MUST_HAVE_VALUE) => {
            over.must_have_value = extension.get("valueBoolean").and_then(Node::as_bool) == Some(true);
        }
        Some(ALTERNATIVES) => over.value_alternatives.extend(text("valueCanonical").or(text("valueUri"))),
        Some(MIN_LENGTH) => over.min_length = extension.get("valueInteger").and_then(number),
        Some(LANGUAGES) => over.narrative_languages.extend(text("valueCode")),
        _ => {}
    }
}

fn value_of(name: &str, value: &Node<'_>, over: &mut Element) {
    let choice = |stem: &str| name.strip_prefix(stem).is_some_and(|kind| kind.starts_with(|c: char| c.is_uppercase()));
    let kept = || Some(Arc::new(value.clone().into_owned()));
    if choice("fixed") {
        over.fixed = kept();
    } else if choice("pattern") {
        over.pattern = kept();
    } else if choice("minValue") {
        over.min_value = kept();
    } else if choice("maxValue") {
        over.max_value = kept();
    }
}

fn number(node: &Node<'_>) -> Option<u32> {
    node.as_number()?.parse().ok()
}

fn texts(node: &Node<'_>, name: &str) -> Vec<String> {
    let items = node.get(name).map_or(&[][..], Node::items);
    items.iter().filter_map(Node::as_str).map(str::to_owned).collect()
}

fn type_ref(node: &Node<'_>) -> Option<TypeRef> {
    // The types of FHIRPath stand where the type itself is defined; an extension names FHIR's.
    let said = extension(node, FHIR_TYPE).and_then(|e| e.text("valueUrl").or(e.text("valueUri")));
    let code =
        node.text("code").map(|code| code.strip_prefix("http://hl7.org/fhir/StructureDefinition/").unwrap_or(code));
    let code = match (said, code?) {
        (Some(said), _) => said.to_owned(),
        (None, code) => match code.strip_prefix(SYSTEM) {
            Some(system) => {
                let mut letters = system.chars();
                letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
            }
            None => code.to_owned(),
        },
    };
    Some(TypeRef {
        code,
        profiles: profiles(node),
        targets: texts(node, "targetProfile"),
        aggregation: texts(node, "aggregation"),
        versioning: node.text("versioning").map(str::to_owned),
    })
}

/// An extension may name the element of the profile that is meant, as a fragment here.
fn profiles(node: &Node<'_>) -> Vec<String> {
    let mut all = texts(node, "profile");
    let companions = node.get("_profile").map_or(&[][..], Node::items);
    for (profile, companion) in all.iter_mut().zip(companions) {
        if let Some(id) = extension(companion, PROFILE_ELEMENT).and_then(|e| e.text("valueString")) {
            profile.push_str(&format!("#{id}"));
        }
    }
    all
}

pub fn extension<'n, 'a>(node: &'n Node<'a>, url: &str) -> Option<&'n Node<'a>> {
    node.get("extension")?.items().iter().find(|e| e.text("url") == Some(url))
}

fn binding(node: &Node<'_>) -> Option<Binding> {
    let strength = match node.text("strength")? {
        "required" => Strength::Required,
        "extensible" => Strength::Extensible,
        "preferred" => Strength::Preferred,
        _ => Strength::Example,
    };
    let max = extension(node, MAX_VALUE_SET).and_then(|e| e.text("valueCanonical").or(e.text("valueUri")));
    let value_set = node.text("valueSet").unwrap_or_default().to_owned();
    let all = node.get("extension").map_or(&[][..], Node::items).iter();
    let additional = all.filter(|e| e.text("url").is_some_and(|url| ADDITIONAL.contains(&url))).filter_map(additional);
    Some(Binding { strength, value_set, max_value_set: max.map(str::to_owned), additional: additional.collect() })
}

/// The value set of one that must be met; those for some contexts of use only are left aside.
fn additional(node: &Node<'_>) -> Option<String> {
    let is_required = matches!(extension(node, "purpose")?.text("valueCode"), Some("required" | "maximum"));
    let value_set = extension(node, "valueSet")?.text("valueCanonical")?;
    (is_required && extension(node, "usage").is_none()).then(|| value_set.to_owned())
}

fn constraint(node: &Node<'_>) -> Option<Constraint> {
    Some(Constraint {
        key: node.text("key")?.to_owned(),
        is_error: node.text("severity") != Some("warning"),
        human: node.text("human").unwrap_or_default().to_owned(),
        expression: node.text("expression").unwrap_or_default().to_owned(),
        source: node.text("source").map(str::to_owned),
    })
}

fn add(all: &mut Vec<Arc<Constraint>>, constraint: Constraint) {
    match all.iter_mut().find(|c| c.key == constraint.key) {
        Some(same) if constraint.expression.is_empty() || same.expression == constraint.expression => {}
        Some(same) => *same = Arc::new(constraint),
        None => all.push(Arc::new(constraint)),
    }
}

/// A differential may say only what changes.
fn slicing(node: &Node<'_>, before: Option<&Slicing>) -> Slicing {
    let rules = match node.text("rules") {
        Some("closed") => Rules::Closed,
        Some("openAtEnd") => Rules::OpenAtEnd,
        Some(_) => Rules::Open,
        None => before.map_or(Rules::Open, |b| b.rules),
    };
    let said: Vec<Discriminator> =
        node.get("discriminator").map_or(&[][..], Node::items).iter().filter_map(discriminator).collect();
    let discriminators = match (said.is_empty(), before) {
        (true, Some(before)) => before.discriminators.clone(),
        _ => said,
    };
    let ordered = node.get("ordered").and_then(Node::as_bool).unwrap_or(before.is_some_and(|b| b.ordered));
    Slicing { discriminators, ordered, rules }
}

fn discriminator(node: &Node<'_>) -> Option<Discriminator> {
    let kind = match node.text("type")? {
        "exists" => Discriminates::Exists,
        "type" => Discriminates::Type,
        "profile" => Discriminates::Profile,
        _ => Discriminates::Value,
    };
    Some(Discriminator { kind, path: node.text("path")?.to_owned() })
}

/// The members of a definition that every ElementDefinition list has.
pub fn elements<'n, 'a>(definition: &'n Node<'a>, view: &str) -> &'n [Node<'a>] {
    definition.get(view).and_then(|v| v.get("element")).map_or(&[], Node::items)
}
