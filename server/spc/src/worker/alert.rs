//! What is said when a rule or a limit is broken: one alert for one unbroken episode, named by where it began.

use super::watching::Chart;
use crate::evaluate::vectors::by_property;
use crate::run::{Fired, Plotted};
use serde_json::{Value, json};
use theriac_alerts::NewAlert;
use theriac_core::Instant;
use theriac_isa95::Known;
use theriac_isa95::limits::{Limits, Side};

const SOURCE: &str = "spc";

/// An alert, and the time of the reading that brought it about.
pub(super) type Raised = (NewAlert, i64);

pub(super) fn of_chart(chart: &Chart, fired: &Fired) -> Raised {
    let below = fired.secondary.unwrap_or("primary");
    let mut evidence = evidence(chart, below, fired);
    if !fired.contributions.is_empty() {
        evidence["contributions"] = json!(by_property(chart.spec(), &fired.contributions));
    }
    let time = fired.points.last().map_or(0, |point| point.time);
    let alert = NewAlert {
        source: SOURCE,
        rule: fired.rule.name().to_owned(),
        subject: chart.spec().property.clone(),
        site: chart.site.clone(),
        episode: format!("spc/{}/{}/{below}/{}/{}", chart.id, chart.born, fired.rule.name(), fired.index),
        evidence,
    };
    (alert, time)
}

fn evidence(chart: &Chart, below: &str, fired: &Fired) -> Value {
    json!({
        "chart": chart.id,
        "chartVersion": chart.version,
        "plot": below,
        "rule": fired.rule.name(),
        "condition": fired.rule.row().condition,
        "points": fired.points.iter().map(|point| shown(point, fired)).collect::<Value>(),
        "center": fired.center,
        "sigma": fired.sigma,
        "limits": { "lower": fired.lower, "upper": fired.upper },
    })
}

fn shown(point: &Plotted, fired: &Fired) -> Value {
    let value = if fired.secondary.is_some() { point.secondary } else { point.value };
    json!({ "index": point.index, "time": Instant(point.time).rfc3339(), "value": value })
}

pub(super) fn of_limit(known: &Known, limits: Limits, side: Side, time: i64, value: f64) -> Raised {
    let (name, condition) = match side {
        Side::BelowLow => ("low", "the value lies below the low limit"),
        _ => ("high", "the value lies above the high limit"),
    };
    let alert = NewAlert {
        source: SOURCE,
        rule: "limit".to_owned(),
        subject: known.address.clone(),
        site: known.site.clone(),
        episode: format!("limit/{}/{name}/{time}", known.address),
        evidence: json!({
            "rule": "limit",
            "side": name,
            "condition": condition,
            "points": [{ "time": Instant(time).rfc3339(), "value": value }],
            "limits": limits,
            "unit": known.unit,
        }),
    };
    (alert, time)
}
