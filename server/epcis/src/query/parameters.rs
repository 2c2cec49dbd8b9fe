//! The parameters of the event query, one row each (several operators share a row). EPCIS 2.0,
//! section 8.2.7.1, and the query schema of the REST binding.

use super::{Bound, Column};
use crate::event::EVENT_TYPES;
use crate::vocabulary::{
    ACTIONS, BIZ_STEP, BIZ_TRANSACTION_TYPE, DISPOSITION, ERROR_REASON, MEASUREMENT_TYPE, SOURCE_DESTINATION_TYPE,
    Vocabulary,
};

/// How a value is brought to its canonical spelling.
#[derive(Debug, Clone, Copy)]
pub enum Spelling {
    Text,
    EventType,
    Action,
    Word(&'static Vocabulary),
    Identifier,
    /// An identifier, or a pattern that leaves the last part open.
    Pattern,
    Boolean,
    Hex,
    /// A number, a time, an identifier or a text.
    Value,
}

#[derive(Debug, Clone, Copy)]
pub enum Meaning {
    /// The event's index has the value in this field.
    Term(&'static str, Spelling),
    /// As `Term`, the field's name ending in the type that the parameter's name gives.
    Typed(&'static str, &'static Vocabulary),
    /// As `Term`, in the sensor data.
    Sensor(&'static str, Spelling),
    /// A member of the standard is there.
    Exists(&'static str),
    /// An extension field in this part of the event, by any operator.
    Field(&'static str),
    /// A number, compared; in the unit that the parameter's name gives, if it may.
    Number(&'static str),
    /// A time among the event's numbers.
    Moment(&'static str),
    /// A place, or one below it in the hierarchy of the master data.
    Descendants(&'static str),
    /// The field that the parameter's name gives has a value with one of these attributes.
    HasAttribute,
    /// The attribute that the parameter's name gives after the field is one of these.
    EqualsAttribute,
    Time(Column, Bound),
    OrderBy,
    OrderDirection,
    EventCountLimit,
    MaxEventCount,
    PerPage,
    NextPageToken,
    /// Declares prefixes; read before all others.
    Context,
}

/// What may follow a row's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suffix {
    None,
    /// `_` and a vocabulary's word or URI.
    Type,
    /// Nothing, or `_` and a unit code.
    Unit,
    /// A namespaced field.
    Field,
    /// Any text.
    Any,
}

#[derive(Debug)]
pub struct Parameter {
    pub operators: &'static [&'static str],
    pub name: &'static str,
    pub suffix: Suffix,
    pub meaning: Meaning,
}

const PLAIN: &[&str] = &[""];
const EQ: &[&str] = &["EQ_"];
const MATCH: &[&str] = &["MATCH_"];
const EXISTS: &[&str] = &["EXISTS_"];
const GE: &[&str] = &["GE_"];
const LT: &[&str] = &["LT_"];
const SPAN: &[&str] = &["GE_", "LT_"];
const COMPARE: &[&str] = &["EQ_", "GT_", "GE_", "LT_", "LE_"];
const FIELD: &[&str] = &["EQ_", "GT_", "GE_", "LT_", "LE_", "EXISTS_"];
const DESCENDANTS: &[&str] = &["WD_"];

const fn row(operators: &'static [&'static str], name: &'static str, suffix: Suffix, meaning: Meaning) -> Parameter {
    Parameter { operators, name, suffix, meaning }
}

use Meaning::{Descendants, Exists, Field, Moment, Number, Sensor, Term, Time, Typed};

/// The first row that fits a name decides, so exact names stand before open ones.
#[rustfmt::skip]
pub static PARAMETERS: &[Parameter] = &[
    row(PLAIN, "eventType", Suffix::None, Term("eventType", Spelling::EventType)),
    row(EQ, "action", Suffix::None, Term("action", Spelling::Action)),
    row(EQ, "bizStep", Suffix::None, Term("bizStep", Spelling::Word(&BIZ_STEP))),
    row(EQ, "disposition", Suffix::None, Term("disposition", Spelling::Word(&DISPOSITION))),
    row(EQ, "persistentDisposition_set", Suffix::None, Term("persistentDisposition_set", Spelling::Word(&DISPOSITION))),
    row(EQ, "persistentDisposition_unset", Suffix::None, Term("persistentDisposition_unset", Spelling::Word(&DISPOSITION))),
    row(EQ, "transformationID", Suffix::None, Term("transformationID", Spelling::Identifier)),
    row(EQ, "eventID", Suffix::None, Term("eventID", Spelling::Text)),
    row(GE, "eventTime", Suffix::None, Time(Column::EventTime, Bound::Ge)),
    row(LT, "eventTime", Suffix::None, Time(Column::EventTime, Bound::Lt)),
    row(GE, "recordTime", Suffix::None, Time(Column::RecordTime, Bound::Ge)),
    row(LT, "recordTime", Suffix::None, Time(Column::RecordTime, Bound::Lt)),
    row(EQ, "readPoint", Suffix::None, Term("readPoint", Spelling::Identifier)),
    row(EQ, "bizLocation", Suffix::None, Term("bizLocation", Spelling::Identifier)),
    row(DESCENDANTS, "readPoint", Suffix::None, Descendants("readPoint")),
    row(DESCENDANTS, "bizLocation", Suffix::None, Descendants("bizLocation")),
    row(MATCH, "epc", Suffix::None, Term("epc", Spelling::Pattern)),
    row(MATCH, "parentID", Suffix::None, Term("parentID", Spelling::Pattern)),
    row(MATCH, "inputEPC", Suffix::None, Term("inputEPC", Spelling::Pattern)),
    row(MATCH, "outputEPC", Suffix::None, Term("outputEPC", Spelling::Pattern)),
    row(MATCH, "anyEPC", Suffix::None, Term("anyEPC", Spelling::Pattern)),
    row(MATCH, "epcClass", Suffix::None, Term("epcClass", Spelling::Pattern)),
    row(MATCH, "inputEPCClass", Suffix::None, Term("inputEPCClass", Spelling::Pattern)),
    row(MATCH, "outputEPCClass", Suffix::None, Term("outputEPCClass", Spelling::Pattern)),
    row(MATCH, "anyEPCClass", Suffix::None, Term("anyEPCClass", Spelling::Pattern)),
    row(EQ, "bizTransaction", Suffix::Type, Typed("bizTransaction", &BIZ_TRANSACTION_TYPE)),
    row(EQ, "source", Suffix::Type, Typed("source", &SOURCE_DESTINATION_TYPE)),
    row(EQ, "destination", Suffix::Type, Typed("destination", &SOURCE_DESTINATION_TYPE)),
    row(EXISTS, "errorDeclaration", Suffix::None, Exists("errorDeclaration")),
    row(EXISTS, "sensorElementList", Suffix::None, Exists("sensorElementList")),
    row(EQ, "errorReason", Suffix::None, Term("errorReason", Spelling::Word(&ERROR_REASON))),
    row(EQ, "correctiveEventID", Suffix::None, Term("correctiveEventID", Spelling::Text)),
    row(SPAN, "errorDeclarationTime", Suffix::None, Moment("errorDeclarationTime")),
    row(SPAN, "errorDeclaration_Time", Suffix::None, Moment("errorDeclarationTime")),
    row(PLAIN, "orderBy", Suffix::None, Meaning::OrderBy),
    row(PLAIN, "orderDirection", Suffix::None, Meaning::OrderDirection),
    row(PLAIN, "eventCountLimit", Suffix::None, Meaning::EventCountLimit),
    row(PLAIN, "maxEventCount", Suffix::None, Meaning::MaxEventCount),
    row(PLAIN, "perPage", Suffix::None, Meaning::PerPage),
    row(PLAIN, "nextPageToken", Suffix::None, Meaning::NextPageToken),
    row(PLAIN, "@context", Suffix::None, Meaning::Context),
    row(COMPARE, "quantity", Suffix::Unit, Number("quantity")),
    row(SPAN, "time", Suffix::None, Moment("time")),
    row(SPAN, "startTime", Suffix::None, Moment("startTime")),
    row(SPAN, "endTime", Suffix::None, Moment("endTime")),
    row(EQ, "type", Suffix::None, Sensor("type", Spelling::Word(&MEASUREMENT_TYPE))),
    row(EQ, "deviceID", Suffix::None, Sensor("deviceID", Spelling::Identifier)),
    row(EQ, "dataProcessingMethod", Suffix::None, Sensor("dataProcessingMethod", Spelling::Identifier)),
    row(EQ, "microorganism", Suffix::None, Sensor("microorganism", Spelling::Identifier)),
    row(EQ, "chemicalSubstance", Suffix::None, Sensor("chemicalSubstance", Spelling::Identifier)),
    row(EQ, "bizRules", Suffix::None, Sensor("bizRules", Spelling::Identifier)),
    row(EQ, "stringValue", Suffix::None, Sensor("stringValue", Spelling::Text)),
    row(EQ, "booleanValue", Suffix::None, Sensor("booleanValue", Spelling::Boolean)),
    row(EQ, "hexBinaryValue", Suffix::None, Sensor("hexBinaryValue", Spelling::Hex)),
    row(EQ, "uriValue", Suffix::None, Sensor("uriValue", Spelling::Identifier)),
    row(COMPARE, "percRank", Suffix::None, Number("percRank")),
    row(COMPARE, "value", Suffix::Unit, Number("value")),
    row(COMPARE, "minValue", Suffix::Unit, Number("minValue")),
    row(COMPARE, "maxValue", Suffix::Unit, Number("maxValue")),
    row(COMPARE, "meanValue", Suffix::Unit, Number("meanValue")),
    row(COMPARE, "sDev", Suffix::Unit, Number("sDev")),
    row(COMPARE, "percValue", Suffix::Unit, Number("percValue")),
    row(PLAIN, "HASATTR_", Suffix::Any, Meaning::HasAttribute),
    row(PLAIN, "EQATTR_", Suffix::Any, Meaning::EqualsAttribute),
    row(PLAIN, "EQ_ATTR_", Suffix::Any, Meaning::EqualsAttribute),
    row(FIELD, "ILMD_", Suffix::Field, Field("ILMD_")),
    row(FIELD, "ERROR_DECLARATION_", Suffix::Field, Field("ERROR_DECLARATION_")),
    row(FIELD, "SENSORELEMENT_", Suffix::Field, Field("SENSORELEMENT_")),
    row(FIELD, "SENSORMETADATA_", Suffix::Field, Field("SENSORMETADATA_")),
    row(FIELD, "SENSORREPORT_", Suffix::Field, Field("SENSORREPORT_")),
    row(FIELD, "readPoint_", Suffix::Field, Field("readPoint_")),
    row(FIELD, "bizLocation_", Suffix::Field, Field("bizLocation_")),
    row(FIELD, "INNER_ILMD_", Suffix::Field, Field("INNER_ILMD_")),
    row(FIELD, "INNER_ERROR_DECLARATION_", Suffix::Field, Field("INNER_ERROR_DECLARATION_")),
    row(FIELD, "INNER_SENSORELEMENT_", Suffix::Field, Field("INNER_SENSORELEMENT_")),
    row(FIELD, "INNER_SENSORMETADATA_", Suffix::Field, Field("INNER_SENSORMETADATA_")),
    row(FIELD, "INNER_SENSORREPORT_", Suffix::Field, Field("INNER_SENSORREPORT_")),
    row(FIELD, "INNER_readPoint_", Suffix::Field, Field("INNER_readPoint_")),
    row(FIELD, "INNER_bizLocation_", Suffix::Field, Field("INNER_bizLocation_")),
    row(FIELD, "INNER_", Suffix::Field, Field("INNER_")),
    row(FIELD, "", Suffix::Field, Field("")),
];

/// The row a parameter belongs to, its operator, and what its name carries after the row's.
pub fn find(name: &str) -> Option<(&'static Parameter, &'static str, &str)> {
    PARAMETERS.iter().find_map(|row| row.fits(name).map(|(operator, suffix)| (row, operator, suffix)))
}

impl Parameter {
    fn fits<'n>(&self, name: &'n str) -> Option<(&'static str, &'n str)> {
        let split = |op: &&'static str| Some((*op, name.strip_prefix(op)?.strip_prefix(self.name)?));
        let (operator, rest) = self.operators.iter().find_map(split)?;
        self.carried(rest).map(|suffix| (operator, suffix))
    }

    fn carried<'n>(&self, rest: &'n str) -> Option<&'n str> {
        let after = rest.strip_prefix('_');
        match self.suffix {
            Suffix::None => rest.is_empty().then_some(rest),
            Suffix::Type => after.filter(|t| !t.is_empty()),
            Suffix::Unit if rest.is_empty() => Some(rest),
            Suffix::Unit => {
                after.filter(|u| (2..=4).contains(&u.len()) && u.bytes().all(|b| b.is_ascii_alphanumeric()))
            }
            Suffix::Field => rest.contains(':').then_some(rest),
            Suffix::Any => (!rest.is_empty()).then_some(rest),
        }
    }

    /// The names of this row as a message shows them.
    pub fn names(&self) -> impl Iterator<Item = String> {
        let suffix = match self.suffix {
            Suffix::None => "",
            Suffix::Type => "_{type}",
            Suffix::Unit => "[_{uom}]",
            Suffix::Field => "{prefix:field}",
            Suffix::Any => "{field}",
        };
        self.operators.iter().map(move |op| format!("{op}{}{suffix}", self.name))
    }
}

/// All names, for the refusal of an unknown one.
pub fn known() -> String {
    PARAMETERS.iter().flat_map(Parameter::names).collect::<Vec<_>>().join(", ")
}

/// Event types and actions a value may name.
pub fn choices(spelling: Spelling) -> Vec<&'static str> {
    match spelling {
        Spelling::EventType => EVENT_TYPES.iter().map(|(name, _)| *name).collect(),
        Spelling::Action => ACTIONS.to_vec(),
        _ => Vec::new(),
    }
}
