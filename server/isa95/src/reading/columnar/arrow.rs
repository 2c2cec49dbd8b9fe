//! Arrow IPC, the streaming and the file format: record batch after record batch. Buffers are checked as they are read.

use super::{Columnar, Columns, ROWS, Scale, Slice, Slices, Texts, Times, columns, micros, unreadable};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{Array, RecordBatch};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::{ArrowError, DataType, Schema, TimeUnit};
use bytes::Bytes;
use std::io::Cursor;
use theriac_core::{Error, Result};

type Batches = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>;

pub(super) struct Records {
    batches: Batches,
    columns: Columns,
    open: Option<RecordBatch>,
}

fn refused(error: &ArrowError) -> Error {
    unreadable(Columnar::ArrowStream, error)
}

impl Records {
    pub fn stream(body: Bytes) -> Result<Self> {
        let reader = StreamReader::try_new(Cursor::new(body), None).map_err(|e| refused(&e))?;
        let columns = places(&reader.schema())?;
        Ok(Self { batches: Box::new(reader), columns, open: None })
    }

    pub fn file(body: Bytes) -> Result<Self> {
        let reader = FileReader::try_new(Cursor::new(body), None).map_err(|e| refused(&e))?;
        let columns = places(&reader.schema())?;
        Ok(Self { batches: Box::new(reader), columns, open: None })
    }
}

fn places(schema: &Schema) -> Result<Columns> {
    columns(schema.fields().iter().map(|field| field.name().as_str()))
}

impl Slices for Records {
    fn next(&mut self) -> Result<Option<Slice>> {
        loop {
            if let Some(open) = self.open.take().filter(|open| open.num_rows() > 0) {
                let rows = open.num_rows().min(ROWS);
                let slice = slice(&open.slice(0, rows), &self.columns)?;
                self.open = Some(open.slice(rows, open.num_rows() - rows));
                return Ok(Some(slice));
            }
            match self.batches.next() {
                None => return Ok(None),
                Some(batch) => self.open = Some(batch.map_err(|e| refused(&e))?),
            }
        }
    }
}

fn slice(batch: &RecordBatch, columns: &Columns) -> Result<Slice> {
    let column = |at: usize| columns[at].map(|at| batch.column(at).as_ref());
    let needed = |at: usize| column(at).ok_or_else(|| Error::malformed("a column is missing"));
    let optional = |name, at| column(at).map_or(Ok(Texts::default()), |array| texts(name, array));
    Ok(Slice {
        property: texts("property", needed(0)?)?,
        time: times(needed(1)?)?,
        value: numbers(needed(2)?)?,
        unit: optional("unit", 3)?,
        quality: optional("quality", 4)?,
    })
}

fn texts(name: &str, array: &dyn Array) -> Result<Texts> {
    let mut texts = Texts::default();
    if let Some(found) = array.as_string_opt::<i32>() {
        found.iter().for_each(|text| texts.push(text.map(str::as_bytes)));
    } else if let Some(found) = array.as_string_opt::<i64>() {
        found.iter().for_each(|text| texts.push(text.map(str::as_bytes)));
    } else if let Some(found) = array.as_string_view_opt() {
        found.iter().for_each(|text| texts.push(text.map(str::as_bytes)));
    } else if let Some(found) = array.as_any_dictionary_opt() {
        let words = self::texts(name, found.values().as_ref())?;
        // Without words there is nothing but nulls.
        let keys = if found.values().is_empty() { vec![0; array.len()] } else { found.normalized_keys() };
        let word = |(row, key): (usize, usize)| if array.is_null(row) { None } else { words.get(key) };
        keys.into_iter().enumerate().map(word).for_each(|text| texts.push(text));
    } else {
        return Err(Error::malformed(format!("column {name:?} is {}, and no text", array.data_type())));
    }
    Ok(texts)
}

fn times(array: &dyn Array) -> Result<Times> {
    let DataType::Timestamp(unit, zone) = array.data_type() else { return texts("time", array).map(Times::Texts) };
    if zone.is_none() {
        return Err(Error::malformed("column \"time\" is of no time zone; write timestamps in UTC"));
    }
    let (found, scale): (Option<Vec<Option<i64>>>, Scale) = match unit {
        TimeUnit::Second => {
            (array.as_primitive_opt::<TimestampSecondType>().map(|a| a.iter().collect()), (1_000_000, 1))
        }
        TimeUnit::Millisecond => {
            (array.as_primitive_opt::<TimestampMillisecondType>().map(|a| a.iter().collect()), (1_000, 1))
        }
        TimeUnit::Microsecond => {
            (array.as_primitive_opt::<TimestampMicrosecondType>().map(|a| a.iter().collect()), (1, 1))
        }
        TimeUnit::Nanosecond => {
            (array.as_primitive_opt::<TimestampNanosecondType>().map(|a| a.iter().collect()), (1, 1_000))
        }
    };
    let out_of_years = || Error::malformed("a timestamp lies outside of the years 0 to 9999");
    let micros = |time: Option<i64>| time.map(|time| micros(time, scale).ok_or_else(out_of_years)).transpose();
    let found = found.ok_or_else(|| Error::malformed("column \"time\" is no timestamp"))?;
    found.into_iter().map(micros).collect::<Result<_>>().map(Times::Micros)
}

macro_rules! numbers {
    ($array:expr, $($kind:ty => $to:expr),* $(,)?) => {
        $(if let Some(found) = $array.as_primitive_opt::<$kind>() {
            return Ok(found.iter().map(|value| value.map($to)).collect());
        })*
    };
}

fn numbers(array: &dyn Array) -> Result<Vec<Option<f64>>> {
    numbers!(array,
        Float64Type => |value| value, Float32Type => f64::from, Int64Type => |value| value as f64, Int32Type => f64::from,
        Int16Type => f64::from, Int8Type => f64::from, UInt64Type => |value| value as f64, UInt32Type => f64::from,
        UInt16Type => f64::from, UInt8Type => f64::from,
    );
    Err(Error::malformed(format!("column \"value\" is {}, and no number", array.data_type())))
}
