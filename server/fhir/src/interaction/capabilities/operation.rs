//! The operations that are routed, as `CapabilityStatement.rest.operation` and `rest.resource.operation` list them.

use crate::service::Fhir;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use theriac_platform::http::Router;

/// Where an operation is called.
#[derive(Debug, Clone, Copy)]
pub enum Level<'n> {
    System,
    /// On a type or on its resources.
    Type(&'n str),
}

/// Operations that R4 does not define; their description stands in the route table.
const OWN: &[&str] = &["diff"];

/// Each operation of that level once, by name.
pub fn at(fhir: &Fhir, level: Level<'_>) -> Value {
    let rows = fhir.router.get().into_iter().flat_map(Router::rows);
    let found: BTreeSet<(&str, Option<&str>)> = rows.filter_map(|route| called(route.path, level)).collect();
    found.into_iter().map(|(name, on)| row(name, on)).collect()
}

/// Name of the operation, and the type it is defined on if it is for one only.
fn called<'p>(path: &'p str, level: Level<'_>) -> Option<(&'p str, Option<&'p str>)> {
    let mut segments = path.trim_start_matches("/{tenant}/fhir/").split('/');
    let (first, name) = (segments.next()?, path.rsplit('/').next()?.strip_prefix('$')?);
    match level {
        Level::System => first.starts_with('$').then_some((name, None)),
        Level::Type(_) if first == "{type}" => Some((name, None)),
        Level::Type(own) => (first == own).then_some((name, Some(first))),
    }
}

fn row(name: &str, on: Option<&str>) -> Value {
    let defined = match OWN.contains(&name) {
        true => format!("urn:theriac:operation:{name}"),
        false => format!("http://hl7.org/fhir/OperationDefinition/{}-{name}", on.unwrap_or("Resource")),
    };
    json!({ "name": name, "definition": defined })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_listed_where_it_is_called() {
        for (path, level, found) in [
            ("/{tenant}/fhir/$meta", Level::System, Some(("meta", None))),
            ("/{tenant}/fhir/$meta", Level::Type("Patient"), None),
            ("/{tenant}/fhir/{type}/{id}/$meta-add", Level::Type("Patient"), Some(("meta-add", None))),
            ("/{tenant}/fhir/{type}/{id}/$meta-add", Level::System, None),
            ("/{tenant}/fhir/Patient/{id}/$everything", Level::Type("Patient"), Some(("everything", Some("Patient")))),
            ("/{tenant}/fhir/Patient/{id}/$everything", Level::Type("Group"), None),
            ("/{tenant}/fhir/{type}/{id}", Level::Type("Patient"), None),
        ] {
            assert_eq!(called(path, level), found, "{path} {level:?}");
        }
        assert_eq!(
            row("everything", Some("Patient"))["definition"],
            "http://hl7.org/fhir/OperationDefinition/Patient-everything"
        );
    }
}
