//! The state of a run as bytes, little-endian: version, last time, late readings, stage.

use super::{Readings, Run, Stage, Window, effective};
use crate::{ChartSpec, Stream};
use std::sync::Arc;
use theriac_core::{Error, Result};

const VERSION: u8 = 1;
const COLLECTING: u8 = 0;
const JUDGING: u8 = 1;
const FAULTY: u8 = 2;

impl Run {
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(4096);
        out.push(VERSION);
        put(&mut out, self.last_time.unwrap_or(i64::MIN).cast_unsigned());
        put(&mut out, self.late);
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
        if from.byte()? != VERSION {
            return Err(damaged());
        }
        let spec = Arc::new(effective(spec));
        let last_time = Some(from.number()?.cast_signed()).filter(|time| *time != i64::MIN);
        let late = from.number()?;
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
        Ok(Self { spec, last_time, late, stage })
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
