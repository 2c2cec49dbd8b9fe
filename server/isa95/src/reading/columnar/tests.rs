//! Bodies in columns as writers make them, and as no writer does.

use super::*;
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, DictionaryArray, Float64Array, RecordBatch, StringArray, TimestampMillisecondArray};
use arrow_ipc::writer::{FileWriter, StreamWriter};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use proptest::prelude::*;
use std::sync::Arc;

const START: i64 = 1_795_161_600_000_000;

fn all(kind: Columnar, body: &[u8]) -> Result<Vec<Batch>> {
    let mut batches = Vec::new();
    read(kind, Bytes::copy_from_slice(body), |batch| {
        batches.push(batch);
        true
    })?;
    Ok(batches)
}

fn arrow(rows: usize, zone: Option<&str>) -> RecordBatch {
    let property: DictionaryArray<Int32Type> = (0..rows).map(|i| Some(["a.x", "b.y"][i % 2])).collect();
    let time: TimestampMillisecondArray = (0..rows as i64).map(|i| Some(START / 1_000 + i)).collect();
    let time = match zone {
        Some(zone) => time.with_timezone(zone),
        None => time,
    };
    let value: Float64Array = (0..rows).map(|i| (i != 3).then_some(i as f64 / 4.0)).collect();
    let quality: StringArray = (0..rows).map(|i| (i == 2).then_some("bad")).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("property", Arc::new(property)),
        ("time", Arc::new(time)),
        ("value", Arc::new(value)),
        ("quality", Arc::new(quality)),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true))).unwrap()
}

fn stream(batch: &RecordBatch) -> Vec<u8> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(batch).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn arrow_is_read_in_both_its_formats() {
    let batch = arrow(20_000, Some("UTC"));
    let mut file = FileWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    file.write(&batch).unwrap();
    file.write(&batch).unwrap();
    let file = file.into_inner().unwrap();
    for (kind, body) in [(Columnar::ArrowStream, stream(&batch)), (Columnar::ArrowFile, file)] {
        let batches = all(kind, &body).unwrap();
        let first = &batches[0];
        assert_eq!(batches.iter().map(|b| b.times.len()).sum::<usize>(), 2 * 19_999);
        assert_eq!(
            (first.properties.as_slice(), &first.property_index[..3]),
            (&["a.x".to_owned(), "b.y".to_owned()][..], &[0, 1, 0][..])
        );
        assert_eq!((&first.values[..4], &first.qualities[..3]), (&[0.0, 0.25, 0.5, 1.0][..], &[0, 0, 2][..]));
        assert_eq!(first.times[1], START + 1_000);
        let refused: Vec<u64> = batches.iter().flat_map(|b| &b.refused).map(|refused| refused.line).collect();
        assert_eq!(refused, [4, 20_004]);
        assert!(first.refused[0].why.contains("value is null"));
    }
}

fn parquet(schema: &str, rows: usize) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer =
        SerializedFileWriter::new(Vec::new(), schema, Arc::new(WriterProperties::builder().build())).unwrap();
    for group in 0..2_i64 {
        let mut open = writer.next_row_group().unwrap();
        let mut number = 0;
        while let Some(mut column) = open.next_column().unwrap() {
            match number {
                0 => {
                    let names: Vec<ByteArray> = (0..rows).map(|i| ByteArray::from(["a.x", "b.y"][i % 2])).collect();
                    column.typed::<ByteArrayType>().write_batch(&names, None, None).unwrap();
                }
                1 => {
                    let times: Vec<i64> =
                        (0..rows as i64).map(|i| START * 1_000 + (group * 100 + i) * 1_000_000).collect();
                    column.typed::<Int64Type>().write_batch(&times, None, None).unwrap();
                }
                _ => {
                    let levels: Vec<i16> = (0..rows).map(|i| i16::from(i != 3)).collect();
                    let values: Vec<f64> = (0..rows).filter(|i| *i != 3).map(|i| i as f64 / 4.0).collect();
                    column.typed::<DoubleType>().write_batch(&values, Some(&levels), None).unwrap();
                }
            }
            column.close().unwrap();
            number += 1;
        }
        open.close().unwrap();
    }
    writer.finish().unwrap();
    std::mem::take(writer.inner_mut())
}

const SCHEMA: &str = "message m { REQUIRED BYTE_ARRAY property (UTF8); REQUIRED INT64 time (TIMESTAMP(NANOS,true)); OPTIONAL DOUBLE value; }";

#[test]
fn parquet_is_read_row_group_by_row_group() {
    let batches = all(Columnar::Parquet, &parquet(SCHEMA, 20_000)).unwrap();
    assert_eq!(batches.iter().map(|b| b.times.len()).sum::<usize>(), 2 * 19_999);
    let first = &batches[0];
    assert_eq!((&first.values[..4], first.times[1]), (&[0.0, 0.25, 0.5, 1.0][..], START + 1_000));
    let refused: Vec<u64> = batches.iter().flat_map(|b| &b.refused).map(|refused| refused.line).collect();
    assert_eq!(refused, [4, 20_004]);
}

#[test]
fn what_is_not_as_it_should_be_is_named() {
    let local = stream(&arrow(3, None));
    let renamed = |from: &str, to: &str| parquet(&SCHEMA.replace(from, to), 2);
    for (kind, body, word) in [
        (Columnar::ArrowStream, local, "time zone"),
        (Columnar::Parquet, renamed("NANOS,true", "NANOS,false"), "time zone"),
        (Columnar::Parquet, renamed("property", "tag"), "property"),
        (
            Columnar::Parquet,
            renamed("REQUIRED INT64 time (TIMESTAMP(NANOS,true))", "REQUIRED INT64 time"),
            "neither a timestamp",
        ),
        (Columnar::Parquet, b"PAR1 and nothing else".to_vec(), "Parquet body cannot be read"),
        (Columnar::ArrowStream, b"no arrow".to_vec(), "Arrow body cannot be read"),
        (Columnar::ArrowFile, Vec::new(), "Arrow body cannot be read"),
    ] {
        let error = all(kind, &body).unwrap_err();
        assert!(error.status() == 400 && error.message.contains(word), "{word}: {error}");
    }
}

#[test]
fn the_media_type_names_the_format() {
    for (name, kind) in MEDIA_TYPES {
        assert_eq!(Columnar::from_media_type(&format!("{name}; x=1").to_uppercase()), Some(*kind));
    }
    assert_eq!(Columnar::from_media_type("application/json"), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    /// On a thread, as the server reads it: whatever happens there is an answer.
    #[test]
    fn damaged_bodies_end_in_an_answer(at in any::<usize>(), byte in any::<u8>(), cut in any::<usize>(), keep in any::<bool>()) {
        for (kind, mut body) in [(Columnar::Parquet, parquet(SCHEMA, 30)), (Columnar::ArrowStream, stream(&arrow(30, Some("UTC"))))] {
            let length = body.len();
            body[at % length] = byte;
            if !keep { body.truncate(cut % length) }
            let _answer = std::thread::spawn(move || drop(all(kind, &body))).join();
        }
    }
}
