//! Parquet: the columns of row group after row group, by the low-level readers, without Arrow between.

use super::{Columnar, Columns, NAMES, ROWS, Scale, Slice, Slices, Texts, Times, columns, micros, unreadable};
use bytes::Bytes;
use parquet::basic::{ConvertedType, LogicalType, TimeUnit};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;
use theriac_core::{Error, Result};

/// What one column of a row group may unfold to.
const COLUMN_MOST: i64 = 512 << 20;

pub(super) struct Groups {
    reader: SerializedFileReader<Bytes>,
    columns: Columns,
    /// Of a time that is a timestamp.
    scale: Option<Scale>,
    next: usize,
    open: Option<Open>,
}

/// A row group being read.
struct Open {
    readers: [Option<ColumnReader>; 5],
    left: usize,
}

fn refused(error: &ParquetError) -> Error {
    unreadable(Columnar::Parquet, error)
}

impl Groups {
    pub fn open(body: Bytes) -> Result<Self> {
        let reader = SerializedFileReader::new(body).map_err(|e| refused(&e))?;
        let schema = reader.metadata().file_metadata().schema_descr_ptr();
        let parts: Vec<String> = schema.columns().iter().map(|column| column.path().string()).collect();
        let columns = columns(parts.iter().map(String::as_str))?;
        let mut scale = None;
        for (name, at) in NAMES.iter().zip(&columns) {
            let Some(column) = at.map(|at| schema.column(at)) else { continue };
            if column.max_rep_level() > 0 || column.max_def_level() > 1 {
                return Err(Error::malformed(format!("column {name:?} is nested; it holds one value a row")));
            }
            match *name {
                "time" => scale = time(&column)?,
                "value" => number(&column)?,
                _ => {}
            }
        }
        Ok(Self { reader, columns, scale, next: 0, open: None })
    }

    fn group(&mut self) -> Result<Option<Open>> {
        if self.next >= self.reader.num_row_groups() {
            return Ok(None);
        }
        let group = self.reader.get_row_group(self.next).map_err(|e| refused(&e))?;
        self.next += 1;
        let metadata = group.metadata();
        let mut readers = [const { None }; 5];
        for (reader, at) in readers.iter_mut().zip(&self.columns) {
            let Some(at) = *at else { continue };
            if metadata.column(at).uncompressed_size() > COLUMN_MOST {
                let message = format!(
                    "a column of a row group unfolds to more than {} MB; write smaller ones",
                    COLUMN_MOST >> 20
                );
                return Err(Error::new(theriac_core::Code::TooLarge, message));
            }
            *reader = Some(group.get_column_reader(at).map_err(|e| refused(&e))?);
        }
        let left =
            usize::try_from(metadata.num_rows()).map_err(|_| Error::malformed("a row group has less than no rows"))?;
        Ok(Some(Open { readers, left }))
    }
}

/// The unit of a timestamp; nothing for text.
fn time(column: &ColumnDescriptor) -> Result<Option<Scale>> {
    let wrong = |why: &str| Err(Error::malformed(format!("column \"time\" {why}")));
    match (column.logical_type_ref(), column.converted_type()) {
        (Some(LogicalType::Timestamp(timestamp)), _) if !timestamp.is_adjusted_to_u_t_c => {
            wrong("is of no time zone; write timestamps in UTC")
        }
        (Some(LogicalType::Timestamp(timestamp)), _) => Ok(Some(match timestamp.unit {
            TimeUnit::MILLIS => (1_000, 1),
            TimeUnit::MICROS => (1, 1),
            TimeUnit::NANOS => (1, 1_000),
        })),
        (None, ConvertedType::TIMESTAMP_MILLIS) => Ok(Some((1_000, 1))),
        (None, ConvertedType::TIMESTAMP_MICROS) => Ok(Some((1, 1))),
        (_, ConvertedType::UTF8) | (Some(LogicalType::String), _) => Ok(None),
        _ => wrong("is neither a timestamp in UTC nor text"),
    }
}

/// Plain numbers only: a decimal or a date has other digits than its storage.
fn number(column: &ColumnDescriptor) -> Result<()> {
    use ConvertedType::{INT_8, INT_16, INT_32, INT_64, NONE};
    let plain = matches!(column.converted_type(), NONE | INT_8 | INT_16 | INT_32 | INT_64);
    match column.logical_type_ref() {
        None | Some(LogicalType::Integer(_)) if plain => Ok(()),
        _ => Err(Error::malformed("column \"value\" is no plain number: write it as DOUBLE, FLOAT, INT32 or INT64")),
    }
}

impl Slices for Groups {
    fn next(&mut self) -> Result<Option<Slice>> {
        loop {
            if self.open.as_ref().is_none_or(|open| open.left == 0) {
                self.open = self.group()?;
            }
            let Some(open) = &mut self.open else { return Ok(None) };
            let rows = open.left.min(ROWS);
            open.left -= rows;
            if rows > 0 {
                return slice(open, rows, self.scale).map(Some);
            }
        }
    }
}

fn slice(open: &mut Open, rows: usize, scale: Option<Scale>) -> Result<Slice> {
    let [property, time, value, unit, quality] = &mut open.readers;
    let time = match scale {
        None => Times::Texts(texts("time", time, rows)?),
        Some(scale) => {
            let times = match time {
                Some(ColumnReader::Int64ColumnReader(reader)) => values(reader, rows)?,
                _ => return Err(Error::malformed("column \"time\" is no 64-bit timestamp")),
            };
            let micros = |time: Option<i64>| time.map(|time| micros(time, scale).ok_or_else(out_of_years)).transpose();
            Times::Micros(times.into_iter().map(micros).collect::<Result<_>>()?)
        }
    };
    Ok(Slice {
        property: texts("property", property, rows)?,
        time,
        value: numbers(value, rows)?,
        unit: texts("unit", unit, rows)?,
        quality: texts("quality", quality, rows)?,
    })
}

fn out_of_years() -> Error {
    Error::malformed("a timestamp lies outside of the years 0 to 9999")
}

fn numbers(reader: &mut Option<ColumnReader>, rows: usize) -> Result<Vec<Option<f64>>> {
    match reader {
        Some(ColumnReader::DoubleColumnReader(reader)) => values(reader, rows),
        Some(ColumnReader::FloatColumnReader(reader)) => mapped(values(reader, rows)?, f64::from),
        Some(ColumnReader::Int32ColumnReader(reader)) => mapped(values(reader, rows)?, f64::from),
        Some(ColumnReader::Int64ColumnReader(reader)) => mapped(values(reader, rows)?, |value| value as f64),
        _ => Err(Error::malformed("column \"value\" is no plain number: write it as DOUBLE, FLOAT, INT32 or INT64")),
    }
}

fn mapped<T>(values: Vec<Option<T>>, to: impl Fn(T) -> f64) -> Result<Vec<Option<f64>>> {
    Ok(values.into_iter().map(|value| value.map(&to)).collect())
}

fn texts(name: &str, reader: &mut Option<ColumnReader>, rows: usize) -> Result<Texts> {
    let found = match reader {
        None => return Ok(Texts::default()),
        Some(ColumnReader::ByteArrayColumnReader(reader)) => values(reader, rows)?,
        Some(_) => return Err(Error::malformed(format!("column {name:?} is no text"))),
    };
    let mut texts = Texts::default();
    found.iter().for_each(|text| texts.push(text.as_ref().map(ByteArray::data)));
    Ok(texts)
}

/// The values of that many rows, null where the level says so.
fn values<T: DataType>(reader: &mut ColumnReaderImpl<T>, rows: usize) -> Result<Vec<Option<T::T>>> {
    let (mut found, mut levels) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    let mut read = 0;
    while read < rows {
        let (records, ..) =
            reader.read_records(rows - read, Some(&mut levels), None, &mut found).map_err(|e| refused(&e))?;
        if records == 0 {
            return Err(Error::malformed("a column of the Parquet body ends before its row group does"));
        }
        read += records;
    }
    if found.len() == rows {
        return Ok(found.into_iter().map(Some).collect());
    }
    let mut found = found.into_iter();
    let one = |level: &i16| if *level > 0 { found.next() } else { None };
    Ok(levels.iter().map(one).collect())
}
