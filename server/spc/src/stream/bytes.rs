//! A stream's state as bytes, little-endian: version, kind, limits, counters, rule states, pending values.

use super::{Stream, check, group};
use crate::ChartSpec;
use crate::chart::{Memory, Parameters, Sums};
use crate::fold::{Fold, Track};
use crate::rules::State;
use std::sync::Arc;
use theriac_core::{Code, Error, Result};

const VERSION: u8 = 1;

impl Stream {
    /// Everything the next point depends on; equal streams give equal bytes.
    pub fn state_bytes(&self) -> Vec<u8> {
        let mut out = vec![VERSION, self.spec.kind as u8];
        let fold = &self.fold;
        put(&mut out, &[fold.parameters.center, fold.parameters.sigma, fold.parameters.secondary.unwrap_or(f64::NAN)]);
        let memory = &fold.memory;
        out.extend(fold.index.to_le_bytes());
        out.extend(memory.steps.to_le_bytes());
        put(&mut out, &[memory.previous, memory.ewma, memory.sums.upper, memory.sums.lower]);
        put_track(&mut out, &fold.primary);
        put_track(&mut out, &fold.secondary);
        out.extend((self.pending.len() as u64).to_le_bytes());
        put(&mut out, &self.pending);
        let unused = group(&self.spec) - self.pending.len();
        out.resize(out.len() + 8 * unused, 0);
        out
    }

    /// Takes up the chart where [`Stream::state_bytes`] put it down. A state that does not fit `spec` is refused;
    /// it can always be rebuilt by feeding the values again.
    pub fn restore(spec: impl Into<Arc<ChartSpec>>, bytes: &[u8]) -> Result<Self> {
        let spec = spec.into();
        check(&spec)?;
        let mut from = Reader { bytes };
        if from.take::<2>()? != [VERSION, spec.kind as u8] {
            return Err(unfit("is of another version or kind of chart"));
        }
        let fold = from.fold()?;
        let (count, group) = (from.u64()? as usize, group(&spec));
        if count >= group || from.bytes.len() != 8 * group {
            return Err(unfit("is of another subgroup size"));
        }
        let mut pending = Vec::with_capacity(group);
        for _ in 0..count {
            pending.push(from.f64()?);
        }
        spec.usable(fold.parameters)?;
        Ok(Self { spec, fold, pending })
    }
}

fn put(out: &mut Vec<u8>, values: &[f64]) {
    values.iter().for_each(|value| out.extend(value.to_bits().to_le_bytes()));
}

fn put_track(out: &mut Vec<u8>, track: &Track) {
    out.extend(track.state.to_bytes());
    track.recent.iter().for_each(|index| out.extend(index.to_le_bytes()));
    out.extend(track.judged.to_le_bytes());
}

fn unfit(why: &str) -> Error {
    Error::new(Code::Unprocessable, format!("the saved chart state {why}; rebuild it from the readings"))
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (head, rest) = self.bytes.split_first_chunk::<N>().ok_or_else(|| unfit("is too short"))?;
        self.bytes = rest;
        Ok(*head)
    }

    fn u64(&mut self) -> Result<u64> {
        self.take().map(u64::from_le_bytes)
    }

    fn f64(&mut self) -> Result<f64> {
        self.u64().map(f64::from_bits)
    }

    fn fold(&mut self) -> Result<Fold> {
        Ok(Fold {
            parameters: self.parameters()?,
            index: self.u64()?,
            memory: self.memory()?,
            primary: self.track()?,
            secondary: self.track()?,
        })
    }

    fn parameters(&mut self) -> Result<Parameters> {
        let (center, sigma, secondary) = (self.f64()?, self.f64()?, self.f64()?);
        Ok(Parameters { center, sigma, secondary: Some(secondary).filter(|s| !s.is_nan()) })
    }

    fn memory(&mut self) -> Result<Memory> {
        let (steps, previous, ewma) = (self.u64()?, self.f64()?, self.f64()?);
        Ok(Memory { steps, previous, ewma, sums: Sums { upper: self.f64()?, lower: self.f64()? } })
    }

    fn track(&mut self) -> Result<Track> {
        let state = State::from_bytes(&self.take()?);
        let mut recent = [0; Track::SPAN];
        for index in &mut recent {
            *index = self.u64()?;
        }
        Ok(Track { state, recent, judged: self.u64()? })
    }
}
