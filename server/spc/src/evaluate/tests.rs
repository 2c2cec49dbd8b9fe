//! What an evaluation says beside the numbers, which `goldens` holds.

use super::*;
use crate::rules::RuleSet;
use crate::spec;
use serde_json::{Value, json};

fn spec(json: Value) -> ChartSpec {
    ChartSpec::parse(json.to_string().as_bytes()).unwrap()
}

fn run(chart: Value, data: Value) -> Evaluation {
    evaluate(&spec(chart), &Data::parse(data.to_string().as_bytes()).unwrap()).unwrap()
}

fn refusal(chart: Value, data: Value) -> Error {
    evaluate(&spec(chart), &Data::parse(data.to_string().as_bytes()).unwrap()).unwrap_err()
}

fn given(kind: &str) -> Value {
    json!({"property": "press1.force", "kind": kind, "limits": {"center": 10, "sigma": 0.1}})
}

#[test]
fn answers_in_the_documented_shape() {
    let got = serde_json::to_value(run(given("i-mr"), json!({"values": [10, 10.4, null]}))).unwrap();
    assert_eq!(got["kind"], "i-mr");
    assert_eq!(got["constants"], "full");
    assert_eq!((&got["center"], &got["sigma"]), (&json!(10.0), &json!(0.1)));
    assert_eq!(got["limits"], json!({"lower": 9.7, "upper": 10.3}));
    assert_eq!(got["violations"], json!([{"index": 2, "rule": "we1", "begins": true, "contributors": []}]));
    assert_eq!(got["points"][1]["rules"], json!(["we1"]));
    assert_eq!(got["points"][2], json!({"index": 3, "value": null, "rules": []}));
    assert_eq!(got["secondary"]["name"], "mr");
    assert_eq!(got["secondary"]["points"][0]["index"], 2);
    assert!(got.get("capability").is_none() && got.get("estimator").is_none());
}

#[test]
fn a_value_on_its_decimal_limit_is_not_out() {
    let values = json!({"values": [10.3, 9.7, 10.300001, 9.699999]});
    assert_eq!(run(given("i-mr"), values).chart.flagged(), [3, 4]);
}

#[test]
fn limits_vary_with_the_size_of_the_subgroup() {
    let chart = json!({"property": "a.b", "kind": "xbar-s", "subgroupSize": 4, "limits": {"center": 10, "sigma": 0.1}});
    let got = serde_json::to_value(run(chart, json!({"subgroups": [[10, 10, 10, 10], [10]]}))).unwrap();
    assert_eq!(got["limits"], json!([{"lower": 9.85, "upper": 10.15}, {"lower": 9.7, "upper": 10.3}]));
    assert_eq!(got["secondary"]["points"].as_array().unwrap().len(), 1);
}

#[test]
fn excluded_points_neither_estimate_nor_run() {
    let values: Vec<f64> = vec![1.0, 2.0, 1.0, 50.0, 2.0, 1.0];
    let chart = json!({"property": "a.b", "kind": "i-mr", "phase1": {"first": 1, "last": 6, "exclude": [4]}});
    let got = run(chart, json!({"values": values}));
    assert_eq!((got.chart.center, got.estimated_from), (Some(1.4), Some(5)));
    assert!(got.chart.points[3].excluded && got.chart.flagged().is_empty());
    let below: Vec<_> = got.secondary.unwrap().chart.points.iter().map(|p| (p.index, p.value.unwrap())).collect();
    assert_eq!(below, [(2, 1.0), (3, 1.0), (4, 49.0), (5, 1.0), (6, 1.0)]);
}

#[test]
fn phase_two_may_be_judged_by_other_rules() {
    let chart = json!({"property": "a.b", "kind": "i-mr", "rules": ["we4"], "phase2Rules": ["we1"],
        "phase1": {"first": 1, "last": 4}, "estimator": "overall-sd"});
    let values = json!({"values": [1, 2, 1, 2, 1.9, 1.9, 1.9, 1.9, 1.9, 1.9, 1.9, 1.9, 9]});
    let got = run(chart, values);
    assert_eq!(got.chart.violations.iter().map(|v| (v.index, v.rule)).collect::<Vec<_>>(), [(13, Rule::We1)]);
    assert_eq!(got.estimator, Some(Estimator::OverallSd));
}

#[test]
fn choice_13_the_chart_below_is_judged_by_rule_one_unless_asked() {
    let mut chart = given("i-mr");
    chart["rules"] = json!(["nelson1", "nelson2"]);
    assert_eq!(spec(chart.clone()).rules_of_secondary(), RuleSet::only(Rule::Nelson1));
    chart["secondaryRules"] = json!(["nelson2"]);
    assert_eq!(spec(chart).rules_of_secondary(), RuleSet::only(Rule::Nelson2));
}

#[test]
fn subgroups_too_large_for_ranges_are_pooled() {
    let group: Vec<f64> = (0..30).map(f64::from).collect();
    let got = run(json!({"property": "a.b", "kind": "ewma"}), json!({"subgroups": [group, group]}));
    assert_eq!(got.estimator, Some(Estimator::Pooled));
    let got = run(json!({"property": "a.b", "kind": "ewma"}), json!({"subgroups": [[1, 2], [2, 4]]}));
    assert_eq!(got.estimator, Some(Estimator::RBar));
}

#[test]
fn an_estimator_that_does_not_fit_the_data_is_refused() {
    let individuals = json!({"property": "a.b", "kind": "ewma", "estimator": "mr-bar"});
    assert_eq!(refusal(individuals, json!({"subgroups": [[1, 2], [2, 4]]})).issues[0].path, "estimator");
    let group: Vec<f64> = (0..30).map(f64::from).collect();
    let ranges = json!({"property": "a.b", "kind": "xbar-s", "subgroupSize": 5, "estimator": "r-bar"});
    assert_eq!(refusal(ranges, json!({"subgroups": [group, group]})).issues[0].path, "estimator");
}

#[test]
fn the_limit_set_in_effect_starts_a_stream_that_goes_on_alike() {
    let chart = spec(json!({"property": "a.b", "kind": "i-mr", "phase1": {"first": 1, "last": 5}}));
    let values = [1.0, 2.0, 1.5, 1.0, 2.5, 9.0, 2.0];
    let whole = evaluate(&chart, &Data::of_values(&values)).unwrap();
    let mut stream = crate::Stream::new(chart, whole.parameters).unwrap();
    let points: Vec<Plot> = values.iter().filter_map(|v| stream.push(*v)).map(|p| p.primary).collect();
    assert_eq!(points, whole.chart.points);
    assert_eq!(serde_json::to_value(&whole).unwrap()["parameters"]["secondary"], json!(0.875));
}

#[test]
fn np_with_given_limits_derives_sigma_from_its_size() {
    let chart = json!({"property": "a.b", "kind": "np", "limits": {"center": 10}});
    assert_eq!(run(chart, json!({"counts": [9, 11], "sizes": 20})).sigma, 5_f64.sqrt());
}

#[test]
fn cusum_in_units_of_the_value_needs_no_sigma() {
    let chart = json!({"property": "a.b", "kind": "cusum", "limits": {"center": 5},
        "cusum": {"k": 0.5, "h": 2, "units": "value"}});
    let got = run(chart, json!({"values": [5, 7, 7, 5, 1]}));
    let sums: Vec<_> = got.chart.points.iter().filter_map(|p| p.sums).map(|s| (s.upper, s.lower)).collect();
    assert_eq!(sums, [(0.0, 0.0), (1.5, 0.0), (3.0, 0.0), (2.5, 0.0), (0.0, 3.5)]);
    assert_eq!(got.chart.flagged(), [3, 4, 5]);
    assert_eq!(got.chart.violations.iter().map(|v| v.begins).collect::<Vec<_>>(), [true, false, true]);
}

#[test]
fn sums_stand_beside_the_limits_and_no_member_stands_twice() {
    let chart = json!({"property": "a.b", "kind": "cusum", "limits": {"center": 5},
        "cusum": {"k": 0.5, "h": 2, "units": "value"}});
    let text = serde_json::to_string(&run(chart, json!({"values": [7]})).chart.points[0]).unwrap();
    let point: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&point["lower"], &point["upper"]), (&json!(-2.0), &json!(2.0)));
    assert_eq!(point["sums"], json!({"upper": 1.5, "lower": 0.0}));
    assert_eq!(text.matches("\"upper\"").count(), 2, "{text}");
    let without = run(json!({"property": "a.b", "kind": "i-mr"}), json!({"values": [1, 2, 3]}));
    assert_eq!(serde_json::to_value(&without.chart.points[0]).unwrap().get("sums"), None);
}

#[test]
fn says_what_is_missing() {
    let plain = json!({"property": "a.b", "kind": "i-mr"});
    assert!(refusal(plain.clone(), json!({"values": [1]})).message.contains("1 usable point"));
    assert!(refusal(plain.clone(), json!({"values": [1e308, -1e308, 1e308]})).message.contains("finite"));
    let no_limit = refusal(plain, json!({"values": [1, 2], "specification": {}}));
    assert_eq!(no_limit.issues[0].path, "specification");
    let counts = json!({"property": "a.b", "kind": "c"});
    assert!(refusal(counts, json!({"counts": [1, 2], "specification": {"upper": 3}})).message.contains("counts"));
    let constant = json!({"property": "a.b", "kind": "cusum"});
    assert!(refusal(constant, json!({"values": [1, 1, 1]})).message.contains("sigma is 0"));
}

#[test]
fn a_constant_process_is_in_control_until_it_moves() {
    let chart = json!({"property": "a.b", "kind": "i-mr", "phase1": {"first": 1, "last": 9}});
    let got = run(chart, json!({"values": [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.2]}));
    assert_eq!(got.chart.flagged(), [10]);
}

#[test]
fn capability_is_that_of_phase_one() {
    let chart = ChartSpec {
        phase1: Some(spec::Phase1 { first: 1, last: 4, exclude: vec![2] }),
        ..ChartSpec::new("a.b", Kind::IMr)
    };
    let data = Data {
        specification: Some(crate::capability::Specification { upper: Some(5.0), ..Default::default() }),
        ..Data::of_values(&[1.0, 9.0, 2.0, 3.0, 100.0])
    };
    let capability = evaluate(&chart, &data).unwrap().capability.unwrap();
    assert_eq!((capability.observations, capability.mean), (3, 2.0));
}
