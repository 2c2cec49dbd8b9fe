//! The compiled profiles, each made once from its StructureDefinition when it is first asked for.

use super::element::{Context, Element, Profile};
use super::{read, snapshot};
use crate::canonical::{Canonicals, Definition, Embedded};
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use theriac_core::json::Node;

/// Why there is no profile to an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Absence {
    /// Nobody knows the address.
    Unknown,
    /// It is known, but makes no sense; says why.
    Broken(String),
}

/// How many profiles may need one another in a row.
const DEEPEST: usize = 50;

pub struct Library {
    canonicals: Arc<dyn Canonicals>,
    /// Asked for what is not among the canonicals, so that it is made once for all.
    below: Option<Arc<Library>>,
    made: RwLock<HashMap<String, Result<Arc<Profile>, Absence>>>,
}

/// The addresses being made, innermost first: a profile must not need itself.
pub struct Building<'b> {
    address: &'b str,
    outer: Option<&'b Building<'b>>,
}

impl Building<'_> {
    const NOTHING: Building<'static> = Building { address: "", outer: None };

    fn has(&self, address: &str) -> bool {
        self.address == address || self.outer.is_some_and(|outer| outer.has(address))
    }

    fn depth(&self) -> usize {
        self.outer.map_or(0, |outer| outer.depth() + 1)
    }
}

/// The standard's address of a type; absolute addresses stay.
pub fn canonical_of_type(code: &str) -> String {
    match code.contains(':') {
        true => code.to_owned(),
        false => format!("http://hl7.org/fhir/StructureDefinition/{code}"),
    }
}

impl Library {
    pub fn new(canonicals: Arc<dyn Canonicals>) -> Self {
        Self { canonicals, below: None, made: RwLock::default() }
    }

    /// What `canonicals` have comes before what is below; nothing below can need it.
    pub fn over(canonicals: Arc<dyn Canonicals>, below: Arc<Library>) -> Self {
        Self { canonicals, below: Some(below), made: RwLock::default() }
    }

    /// The standard's own definitions alone.
    pub fn r4() -> Arc<Self> {
        static R4: OnceLock<Arc<Library>> = OnceLock::new();
        R4.get_or_init(|| Arc::new(Self::new(Embedded::r4()))).clone()
    }

    /// Any definitional resource.
    pub fn find(&self, resource_type: &str, canonical: &str) -> Option<Definition> {
        let own = self.canonicals.find(resource_type, canonical);
        own.or_else(|| self.below.as_ref()?.find(resource_type, canonical))
    }

    /// # Errors
    /// Why there is none.
    pub fn profile(&self, canonical: &str) -> Result<Arc<Profile>, Absence> {
        self.build(canonical, &Building::NOTHING)
    }

    /// The definition of a type by the standard.
    pub fn of_type(&self, name: &str) -> Option<Arc<Profile>> {
        self.profile(&canonical_of_type(name)).ok()
    }

    /// The element another one's content is as: `Observation.referenceRange`.
    pub fn content(&self, path: &str, building: &Building<'_>) -> Option<Arc<Element>> {
        let mut names = path.split('.');
        let mut at = self.build(&canonical_of_type(names.next()?), building).ok()?.root.clone();
        for name in names {
            at = at.child(name.trim_end_matches("[x]"))?.clone();
        }
        Some(at)
    }

    pub fn content_of(&self, path: &str) -> Option<Arc<Element>> {
        self.content(path, &Building::NOTHING)
    }

    pub(super) fn build(&self, canonical: &str, outer: &Building<'_>) -> Result<Arc<Profile>, Absence> {
        if let Some(made) = self.made.read().get(canonical) {
            return made.clone();
        }
        if outer.has(canonical) {
            return Err(Absence::Broken(format!("{canonical} is defined by itself")));
        }
        if outer.depth() > DEEPEST {
            return Err(Absence::Broken(format!("more than {DEEPEST} profiles stand on one another")));
        }
        if let Some((whole, id)) = canonical.split_once('#') {
            return self.part(whole, id, outer);
        }
        let building = Building { address: canonical, outer: Some(outer) };
        let made = match self.canonicals.find("StructureDefinition", canonical) {
            Some(definition) => self.compile(&definition, &building).map(Arc::new).map_err(Absence::Broken),
            None => self.below.as_ref().map_or(Err(Absence::Unknown), |below| below.build(canonical, outer)),
        };
        // Unknown addresses come from outside and would fill the memory.
        if !matches!(made, Err(Absence::Unknown)) {
            self.made.write().insert(canonical.to_owned(), made.clone());
        }
        made
    }

    /// One element of a profile, as a profile.
    fn part(&self, whole: &str, id: &str, outer: &Building<'_>) -> Result<Arc<Profile>, Absence> {
        let profile = self.build(whole, outer)?;
        let found = find_element(&profile.root, id);
        found.map(|element| Arc::new(Profile::bare(&element))).ok_or(Absence::Unknown)
    }

    fn compile(&self, definition: &Node<'_>, building: &Building<'_>) -> Result<Profile, String> {
        let text = |name: &str| definition.text(name).map(str::to_owned);
        let url = text("url").ok_or("the StructureDefinition has no url")?;
        let type_name = text("type").ok_or("the StructureDefinition has no type")?;
        let is_constraint = definition.text("derivation") == Some("constraint");
        let (root, missing_base) = self.root(definition, &type_name, building)?;
        let contexts = definition.get("context").map_or(&[][..], Node::items);
        let invariants = definition.get("contextInvariant").map_or(&[][..], Node::items);
        Ok(Profile {
            url,
            version: text("version"),
            type_name: type_name
                .strip_prefix("http://hl7.org/fhir/StructureDefinition/")
                .unwrap_or(&type_name)
                .to_owned(),
            missing_base,
            is_constraint,
            root: Arc::new(root),
            context: contexts.iter().filter_map(context).collect(),
            context_invariants: invariants.iter().filter_map(Node::as_str).map(str::to_owned).collect(),
        })
    }

    /// Where nobody knows the base, the type stands in for it, and what was not known is told with every use.
    fn root(
        &self,
        definition: &Node<'_>,
        type_name: &str,
        building: &Building<'_>,
    ) -> Result<(Element, Option<String>), String> {
        let whole = read::elements(definition, "snapshot");
        if !whole.is_empty() {
            return Ok((snapshot::build(self, building, Element::default(), whole, false)?, None));
        }
        let changes = read::elements(definition, "differential");
        let named = definition.text("baseDefinition").ok_or("it has neither a snapshot nor a base")?;
        let (base, missing) = match self.build(named, building) {
            Ok(base) => (base, None),
            Err(Absence::Unknown) => {
                let base = self.build(&canonical_of_type(type_name), building);
                let base = base.map_err(|_| format!("neither its base {named} nor its type {type_name} is known"))?;
                (base, Some(named.to_owned()))
            }
            Err(Absence::Broken(why)) => return Err(format!("its base {named} cannot be used: {why}")),
        };
        let missing = missing.or_else(|| base.missing_base.clone());
        Ok((snapshot::build(self, building, base.root.as_ref().clone(), changes, true)?, missing))
    }
}

fn find_element(element: &Arc<Element>, id: &str) -> Option<Arc<Element>> {
    if &*element.id == id {
        return Some(element.clone());
    }
    element.slices.iter().chain(&element.children).find_map(|inner| find_element(inner, id))
}

fn context(node: &Node<'_>) -> Option<Context> {
    Some(Context { kind: node.text("type")?.to_owned(), expression: node.text("expression")?.to_owned() })
}
