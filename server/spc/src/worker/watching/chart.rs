//! One chart at work, under the definition that the ledger gave it.

use super::alert::{self, Raised};
use crate::ChartSpec;
use crate::run::{Fired, Run};
use crate::show::spec_of;
use crate::store::State;
use theriac_core::{Error, Result};
use theriac_isa95::Known;
use theriac_ledger::Record;

pub struct Chart {
    pub id: String,
    pub version: i64,
    /// Position of the entry that defined it: tells its runs apart.
    pub born: i64,
    /// The one site of all its properties, if they have one.
    pub site: Option<String>,
    run: Run,
    changed: bool,
}

impl Chart {
    /// The chart an entry defines; none if it removes one.
    pub fn defined(record: &Record) -> Result<Option<Self>> {
        let Some(document) = &record.data else { return Ok(None) };
        let run = Run::new(spec_of(document.get())?);
        let id = record.subject.strip_prefix("charts/").unwrap_or_default().to_owned();
        let born = i64::try_from(record.position).map_err(Error::internal)?;
        Ok(Some(Self { id, version: record.version, born, site: None, run, changed: false }))
    }

    pub fn restore(state: State) -> Result<Self> {
        let State { chart: id, version, born, document, state } = state;
        let run = Run::restore(spec_of(&document)?, &state)?;
        Ok(Self { id, version, born, site: None, run, changed: false })
    }

    /// To be put down with the document that defined it.
    pub fn state(&self, document: String) -> State {
        State { chart: self.id.clone(), version: self.version, born: self.born, document, state: self.run.to_bytes() }
    }

    pub fn spec(&self) -> &ChartSpec {
        self.run.spec()
    }

    pub fn feed(&mut self, known: &Known, readings: impl Iterator<Item = (i64, f64)>, alerts: &mut Vec<Raised>) {
        let Some(place) = self.spec().properties().position(|address| address == known.address) else { return };
        let mut fired: Vec<Fired> = Vec::new();
        for (time, value) in readings {
            self.run.push(place, time, value, &mut fired);
            self.changed = true;
        }
        alerts.extend(fired.iter().map(|fired| alert::of_chart(self, fired)));
    }

    /// Its state, if it has changed since it was last put down.
    pub fn put_down(&mut self) -> Option<(String, Vec<u8>)> {
        std::mem::take(&mut self.changed).then(|| (self.id.clone(), self.run.to_bytes()))
    }
}
