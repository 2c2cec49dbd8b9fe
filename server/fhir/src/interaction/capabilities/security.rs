//! `CapabilityStatement.rest.security`: where tokens come from, at the addresses that the SMART configuration names too.
//! <http://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#capability-sets>

use serde_json::{Value, json};
use theriac_platform::Context;

const OAUTH_URIS: &str = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris";
const SERVICE: &str = "http://terminology.hl7.org/CodeSystem/restful-security-service";

/// Names of the extension, each with the address below the tenant's.
const ENDPOINTS: &[(&str, &str)] = &[
    ("authorize", "auth/authorize"),
    ("token", "auth/token"),
    ("register", "auth/register"),
    ("introspect", "auth/introspect"),
    ("revoke", "auth/revoke"),
];

pub fn of(context: &Context) -> Value {
    let address = |end: &str| format!("{}/{end}", context.trail.base);
    let uris = ENDPOINTS.iter().map(|(name, end)| json!({ "url": name, "valueUri": address(end) }));
    json!({
        "extension": [{ "url": OAUTH_URIS, "extension": uris.collect::<Vec<_>>() }],
        "service": [{ "coding": [{ "system": SERVICE, "code": "SMART-on-FHIR" }] }],
        "description": "OAuth 2.1 bearer tokens; each role sees what its row of the role table says",
    })
}
