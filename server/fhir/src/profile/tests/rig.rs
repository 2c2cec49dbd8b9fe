//! Profiles given as text, over the standard's definitions; findings as lines.

use crate::canonical::{Canonicals, Definition, Embedded, Layers};
use crate::profile::{Expressions, FhirPath, Finding, Library, NoInvariants, Options, Severity, Validator, World};
use crate::terminology;
use std::sync::Arc;
use theriac_core::Instant;
use theriac_core::json::{Node, parse};

/// 2023-11-14T22:13:20Z
pub const NOW: i64 = 1_700_000_000_000_000;

pub struct Own(pub Vec<Definition>);

impl Canonicals for Own {
    fn find(&self, kind: &str, canonical: &str) -> Option<Definition> {
        let fits = |d: &&Definition| d.text("resourceType") == Some(kind) && d.text("url") == Some(canonical);
        self.0.iter().find(fits).cloned()
    }

    fn addresses(&self, _: &str) -> Vec<String> {
        self.0.iter().filter_map(|d| d.text("url")).map(str::to_owned).collect()
    }
}

pub fn node(text: &str) -> Node<'static> {
    parse(text.as_bytes()).unwrap_or_else(|e| panic!("{e}: {text}")).into_owned()
}

/// A profile with that differential; its address is `http://example.org/` and the name.
pub fn profile(name: &str, kind: &str, base: &str, differential: &str) -> Definition {
    let base =
        if base.contains(':') { base.to_owned() } else { format!("http://hl7.org/fhir/StructureDefinition/{base}") };
    Arc::new(node(&format!(
        r#"{{"resourceType":"StructureDefinition","url":"http://example.org/{name}","type":"{kind}","kind":"resource",
        "derivation":"constraint","baseDefinition":"{base}","differential":{{"element":[{differential}]}}}}"#
    )))
}

fn layers(own: Vec<Definition>) -> Arc<Layers> {
    Arc::new(Layers(vec![Arc::new(Own(own)), Embedded::r4()]))
}

pub fn library(own: Vec<Definition>) -> Library {
    Library::new(layers(own))
}

pub fn check(own: Vec<Definition>, document: &Node<'_>, profiles: &[&str]) -> Vec<Finding> {
    check_in(own, document, profiles, &Options::default(), &World::at(Instant(NOW)))
}

pub fn check_in(
    own: Vec<Definition>,
    document: &Node<'_>,
    profiles: &[&str],
    options: &Options,
    world: &World,
) -> Vec<Finding> {
    let layers = layers(own);
    let (library, terminology) = (Library::new(layers.clone()), terminology::Library::new(layers));
    let validator =
        Validator { library: &library, terminology: &terminology, invariants: &NoInvariants, options, world };
    let profiles: Vec<String> = profiles.iter().map(|name| format!("http://example.org/{name}")).collect();
    validator.check(document, &profiles)
}

/// The errors, as `path check`.
pub fn errors(own: Vec<Definition>, document: &str, profiles: &[&str]) -> Vec<String> {
    errors_in(own, document, profiles, &Options::default(), &World::at(Instant(NOW)))
}

pub fn errors_in(
    own: Vec<Definition>,
    document: &str,
    profiles: &[&str],
    options: &Options,
    world: &World,
) -> Vec<String> {
    let all = check_in(own, &node(document), profiles, options, world);
    all.iter().filter(|f| f.severity == Severity::Error).map(|f| format!("{} {}", f.path, f.check)).collect()
}

/// As [`errors`], with invariants and conditions asked too.
pub fn errors_with_invariants(own: Vec<Definition>, document: &str) -> Vec<String> {
    let (layers, world) = (layers(own), World::at(Instant(NOW)));
    let (library, terminology) = (Library::new(layers.clone()), terminology::Library::new(layers));
    let (expressions, options) = (Expressions::default(), Options::default());
    let invariants = &FhirPath::new(&expressions, &library, &terminology, &world);
    let (library, terminology, options, world) = (&library, &terminology, &options, &world);
    let all = Validator { library, terminology, invariants, options, world }.check(&node(document), &[]);
    all.iter().filter(|f| f.severity == Severity::Error).map(|f| format!("{} {}", f.path, f.check)).collect()
}
