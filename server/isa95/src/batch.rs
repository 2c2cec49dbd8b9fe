//! The bytes of a whole accepted batch: what stands beside its one ledger entry, and what the entry's hash is over.
//!
//! Layout, version 1: version, length of the body, then the body under zstd level 1: keys of the properties, which
//! property each reading is of, times, quality runs, and the values property by property, as decimals with the
//! places of that property where all are such, else as bits. Readings keep the order in which they came.

mod resolve;
mod values;

use crate::checksum;
use crate::quality_runs;
use crate::varint::{self, Bytes};
use theriac_core::{Code, Error, Result};

pub use resolve::{Accepted, Conversion, Taken, resolve};

/// Most readings in one batch, and a bound on what damaged bytes can ask for.
pub const READINGS_MAX: usize = 1 << 22;

const VERSION: u8 = 2;
/// Without a checksum.
const UNCHECKED: u8 = 1;
const ZSTD_LEVEL: i32 = 1;
/// Bytes a reading at most: index 5, time 10, value 10, quality 11; keys beside.
const READING_MAX: usize = 48;

/// As [`crate::reading::Batch`], with the keys of the properties in place of their addresses.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Columns {
    /// Keys of the distinct properties.
    pub properties: Vec<i64>,
    /// For each reading, which of `properties`.
    pub property_index: Vec<u32>,
    /// Microseconds since 1970 UTC.
    pub times: Vec<i64>,
    pub values: Vec<f64>,
    /// Codes of [`crate::reading::Quality`].
    pub qualities: Vec<u8>,
}

impl Columns {
    pub fn len(&self) -> usize {
        self.times.len()
    }

    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// All columns of one length, every index of a property that is there.
    fn fits(&self) -> bool {
        let count = self.times.len();
        count <= READINGS_MAX
            && self.properties.len() <= READINGS_MAX
            && [self.property_index.len(), self.values.len(), self.qualities.len()] == [count; 3]
            && self.property_index.iter().all(|index| (*index as usize) < self.properties.len())
    }

    /// The rows of each property, by property and in the order in which they came: row numbers, and for each
    /// property where its rows begin (one more at the end).
    pub fn by_property(&self) -> (Vec<u32>, Vec<usize>) {
        let mut starts = vec![0; self.properties.len() + 1];
        for index in &self.property_index {
            starts[*index as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut rows = vec![0; self.property_index.len()];
        for (row, index) in (0u32..).zip(&self.property_index) {
            let slot = &mut next[*index as usize];
            rows[*slot] = row;
            *slot += 1;
        }
        (rows, starts)
    }
}

/// # Errors
/// `TooLarge` above [`READINGS_MAX`] readings; `Internal` when the columns do not belong together.
pub fn encode(columns: &Columns) -> Result<Vec<u8>> {
    if columns.len() > READINGS_MAX {
        let message = format!("a batch holds at most {READINGS_MAX} readings, not {}; send it in parts", columns.len());
        return Err(Error::new(Code::TooLarge, message));
    }
    if !columns.fits() {
        return Err(Error::internal("the columns of a batch of readings do not belong together"));
    }
    let mut body = Vec::with_capacity(64 + columns.len() * 8);
    varint::put(columns.properties.len() as u64, &mut body);
    varint::put(columns.len() as u64, &mut body);
    put_deltas(columns.properties.iter().copied(), &mut body);
    put_indexes(&columns.property_index, &mut body);
    put_deltas(columns.times.iter().copied(), &mut body);
    quality_runs::put(columns.qualities.iter().copied(), &mut body);
    values::put(columns, &mut body);
    let packed = zstd::bulk::compress(&body, ZSTD_LEVEL).map_err(Error::internal)?;
    let mut out = Vec::with_capacity(packed.len() + 8);
    out.push(VERSION);
    varint::put(body.len() as u64, &mut out);
    out.extend_from_slice(&packed);
    checksum::put(&mut out);
    Ok(out)
}

/// # Errors
/// `Internal` when the bytes are damaged.
pub fn decode(bytes: &[u8]) -> Result<Columns> {
    let sound = if bytes.first() == Some(&UNCHECKED) { Some(bytes) } else { checksum::checked(bytes) };
    sound
        .and_then(|bytes| columns(Bytes(bytes)))
        .ok_or_else(|| Error::internal("a stored batch of readings is damaged"))
}

fn columns(mut bytes: Bytes<'_>) -> Option<Columns> {
    if !matches!(bytes.byte()?, VERSION | UNCHECKED) {
        return None;
    }
    let length = bytes.count(READINGS_MAX * READING_MAX)?;
    let body = zstd::bulk::decompress(bytes.0, length).ok()?;
    let mut body = Bytes(&body);
    let (properties, count) = (body.count(READINGS_MAX)?, body.count(READINGS_MAX)?);
    let mut columns = Columns {
        properties: deltas(&mut body, properties)?,
        property_index: indexes(&mut body, count, properties)?,
        times: deltas(&mut body, count)?,
        qualities: quality_runs::get(&mut body, count)?,
        values: Vec::new(),
    };
    columns.values = values::get(&columns, &mut body)?;
    body.0.is_empty().then_some(columns)
}

fn put_deltas(values: impl Iterator<Item = i64>, out: &mut Vec<u8>) {
    let mut before = 0i64;
    for value in values {
        varint::put_signed(value.wrapping_sub(before), out);
        before = value;
    }
}

fn deltas(bytes: &mut Bytes<'_>, count: usize) -> Option<Vec<i64>> {
    // Each takes a byte at least, so that a false count asks for no more than there is.
    let mut values = Vec::with_capacity(count.min(bytes.0.len()));
    let mut before = 0i64;
    for _ in 0..count {
        before = before.wrapping_add(bytes.signed()?);
        values.push(before);
    }
    Some(values)
}

/// Against "the next property follows", which makes a sender's round all zeros but one.
fn put_indexes(indexes: &[u32], out: &mut Vec<u8>) {
    put_deltas(indexes.iter().zip(0i64..).map(|(index, row)| i64::from(*index) - row), out);
}

fn indexes(bytes: &mut Bytes<'_>, count: usize, properties: usize) -> Option<Vec<u32>> {
    let shifted = deltas(bytes, count)?.into_iter().zip(0i64..);
    let index = |(shifted, row): (i64, i64)| u32::try_from(shifted.wrapping_add(row)).ok();
    shifted.map(index).map(|index| index.filter(|i| (*i as usize) < properties)).collect()
}

#[cfg(test)]
mod tests;
