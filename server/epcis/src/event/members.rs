//! The members of events: one row says what a member holds and which event types have it.
//! EPCIS 2.0, section 7.4 and the JSON Schema.

use super::EventType::{self, Aggregation, Association, Extension, Object, Transaction, Transformation};
use super::check::Shape;
use crate::vocabulary::{BIZ_STEP, DISPOSITION};

pub struct Member {
    pub name: &'static str,
    pub shape: Shape,
    pub of: &'static [EventType],
}

const ALL: &[EventType] = &[Object, Aggregation, Transaction, Transformation, Association, Extension];
const ACTING: &[EventType] = &[Object, Aggregation, Transaction, Association, Extension];
const GROUPS: &[EventType] = &[Aggregation, Association, Extension];
const PARENTS: &[EventType] = &[Aggregation, Transaction, Association, Extension];
const ITEMS: &[EventType] = &[Object, Transaction, Extension];
const CHANGE: &[EventType] = &[Transformation, Extension];
const MASTER: &[EventType] = &[Object, Transformation, Extension];

const fn row(name: &'static str, shape: Shape, of: &'static [EventType]) -> Member {
    Member { name, shape, of }
}

#[rustfmt::skip]
pub static MEMBERS: &[Member] = &[
    row("@context", Shape::Context, ALL),
    row("type", Shape::Text, ALL),
    row("eventID", Shape::Uri, ALL),
    row("eventTime", Shape::Time, ALL),
    row("recordTime", Shape::Time, ALL),
    row("eventTimeZoneOffset", Shape::Offset, ALL),
    row("certificationInfo", Shape::UriOrList, ALL),
    row("errorDeclaration", Shape::ErrorDeclaration, ALL),
    row("action", Shape::Action, ACTING),
    row("epcList", Shape::UriSet, ITEMS),
    row("quantityList", Shape::Quantities, ITEMS),
    row("parentID", Shape::Uri, PARENTS),
    row("childEPCs", Shape::UriSet, GROUPS),
    row("childQuantityList", Shape::Quantities, GROUPS),
    row("inputEPCList", Shape::UriSet, CHANGE),
    row("inputQuantityList", Shape::Quantities, CHANGE),
    row("outputEPCList", Shape::UriSet, CHANGE),
    row("outputQuantityList", Shape::Quantities, CHANGE),
    row("transformationID", Shape::Uri, CHANGE),
    row("bizStep", Shape::Word(&BIZ_STEP), ALL),
    row("disposition", Shape::Word(&DISPOSITION), ALL),
    row("persistentDisposition", Shape::PersistentDisposition, ALL),
    row("readPoint", Shape::Place, ALL),
    row("bizLocation", Shape::Place, ALL),
    row("bizTransactionList", Shape::BizTransactions, ALL),
    row("sourceList", Shape::Sources, ALL),
    row("destinationList", Shape::Destinations, ALL),
    row("sensorElementList", Shape::Sensors, ALL),
    row("ilmd", Shape::Extensions, MASTER),
];

/// The row of a member, whatever the event type.
pub fn find(name: &str) -> Option<&'static Member> {
    MEMBERS.iter().find(|m| m.name == name)
}

/// The names an event type has.
pub fn of(kind: EventType) -> impl Iterator<Item = &'static str> {
    MEMBERS.iter().filter(move |m| m.of.contains(&kind)).map(|m| m.name)
}
