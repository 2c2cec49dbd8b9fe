//! Value sets that no resource defines, by the address of their code system: `?fhir_vs` holds all its codes,
//! `?fhir_vs=isa/[code]` a code and what is below it. <http://hl7.org/fhir/R4/snomedct.html#implicit>, offered for every system

use super::rule::Rule;
use crate::canonical::{Canonicals, Definition};
use std::sync::Arc;
use theriac_core::json::{self, Node};

const MARK: &str = "?fhir_vs";
const IS_A: &str = "=isa/";

/// The value set of such an address, where its system is here.
pub fn value_set(canonicals: &dyn Canonicals, canonical: &str) -> Option<Definition> {
    let (system, rest) = canonical.split_once(MARK)?;
    let is_known = canonicals.find("CodeSystem", system).is_some() || Rule::of(system).is_some();
    let mut include = serde_json::json!({ "system": system });
    match rest.strip_prefix(IS_A).filter(|code| !code.is_empty()) {
        Some(code) => include["filter"] = serde_json::json!([{ "property": "concept", "op": "is-a", "value": code }]),
        None if rest.is_empty() => {}
        None => return None,
    }
    let made = serde_json::json!({
        "resourceType": "ValueSet",
        "url": canonical,
        "status": "active",
        "compose": { "include": [include] },
    });
    let node = json::parse(made.to_string().as_bytes()).ok().map(Node::into_owned);
    node.filter(|_| is_known).map(Arc::new)
}

#[cfg(test)]
mod tests {
    use crate::terminology::expand::members;
    use crate::terminology::tests::library;

    fn codes(address: &str) -> Result<String, u16> {
        let found = library().set(address).and_then(|set| members(&set));
        let found = found.map_err(|error| error.status())?;
        Ok(found.iter().map(|m| m.code.as_str()).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn a_code_system_has_value_sets_that_nobody_wrote() {
        let all = "animal mammal dog puppy cat bat flyer bird dodo";
        assert_eq!(codes("http://example.org/animals?fhir_vs").as_deref(), Ok(all));
        assert_eq!(codes("http://example.org/animals?fhir_vs=isa/dog").as_deref(), Ok("dog puppy"));
        for unknown in ["http://example.org/animals?fhir_vs=refset", "http://example.org/nowhere?fhir_vs"] {
            assert_eq!(codes(unknown), Err(404), "{unknown}");
        }
    }
}
