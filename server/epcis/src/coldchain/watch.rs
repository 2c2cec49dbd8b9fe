//! The worker that raises an alert for each excursion of an item that an event with sensor data names.

use super::excursion::{Excursion, excursions};
use super::range::{Range, Ranges};
use super::{kinetic, readings};
use crate::store::item;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use theriac_alerts::{NewAlert, raise};
use theriac_core::Result;
use theriac_ledger::{Follower, Record, Watcher};
use theriac_platform::Context;
use theriac_platform::db::Unit;

pub(crate) struct Temperature;

const RULE: &str = "temperature-out-of-range";

/// Items of a pallet whose trade items are looked at; those on one pallet are few kinds.
const LOOKED_AT: usize = 5_000;

#[async_trait::async_trait]
impl Watcher for Temperature {
    fn name(&self) -> &'static str {
        "epcis-temperature"
    }

    fn topics(&self) -> &'static [&'static str] {
        &["epcis.event"]
    }

    async fn open(&self, _: &Context) -> Result<Box<dyn Follower>> {
        Ok(Box::new(Sensors))
    }
}

struct Sensors;

#[derive(Deserialize)]
struct Told {
    #[serde(default, rename = "sensorElements")]
    sensors: bool,
    #[serde(default)]
    items: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    epc: String,
}

#[async_trait::async_trait]
impl Follower for Sensors {
    async fn take(&mut self, context: &Context, records: &[Arc<Record>], unit: &mut Unit) -> Result<()> {
        let told = records.iter().filter_map(|record| record.data.as_ref());
        let told = told.filter(|data| data.get().contains("\"sensorElements\":true"));
        let told = told.filter_map(|data| serde_json::from_str::<Told>(data.get()).ok()).filter(|told| told.sensors);
        let epcs: BTreeSet<String> = told.flat_map(|told| told.items).map(|item| item.epc).collect();
        let ranges = Ranges::read(context).await?;
        if epcs.is_empty() || ranges.is_empty() {
            return Ok(());
        }
        let mut alerts = Vec::new();
        for epc in epcs {
            alerts.extend(alerts_of(context, &epc, &ranges).await?);
        }
        raise(unit, context, alerts).await
    }
}

/// Of an item, and of the kinds of trade items in it, each with its own range.
async fn alerts_of(context: &Context, epc: &str, ranges: &Ranges) -> Result<Vec<NewAlert>> {
    let Some((_, readings)) = readings(context, epc).await? else { return Ok(Vec::new()) };
    let inside = item::below(&context.db, epc, usize::MAX, LOOKED_AT).await?;
    let mut wanted: Vec<Range> = Vec::new();
    for epc in std::iter::once(epc).chain(inside.iter().map(|(_, epc)| epc.as_str())) {
        wanted.extend(ranges.of(epc).filter(|range| !wanted.contains(range)));
    }
    let mean = kinetic::mean(&super::excursion::weighted(&readings));
    let found = wanted.into_iter().flat_map(|range| excursions(&readings, range).into_iter().map(move |e| (range, e)));
    Ok(found.map(|(range, excursion)| alert(epc, range, &excursion, mean)).collect())
}

fn alert(epc: &str, range: Range, excursion: &Excursion, mean: Option<f64>) -> NewAlert {
    NewAlert {
        source: "epcis",
        rule: RULE.to_owned(),
        subject: epc.to_owned(),
        site: None,
        episode: format!("epcis/{RULE}/{epc}/{}..{}/{}", range.low, range.high, excursion.start.0),
        evidence: json!({ "range": range.shown(), "excursion": excursion.shown(), "meanKineticTemperature": mean }),
    }
}
