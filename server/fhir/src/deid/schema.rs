//! R4's types as profiles of de-identification know them.

use crate::definition::{Definitions, Kind};
use theriac_deid::schema::{Member, Schema};

/// FHIR R4, 4.0.1.
pub struct R4;

impl Schema for R4 {
    fn resources(&self) -> Vec<&'static str> {
        Definitions::r4().resource_names().to_vec()
    }

    fn members(&self, of: &str) -> Vec<Member> {
        let definitions = Definitions::r4();
        let Some(def) = definitions.type_of(of) else { return Vec::new() };
        let member = |member: &crate::definition::Member| Member {
            name: member.name,
            element: def.element_of(member).name,
            target: definitions.type_at(member.target).name,
        };
        def.members().iter().map(member).collect()
    }

    fn base(&self, of: &str) -> Option<&'static str> {
        Definitions::r4().type_of(of)?.base
    }

    fn is_primitive(&self, name: &str) -> bool {
        Definitions::r4().type_of(name).is_some_and(|def| def.primitive().is_some())
    }

    fn is_any(&self, name: &str) -> bool {
        Definitions::r4().type_of(name).is_some_and(|def| def.kind == Kind::Resource)
    }

    fn is_type(&self, name: &str) -> bool {
        Definitions::r4().type_of(name).is_some()
    }
}
