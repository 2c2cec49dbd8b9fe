//! Validation: any StructureDefinition that is stored as such, on any resource, as strictly as a tenant may ask.

use super::{text, told};
use std::sync::Arc;
use theriac_core::json::{self, Node};
use theriac_core::{Error, Instant};
use theriac_fhir::canonical::{Canonicals, Definition, Embedded};
use theriac_fhir::profile::{Expressions, FhirPath, Follow, Library, Options, Refused, Severity, Validator, World};
use theriac_fhir::{structure, terminology};

const NOW: Instant = Instant(1_790_000_000_000_000);

/// The one definition that came along.
struct Own(Definition);

impl Canonicals for Own {
    fn find(&self, kind: &str, canonical: &str) -> Option<Definition> {
        let is_it = self.0.text("resourceType") == Some(kind) && self.0.text("url") == Some(canonical);
        is_it.then(|| self.0.clone())
    }

    fn addresses(&self, _: &str) -> Vec<String> {
        self.0.text("url").map(str::to_owned).into_iter().collect()
    }
}

fn strict() -> Options {
    Options {
        unknown_extension: Severity::Error,
        known_targets: true,
        follow: Follow::Exists,
        refused: Refused { examples: true, html_in_markdown: true, markup_in_strings: true },
        ..Options::default()
    }
}

/// The definition in the first line, then the resource. Findings are the same every time, and stand in the resource.
pub fn validated(bytes: &[u8]) -> String {
    let read = || -> Result<usize, Error> {
        let whole = text(bytes);
        let (definition, resource) = whole.split_once('\n').unwrap_or(("{}", &whole));
        let (definition, node) = (json::parse(definition.as_bytes())?, json::parse(resource.as_bytes())?);
        structure::check(&definition, None)?;
        let asked: Vec<String> = definition.text("url").map(str::to_owned).into_iter().collect();
        let own = Arc::new(Own(Arc::new(definition.into_owned())));
        let first = findings(own.clone(), &node, &asked);
        assert_eq!(first, findings(own, &node, &asked));
        let kind = node.text("resourceType").unwrap_or_default();
        assert!(first.iter().all(|path| path.starts_with(kind)), "{first:?}");
        Ok(first.len())
    };
    told(read().map(drop))
}

fn findings(own: Arc<Own>, node: &Node<'_>, asked: &[String]) -> Vec<String> {
    let library = Library::over(own, Library::r4());
    let (terminology, expressions) = (terminology::Library::new(Embedded::r4()), Expressions::default());
    let (world, options) = (World::at(NOW), strict());
    let invariants = &FhirPath::new(&expressions, &library, &terminology, &world);
    let (library, terminology, options, world) = (&library, &terminology, &options, &world);
    let found = Validator { library, terminology, invariants, options, world }.check(node, asked);
    found.into_iter().map(|finding| finding.path).collect()
}
