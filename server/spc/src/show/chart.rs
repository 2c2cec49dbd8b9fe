//! One chart as it stands: settings, limits in effect, latest points and what they broke.
//!
//! The members have the names of [`crate::Evaluation`], so that a live chart is drawn like an evaluated one;
//! the settings stand under `settings`, as both have a member `limits`.

use crate::data::Data;
use crate::fold::Plot;
use crate::run::{Readings, Run, Stage, Window, group};
use crate::store::Stored;
use serde_json::{Map, Value, json};
use theriac_core::hash::{hex, sha256};
use theriac_core::{Error, Instant, Result};

pub(super) fn shown(stored: &Stored, run: &Run) -> Result<Value> {
    let spec = run.spec();
    let mut chart = Map::new();
    chart.insert("id".into(), stored.id.clone().into());
    chart.insert("version".into(), stored.version.into());
    chart.insert("property".into(), spec.property.clone().into());
    chart.insert("kind".into(), spec.family().name.into());
    chart.insert("settings".into(), serde_json::from_str(&stored.document).map_err(Error::internal)?);
    // Two charts that were told the same are the same to the last bit: restarts can be checked from outside.
    chart.insert("stateDigest".into(), hex(&sha256(&run.to_bytes())).into());
    if run.late > 0 {
        chart.insert("late".into(), run.late.into());
    }
    match run.stage() {
        Stage::Collecting(readings) => match run.vectors() {
            None => collecting(run, readings, &mut chart)?,
            Some(collected) => collecting_vectors(run, collected, &mut chart),
        },
        Stage::Judging(window) => judging(run, window, &mut chart)?,
        Stage::Faulty(why) => {
            chart.insert("fault".into(), why.clone().into());
            chart.extend(empty());
        }
    }
    Ok(Value::Object(chart))
}

fn empty() -> Map<String, Value> {
    let absent = [("center", Value::Null), ("sigma", Value::Null), ("limits", Value::Null)];
    let lists = [("points", json!([])), ("violations", json!([]))];
    absent.into_iter().chain(lists).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Phase I: values without lines, and how many points are still wanted.
fn collecting(run: &Run, readings: &Readings, chart: &mut Map<String, Value>) -> Result<()> {
    let series = Data::of_values(&readings.values).observe(run.spec())?;
    let group = group(run.spec());
    let point = |(i, observation): (usize, &Option<crate::estimate::Observation>)| {
        let time = readings.times.get((i + 1) * group - 1).map(|time| Instant(*time).rfc3339());
        json!({ "index": i + 1, "time": time, "value": observation.map(|o| o.value) })
    };
    let wanted = run.spec().phase1.as_ref().map_or(0, |phase1| phase1.last);
    let collected = series.observations.len();
    chart.insert("phase".into(), 1.into());
    chart.insert("phase1".into(), json!({ "collected": collected, "wanted": wanted }));
    chart.extend(empty());
    let recent = collected.saturating_sub(100);
    chart.insert("points".into(), series.observations.iter().enumerate().skip(recent).map(point).collect());
    Ok(())
}

/// A distance needs the model that phase I makes; until then there is nothing to plot.
fn collecting_vectors(run: &Run, collected: usize, chart: &mut Map<String, Value>) {
    let wanted = run.spec().phase1.as_ref().map_or(0, |phase1| phase1.last);
    chart.insert("phase".into(), 1.into());
    chart.insert("phase1".into(), json!({ "collected": collected, "wanted": wanted }));
    chart.extend(empty());
}

fn judging(run: &Run, window: &Window, chart: &mut Map<String, Value>) -> Result<()> {
    let points = window.points();
    let recent = points.len().saturating_sub(100);
    let (times, points): (Vec<i64>, Vec<_>) = points.into_iter().skip(recent).unzip();
    let (primary, secondary): (Vec<Plot>, Vec<Option<Plot>>) =
        points.into_iter().map(|point| (point.primary, point.secondary)).unzip();
    let limits = window.limits();
    chart.insert("phase".into(), 2.into());
    chart.extend(drawn(&times, &primary)?);
    if chart.get("center") == Some(&Value::Null) {
        chart.insert("center".into(), limits.center.into());
    }
    chart.insert("sigma".into(), limits.sigma.into());
    if let Some(name) = run.spec().family().secondary {
        let below: Vec<(i64, Plot)> = times.iter().copied().zip(secondary).filter_map(|(t, p)| Some((t, p?))).collect();
        let (times, plots): (Vec<i64>, Vec<Plot>) = below.into_iter().unzip();
        let mut part = drawn(&times, &plots)?;
        part.insert("name".into(), name.into());
        chart.insert("secondary".into(), Value::Object(part));
    }
    Ok(())
}

fn drawn(times: &[i64], plots: &[Plot]) -> Result<Map<String, Value>> {
    let pair = |plot: &Plot| plot.lines.map(|lines| json!({ "lower": lines.lower_limit, "upper": lines.upper_limit }));
    let mut pairs: Vec<Value> = plots.iter().filter_map(pair).collect();
    let constant = pairs.windows(2).all(|two| two[0] == two[1]);
    let limits = if constant { pairs.pop().unwrap_or_default() } else { pairs.into() };
    let points = times.iter().zip(plots).map(|(time, plot)| point(*time, plot)).collect::<Result<Vec<_>>>()?;
    let center = plots.iter().rev().find_map(|plot| plot.lines).map(|lines| lines.center);
    let violations: Vec<_> = plots.iter().flat_map(|plot| &plot.violations).collect();
    let members =
        [("center", json!(center)), ("limits", limits), ("points", points.into()), ("violations", json!(violations))];
    Ok(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn point(time: i64, plot: &Plot) -> Result<Value> {
    let mut value = serde_json::to_value(plot).map_err(Error::internal)?;
    value["time"] = Instant(time).rfc3339().into();
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ChartSpec;

    fn shown_after(json: &str, values: &[f64]) -> Value {
        let mut run = Run::new(ChartSpec::parse(json.as_bytes()).unwrap());
        let mut fired = Vec::new();
        for (i, value) in values.iter().enumerate() {
            run.push(0, i as i64 * 1_000_000, *value, &mut fired);
        }
        let stored = Stored {
            tenant_id: 1,
            id: "c1".into(),
            version: 3,
            updated: 7,
            property: "a.b".into(),
            document: json.to_owned(),
        };
        shown(&stored, &run).unwrap()
    }

    #[test]
    fn a_live_chart_has_the_members_of_an_evaluated_one() {
        let chart = r#"{"property":"a.b","kind":"i-mr","limits":{"center":10,"sigma":1}}"#;
        let live = shown_after(chart, &[10.0, 14.0, 11.0]);
        assert_eq!((&live["center"], &live["sigma"]), (&json!(10.0), &json!(1.0)));
        assert_eq!(live["limits"], json!({ "lower": 7.0, "upper": 13.0 }));
        assert_eq!(live["violations"][0]["index"], 2);
        assert_eq!(live["points"][1]["time"], "1970-01-01T00:00:01.000Z");
        assert_eq!(live["secondary"]["points"].as_array().map(Vec::len), Some(2));
        let spec = ChartSpec::parse(chart.as_bytes()).unwrap();
        let whole =
            serde_json::to_value(crate::evaluate(&spec, &Data::of_values(&[10.0, 14.0, 11.0])).unwrap()).unwrap();
        assert_eq!(live["violations"], whole["violations"]);
        assert_eq!(live["limits"], whole["limits"]);
    }

    #[test]
    fn a_live_cusum_shows_its_sums_beside_the_limits() {
        let chart = r#"{"property":"a.b","kind":"cusum","limits":{"center":5,"sigma":1},"cusum":{"k":0.5,"h":2}}"#;
        let point = &shown_after(chart, &[7.0])["points"][0];
        assert_eq!((&point["lower"], &point["upper"]), (&json!(-2.0), &json!(2.0)));
        assert_eq!(point["sums"], json!({ "upper": 1.5, "lower": 0.0 }));
    }

    #[test]
    fn phase_one_shows_how_many_points_are_wanted() {
        let live = shown_after(
            r#"{"property":"a.b","kind":"xbar-r","subgroupSize":2,"phase1":{"first":1,"last":5}}"#,
            &[1.0, 3.0, 5.0],
        );
        assert_eq!(live["phase1"], json!({ "collected": 1, "wanted": 5 }));
        assert_eq!(live["points"], json!([{ "index": 1, "time": "1970-01-01T00:00:01.000Z", "value": 2.0 }]));
        assert_eq!((&live["phase"], &live["center"]), (&json!(1), &Value::Null));
    }
}
