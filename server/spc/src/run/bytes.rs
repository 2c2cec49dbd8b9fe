//! The state of a run as bytes, little-endian: version, last time, late readings, stage; of a T2 chart its vectors
//! before the stage.

use super::vectors::{State, Vectors};
use super::{Readings, Run, Stage, Window, effective};
use crate::chart::Form;
use crate::multivariate::Model;
use crate::{ChartSpec, Stream};
use std::collections::BTreeMap;
use std::sync::Arc;
use theriac_core::{Error, Result};

const VERSION: u8 = 1;
/// With vectors.
const VECTORS: u8 = 2;
const COLLECTING: u8 = 0;
const JUDGING: u8 = 1;
const FAULTY: u8 = 2;

impl Run {
    pub fn to_bytes(&self) -> Vec<u8> {
        // Very many may be put down at once.
        let mut out = Vec::with_capacity(match &self.stage {
            Stage::Judging(window) => 1_024 + 16 * window.since.values.len(),
            Stage::Collecting(readings) => 64 + 16 * readings.values.len(),
            Stage::Faulty(_) => 64,
        });
        out.push(if self.vectors.is_some() { VECTORS } else { VERSION });
        put(&mut out, self.last_time.unwrap_or(i64::MIN).cast_unsigned());
        put(&mut out, self.late);
        if let Some(vectors) = &self.vectors {
            put_vectors(&mut out, vectors);
        }
        match &self.stage {
            Stage::Collecting(readings) => {
                out.push(COLLECTING);
                put_readings(&mut out, readings);
            }
            Stage::Judging(window) => {
                out.push(JUDGING);
                let base = window.base.state_bytes();
                put(&mut out, base.len() as u64);
                out.extend(base);
                put_readings(&mut out, &window.since);
            }
            Stage::Faulty(why) => {
                out.push(FAULTY);
                out.extend(why.as_bytes());
            }
        }
        out
    }

    /// The run of these settings as it was put down.
    ///
    /// # Errors
    /// `Internal` when the bytes are damaged, or of other settings.
    pub fn restore(spec: ChartSpec, bytes: &[u8]) -> Result<Self> {
        let mut from = Reader(bytes);
        let spec = Arc::new(effective(spec));
        let several = spec.family().form == Form::Vectors;
        if from.byte()? != if several { VECTORS } else { VERSION } {
            return Err(damaged());
        }
        let last_time = Some(from.number()?.cast_signed()).filter(|time| *time != i64::MIN);
        let late = from.number()?;
        let vectors = if several { Some(from.vectors(spec.properties().count())?) } else { None };
        let stage = match from.byte()? {
            COLLECTING => Stage::Collecting(from.readings()?),
            JUDGING => {
                let length = from.number()? as usize;
                let base = Stream::restore(spec.clone(), from.bytes(length)?)?;
                let readings = from.readings()?;
                Stage::Judging(Box::new(Window::replay(base, &readings)))
            }
            FAULTY => Stage::Faulty(String::from_utf8_lossy(from.0).into_owned()),
            _ => return Err(damaged()),
        };
        Ok(Self { spec, last_time, late, stage, vectors })
    }
}

impl Window {
    /// What was fired then was raised then.
    fn replay(base: Stream, readings: &Readings) -> Self {
        let mut window = Self::new(base);
        let mut raised = Vec::new();
        for (time, value) in readings.pairs() {
            window.push(time, value, &mut raised);
            raised.clear();
        }
        window
    }
}

fn put(out: &mut Vec<u8>, number: u64) {
    out.extend(number.to_le_bytes());
}

fn put_readings(out: &mut Vec<u8>, readings: &Readings) {
    put(out, readings.values.len() as u64);
    readings.times.iter().for_each(|time| put(out, time.cast_unsigned()));
    readings.values.iter().for_each(|value| put(out, value.to_bits()));
}

fn put_values(out: &mut Vec<u8>, values: impl IntoIterator<Item = f64>) {
    values.into_iter().for_each(|value| put(out, value.to_bits()));
}

/// A missing value is written as not a number, which none that came is.
fn put_vectors(out: &mut Vec<u8>, vectors: &Vectors) {
    put(out, vectors.last.unwrap_or(i64::MIN).cast_unsigned());
    put(out, vectors.waiting.len() as u64);
    for (time, vector) in &vectors.waiting {
        put(out, time.cast_unsigned());
        put_values(out, vector.iter().map(|value| value.unwrap_or(f64::NAN)));
    }
    match &vectors.state {
        State::Collecting { times, vectors } => {
            out.push(COLLECTING);
            put(out, times.len() as u64);
            for (time, vector) in times.iter().zip(vectors) {
                put(out, time.cast_unsigned());
                put_values(out, vector.iter().copied());
            }
        }
        State::Judging(model) => {
            out.push(JUDGING);
            put(out, model.vectors as u64);
            put_values(out, model.mean.iter().copied());
            put_values(out, model.covariance.iter().flatten().copied());
        }
    }
}

fn damaged() -> Error {
    Error::internal("the stored state of a control chart is damaged")
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self, count: usize) -> Result<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(count).ok_or_else(damaged)?;
        self.0 = rest;
        Ok(head)
    }

    fn byte(&mut self) -> Result<u8> {
        self.bytes(1).map(|bytes| bytes[0])
    }

    fn number(&mut self) -> Result<u64> {
        let (head, rest) = self.0.split_first_chunk::<8>().ok_or_else(damaged)?;
        self.0 = rest;
        Ok(u64::from_le_bytes(*head))
    }

    fn values(&mut self, count: usize) -> Result<Vec<f64>> {
        (0..count).map(|_| self.number().map(f64::from_bits)).collect()
    }

    /// A time and its values, as often as the number before them says.
    fn timed(&mut self, width: usize) -> Result<Vec<(i64, Vec<f64>)>> {
        let count = self.number()?;
        (0..count).map(|_| Ok((self.number()?.cast_signed(), self.values(width)?))).collect()
    }

    fn vectors(&mut self, width: usize) -> Result<Vectors> {
        let last = Some(self.number()?.cast_signed()).filter(|time| *time != i64::MIN);
        let known = |value: f64| Some(value).filter(|value| !value.is_nan());
        let waiting = self.timed(width)?.into_iter();
        let waiting: BTreeMap<i64, _> = waiting.map(|(time, v)| (time, v.into_iter().map(known).collect())).collect();
        let state = match self.byte()? {
            COLLECTING => {
                let (times, vectors) = self.timed(width)?.into_iter().unzip();
                State::Collecting { times, vectors }
            }
            JUDGING => {
                let count = self.number()? as usize;
                let mean = self.values(width)?;
                let covariance = (0..width).map(|_| self.values(width)).collect::<Result<_>>()?;
                State::Judging(Model::new(mean, covariance, count)?)
            }
            _ => return Err(damaged()),
        };
        Ok(Vectors { waiting, last, state })
    }

    fn readings(&mut self) -> Result<Readings> {
        let count = self.number()? as usize;
        if self.0.len() != count.saturating_mul(16) {
            return Err(damaged());
        }
        let times = (0..count).map(|_| self.number().map(u64::cast_signed)).collect::<Result<_>>()?;
        let values = (0..count).map(|_| self.number().map(f64::from_bits)).collect::<Result<_>>()?;
        Ok(Readings { times, values })
    }
}
