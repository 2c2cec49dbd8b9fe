//! Readings in columns: Apache Parquet (<https://parquet.apache.org/docs/file-format/>) and the Arrow IPC formats
//! (<https://arrow.apache.org/docs/format/Columnar.html>), slice by slice, so that a file costs no more memory than its body.
//!
//! Columns by name: `property` (text), `time` (a timestamp in UTC, or RFC 3339 text), `value` (a number), and if they are
//! there `unit` and `quality` (texts). Rows count from 1. Other columns are refused by name.

mod arrow;
mod file;

use super::{Batch, REFUSED_KEPT, Sink};
use crate::nearest;
use bytes::Bytes;
use std::ops::Range;
use theriac_core::{Error, Result};

/// The form of a body in columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Columnar {
    Parquet,
    ArrowStream,
    ArrowFile,
}

/// The media types that IANA lists; the part after `;` does not count.
const MEDIA_TYPES: &[(&str, Columnar)] = &[
    (PARQUET, Columnar::Parquet),
    ("application/vnd.apache.arrow.stream", Columnar::ArrowStream),
    ("application/vnd.apache.arrow.file", Columnar::ArrowFile),
];

pub(crate) const PARQUET: &str = "application/vnd.apache.parquet";

impl Columnar {
    pub fn from_media_type(media_type: &str) -> Option<Self> {
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        MEDIA_TYPES.iter().find(|(name, _)| name.eq_ignore_ascii_case(essence)).map(|(_, kind)| *kind)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Parquet => "Parquet",
            Self::ArrowStream | Self::ArrowFile => "Arrow",
        }
    }
}

/// Rows read at once.
const ROWS: usize = 16 * 1024;
/// Readings given on at once.
const BATCH: usize = 64 * 1024;

const NAMES: [&str; 5] = ["property", "time", "value", "unit", "quality"];
const NEEDED: usize = 3;

/// Where each of [`NAMES`] stands in the file.
type Columns = [Option<usize>; 5];

fn columns<'n>(names: impl Iterator<Item = &'n str>) -> Result<Columns> {
    let mut columns = Columns::default();
    for (at, name) in names.enumerate() {
        let Some(place) = NAMES.iter().position(|known| *known == name) else {
            return Err(Error::malformed(nearest::unknown("column", name, &NAMES)));
        };
        if columns[place].replace(at).is_some() {
            return Err(Error::malformed(format!("column {name:?} stands here twice")));
        }
    }
    match NAMES.iter().zip(&columns).take(NEEDED).find(|(_, place)| place.is_none()) {
        Some((missing, _)) => Err(Error::malformed(format!("column {missing:?} is missing"))),
        None => Ok(columns),
    }
}

/// Texts end to end; none where the file holds null.
#[derive(Debug, Default)]
struct Texts {
    bytes: Vec<u8>,
    ranges: Vec<Option<Range<usize>>>,
}

impl Texts {
    fn push(&mut self, text: Option<&[u8]>) {
        let from = self.bytes.len();
        self.bytes.extend_from_slice(text.unwrap_or_default());
        self.ranges.push(text.map(|_| from..self.bytes.len()));
    }

    fn get(&self, row: usize) -> Option<&[u8]> {
        self.ranges.get(row)?.clone().map(|range| &self.bytes[range])
    }
}

#[derive(Debug)]
enum Times {
    Micros(Vec<Option<i64>>),
    Texts(Texts),
}

/// Some rows, in columns.
#[derive(Debug)]
struct Slice {
    property: Texts,
    time: Times,
    value: Vec<Option<f64>>,
    /// Without rows where the file has no such column.
    unit: Texts,
    quality: Texts,
}

impl Slice {
    fn row(&self, row: usize, sink: &mut Sink) -> Result<(), String> {
        let property = self.property.get(row).ok_or("property is null")?;
        let time = match &self.time {
            Times::Micros(micros) => micros[row].ok_or("time is null")?,
            Times::Texts(texts) => super::time_of(texts.get(row).ok_or("time is null")?)?,
        };
        let value = self.value[row].ok_or("value is null; leave out readings that have no value")?;
        let (unit, quality) = (self.unit.get(row).unwrap_or_default(), self.quality.get(row).unwrap_or_default());
        sink.timed((property, unit), time, value, quality)
    }
}

/// Rows of a file, a slice at a time.
trait Slices {
    fn next(&mut self) -> Result<Option<Slice>>;
}

/// Reads a body and gives its readings on, until `take` wants no more.
///
/// # Errors
/// `Malformed` where the body is not of its format; what was given on before stays.
pub(crate) fn read(kind: Columnar, body: Bytes, mut take: impl FnMut(Batch) -> bool) -> Result<()> {
    let mut slices: Box<dyn Slices> = match kind {
        Columnar::Parquet => Box::new(file::Groups::open(body)?),
        Columnar::ArrowStream => Box::new(arrow::Records::stream(body)?),
        Columnar::ArrowFile => Box::new(arrow::Records::file(body)?),
    };
    let mut sink = Sink::default();
    while let Some(slice) = slices.next()? {
        for row in 0..slice.value.len() {
            sink.line += 1;
            if let Err(why) = slice.row(row, &mut sink) {
                sink.refuse(why);
            }
        }
        let full = sink.batch.times.len() >= BATCH || sink.batch.refused.len() >= REFUSED_KEPT;
        if full && !take(sink.take()) {
            return Ok(());
        }
    }
    take(sink.take());
    Ok(())
}

/// The words of a library about a body that it cannot read.
fn unreadable(kind: Columnar, error: &dyn std::fmt::Display) -> Error {
    let said: String = error.to_string().chars().take(200).collect();
    Error::malformed(format!("the {} body cannot be read: {said}", kind.name()))
}

/// Units of timestamps in microseconds: to be multiplied, and to be divided.
type Scale = (i64, i64);

fn micros(time: i64, (up, down): Scale) -> Option<i64> {
    Some(time.checked_mul(up)?.div_euclid(down)).filter(|micros| crate::time::is_written(*micros))
}

#[cfg(test)]
mod tests;
