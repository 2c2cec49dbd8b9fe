//! Charts as they are read: `GET /{tenant}/spc/charts`, one chart with its points, and evaluation without storing.

mod chart;

use crate::run::Run;
use crate::service::Spc;
use crate::spec::unreadable;
use crate::store::{self, Stored};
use crate::{ChartSpec, Data};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use theriac_access::{Rows, label};
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

const KNOWN: &[&str] = &["property", "from", "count"];
const USUAL: usize = 100;
const MOST: usize = 1_000;
/// Charts looked at in one go.
const GROUP: u64 = 500;

pub(crate) fn tag(stored: &Stored) -> String {
    format!("W/\"{}\"", stored.version)
}

/// A chart is seen by whoever sees its properties; one of several sites, or whose properties are not defined yet, by
/// those who see all.
pub(crate) async fn labels_of(context: &Context, spec: &ChartSpec) -> Result<Vec<String>> {
    let addresses: Vec<String> = spec.properties().map(str::to_owned).collect();
    let known = theriac_isa95::properties(&context.db, &addresses).await?;
    let sites = known.into_iter().map(|known| (known.address, known.site)).collect();
    Ok(site_of(spec, &sites).map(|site| label::site(&site)).into_iter().collect())
}

/// The one site of all its properties.
pub(crate) fn site_of(spec: &ChartSpec, sites: &HashMap<String, Option<String>>) -> Option<String> {
    let mut of_each = spec.properties().map(|address| sites.get(address).cloned().flatten());
    let first = of_each.next().flatten()?;
    of_each.all(|site| site.as_ref() == Some(&first)).then_some(first)
}

/// What the caller may not see does not exist for it.
pub(crate) async fn visible(context: &Context, id: &str) -> Result<Stored> {
    let absent = || Error::not_found("charts", id);
    let stored = store::find(&context.db, id).await?.ok_or_else(absent)?;
    match context.grant.rows() {
        Rows::All => Ok(stored),
        rows if rows.admits(&labels_of(context, &spec_of(&stored.document)?).await?) => Ok(stored),
        _ => Err(absent()),
    }
}

pub(crate) fn spec_of(document: &str) -> Result<ChartSpec> {
    serde_json::from_str(document).map_err(Error::internal)
}

pub(crate) async fn chart(_: Spc, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let stored = visible(&context, request.param("id")).await?;
    let run = run_of(&context, &stored).await?;
    let shown = chart::shown(&stored, &run)?;
    Ok(Response::json(200, &shown)?.with("etag", tag(&stored)))
}

/// As the worker left it; at its beginning where the worker has not come to this definition yet.
async fn run_of(context: &Context, stored: &Stored) -> Result<Run> {
    let state = store::states(&context.db, Some(&stored.id)).await?.into_iter().next();
    match state.filter(|state| state.version == stored.version && state.document == stored.document) {
        Some(state) => Run::restore(spec_of(&stored.document)?, &state.state),
        None => Ok(Run::new(spec_of(&stored.document)?)),
    }
}

pub(crate) async fn list(_: Spc, context: Context, request: Request) -> Result<Response> {
    let pairs = request.query_known(KNOWN)?;
    let get = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    let count = get("count").map_or(Ok(USUAL), count)?;
    let mut from = get("from").map(str::to_owned);
    let mut found: Vec<Stored> = Vec::new();
    loop {
        let mut group = store::list(&context.db, get("property"), from.as_deref(), GROUP + 1).await?;
        from = (group.len() as u64 > GROUP).then(|| group.pop().map(|last| last.id)).flatten();
        found.extend(seen(&context, group).await?);
        if found.len() > count || from.is_none() {
            break;
        }
    }
    let next = found.get(count).map(|stored| stored.id.clone());
    found.truncate(count);
    let charts = found.iter().map(settings).collect::<Result<Vec<_>>>()?;
    let mut page = Map::new();
    page.insert("charts".into(), charts.into());
    if let Some(next) = next {
        page.insert("next".into(), next.into());
    }
    Response::json(200, &Value::Object(page))
}

fn count(text: &str) -> Result<usize> {
    let wrong = || Error::invalid(format!("'count' is a whole number from 1 to {MOST}")).at("count");
    text.parse().ok().filter(|n| (1..=MOST).contains(n)).ok_or_else(wrong)
}

async fn seen(context: &Context, charts: Vec<Stored>) -> Result<Vec<Stored>> {
    let rows = context.grant.rows();
    if rows == Rows::All || charts.is_empty() {
        return Ok(charts);
    }
    let specs = charts.iter().map(|chart| spec_of(&chart.document)).collect::<Result<Vec<_>>>()?;
    let addresses: Vec<String> = specs.iter().flat_map(ChartSpec::properties).map(str::to_owned).collect();
    let known = theriac_isa95::properties(&context.db, &addresses).await?;
    let sites: HashMap<String, Option<String>> = known.into_iter().map(|known| (known.address, known.site)).collect();
    let admits = |spec: &ChartSpec| {
        let site = site_of(spec, &sites).map(|site| label::site(&site));
        rows.admits(&site.into_iter().collect::<Vec<_>>())
    };
    Ok(charts.into_iter().zip(&specs).filter(|(_, spec)| admits(spec)).map(|(chart, _)| chart).collect())
}

/// `{"id","version", ...settings}`
fn settings(stored: &Stored) -> Result<Value> {
    let mut chart = Map::new();
    chart.insert("id".into(), stored.id.clone().into());
    chart.insert("version".into(), stored.version.into());
    let document: Map<String, Value> = serde_json::from_str(&stored.document).map_err(Error::internal)?;
    chart.extend(document);
    Ok(Value::Object(chart))
}

pub(crate) async fn evaluate(_: Spc, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let stored = visible(&context, request.param("id")).await?;
    let data = Data::parse(&request.body)?;
    Response::json(200, &crate::evaluate(&spec_of(&stored.document)?, &data)?)
}

/// `{"chart": {settings}, "values": [...]}`
pub(crate) async fn once(_: Spc, _: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let body: Value = serde_json::from_slice(&request.body).map_err(|e| unreadable("body", &e))?;
    let Value::Object(mut data) = body else {
        return Err(Error::invalid("the body is {\"chart\":{settings},\"values\":[...]}"));
    };
    let missing = || Error::invalid("'chart' is missing: the settings, as a chart is put with").at("chart");
    let mut chart = data.shift_remove("chart").ok_or_else(missing)?;
    if let Value::Object(settings) = &mut chart
        && !settings.contains_key("property")
    {
        settings.insert("property".into(), json!("none.given"));
    }
    let spec = ChartSpec::parse(chart.to_string().as_bytes())?;
    let data = Data::parse(Value::Object(data).to_string().as_bytes())?;
    Response::json(200, &crate::evaluate(&spec, &data)?)
}
