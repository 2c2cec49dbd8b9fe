//! `POST /{tenant}/auth/register` (RFC 7591): a client registers itself, and waits until an administrator approves it.
//! Metadata that is not known is passed over, as the standard demands; what only an administrator gives is not taken.

use super::error::{answered, as_word};
use crate::admin;
use crate::client::Client;
use crate::record::{self, State};
use crate::service::Identity;
use crate::store;
use serde_json::{Map, Value, json};
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

/// What a client says of itself.
const KNOWN: &[&str] = &[
    "client_name",
    "grant_types",
    "token_endpoint_auth_method",
    "redirect_uris",
    "response_types",
    "scope",
    "jwks",
    "jwks_uri",
    "client_uri",
    "logo_uri",
    "policy_uri",
    "tos_uri",
    "contacts",
    "software_id",
    "software_version",
    "tls_client_certificate_bound_access_tokens",
    "tls_client_auth_subject_dn",
    "tls_client_auth_san_dns",
    "tls_client_auth_san_uri",
    "tls_client_auth_san_ip",
    "tls_client_auth_san_email",
];

/// So many may wait at once in one tenant.
const MOST_WAITING: i64 = 100;

pub(crate) async fn register(_: Identity, context: Context, request: Request) -> Result<Response> {
    answered(add(&context, &request).await)
}

async fn add(context: &Context, request: &Request) -> Result<Response> {
    let client = read(&request.body)?;
    if store::record::count::<Client>(&context.db, State::Pending).await? >= MOST_WAITING {
        let message = "too many clients await approval here; ask an administrator to look at them";
        return Err(Error::new(Code::TooMany, message).retry_after(3_600));
    }
    let (record, secret) = admin::new_client(context, None, client, State::Pending).await?;
    let mut shown = record.shown()?;
    shown.insert("client_id_issued_at".to_owned(), json!(record.created.0 / 1_000_000));
    if let Some(secret) = secret {
        shown.insert("client_secret".to_owned(), json!(secret));
        shown.insert("client_secret_expires_at".to_owned(), json!(0));
    }
    Response::json(201, &shown)
}

fn read(body: &[u8]) -> Result<Client> {
    let metadata = as_word("invalid_client_metadata");
    let sent: Map<String, Value> = serde_json::from_slice(body)
        .map_err(|_| Error::malformed("the metadata of a client are one JSON object (RFC 7591, 2)"))
        .map_err(&metadata)?;
    let known: Map<String, Value> = sent.into_iter().filter(|(name, _)| KNOWN.contains(&name.as_str())).collect();
    record::read(Value::Object(known).to_string().as_bytes(), None).map_err(|error| {
        let redirect = error.issues.iter().any(|issue| issue.path == "redirect_uris");
        if redirect { as_word("invalid_redirect_uri")(error) } else { metadata(error) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_gives_itself_no_rights() {
        let body = json!({
            "client_name": "A", "redirect_uris": ["https://a.example/cb"], "role": "partner", "introspection": true, "state": "active",
            "client_id": "mine", "unknown": 1,
        });
        let client = read(body.to_string().as_bytes()).unwrap();
        assert_eq!((client.role.as_str(), client.introspection), ("service", false));
    }

    #[test]
    fn refusals_are_in_the_words_of_the_standard() {
        for (body, word) in [
            (json!({ "client_name": "A", "redirect_uris": ["http://a.example"] }), "invalid_redirect_uri"),
            (json!({ "client_name": "A" }), "invalid_redirect_uri"),
            (json!({ "client_name": "A", "grant_types": ["implicit"] }), "invalid_client_metadata"),
            (json!([]), "invalid_client_metadata"),
        ] {
            assert_eq!(read(body.to_string().as_bytes()).unwrap_err().guard, Some(word), "{body}");
        }
    }
}
