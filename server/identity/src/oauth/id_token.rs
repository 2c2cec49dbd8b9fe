//! The id token (OpenID Connect Core 1.0, 2; SMART App Launch 2.2, `fhirUser`): who signed in, for the client alone.

use super::granted::Granted;
use super::person::Person;
use crate::service::Identity;
use serde_json::json;
use theriac_core::Result;
use theriac_platform::Context;

pub(crate) fn make(
    identity: &Identity,
    context: &Context,
    granted: &Granted,
    person: &Person,
    expires_s: i64,
) -> Result<String> {
    let mut claims = json!({
        "iss": context.trail.base, "sub": person.id(), "aud": granted.client, "exp": expires_s,
        "iat": context.now().0 / 1_000_000, "auth_time": granted.auth_time, "amr": granted.amr,
    });
    if let Some(nonce) = &granted.nonce {
        claims["nonce"] = json!(nonce);
    }
    if let Some(user) = person.record.document.fhir_user.as_ref().filter(|_| granted.has("fhirUser")) {
        claims["fhirUser"] = json!(format!("{}/fhir/{user}", context.trail.base));
    }
    if granted.has("profile") {
        claims["name"] = json!(person.record.document.name);
    }
    identity.keys.sign("JWT", claims.to_string().as_bytes())
}
