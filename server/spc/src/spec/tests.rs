//! Settings as JSON: what is taken, what is refused and in which words.

use super::*;

fn paths(json: &str) -> Vec<String> {
    ChartSpec::parse(json.as_bytes()).unwrap_err().issues.into_iter().map(|i| i.path).collect()
}

fn chart(kind: &str, rest: &str) -> String {
    format!(r#"{{"property":"press1.force","kind":"{kind}"{rest}}}"#)
}

#[test]
fn refuses_unknown_fields_kinds_and_rules_by_name() {
    for (json, word) in [
        (chart("i-mr", r#","limit":{}"#), "limit"),
        (chart("x-bar", ""), "xbar-r"),
        (chart("i-mr", r#","rules":["nelson9"]"#), "nelson9"),
        (chart("i-mr", r#","limits":{"center":1,"sd":2}"#), "sd"),
        (chart("ewma", r#","ewma":{"l":3}"#), "lambda"),
        (chart("i-mr", r#","constants":"rounded""#), "table"),
    ] {
        let error = ChartSpec::parse(json.as_bytes()).unwrap_err();
        assert_eq!(error.code, Code::Invalid, "{json}");
        assert!(error.message.contains(word), "{json}: {error}");
    }
    assert_eq!(ChartSpec::parse(b"{").unwrap_err().code, Code::Malformed);
}

#[test]
fn refuses_settings_that_do_not_fit_the_kind() {
    for (json, path) in [
        (r#"{"property":" ","kind":"c"}"#.to_owned(), "property"),
        (chart("xbar-r", ""), "subgroupSize"),
        (chart("xbar-r", r#","subgroupSize":26"#), "subgroupSize"),
        (chart("xbar-s", r#","subgroupSize":1"#), "subgroupSize"),
        (chart("i-mr", r#","subgroupSize":5"#), "subgroupSize"),
        (chart("ewma", r#","rules":["we4"]"#), "rules"),
        (chart("p", r#","secondaryRules":["we1"]"#), "secondaryRules"),
        (chart("i-mr", r#","limits":{"center":1}"#), "limits.sigma"),
        (chart("i-mr", r#","limits":{"center":1,"sigma":0}"#), "limits.sigma"),
        (chart("p", r#","limits":{"center":1.5}"#), "limits.center"),
        (chart("c", r#","limits":{"center":-1}"#), "limits.center"),
        (chart("i-mr", r#","phase1":{"first":0,"last":9}"#), "phase1"),
        (chart("i-mr", r#","phase1":{"first":5,"last":5}"#), "phase1"),
        (chart("i-mr", r#","phase1":{"first":2,"last":9,"exclude":[3,1]}"#), "phase1.exclude[1]"),
        (chart("i-mr", r#","estimator":"r-bar""#), "estimator"),
        (chart("c", r#","estimator":"mr-bar""#), "estimator"),
        (chart("cusum", r#","subgroupSize":30,"estimator":"r-bar""#), "estimator"),
        (chart("i-mr", r#","ewma":{}"#), "ewma"),
        (chart("ewma", r#","ewma":{"lambda":1.2}"#), "ewma.lambda"),
        (chart("ewma", r#","ewma":{"L":0}"#), "ewma.L"),
        (chart("cusum", r#","cusum":{"units":"value","h":4}"#), "cusum.k"),
        (chart("cusum", r#","cusum":{"h":-1}"#), "cusum.h"),
        (chart("c", r#","sizes":5"#), "sizes"),
        (chart("p", r#","sizes":0"#), "sizes"),
        (chart("i-mr", r#","specification":{"lower":2,"upper":1}"#), "specification"),
        (chart("u", r#","specification":{"upper":1}"#), "specification"),
    ] {
        assert_eq!(paths(&json), [path], "{json}");
    }
}

#[test]
fn exclusions_are_bounded() {
    let many = vec![2; 1001];
    let json = chart("i-mr", &format!(r#","phase1":{{"first":1,"last":2000,"exclude":{many:?}}}"#));
    assert_eq!(paths(&json), ["phase1.exclude"]);
}

#[test]
fn limits_and_phase_one_exclude_each_other() {
    let json = chart("i-mr", r#","limits":{"center":1,"sigma":1},"phase1":{"first":1,"last":20}"#);
    assert_eq!(paths(&json), ["limits"]);
}

#[test]
fn every_wrong_setting_is_named_at_once() {
    let json = chart("i-mr", r#","subgroupSize":3,"limits":{"center":1},"ewma":{"lambda":0}"#);
    assert_eq!(paths(&json), ["subgroupSize", "limits.sigma", "ewma", "ewma.lambda"]);
}

#[test]
fn settings_come_back_as_they_were_given() {
    for json in [
        r#"{"property":"a.b","kind":"xbar-r","subgroupSize":5,"rules":["we1","nelson8"],"phase1":{"first":1,"last":25},"constants":"table"}"#,
        r#"{"property":"a.b","kind":"ewma","constants":"full","ewma":{"lambda":0.3,"L":2.7,"asymptotic":true,"target":50.0}}"#,
        r#"{"property":"a.b","kind":"cusum","limits":{"center":325.0},"constants":"full","cusum":{"k":0.3175,"h":4.1959,"units":"value"}}"#,
        r#"{"property":"a.b","kind":"p","constants":"full","sizes":50.0}"#,
        r#"{"property":"a.b","kind":"i-mr","constants":"full","specification":{"lower":1.0,"upper":2.0}}"#,
    ] {
        let spec = ChartSpec::parse(json.as_bytes()).unwrap();
        assert_eq!(serde_json::to_string(&spec).unwrap(), json);
    }
}

#[test]
fn constants_default_to_full_and_given_counts_derive_their_sigma() {
    let spec = ChartSpec::parse(chart("c", r#","limits":{"center":16}"#).as_bytes()).unwrap();
    assert_eq!(spec.constants, Constants::Full);
    assert_eq!(spec.given(None).unwrap().unwrap().sigma, 4.0);
}
