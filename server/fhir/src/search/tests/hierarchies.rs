//! `:below` and `:above` along partOf, R4 search.html 3.1.1.4.14; `near`, location.html 8.7.

use super::{check, search};

const HOUSE: &[&str] = &[
    r#"{"resourceType":"Location","id":"site"}"#,
    r#"{"resourceType":"Location","id":"ward","partOf":{"reference":"Location/site"}}"#,
    r#"{"resourceType":"Location","id":"bed","partOf":{"reference":"Location/ward"}}"#,
    r#"{"resourceType":"Location","id":"other","partOf":{"reference":"Location/gone"}}"#,
    r#"{"resourceType":"Location","id":"loop","partOf":{"reference":"Location/pool"}}"#,
    r#"{"resourceType":"Location","id":"pool","partOf":{"reference":"Location/loop"}}"#,
    r#"{"resourceType":"Procedure","id":"p1","location":{"reference":"Location/bed"}}"#,
    r#"{"resourceType":"Procedure","id":"p2","location":{"reference":"Location/site"}}"#,
    r#"{"resourceType":"Procedure","id":"p3","location":{"reference":"Location/other"}}"#,
    r#"{"resourceType":"Procedure","id":"p4","location":{"reference":"Location/pool"}}"#,
    r#"{"resourceType":"Procedure","id":"p5"}"#,
];

#[test]
fn references_are_followed_up_and_down_a_hierarchy() {
    let rows: &[(&str, &[usize])] = &[
        ("location:below=site", &[6, 7]),
        ("location:below=Location/ward", &[6]),
        ("location:above=bed", &[6, 7]),
        ("location:above=site", &[7]),
        ("location:below=gone", &[8]),
        ("location:above=gone", &[]),
        ("location:below=loop", &[9]),
        ("location:above=loop", &[9]),
        ("location:below=site,other", &[6, 7, 8]),
    ];
    for (text, wanted) in rows {
        assert_eq!(search(HOUSE, "Procedure", text), *wanted, "{text}");
    }
    assert_eq!(search(HOUSE, "Location", "partof:below=site"), [1, 2]);
}

const ANN_ARBOR: &str = r#"{"resourceType":"Location","position":{"longitude":-83.6948,"latitude":42.2565}}"#;

#[test]
fn near_measures_great_circles() {
    check(
        ANN_ARBOR,
        &[
            ("near=42.2565|-83.6948|0|m", true),
            ("near=42.2565|-83.6948|1|km", true),
            ("near=-83.6948|42.2565|1000|km", false),
            ("near=42.3314|-83.0458|53|km", false),
            ("near=42.3314|-83.0458|55|km", true),
            ("near=42.3314|-83.0458|34.5|[mi_i]", true),
            ("near=42.3314|-83.0458|33|[mi_i]", false),
            ("near=42.3314|-83.0458|55000|m,0|0|1|km", true),
            ("near=42.3314|-83.0458", false),
            ("near=42.4|-83.5", true),
            ("near:missing=false", true),
            ("near:not=42.2565|-83.6948|1|km", false),
        ],
    );
    check(r#"{"resourceType":"Location"}"#, &[("near:missing=true", true), ("near=0|0|30000|km", false)]);
}
