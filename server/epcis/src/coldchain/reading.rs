//! Temperatures that an event's sensor elements report, in degrees Celsius. EPCIS 2.0, section 7.3.7.

use crate::event::Event;
use crate::unit;
use crate::vocabulary::MEASUREMENT_TYPE;
use theriac_core::Instant;
use theriac_core::json::Node;

/// What a sensor read at a moment, or over a while.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reading {
    pub from: Instant,
    pub to: Instant,
    /// The value, or the mean.
    pub celsius: f64,
    pub low: f64,
    pub high: f64,
}

pub(crate) fn of(event: &Event<'_>) -> Vec<Reading> {
    let elements = event.node.get("sensorElementList").map_or(&[][..], Node::items).iter();
    let reports = elements.flat_map(|element| {
        let metadata = element.get("sensorMetadata");
        element.get("sensorReport").map_or(&[][..], Node::items).iter().map(move |report| (metadata, report))
    });
    reports.filter_map(|(metadata, report)| reading(event, metadata, report)).collect()
}

fn reading(event: &Event<'_>, metadata: Option<&Node<'_>>, report: &Node<'_>) -> Option<Reading> {
    MEASUREMENT_TYPE.word(report.text("type")?, &event.spaces).filter(|word| *word == "Temperature")?;
    let celsius = |name: &str| {
        let (kelvin, unit) = unit::canonical(report.get(name)?.as_number()?, report.text("uom")?)?;
        (unit == "K").then(|| rounded(kelvin - 273.15))
    };
    let (min, max) = (celsius("minValue"), celsius("maxValue"));
    let middle = || Some(f64::midpoint(min?, max?));
    let value = celsius("value").or_else(|| celsius("meanValue")).or_else(middle)?;
    let time = |node: Option<&Node<'_>>, name: &str| node.and_then(|node| node.text(name)).and_then(Instant::parse);
    let at = time(Some(report), "time").or_else(|| time(metadata, "time"));
    let from = at.or_else(|| time(metadata, "startTime")).unwrap_or(event.time);
    let to = at.or_else(|| time(metadata, "endTime")).unwrap_or(from).max(from);
    let (low, high) = (min.unwrap_or(value).min(value), max.unwrap_or(value).max(value));
    Some(Reading { from, to, celsius: value, low, high })
}

/// Through kelvins and back costs a few of the last digits.
fn rounded(celsius: f64) -> f64 {
    (celsius * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::namespaces::Namespaces;
    use theriac_core::json::parse;

    #[test]
    fn every_unit_and_time_of_a_report_is_read() {
        let text = br#"{"type":"ObjectEvent","eventTime":"2026-11-20T10:00:00Z","eventTimeZoneOffset":"+00:00",
            "action":"OBSERVE","bizStep":"sensor_reporting","epcList":["https://id.gs1.org/01/04012345111118/21/1"],
            "sensorElementList":[
              {"sensorMetadata":{"time":"2026-11-20T09:00:00Z"},"sensorReport":[
                {"type":"Temperature","value":26.0,"uom":"CEL"},{"type":"RelativeHumidity","value":12.1,"uom":"A93"}]},
              {"sensorMetadata":{"startTime":"2026-11-20T08:00:00Z","endTime":"2026-11-20T08:30:00Z"},"sensorReport":[
                {"type":"Temperature","minValue":32,"maxValue":50,"uom":"FAH"}]}]}"#;
        let node = parse(text).unwrap();
        let found = of(&Event::read(&node, "$", &Namespaces::default()).unwrap());
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].celsius, found[0].from.rfc3339().as_str()), (26.0, "2026-11-20T09:00:00.000Z"));
        assert_eq!((found[1].low, found[1].celsius, found[1].high), (0.0, 5.0, 10.0));
        assert_eq!(found[1].to.0 - found[1].from.0, 30 * 60 * 1_000_000);
    }
}
