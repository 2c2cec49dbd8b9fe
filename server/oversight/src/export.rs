//! Reports as files: the same members as JSON has, one line each. NDJSON (<https://github.com/ndjson/ndjson-spec>) or CSV (RFC 4180).

use serde_json::Value;
use theriac_core::{Error, Result};
use theriac_platform::http::Response;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Format {
    #[default]
    Json,
    Ndjson,
    Csv,
}

impl Format {
    const NAMES: [(&'static str, Self); 3] = [("json", Self::Json), ("ndjson", Self::Ndjson), ("csv", Self::Csv)];

    pub fn parse(name: &str) -> Result<Self> {
        let names: Vec<&str> = Self::NAMES.iter().map(|(name, _)| *name).collect();
        let wrong = || Error::invalid(format!("'format' is one of {}", names.join(", "))).at("format");
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, format)| *format).ok_or_else(wrong)
    }

    /// The lines as a file; none for JSON, whose shape is the asker's.
    pub fn file(self, columns: &[&str], lines: &[Value]) -> Option<Response> {
        let (media, text) = match self {
            Self::Json => return None,
            Self::Ndjson => ("application/x-ndjson", lines.iter().map(|line| format!("{line}\n")).collect::<String>()),
            Self::Csv => ("text/csv; charset=utf-8; header=present", csv(columns, lines)),
        };
        Some(Response::new(200).with("content-type", media).body(text))
    }
}

fn csv(columns: &[&str], lines: &[Value]) -> String {
    let mut text = format!("{}\r\n", columns.join(","));
    for line in lines {
        let cells: Vec<String> = columns.iter().map(|column| cell(&line[*column])).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}

fn cell(value: &Value) -> String {
    let plain = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items
            .iter()
            .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join(" "),
        other => other.to_string(),
    };
    // A spreadsheet would take it for a formula.
    let plain = if plain.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{plain}") } else { plain };
    match plain.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", plain.replace('"', "\"\"")),
        false => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_cell_is_quoted_where_it_must_be_and_is_never_a_formula() {
        for (value, wanted) in [
            (json!("plain"), "plain"),
            (json!("a, \"b\""), "\"a, \"\"b\"\"\""),
            (json!(["fhir.read", "feed.read"]), "fhir.read feed.read"),
            (json!(null), ""),
            (json!(true), "true"),
            (json!("=HYPERLINK(1)"), "'=HYPERLINK(1)"),
        ] {
            assert_eq!(cell(&value), wanted);
        }
        let lines = [json!({ "id": "a", "dormant": false, "more": 1 })];
        assert_eq!(csv(&["id", "dormant"], &lines), "id,dormant\r\na,false\r\n");
        assert!(Format::parse("xls").unwrap_err().message.contains("json, ndjson, csv"));
    }
}
