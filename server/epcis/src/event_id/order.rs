//! The order of members in the pre-hash string. CBV 2.0, section 8.9.2.

use crate::vocabulary::{
    BIZ_STEP, BIZ_TRANSACTION_TYPE, COMPONENT, DISPOSITION, MEASUREMENT_TYPE, SENSOR_ALERT_TYPE,
    SOURCE_DESTINATION_TYPE, Vocabulary,
};

pub type Field = (&'static str, Value);

pub enum Value {
    /// A value in canonical spelling; an array gives one `name=value` each.
    Plain,
    /// Taken as it is.
    Text,
    Time,
    /// Text, which the reference takes for a floating-point number where it looks like one.
    Float,
    Word(&'static Vocabulary),
    /// The list's name once, then `item=value` sorted.
    List(&'static str),
    /// The list's name once, then each member under its item name, sorted.
    Structures(&'static str, &'static [Field]),
    /// Of sensor reports the rules alone, which have no place among the report's other members.
    Rules,
}

use Value::{Float, List, Plain, Rules, Structures, Text, Time, Word};

pub const EVENT: &[Field] = &[
    ("eventTime", Time),
    ("eventTimeZoneOffset", Text),
    ("certificationInfo", Plain),
    ("epcList", List("epc")),
    ("parentID", Plain),
    ("inputEPCList", List("epc")),
    ("childEPCs", List("epc")),
    ("quantityList", QUANTITIES),
    ("childQuantityList", QUANTITIES),
    ("inputQuantityList", QUANTITIES),
    ("outputEPCList", List("epc")),
    ("outputQuantityList", QUANTITIES),
    ("action", Text),
    ("transformationID", Plain),
    ("bizStep", Word(&BIZ_STEP)),
    ("disposition", Word(&DISPOSITION)),
    ("persistentDisposition", Structures("", &[("set", Word(&DISPOSITION)), ("unset", Word(&DISPOSITION))])),
    ("readPoint", Structures("", &[("id", Plain)])),
    ("bizLocation", Structures("", &[("id", Plain)])),
    ("sensorElementList", Structures("sensorElement", SENSOR_ELEMENT)),
    ("bizTransactionList", Structures("", &[("type", Word(&BIZ_TRANSACTION_TYPE)), ("bizTransaction", Plain)])),
    ("destinationList", Structures("", &[("type", Word(&SOURCE_DESTINATION_TYPE)), ("destination", Plain)])),
    ("ilmd", Structures("", &[])),
    ("sensorElementList", Rules),
    ("sourceList", Structures("", &[("type", Word(&SOURCE_DESTINATION_TYPE)), ("source", Plain)])),
];

const QUANTITIES: Value = Structures("quantityElement", &[("epcClass", Plain), ("quantity", Plain), ("uom", Text)]);

const SENSOR_ELEMENT: &[Field] =
    &[("sensorMetadata", Structures("", SENSOR_METADATA)), ("sensorReport", Structures("sensorReport", SENSOR_REPORT))];

const SENSOR_METADATA: &[Field] = &[
    ("time", Time),
    ("startTime", Time),
    ("endTime", Time),
    ("deviceID", Plain),
    ("deviceMetadata", Plain),
    ("rawData", Plain),
    ("dataProcessingMethod", Plain),
    ("bizRules", Plain),
];

const SENSOR_REPORT: &[Field] = &[
    ("type", Word(&MEASUREMENT_TYPE)),
    ("exception", Word(&SENSOR_ALERT_TYPE)),
    ("deviceID", Plain),
    ("deviceMetadata", Plain),
    ("rawData", Plain),
    ("dataProcessingMethod", Plain),
    ("time", Time),
    ("microorganism", Plain),
    ("chemicalSubstance", Plain),
    ("value", Plain),
    ("component", Word(&COMPONENT)),
    ("stringValue", Float),
    ("booleanValue", Text),
    ("hexBinaryValue", Text),
    ("uriValue", Plain),
    ("minValue", Plain),
    ("maxValue", Plain),
    ("meanValue", Plain),
    ("sDev", Plain),
    ("percRank", Plain),
    ("percValue", Plain),
    ("uom", Text),
    ("coordinateReferenceSystem", Plain),
];
