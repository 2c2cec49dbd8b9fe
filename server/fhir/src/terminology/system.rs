//! A code system as a table of concepts with its hierarchy, <http://hl7.org/fhir/R4/codesystem.html>.
//!
//! The hierarchy comes from nested concepts and from the properties `parent` and `child`. Concepts are not copied:
//! each knows its way through the resource.

use crate::canonical::{Canonical, Definition};
use std::collections::{HashMap, HashSet};
use theriac_core::json::Node;

/// The place of a concept in its system, in the order of the resource.
pub type Place = usize;

#[derive(Debug)]
pub struct System {
    pub url: String,
    pub version: Option<String>,
    /// Are all concepts here? Then a code that is not, is wrong.
    pub is_complete: bool,
    resource: Definition,
    case_sensitive: bool,
    concepts: Vec<Concept>,
    by_code: HashMap<String, Place>,
}

#[derive(Debug, Default)]
struct Concept {
    /// Which member of `concept`, level by level.
    path: Vec<usize>,
    parents: Vec<Place>,
    children: Vec<Place>,
}

/// Another word for a concept.
#[derive(Debug, Clone, Copy)]
pub struct Designation<'s> {
    pub language: Option<&'s str>,
    pub value: &'s str,
    pub node: &'s Node<'static>,
}

const PARENT: &str = "http://hl7.org/fhir/concept-properties#parent";
const CHILD: &str = "http://hl7.org/fhir/concept-properties#child";

impl System {
    pub fn read(resource: Definition) -> Self {
        let url = Canonical::of(resource.text("url").unwrap_or_default()).url.to_owned();
        let mut system = Self {
            url,
            version: resource.text("version").map(str::to_owned),
            is_complete: resource.text("content") == Some("complete"),
            case_sensitive: resource.get("caseSensitive").and_then(Node::as_bool).unwrap_or(true),
            resource: resource.clone(),
            concepts: Vec::new(),
            by_code: HashMap::new(),
        };
        system.add(&resource, &mut Vec::new(), None);
        system.link(&resource);
        system
    }

    fn add(&mut self, level: &Node<'static>, path: &mut Vec<usize>, parent: Option<Place>) {
        for (number, concept) in level.get("concept").map_or(&[][..], Node::items).iter().enumerate() {
            let place = self.concepts.len();
            path.push(number);
            let parents = parent.into_iter().collect();
            self.concepts.push(Concept { path: path.clone(), parents, children: Vec::new() });
            let code = self.folded(concept.text("code").unwrap_or_default());
            self.by_code.entry(code).or_insert(place);
            if let Some(parent) = parent {
                self.concepts[parent].children.push(place);
            }
            self.add(concept, path, Some(place));
            path.pop();
        }
    }

    /// Hierarchy by properties, beside that by nesting.
    fn link(&mut self, resource: &Node<'static>) {
        let of = |uri: &str, code: &'static str| {
            let defined = resource.get("property").map_or(&[][..], Node::items).iter();
            let named = defined.filter(|p| p.text("uri") == Some(uri)).filter_map(|p| p.text("code"));
            named.chain([code]).map(str::to_owned).collect::<Vec<_>>()
        };
        let (parent, child) = (of(PARENT, "parent"), of(CHILD, "child"));
        let mut pairs = Vec::new();
        for place in 0..self.concepts.len() {
            for property in self.concept(place).get("property").map_or(&[][..], Node::items) {
                let name = property.text("code").unwrap_or_default().to_owned();
                let other = property.text("valueCode").and_then(|code| self.find(code));
                match other {
                    Some(other) if parent.contains(&name) => pairs.push((other, place)),
                    Some(other) if child.contains(&name) => pairs.push((place, other)),
                    _ => {}
                }
            }
        }
        for (parent, child) in pairs {
            if !self.concepts[parent].children.contains(&child) {
                self.concepts[parent].children.push(child);
                self.concepts[child].parents.push(parent);
            }
        }
    }

    fn folded(&self, code: &str) -> String {
        if self.case_sensitive { code.to_owned() } else { code.to_lowercase() }
    }

    pub fn find(&self, code: &str) -> Option<Place> {
        self.by_code.get(&self.folded(code)).copied()
    }

    /// Are these the same code in this system?
    pub fn same(&self, one: &str, other: &str) -> bool {
        self.folded(one) == self.folded(other)
    }

    pub fn len(&self) -> usize {
        self.concepts.len()
    }

    pub fn resource(&self) -> &Node<'static> {
        &self.resource
    }

    /// The concept as it stands in the resource.
    pub fn concept(&self, place: Place) -> &Node<'static> {
        static NOTHING: Node<'static> = Node::Null;
        let path = self.concepts.get(place).map_or(&[][..], |c| &c.path);
        path.iter().fold(&*self.resource, |level, number| {
            level.get("concept").and_then(|c| c.items().get(*number)).unwrap_or(&NOTHING)
        })
    }

    pub fn code(&self, place: Place) -> &str {
        self.concept(place).text("code").unwrap_or_default()
    }

    /// The display in that language, where there is one; otherwise the main one.
    pub fn display(&self, place: Place, language: Option<&str>) -> Option<&str> {
        let main = self.concept(place).text("display");
        let Some(wanted) = language else { return main };
        if self.resource.text("language").is_some_and(|own| speaks(own, wanted)) {
            return main;
        }
        let own = self.designations(place).find(|d| d.language.is_some_and(|l| speaks(l, wanted)));
        own.map(|d| d.value).or(main)
    }

    pub fn designations(&self, place: Place) -> impl Iterator<Item = Designation<'_>> {
        designations(self.concept(place))
    }

    /// The values of a property as text, the ones that every concept has included.
    pub fn property(&self, place: Place, name: &str) -> Vec<String> {
        let own = |code: &str| self.concept(place).text(code).map(str::to_owned).into_iter().collect();
        let codes = |places: &[Place]| places.iter().map(|p| self.code(*p).to_owned()).collect();
        match name {
            "code" | "concept" => vec![self.code(place).to_owned()],
            "display" | "definition" => own(name),
            "parent" => codes(self.parents(place)),
            "child" => codes(self.children(place)),
            _ => self.stated(place, name),
        }
    }

    fn stated(&self, place: Place, name: &str) -> Vec<String> {
        let all = self.concept(place).get("property").map_or(&[][..], Node::items).iter();
        all.filter(|p| p.text("code") == Some(name)).filter_map(value).map(text).collect()
    }

    /// Does the system say what that property is?
    pub fn defines(&self, name: &str) -> bool {
        const GIVEN: &[&str] = &[
            "code",
            "concept",
            "display",
            "definition",
            "parent",
            "child",
            "inactive",
            "notSelectable",
            "status",
            "deprecationDate",
        ];
        let defined = |list: &str| {
            let all = self.resource.get(list).map_or(&[][..], Node::items).iter();
            all.filter_map(|p| p.text("code")).any(|code| code == name)
        };
        GIVEN.contains(&name) || defined("property") || defined("filter")
    }

    /// Not for use in instances: a mere heading.
    pub fn is_abstract(&self, place: Place) -> bool {
        self.is_true(place, "notSelectable") || self.is_true(place, "abstract")
    }

    pub fn is_inactive(&self, place: Place) -> bool {
        let retired = |status: &String| matches!(status.as_str(), "inactive" | "retired");
        self.is_true(place, "inactive") || self.stated(place, "status").iter().any(retired)
    }

    fn is_true(&self, place: Place, name: &str) -> bool {
        self.stated(place, name).iter().any(|value| value == "true")
    }

    pub fn parents(&self, place: Place) -> &[Place] {
        self.concepts.get(place).map_or(&[], |c| &c.parents)
    }

    pub fn children(&self, place: Place) -> &[Place] {
        self.concepts.get(place).map_or(&[], |c| &c.children)
    }

    /// The concept and all that are below it.
    pub fn below(&self, place: Place) -> HashSet<Place> {
        self.walk(place, Self::children)
    }

    /// The concept and all that are above it.
    pub fn above(&self, place: Place) -> HashSet<Place> {
        self.walk(place, Self::parents)
    }

    fn walk(&self, from: Place, next: fn(&Self, Place) -> &[Place]) -> HashSet<Place> {
        let mut seen = HashSet::from([from]);
        let mut open = vec![from];
        while let Some(place) = open.pop() {
            open.extend(next(self, place).iter().copied().filter(|other| seen.insert(*other)));
        }
        seen
    }

    /// Nothing where the hierarchy means is-a; else what it means.
    pub fn other_hierarchy(&self) -> Option<&str> {
        self.resource.text("hierarchyMeaning").filter(|meaning| *meaning != "is-a")
    }
}

/// The designations of a concept, in a code system or in a value set.
pub fn designations<'n>(concept: &'n Node<'static>) -> impl Iterator<Item = Designation<'n>> {
    let all = concept.get("designation").map_or(&[][..], Node::items).iter();
    all.filter_map(|node| Some(Designation { language: node.text("language"), value: node.text("value")?, node }))
}

/// Does a text in the language `own` serve who wants `wanted`? `de-CH` serves `de` (RFC 4647, 3.3.1), no other way round.
pub fn speaks(own: &str, wanted: &str) -> bool {
    let (own, wanted) = (own.to_ascii_lowercase(), wanted.to_ascii_lowercase());
    own.strip_prefix(&wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// The `value[x]` of a property.
pub fn value<'n>(property: &'n Node<'static>) -> Option<&'n Node<'static>> {
    property.as_object()?.iter().find(|(name, _)| name.starts_with("value")).map(|(_, value)| value)
}

fn text(value: &Node<'static>) -> String {
    match value {
        Node::String(text) | Node::Number(text) => text.clone().into_owned(),
        Node::Bool(truth) => truth.to_string(),
        coding => coding.text("code").unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminology::tests::definition;

    fn animals() -> System {
        System::read(definition(crate::terminology::tests::ANIMALS))
    }

    fn codes(system: &System, places: HashSet<Place>) -> Vec<String> {
        let mut codes: Vec<_> = places.into_iter().map(|p| system.code(p).to_owned()).collect();
        codes.sort();
        codes
    }

    #[test]
    fn the_hierarchy_comes_from_nesting_and_from_properties() {
        let system = animals();
        let below = |code| codes(&system, system.below(system.find(code).unwrap()));
        assert_eq!(below("mammal"), ["bat", "cat", "dog", "mammal", "puppy"], "the bat says its parent");
        assert_eq!(below("flyer"), ["bat", "bird", "flyer"], "and the flyer its children");
        let above = |code| codes(&system, system.above(system.find(code).unwrap()));
        assert_eq!(above("bat"), ["animal", "bat", "flyer", "mammal"]);
        assert_eq!(above("puppy"), ["animal", "dog", "mammal", "puppy"]);
    }

    #[test]
    fn properties_headings_and_states_are_read() {
        let system = animals();
        let at = |code| system.find(code).unwrap();
        assert!(system.is_abstract(at("animal")) && !system.is_abstract(at("dog")));
        assert!(system.is_inactive(at("dodo")) && !system.is_inactive(at("dog")));
        assert_eq!(system.property(at("dog"), "legs"), ["4"]);
        assert_eq!(system.property(at("bat"), "parent"), ["mammal", "flyer"]);
        assert!(system.defines("legs") && !system.defines("wings"));
    }

    #[test]
    fn a_display_is_given_in_the_language_that_is_asked_for() {
        let system = animals();
        let dog = system.find("dog").unwrap();
        assert_eq!(system.display(dog, None), Some("Dog"));
        assert_eq!(system.display(dog, Some("de")), Some("Hund"));
        assert_eq!(system.display(dog, Some("en")), Some("Dog"));
        assert_eq!(system.display(dog, Some("fr")), Some("Dog"), "better than nothing");
        assert!(speaks("de-CH", "de") && !speaks("de", "de-CH") && !speaks("den", "de"));
    }

    #[test]
    fn letter_case_counts_unless_the_system_says_that_it_does_not() {
        assert!(animals().find("DOG").is_none());
        let text = r#"{"resourceType":"CodeSystem","url":"u","caseSensitive":false,"content":"complete","concept":[{"code":"Ab"}]}"#;
        let system = System::read(definition(text));
        assert_eq!(system.find("aB").map(|p| system.code(p)), Some("Ab"));
    }

    #[test]
    fn a_circle_of_parents_does_not_go_round_for_ever() {
        let text = r#"{"resourceType":"CodeSystem","url":"u","content":"complete","concept":[
            {"code":"a","property":[{"code":"parent","valueCode":"b"}]},
            {"code":"b","property":[{"code":"parent","valueCode":"a"}]}]}"#;
        let system = System::read(definition(text));
        assert_eq!(codes(&system, system.below(0)), ["a", "b"]);
    }
}
