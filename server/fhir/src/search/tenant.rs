//! The tenant's own search parameters beside those of the standard: one catalogue for what is indexed, one for what can
//! be searched. A parameter is indexed from the moment it is known and searched by when its index is whole.

use super::catalogue::SEED_MARK;
use super::declare::{Known, declare, declare_with};
use super::parameter::{Membership, Parameter, Source};
use super::r4::R4;
use crate::canonical::Definition;
use crate::definition::Definitions;
use theriac_core::Result;
use theriac_core::hash::{hex, sha256};
use theriac_core::json::Node;

/// A parameter of the tenant for one resource type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    pub resource_type: String,
    pub url: String,
    pub parameter: Parameter,
    /// Under which name its values stand in the index: another definition has another one.
    pub seed: String,
    /// Is its index whole?
    pub ready: bool,
}

impl Own {
    /// One for each type it is for, without those that have a parameter of that code in the standard.
    ///
    /// # Errors
    /// Everything in it that cannot be served, see [`declare`].
    pub fn of(resource: &Node<'_>, known: Known<'_>) -> Result<Vec<Self>> {
        let (code, url) = (resource.text("code").unwrap_or_default(), resource.text("url").unwrap_or_default());
        let base: Vec<&str> =
            resource.get("base").map_or(&[][..], Node::items).iter().filter_map(Node::as_str).collect();
        let free: Vec<Node<'static>> =
            base.iter().filter(|name| !is_standard(name, code)).map(|name| Node::string(*name)).collect();
        if free.is_empty() && !base.is_empty() {
            return Ok(Vec::new());
        }
        let mut reduced = resource.clone().into_owned();
        if let Some(object) = reduced.as_object_mut() {
            object.set("base", Node::Array(free));
        }
        let declared = declare_with(&reduced, known).map_err(|mut error| {
            error.message = format!("the search parameter {url}: {error}");
            error
        })?;
        let parts: String = declared.components.iter().map(component_text).collect();
        let text = format!("{url}\n{}\n{}{parts}", declared.kind.code(), declared.expression);
        let seed = format!("{code}{SEED_MARK}{}", &hex(&sha256(text.as_bytes()))[..12]);
        let types = R4.resource_types().into_iter().filter(|name| declared.is_for(name) && !is_standard(name, code));
        let own = |resource_type| Self {
            resource_type,
            url: url.to_owned(),
            parameter: declared.parameter(),
            seed: seed.clone(),
            ready: false,
        };
        Ok(types.map(own).collect())
    }
}

fn component_text(component: &super::parameter::Component) -> String {
    let parameter = &component.parameter;
    format!("\n{}\n{}\n{}", parameter.kind.code(), parameter.expression, component.expression)
}

/// The tenant's active parameters by address, for composites that are made of them.
pub fn known(resources: &[Definition]) -> impl Fn(&str) -> Option<Parameter> + '_ {
    |url| {
        let is_it = |r: &&Definition| r.text("url") == Some(url) && r.text("status") == Some("active");
        declare(resources.iter().find(is_it)?).ok().map(|declared| declared.parameter())
    }
}

/// Has the standard a parameter of that code for the type?
fn is_standard(resource_type: &str, code: &str) -> bool {
    Definitions::r4().search_parameter(resource_type, code).is_some()
}

/// The standard's parameters and the tenant's.
pub struct Tenant {
    pub own: Vec<Own>,
    /// For searches: by code, and only what is ready; for the index by seed, and all.
    pub searched: bool,
}

impl Tenant {
    fn serves(&self, own: &Own, resource_type: &str) -> bool {
        own.resource_type == resource_type && (own.ready || !self.searched)
    }
}

impl Source for Tenant {
    fn resource_types(&self) -> Vec<String> {
        R4.resource_types()
    }

    fn parameters(&self, resource_type: &str) -> Vec<Parameter> {
        let own = self.own.iter().filter(|own| self.serves(own, resource_type)).map(|own| {
            let code = if self.searched { own.parameter.code.clone() } else { own.seed.clone() };
            Parameter { code, ..own.parameter.clone() }
        });
        R4.parameters(resource_type).into_iter().chain(own).collect()
    }

    fn memberships(&self, resource_type: &str) -> Vec<Membership> {
        R4.memberships(resource_type)
    }

    fn seed(&self, resource_type: &str, code: &str) -> Option<&str> {
        let own = self.own.iter().find(|own| self.serves(own, resource_type) && own.parameter.code == code)?;
        self.searched.then_some(own.seed.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::Catalogue;
    use crate::search::extract::extract;
    use crate::search::kind::Context;
    use theriac_core::clock::Instant;
    use theriac_core::json;

    fn definition(text: &str) -> Result<Vec<Own>> {
        Own::of(&json::parse(text.as_bytes()).unwrap(), &|_| None)
    }

    const HAIR: &str = r#"{"resourceType":"SearchParameter","url":"http://example.org/hair","code":"hair","base":["Patient"],"type":"string","expression":"Patient.extension('http://example.org/hair').value"}"#;

    #[test]
    fn what_is_indexed_by_seed_is_searched_by_code_when_it_is_ready() {
        let mut own = definition(HAIR).unwrap();
        let indexed = Catalogue::new(Box::new(Tenant { own: own.clone(), searched: false }));
        let searched = |own: &[Own]| Catalogue::new(Box::new(Tenant { own: own.to_vec(), searched: true }));
        assert!(searched(&own).plan("Patient").unwrap().get("hair").is_none(), "not yet");
        own[0].ready = true;
        let searched = searched(&own);
        let prepared = searched.plan("Patient").unwrap().get("hair").unwrap();
        let patient = r#"{"resourceType":"Patient","id":"1","extension":[{"url":"http://example.org/hair","valueString":"Red"}]}"#;
        let context = Context { base: "http://x", now: Instant(0), concepts: None };
        let index = extract(indexed.plan("Patient").unwrap(), &json::parse(patient.as_bytes()).unwrap(), &context);
        assert!(index.strings.iter().any(|row| row.param == prepared.number && row.folded == "red"));
        assert!(index.tokens.contains(&prepared.present));
        assert!(searched.plan("Patient").unwrap().get("name").is_some(), "the standard's own stay");
    }

    #[test]
    fn another_expression_is_another_index() {
        let other = HAIR.replace(".value\"", ".value.ofType(string)\"");
        assert_ne!(definition(HAIR).unwrap()[0].seed, definition(&other).unwrap()[0].seed);
    }

    #[test]
    fn the_standards_code_is_the_standards() {
        assert!(definition(&HAIR.replace("\"hair\"", "\"gender\"")).unwrap().is_empty());
    }

    #[test]
    fn what_cannot_be_indexed_is_refused_by_name() {
        for (from, to, says) in [
            ("\"string\"", "\"composite\"", "composite"),
            ("\"code\":\"hair\"", "\"code\":\"_hair\"", "_hair"),
            ("[\"Patient\"]", "[\"Person1\"]", "Person1"),
            (".value\"", ".\"", "expression"),
        ] {
            let error = definition(&HAIR.replace(from, to)).unwrap_err();
            assert!(error.message.contains(says) && error.message.contains("http://example.org/hair"), "{error}");
        }
    }
}
