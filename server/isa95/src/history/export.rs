//! Readings as a Parquet file: `GET /{tenant}/isa95/readings` with `Accept: application/vnd.apache.parquet`. All of them that are
//! asked for, row group after row group, never as a whole in memory; the names and types are those that are taken in.

use super::Sight;
use super::scene::Scene;
use super::span::Span;
use crate::chunk::Point;
use crate::reading::Quality;
use crate::reading::columnar::PARQUET;
use bytes::Bytes;
use futures_util::stream;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;
use std::sync::Arc;
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Body, Request, Response, accepts};
use tokio::sync::mpsc;

/// Readings of a row group.
const GROUP: usize = 128 * 1024;

const SCHEMA: &str = "message readings {
    REQUIRED BYTE_ARRAY property (UTF8);
    REQUIRED INT64 time (TIMESTAMP(MICROS,true));
    REQUIRED DOUBLE value;
    REQUIRED BYTE_ARRAY quality (UTF8);
}";

/// Is a file wanted, rather than a page?
pub(super) fn wanted(request: &Request) -> bool {
    accepts(request.header("accept"), &["application/json", PARQUET]) == Some(PARQUET)
}

pub(super) fn answer(sight: &Sight<'_>, property: &str) -> Result<Response> {
    let (sender, receiver) = mpsc::channel(1);
    let (context, scene) = (sight.context.clone(), Arc::new(sight.scene.clone()));
    let (key, range, name) = (sight.property, sight.range, property.to_owned());
    tokio::spawn(async move {
        if let Err(error) = write(&context, key, range, &scene, &name, &sender).await {
            // Whoever went away needs no error.
            let _gone = sender.send(Err(error)).await;
        }
    });
    let pieces = stream::unfold(receiver, |mut receiver| async move { Some((receiver.recv().await?, receiver)) });
    let file = format!("attachment; filename=\"{property}.parquet\"");
    let response = Response::new(200).with("content-type", PARQUET).with("content-disposition", file);
    Ok(response.body(Body::stream(pieces)))
}

async fn write(
    context: &Context,
    key: i64,
    (from, to): (i64, i64),
    scene: &Scene,
    property: &str,
    sender: &mpsc::Sender<Result<Bytes>>,
) -> Result<()> {
    let mut span = Span::open(context, key, from, to).await?;
    let mut file = File::begin(property)?;
    let mut points: Vec<Point> = Vec::new();
    let mut ended = false;
    while !ended {
        match span.next().await? {
            Some(found) => points.extend(found.into_iter().filter(|point| scene.takes(point.time))),
            None => ended = true,
        }
        while points.len() >= GROUP || (ended && !points.is_empty()) {
            let rest = points.split_off(points.len().min(GROUP));
            let group = std::mem::replace(&mut points, rest);
            let work = move || file.group(&group).map(|piece| (file, piece));
            let (back, piece) = tokio::task::spawn_blocking(work).await.map_err(Error::internal)??;
            file = back;
            if sender.send(Ok(piece)).await.is_err() {
                return Ok(());
            }
        }
    }
    let _gone = sender.send(Ok(file.end()?)).await;
    Ok(())
}

/// A file being written; what is written is taken out again piece by piece.
struct File {
    writer: SerializedFileWriter<Vec<u8>>,
    property: ByteArray,
}

fn failed(error: ParquetError) -> Error {
    Error::internal(error)
}

impl File {
    fn begin(property: &str) -> Result<Self> {
        let schema = Arc::new(parse_message_type(SCHEMA).map_err(failed)?);
        let column = |name: &str| ColumnPath::from(name);
        let properties = WriterProperties::builder()
            .set_created_by("theriac".to_owned())
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_column_dictionary_enabled(column("time"), false)
            .set_column_encoding(column("time"), Encoding::DELTA_BINARY_PACKED)
            .build();
        let writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).map_err(failed)?;
        Ok(Self { writer, property: ByteArray::from(property) })
    }

    fn group(&mut self, points: &[Point]) -> Result<Bytes> {
        self.columns(points).map_err(failed)?;
        Ok(std::mem::take(self.writer.inner_mut()).into())
    }

    fn columns(&mut self, points: &[Point]) -> Result<(), ParquetError> {
        let quality = |point: &Point| ByteArray::from(Quality::from_code(point.quality).unwrap_or_default().name());
        let mut group = self.writer.next_row_group()?;
        let mut number = 0;
        while let Some(mut column) = group.next_column()? {
            match number {
                0 => column.typed::<ByteArrayType>().write_batch(
                    &vec![self.property.clone(); points.len()],
                    None,
                    None,
                )?,
                1 => {
                    let times: Vec<i64> = points.iter().map(|point| point.time).collect();
                    column.typed::<Int64Type>().write_batch(&times, None, None)?
                }
                2 => {
                    let values: Vec<f64> = points.iter().map(|point| point.value).collect();
                    column.typed::<DoubleType>().write_batch(&values, None, None)?
                }
                _ => {
                    let qualities: Vec<ByteArray> = points.iter().map(quality).collect();
                    column.typed::<ByteArrayType>().write_batch(&qualities, None, None)?
                }
            };
            column.close()?;
            number += 1;
        }
        group.close().map(drop)
    }

    fn end(mut self) -> Result<Bytes> {
        self.writer.finish().map_err(failed)?;
        Ok(std::mem::take(self.writer.inner_mut()).into())
    }
}
