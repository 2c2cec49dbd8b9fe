//! CSV (RFC 4180, <https://www.rfc-editor.org/rfc/rfc4180>) with the header `property,time,value[,quality][,unit]`, its
//! columns in any order. A cell holds no line break: nothing in a reading needs one.

use super::ndjson::{Lines, too_long};
use super::{Raw, Sink, malformed, number};
use crate::nearest;
use memchr::memchr;
use theriac_core::{Error, Result};

const COLUMNS: &[&str] = &["property", "time", "value", "quality", "unit"];
const PROPERTY: usize = 0;
const TIME: usize = 1;
const VALUE: usize = 2;
const QUALITY: usize = 3;
const UNIT: usize = 4;

#[derive(Debug, Default)]
pub(super) struct Table {
    lines: Lines,
    header: Option<Header>,
}

/// Which cell of a row belongs to which of [`COLUMNS`].
#[derive(Debug)]
struct Header {
    /// For each cell, the column it belongs to.
    columns: Vec<usize>,
}

impl Table {
    pub fn push(&mut self, bytes: &[u8], sink: &mut Sink) -> Result<()> {
        let mut fault = None;
        let header = &mut self.header;
        self.lines.push(bytes, &mut |number, line| row(number, line, header, &mut fault, sink));
        fault.map_or(Ok(()), Err)
    }

    pub fn finish(&mut self, sink: &mut Sink) -> Result<()> {
        let mut fault = None;
        let header = &mut self.header;
        self.lines.finish(&mut |number, line| row(number, line, header, &mut fault, sink));
        match (fault, &self.header) {
            (Some(fault), _) => Err(fault),
            (None, None) => {
                malformed("the CSV is empty; its first line must be property,time,value or property,time,value,quality")
            }
            (None, Some(_)) => Ok(()),
        }
    }
}

fn row(number: u64, line: Option<&[u8]>, header: &mut Option<Header>, fault: &mut Option<Error>, sink: &mut Sink) {
    if fault.is_some() {
        return;
    }
    sink.line = number;
    let line = line.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    match (line, &header) {
        (Some(b""), _) => {}
        (Some(line), Some(header)) => {
            if let Err(why) = header.reading(line, sink) {
                sink.refuse(why);
            }
        }
        (None, Some(_)) => sink.refuse(too_long()),
        (Some(line), None) => match Header::parse(line) {
            Ok(parsed) => *header = Some(parsed),
            Err(error) => *fault = Some(error.at(format!("line {number}"))),
        },
        (None, None) => *fault = Some(Error::malformed(too_long()).at(format!("line {number}"))),
    }
}

impl Header {
    fn parse(line: &[u8]) -> Result<Self> {
        let cells = split(line).map_err(Error::malformed)?;
        let mut columns = Vec::new();
        for cell in &cells {
            let name = String::from_utf8_lossy(cell);
            let Some(column) = COLUMNS.iter().position(|c| *c == name.trim()) else {
                return malformed(nearest::unknown("column", &name, COLUMNS));
            };
            if columns.contains(&column) {
                return malformed(format!("column {:?} stands here twice", COLUMNS[column]));
            }
            columns.push(column);
        }
        match (0..QUALITY).find(|column| !columns.contains(column)) {
            Some(missing) => malformed(format!(
                "column {:?} is missing; the first line must be property,time,value or property,time,value,quality",
                COLUMNS[missing]
            )),
            None => Ok(Self { columns }),
        }
    }

    fn reading(&self, line: &[u8], sink: &mut Sink) -> Result<(), String> {
        if memchr(b'"', line).is_some() {
            let cells = split(line)?;
            return self.cells(cells.iter().map(Vec::as_slice), sink);
        }
        self.cells(line.split(|b| *b == b','), sink)
    }

    fn cells<'c>(&self, found: impl Iterator<Item = &'c [u8]>, sink: &mut Sink) -> Result<(), String> {
        let mut cells: [&[u8]; 5] = [b""; 5];
        let mut count = 0;
        for cell in found {
            if let Some(column) = self.columns.get(count) {
                cells[*column] = cell.trim_ascii();
            }
            count += 1;
        }
        if count != self.columns.len() {
            return Err(format!("{count} cells stand here where the header has {}", self.columns.len()));
        }
        for column in [PROPERTY, TIME] {
            if cells[column].is_empty() {
                return Err(format!("{} is empty", COLUMNS[column]));
            }
        }
        let value = number::cell(cells[VALUE])?;
        let (unit, quality) = (cells[UNIT], cells[QUALITY]);
        sink.reading(Raw { property: cells[PROPERTY], time: cells[TIME], value, unit, quality })
    }
}

/// The cells of a line in which some may be quoted; a doubled quote stands for one.
fn split(line: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let (mut cells, mut cell) = (Vec::new(), Vec::new());
    let mut bytes = line.iter().copied().peekable();
    let mut quoted = false;
    while let Some(byte) = bytes.next() {
        match (byte, quoted) {
            (b'"', true) if bytes.next_if_eq(&b'"').is_some() => cell.push(b'"'),
            (b'"', true) => quoted = false,
            (b'"', false) if cell.is_empty() => quoted = true,
            (b',', false) => cells.push(std::mem::take(&mut cell)),
            (byte, _) => cell.push(byte),
        }
    }
    cells.push(cell);
    match quoted {
        true => Err("a quoted cell is not closed on its line".to_owned()),
        false => Ok(cells),
    }
}
