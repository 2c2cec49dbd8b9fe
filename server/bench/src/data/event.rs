//! EPCIS: documents of serialised packs on their way, <https://ref.gs1.org/standards/epcis/2.0.0/>.

use super::instant;
use rand::Rng;
use rand::rngs::SmallRng;

/// Business step, action and disposition (CBV 2.0).
const STEPS: &[(&str, &str, &str)] = &[
    ("commissioning", "ADD", "active"),
    ("shipping", "OBSERVE", "in_transit"),
    ("receiving", "OBSERVE", "in_progress"),
    ("storing", "OBSERVE", "sellable_accessible"),
];

/// Packs of one sender, which goes through every step with some before it takes the next; senders do not meet.
pub struct Packs {
    pub company: u64,
    pub next: u64,
    pub now: i64,
    /// How many packs are on their way, and the step that follows.
    pub at: (u64, usize),
}

impl Packs {
    pub fn of(company: u64) -> Self {
        Self { company, next: 1, now: super::NEW_YEAR, at: (0, 0) }
    }
}

pub fn document(random: &mut SmallRng, packs: &mut Packs, events: usize) -> String {
    let mut text = String::with_capacity(events * 600);
    text.push_str(r#"{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],"type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2026-01-01T00:00:00Z","epcisBody":{"eventList":["#);
    for number in 0..events {
        if number > 0 {
            text.push(',');
        }
        text.push_str(&event(random, packs));
    }
    text.push_str("]}}");
    text
}

/// The EPC of a pack.
pub fn pack(company: u64, serial: u64) -> String {
    format!("urn:epc:id:sgtin:{company:07}.107346.{serial}")
}

fn event(random: &mut SmallRng, packs: &mut Packs) -> String {
    if packs.at.1 == 0 {
        packs.at.0 = random.random_range(1..=5);
        packs.next += packs.at.0;
    }
    let (step, action, disposition) = STEPS[packs.at.1];
    packs.at.1 = (packs.at.1 + 1) % STEPS.len();
    let epcs: Vec<String> =
        (packs.next - packs.at.0..packs.next).map(|serial| format!("\"{}\"", pack(packs.company, serial))).collect();
    packs.now += 1;
    let place = random.random_range(1..100);
    format!(
        r#"{{"type":"ObjectEvent","eventTime":"{}","eventTimeZoneOffset":"+00:00","epcList":[{}],"action":"{action}","bizStep":"{step}","disposition":"{disposition}","readPoint":{{"id":"urn:epc:id:sgln:{:07}.{place:05}.0"}},"bizLocation":{{"id":"urn:epc:id:sgln:{:07}.{place:05}.0"}}}}"#,
        instant(packs.now),
        epcs.join(","),
        packs.company,
        packs.company
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::random;

    #[test]
    fn a_document_is_json_with_as_many_events() {
        let mut packs = Packs::of(614_141);
        let text = document(&mut random(1), &mut packs, 100);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["epcisBody"]["eventList"].as_array().map(Vec::len), Some(100));
        assert!((26..=126).contains(&packs.next));
    }
}
