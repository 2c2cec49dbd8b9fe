//! The table of resource types: where they stand under `/{tenant}/isa95/`, and the B2MML element that each one is.

use crate::b2mml::{Kind, document, kind};
use theriac_core::{Error, Result};

/// One kind of resource.
#[derive(Debug, PartialEq, Eq)]
pub struct Type {
    /// The word in addresses, in ledger topics and in stores.
    pub address: &'static str,
    pub element: &'static str,
    /// The member that names what a record is part of; empty: none does.
    pub parent: &'static str,
    /// Documents of the same type inside of it that become records of their own, with it as parent.
    pub nested: &'static str,
    /// The noun whose messages carry it, and the member of the noun, where it is no noun itself.
    pub carrier: Option<(&'static str, &'static str)>,
}

const fn row(address: &'static str, element: &'static str) -> Type {
    Type { address, element, parent: "", nested: "", carrier: None }
}

const fn part(address: &'static str, element: &'static str, parent: &'static str, nested: &'static str) -> Type {
    Type { parent, nested, ..row(address, element) }
}

const fn carried(address: &'static str, element: &'static str, noun: &'static str) -> Type {
    Type { carrier: Some((noun, element)), ..row(address, element) }
}

#[rustfmt::skip]
pub const TYPES: &[Type] = &[
    part("equipment",                 "Equipment",                 "parent", "equipmentChild"),
    row ("equipmentClasses",          "EquipmentClass"),
    part("physicalAssets",            "PhysicalAsset",             "parent", "physicalAssetChild"),
    row ("physicalAssetClasses",      "PhysicalAssetClass"),
    row ("persons",                   "Person"),
    row ("personnelClasses",          "PersonnelClass"),
    row ("materialClasses",           "MaterialClass"),
    row ("materialDefinitions",       "MaterialDefinition"),
    row ("materialLots",              "MaterialLot"),
    part("materialSubLots",           "MaterialSubLot",            "materialLotID", ""),
    part("operationalLocations",      "OperationalLocation",       "parent", "operationalLocationChild"),
    row ("operationalLocationClasses", "OperationalLocationClass"),
    row ("processSegments",           "ProcessSegment"),
    row ("operationsDefinitions",     "OperationsDefinition"),
    carried("operationsSegments",     "OperationsSegment",         "OperationsDefinitionInformation"),
    row ("operationsMaterialBills",   "OperationsMaterialBill"),
    row ("operationsCapabilities",    "OperationsCapability"),
    row ("operationsSchedules",       "OperationsSchedule"),
    row ("operationsPerformances",    "OperationsPerformance"),
    row ("operationsEventClasses",    "OperationsEventClass"),
    row ("operationsEventDefinitions", "OperationsEventDefinition"),
    carried("operationsEvents",       "OperationsEvent",           "OperationsEventInformation"),
    row ("testSpecifications",        "TestSpecification"),
    row ("testResults",               "TestResult"),
    row ("workMasters",               "WorkMaster"),
    row ("workDirectives",            "WorkDirective"),
    row ("workSchedules",             "WorkSchedule"),
    row ("workPerformances",          "WorkPerformance"),
    row ("workCapabilities",          "WorkCapability"),
    row ("workMasterCapabilities",    "WorkMasterCapability"),
    carried("jobOrders",              "JobOrder",                  "JobList"),
    row ("jobResponses",              "JobResponse"),
    row ("workflowSpecifications",    "WorkflowSpecification"),
    row ("resourceRelationshipNetworks", "ResourceRelationshipNetwork"),
    row ("workAlerts",                "WorkAlert"),
    row ("workAlertDefinitions",      "WorkAlertDefinition"),
    row ("workCalendars",             "WorkCalendar"),
    row ("workCalendarDefinitions",   "WorkCalendarDefinition"),
    row ("workRecords",               "WorkRecord"),
    row ("workRecordSpecifications",  "WorkRecordSpecification"),
    row ("batchProductionRecords",    "BatchProductionRecord"),
];

pub const EQUIPMENT: &str = "equipment";
pub const JOB_ORDERS: &str = "jobOrders";

impl Type {
    /// # Errors
    /// `NotFound`, naming the nearest address.
    pub fn find(address: &str) -> Result<&'static Self> {
        let names = || TYPES.iter().map(|row| row.address);
        TYPES.iter().find(|row| row.address == address).ok_or_else(|| {
            let hint = crate::nearest::nearest(address, names());
            let hint = hint.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
            let shown: String = address.chars().take(64).collect();
            Error::new(theriac_core::Code::NotFound, format!("there are no resources {shown:?}{hint}"))
        })
    }

    pub fn of_element(element: &str) -> Option<&'static Self> {
        TYPES.iter().find(|row| row.element == element)
    }

    /// The schema's type of its documents.
    pub fn kind(&self) -> &'static Kind {
        document(self.element).and_then(|document| kind(document.kind)).unwrap_or_else(|| unknown(self.element))
    }

    pub fn of_kind(name: &str) -> Option<&'static Self> {
        TYPES.iter().find(|row| row.kind().name == name)
    }
}

/// The table names an element that the schema lacks: a test fails before that can happen.
fn unknown(element: &str) -> &'static Kind {
    tracing::error!(element, "the table of resource types names an element that B2MML does not have");
    crate::b2mml::nothing()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_row_is_an_element_of_the_schema_with_an_id() {
        let mut seen = HashSet::new();
        for row in TYPES {
            assert!(seen.insert(row.address) && seen.insert(row.element), "{}", row.address);
            assert!(row.kind().plain("id").is_some(), "{}", row.element);
            for member in [row.parent, row.nested].into_iter().filter(|name| !name.is_empty()) {
                assert!(row.kind().plain(member).is_some(), "{}.{member}", row.address);
            }
            let (noun, member) = row.carrier.unwrap_or((row.element, ""));
            let noun = document(noun).unwrap();
            assert!(noun.verbs.contains(&crate::b2mml::Verb::Show), "{}", row.address);
            assert!(member.is_empty() || kind(noun.kind).unwrap().element(member).is_some(), "{}", row.address);
        }
    }

    #[test]
    fn an_unknown_address_is_refused_with_the_nearest() {
        assert!(Type::find("materialLot").unwrap_err().message.contains("\"materialLots\""));
        assert_eq!(Type::find("materialLots").unwrap().element, "MaterialLot");
    }
}
