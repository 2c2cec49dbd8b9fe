//! The one error type, and the closed table that alone knows what each code means to each facade.
//!
//! Domain code says *what* went wrong ([`Code`]), *where* ([`Issue::path`]) and what would be right
//! (the message). How that looks on the wire is a facade's business.

use std::collections::HashSet;
use std::error::Error as StdError;
use std::fmt;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One row of the table: what a code means to HTTP, to FHIR and to EPCIS.
#[derive(Debug, Clone, Copy)]
pub struct Meaning {
    pub code: Code,
    /// HTTP status (RFC 9110).
    pub status: u16,
    /// FHIR issue type, <http://hl7.org/fhir/R4/valueset-issue-type.html>.
    pub fhir: &'static str,
    /// EPCIS 2.0 exception name (section 2.5 of the REST binding).
    pub epcis: &'static str,
    /// May the same request succeed when it is sent again?
    pub retryable: bool,
    pub title: &'static str,
}

macro_rules! codes {
    ($($name:ident $status:literal $fhir:literal $epcis:literal $retry:literal $title:literal;)*) => {
        /// What went wrong, in a closed set.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($name),* }

        /// Every code with its meanings; the only place where a status number is chosen.
        pub const TABLE: &[Meaning] = &[$(Meaning {
            code: Code::$name, status: $status, fhir: $fhir, epcis: $epcis,
            retryable: $retry, title: $title,
        }),*];
    };
}

codes! {
    Malformed        400 "structure"     "ValidationException"           false "The body cannot be read";
    Invalid          400 "value"         "ValidationException"           false "A value is not allowed here";
    UnknownParameter 400 "not-supported" "QueryParameterException"       false "A parameter is not known or not usable";
    Unauthenticated  401 "login"         "SecurityException"             false "No valid token came with the request";
    Forbidden        403 "forbidden"     "SecurityException"             false "The role does not allow this";
    NotFound         404 "not-found"     "NoSuchResourceException"       false "It does not exist";
    MethodNotAllowed 405 "not-supported" "ImplementationException"       false "The address does not take this method";
    NotAcceptable    406 "not-supported" "NotAcceptableException"        false "No format that was asked for can be given";
    Timeout          408 "timeout"       "ImplementationException"       true  "The request took too long";
    Conflict         409 "conflict"      "ResourceAlreadyExistsException" true "Another change came first";
    Gone             410 "deleted"       "NoSuchResourceException"       false "It was deleted";
    Precondition     412 "conflict"      "ValidationException"           false "A stated condition does not hold";
    UriTooLong       414 "too-long"      "URITooLongException"           false "The address is too long";
    TooLarge         413 "too-long"      "CaptureLimitExceededException" false "The request is larger than the limit";
    UnsupportedMedia 415 "not-supported" "UnsupportedMediaTypeException" false "The body's media type is not taken here";
    Unprocessable    422 "business-rule" "ValidationException"           false "The content breaks a rule";
    TooCostly        422 "too-costly"    "QueryTooLargeException"        false "The answer would be too large";
    TooMany          429 "throttled"     "ImplementationException"       true  "Too many requests";
    Internal         500 "exception"     "ImplementationException"       false "The server failed";
    NotSupported     501 "not-supported" "ImplementationException"       false "Not offered here";
    Unavailable      503 "transient"     "ImplementationException"       true  "The server cannot answer now";
}

impl Code {
    /// This code's row of the table.
    pub fn meaning(self) -> &'static Meaning {
        TABLE.iter().find(|m| m.code == self).unwrap_or(&TABLE[0])
    }

    pub fn status(self) -> u16 {
        self.meaning().status
    }

    /// The status where EPCIS wants another one than the rest of the web.
    pub fn epcis_status(self) -> u16 {
        EPCIS_STATUS.iter().find(|(code, _)| *code == self).map_or(self.status(), |(_, status)| *status)
    }
}

/// `QueryTooLargeException` is a 413 in the REST binding.
const EPCIS_STATUS: &[(Code, u16)] = &[(Code::TooCostly, 413)];

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Issue {
    pub code: Code,
    /// Where: a FHIRPath expression, a JSON path, a line, or a parameter's name. Empty if it is the whole.
    pub path: String,
    /// What was wrong and what would be right.
    pub message: String,
}

/// An error that may be shown to the caller; its cause is for the log alone.
#[derive(Debug)]
pub struct Error {
    pub code: Code,
    /// Public: goes to the caller as it stands. Never holds personal data.
    pub message: String,
    pub issues: Vec<Issue>,
    /// Private: logged once at the edge, never sent.
    pub cause: Option<Box<dyn StdError + Send + Sync>>,
    /// Names the guard or constraint that failed, so that a caller below the edge can tell races apart.
    pub guard: Option<&'static str>,
    /// Whole seconds after which a retry makes sense.
    pub retry_after_s: Option<u32>,
    /// The EPCIS exception, where the standard tells more kinds apart than the code does.
    pub exception: Option<&'static str>,
}

impl Error {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            issues: Vec::new(),
            cause: None,
            guard: None,
            retry_after_s: None,
            exception: None,
        }
    }

    /// `Error::not_found("Patient", "1")` reads `Patient/1 does not exist`.
    pub fn not_found(kind: &str, id: &str) -> Self {
        Self::new(Code::NotFound, format!("{kind}/{id} does not exist"))
    }

    pub fn gone(kind: &str, id: &str) -> Self {
        Self::new(Code::Gone, format!("{kind}/{id} was deleted"))
    }

    pub fn malformed(message: impl Into<String>) -> Self {
        Self::new(Code::Malformed, message)
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::Invalid, message)
    }

    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(Code::Conflict, message)
    }

    /// A failure that is ours: the caller sees a plain sentence, the log sees the cause.
    pub fn internal(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let mut error = Self::new(Code::Internal, "the server could not complete the request");
        error.cause = Some(cause.into());
        error
    }

    /// Several issues at once, each given once; the first one's code decides the status.
    pub fn from_issues(mut issues: Vec<Issue>) -> Self {
        let mut seen = HashSet::new();
        let first: Vec<bool> = issues.iter().map(|issue| seen.insert(issue)).collect();
        let mut first = first.into_iter();
        issues.retain(|_| first.next() == Some(true));
        let code = issues.first().map_or(Code::Internal, |i| i.code);
        let message = match issues.as_slice() {
            [one] if one.path.is_empty() => one.message.clone(),
            [one] => format!("{}: {}", one.path, one.message),
            many => format!("{} things are wrong", many.len()),
        };
        Self { issues, ..Self::new(code, message) }
    }

    /// Adds where it happened; the message is repeated there.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.issues.push(Issue { code: self.code, path: path.into(), message: self.message.clone() });
        self
    }

    #[must_use]
    pub fn guarded_by(mut self, guard: &'static str) -> Self {
        self.guard = Some(guard);
        self
    }

    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// Names the EPCIS exception: `NoSuchNameException`.
    #[must_use]
    pub fn named(mut self, exception: &'static str) -> Self {
        self.exception = Some(exception);
        self
    }

    /// The EPCIS exception it is.
    pub fn epcis(&self) -> &'static str {
        self.exception.unwrap_or(self.code.meaning().epcis)
    }

    pub fn status(&self) -> u16 {
        self.code.status()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for issue in &self.issues {
            if issue.message != self.message || !issue.path.is_empty() {
                write!(f, "; {}: {}", issue.path, issue.message)?;
            }
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.as_deref().map(|c| c as &(dyn StdError + 'static))
    }
}

impl Issue {
    pub fn new(code: Code, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code, path: path.into(), message: message.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_exactly_one_row() {
        for row in TABLE {
            assert_eq!(TABLE.iter().filter(|m| m.code == row.code).count(), 1, "{:?}", row.code);
            assert_eq!(row.code.status(), row.status);
            assert!((400..=599).contains(&row.status));
        }
    }

    #[test]
    fn the_same_issue_is_given_once() {
        let issue = |path| Issue::new(Code::Invalid, path, "needed");
        let error = Error::from_issues(vec![issue("a"), issue("b"), issue("a")]);
        assert_eq!(error.issues, [issue("a"), issue("b")]);
        assert_eq!(Error::from_issues(vec![issue("a"), issue("a")]).message, "a: needed");
    }

    #[test]
    fn several_issues_keep_the_first_code() {
        let error = Error::from_issues(vec![
            Issue::new(Code::Unprocessable, "Patient.name", "needed"),
            Issue::new(Code::Invalid, "Patient.id", "bad"),
        ]);
        assert_eq!(error.status(), 422);
        assert_eq!(error.to_string(), "2 things are wrong; Patient.name: needed; Patient.id: bad");
    }
}
