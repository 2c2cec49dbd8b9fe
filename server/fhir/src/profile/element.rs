//! A profile as a tree of constraints: what a StructureDefinition's snapshot says, read once.
//!
//! <http://hl7.org/fhir/R4/elementdefinition.html>, <http://hl7.org/fhir/R4/profiling.html>

use std::sync::Arc;
use theriac_core::json::Node;

/// A StructureDefinition, compiled.
#[derive(Debug)]
pub struct Profile {
    pub url: String,
    pub version: Option<String>,
    /// The type it constrains or defines.
    pub type_name: String,
    /// A base that nobody knows, so that its rules are not in the tree.
    pub missing_base: Option<String>,
    /// Does it constrain another definition (and not define a type)?
    pub is_constraint: bool,
    pub root: Arc<Element>,
    /// Where an extension may be used.
    pub context: Vec<Context>,
    pub context_invariants: Vec<String>,
}

/// One place an extension may be used in.
#[derive(Debug)]
pub struct Context {
    /// `element`, `extension` or `fhirpath`.
    pub kind: String,
    pub expression: String,
}

#[derive(Debug, Clone, Default)]
pub struct Element {
    /// As in the definition: `Patient.extension:race`.
    pub id: Arc<str>,
    /// The last step of the path, without `[x]`.
    pub name: Arc<str>,
    pub slice: Option<Arc<str>>,
    pub min: u32,
    /// Nothing for `*`.
    pub max: Option<u32>,
    pub types: Vec<TypeRef>,
    pub fixed: Option<Arc<Node<'static>>>,
    pub pattern: Option<Arc<Node<'static>>>,
    pub binding: Option<Arc<Binding>>,
    pub constraints: Vec<Arc<Constraint>>,
    /// By an extension.
    pub min_length: Option<u32>,
    pub max_length: Option<u32>,
    pub min_value: Option<Arc<Node<'static>>>,
    pub max_value: Option<Arc<Node<'static>>>,
    /// Of an extension's root: it changes the meaning of what it stands in.
    pub is_modifier: bool,
    /// R5's `mustHaveValue`, as an extension: extensions alone are not enough.
    pub must_have_value: bool,
    /// R5's `valueAlternatives`, as an extension: what may stand instead of a value.
    pub value_alternatives: Vec<String>,
    /// Of a narrative: `_no`, `_yes`, `_resource` or a language.
    pub narrative_languages: Vec<String>,
    /// `Observation.referenceRange`, if the content is as there.
    pub content: Option<Arc<str>>,
    pub slicing: Option<Arc<Slicing>>,
    pub slices: Vec<Arc<Element>>,
    /// Empty if the type says all.
    pub children: Vec<Arc<Element>>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct TypeRef {
    pub code: String,
    pub profiles: Vec<String>,
    pub targets: Vec<String>,
    /// `contained`, `referenced`, `bundled`
    pub aggregation: Vec<String>,
    /// `either`, `independent`, `specific`
    pub versioning: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Binding {
    pub strength: Strength,
    pub value_set: String,
    /// The extension `elementdefinition-maxValueSet`: no code may be outside it.
    pub max_value_set: Option<String>,
    /// R5's `binding.additional`, as an extension, where it is required everywhere.
    pub additional: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strength {
    Required,
    Extensible,
    Preferred,
    Example,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Constraint {
    pub key: String,
    pub is_error: bool,
    pub human: String,
    pub expression: String,
    /// The canonical address of the definition it first stood in.
    pub source: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Slicing {
    pub discriminators: Vec<Discriminator>,
    pub ordered: bool,
    pub rules: Rules,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    Open,
    OpenAtEnd,
    Closed,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Discriminator {
    pub kind: Discriminates,
    pub path: String,
}

/// By what items are told apart; `pattern` is read as `value`, as R4 allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discriminates {
    Value,
    Exists,
    Type,
    Profile,
}

impl Element {
    pub fn child(&self, name: &str) -> Option<&Arc<Element>> {
        self.children.iter().find(|child| &*child.name == name)
    }

    pub fn is_extension(&self) -> bool {
        matches!(&*self.name, "extension" | "modifierExtension")
    }

    /// `1..*`
    pub fn cardinality(&self) -> String {
        format!("{}..{}", self.min, self.max.map_or("*".to_owned(), |max| max.to_string()))
    }
}

impl Slicing {
    /// What extensions are told apart by, said or not.
    pub fn by_url() -> Self {
        let discriminators = vec![Discriminator { kind: Discriminates::Value, path: "url".to_owned() }];
        Self { discriminators, ordered: false, rules: Rules::Open }
    }

    /// What the types of a choice are told apart by, said or not.
    pub fn by_type() -> Self {
        let discriminators = vec![Discriminator { kind: Discriminates::Type, path: "$this".to_owned() }];
        Self { discriminators, ordered: false, rules: Rules::Open }
    }
}

impl Profile {
    /// A profile of one element, to try it alone.
    pub fn bare(root: &Arc<Element>) -> Self {
        Self {
            url: String::new(),
            version: None,
            type_name: String::new(),
            missing_base: None,
            is_constraint: true,
            root: root.clone(),
            context: Vec::new(),
            context_invariants: Vec::new(),
        }
    }

    /// `url|version`, as findings name it.
    pub fn canonical(&self) -> String {
        match &self.version {
            Some(version) => format!("{}|{version}", self.url),
            None => self.url.clone(),
        }
    }
}
