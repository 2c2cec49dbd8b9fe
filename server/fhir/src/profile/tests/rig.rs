//! Profiles given as text, over the standard's definitions; findings as lines.

use crate::canonical::{Canonicals, Definition, Embedded, Layers};
use crate::profile::{Finding, Library, NoInvariants, Options, Severity, Validator};
use crate::terminology;
use std::sync::Arc;
use theriac_core::json::{Node, parse};

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
    let layers = layers(own);
    let (library, terminology) = (Library::new(layers.clone()), terminology::Library::new(layers));
    let validator = Validator {
        library: &library,
        terminology: &terminology,
        invariants: &NoInvariants,
        options: Options::default(),
    };
    let profiles: Vec<String> = profiles.iter().map(|name| format!("http://example.org/{name}")).collect();
    validator.check(document, &profiles)
}

/// The errors, as `path check`.
pub fn errors(own: Vec<Definition>, document: &str, profiles: &[&str]) -> Vec<String> {
    let all = check(own, &node(document), profiles);
    all.iter().filter(|f| f.severity == Severity::Error).map(|f| format!("{} {}", f.path, f.check)).collect()
}
