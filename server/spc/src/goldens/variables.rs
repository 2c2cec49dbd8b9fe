//! Piston rings (Montgomery) and viscosity by R's qcc 2.7: X-bar, R, S and individuals.

use super::{limits, near, rings, run, viscosity};
use crate::evaluate::{Evaluation, Limits};
use crate::{Data, Rule};
use serde_json::{Value, json};

fn spec(kind: &str, constants: &str) -> Value {
    json!({"property": "press.ring", "kind": kind, "subgroupSize": 5, "constants": constants,
        "phase1": {"first": 1, "last": 25}})
}

fn below(got: &Evaluation) -> &crate::evaluate::Chart {
    &got.secondary.as_ref().unwrap().chart
}

#[test]
fn piston_rings_means_and_ranges() {
    let Some(rings) = rings() else { return };
    for (constants, sigma, lower, upper, range, e) in [
        ("table", 0.009785038693, 73.98804799, 74.01430401, 0.04812533015, 6e-9),
        ("full", 0.009785337607, 73.98804759, 74.01430441, 0.04812600, 6e-9),
    ] {
        let got = run(spec("xbar-r", constants), &Data::of_subgroups(&rings));
        near(got.chart.center.unwrap(), 74.001176, 1e-9);
        near(got.sigma, sigma, 6e-13);
        limits(&got.chart, lower, upper, e);
        assert_eq!(got.chart.flagged_by(Rule::We1), [37, 38, 39]);
        near(below(&got).center.unwrap(), 0.02276, 1e-12);
        limits(below(&got), 0.0, range, e);
        assert!(below(&got).flagged().is_empty());
    }
}

/// qcc's run is 7 points; with 8 (Western Electric) and 9 (Nelson) the same series has the run it has.
#[test]
fn piston_rings_run_of_seven_ends_at_40() {
    let Some(rings) = rings() else { return };
    let mut json = spec("xbar-r", "table");
    json["rules"] = json!(["we4", "nelson2"]);
    let got = run(json, &Data::of_subgroups(&rings));
    let side: Vec<bool> = got.chart.points[33..].iter().map(|p| p.lines.unwrap().z > 0.0).collect();
    assert_eq!(side, [true; 7]);
    assert!(got.chart.points[32].lines.unwrap().z < 0.0 && got.chart.flagged().is_empty());
}

#[test]
fn piston_rings_means_and_deviations() {
    let Some(rings) = rings() else { return };
    let got = run(spec("xbar-s", "full"), &Data::of_subgroups(&rings));
    near(got.sigma, 0.009829976728, 6e-13);
    limits(&got.chart, 73.9879877, 74.0143643, 6e-8);
    near(below(&got).center.unwrap(), 0.009240036602, 6e-13);
    limits(below(&got), 0.0, 0.01930241677, 6e-12);
    assert!(below(&got).flagged().is_empty());
}

#[test]
fn piston_rings_pooled() {
    let Some(rings) = rings() else { return };
    let mut json = spec("xbar-s", "full");
    json["estimator"] = json!("pooled");
    let got = run(json, &Data::of_subgroups(&rings));
    near(got.sigma, 0.00988754721, 6e-12);
    limits(&got.chart, 73.98791046, 74.01444154, 6e-9);
}

/// Samples 1-25 without twelve observations, so that sizes are 3, 4 and 5.
fn thinned(rings: &[Vec<f64>]) -> Vec<Vec<f64>> {
    const GONE: [usize; 12] = [9, 10, 30, 35, 45, 64, 65, 74, 75, 85, 99, 100];
    let kept = |sample: usize, group: &Vec<f64>| {
        group.iter().enumerate().filter(|(i, _)| !GONE.contains(&(sample * 5 + i + 1))).map(|(_, x)| *x).collect()
    };
    rings[..25].iter().enumerate().map(|(sample, group)| kept(sample, group)).collect()
}

#[test]
fn piston_rings_of_varying_size() {
    let Some(rings) = rings() else { return };
    let groups = thinned(&rings);
    let five_four_three = |limits: &Option<Limits>| match limits {
        Some(Limits::Varying(pairs)) => [5, 4, 3].map(|n| pairs[groups.iter().position(|g| g.len() == n).unwrap()]),
        other => panic!("limits do not vary: {other:?}"),
    };
    for (constants, sigma, means, ranges, e) in [
        (
            "table",
            0.009856700636,
            [(73.98752806, 74.01397636), (73.98596716, 74.01553726), (73.98367991, 74.01782452)],
            [0.04785198125, 0.04831697997, 0.04857006752],
            6e-12,
        ),
        (
            "full",
            0.009857437382,
            [(73.98752708, 74.01397735), (73.98596606, 74.01553838), (73.98367863, 74.01782579)],
            [0.04785379, 0.04831885, 0.04857198],
            6e-9,
        ),
    ] {
        let mut json = spec("xbar-r", constants);
        json["phase1"] = json!({"first": 1, "last": 25});
        let got = run(json, &Data::of_subgroups(&groups));
        near(got.chart.center.unwrap(), 74.00075221, 6e-9);
        near(got.sigma, sigma, 6e-13);
        for (got, want) in five_four_three(&got.chart.limits).iter().zip(means) {
            // The full-precision column was added up from a rounded centre: its last digit is off by one.
            near(got.lower, want.0, 1.2e-8);
            near(got.upper, want.1, 1.2e-8);
        }
        near(below(&got).center.unwrap(), 0.02230088496, 6e-12);
        for (got, want) in five_four_three(&below(&got).limits).iter().zip(ranges) {
            near(got.lower, 0.0, 0.0);
            near(got.upper, want, e);
        }
        assert!(got.chart.flagged_by(Rule::We1).is_empty() && below(&got).flagged().is_empty());
    }
}

#[test]
fn viscosity_of_individuals() {
    let Some(x) = viscosity() else { return };
    assert_eq!(x.len(), 15);
    for (constants, estimator, sigma, lower, upper) in [
        ("table", "mr-bar", 0.4261651469, 32.24483789, 34.80182877),
        ("full", "mr-bar", 0.4260219434, 32.24526750, 34.80139916),
        ("full", "overall-sd", 0.3415928058, 32.49855492, 34.54811175),
    ] {
        let json = json!({"property": "a.b", "kind": "i-mr", "constants": constants, "estimator": estimator});
        let got = run(json, &Data::of_values(&x));
        near(got.chart.center.unwrap(), 33.52333333, 6e-9);
        near(below(&got).center.unwrap(), 0.4807142857, 6e-11);
        near(got.sigma, sigma, 6e-11);
        limits(&got.chart, lower, upper, 6e-9);
        assert!(got.chart.flagged_by(Rule::We1).is_empty());
    }
}

#[test]
fn viscosity_averaged() {
    let Some(x) = viscosity() else { return };
    let json = json!({"property": "a.b", "kind": "ewma", "constants": "table", "ewma": {"lambda": 0.2, "L": 2.7}});
    let got = run(json, &Data::of_values(&x));
    assert!(got.chart.flagged().is_empty());
    for (at, z, lower, upper) in
        [(0, 33.56866667, 33.29320415, 33.75346251), (14, 33.47052776, 33.14002218, 33.90664449)]
    {
        let lines = got.chart.points[at].lines.unwrap();
        near(got.chart.points[at].value.unwrap(), z, 6e-9);
        near(lines.lower_limit, lower, 6e-9);
        near(lines.upper_limit, upper, 6e-9);
    }
}
