//! What a document is found by, taken out of it: whose it is, when it is in effect, which records it names, its
//! states and property values. Pure.

use super::types::{EQUIPMENT, Type};
use crate::b2mml::micros;
use crate::genealogy::{self, Edge};
use std::collections::BTreeSet;
use theriac_core::json::Node;

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Index {
    pub parent: Option<String>,
    /// The innermost equipment of the hierarchy scope; an equipment's own id.
    pub scope: Option<String>,
    pub starts: Option<i64>,
    pub ends: Option<i64>,
    pub references: Vec<Reference>,
    pub terms: Vec<Term>,
    pub edges: Vec<Edge>,
}

/// A record that is named at a place in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    pub path: String,
    pub target_type: &'static str,
    pub target: String,
}

/// A value under a name; the number too, where it is one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Term {
    pub name: String,
    pub value: String,
    pub number: Option<f64>,
}

/// The standard's names of ids, and what they are ids of. An id of what is no resource here is not checked.
#[rustfmt::skip]
const NAMES: &[(&str, &str)] = &[
    ("equipmentID",                  "equipment"),
    ("equipmentClassID",             "equipmentClasses"),
    ("equipmentClassBaseID",         "equipmentClasses"),
    ("physicalAssetID",              "physicalAssets"),
    ("physicalAssetClassID",         "physicalAssetClasses"),
    ("physicalAssetClassBaseID",     "physicalAssetClasses"),
    ("personID",                     "persons"),
    ("personnelClassID",             "personnelClasses"),
    ("personnelClassBaseID",         "personnelClasses"),
    ("materialClassID",              "materialClasses"),
    ("materialClassBaseID",          "materialClasses"),
    ("materialDefinitionID",         "materialDefinitions"),
    ("materialLotID",                "materialLots"),
    ("materialSubLotID",             "materialSubLots"),
    ("operationalClassID",           "operationalLocationClasses"),
    ("operationalLocationClassBaseID", "operationalLocationClasses"),
    ("processSegmentID",             "processSegments"),
    ("dependentProcessSegmentID",    "processSegments"),
    ("operationsDefinitionID",       "operationsDefinitions"),
    ("operationsSegmentID",          "operationsSegments"),
    ("operationsMaterialBillID",     "operationsMaterialBills"),
    ("operationsScheduleID",         "operationsSchedules"),
    ("operationsEventClassID",       "operationsEventClasses"),
    ("operationsEventClassBaseID",   "operationsEventClasses"),
    ("testSpecificationID",          "testSpecifications"),
    ("workMasterID",                 "workMasters"),
    ("workScheduleID",               "workSchedules"),
    ("workflowSpecificationID",      "workflowSpecifications"),
    ("workRecordSpecificationID",    "workRecordSpecifications"),
    ("jobOrderID",                   "jobOrders"),
    ("jobResponseID",                "jobResponses"),
];

/// Members whose value is a state.
const STATES: &[&str] = &[
    "status",
    "disposition",
    "dispatchStatus",
    "jobState",
    "performanceState",
    "scheduleState",
    "responseState",
    "requestState",
    "workState",
    "workDirectiveState",
    "recordStatus",
];

/// The value of a member, with or without attributes.
pub(crate) fn value<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    match node {
        Node::Object(object) => object.get("$")?.as_str(),
        other => other.as_str(),
    }
}

pub(crate) fn member<'n>(document: &'n Node<'_>, name: &str) -> Option<&'n str> {
    document.get(name).and_then(value)
}

pub(crate) fn index(row: &Type, document: &Node<'_>) -> Index {
    let own = member(document, "id").unwrap_or_default();
    let mut index = Index { edges: genealogy::edges(row.address, own, document), ..Index::default() };
    index.parent = member(document, row.parent).map(str::to_owned);
    if let Some(parent) = index.parent.clone().filter(|_| row.parent == "parent") {
        let path = row.parent.to_owned();
        index.references.push(Reference { path, target_type: row.address, target: parent });
    }
    let scopes = scopes(document);
    index.scope = scopes.last().cloned();
    index.terms.extend(scopes.into_iter().map(|id| term("hierarchyScope", id)));
    if row.address == EQUIPMENT {
        index.scope = Some(own.to_owned());
    }
    let time = |names: [&str; 2]| names.iter().find_map(|name| micros(member(document, name)?));
    index.starts = time(["effectiveStartDate", "startTime"]);
    index.ends = time(["effectiveEndDate", "endTime"]);
    if let Some(level) = member(document, "equipmentLevel") {
        index.terms.push(term("level", level.to_owned()));
    }
    let states = STATES.iter().filter_map(|name| member(document, name));
    let state = document.get("state").and_then(|state| state.text("stateText"));
    let states: BTreeSet<&str> = states.chain(state).collect();
    index.terms.extend(states.into_iter().map(|state| term("status", state.to_owned())));
    properties(document, "", &mut index.terms);
    references(row, own, document, "", &mut index.references);
    index
}

fn term(name: &str, value: String) -> Term {
    Term { name: name.to_owned(), value, number: None }
}

/// The equipment of the hierarchy scope, outermost first.
fn scopes(document: &Node<'_>) -> Vec<String> {
    let mut out = Vec::new();
    let mut at = document.get("hierarchyScope");
    while let Some(scope) = at {
        out.extend(member(scope, "equipmentID").map(str::to_owned));
        at = scope.get("hierarchyScopeChild");
    }
    out
}

/// `property.{id}` and, inside of another, `property.{id}.{id}`; without a value the empty text.
fn properties(document: &Node<'_>, above: &str, terms: &mut Vec<Term>) {
    for property in document.get("properties").map(Node::items).unwrap_or_default() {
        let Some(id) = member(property, "id") else { continue };
        let name = if above.is_empty() { format!("property.{id}") } else { format!("{above}.{id}") };
        let values = property.get("value").map(Node::items).unwrap_or_default();
        let mut texts: BTreeSet<&str> = values.iter().filter_map(|value| member(value, "valueString")).collect();
        if texts.is_empty() {
            texts.insert("");
        }
        for text in texts {
            let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
            terms.push(Term { name: name.clone(), value: text.to_owned(), number });
        }
        properties(property, &name, terms);
    }
}

fn references(row: &Type, own: &str, node: &Node<'_>, path: &str, out: &mut Vec<Reference>) {
    let Some(object) = node.as_object() else { return };
    for (name, value) in object.iter() {
        let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        // What an asset's or an event's own schema calls an id is still an id.
        let target = NAMES.iter().find(|(known, _)| *known == name).map(|(_, target)| *target);
        for (i, item) in value.items().iter().enumerate() {
            let path = if value.as_array().is_some() { format!("{path}[{i}]") } else { path.clone() };
            match (target, self::value(item)) {
                (Some(target_type), Some(id)) if !id.is_empty() => {
                    // A sublot inside of its lot names the lot that it stands in.
                    if !(target_type == row.address && id == own) {
                        out.push(Reference { path, target_type, target: id.to_owned() });
                    }
                }
                _ => references(row, own, item, &path, out),
            }
        }
    }
}

/// Is it a name of ids of a resource that documents of the schema use?
#[cfg(test)]
fn used(name: &str) -> bool {
    super::TYPES.iter().any(|row| {
        let mut seen = BTreeSet::new();
        let mut open = vec![row.kind()];
        while let Some(kind) = open.pop() {
            if kind.plain(name).is_some() {
                return true;
            }
            open.extend(kind.members.iter().map(|member| member.kind()).filter(|kind| seen.insert(kind.name)));
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_core::json;

    fn of(address: &str, text: &str) -> Index {
        index(Type::find(address).unwrap(), &json::parse(text.as_bytes()).unwrap())
    }

    #[test]
    fn every_name_of_an_id_is_one_the_schema_has_and_its_target_a_resource() {
        for (name, target) in NAMES {
            assert!(used(name), "{name}");
            assert!(Type::find(target).is_ok(), "{target}");
        }
    }

    #[test]
    fn a_lot_is_found_by_all_that_it_says() {
        let index = of(
            "materialLots",
            r#"{"id":"L1","effectiveStartDate":"2026-01-01T00:00:00Z","status":"Valid","disposition":"Closed",
               "hierarchyScope":{"equipmentID":"acme","equipmentLevel":"Enterprise",
                 "hierarchyScopeChild":{"equipmentID":"basel","equipmentLevel":"Site"}},
               "materialDefinitionID":{"$":"D1","@schemeName":"SAP"},
               "properties":[{"id":"potency","value":[{"valueString":"99.5"}],"properties":[{"id":"method"}]}],
               "testSpecificationID":["T1","T2"],"materialSubLot":[{"id":"L1.1","materialLotID":"L1"}]}"#,
        );
        assert_eq!(
            (index.scope.as_deref(), index.starts, index.ends),
            (Some("basel"), Some(1_767_225_600_000_000), None)
        );
        let references: Vec<String> =
            index.references.iter().map(|r| format!("{} {}/{}", r.path, r.target_type, r.target)).collect();
        let expected = [
            "hierarchyScope.equipmentID equipment/acme",
            "hierarchyScope.hierarchyScopeChild.equipmentID equipment/basel",
            "materialDefinitionID materialDefinitions/D1",
            "testSpecificationID[0] testSpecifications/T1",
            "testSpecificationID[1] testSpecifications/T2",
        ];
        assert_eq!(references, expected);
        let terms: Vec<String> = index.terms.iter().map(|t| format!("{}={}", t.name, t.value)).collect();
        let expected = [
            "hierarchyScope=acme",
            "hierarchyScope=basel",
            "status=Closed",
            "status=Valid",
            "property.potency=99.5",
            "property.potency.method=",
        ];
        assert_eq!(terms, expected);
        assert_eq!(index.terms[4].number, Some(99.5));
    }
}
