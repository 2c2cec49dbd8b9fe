//! What this tenant's authorization server says of itself: to SMART applications (SMART App Launch 2.2, conformance),
//! to OAuth clients (RFC 8414) and to OpenID Connect ones (Discovery 1.0). One table of facts, three documents.

use crate::client::{GRANTS, Method};
use crate::oauth::assertion;
use crate::service::Identity;
use serde_json::{Value, json};
use theriac_core::Result;
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

const CAPABILITIES: &[&str] = &[
    "launch-ehr",
    "launch-standalone",
    "authorize-post",
    "client-public",
    "client-confidential-symmetric",
    "client-confidential-asymmetric",
    "sso-openid-connect",
    "context-banner",
    "context-ehr-patient",
    "context-ehr-encounter",
    "context-standalone-patient",
    "permission-offline",
    "permission-online",
    "permission-patient",
    "permission-user",
    "permission-v1",
    "permission-v2",
];

const SCOPES: &[&str] = &[
    "openid",
    "fhirUser",
    "profile",
    "launch",
    "launch/patient",
    "offline_access",
    "online_access",
    "patient/*.cruds",
    "user/*.cruds",
    "system/*.cruds",
];

fn facts(identity: &Identity, context: &Context) -> Value {
    let base = &context.trail.base;
    let algorithms: Vec<&str> = assertion::ALGORITHMS.iter().map(|algorithm| algorithm.name).collect();
    let certificates = &identity.certificates;
    let usable = |method: &Method| certificates.taken || !method.has_certificate();
    let methods: Vec<&str> = Method::NAMES.iter().filter(|(_, method)| usable(method)).map(|(name, _)| *name).collect();
    let facts = json!({
        "issuer": base,
        "authorization_endpoint": format!("{base}/auth/authorize"),
        "token_endpoint": format!("{base}/auth/token"),
        "revocation_endpoint": format!("{base}/auth/revoke"),
        "introspection_endpoint": format!("{base}/auth/introspect"),
        "registration_endpoint": format!("{base}/auth/register"),
        "jwks_uri": format!("{base}/auth/jwks.json"),
        "grant_types_supported": GRANTS,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "scopes_supported": SCOPES,
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": algorithms,
        "authorization_response_iss_parameter_supported": true,
    });
    if certificates.taken { with(facts, bound(identity, context)) } else { facts }
}

/// RFC 8705, 3.3 and 5.
fn bound(identity: &Identity, context: &Context) -> Value {
    let mut more = json!({ "tls_client_certificate_bound_access_tokens": true });
    if let Some(address) = &identity.certificates.address {
        let base = format!("{address}/{}/auth", context.tenant.name);
        let aliases = [
            ("token", "token"),
            ("revocation", "revoke"),
            ("introspection", "introspect"),
            ("registration", "register"),
        ];
        let alias = |(name, path): (&str, &str)| (format!("{name}_endpoint"), json!(format!("{base}/{path}")));
        more["mtls_endpoint_aliases"] = aliases.into_iter().map(alias).collect::<serde_json::Map<_, _>>().into();
    }
    more
}

fn with(mut facts: Value, more: Value) -> Value {
    if let (Value::Object(facts), Value::Object(more)) = (&mut facts, more) {
        facts.extend(more);
    }
    facts
}

/// Always `application/json`, whatever was asked for; any site may read it.
fn answer(document: &Value) -> Result<Response> {
    Ok(Response::json(200, document)?
        .with("access-control-allow-origin", "*")
        .with("cache-control", "public, max-age=300"))
}

pub(crate) async fn smart(identity: Identity, context: Context, _: Request) -> Result<Response> {
    let account = format!("{}/auth/account", context.trail.base);
    answer(&with(facts(&identity, &context), json!({ "capabilities": CAPABILITIES, "management_endpoint": account })))
}

pub(crate) async fn oauth(identity: Identity, context: Context, _: Request) -> Result<Response> {
    answer(&facts(&identity, &context))
}

pub(crate) async fn openid(identity: Identity, context: Context, _: Request) -> Result<Response> {
    let more = json!({
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "auth_time", "amr", "nonce", "fhirUser", "name"],
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
    });
    answer(&with(facts(&identity, &context), more))
}
