//! `PUT` and `DELETE /{tenant}/spc/charts/{id}`. A changed chart is another chart: it begins at its first point.

use crate::ChartSpec;
use crate::service::{CHARTS, Spc};
use crate::show::{labels_of, spec_of, tag, visible};
use crate::store::{self, Stored};
use theriac_core::hash::sha256;
use theriac_core::{Code, Error, Result};
use theriac_isa95::equipment::{Address, valid_equipment_id};
use theriac_ledger::Entry;
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

/// Values that phase I may hold; they wait in the chart's state until it ends.
const PHASE1_VALUES: usize = 10_000;

pub(crate) async fn put(_: Spc, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let (id, spec) = (request.param("id").to_owned(), parse(&request)?);
    let before = store::find(&context.db, &id).await?;
    if let Some(before) = &before {
        visible(&context, &before.id).await?;
    }
    request.check_version(before.as_ref().map(|stored| stored.version))?;
    let document = serde_json::to_string(&spec).map_err(Error::internal)?;
    if let Some(same) = before.as_ref().filter(|stored| stored.document == document) {
        return Ok(answer(200, same));
    }
    let stored = Stored {
        tenant_id: i64::from(context.db.tenant_key()),
        id,
        version: before.as_ref().map_or(1, |before| before.version + 1),
        updated: context.now().0,
        property: spec.property.clone(),
        document,
    };
    let mut unit = Unit::new();
    unit.push(store::put(&context.db, stored.clone()));
    let action = if stored.version == 1 { "create" } else { "update" };
    theriac_ledger::record(&mut unit, &context, &[entry(&context, &stored, action).await?])?;
    context.db.commit(unit).await.map_err(raced)?;
    Ok(answer(if before.is_none() { 201 } else { 200 }, &stored))
}

fn parse(request: &Request) -> Result<ChartSpec> {
    let id = request.param("id");
    if !valid_equipment_id(id) {
        let message = format!("{id:?} is no id of a chart: 1 to 64 letters, digits, '_', '-' or '.'");
        return Err(Error::invalid(message).at("id"));
    }
    let spec = ChartSpec::parse(&without_id(&request.body, id)?)?;
    for (at, address) in spec.properties().enumerate() {
        let place = if at == 0 { "property".to_owned() } else { format!("with[{}]", at - 1) };
        Address::parse(address).map_err(|e| Error::invalid(e.message).at(place))?;
    }
    let width = spec.subgroup_size.unwrap_or(1).saturating_mul(spec.properties().count());
    let values = spec.phase1.as_ref().map_or(0, |p| p.last.saturating_mul(width));
    if values > PHASE1_VALUES {
        let message = format!("phase I would hold {values} values; at most {PHASE1_VALUES}");
        return Err(Error::new(Code::Unprocessable, message).at("phase1"));
    }
    Ok(spec)
}

/// The body may name the chart as its address does.
fn without_id(body: &[u8], id: &str) -> Result<Vec<u8>> {
    let Ok(serde_json::Value::Object(mut chart)) = serde_json::from_slice(body) else { return Ok(body.to_vec()) };
    match chart.shift_remove("id") {
        None => Ok(body.to_vec()),
        Some(given) if given == id => serde_json::to_vec(&chart).map_err(Error::internal),
        Some(given) => {
            Err(Error::invalid(format!("the body is of {given}, the address of \"{id}\"; they must be the same"))
                .at("id"))
        }
    }
}

async fn entry(context: &Context, stored: &Stored, action: &'static str) -> Result<Entry> {
    Ok(Entry {
        topic: CHARTS.to_owned(),
        action,
        subject: format!("charts/{}", stored.id),
        version: stored.version,
        hash: Some(sha256(stored.document.as_bytes())),
        labels: labels_of(context, &spec_of(&stored.document)?).await?,
        data: Some(serde_json::from_str(&stored.document).map_err(Error::internal)?),
    })
}

pub(crate) async fn delete(_: Spc, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let stored = visible(&context, request.param("id")).await?;
    request.check_version(Some(stored.version))?;
    let mut unit = Unit::new();
    unit.push(store::delete(&context.db, &stored.id, stored.version));
    let gone = Stored { version: stored.version + 1, ..stored };
    let entry = Entry { hash: None, data: None, ..entry(&context, &gone, "delete").await? };
    theriac_ledger::record(&mut unit, &context, &[entry])?;
    context.db.commit(unit).await.map_err(raced)?;
    Ok(Response::new(204))
}

fn raced(error: Error) -> Error {
    match error.guard {
        Some("spc_chart") => Error::conflict("the chart was changed at the same moment; read it again and repeat"),
        _ => error,
    }
}

fn answer(status: u16, stored: &Stored) -> Response {
    Response::new(status)
        .with("content-type", "application/json")
        .with("etag", tag(stored))
        .body(stored.document.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_platform::http::Method;

    fn refusal(id: &str, body: &str) -> String {
        let mut request = Request::new(Method::Put, "/mercy/spc/charts/c1", "");
        request.params.push(("id", id.to_owned()));
        request.body = body.to_owned().into();
        parse(&request).err().map(|e| e.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_chart_may_name_itself_but_not_another() {
        let chart = |id: &str| format!(r#"{{"id":"{id}","property":"a.b","kind":"i-mr"}}"#);
        assert_eq!(refusal("c1", &chart("c1")), "");
        assert!(refusal("c1", &chart("c2")).contains("must be the same"));
        assert!(refusal("c/1", &chart("c/1")).contains("no id of a chart"));
    }

    #[test]
    fn a_chart_is_of_a_property_and_its_phase_one_is_bounded() {
        assert!(refusal("c1", r#"{"property":"force","kind":"i-mr"}"#).contains("such as press1.force"));
        let long = r#"{"property":"a.b","kind":"i-mr","phase1":{"first":1,"last":10001}}"#;
        assert!(refusal("c1", long).contains("at most 10000"));
    }
}
