//! Search parameters and compartments, <http://hl7.org/fhir/R4/searchparameter.html>,
//! <http://hl7.org/fhir/R4/compartmentdefinition.html>.

use super::load::lines;
use super::{Kind, TypeDef};
use std::collections::HashMap;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ParameterType {
    Number,
    Date,
    String,
    Token,
    Reference,
    Composite,
    Quantity,
    Uri,
    Special,
}

#[derive(Debug)]
pub struct SearchParameter {
    /// The name in a search address.
    pub code: &'static str,
    /// The address after `http://hl7.org/fhir/SearchParameter/`: `clinical-patient`.
    pub definition: &'static str,
    pub kind: ParameterType,
    pub base: Vec<&'static str>,
    /// Resource types a reference may point to.
    pub target: Vec<&'static str>,
    pub multiple_or: bool,
    pub multiple_and: bool,
    pub comparators: Vec<&'static str>,
    pub modifiers: Vec<&'static str>,
    /// FHIRPath over all of `base`; empty where the server itself decides (`_text`).
    pub expression: &'static str,
    /// Of a composite.
    pub components: Vec<Component>,
}

#[derive(Debug)]
pub struct Component {
    /// The [`SearchParameter::definition`] of the parameter it is searched by.
    pub definition: &'static str,
    /// FHIRPath from what the composite's expression yields.
    pub expression: &'static str,
}

/// What belongs to one patient, encounter, practitioner, related person or device.
#[derive(Debug)]
pub struct Compartment {
    /// The type whose instances have the compartment.
    pub code: &'static str,
    /// Resource types in it, each with the search parameters that place it there.
    pub resources: Vec<(&'static str, Vec<&'static str>)>,
}

const TYPES: &[(&str, ParameterType)] = &[
    ("number", ParameterType::Number),
    ("date", ParameterType::Date),
    ("string", ParameterType::String),
    ("token", ParameterType::Token),
    ("reference", ParameterType::Reference),
    ("composite", ParameterType::Composite),
    ("quantity", ParameterType::Quantity),
    ("uri", ParameterType::Uri),
    ("special", ParameterType::Special),
];

impl ParameterType {
    pub fn name(self) -> &'static str {
        TYPES.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
}

impl SearchParameter {
    pub fn url(&self) -> String {
        format!("http://hl7.org/fhir/SearchParameter/{}", self.definition)
    }
}

impl Compartment {
    /// The parameters that place a type in the compartment; empty if it is never in it.
    pub fn parameters_for(&self, resource_type: &str) -> &[&'static str] {
        self.resources.iter().find(|(name, _)| *name == resource_type).map_or(&[], |(_, p)| p.as_slice())
    }
}

pub fn parameters(text: &'static str) -> Vec<SearchParameter> {
    let mut parameters: Vec<SearchParameter> = Vec::with_capacity(1_400);
    let mut in_example = false;
    for line in lines(text) {
        match (line.strip_prefix('\t'), parameters.last_mut()) {
            (Some(_), _) if in_example => {}
            (Some(component), Some(parameter)) => parameter.components.extend(component_of(component)),
            _ => {
                in_example = is_example(line);
                parameters.extend(parameter_of(line).filter(|_| !in_example));
            }
        }
    }
    parameters
}

/// Three of the package's parameters only show how one is written and would clash with real ones.
fn is_example(line: &str) -> bool {
    let definition = line.split('\t').nth(1).unwrap_or_default();
    ["example", "example-extension", "example-reference"].contains(&definition)
}

fn parameter_of(line: &'static str) -> Option<SearchParameter> {
    let fields: Vec<&'static str> = line.split('\t').collect();
    let field = |index: usize| fields.get(index).copied().unwrap_or_default();
    let words = |index: usize| field(index).split_whitespace().collect();
    Some(SearchParameter {
        code: field(0),
        definition: field(1),
        kind: TYPES.iter().find(|(name, _)| *name == field(2))?.1,
        base: words(3),
        target: words(4),
        multiple_or: field(5).contains('o'),
        multiple_and: field(5).contains('a'),
        comparators: words(6),
        modifiers: words(7),
        expression: field(8),
        components: Vec::new(),
    })
}

fn component_of(line: &'static str) -> Option<Component> {
    line.split_once('\t').map(|(definition, expression)| Component { definition, expression })
}

/// The parameters of each resource type: its own, then those of the types it is derived from.
pub fn by_base(
    parameters: &[SearchParameter],
    types: &[TypeDef],
    by_name: &HashMap<&'static str, u16>,
) -> HashMap<&'static str, Vec<u16>> {
    let mut own: HashMap<&str, Vec<u16>> = HashMap::new();
    for (place, parameter) in (0u16..).zip(parameters) {
        parameter.base.iter().for_each(|base| own.entry(base).or_default().push(place));
    }
    let mut all = HashMap::new();
    for def in types.iter().filter(|t| t.kind == Kind::Resource) {
        let mut places = Vec::new();
        let mut next = Some(def);
        while let Some(ancestor) = next {
            places.extend(own.get(ancestor.name).into_iter().flatten());
            next = ancestor.base.and_then(|base| by_name.get(base)).map(|index| &types[usize::from(*index)]);
        }
        all.insert(def.name, places);
    }
    all
}

pub fn compartments(text: &'static str) -> Vec<Compartment> {
    let mut compartments: Vec<Compartment> = Vec::new();
    for line in lines(text) {
        match (line.strip_prefix('\t').and_then(|l| l.split_once('\t')), compartments.last_mut()) {
            (Some((name, parameters)), Some(last)) => last.resources.push((name, parameters.split(' ').collect())),
            _ => compartments.push(Compartment { code: line, resources: Vec::new() }),
        }
    }
    compartments
}
