//! The tenant's own search parameters beside those of the standard: one catalogue for what is indexed, one for what can
//! be searched. A parameter is indexed from the moment it is known and searched by when its index is whole.

use super::catalogue::Catalogue;
use super::parameter::{Kind, Membership, Parameter, Source};
use super::r4::{self, R4};
use theriac_core::hash::{hex, sha256};
use theriac_core::json::Node;
use theriac_core::{Code, Error, Result};

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
    /// One for each of its bases that is a resource type and has no parameter of that code in the standard.
    ///
    /// # Errors
    /// `NotSupported` for a kind or an expression that cannot be indexed here.
    pub fn of(resource: &Node<'_>) -> Result<Vec<Self>> {
        let text = |name: &str| resource.text(name).unwrap_or_default().to_owned();
        let (code, url, expression) = (text("code"), text("url"), text("expression"));
        let refuse = |why: String| Error::new(Code::NotSupported, format!("the search parameter {url}: {why}"));
        let kind = Kind::from_code(&text("type")).ok_or_else(|| refuse("it has no type".to_owned()))?;
        if matches!(kind, Kind::Composite | Kind::Special) {
            return Err(refuse(format!("the type {} is not served at run time", kind.code())));
        }
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        if code.is_empty() || code.starts_with('_') || !code.chars().all(fits) {
            return Err(refuse(format!("the code '{code}' cannot be a search parameter's")));
        }
        let words = |name: &str| {
            let all = resource.get(name).map_or(&[][..], Node::items).iter();
            all.filter_map(Node::as_str).map(str::to_owned).collect::<Vec<_>>()
        };
        let parameter = super::parameter::plain(code.clone(), kind, expression.clone(), words("target"));
        let digest = sha256(format!("{url}\n{}\n{expression}", kind.code()).as_bytes());
        let seed = format!("{code}@{}", &hex(&digest)[..12]);
        let mut all = Vec::new();
        for resource_type in words("base") {
            if r4::catalogue().plan(&resource_type).is_none() {
                return Err(refuse(format!("the base {resource_type} is not a resource type")));
            }
            let is_standard = R4.parameters(&resource_type).iter().any(|p| p.code == code);
            if !is_standard {
                let own = Self {
                    resource_type,
                    url: url.clone(),
                    parameter: parameter.clone(),
                    seed: seed.clone(),
                    ready: false,
                };
                own.check().map_err(&refuse)?;
                all.push(own);
            }
        }
        Ok(all)
    }

    /// Can its values be taken out of resources?
    fn check(&self) -> Result<(), String> {
        let catalogue = Catalogue::new(Box::new(Tenant { own: vec![self.clone()], searched: false }));
        match catalogue.plan(&self.resource_type).and_then(|plan| plan.get(&self.seed)) {
            Some(_) => Ok(()),
            None => Err(format!("its expression cannot be indexed for {}", self.resource_type)),
        }
    }
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
    use crate::search::extract::extract;
    use crate::search::kind::Context;
    use theriac_core::clock::Instant;
    use theriac_core::json;

    fn definition(text: &str) -> Result<Vec<Own>> {
        Own::of(&json::parse(text.as_bytes()).unwrap())
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
        let other = HAIR.replace(".value", ".value.as(string)");
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
            (".value\"", ".\"", "cannot be indexed"),
        ] {
            let error = definition(&HAIR.replace(from, to)).unwrap_err();
            assert!(error.message.contains(says) && error.message.contains("http://example.org/hair"), "{error}");
        }
    }
}
