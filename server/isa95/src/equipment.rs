//! Equipment of the role-based hierarchy (ISA-95.00.01, equipment hierarchy; ISA-95.00.02, equipment model) and
//! the properties of it that are watched. Reading a document is in `read`, the levels are in `level`, the place
//! in the hierarchy is in `hierarchy`.

mod address;
mod hierarchy;
mod level;
mod read;

use crate::limits::Limits;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use address::{Address, valid_equipment_id, valid_property_id};
pub use hierarchy::{Place, check_child, check_place, site_of};
pub use level::EquipmentLevel;

/// One piece of equipment, as `PUT /{tenant}/isa95/equipment/{id}` takes and gives it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Equipment {
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub equipment_level: EquipmentLevel,
    /// The id of the equipment this one is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<Property>,
}

/// A watched property, addressed as `{equipment id}.{property id}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Property {
    pub id: String,
    /// UCUM code, <https://ucum.org>; the code itself is not checked here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
}

impl Equipment {
    pub fn property(&self, id: &str) -> Option<&Property> {
        self.properties.iter().find(|p| p.id == id)
    }

    /// The addresses of all watched properties, in the order they stand in.
    pub fn addresses(&self) -> impl Iterator<Item = String> {
        self.properties.iter().map(|p| format!("{}.{}", self.id, p.id))
    }
}
