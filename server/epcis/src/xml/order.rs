//! The elements of events: their sequence in the schema, what each holds, and where 1.2 puts it.
//! `EPCglobal-epcis-2_0.xsd` and `EPCglobal-epcis-1_2.xsd`.

use crate::event::EventType::{self, Aggregation, Association, Object, Transaction, Transformation};

/// What an element holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    Text,
    /// May stand there several times.
    Texts,
    /// A list of elements of this name.
    List(&'static str),
    Quantities,
    Place,
    /// A list of elements of this name, with the attribute `type`.
    Typed(&'static str),
    PersistentDisposition,
    Sensors,
    ErrorDeclaration,
    Ilmd,
}

/// The level of `extension` an element stands at in 1.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Since {
    /// Directly in the event.
    First,
    /// In `baseExtension`.
    Base,
    /// In `extension`.
    V1_1,
    /// In `extension` within `extension`: 1.2 has a place for what is to come, and 2.0 has come.
    V2_0,
}

use Holds::{ErrorDeclaration, Ilmd, List, PersistentDisposition, Place, Quantities, Sensors, Text, Texts, Typed};
use Since::{Base, First, V1_1, V2_0};

pub(super) struct Row {
    pub name: &'static str,
    pub holds: Holds,
    pub since: Since,
}

const fn row(name: &'static str, holds: Holds, since: Since) -> Row {
    Row { name, holds, since }
}

pub(super) static ROWS: &[Row] = &[
    row("eventTime", Text, First),
    row("recordTime", Text, First),
    row("eventTimeZoneOffset", Text, First),
    row("eventID", Text, Base),
    row("errorDeclaration", ErrorDeclaration, Base),
    row("certificationInfo", Texts, Base),
    row("inputEPCList", List("epc"), First),
    row("inputQuantityList", Quantities, First),
    row("outputEPCList", List("epc"), First),
    row("outputQuantityList", Quantities, First),
    row("transformationID", Text, First),
    row("parentID", Text, First),
    row("childEPCs", List("epc"), First),
    row("epcList", List("epc"), First),
    row("action", Text, First),
    row("bizStep", Text, First),
    row("disposition", Text, First),
    row("readPoint", Place, First),
    row("bizLocation", Place, First),
    row("bizTransactionList", Typed("bizTransaction"), First),
    row("quantityList", Quantities, V1_1),
    row("childQuantityList", Quantities, V1_1),
    row("sourceList", Typed("source"), V1_1),
    row("destinationList", Typed("destination"), V1_1),
    row("ilmd", Ilmd, V1_1),
    row("sensorElementList", Sensors, V2_0),
    row("persistentDisposition", PersistentDisposition, V2_0),
];

pub(super) fn find(name: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.name == name)
}

/// Elements of every event, before those of its type.
pub(super) const ALL: &[&str] = &[
    "eventTime",
    "recordTime",
    "eventTimeZoneOffset",
    "eventID",
    "errorDeclaration",
    "certificationInfo",
    "baseExtension",
];

#[rustfmt::skip]
const BY_TYPE: &[(EventType, &[&str])] = &[
    (Object, &["epcList", "action", "bizStep", "disposition", "readPoint", "bizLocation", "bizTransactionList",
        "quantityList", "sourceList", "destinationList", "sensorElementList", "persistentDisposition", "ilmd"]),
    (Aggregation, &["parentID", "childEPCs", "action", "bizStep", "disposition", "readPoint", "bizLocation",
        "bizTransactionList", "childQuantityList", "sourceList", "destinationList", "sensorElementList",
        "persistentDisposition"]),
    (Transaction, &["bizTransactionList", "parentID", "epcList", "action", "bizStep", "disposition", "readPoint",
        "bizLocation", "quantityList", "sourceList", "destinationList", "sensorElementList",
        "persistentDisposition"]),
    (Transformation, &["inputEPCList", "inputQuantityList", "outputEPCList", "outputQuantityList",
        "transformationID", "bizStep", "disposition", "readPoint", "bizLocation", "bizTransactionList",
        "sourceList", "destinationList", "sensorElementList", "persistentDisposition", "ilmd"]),
    (Association, &["parentID", "childEPCs", "childQuantityList", "action", "bizStep", "disposition", "readPoint",
        "bizLocation", "bizTransactionList", "sourceList", "destinationList", "sensorElementList",
        "persistentDisposition"]),
];

/// The elements of a type after [`ALL`], in the order of the schema; nothing for users' own types.
pub(super) fn of(kind: EventType) -> &'static [&'static str] {
    BY_TYPE.iter().find(|(known, _)| *known == kind).map_or(&[], |(_, names)| names)
}

/// The place of an element in its event; nothing where the schema gives it none.
pub(super) fn place(kind: EventType, name: &str) -> Option<usize> {
    let own = of(kind);
    let at = |names: &[&str]| names.iter().position(|known| *known == name);
    match name {
        "extension" => Some(ALL.len() + own.len()),
        _ => at(ALL).or_else(|| at(own).map(|place| ALL.len() + place)),
    }
}

/// The level of `extension` in 1.2: Transformations were new there in 1.1 and have their lists directly.
pub(super) fn since(kind: EventType, row: &Row) -> Since {
    match (kind, row.since) {
        (Transformation | Association, V1_1) => First,
        (Association, V2_0) => First,
        (_, since) => since,
    }
}
