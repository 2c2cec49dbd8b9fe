//! What the worker holds in memory: for each property its limits, its side of them, and the charts it feeds.

mod chart;
mod limit;

pub(super) use chart::Chart;

use super::alert::{self, Raised};
use crate::service::CHARTS;
use crate::show::site_of;
use crate::store;
use limit::Limited;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use theriac_core::Result;
use theriac_isa95::batch::Columns;
use theriac_isa95::reading::Quality;
use theriac_isa95::{Known, LIMITS};
use theriac_ledger::Record;
use theriac_platform::Context;
use theriac_platform::db::Unit;

#[derive(Default)]
pub(super) struct Watching {
    charts: BTreeMap<String, Chart>,
    limits: BTreeMap<String, Limited>,
    /// By key: what a reading of it must be shown to.
    properties: HashMap<i64, Watched>,
}

struct Watched {
    known: Known,
    charts: Vec<String>,
}

impl Watching {
    /// As the database holds it.
    pub async fn open(context: &Context) -> Result<Self> {
        let mut watching = Self::default();
        for state in store::states(&context.db, None).await? {
            watching.charts.insert(state.chart.clone(), Chart::restore(state)?);
        }
        for stored in store::limits(&context.db).await? {
            watching.limits.insert(stored.address.clone(), Limited::restore(&stored)?);
        }
        watching.connect(context).await?;
        Ok(watching)
    }

    /// Charts or equipment were defined: what the entries say is in force from here on.
    pub async fn define(&mut self, context: &Context, records: &[Arc<Record>], unit: &mut Unit) -> Result<()> {
        for record in records {
            match record.topic.as_str() {
                CHARTS => self.define_chart(context, record, unit)?,
                LIMITS => self.schedule_limits(record)?,
                _ => self.define_limits(context, record, unit)?,
            }
        }
        self.connect(context).await
    }

    fn define_chart(&mut self, context: &Context, record: &Record, unit: &mut Unit) -> Result<()> {
        match Chart::defined(record)? {
            Some(chart) => {
                unit.push(store::begin(&context.db, chart.state()));
                self.charts.insert(chart.id.clone(), chart);
            }
            None => {
                let id = record.subject.strip_prefix("charts/").unwrap_or_default();
                self.charts.remove(id);
                unit.push(store::end(&context.db, id));
            }
        }
        Ok(())
    }

    fn define_limits(&mut self, context: &Context, record: &Record, unit: &mut Unit) -> Result<()> {
        let defined = limit::defined(record)?;
        let equipment = record.subject.strip_prefix("equipment/").unwrap_or_default();
        let of_it = |address: &str| address.rsplit_once('.').is_some_and(|(id, _)| id == equipment);
        let plain = self.limits.iter().filter(|(address, limited)| of_it(address) && !limited.is_versioned());
        let gone = plain.filter(|(address, _)| defined.iter().all(|(new, _)| new != *address));
        let gone: Vec<String> = gone.map(|(address, _)| address.clone()).collect();
        if !gone.is_empty() {
            self.limits.retain(|address, _| !gone.contains(address));
            unit.push(store::remove_limits(&context.db, gone));
        }
        for (address, limits) in defined {
            self.limits.entry(address).or_default().set(limits);
        }
        Ok(())
    }

    fn schedule_limits(&mut self, record: &Record) -> Result<()> {
        if let Some((address, scheduled)) = limit::scheduled(record)? {
            self.limits.entry(address).or_default().schedule(scheduled);
        }
        Ok(())
    }

    async fn connect(&mut self, context: &Context) -> Result<()> {
        let mut charted: BTreeMap<String, Vec<String>> =
            self.limits.keys().map(|address| (address.clone(), Vec::new())).collect();
        for chart in self.charts.values() {
            for address in chart.spec().properties() {
                charted.entry(address.to_owned()).or_default().push(chart.id.clone());
            }
        }
        let addresses: Vec<String> = charted.keys().cloned().collect();
        self.properties.clear();
        let found = theriac_isa95::properties(&context.db, &addresses).await?;
        let sites = found.iter().map(|known| (known.address.clone(), known.site.clone())).collect();
        self.charts.values_mut().for_each(|chart| chart.site = site_of(chart.spec(), &sites));
        for known in found {
            let charts = charted.remove(&known.address).unwrap_or_default();
            self.properties.insert(known.key, Watched { known, charts });
        }
        Ok(())
    }

    /// The version of the limits that a reading of that time was under.
    pub fn limit_version(&self, address: &str, time: i64) -> Option<i64> {
        self.limits.get(address)?.at(time).1
    }

    pub fn feed(&mut self, columns: &Columns, alerts: &mut Vec<Raised>) {
        let (rows, starts) = columns.by_property();
        for (key, range) in columns.properties.iter().zip(starts.windows(2)) {
            let Some(watched) = self.properties.get(key) else { continue };
            let good = |row: &&u32| columns.qualities[**row as usize] != Quality::Bad.code();
            let readings = rows[range[0]..range[1]].iter().filter(good);
            let readings = readings.map(|row| (columns.times[*row as usize], columns.values[*row as usize]));
            if let Some(limited) = self.limits.get_mut(&watched.known.address) {
                limited.check(&watched.known, readings.clone(), alerts);
            }
            for id in &watched.charts {
                if let Some(chart) = self.charts.get_mut(id) {
                    chart.feed(&watched.known, readings.clone(), alerts);
                }
            }
        }
    }

    /// Puts what has changed into the unit, one statement for each table.
    pub fn save(&mut self, context: &Context, unit: &mut Unit) {
        let changed = self.charts.values_mut().filter_map(Chart::put_down);
        let (charts, states): (Vec<String>, Vec<Vec<u8>>) = changed.unzip();
        if !charts.is_empty() {
            unit.push(store::save(&context.db, charts, states));
        }
        let limits: Vec<_> =
            self.limits.iter_mut().filter_map(|(address, limited)| limited.put_down(address)).collect();
        if !limits.is_empty() {
            unit.push(store::save_limits(&context.db, limits));
        }
    }
}
