//! Bodies of readings to columns: JSON array, NDJSON and CSV of `{"property","time","value","unit"?,"quality"?}`.
//!
//! In columns they come as Parquet and Arrow (`columnar`).
//!
//! A body is read as it arrives, piece by piece; what is kept is the columns and the one line or element that is
//! not yet whole. A line that is wrong is refused by its number and never stops the others; only a body that is
//! not of its format at all is refused as a whole.

pub(crate) mod ahead;
pub(crate) mod columnar;
mod csv;
mod json;
mod ndjson;
mod number;
mod object;
mod properties;

use crate::nearest;
pub(crate) use number::POWERS;
use properties::Properties;
use serde::Serialize;
use theriac_core::{Error, Result};
use utoipa::ToSchema;

/// Refusals kept in words; beyond it they are only counted, so that a body of nothing but faults stays small.
pub const REFUSED_KEPT: usize = 1000;

/// Longest line or element, in bytes.
pub const LINE_MAX: usize = 64 * 1024;

/// Readings in columns; row `i` is the `i`th of each.
#[derive(Debug, Default, PartialEq)]
pub struct Batch {
    /// Addresses, in the order in which they came first; one for each unit that its readings name.
    pub properties: Vec<String>,
    /// For each of `properties` the unit its readings name; empty: none, they are in the property's own.
    pub units: Vec<String>,
    /// For each reading, which of `properties`.
    pub property_index: Vec<u32>,
    /// Microseconds since 1970 UTC.
    pub times: Vec<i64>,
    /// Finite.
    pub values: Vec<f64>,
    /// [`Quality`] codes.
    pub qualities: Vec<u8>,
    /// Where each reading stood, counted as in [`Refused::line`].
    pub lines: Vec<u64>,
    /// The first [`REFUSED_KEPT`] refused lines.
    pub refused: Vec<Refused>,
    /// All refused lines.
    pub refused_count: u64,
}

/// One reading that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Refused {
    /// From 1: the line of NDJSON or CSV (its header is line 1), the position in a JSON array.
    pub line: u64,
    pub why: String,
}

/// How far a value is to be trusted, in OPC's three steps (OPC 10000-8, status codes Good, Uncertain, Bad).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[repr(u8)]
pub enum Quality {
    #[default]
    Good = 0,
    Uncertain = 1,
    Bad = 2,
}

impl Quality {
    const NAMES: &[&str] = &["good", "uncertain", "bad"];

    pub fn code(self) -> u8 {
        self as u8
    }

    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// `None` for a code that is not of the three.
    pub fn from_code(code: u8) -> Option<Self> {
        [Self::Good, Self::Uncertain, Self::Bad].get(usize::from(code)).copied()
    }

    fn from_bytes(name: &[u8]) -> Option<Self> {
        match name {
            b"good" => Some(Self::Good),
            b"uncertain" => Some(Self::Uncertain),
            b"bad" => Some(Self::Bad),
            _ => None,
        }
    }
}

/// The form of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Json,
    Ndjson,
    Csv,
}

/// Media types that are taken; the part after `;` does not count.
const MEDIA_TYPES: &[(&str, Format)] = &[
    ("application/json", Format::Json),
    ("application/x-ndjson", Format::Ndjson),
    ("application/ndjson", Format::Ndjson),
    ("application/jsonl", Format::Ndjson),
    ("text/csv", Format::Csv),
];

impl Format {
    pub fn from_media_type(media_type: &str) -> Option<Self> {
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        MEDIA_TYPES.iter().find(|(name, _)| name.eq_ignore_ascii_case(essence)).map(|(_, format)| *format)
    }

    /// A WebSocket frame says no media type: an array is JSON, anything else a line or lines of NDJSON.
    pub fn of_frame(text: &[u8]) -> Self {
        match text.trim_ascii_start().first() {
            Some(b'[') => Self::Json,
            _ => Self::Ndjson,
        }
    }
}

/// Reads a body that comes in pieces.
#[derive(Debug)]
pub struct Parser {
    sink: Sink,
    form: Form,
}

#[derive(Debug)]
enum Form {
    Json(json::Elements),
    Ndjson(ndjson::Lines),
    Csv(csv::Table),
}

impl Parser {
    pub fn new(format: Format) -> Self {
        let form = match format {
            Format::Json => Form::Json(json::Elements::default()),
            Format::Ndjson => Form::Ndjson(ndjson::Lines::default()),
            Format::Csv => Form::Csv(csv::Table::default()),
        };
        Self { sink: Sink::default(), form }
    }

    /// # Errors
    /// `Malformed` when the body as a whole is not of its format.
    pub fn push(&mut self, bytes: &[u8]) -> Result<()> {
        match &mut self.form {
            Form::Json(elements) => elements.push(bytes, &mut self.sink),
            Form::Ndjson(lines) => {
                lines.push(bytes, &mut |number, line| ndjson::line(number, line, &mut self.sink));
                Ok(())
            }
            Form::Csv(table) => table.push(bytes, &mut self.sink),
        }
    }

    /// Readings that wait to be taken.
    pub fn len(&self) -> usize {
        self.sink.batch.times.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What was read so far; the parser goes on with an empty batch, so that memory stays flat.
    pub fn take(&mut self) -> Batch {
        self.sink.take()
    }

    /// What is left once the body has ended.
    ///
    /// # Errors
    /// `Malformed` when the body ends too early.
    pub fn finish(mut self) -> Result<Batch> {
        match &mut self.form {
            Form::Json(elements) => elements.finish()?,
            Form::Ndjson(lines) => lines.finish(&mut |number, line| ndjson::line(number, line, &mut self.sink)),
            Form::Csv(table) => table.finish(&mut self.sink)?,
        }
        Ok(self.sink.take())
    }
}

/// Reads a whole body.
///
/// # Errors
/// As [`Parser::push`] and [`Parser::finish`].
pub fn parse(format: Format, body: &[u8]) -> Result<Batch> {
    let mut parser = Parser::new(format);
    parser.push(body)?;
    parser.finish()
}

/// The columns being filled.
#[derive(Debug, Default)]
struct Sink {
    batch: Batch,
    properties: Properties,
    /// Where the reading at hand stands.
    line: u64,
}

/// One reading, not yet checked, borrowing from the line.
#[derive(Debug, Clone, Copy)]
struct Raw<'a> {
    property: &'a [u8],
    time: &'a [u8],
    value: f64,
    /// UCUM code; empty for the property's own.
    unit: &'a [u8],
    /// Empty for good.
    quality: &'a [u8],
}

impl Sink {
    fn reading(&mut self, raw: Raw<'_>) -> Result<(), String> {
        self.timed((raw.property, raw.unit), time_of(raw.time)?, raw.value, raw.quality)
    }

    /// A reading of a property, under a unit or none, at a time in microseconds.
    fn timed(&mut self, named: (&[u8], &[u8]), time: i64, value: f64, quality: &[u8]) -> Result<(), String> {
        let quality = match quality {
            b"" => Quality::Good,
            name => {
                Quality::from_bytes(name).ok_or_else(|| nearest::unknown("quality", &shown(name), Quality::NAMES))?
            }
        };
        if !value.is_finite() {
            return Err("value is not a finite number; leave out readings that have no value".to_owned());
        }
        let index = self.properties.index(named, &mut self.batch)?;
        self.batch.property_index.push(index);
        self.batch.times.push(time);
        self.batch.values.push(value);
        self.batch.qualities.push(quality.code());
        self.batch.lines.push(self.line);
        Ok(())
    }

    fn refuse(&mut self, why: String) {
        self.batch.refused_count += 1;
        if self.batch.refused.len() < REFUSED_KEPT {
            self.batch.refused.push(Refused { line: self.line, why });
        }
    }

    /// Takes back the readings from row `count` on.
    fn truncate(&mut self, count: usize) {
        self.batch.property_index.truncate(count);
        self.batch.times.truncate(count);
        self.batch.values.truncate(count);
        self.batch.qualities.truncate(count);
        self.batch.lines.truncate(count);
    }

    fn take(&mut self) -> Batch {
        self.properties = Properties::default();
        std::mem::take(&mut self.batch)
    }
}

fn time_of(text: &[u8]) -> Result<i64, String> {
    crate::time::parse(text).ok_or_else(|| format!("time {:?} is not {}", shown(text), crate::time::EXPECTED))
}

/// Wrong bytes as a message may show them: readable and short.
fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(64)]).into_owned()
}

fn malformed<T>(message: impl Into<String>) -> Result<T> {
    Err(Error::malformed(message))
}

#[cfg(test)]
mod tests;
