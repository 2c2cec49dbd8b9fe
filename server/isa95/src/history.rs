//! `GET /{tenant}/isa95/readings`: the readings of one property over a stretch of time, or what they come to by
//! bucket; all of them, or those of one batch or phase. Chunks and the tail of batches are read together, in ascending
//! time, page by page.

mod export;
mod parts;
mod question;
mod rolled;
mod scene;
mod span;

use crate::aggregate::{Aggregator, Bucketed, Function};
use crate::chunk::Point;
use crate::limits;
use crate::reading::Quality;
use crate::service::Isa95;
use crate::time;
use parts::{Part, Parts};
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
    let range = scene.range(&question);
    let sight = Sight { context: &context, property: property.key, range, scene: &scene };
    if export::wanted(&request) {
        question.whole(&request)?;
        return export::answer(&sight, &property.address);
    }
    let mut page = Map::new();
    page.insert("property".into(), property.address.clone().into());
    if let Some(unit) = &property.unit {
        page.insert("unit".into(), unit.clone().into());
    }
    match &question.shape {
        Shape::Readings => readings(&sight, &question, &mut page).await?,
        Shape::Buckets(bucket, functions, bins) => {
            let aggregator = Aggregator::with_bins(*bucket, *bins);
            buckets(&sight, aggregator, functions, question.count, &mut page).await?;
        }
    }
    if let Some(rolled) = rolled::told(&sight).await? {
        page.insert("rolledUp".into(), rolled);
    }
    if question.context {
        scene.tell(&mut page);
    }
    Response::json(200, &Value::Object(page))
}

/// What is asked for, and what stands around it.
struct Sight<'a> {
    context: &'a Context,
    property: i64,
    range: (i64, i64),
    scene: &'a Scene,
}

async fn readings(sight: &Sight<'_>, question: &Question, page: &mut Map<String, Value>) -> Result<()> {
    let (from, to) = sight.range;
    let mut span = Span::open(sight.context, sight.property, from, to).await?;
    let scene = sight.scene;
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

/// The totals of whole chunks serve where all readings are asked for.
async fn buckets(
    sight: &Sight<'_>,
    mut aggregator: Aggregator,
    functions: &[Function],
    count: usize,
    page: &mut Map<String, Value>,
) -> Result<()> {
    let with_histogram = aggregator.has_bins();
    let rolled = rolled::buckets(sight, &aggregator, count).await?;
    let mut found: Vec<Bucketed> = Vec::new();
    let mut parts = Parts::open(sight.context, sight.property, sight.range).await?;
    let mut ended = false;
    while found.len() <= count && !ended {
        match parts.next(&aggregator, sight.scene.cuts()).await? {
            Some(Part::Whole(summary)) => found.extend(aggregator.push_summary(&summary)),
            Some(Part::Readings(points)) => {
                let taken = points.iter().filter(|point| sight.scene.takes(point.time));
                found.extend(taken.filter_map(|point| aggregator.push(point)));
            }
            None => ended = true,
        }
    }
    if ended {
        found.extend(aggregator.finish());
    }
    let mut found = rolled::merge(rolled, found);
    if let Some(next) = found.get(count) {
        page.insert("next".into(), time::format(next.start).into());
    }
    found.truncate(count);
    let shown = |bucketed: &Bucketed| {
        let mut shown = bucket(bucketed, functions);
        if with_histogram {
            shown["histogram"] = histogram(bucketed);
        }
        shown
    };
    page.insert("buckets".into(), found.iter().map(shown).collect());
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

fn histogram(bucketed: &Bucketed) -> Value {
    match bucketed.histogram.as_deref() {
        Some([below, counts @ .., above]) => json!({ "below": below, "counts": counts, "above": above }),
        _ => Value::Null,
    }
}
