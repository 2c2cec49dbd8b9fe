//! What the worker holds in memory: for each property its limits, its side of them, and the charts it feeds.

mod chart;
mod limit;

pub(super) use chart::Chart;

use super::alert::{self, Raised};
use crate::service::CHARTS;
use crate::show::site_of;
use crate::store;
use limit::Limited;
use std::collections::{BTreeMap, BTreeSet, HashMap};
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

/// What was defined anew.
#[derive(Default)]
struct Touched {
    charts: BTreeSet<String>,
    addresses: BTreeSet<String>,
    /// Equipment: what belongs to which site may have changed anywhere below it.
    all: bool,
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
        let mut touched = Touched::default();
        for record in records {
            match record.topic.as_str() {
                CHARTS => self.define_chart(context, record, unit, &mut touched)?,
                LIMITS => touched.addresses.extend(self.schedule_limits(record)?),
                _ => {
                    self.define_limits(context, record, unit)?;
                    touched.all = true;
                }
            }
        }
        if touched.all { self.connect(context).await } else { self.reconnect(context, touched).await }
    }

    fn define_chart(
        &mut self,
        context: &Context,
        record: &Record,
        unit: &mut Unit,
        touched: &mut Touched,
    ) -> Result<()> {
        let id = record.subject.strip_prefix("charts/").unwrap_or_default();
        let before = match Chart::defined(record)? {
            Some(chart) => {
                let document = record.data.as_ref().map_or("", |data| data.get()).to_owned();
                unit.push(store::begin(&context.db, chart.state(document)));
                touched.addresses.extend(chart.spec().properties().map(str::to_owned));
                self.charts.insert(id.to_owned(), chart)
            }
            None => {
                unit.push(store::end(&context.db, id));
                self.charts.remove(id)
            }
        };
        touched.addresses.extend(before.iter().flat_map(|chart| chart.spec().properties()).map(str::to_owned));
        touched.charts.insert(id.to_owned());
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

    /// The property, if anything was scheduled for it.
    fn schedule_limits(&mut self, record: &Record) -> Result<Option<String>> {
        let Some((address, scheduled)) = limit::scheduled(record)? else { return Ok(None) };
        self.limits.entry(address.clone()).or_default().schedule(scheduled);
        Ok(Some(address))
    }

    /// As [`Self::connect`], of the properties alone that charts or limits were defined for: there may be very many others.
    async fn reconnect(&mut self, context: &Context, touched: Touched) -> Result<()> {
        let addresses: Vec<String> = touched.addresses.into_iter().collect();
        let found = theriac_isa95::properties(&context.db, &addresses).await?;
        let sites = found.iter().map(|known| (known.address.clone(), known.site.clone())).collect();
        for known in found {
            let (key, address) = (known.key, known.address.clone());
            let charts = self.properties.remove(&key).map_or_else(Vec::new, |watched| watched.charts);
            let mut watched = Watched { known, charts };
            watched.charts.retain(|id| !touched.charts.contains(id));
            let feeds = |id: &&String| {
                self.charts.get(*id).is_some_and(|chart| chart.spec().properties().any(|of_it| of_it == address))
            };
            watched.charts.extend(touched.charts.iter().filter(feeds).cloned());
            // In the order in which a restart finds them.
            watched.charts.sort_unstable();
            if !watched.charts.is_empty() || self.limits.contains_key(&address) {
                self.properties.insert(key, watched);
            }
        }
        for id in &touched.charts {
            if let Some(chart) = self.charts.get_mut(id) {
                chart.site = site_of(chart.spec(), &sites);
            }
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
