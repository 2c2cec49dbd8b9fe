//! Elements of a captured document become the newest versions, in the unit of its events.

use super::Element;
use crate::store::master::{self, Present};
use std::collections::BTreeMap;
use theriac_access::{Rows, label};
use theriac_core::Result;
use theriac_core::hash::sha256;
use theriac_ledger::Entry;
use theriac_platform::Context;
use theriac_platform::db::Unit;

/// Puts what is new into the unit; an element that says what it said before is passed over, and so is one that is
/// not the sender's to write: the shipment of a partner names places of others too.
pub(crate) async fn capture(sender: &Context, elements: Vec<Element>, unit: &mut Unit) -> Result<()> {
    // Of one document the last word counts.
    let mut newest: BTreeMap<(String, String), Element> = BTreeMap::new();
    for element in elements {
        newest.insert((element.vocabulary.clone(), element.id.clone()), element);
    }
    let ids = newest.keys().map(|(_, id)| id.clone()).collect();
    let present = master::present(&sender.db, ids).await?;
    let mut entries = Vec::new();
    for (at, element) in newest {
        let before = present.get(&at);
        if !may_write(sender, &element, before) || before.is_some_and(|before| before.body == element.body) {
            continue;
        }
        let version = before.map_or(0, |before| before.version) + 1;
        entries.push(entry(&element, version));
        master::save(&sender.db, &element, version, sender.key(), unit);
    }
    if entries.is_empty() { Ok(()) } else { theriac_ledger::record(unit, sender, &entries) }
}

/// Who sees everything writes everything; others their own places and parties, and products nobody described yet.
fn may_write(sender: &Context, element: &Element, before: Option<&Present>) -> bool {
    match (sender.grant.rows(), element.gln.as_str()) {
        (Rows::All, _) => true,
        (_, "") => before.is_none(),
        (_, gln) => sender.grant.glns.iter().any(|own| own == gln),
    }
}

fn entry(element: &Element, version: i64) -> Entry {
    let labels = if element.gln.is_empty() { Vec::new() } else { vec![label::gln(&element.gln)] };
    Entry {
        topic: "epcis.master".to_owned(),
        action: "capture",
        subject: format!("{} {}", element.vocabulary, element.id),
        version,
        hash: Some(sha256(element.body.as_bytes())),
        labels,
        data: None,
    }
}
