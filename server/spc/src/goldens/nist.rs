//! NIST/SEMATECH e-Handbook, chapter 6.3: the worked examples as printed.

use super::{limits, near, pair, run};
use crate::data::Sizes;
use crate::{Data, Evaluation};
use serde_json::{Value, json};

fn case(page: &str) -> (Value, Vec<f64>) {
    let all: Value = serde_json::from_str(include_str!("fixtures/nist_golden.json")).unwrap();
    let case = all["cases"].as_array().unwrap().iter().find(|c| c["page"] == page).unwrap().clone();
    let x = case["x"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
    (case, x)
}

fn number(case: &Value, name: &str) -> f64 {
    case[name].as_f64().unwrap()
}

fn last_sums(got: &Evaluation, points: usize) -> Vec<f64> {
    let sums: Vec<f64> = got.chart.points.iter().filter_map(|p| p.sums).map(|s| s.upper).collect();
    sums[sums.len() - points..].to_vec()
}

#[test]
fn individuals_and_moving_range_6_3_2_2() {
    let (case, x) = case("pmc322");
    let mut spec = json!({"property": "plant.flow", "kind": "i-mr", "constants": "table"});
    let got = run(spec.clone(), &Data::of_values(&x));
    near(got.chart.center.unwrap(), number(&case, "center"), 1e-9);
    near(got.secondary.unwrap().chart.center.unwrap(), number(&case, "mrbar"), 5e-5);
    limits(&got.chart, number(&case, "lcl"), number(&case, "ucl"), 5.1e-5);
    assert!(got.chart.flagged().is_empty());
    spec["constants"] = json!("full");
    limits(&run(spec, &Data::of_values(&x)).chart, 45.81759, 55.80241, 5e-6);
}

#[test]
fn ewma_6_3_2_4() {
    let (case, x) = case("pmc324");
    let spec = json!({"property": "a.b", "kind": "ewma", "limits": {"center": case["z0"], "sigma": case["s"]},
        "ewma": {"lambda": case["lambda"], "L": 3, "asymptotic": true}});
    let got = run(spec, &Data::of_values(&x));
    // The lower limit is printed cut off, not rounded: 47.41158 as 47.4115.
    limits(&got.chart, number(&case, "lcl"), number(&case, "ucl"), 1.1e-4);
    for (plot, z) in got.chart.points.iter().zip(case["z"].as_array().unwrap()) {
        near(plot.value.unwrap(), z.as_f64().unwrap(), 5.1e-3);
    }
    assert!(got.chart.flagged().is_empty());
}

#[test]
fn cusum_6_3_2_3() {
    let (case, x) = case("pmc323");
    let spec = json!({"property": "a.b", "kind": "cusum", "limits": {"center": case["target"]},
        "cusum": {"k": case["k"], "h": case["h"], "units": "value"}});
    let got = run(spec, &Data::of_values(&x));
    assert_eq!(got.chart.flagged().first(), Some(&14));
    let want = [3.0075, 4.94, 7.4475, 10.63, 11.9875, 14.445, 16.0025, 19.035];
    last_sums(&got, 8).into_iter().zip(want).for_each(|(got, want)| near(got, want, 1e-9));
}

#[test]
fn proportions_6_3_3_2() {
    let (case, x) = case("pmc332");
    let got = run(json!({"property": "a.b", "kind": "p"}), &Data::of_counts(&x, Some(Sizes::All(number(&case, "n")))));
    near(got.chart.center.unwrap(), number(&case, "center"), 5e-8);
    near(pair(&got.chart).lower, number(&case, "lcl"), 5.1e-8);
    near(pair(&got.chart).upper, number(&case, "ucl"), 5.1e-8);
    assert_eq!(json!(got.chart.flagged()), case["violations"]);
}
