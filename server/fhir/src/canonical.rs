//! Where canonical addresses lead: definitional resources (structures, value sets, code systems, ...) by their
//! `url` and version, in layers: what a tenant has stored comes before what is part of the program.
//!
//! <http://hl7.org/fhir/R4/references.html#canonical>

mod embedded;
pub(crate) mod tenant;

pub use embedded::Embedded;
pub use tenant::TenantCanonicals;

use std::sync::Arc;
use theriac_core::json::Node;

/// A definitional resource, shared by all who read it.
pub type Definition = Arc<Node<'static>>;

/// A place where definitional resources are found by their canonical address.
pub trait Canonicals: Send + Sync {
    /// The resource of that type. A canonical with `|version` finds just this version, one without finds the
    /// newest; a `#fragment` is not looked at.
    fn find(&self, resource_type: &str, canonical: &str) -> Option<Definition>;

    /// The addresses of all resources of that type, without versions.
    fn addresses(&self, resource_type: &str) -> Vec<String>;

    /// What adds words and properties to the code system of that address.
    fn supplements(&self, _system: &str) -> Vec<Definition> {
        Vec::new()
    }
}

/// `url|version#fragment` in its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Canonical<'a> {
    pub url: &'a str,
    pub version: Option<&'a str>,
    pub fragment: Option<&'a str>,
}

impl<'a> Canonical<'a> {
    pub fn of(text: &'a str) -> Self {
        let (rest, fragment) = split(text, '#');
        let (url, version) = split(rest, '|');
        Self { url, version, fragment }
    }
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at).map_or((text, None), |(left, right)| (left, Some(right)))
}

/// Layers, the first that knows an address answers.
pub struct Layers(pub Vec<Arc<dyn Canonicals>>);

impl Canonicals for Layers {
    fn find(&self, resource_type: &str, canonical: &str) -> Option<Definition> {
        self.0.iter().find_map(|layer| layer.find(resource_type, canonical))
    }

    fn addresses(&self, resource_type: &str) -> Vec<String> {
        let mut all: Vec<String> = self.0.iter().flat_map(|layer| layer.addresses(resource_type)).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    fn supplements(&self, system: &str) -> Vec<Definition> {
        self.0.iter().flat_map(|layer| layer.supplements(system)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_canonical_is_read_in_its_parts() {
        let whole = Canonical::of("http://x/y|1.0#a");
        assert_eq!(whole, Canonical { url: "http://x/y", version: Some("1.0"), fragment: Some("a") });
        assert_eq!(Canonical::of("urn:x"), Canonical { url: "urn:x", version: None, fragment: None });
    }

    #[test]
    fn every_definition_of_the_standard_is_found_by_its_address() {
        let all = Embedded::r4();
        for (kind, count) in [("StructureDefinition", 655), ("ValueSet", 1316), ("CodeSystem", 1059)] {
            let addresses = all.addresses(kind);
            assert_eq!(addresses.len(), count, "{kind}");
            for address in addresses {
                let found = all.find(kind, &address).unwrap_or_else(|| panic!("{kind} {address}"));
                assert_eq!(found.text("resourceType"), Some(kind));
                assert_eq!(Canonical::of(found.text("url").unwrap()).url, address);
            }
        }
    }

    #[test]
    fn a_version_that_is_asked_for_must_be_the_one() {
        let all = Embedded::r4();
        assert!(all.find("StructureDefinition", "http://hl7.org/fhir/StructureDefinition/Patient|4.0.1").is_some());
        assert!(all.find("StructureDefinition", "http://hl7.org/fhir/StructureDefinition/Patient|5.0.0").is_none());
        for version in ["2.1", "2.4"] {
            let table = format!("http://terminology.hl7.org/CodeSystem/v2-0006|{version}");
            assert_eq!(all.find("CodeSystem", &table).unwrap().text("url"), Some(table.as_str()));
        }
        assert!(all.find("ValueSet", "http://hl7.org/fhir/StructureDefinition/Patient").is_none());
    }

    #[test]
    fn the_first_layer_that_knows_an_address_answers() {
        struct Own(Definition);
        impl Canonicals for Own {
            fn find(&self, _: &str, canonical: &str) -> Option<Definition> {
                (Canonical::of(canonical).url == "http://x").then(|| self.0.clone())
            }
            fn addresses(&self, _: &str) -> Vec<String> {
                vec!["http://x".to_owned()]
            }
        }
        let own = Arc::new(Own(Arc::new(Node::string("own"))));
        let layers = Layers(vec![own, Embedded::r4()]);
        assert_eq!(layers.find("ValueSet", "http://x").unwrap().as_str(), Some("own"));
        assert!(layers.find("ValueSet", "http://hl7.org/fhir/ValueSet/administrative-gender").is_some());
    }
}
