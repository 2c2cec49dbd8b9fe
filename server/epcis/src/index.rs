//! The index terms of an event: each is the 64-bit hash of a field and a canonical value, so that a
//! query in any spelling of a word or identifier meets the event in any other.
//!
//! An identifier also stands under its class: the trade item of a serial or lot, the asset type of a
//! serial. That is what a pattern with `*` for the last part asks for.

mod extension;
mod values;

use crate::collection::Collection;
use crate::event::Event;
use crate::identifier::{canonical, class_of, gln_of};
use crate::namespaces::Namespaces;
use crate::store::word::Word;
use crate::vocabulary::{BIZ_TRANSACTION_TYPE, ERROR_REASON, MEASUREMENT_TYPE, SOURCE_DESTINATION_TYPE, Vocabulary};
use extension::{Extensions, of_event};
use std::collections::BTreeSet;
use theriac_core::hash::index_hash;
use theriac_core::json::Node;

pub use extension::{Comparable, moment, scalar, spelling};
pub use values::{Measured, Stored, WITH_UNIT, field, with_unit};

/// Members that hold instances, and the fields they are found under.
pub const EPC_FIELDS: &[(&str, &[&str])] = &[
    ("epcList", &["epc", "anyEPC"]),
    ("childEPCs", &["epc", "anyEPC"]),
    ("parentID", &["parentID", "anyEPC"]),
    ("inputEPCList", &["inputEPC", "anyEPC"]),
    ("outputEPCList", &["outputEPC", "anyEPC"]),
];

/// Members that hold classes.
pub const CLASS_FIELDS: &[(&str, &[&str])] = &[
    ("quantityList", &["epcClass", "anyEPCClass"]),
    ("childQuantityList", &["epcClass", "anyEPCClass"]),
    ("inputQuantityList", &["inputEPCClass", "anyEPCClass"]),
    ("outputQuantityList", &["outputEPCClass", "anyEPCClass"]),
];

/// List, member that holds the value, vocabulary of the type, and the field's name before `_type`.
pub const TYPED_FIELDS: &[(&str, &str, &Vocabulary, &str)] = &[
    ("bizTransactionList", "bizTransaction", &BIZ_TRANSACTION_TYPE, "bizTransaction"),
    ("sourceList", "source", &SOURCE_DESTINATION_TYPE, "source"),
    ("destinationList", "destination", &SOURCE_DESTINATION_TYPE, "destination"),
];

/// What an event is found by.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Index {
    /// Sorted, without repeats.
    pub terms: Vec<i64>,
    /// What can be compared; sorted, without repeats.
    pub values: Vec<Stored>,
}

/// The index of an event.
pub fn index(event: &Event<'_>, event_id: &str) -> Index {
    let (terms, measured) = read(event, event_id);
    let hashes: BTreeSet<i64> = terms.iter().map(|(field, value)| term(field, value)).collect();
    Index { terms: hashes.into_iter().collect(), values: values::stored(measured) }
}

impl Index {
    /// The index of an event that a party sees who is not named in it.
    #[must_use]
    pub fn seen_by(mut self, party: Option<&str>) -> Self {
        let hash = party.map(|gln| term("party", gln));
        if let Some((hash, at)) = hash.and_then(|hash| Some((hash, self.terms.binary_search(&hash).err()?))) {
            self.terms.insert(at, hash);
        }
        self
    }
}

/// The hash of one term; the value must be canonical.
pub fn term(field: &str, value: &str) -> i64 {
    index_hash(&[field, value])
}

/// Field and canonical value of all terms, and all numbers.
fn read(event: &Event<'_>, event_id: &str) -> (Vec<(String, String)>, Vec<Measured>) {
    let mut terms = Terms(vec![("eventID".to_owned(), event_id.trim().to_owned())]);
    terms.add("eventType", Some(event.spaces.expand(event.type_name())));
    terms.add("action", event.text("action").map(str::to_owned));
    terms.add("bizStep", event.biz_step());
    terms.add("disposition", event.disposition());
    terms.add("transformationID", event.text("transformationID").map(|t| canonical(t).into_owned()));
    for which in ["set", "unset"] {
        let values = event.persistent_dispositions(which).into_iter();
        values.for_each(|value| terms.add(&format!("persistentDisposition_{which}"), Some(value)));
    }
    for place in ["readPoint", "bizLocation"] {
        terms.add(place, event.place(place));
    }
    items(event, &mut terms);
    for (list, value, types, field) in TYPED_FIELDS {
        for (kind, value) in event.typed(list, value, types) {
            terms.add(&typed_field(field, kind.as_deref().unwrap_or("")), Some(value));
        }
    }
    declarations(event, &mut terms);
    sensors(event, &mut terms);
    let mut measured = values::of_standard(event);
    extensions(event, &mut terms, &mut measured);
    parties(event).into_iter().for_each(|gln| terms.add("party", Some(gln)));
    (terms.0, measured)
}

/// The words of the event that the collections list.
pub(crate) fn words(event: &Event<'_>) -> Vec<Word> {
    let value = |field: &str| match field {
        "eventType" => Some(event.spaces.expand(event.type_name())),
        "bizStep" => event.biz_step(),
        "disposition" => event.disposition(),
        place => event.place(place),
    };
    let word = |field| value(field).map(|value| Word { field, hash: term(field, &value), value });
    Collection::fields().filter_map(word).collect()
}

/// The field of a typed list's values; the type is canonical.
pub fn typed_field(field: &str, kind: &str) -> String {
    format!("{field}_{kind}")
}

/// The name of an extension field in the index: `{namespace}local`.
pub fn extension_field(name: &str, spaces: &Namespaces) -> Option<String> {
    spaces.split(name).map(|(namespace, local)| format!("{{{namespace}}}{local}"))
}

struct Terms(Vec<(String, String)>);

impl Terms {
    fn add(&mut self, field: &str, value: Option<String>) {
        if let Some(value) = value {
            self.0.push((field.to_owned(), value));
        }
    }
}

fn items(event: &Event<'_>, terms: &mut Terms) {
    let instances = EPC_FIELDS.iter().map(|(member, fields)| (event.epcs(member), fields));
    let classes = CLASS_FIELDS.iter().map(|(member, fields)| (event.classes(member), fields));
    for (values, fields) in instances.chain(classes) {
        for value in values {
            let class = class_of(&value);
            for field in *fields {
                terms.add(field, Some(value.clone()));
                terms.add(field, class.clone());
            }
        }
    }
}

/// What an error declaration says, and that there is one, or sensor data.
fn declarations(event: &Event<'_>, terms: &mut Terms) {
    for member in ["errorDeclaration", "sensorElementList"] {
        terms.add("EXISTS", event.node.get(member).map(|_| member.to_owned()));
    }
    if let Some(declaration) = event.node.get("errorDeclaration") {
        let reason = declaration.text("reason").and_then(|r| ERROR_REASON.canonical(r, &event.spaces));
        terms.add("errorReason", reason);
        let ids = declaration.get("correctiveEventIDs").map_or(&[][..], Node::items);
        ids.iter().filter_map(Node::as_str).for_each(|id| terms.add("correctiveEventID", Some(id.to_owned())));
    }
}

/// Members of sensor metadata and reports that are URIs.
const SENSOR_URIS: &[&str] =
    &["deviceID", "dataProcessingMethod", "microorganism", "chemicalSubstance", "bizRules", "uriValue"];

/// The texts of sensor elements; metadata speaks for all its reports.
fn sensors(event: &Event<'_>, terms: &mut Terms) {
    for element in event.node.get("sensorElementList").map_or(&[][..], Node::items) {
        let reports = element.get("sensorReport").map_or(&[][..], Node::items);
        for node in element.get("sensorMetadata").into_iter().chain(reports) {
            for name in SENSOR_URIS {
                terms.add(&sensor_field(name), node.text(name).map(|uri| canonical(uri).into_owned()));
            }
            let kind = node.text("type").and_then(|t| MEASUREMENT_TYPE.canonical(t, &event.spaces));
            terms.add(&sensor_field("type"), kind);
            terms.add(&sensor_field("stringValue"), node.text("stringValue").map(str::to_owned));
            terms.add(&sensor_field("hexBinaryValue"), node.text("hexBinaryValue").map(str::to_ascii_uppercase));
            let truth = node.get("booleanValue").and_then(scalar).map(str::to_owned);
            terms.add(&sensor_field("booleanValue"), truth);
        }
    }
}

/// The field of a text of sensor data.
pub fn sensor_field(name: &str) -> String {
    format!("sensor {name}")
}

/// Members of an event that may hold extension fields, and their part. What of them is the standard's has no prefix.
const PARTS: &[(&str, &str)] = &[
    ("ilmd", "ILMD_"),
    ("errorDeclaration", "ERROR_DECLARATION_"),
    ("readPoint", "readPoint_"),
    ("bizLocation", "bizLocation_"),
];

/// Extension fields of the event and of its parts.
fn extensions(event: &Event<'_>, terms: &mut Terms, values: &mut Vec<Measured>) {
    let mut found = Extensions { spaces: &event.spaces, terms, values };
    found.read("", Some(event.node), of_event);
    for (member, part) in PARTS {
        event
            .node
            .get(member)
            .into_iter()
            .for_each(|node| found.read(part, node.as_object(), |name| !name.contains(':')));
    }
    for element in event.node.get("sensorElementList").map_or(&[][..], Node::items) {
        found.read("SENSORELEMENT_", element.as_object(), |name| !name.contains(':'));
        let metadata = element.get("sensorMetadata").into_iter().map(|node| ("SENSORMETADATA_", node));
        let reports = element.get("sensorReport").map_or(&[][..], Node::items).iter().map(|r| ("SENSORREPORT_", r));
        metadata.chain(reports).for_each(|(part, node)| found.read(part, node.as_object(), |name| !name.contains(':')));
    }
}

/// The GLNs, 13 digits, of all who take part: sources, destinations, where it was read, where it is.
pub fn parties(event: &Event<'_>) -> Vec<String> {
    let lists = TYPED_FIELDS.iter().filter(|(list, ..)| *list != "bizTransactionList");
    let traded = lists.flat_map(|(list, value, types, _)| event.typed(list, value, types)).map(|(_, value)| value);
    let places = ["bizLocation", "readPoint"].into_iter().filter_map(|p| event.place(p));
    let glns: BTreeSet<String> = traded.chain(places).filter_map(|id| gln_of(&id)).collect();
    glns.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_core::json::parse;

    const EVENT: &[u8] = br#"{"type":"ObjectEvent","eventTime":"2026-11-20T08:00:00Z","eventTimeZoneOffset":"+00:00",
        "action":"OBSERVE","bizStep":"shipping","epcList":["urn:epc:id:sgtin:4012345.011111.98"],
        "readPoint":{"id":"urn:epc:id:sgln:4012345.00005.12"},
        "destinationList":[{"type":"owning_party","destination":"urn:epc:id:pgln:4000001.98765"}],"cbvmda:x":1}"#;

    fn found(field: &str, value: &str) -> bool {
        let node = parse(EVENT).unwrap();
        let event = Event::read(&node, "$", &Namespaces::default()).unwrap();
        index(&event, "urn:uuid:1").terms.binary_search(&term(field, value)).is_ok()
    }

    #[test]
    fn an_item_is_found_by_itself_and_by_its_class() {
        for field in ["epc", "anyEPC"] {
            assert!(found(field, "https://id.gs1.org/01/04012345111118/21/98"));
            assert!(found(field, "https://id.gs1.org/01/04012345111118"));
        }
        assert!(!found("parentID", "https://id.gs1.org/01/04012345111118"));
    }

    #[test]
    fn values_stand_in_canonical_spelling() {
        assert!(found("bizStep", "https://ref.gs1.org/cbv/BizStep-shipping"));
        assert!(!found("bizStep", "shipping"));
        let field = typed_field("destination", "https://ref.gs1.org/cbv/SDT-owning_party");
        assert!(found(&field, "https://id.gs1.org/417/4000001987658"));
        assert!(found("EXISTS_", "{urn:epcglobal:cbv:mda:}x"));
        assert!(found("EQ_{urn:epcglobal:cbv:mda:}x", "1"));
        assert!(found("eventID", "urn:uuid:1"));
    }

    #[test]
    fn parties_are_glns_without_extension() {
        let node = parse(EVENT).unwrap();
        let event = Event::read(&node, "$", &Namespaces::default()).unwrap();
        assert_eq!(parties(&event), ["4000001987658", "4012345000054"]);
    }
}
