//! Values are after the standard's own examples, <http://hl7.org/fhir/R4/datatypes.html#primitive>.

use super::*;

fn taken(kind: P, json: &str) -> bool {
    check(kind, &theriac_core::json::parse(json.as_bytes()).unwrap()).is_ok()
}

fn strings(kind: P, good: &[&str], bad: &[&str]) {
    good.iter().for_each(|v| assert_eq!(check(kind, &Node::string(*v)), Ok(()), "{kind:?} {v:?}"));
    bad.iter().for_each(|v| assert!(check(kind, &Node::string(*v)).is_err(), "{kind:?} {v:?} was taken"));
}

#[test]
fn dates_are_days_of_the_calendar() {
    let good = ["2018", "1973-06", "1905-08-23", "2000-02-29", "2024-02-29", "9999-12-31", "0001"];
    let bad = ["", "0000", "18", "2018-13", "2018-00", "2018-2-1", "2018-02-30", "1900-02-29", "2023-04-31", "2018-"];
    strings(P::Date, &good, &bad);
    strings(P::Date, &[], &["2018-01-01T", "2018-01-01Z", " 2018", "2018-01-01T10:00:00Z", "20180101"]);
}

#[test]
fn date_times_have_seconds_and_a_zone_or_no_time() {
    let good = ["2018", "1973-06", "1905-08-23", "2015-02-07T13:28:17-05:00", "2017-01-01T00:00:00.000Z"];
    let bad = ["2015-02-07T13:28Z", "2015-02-07T13:28:17", "2015-02-07T24:00:00Z", "2015-02T13:28:17Z", "2015-02-07T"];
    strings(P::DateTime, &good, &bad);
    strings(P::DateTime, &["2016-12-31T23:59:60Z", "2015-02-07T13:28:17+14:00"], &["2015-02-07T13:28:17+14:30"]);
    strings(
        P::DateTime,
        &[],
        &["2015-02-07T13:28:17.Z", "2015-02-07 13:28:17Z", "2015-02-07T13:28:17+5:00", "é015-02-0é"],
    );
}

#[test]
fn instants_are_always_complete() {
    strings(P::Instant, &["2015-02-07T13:28:17.239+02:00", "2017-01-01T00:00:00Z"], &["2017-01-01", "2017"]);
    strings(
        P::Time,
        &["13:28:17", "00:00:00.5", "23:59:60"],
        &["24:00:00", "13:28", "13:28:17Z", "13:60:00", "1:00:00"],
    );
}

#[test]
fn names_and_addresses() {
    strings(P::Id, &["a", "A-1.b", &"x".repeat(64)], &["", "a_b", "a/b", "é", &"x".repeat(65)]);
    strings(P::Code, &["a", "a b", "<=", "a b c"], &["", " a", "a ", "a  b", "a\t b", "\u{a0}a"]);
    strings(P::Uri, &["http://a/b?c", "urn:oid:1", "#x"], &["", "a b", "a\n", "a\u{2003}b"]);
    strings(
        P::Oid,
        &["urn:oid:1.2.3.4.5", "urn:oid:0.0"],
        &["1.2.3", "urn:oid:1", "urn:oid:3.1", "urn:oid:1.02", "urn:oid:1."],
    );
    let uuid = "urn:uuid:c757873d-ec9a-4326-a141-556f43239520";
    strings(
        P::Uuid,
        &[uuid],
        &[&uuid[9..], &uuid.to_uppercase(), &uuid[..44], "urn:uuid:c757873dec9a4326a141556f43239520----"],
    );
}

#[test]
fn text_has_a_length_and_no_control_characters() {
    strings(P::String, &["x", " ", "a\tb\r\nc", "é"], &["", "a\u{0}b", "\u{b}", "\u{1f}"]);
    assert!(check(P::Markdown, &Node::string("é".repeat(LONGEST_STRING))).is_ok());
    assert!(check(P::String, &Node::string("x".repeat(LONGEST_STRING + 1))).is_err());
    strings(
        P::Base64Binary,
        &["TWFu", "TWE=", "TQ==", "TWFu\nTWFu"],
        &["", "TWF", "T===", "TQ=a", "TW-_", "====", " "],
    );
    strings(
        P::Xhtml,
        &["<div>x</div>", "<div xmlns=\"x\"/>", " <div>\n</div>\n"],
        &["", "x", "<divx>", "<p></p>", "<div>"],
    );
}

#[test]
fn numbers_have_their_ranges() {
    for (kind, good, bad) in [
        (P::Decimal, vec!["1", "-0.10", "1e5", "0"], vec!["\"1\"", "true"]),
        (P::Integer, vec!["0", "-2147483648", "2147483647", "-0"], vec!["2147483648", "1.0", "1e2", "\"1\""]),
        (P::UnsignedInt, vec!["0", "2147483647"], vec!["-1", "2147483648", "0.5"]),
        (P::PositiveInt, vec!["1"], vec!["0", "-1", "1e0"]),
        (P::Boolean, vec!["true", "false"], vec!["\"true\"", "1", "null"]),
        (P::String, vec!["\"x\""], vec!["1", "true", "{}", "[]"]),
    ] {
        good.iter().for_each(|v| assert!(taken(kind, v), "{kind:?} {v}"));
        bad.iter().for_each(|v| assert!(!taken(kind, v), "{kind:?} {v} was taken"));
    }
}
