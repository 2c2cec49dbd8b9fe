//! Reads the compact text into tables. The text is the program's own: what does not fit is skipped here and
//! found by the tests.

use super::member::{Member, Table};
use super::{Definitions, Element, Kind, Primitive, TypeDef, search};
use std::collections::HashMap;

const STRUCTURES: &str = include_str!("../../../../fhir-profiles/r4/structures.txt");
const VALUE_SETS: &str = include_str!("../../../../fhir-profiles/r4/value-sets.txt");
const PARAMETERS: &str = include_str!("../../../../fhir-profiles/r4/search-parameters.txt");
const COMPARTMENTS: &str = include_str!("../../../../fhir-profiles/r4/compartments.txt");

pub fn r4() -> Definitions {
    let mut types = types(STRUCTURES);
    let by_name: HashMap<&str, u16> = (0u16..).zip(&types).map(|(i, t)| (t.name, i)).collect();
    inherit(&mut types, &by_name);
    let value_sets = value_sets(VALUE_SETS);
    let places: HashMap<&str, u16> = (0u16..).zip(&value_sets).map(|(i, (url, _))| (*url, i)).collect();
    for def in &mut types {
        for (place, element) in def.elements.iter_mut().enumerate() {
            element.codes = element.required_binding.and_then(|url| places.get(url)).copied();
            def.required |= u64::from(element.min > 0) << place;
        }
        def.members = Table::new(members(&def.elements, &by_name));
    }
    let resources: Vec<&str> =
        types.iter().filter(|t| t.kind == Kind::Resource && !t.is_abstract).map(|t| t.name).collect();
    let parameters = search::parameters(PARAMETERS);
    let by_base = search::by_base(&parameters, &types, &by_name);
    let compartments = search::compartments(COMPARTMENTS);
    Definitions { types, by_name, resources, value_sets, parameters, by_base, compartments }
}

/// The lines of a generated file, without its comment.
pub fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.starts_with('#'))
}

fn types(text: &'static str) -> Vec<TypeDef> {
    let mut types: Vec<TypeDef> = Vec::with_capacity(700);
    for line in lines(text) {
        match (line.strip_prefix('\t'), types.last_mut()) {
            (Some(element), Some(def)) => def.elements.extend(element_of(element)),
            _ => types.extend(type_of(line)),
        }
    }
    types
}

fn type_of(line: &'static str) -> Option<TypeDef> {
    let mut fields = line.split('\t');
    let (name, kind, base) = (fields.next()?, fields.next()?, fields.next()?);
    Some(TypeDef {
        name,
        kind: match kind.trim_start_matches("abstract-") {
            "primitive" => Kind::Primitive(Primitive::of(name)?),
            "resource" => Kind::Resource,
            "backbone" => Kind::Backbone,
            _ => Kind::Complex,
        },
        is_abstract: kind.starts_with("abstract-"),
        base: Some(base).filter(|b| *b != "-"),
        regex: fields.next().unwrap_or_default(),
        elements: Vec::new(),
        members: Table::default(),
        required: 0,
    })
}

fn element_of(line: &'static str) -> Option<Element> {
    let mut fields = line.split('\t');
    let (name, cardinality, flags, types) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let (min, max) = cardinality.split_once("..")?;
    Some(Element {
        name: name.trim_end_matches("[x]"),
        is_choice: name.ends_with("[x]"),
        min: min.parse().ok()?,
        repeats: max == "*",
        is_modifier: flags.contains('m'),
        is_summary: flags.contains('s'),
        types,
        required_binding: fields.next(),
        codes: None,
    })
}

/// Puts the base's elements before each type's own.
fn inherit(types: &mut [TypeDef], by_name: &HashMap<&str, u16>) {
    let own: Vec<Vec<Element>> = types.iter_mut().map(|t| std::mem::take(&mut t.elements)).collect();
    for at in 0..types.len() {
        let mut chain = vec![at];
        let mut base = types[at].base;
        while let Some(index) = base.and_then(|name| by_name.get(name)) {
            chain.push(usize::from(*index));
            base = types[usize::from(*index)].base;
        }
        types[at].elements = chain.iter().rev().flat_map(|index| own[*index].iter().copied()).collect();
    }
}

fn members(elements: &[Element], by_name: &HashMap<&'static str, u16>) -> Vec<Member> {
    let mut members = Vec::with_capacity(elements.len());
    for (place, element) in (0u16..).zip(elements) {
        for name in element.types.split(' ').map(|t| t.split('(').next().unwrap_or(t)) {
            let kind = if element.is_choice { &name[element.name.len()..] } else { name };
            if let Some(target) = target(kind, by_name) {
                let name = if element.is_choice { name } else { element.name };
                members.push(Member { name, element: place, target });
            }
        }
    }
    members
}

/// The type of a code, of `#path`, or of a choice's ending, where `String` stands for `string`.
fn target(kind: &str, by_name: &HashMap<&'static str, u16>) -> Option<u16> {
    let name = kind.trim_start_matches('#');
    let primitive = || {
        let (first, rest) = name.split_at_checked(1)?;
        by_name.get(format!("{}{rest}", first.to_ascii_lowercase()).as_str())
    };
    by_name.get(name).or_else(primitive).copied()
}

fn value_sets(text: &'static str) -> Vec<(&'static str, Vec<&'static str>)> {
    lines(text)
        .filter_map(|line| line.split_once('\t'))
        .map(|(url, codes)| (url, codes.split('\t').collect()))
        .collect()
}
