//! The parameters of a search, a row each: what they are called, and the condition they make.

use super::types::Type;
use crate::b2mml::micros;
use theriac_core::{Code, Error, Result};
use theriac_platform::http::Request;

const USUAL: i64 = 100;
const MOST: i64 = 1_000;

/// What a record must be to be found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Condition {
    Ids(Vec<String>),
    Parent(String),
    /// In effect at this moment.
    Effective(i64),
    /// Names a record of one of these types.
    Names(&'static [&'static str], String),
    Term(String, String),
    Has(String),
    /// A comparison of SQL: `<`, `<=`, `>`, `>=`.
    Number(String, &'static str, f64),
}

/// A search, understood.
#[derive(Debug)]
pub(crate) struct Question {
    pub row: &'static Type,
    pub conditions: Vec<Condition>,
    pub count: i64,
    pub after: Option<String>,
    /// The cursor as it came.
    pub from: Option<String>,
}

enum Parameter {
    Id,
    Parent,
    Effective,
    Property,
    Term(&'static str),
    Names(&'static [&'static str]),
}

/// Every parameter but those of paging, for every type; the table of the documentation is made from it.
#[rustfmt::skip]
const PARAMETERS: &[(&str, Parameter)] = &[
    ("id",             Parameter::Id),
    ("parent",         Parameter::Parent),
    ("hierarchyScope", Parameter::Term("hierarchyScope")),
    ("level",          Parameter::Term("level")),
    ("status",         Parameter::Term("status")),
    ("effective",      Parameter::Effective),
    ("property",       Parameter::Property),
    ("class",          Parameter::Names(&["equipmentClasses", "physicalAssetClasses", "personnelClasses", "materialClasses",
                                          "operationalLocationClasses", "operationsEventClasses"])),
    ("definition",     Parameter::Names(&["materialDefinitions", "operationsDefinitions", "workMasters"])),
    ("lot",            Parameter::Names(&["materialLots", "materialSubLots"])),
    ("equipment",      Parameter::Names(&["equipment"])),
    ("physicalAsset",  Parameter::Names(&["physicalAssets"])),
    ("person",         Parameter::Names(&["persons"])),
    ("segment",        Parameter::Names(&["processSegments", "operationsSegments"])),
    ("jobOrder",       Parameter::Names(&["jobOrders"])),
    ("test",           Parameter::Names(&["testSpecifications"])),
];

pub(crate) fn question(row: &'static Type, request: &Request) -> Result<Question> {
    let names: Vec<&str> = PARAMETERS.iter().map(|(name, _)| *name).chain(["from", "count"]).collect();
    let mut question = Question { row, conditions: Vec::new(), count: USUAL, after: None, from: None };
    for (name, value) in request.query_known(&names)? {
        match (name.as_str(), PARAMETERS.iter().find(|(known, _)| *known == name)) {
            ("from", _) => question.from = Some(value),
            ("count", _) => question.count = count(&value)?,
            (_, Some((name, parameter))) => {
                question.conditions.push(condition(row, parameter, &value).map_err(|e| e.at(*name))?);
            }
            _ => {}
        }
    }
    Ok(question)
}

pub(super) fn count(text: &str) -> Result<i64> {
    let wrong = || Error::invalid(format!("'count' is a whole number from 1 to {MOST}")).at("count");
    text.parse().ok().filter(|n| (1..=MOST).contains(n)).ok_or_else(wrong)
}

fn condition(row: &'static Type, parameter: &Parameter, value: &str) -> Result<Condition> {
    if value.is_empty() {
        return Err(Error::invalid("a value is needed"));
    }
    Ok(match parameter {
        Parameter::Id => Condition::Ids(value.split(',').map(str::to_owned).collect()),
        Parameter::Parent if row.parent.is_empty() => {
            let message = format!("{} are not part of one another", row.address);
            return Err(Error::new(Code::UnknownParameter, message));
        }
        Parameter::Parent => Condition::Parent(value.to_owned()),
        Parameter::Effective => Condition::Effective(moment(value)?),
        Parameter::Property => property(value)?,
        Parameter::Term("level") => Condition::Term("level".to_owned(), level(value)?),
        Parameter::Term(name) => Condition::Term((*name).to_owned(), value.to_owned()),
        Parameter::Names(types) => Condition::Names(types, value.to_owned()),
    })
}

pub(super) fn moment(text: &str) -> Result<i64> {
    micros(text).ok_or_else(|| Error::invalid(format!("{text:?} is no {}", crate::time::EXPECTED)))
}

fn level(name: &str) -> Result<String> {
    use crate::equipment::EquipmentLevel;
    if EquipmentLevel::from_name(name).is_some() {
        return Ok(name.to_owned());
    }
    let known: Vec<&str> = EquipmentLevel::ALL.iter().map(|level| level.name()).collect();
    Err(Error::invalid(format!("'{name}' is no level of equipment; known are {}", known.join(", "))))
}

/// `potency`, `potency=99.5`, `potency>=99`; nested properties as `assay.potency`.
fn property(text: &str) -> Result<Condition> {
    const COMPARISONS: &[&str] = &["<=", ">=", "<", ">", "="];
    let first = text.find(['<', '>', '=']).unwrap_or(text.len());
    let (id, rest) = text.split_at(first);
    if id.is_empty() {
        return Err(Error::invalid("a property is asked for by its id, as in potency, potency=99.5 or potency>=99"));
    }
    let name = format!("property.{id}");
    let Some(comparison) = COMPARISONS.iter().copied().find(|comparison| rest.starts_with(comparison)) else {
        return Ok(Condition::Has(name));
    };
    let value = &rest[comparison.len()..];
    if comparison == "=" {
        return Ok(Condition::Term(name, value.to_owned()));
    }
    let number = value.parse::<f64>().ok().filter(|number| number.is_finite());
    let number = number.ok_or_else(|| Error::invalid(format!("{value:?} is no number, which {comparison} wants")))?;
    Ok(Condition::Number(name, comparison, number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_platform::http::Method;

    fn asked(address: &str, query: &str) -> Result<Question> {
        question(Type::find(address).unwrap(), &Request::new(Method::Get, "/plant7/isa95/x", query))
    }

    #[test]
    fn a_wrong_parameter_is_named_with_what_would_be_right() {
        for (address, query, word) in [
            ("equipment", "level=Workcell", "WorkCell"),
            ("equipment", "count=x", "1 to 1000"),
            ("equipment", "x=1", "parent, hierarchyScope"),
            ("persons", "parent=a", "not part of one another"),
            ("materialLots", "effective=yesterday", "RFC 3339"),
            ("materialLots", "property=%3E3", "by its id"),
            ("materialLots", "property=a%3Eb", "no number"),
            ("materialLots", "status=", "a value is needed"),
        ] {
            let error = asked(address, query).unwrap_err();
            assert!(error.message.contains(word), "{query}: {error}");
            assert_eq!(error.status(), 400);
        }
    }

    #[test]
    fn property_values_are_compared_as_texts_or_numbers() {
        let one = |query| asked("materialLots", query).unwrap().conditions.remove(0);
        assert_eq!(one("property=potency"), Condition::Has("property.potency".into()));
        assert_eq!(one("property=grade%3DA%3EB"), Condition::Term("property.grade".into(), "A>B".into()));
        assert_eq!(one("property=potency%3E%3D99.5"), Condition::Number("property.potency".into(), ">=", 99.5));
    }
}
