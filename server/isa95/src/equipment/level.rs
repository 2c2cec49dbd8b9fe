//! The closed set of equipment levels (ISA-95.00.01, equipment hierarchy; the two lowest are ISA-88's), and which
//! level may be part of which.
//!
//! Where the plant names the general level only (WorkCenter, WorkUnit), every special one of that row fits.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! levels {
    ($($name:ident: $($parent:ident)*;)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
        pub enum EquipmentLevel { $($name),* }

        impl EquipmentLevel {
            pub const ALL: &[Self] = &[$(Self::$name),*];
            pub(super) const NAMES: &[&str] = &[$(stringify!($name)),*];

            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }

            pub fn from_name(name: &str) -> Option<Self> {
                match name { $(stringify!($name) => Some(Self::$name),)* _ => None }
            }

            /// The levels that equipment of this level may be a part of.
            pub fn parents(self) -> &'static [Self] {
                match self { $(Self::$name => &[$(Self::$parent),*]),* }
            }
        }
    };
}

levels! {
    Enterprise:      ;
    Site:            Enterprise;
    Area:            Site;
    WorkCenter:      Area;
    ProcessCell:     Area;
    ProductionUnit:  Area;
    ProductionLine:  Area;
    StorageZone:     Area;
    WorkUnit:        WorkCenter ProcessCell ProductionUnit ProductionLine StorageZone;
    Unit:            WorkCenter ProcessCell ProductionUnit;
    WorkCell:        WorkCenter ProductionLine;
    StorageUnit:     WorkCenter StorageZone;
    EquipmentModule: WorkUnit Unit WorkCell StorageUnit ProcessCell EquipmentModule;
    ControlModule:   WorkUnit Unit WorkCell StorageUnit ProcessCell EquipmentModule ControlModule;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for level in EquipmentLevel::ALL {
            assert_eq!(EquipmentLevel::from_name(level.name()), Some(*level));
            assert_eq!(serde_json::to_value(level).unwrap(), level.name());
        }
        assert_eq!(EquipmentLevel::from_name("workcenter"), None);
    }

    #[test]
    fn every_level_leads_up_to_the_enterprise() {
        for level in EquipmentLevel::ALL {
            let mut at = *level;
            let mut steps = 0;
            while let Some(parent) = at.parents().first() {
                at = *parent;
                steps += 1;
                assert!(steps < 10, "{level:?}");
            }
            assert_eq!(at, EquipmentLevel::Enterprise, "{level:?}");
        }
    }
}
