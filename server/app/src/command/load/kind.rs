//! What a file holds, told by its content; names are not believed.

use super::source::Start;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

/// The members that tell the kinds apart.
#[derive(Deserialize)]
pub struct Head {
    #[serde(rename = "resourceType")]
    pub resource_type: Option<String>,
    pub id: Option<String>,
    #[serde(rename = "@context")]
    context: Option<IgnoredAny>,
    #[serde(rename = "type")]
    kind: Option<Value>,
    property: Option<IgnoredAny>,
    value: Option<IgnoredAny>,
    time: Option<IgnoredAny>,
}

impl Head {
    /// Whether it is a good one is for the capture to say.
    fn is_epcis(&self) -> bool {
        let kind = self.kind.as_ref().and_then(Value::as_str).unwrap_or_default();
        self.context.is_some() || kind.starts_with("EPCIS") || kind.ends_with("Event")
    }

    fn is_reading(&self) -> bool {
        self.property.is_some() && self.value.is_some() && self.time.is_some()
    }
}

/// One JSON document.
#[derive(Debug, PartialEq, Eq)]
pub enum Document {
    Bundle,
    Resource,
    Epcis,
    /// An array of readings, or one.
    Readings,
}

const NOTHING_KNOWN: &str = "it is neither FHIR JSON, nor EPCIS JSON, nor readings as CSV or NDJSON";

/// What the first line, and whether more follows, tell.
pub fn start(first: &[u8], more: bool) -> Start {
    match first.first() {
        None => Start::Other("it is empty"),
        Some(b'<') => Start::Other("XML is not loaded; FHIR and EPCIS are taken as JSON"),
        Some(b'[') => Start::Json,
        Some(b'{') if !more => Start::Json,
        Some(b'{') => match serde_json::from_slice::<Head>(first) {
            Ok(head) if head.is_reading() => Start::ReadingLines,
            Ok(head) if head.resource_type.is_some() => Start::FhirLines,
            Ok(_) => Start::Other("its lines are neither FHIR resources nor readings"),
            Err(_) => Start::Json,
        },
        Some(_) if is_csv_header(first) => Start::ReadingsCsv,
        Some(_) => Start::Other(NOTHING_KNOWN),
    }
}

/// The columns that readings need, in any order.
fn is_csv_header(line: &[u8]) -> bool {
    let Ok(line) = std::str::from_utf8(line) else { return false };
    let columns: Vec<&str> = line.split(',').map(|c| c.trim().trim_matches('"')).collect();
    ["property", "time", "value"].iter().all(|needed| columns.contains(needed))
}

/// What a whole JSON document is.
///
/// # Errors
/// Why it is none of them.
pub fn document(bytes: &[u8]) -> Result<Document, String> {
    if bytes.first() == Some(&b'[') {
        return match serde_json::from_slice::<Vec<Head>>(bytes) {
            Ok(heads) if !heads.is_empty() && heads.iter().all(Head::is_reading) => Ok(Document::Readings),
            Ok(_) => Err("its array does not hold readings".to_owned()),
            Err(error) => Err(format!("it is not the JSON expected: {error}")),
        };
    }
    let head: Head = serde_json::from_slice(bytes).map_err(|e| format!("it is not the JSON expected: {e}"))?;
    match head.resource_type.as_deref() {
        Some("Bundle") => Ok(Document::Bundle),
        Some(_) => Ok(Document::Resource),
        None if head.is_epcis() => Ok(Document::Epcis),
        None if head.is_reading() => Ok(Document::Readings),
        None => Err(NOTHING_KNOWN.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_tells_what_follows() {
        const READING: &[u8] = br#"{"property":"a.b","time":"2024-01-01T00:00:00Z","value":1}"#;
        for (first, more, expected) in [
            (&b"{"[..], true, Start::Json),
            (br#"{"resourceType":"Bundle","entry":[]}"#, false, Start::Json),
            (br#"{"resourceType":"Patient"}"#, true, Start::FhirLines),
            (READING, true, Start::ReadingLines),
            (READING, false, Start::Json),
            (b"[", true, Start::Json),
            (b"property,time,value", true, Start::ReadingsCsv),
            (br#""time","property","value","quality""#, true, Start::ReadingsCsv),
            (b"name,value", true, Start::Other(NOTHING_KNOWN)),
            (b"", false, Start::Other("it is empty")),
        ] {
            assert_eq!(start(first, more), expected, "{}", String::from_utf8_lossy(first));
        }
        assert!(matches!(start(b"<Patient/>", true), Start::Other(why) if why.contains("XML")));
    }

    #[test]
    fn a_document_is_told_by_its_members() {
        for (text, expected) in [
            (r#"{"type":"collection","resourceType":"Bundle"}"#, Document::Bundle),
            (r#"{"resourceType":"Patient","id":"1","value":{}}"#, Document::Resource),
            (
                r#"{"@context":["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"],"type":"EPCISDocument"}"#,
                Document::Epcis,
            ),
            (r#"{"type":"EPCISDocument","schemaVersion":"2.0"}"#, Document::Epcis),
            (r#"{"type":"ObjectEvent"}"#, Document::Epcis),
            (r#"[{"property":"a.b","time":"t","value":1}]"#, Document::Readings),
        ] {
            assert_eq!(document(text.as_bytes()), Ok(expected));
        }
        for bad in ["[]", "[1]", "{}", r#"{"resourceType":"Patient""#, r#"{"name":"x"}"#] {
            assert!(document(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
