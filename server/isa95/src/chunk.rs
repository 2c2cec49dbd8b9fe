//! A chunk: the readings of one property over a stretch of time, in a few bytes each and the same bits back.
//!
//! Layout, version 2: version, flags, count, first time, span, then (for more than [`SUMMARY_FROM`] readings) the
//! totals that answer an aggregate without decoding, then the payload, under zstd where that is smaller: a column of
//! times, a column of values, runs of quality codes; then the checksum of all before it (`checksum`). How columns are
//! coded is in `column` and `value`. Version 1 had no checksum.
//!
//! Readings stand in ascending time, one for each instant; of two for the same instant the later arrival stays.

mod bits;
mod column;
mod points;
mod rolled;
mod value;

use crate::aggregate::Totals;
use crate::checksum;
use crate::quality_runs;
use crate::varint::{self, Bytes};
use theriac_core::{Error, Result};

pub use points::{Point, in_order, merge_points};
pub(crate) use rolled::{decode as decode_rolled, encode as encode_rolled};

/// Most readings in one chunk: a month of one-second data, and a bound on what damaged bytes can ask for.
pub const POINTS_MAX: usize = 1 << 22;

/// Up to this many readings the totals are found by decoding, which costs less than keeping them.
const SUMMARY_FROM: usize = 32;

const VERSION: u8 = 2;
/// Without a checksum.
const UNCHECKED: u8 = 1;
const WITH_TOTALS: u8 = 1;
const ZSTD: u8 = 2;
const ZSTD_LEVEL: i32 = 3;

/// What a chunk says of itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// All readings, bad ones too.
    pub count: usize,
    pub first: i64,
    pub last: i64,
    /// Over the readings that are not bad.
    pub totals: Totals,
}

/// Two chunks made one.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    pub chunk: Vec<u8>,
    /// Readings of the older chunk that gave way to one for the same instant.
    pub absorbed: usize,
}

/// Encodes readings in any order; [`in_order`] is what comes back.
///
/// # Errors
/// `TooLarge` above [`POINTS_MAX`] readings.
pub fn encode(points: &[Point]) -> Result<Vec<u8>> {
    if points.len() > POINTS_MAX {
        let message = format!("a chunk holds at most {POINTS_MAX} readings, not {}", points.len());
        return Err(Error::new(theriac_core::Code::TooLarge, message));
    }
    let points = in_order(points);
    let (first, last) = (points.first().map_or(0, |p| p.time), points.last().map_or(0, |p| p.time));
    let payload = payload(&points, first);
    let packed = pack(&payload);
    let with_totals = points.len() > SUMMARY_FROM;
    let flags = u8::from(with_totals) * WITH_TOTALS + u8::from(packed.is_some()) * ZSTD;
    let mut out = vec![VERSION, flags];
    varint::put(points.len() as u64, &mut out);
    varint::put_signed(first, &mut out);
    varint::put(last.wrapping_sub(first) as u64, &mut out);
    if with_totals {
        put_totals(&Totals::of(&points), &mut out);
    }
    match packed {
        Some(packed) => {
            varint::put(payload.len() as u64, &mut out);
            out.extend_from_slice(&packed);
        }
        None => out.extend_from_slice(&payload),
    }
    checksum::put(&mut out);
    Ok(out)
}

/// # Errors
/// `Internal` when the bytes are damaged.
pub fn decode(chunk: &[u8]) -> Result<Vec<Point>> {
    let mut bytes = Bytes(sound(chunk)?);
    header(&mut bytes).and_then(|header| points_of(&header, bytes)).ok_or_else(damaged)
}

/// Count, span and totals, for large chunks without decoding the readings.
///
/// # Errors
/// `Internal` when the bytes are damaged.
pub fn summary(chunk: &[u8]) -> Result<Summary> {
    let mut bytes = Bytes(sound(chunk)?);
    let header = header(&mut bytes).ok_or_else(damaged)?;
    let totals = match header.totals {
        Some(totals) => totals,
        None => Totals::of(&points_of(&header, bytes).ok_or_else(damaged)?),
    };
    Ok(Summary { count: header.count, first: header.first, last: header.last, totals })
}

/// One chunk of both; where both have a reading for an instant, that of `newer` stays.
///
/// # Errors
/// `Internal` when either is damaged, `TooLarge` when both together are.
pub fn merge(older: &[u8], newer: &[u8]) -> Result<Merged> {
    let (older, newer) = (decode(older)?, decode(newer)?);
    let points = merge_points(&older, &newer);
    Ok(Merged { chunk: encode(&points)?, absorbed: older.len() + newer.len() - points.len() })
}

/// What the checksum speaks for.
fn sound(chunk: &[u8]) -> Result<&[u8]> {
    match chunk.first() {
        Some(&UNCHECKED) => Ok(chunk),
        _ => checksum::checked(chunk).ok_or_else(damaged),
    }
}

struct Header {
    count: usize,
    first: i64,
    last: i64,
    totals: Option<Totals>,
    packed: bool,
}

fn header(bytes: &mut Bytes<'_>) -> Option<Header> {
    let (version, flags) = (bytes.byte()?, bytes.byte()?);
    if !matches!(version, VERSION | UNCHECKED) || flags & !(WITH_TOTALS | ZSTD) != 0 {
        return None;
    }
    let count = bytes.count(POINTS_MAX)?;
    let first = bytes.signed()?;
    let last = first.wrapping_add(bytes.varint()? as i64);
    let totals = if flags & WITH_TOTALS == 0 { None } else { Some(totals(bytes)?) };
    Some(Header { count, first, last, totals, packed: flags & ZSTD != 0 })
}

fn put_totals(totals: &Totals, out: &mut Vec<u8>) {
    varint::put(totals.count, out);
    for number in [totals.min, totals.max, totals.sum, totals.last] {
        varint::put_f64(number, out);
    }
}

fn totals(bytes: &mut Bytes<'_>) -> Option<Totals> {
    let count = bytes.varint()?;
    Some(Totals { count, min: bytes.f64()?, max: bytes.f64()?, sum: bytes.f64()?, last: bytes.f64()? })
}

fn payload(points: &[Point], first: i64) -> Vec<u8> {
    let mut out = Vec::new();
    let offsets: Vec<i64> = points.iter().map(|p| p.time.wrapping_sub(first)).collect();
    column::put(&offsets, &mut out);
    let values: Vec<f64> = points.iter().map(|p| p.value).collect();
    value::put(&values, &mut out);
    quality_runs::put(points.iter().map(|p| p.quality), &mut out);
    out
}

fn points_of(header: &Header, mut bytes: Bytes<'_>) -> Option<Vec<Point>> {
    if !header.packed {
        return columns(header, bytes);
    }
    // The columns together take less than this even where nothing can be predicted; zstd is not asked for more.
    let length = bytes.count(64 + header.count * 32)?;
    let payload = zstd::bulk::decompress(bytes.0, length).ok()?;
    columns(header, Bytes(&payload))
}

fn columns(header: &Header, mut bytes: Bytes<'_>) -> Option<Vec<Point>> {
    let times = column::get(&mut bytes, header.count)?;
    let values = value::get(&mut bytes, header.count)?;
    let qualities = quality_runs::get(&mut bytes, header.count)?;
    let rows = times.into_iter().zip(values).zip(qualities);
    Some(rows.map(|((t, value), quality)| Point { time: header.first.wrapping_add(t), value, quality }).collect())
}

/// The payload under zstd, if it is smaller so, its length included.
fn pack(payload: &[u8]) -> Option<Vec<u8>> {
    let packed = zstd::bulk::compress(payload, ZSTD_LEVEL).ok()?;
    (packed.len() + 5 < payload.len()).then_some(packed)
}

fn damaged() -> Error {
    Error::internal("a stored chunk of readings is damaged")
}

#[cfg(test)]
mod tests;
