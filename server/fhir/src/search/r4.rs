//! The catalogue over the official R4 definitions.

use super::catalogue::Catalogue;
use super::parameter::{Component, Kind, Membership, Parameter, Source};
use crate::definition::{self, Definitions, SearchParameter};
use std::sync::OnceLock;

pub struct R4;

/// The parameters of R4 (4.0.1); plans are made as types are first used.
pub fn catalogue() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(|| Catalogue::new(Box::new(R4)))
}

fn parameter(defined: &SearchParameter) -> Option<Parameter> {
    Some(Parameter {
        code: defined.code.to_owned(),
        kind: Kind::from_code(defined.kind.name())?,
        expression: defined.expression.to_owned(),
        targets: defined.target.iter().map(|t| (*t).to_owned()).collect(),
        components: defined.components.iter().filter_map(component).collect(),
    })
}

/// By the last part of its address.
pub fn parameter_of(definition: &str) -> Option<Parameter> {
    parameter(Definitions::r4().search_parameter_of(definition)?)
}

fn component(defined: &definition::Component) -> Option<Component> {
    Some(Component { parameter: parameter_of(defined.definition)?, expression: defined.expression.to_owned() })
}

impl Source for R4 {
    fn resource_types(&self) -> Vec<String> {
        Definitions::r4().resource_names().iter().map(|name| (*name).to_owned()).collect()
    }

    fn parameters(&self, resource_type: &str) -> Vec<Parameter> {
        Definitions::r4().search_parameters_for(resource_type).filter_map(parameter).collect()
    }

    fn memberships(&self, resource_type: &str) -> Vec<Membership> {
        let owned = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
        let all = Definitions::r4().compartments().iter();
        all.map(|c| Membership { compartment: c.code.to_owned(), parameters: owned(c.parameters_for(resource_type)) })
            .collect()
    }
}
