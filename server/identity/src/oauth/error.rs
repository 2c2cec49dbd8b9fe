//! Errors in OAuth's form (RFC 6749, 5.2): `{"error", "error_description"}`. Below the handlers they are the house's
//! one error, whose guard is the word of the standard.

use serde_json::json;
use theriac_core::{Code, Error, Result};
use theriac_platform::http::Response;

/// Word, status, and where it is said.
const TABLE: &[(&str, u16, &str)] = &[
    ("invalid_request", 400, "RFC 6749, 5.2"),
    ("invalid_client", 401, "RFC 6749, 5.2"),
    ("invalid_grant", 400, "RFC 6749, 5.2"),
    ("unauthorized_client", 400, "RFC 6749, 5.2"),
    ("unsupported_grant_type", 400, "RFC 6749, 5.2"),
    ("invalid_scope", 400, "RFC 6749, 5.2"),
    ("unsupported_token_type", 400, "RFC 7009, 2.2.1"),
    ("invalid_redirect_uri", 400, "RFC 7591, 3.2.2"),
    ("invalid_client_metadata", 400, "RFC 7591, 3.2.2"),
    // Of the authorization address alone: they go back with the browser.
    ("access_denied", 400, "RFC 6749, 4.1.2.1"),
    ("unsupported_response_type", 400, "RFC 6749, 4.1.2.1"),
    ("login_required", 400, "OpenID Connect Core, 3.1.2.6"),
    ("interaction_required", 400, "OpenID Connect Core, 3.1.2.6"),
    ("request_not_supported", 400, "OpenID Connect Core, 3.1.2.6"),
];

/// A refusal by one of the words of the table.
pub(crate) fn refused(word: &'static str, why: impl Into<String>) -> Error {
    let code = if word == "invalid_client" { Code::Unauthenticated } else { Code::Invalid };
    Error::new(code, why).guarded_by(word)
}

/// Of an error that came from elsewhere: the word for it.
pub(crate) fn as_word(word: &'static str) -> impl Fn(Error) -> Error {
    move |error| if error.status() < 500 { refused(word, error.to_string()) } else { error }
}

/// The word of a refusal, if it is one.
pub(crate) fn word(error: &Error) -> Option<&'static str> {
    TABLE.iter().map(|row| row.0).find(|word| error.guard == Some(*word))
}

/// What a handler gives, with refusals in OAuth's form; failures of ours go on to the edge.
pub(crate) fn answered(outcome: Result<Response>) -> Result<Response> {
    match outcome {
        Ok(response) => Ok(response.with("cache-control", "no-store").with("pragma", "no-cache")),
        Err(error) => render(error),
    }
}

fn render(error: Error) -> Result<Response> {
    let Some((word, status, _)) = word(&error).and_then(|word| TABLE.iter().find(|row| row.0 == word)) else {
        let is_request =
            matches!(error.code, Code::Malformed | Code::Invalid | Code::UnsupportedMedia | Code::UnknownParameter);
        return if is_request { render(refused("invalid_request", error.to_string())) } else { Err(error) };
    };
    let body = json!({ "error": word, "error_description": printable(&error.to_string()) });
    let response = Response::json(*status, &body)?.with("cache-control", "no-store").with("pragma", "no-cache");
    Ok(if *status == 401 { response.with("www-authenticate", "Basic realm=\"token\"") } else { response })
}

/// The letters that a description may have (RFC 6749, 5.2).
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if matches!(c, ' '..='~') && c != '"' && c != '\\' { c } else { '\'' }).take(500).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_take_the_form_of_the_standard() {
        let response = answered(Err(refused("invalid_client", "no \"such\" client"))).unwrap();
        assert_eq!((response.status, response.header("www-authenticate").is_some()), (401, true));
        let body: serde_json::Value = serde_json::from_slice(response.body.bytes().unwrap()).unwrap();
        assert_eq!(body, json!({ "error": "invalid_client", "error_description": "no 'such' client" }));
        assert_eq!(response.header("cache-control"), Some("no-store"));
    }

    #[test]
    fn what_is_no_refusal_goes_on_to_the_edge() {
        assert_eq!(answered(Err(Error::internal("x"))).unwrap_err().status(), 500);
        assert_eq!(answered(Err(Error::malformed("x"))).unwrap().status, 400);
        assert_eq!(word(&refused("invalid_scope", "x")), Some("invalid_scope"));
        assert_eq!(word(&Error::invalid("x").guarded_by("identity_code")), None);
    }
}
