//! `GET /{tenant}/isa95/readings`: the readings of one property over a stretch of time, or what they come to by
//! bucket; all of them, or those of one batch or phase. Chunks and the tail of batches are read together, in ascending
//! time, page by page.

mod question;
mod scene;
mod span;

use crate::aggregate::{Aggregator, Bucketed, Function};
use crate::chunk::Point;
use crate::limits;
use crate::reading::Quality;
use crate::service::Isa95;
use crate::time;
use question::{Question, Shape};
use scene::Scene;
use serde_json::{Map, Value, json};
pub use span::Span;
use theriac_core::Result;
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

pub(crate) async fn answer(isa95: Isa95, context: Context, request: Request) -> Result<Response> {
    let question = Question::read(&request)?;
    let property = limits::visible(&isa95, &context, &question.property).await?;
    let scene = Scene::look(&context, &property, &question).await?;
    let (from, to) = scene.range(&question);
    let mut span = Span::open(&context, property.key, from, to).await?;
    let mut page = Map::new();
    page.insert("property".into(), property.address.clone().into());
    if let Some(unit) = &property.unit {
        page.insert("unit".into(), unit.clone().into());
    }
    match &question.shape {
        Shape::Readings => readings(&mut span, &scene, &question, &mut page).await?,
        Shape::Buckets(bucket, functions) => {
            buckets(&mut span, &scene, Aggregator::new(*bucket), functions, question.count, &mut page).await?;
        }
    }
    if question.context {
        scene.tell(&mut page);
    }
    Response::json(200, &Value::Object(page))
}

async fn readings(
    span: &mut Span<'_>,
    scene: &Scene,
    question: &Question,
    page: &mut Map<String, Value>,
) -> Result<()> {
    let (count, mut found) = (question.count, Vec::<Point>::new());
    while found.len() <= count
        && let Some(points) = span.next().await?
    {
        found.extend(points.into_iter().filter(|point| scene.takes(point.time)));
    }
    if let Some(next) = found.get(count) {
        page.insert("next".into(), time::format(next.time).into());
    }
    found.truncate(count);
    let shown = |point: &Point| match question.context {
        true => scene.joined(point.time, reading(point)),
        false => reading(point),
    };
    page.insert("readings".into(), found.iter().map(shown).collect());
    Ok(())
}

fn reading(point: &Point) -> Value {
    let mut reading = json!({ "time": time::format(point.time), "value": point.value });
    if let Some(quality) = Quality::from_code(point.quality).filter(|quality| *quality != Quality::Good) {
        reading["quality"] = quality.name().into();
    }
    reading
}

async fn buckets(
    span: &mut Span<'_>,
    scene: &Scene,
    mut aggregator: Aggregator,
    functions: &[Function],
    count: usize,
    page: &mut Map<String, Value>,
) -> Result<()> {
    let mut found: Vec<Bucketed> = Vec::new();
    let mut ended = false;
    while found.len() <= count && !ended {
        match span.next().await? {
            Some(points) => {
                let taken = points.iter().filter(|point| scene.takes(point.time));
                found.extend(taken.filter_map(|point| aggregator.push(point)));
            }
            None => ended = true,
        }
    }
    if ended {
        found.extend(aggregator.finish());
    }
    if let Some(next) = found.get(count) {
        page.insert("next".into(), time::format(next.start).into());
    }
    found.truncate(count);
    page.insert("buckets".into(), found.iter().map(|bucketed| bucket(bucketed, functions)).collect());
    Ok(())
}

fn bucket(bucketed: &Bucketed, functions: &[Function]) -> Value {
    let mut bucket = Map::new();
    bucket.insert("start".into(), time::format(bucketed.start).into());
    for function in functions {
        bucket.insert(function.name().into(), bucketed.totals.value(*function).into());
    }
    Value::Object(bucket)
}
