//! The R4 (4.0.1) definitions: types and their elements, search parameters, compartments, and the codes of
//! required bindings. Read once from the compact text under `fhir-profiles/r4/`, which is part of the
//! program; every name is a slice of that text.
//!
//! <http://hl7.org/fhir/R4/structuredefinition.html>, <http://hl7.org/fhir/R4/searchparameter.html>

mod load;
mod member;
mod primitive;
mod search;

pub use member::Member;
pub use primitive::Primitive;
pub use search::{Compartment, Component, ParameterType, SearchParameter};

use std::collections::HashMap;
use std::sync::OnceLock;

/// Everything R4 defines that the server needs, in memory.
#[derive(Debug)]
pub struct Definitions {
    types: Vec<TypeDef>,
    by_name: HashMap<&'static str, u16>,
    resources: Vec<&'static str>,
    value_sets: Vec<(&'static str, Vec<&'static str>)>,
    parameters: Vec<SearchParameter>,
    /// Places in `parameters` by resource type, with what the type inherits.
    by_base: HashMap<&'static str, Vec<u16>>,
    compartments: Vec<Compartment>,
}

/// A resource, a data type, or a backbone element (named by its path, `Patient.contact`).
#[derive(Debug)]
pub struct TypeDef {
    pub name: &'static str,
    pub kind: Kind,
    pub is_abstract: bool,
    pub base: Option<&'static str>,
    /// For primitives: the expression the standard gives for the lexical form.
    pub regex: &'static str,
    /// Inherited elements first, then the type's own, in the standard's order.
    pub elements: Vec<Element>,
    members: member::Table,
    /// A bit for each element that must be there.
    required: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Primitive(Primitive),
    Complex,
    Backbone,
    Resource,
}

#[derive(Debug, Clone, Copy)]
pub struct Element {
    /// Without `[x]`.
    pub name: &'static str,
    /// Is it `name[x]`, a choice of types?
    pub is_choice: bool,
    pub min: u8,
    /// May it stand more than once? Then it is an array in JSON.
    pub repeats: bool,
    pub is_modifier: bool,
    pub is_summary: bool,
    /// The types as written: codes with targets in brackets, members of a choice, or `#` and a path.
    types: &'static str,
    /// The value set that codes must be from, if the binding is required.
    pub required_binding: Option<&'static str>,
    /// Its place in the value sets whose codes are known.
    codes: Option<u16>,
}

impl Definitions {
    /// FHIR R4, 4.0.1.
    pub fn r4() -> &'static Self {
        static R4: OnceLock<Definitions> = OnceLock::new();
        R4.get_or_init(load::r4)
    }

    pub fn type_of(&self, name: &str) -> Option<&TypeDef> {
        self.by_name.get(name).map(|index| self.type_at(*index))
    }

    /// The type of a member, as [`Member::target`] says.
    pub fn target(&self, member: &Member) -> &TypeDef {
        self.type_at(member.target)
    }

    pub(crate) fn type_at(&self, index: u16) -> &TypeDef {
        &self.types[usize::from(index)]
    }

    /// A type's place, as [`Member::target`] gives it.
    pub(crate) fn place_of(&self, name: &str) -> Option<u16> {
        self.by_name.get(name).copied()
    }

    pub(crate) fn types(&self) -> &[TypeDef] {
        &self.types
    }

    /// Is it the name of a resource type that can have instances?
    pub fn is_resource(&self, name: &str) -> bool {
        self.type_of(name).is_some_and(|t| t.kind == Kind::Resource && !t.is_abstract)
    }

    /// The 146 resource types that can have instances, in alphabetical order.
    pub fn resource_names(&self) -> &[&'static str] {
        &self.resources
    }

    /// The names of all elements that are choices of types, as often as they stand.
    pub fn choices(&self) -> impl Iterator<Item = &'static str> {
        self.types.iter().flat_map(|t| &t.elements).filter(|e| e.is_choice).map(|e| e.name)
    }

    /// The value set of a required binding with its codes, sorted, where the standard's package lists them all.
    pub fn required_codes(&self, element: &Element) -> Option<(&'static str, &[&'static str])> {
        let (url, codes) = self.value_sets.get(usize::from(element.codes?))?;
        Some((url, codes))
    }

    /// The codes of a value set, sorted, where the standard's package lists them all.
    pub fn codes(&self, value_set: &str) -> Option<&[&'static str]> {
        self.value_sets.iter().find(|(url, _)| *url == value_set).map(|(_, codes)| codes.as_slice())
    }

    /// What a type can be searched by, with the parameters of `Resource` and `DomainResource`.
    pub fn search_parameters_for(&self, resource_type: &str) -> impl Iterator<Item = &SearchParameter> {
        let places = self.by_base.get(resource_type).map_or(&[][..], Vec::as_slice);
        places.iter().map(|place| &self.parameters[usize::from(*place)])
    }

    pub fn search_parameter(&self, resource_type: &str, code: &str) -> Option<&SearchParameter> {
        self.search_parameters_for(resource_type).find(|p| p.code == code)
    }

    /// Every search parameter, for a CapabilityStatement or a composite's components.
    pub fn search_parameters(&self) -> &[SearchParameter] {
        &self.parameters
    }

    /// By the last part of its address, as [`SearchParameter::definition`] and [`Component::definition`] give it.
    pub fn search_parameter_of(&self, definition: &str) -> Option<&SearchParameter> {
        self.parameters.iter().find(|p| p.definition == definition)
    }

    pub fn compartments(&self) -> &[Compartment] {
        &self.compartments
    }
}

impl TypeDef {
    /// The element of a JSON member (`valueQuantity`) or of a path (`value`).
    pub fn element(&self, name: &str) -> Option<&Element> {
        match self.member(name) {
            Some(member) => Some(self.element_of(member)),
            None => self.elements.iter().find(|e| e.name == name.trim_end_matches("[x]")),
        }
    }

    /// The JSON member of that name, with its one type.
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members.find(name)
    }

    /// All JSON members, in the standard's order; a choice has one for each of its types.
    pub fn members(&self) -> &[Member] {
        self.members.all()
    }

    pub fn element_of(&self, member: &Member) -> &Element {
        &self.elements[usize::from(member.element)]
    }

    /// The required elements without a bit in `seen`, which has one for each place in `elements`.
    pub fn missing(&self, seen: u64) -> impl Iterator<Item = &Element> {
        let missing = self.required & !seen;
        self.elements.iter().enumerate().filter(move |(place, _)| missing & (1 << place) != 0).map(|(_, e)| e)
    }

    pub fn is_extension(&self) -> bool {
        self.name == "Extension"
    }

    pub fn primitive(&self) -> Option<Primitive> {
        match self.kind {
            Kind::Primitive(primitive) => Some(primitive),
            _ => None,
        }
    }
}

impl Element {
    /// Where references (or canonicals) of this element may point, `Resource` for anywhere.
    pub fn targets(&self) -> impl Iterator<Item = &'static str> {
        let inside =
            self.types.split(' ').filter_map(|t| t.split_once('(')).map(|(_, rest)| rest.trim_end_matches(')'));
        inside.flat_map(|t| t.split('|'))
    }

    /// `0..1`, `1..*`
    pub fn cardinality(&self) -> String {
        format!("{}..{}", self.min, if self.repeats { "*" } else { "1" })
    }
}

#[cfg(test)]
mod tests;
