//! The cold chain: what temperatures an item met, alone and inside what it was in, and how long it was out of its range.
//! EPCIS 2.0, section 7.3.7 (sensor elements).
//!
//! The range of an item is the tenant's choice for its trade item (`epcis.temperature`). Readings are those of events that
//! the caller sees; a reading of a pallet is one of all that was on it by then.

mod excursion;
pub mod kinetic;
mod range;
pub(crate) mod reading;
mod watch;

pub(crate) use watch::Temperature;

use crate::item::Item;
use crate::items;
use crate::view::versions;
use excursion::{Excursion, excursions};
use range::{Range, Ranges};
use reading::Reading;
use serde_json::{Value, json};
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

/// `GET /items/{epc}/temperature`
pub(crate) async fn read(context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let epc = items::epc(&request)?;
    let (item, readings) = readings(&context, &epc).await?.ok_or_else(|| Error::not_found("item", &epc))?;
    let range = Ranges::read(&context).await?.of(&item.epc);
    Response::json(200, &report(&item, range, &readings)).map(versions)
}

/// The item, and what it met in the order of time; nothing if there is no such item for the caller.
async fn readings(context: &Context, epc: &str) -> Result<Option<(Item, Vec<Reading>)>> {
    let Some(item) = items::state(context, epc, None).await? else { return Ok(None) };
    let mut readings = items::readings(context, epc).await?;
    readings.sort_by_key(|reading| reading.from);
    Ok(Some((item, readings)))
}

fn report(item: &Item, range: Option<Range>, readings: &[Reading]) -> Value {
    let mut told = json!({ "epc": item.epc, "unit": "CEL", "readings": readings.len() });
    if let (Some(first), Some(last)) = (readings.first(), readings.last()) {
        told["from"] = first.from.rfc3339().into();
        told["to"] = last.to.rfc3339().into();
        told["lowest"] = json!(readings.iter().map(|r| r.low).fold(f64::INFINITY, f64::min));
        told["highest"] = json!(readings.iter().map(|r| r.high).fold(f64::NEG_INFINITY, f64::max));
        let weighted = excursion::weighted(readings);
        told["meanKineticTemperature"] =
            json!(kinetic::mean(&weighted).map(|celsius| (celsius * 100.0).round() / 100.0));
    }
    if let Some(range) = range {
        let found = excursions(readings, range);
        told["range"] = range.shown();
        told["secondsOutOfRange"] = json!(found.iter().map(|excursion| excursion.seconds).sum::<f64>());
        told["excursions"] = found.iter().map(Excursion::shown).collect();
    }
    told
}
