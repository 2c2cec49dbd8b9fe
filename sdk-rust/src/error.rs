//! What can go wrong, and the reading of the three error bodies a Theriac server gives.
//!
//! FHIR answers with OperationOutcome (<http://hl7.org/fhir/R4/operationoutcome.html>), everything else
//! with problem details (RFC 9457), EPCIS with an `epcisException:` type in them.

use serde_json::Value;

use crate::verify::Failure;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server answered, and said no.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// The server was not reached, or the connection broke.
    #[error("the server could not be reached: {0}")]
    Transport(String),
    /// The server answered with something this client does not understand.
    #[error("the answer is not what was expected: {0}")]
    Unexpected(String),
    /// What the caller gave cannot be sent.
    #[error("{0}")]
    Usage(String),
    /// The ledger does not add up.
    #[error("the ledger does not verify: {0}")]
    Ledger(#[from] Failure),
}

/// A refusal by the server.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{status} {code}: {message}")]
pub struct Refusal {
    pub status: u16,
    /// FHIR issue type, EPCIS exception name, or the problem's own code; empty if the body names none.
    pub code: String,
    pub message: String,
    /// Where: FHIRPath expressions, JSON paths, lines or parameters, as far as the server named them.
    pub places: Vec<String>,
    /// The `Retry-After` header in seconds.
    pub retry_after_s: Option<u64>,
    /// The whole body, as it came.
    pub body: String,
}

impl Error {
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// The HTTP status, if the server answered.
    pub fn status(&self) -> Option<u16> {
        self.refusal().map(|r| r.status)
    }

    pub fn code(&self) -> Option<&str> {
        self.refusal().map(|r| r.code.as_str())
    }

    pub fn message(&self) -> String {
        self.refusal().map_or_else(|| self.to_string(), |r| r.message.clone())
    }
}

impl From<reqwest::Error> for Error {
    fn from(error: reqwest::Error) -> Self {
        // reqwest names the cause only in its sources, and the cause is what helps.
        let mut text = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        Self::Transport(text)
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl Refusal {
    /// Reads an error body of any of the three kinds; a body of no known kind becomes the message.
    pub fn read(status: u16, body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body).into_owned();
        let json: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        let (code, message, places) = match json["resourceType"].as_str() {
            Some("OperationOutcome") => outcome(&json),
            _ => problem(&json, &text),
        };
        Self { status, code, message, places, retry_after_s: None, body: text }
    }
}

type Parts = (String, String, Vec<String>);

fn outcome(json: &Value) -> Parts {
    let issues = json["issue"].as_array().map(Vec::as_slice).unwrap_or_default();
    let first = issues.first().unwrap_or(&Value::Null);
    let message = text_of(&[&first["diagnostics"], &first["details"]["text"]]);
    let places = issues.iter().flat_map(|issue| [&issue["expression"], &issue["location"]]).flat_map(strings).collect();
    (text_of(&[&first["code"]]), message, places)
}

fn problem(json: &Value, body: &str) -> Parts {
    let kind = json["type"].as_str().unwrap_or_default();
    // `epcisException:ValidationException` and `https://.../problems/not-found` alike end in the code.
    let last = kind.rsplit([':', '/', '#']).next().unwrap_or_default().to_owned();
    let code = json["code"].as_str().map_or(last, str::to_owned);
    let message = text_of(&[&json["detail"], &json["title"], &json["message"]]);
    let message = if message.is_empty() { body.chars().take(300).collect() } else { message };
    let issues = ["issues", "errors"].iter().flat_map(|name| json[*name].as_array().into_iter().flatten());
    let places =
        issues.flat_map(|issue| ["path", "parameter", "line"].map(|name| &issue[name])).flat_map(strings).collect();
    (code, message, places)
}

fn text_of(candidates: &[&Value]) -> String {
    candidates.iter().find_map(|value| value.as_str()).unwrap_or_default().to_owned()
}

fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Number(number) => vec![number.to_string()],
        Value::Array(many) => many.iter().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_outcome_gives_code_message_and_places() {
        let body = br#"{"resourceType":"OperationOutcome","issue":[
            {"severity":"error","code":"value","diagnostics":"not a date","expression":["Patient.birthDate"]},
            {"severity":"error","code":"structure","expression":["Patient.name[0]"]}]}"#;
        let refusal = Refusal::read(400, body);
        assert_eq!((refusal.status, refusal.code.as_str(), refusal.message.as_str()), (400, "value", "not a date"));
        assert_eq!(refusal.places, ["Patient.birthDate", "Patient.name[0]"]);
    }

    #[test]
    fn a_problem_gives_the_end_of_its_type_as_code() {
        let body = br#"{"type":"epcisException:ValidationException","title":"Invalid","status":400,
            "detail":"eventTime has no offset","issues":[{"path":"$.epcisBody.eventList[1].eventTime"}]}"#;
        let refusal = Refusal::read(400, body);
        assert_eq!(
            (refusal.code.as_str(), refusal.message.as_str()),
            ("ValidationException", "eventTime has no offset")
        );
        assert_eq!(refusal.places, ["$.epcisBody.eventList[1].eventTime"]);
        assert_eq!(refusal.to_string(), "400 ValidationException: eventTime has no offset");
    }

    #[test]
    fn a_body_of_no_known_kind_is_the_message() {
        let refusal = Refusal::read(502, b"<html>bad gateway</html>");
        assert_eq!((refusal.code.as_str(), refusal.message.as_str()), ("", "<html>bad gateway</html>"));
    }
}
