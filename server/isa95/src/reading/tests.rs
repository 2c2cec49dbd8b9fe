//! The three forms side by side: the same readings, the same refusals, however the body is cut.

use super::*;
use proptest::prelude::*;

const NDJSON: &str = r#"{"property":"press1.force","time":"2026-11-20T08:00:00Z","value":10.5}
{"property":"press1.speed","time":"2026-11-20T08:00:00.25Z","value":-3,"quality":"uncertain"}

{"value":1e1,"time":"2026-11-20T09:00:01+01:00","property":"press1.force"}
"#;

const CSV: &str = "property,time,value,quality\r\npress1.force,2026-11-20T08:00:00Z,10.5,\r\n\
    \"press1.speed\",2026-11-20T08:00:00.25Z,-3,uncertain\r\n\r\npress1.force,2026-11-20T09:00:01+01:00,1e1,good";

const JSON: &str = r#" [ {"property":"press1.force","time":"2026-11-20T08:00:00Z","value":10.5},
 {"property": "press1\u002espeed","time":"2026-11-20T08:00:00.25Z","value":-3,"quality":"uncertain"} ,
{"value":1e1,"time":"2026-11-20T09:00:01+01:00","property":"press1.force"}] "#;

fn expected(format: Format) -> Batch {
    let start = crate::time::parse(b"2026-11-20T08:00:00Z").unwrap();
    let lines = match format {
        Format::Json => vec![1, 2, 3],
        Format::Ndjson => vec![1, 2, 4],
        Format::Csv => vec![2, 3, 5],
    };
    Batch {
        properties: vec!["press1.force".to_owned(), "press1.speed".to_owned()],
        units: vec![String::new(); 2],
        property_index: vec![0, 1, 0],
        times: vec![start, start + 250_000, start + 1_000_000],
        values: vec![10.5, -3.0, 10.0],
        qualities: vec![0, 1, 0],
        lines,
        ..Batch::default()
    }
}

fn in_pieces(format: Format, body: &[u8], size: usize) -> Result<Batch> {
    let mut parser = Parser::new(format);
    for piece in body.chunks(size) {
        parser.push(piece)?;
    }
    parser.finish()
}

#[test]
fn the_three_forms_give_the_same_columns_however_they_are_cut() {
    for (format, body) in [(Format::Ndjson, NDJSON), (Format::Csv, CSV), (Format::Json, JSON)] {
        for bom in ["", "\u{feff}"] {
            let body = format!("{bom}{body}");
            assert_eq!(parse(format, body.as_bytes()).unwrap(), expected(format), "{format:?}");
            for size in [1, 2, 7, 64] {
                assert_eq!(in_pieces(format, body.as_bytes(), size).unwrap(), expected(format), "{format:?} by {size}");
            }
        }
    }
}

/// A fault in an object, and a word that its refusal must hold.
const FAULTS: &[(&str, &str)] = &[
    (r#"{"property":"a.b","time":"2026-11-20T08:00:00Z"}"#, "value is needed"),
    (r#"{"property":"a.b","value":1}"#, "time is needed"),
    (r#"{"time":"2026-11-20T08:00:00Z","value":1}"#, "property is needed"),
    (r#"{"property":"","time":"2026-11-20T08:00:00Z","value":1}"#, "such as press1.force"),
    (r#"{"property":"a.b","time":"yesterday","value":1}"#, "RFC 3339"),
    (r#"{"property":"a.b","time":"2026-11-20T08:00:00","value":1}"#, "with offset"),
    (r#"{"property":"a.b","time":5,"value":1}"#, "time must be a string, not a number"),
    (r#"{"property":"a.b","time":"2026-11-20T08:00:00Z","value":"1"}"#, "value must be a number, not a string"),
    (r#"{"property":"a.b","time":"2026-11-20T08:00:00Z","value":null}"#, "value must be a number, not null"),
    (r#"{"property":"a.b","time":"2026-11-20T08:00:00Z","value":1e999}"#, "too large"),
    (r#"{"property":"a.b","time":"2026-11-20T08:00:00Z","vlaue":1}"#, "did you mean \"value\"?"),
    (r#"{"property":"a.b","time":"2026-11-20T08:00:00Z","value":1,"quality":"Good"}"#, "did you mean \"good\"?"),
    (r#"{"property":"a.b","time":"2026-11-20T08:00:00Z","value":1,"quality":""}"#, "unknown quality"),
    (r#"{"property":"a.b","time":"2026-11-20T08:00:00Z","value":1,"quality":192}"#, "quality must be a string"),
    (r#"["a.b"]"#, "must be an object, not an array"),
    (r#""a.b""#, "must be an object, not a string"),
    ("17", "must be an object, not a number"),
];

const GOOD: &str = r#"{"property":"a.b","time":"2026-11-20T08:00:00Z","value":1}"#;

#[test]
fn a_refused_line_says_why_and_never_stops_the_others() {
    for (fault, word) in FAULTS {
        let bodies =
            [(Format::Ndjson, format!("{GOOD}\n{fault}\n{GOOD}")), (Format::Json, format!("[{GOOD},{fault},{GOOD}]"))];
        for (format, body) in bodies {
            let batch = parse(format, body.as_bytes()).unwrap();
            assert_eq!(batch.values, [1.0, 1.0], "{body}");
            assert_eq!((batch.refused.len(), batch.refused_count, batch.refused[0].line), (1, 1, 2), "{body}");
            assert!(batch.refused[0].why.contains(word), "{body}: {}", batch.refused[0].why);
        }
    }
}

#[test]
fn a_line_that_is_not_one_json_object_is_refused() {
    for line in
        ["{", "NaN", r#"{"property":"a.b","time":"2026-11-20T08:00:00Z","value":NaN}"#, &format!("{GOOD}{GOOD}")]
    {
        let batch = parse(Format::Ndjson, format!("{line}\n{GOOD}").as_bytes()).unwrap();
        assert_eq!((batch.values.len(), batch.refused[0].line), (1, 1), "{line}");
        assert!(batch.refused[0].why.starts_with("not JSON"), "{}", batch.refused[0].why);
    }
    let twice = r#"{"property":"a.b","property":"a.c","time":"2026-11-20T08:00:00Z","value":1}"#;
    assert_eq!(parse(Format::Ndjson, twice.as_bytes()).unwrap().refused_count, 1);
}

#[test]
fn a_body_that_is_not_a_json_array_is_refused_as_a_whole() {
    let bodies: Vec<String> = ["", " ", "{}", "[", "[,]", "17", "[{}", "[{]", "[}", "[] []", r#"["a]"#, "[1 2]"]
        .iter()
        .map(|b| (*b).to_owned())
        .chain([
            format!("[{GOOD},]"),
            format!("[{GOOD} {GOOD}]"),
            format!("[{GOOD}"),
            format!("[{GOOD},{{\"value\":}}]"),
        ])
        .collect();
    for body in bodies {
        for size in [1, 1000] {
            let error = in_pieces(Format::Json, body.as_bytes(), size).unwrap_err();
            assert_eq!(error.code, theriac_core::Code::Malformed, "{body}");
        }
    }
    assert!(parse(Format::Json, GOOD.as_bytes()).unwrap_err().message.contains("application/x-ndjson"));
    assert_eq!(parse(Format::Json, b"[ ]").unwrap(), Batch::default());
}

#[test]
fn a_csv_header_must_name_the_columns() {
    for (header, word) in [
        ("", "empty"),
        ("a.b,2026-11-20T08:00:00Z,1", "unknown column"),
        ("property,time,vlaue", "did you mean \"value\"?"),
        ("property,time", "\"value\" is missing"),
        ("property,time,value,value", "twice"),
    ] {
        let error = parse(Format::Csv, header.as_bytes()).unwrap_err();
        assert!(error.to_string().contains(word), "{header}: {error}");
    }
}

#[test]
fn csv_columns_may_stand_in_any_order_and_bad_rows_are_refused() {
    let body = "value,quality,time,property\n1,bad,2026-11-20T08:00:00Z,a.b\n1,2\nNaN,,2026-11-20T08:00:00Z,a.b\n\
        1,,2026-11-20T08:00:00Z,\n1,,,a.b\n1,,2026-11-20T08:00:00Z,\"a.b\n2,good,2026-11-20T08:00:00Z,a.b\n";
    let batch = parse(Format::Csv, body.as_bytes()).unwrap();
    assert_eq!((batch.values, batch.qualities), (vec![1.0, 2.0], vec![2, 0]));
    let lines: Vec<u64> = batch.refused.iter().map(|r| r.line).collect();
    assert_eq!(lines, [3, 4, 5, 6, 7]);
}

#[test]
fn a_line_without_end_is_passed_over_in_flat_memory() {
    let mut parser = Parser::new(Format::Ndjson);
    for _ in 0..40 {
        parser.push(&[b'x'; 10_000]).unwrap();
    }
    parser.push(format!("\n{GOOD}").as_bytes()).unwrap();
    let batch = parser.finish().unwrap();
    assert_eq!((batch.values.len(), batch.refused[0].line), (1, 1));
    assert!(batch.refused[0].why.contains("longer than"));
    assert!(in_pieces(Format::Json, &[b"[\"".as_slice(), &[b'x'; 200_000]].concat(), 1000).is_err());
}

#[test]
fn refusals_beyond_a_thousand_are_only_counted() {
    let batch = parse(Format::Ndjson, "x\n".repeat(1500).as_bytes()).unwrap();
    assert_eq!((batch.refused.len(), batch.refused_count), (REFUSED_KEPT, 1500));
}

#[test]
fn what_is_taken_midway_and_the_rest_make_the_whole() {
    let mut parser = Parser::new(Format::Ndjson);
    parser.push(format!("{GOOD}\n{GOOD}\n").as_bytes()).unwrap();
    assert_eq!(parser.len(), 2);
    assert_eq!(parser.take().times.len(), 2);
    assert!(parser.is_empty());
    parser.push(format!("{GOOD}\n!").as_bytes()).unwrap();
    let rest = parser.finish().unwrap();
    assert_eq!((rest.properties.len(), rest.property_index, rest.refused[0].line), (1, vec![0], 4));
}

#[test]
fn media_types_name_the_form() {
    assert_eq!(Format::from_media_type("Text/CSV; charset=utf-8"), Some(Format::Csv));
    assert_eq!(Format::from_media_type("application/x-ndjson"), Some(Format::Ndjson));
    assert_eq!(Format::from_media_type("application/xml"), None);
    assert_eq!(Format::of_frame(b" [{}]"), Format::Json);
    assert_eq!(Format::of_frame(b"{}"), Format::Ndjson);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), size in 1usize..50) {
        for format in [Format::Json, Format::Ndjson, Format::Csv] {
            let _ = in_pieces(format, &bytes, size);
        }
    }

    #[test]
    fn a_damaged_body_reads_the_same_in_pieces_and_whole(at in 0usize..300, byte in any::<u8>(), size in 1usize..90) {
        for (format, body) in [(Format::Ndjson, NDJSON), (Format::Csv, CSV), (Format::Json, JSON)] {
            let mut body = body.as_bytes().to_vec();
            let at = at % body.len();
            body[at] = byte;
            let (whole, pieces) = (parse(format, &body), in_pieces(format, &body, size));
            prop_assert_eq!(whole.map_err(|e| e.message), pieces.map_err(|e| e.message));
        }
    }
}
