//! The one error type in its three forms: OperationOutcome (FHIR), problem types by name (EPCIS), problem+json.

use super::{Format, Response, outcome};
use serde_json::{Value, json};
use theriac_core::Error;

/// Whose form an error takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Facade {
    /// <http://hl7.org/fhir/R4/operationoutcome.html>
    Fhir,
    /// EPCIS 2.0 REST binding: RFC 7807 with `epcisException:NAME`.
    Epcis,
    /// RFC 9457 problem details.
    Plain,
}

impl Facade {
    /// Renders the error in the facade's usual form; its cause stays here.
    pub fn render(self, error: &Error, request_id: &str) -> Response {
        self.render_as(error, request_id, &Format::default())
    }

    /// Renders the error in the form that was asked for, where the facade has more than one.
    pub fn render_as(self, error: &Error, request_id: &str, format: &Format) -> Response {
        const PROBLEM: &str = "application/problem+json";
        let (media, body) = match self {
            Self::Fhir => (format.content_type(), outcome::body(error, format)),
            Self::Epcis => (PROBLEM.to_owned(), problem(error, request_id, Some(error.epcis())).to_string()),
            Self::Plain => (PROBLEM.to_owned(), problem(error, request_id, None).to_string()),
        };
        let status = if self == Self::Epcis { error.code.epcis_status() } else { error.status() };
        let mut response = Response::new(status).with("content-type", media).body(body);
        if self == Self::Fhir {
            response = response.with("vary", "accept");
        }
        if let Some(seconds) = error.retry_after_s {
            response = response.with("retry-after", seconds.to_string());
        }
        if error.code == theriac_core::Code::Unauthenticated {
            response = response.with("www-authenticate", "Bearer");
        }
        response
    }
}

fn problem(error: &Error, request_id: &str, exception: Option<&str>) -> Value {
    let meaning = error.code.meaning();
    let status = if exception.is_some() { error.code.epcis_status() } else { meaning.status };
    let kind = exception
        .map_or_else(|| format!("urn:theriac:error:{:?}", error.code), |name| format!("epcisException:{name}"));
    let mut value = json!({
        "type": kind,
        "title": meaning.title,
        "status": status,
        "detail": error.message,
        "instance": format!("urn:uuid:{request_id}"),
    });
    if !error.issues.is_empty() {
        let errors: Vec<Value> = error.issues.iter().map(|i| json!({ "path": i.path, "detail": i.message })).collect();
        value["errors"] = errors.into();
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_facade_says_what_and_where_but_never_why_inside() {
        let error = Error::invalid("not a date").at("Patient.birthDate").caused_by("secret");
        for facade in [Facade::Fhir, Facade::Epcis, Facade::Plain] {
            let response = facade.render(&error, "r1");
            let text = String::from_utf8(response.body.bytes().unwrap().to_vec()).unwrap();
            assert_eq!(response.status, 400);
            assert!(text.contains("not a date") && text.contains("Patient.birthDate") && !text.contains("secret"));
        }
        let epcis = Facade::Epcis.render(&Error::not_found("event", "x"), "r1");
        assert!(
            std::str::from_utf8(epcis.body.bytes().unwrap())
                .unwrap()
                .contains("epcisException:NoSuchResourceException")
        );
    }
}
