//! Piston rings by R's qcc 2.7: CUSUM and EWMA.

use super::{near, rings, run};
use crate::{Data, Evaluation};
use serde_json::{Value, json};

const UPPER: [f64; 40] = [
    1.562156, 0.930529, 1.989943, 1.906762, 1.914989, 0.140766, 0.0, 0.0, 0.191042, 0.0, 0.0, 0.0, 0.0, 0.0, 0.602376,
    0.0, 0.0, 0.922303, 0.0, 1.333637, 0.519195, 0.116087, 0.0, 0.419561, 0.0, 1.196526, 0.930529, 0.0, 0.05393, 0.0,
    0.876599, 1.387567, 0.116087, 1.906762, 4.017364, 4.162702, 7.18738, 10.897615, 15.476223, 17.632529,
];

const LOWER: [f64; 40] = [
    0.0, 0.0, 0.0, 0.0, 0.0, 0.774222, 0.542961, 1.04296, 0.0, 0.225777, 1.319926, 0.768737, 0.903106, 2.911332,
    1.308956, 1.854659, 1.440582, 0.0, 0.180073, 0.0, 0.0, 0.0, 0.0, 0.0, 0.180073, 0.0, 0.0, 1.551187, 0.497257,
    0.860145, 0.0, 0.0, 0.27148, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0,
];

fn spec(kind: &str, settings: Value) -> Value {
    let mut json = json!({"property": "press.ring", "kind": kind, "subgroupSize": 5, "constants": "table",
        "phase1": {"first": 1, "last": 25}});
    json[kind] = settings;
    json
}

fn signals(got: &Evaluation) -> Vec<u64> {
    got.chart.flagged()
}

#[test]
fn cusum_of_all_samples() {
    let Some(rings) = rings() else { return };
    let data = Data::of_subgroups(&rings);
    let got = run(spec("cusum", json!({"h": 5, "k": 0.5})), &data);
    for (at, plot) in got.chart.points.iter().enumerate() {
        near(plot.sums.unwrap().upper, UPPER[at], 6e-7);
        near(plot.sums.unwrap().lower, LOWER[at], 6e-7);
    }
    assert_eq!(signals(&got), [37, 38, 39, 40]);
    assert_eq!(got.chart.violations.iter().filter(|v| v.begins).map(|v| v.index).collect::<Vec<_>>(), [37]);
    let mut full = spec("cusum", json!({}));
    full["constants"] = json!("full");
    near(run(full, &data).chart.points[39].sums.unwrap().upper, 17.631838, 6e-7);
}

#[test]
fn cusum_and_ewma_of_phase_one_are_silent() {
    let Some(rings) = rings() else { return };
    let data = Data::of_subgroups(&rings[..25]);
    assert!(signals(&run(spec("cusum", json!({"h": 4})), &data)).is_empty());
    let got = run(spec("ewma", json!({"lambda": 0.2, "L": 3})), &data);
    assert!(signals(&got).is_empty());
    let last: Vec<f64> = got.chart.points[22..].iter().filter_map(|p| p.value).collect();
    last.into_iter().zip([74.00177263, 74.00245810, 74.00160648]).for_each(|(z, want)| near(z, want, 6e-9));
    let lines = got.chart.points[24].lines.unwrap();
    near(lines.lower_limit, 73.99680003, 6e-9);
    near(lines.upper_limit, 74.00555197, 6e-9);
}

#[test]
fn ewma_of_all_samples() {
    let Some(rings) = rings() else { return };
    let got = run(spec("ewma", json!({"lambda": 0.2, "L": 2.7})), &Data::of_subgroups(&rings));
    assert_eq!(signals(&got), [35, 37, 38, 39, 40]);
    for (t, z, lower, upper) in [
        (1, 74.00298080, 73.99881296, 74.00353904),
        (2, 74.00250464, 73.99814983, 74.00420217),
        (3, 74.00360371, 73.99779297, 74.00455903),
        (38, 74.00983336, 73.99723760, 74.00511440),
        (39, 74.01254669, 73.99723760, 74.00511440),
        (40, 74.01259735, 73.99723760, 74.00511440),
    ] {
        let plot = &got.chart.points[t - 1];
        near(plot.value.unwrap(), z, 6e-9);
        near(plot.lines.unwrap().lower_limit, lower, 6e-9);
        near(plot.lines.unwrap().upper_limit, upper, 6e-9);
    }
}
