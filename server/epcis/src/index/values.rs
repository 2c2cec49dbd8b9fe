//! What of an event can be compared as a number: quantities, sensor values in base units, times, numeric extensions.
//! EPCIS 2.0, 8.2.7.1.

use crate::event::Event;
use crate::unit;
use theriac_core::Instant;
use theriac_core::hash::index_hash;
use theriac_core::json::Node;

/// A number under the name it is asked for by.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    pub field: String,
    pub number: f64,
}

/// A number under the hash of its field, as it is stored.
pub type Stored = (i64, f64);

/// The hash of a field of numbers.
pub fn field(name: &str) -> i64 {
    index_hash(&["number", name])
}

/// The field of a number with a unit; the unit's name is canonical.
pub fn with_unit(name: &str, unit: &str) -> String {
    format!("{name}_{unit}")
}

/// Members of a sensor report that are numbers in the report's unit.
pub const WITH_UNIT: &[&str] = &["value", "minValue", "maxValue", "meanValue", "sDev", "percValue"];

/// Lists of quantity elements.
const QUANTITIES: &[&str] = &["quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"];

/// Sorted, without repeats.
pub(super) fn stored(measured: Vec<Measured>) -> Vec<Stored> {
    let mut stored: Vec<Stored> = measured.into_iter().map(|m| (field(&m.field), m.number)).collect();
    stored.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    stored.dedup();
    stored
}

/// All but the extensions'.
pub(super) fn of_standard(event: &Event<'_>) -> Vec<Measured> {
    let mut measured = Vec::new();
    let mut add = |field: String, number: Option<f64>| {
        measured.extend(number.filter(|n| n.is_finite()).map(|number| Measured { field, number }));
    };
    for element in QUANTITIES.iter().flat_map(|list| event.node.get(list).map_or(&[][..], Node::items)) {
        quantity(element, &mut add);
    }
    let declared = event.node.get("errorDeclaration").and_then(|d| d.text("declarationTime"));
    add("errorDeclarationTime".to_owned(), declared.and_then(time));
    for element in event.node.get("sensorElementList").map_or(&[][..], Node::items) {
        for name in ["time", "startTime", "endTime"] {
            add(name.to_owned(), element.get("sensorMetadata").and_then(|m| m.text(name)).and_then(time));
        }
        for report in element.get("sensorReport").map_or(&[][..], Node::items) {
            add("time".to_owned(), report.text("time").and_then(time));
            sensor(report, &mut add);
        }
    }
    measured
}

fn time(text: &str) -> Option<f64> {
    Instant::parse(text.trim()).map(|at| at.0 as f64)
}

/// Under its plain number, and in its unit if it has one.
fn quantity(element: &Node<'_>, add: &mut impl FnMut(String, Option<f64>)) {
    let Some(text) = element.get("quantity").and_then(Node::as_number) else { return };
    add("quantity".to_owned(), text.parse().ok());
    if let Some((number, unit)) = element.text("uom").and_then(|uom| unit::canonical(text, uom.trim())) {
        add(with_unit("quantity", &unit), Some(number));
    }
}

fn sensor(report: &Node<'_>, add: &mut impl FnMut(String, Option<f64>)) {
    let uom = report.text("uom").map_or("", str::trim);
    add("percRank".to_owned(), report.get("percRank").and_then(Node::as_number).and_then(|n| n.parse().ok()));
    for name in WITH_UNIT {
        let Some(text) = report.get(name).and_then(Node::as_number) else { continue };
        if let Some((number, unit)) = unit::canonical(text, uom) {
            add(with_unit(name, &unit), Some(number));
        }
    }
}
