//! Access tokens of the authorization server: for minutes, for one tenant, for what was granted.

use crate::service::Identity;
use serde_json::{Value, json};
use std::time::Duration;
use theriac_access::claims::{Confirmation, audience};
use theriac_access::{Claims, Grant, Revoked, Role, token};
use theriac_core::Result;
use theriac_platform::{Context, Revocations};

/// SMART App Launch 2.2 recommends 300 and not to exceed it for machines; people refresh as easily.
pub(crate) const LIFE_S: i64 = 300;

/// What an access token will say besides whose it is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reach {
    pub scope: Option<String>,
    pub assigned: Vec<String>,
    pub glns: Vec<String>,
    pub site: Option<String>,
    pub amr: Vec<String>,
    pub session: Option<String>,
    pub patient: Option<String>,
    pub encounter: Option<String>,
    /// Thumbprint of the certificate it is bound to.
    pub certificate: Option<String>,
}

pub(crate) async fn claims(
    identity: &Identity,
    context: &Context,
    role: Role,
    subject: &str,
    client: &str,
    reach: Reach,
) -> Claims {
    after_taking_back(context, client, subject, reach.session.as_deref()).await;
    let (now_s, id) = (context.now().0 / 1_000_000, uuid::Uuid::new_v4().to_string());
    let tenant = context.tenant.name.as_ref();
    Claims {
        iss: audience(&identity.issuer, tenant),
        client_id: Some(client.to_owned()),
        scope: reach.scope,
        assigned: reach.assigned,
        glns: reach.glns,
        site: reach.site,
        amr: reach.amr,
        sid: reach.session,
        patient: reach.patient,
        encounter: reach.encounter,
        cnf: reach.certificate.map(Confirmation::Certificate),
        ..Claims::new(&identity.issuer, tenant, role, subject, &id, now_s, LIFE_S)
    }
}

/// Moments are whole seconds in a token: after something was taken back, the second must be over before a new token
/// is another than those.
async fn after_taking_back(context: &Context, client: &str, subject: &str, session: Option<&str>) {
    let grant = Grant {
        issued_at: context.now().0 / 1_000_000,
        client: Some(client.to_owned()),
        session: session.map(str::to_owned),
        ..Grant::new(Role::Researcher, subject, context.tenant.name.as_ref())
    };
    if Revocations::of(context.db.server()).is_revoked(&context.tenant, &grant) {
        let rest = 1_000_000 - context.now().0 % 1_000_000;
        tokio::time::sleep(Duration::from_micros(rest.unsigned_abs())).await;
    }
}

/// The token response (RFC 6749, 5.1) for these claims.
pub(crate) fn response(identity: &Identity, claims: &Claims) -> Result<Value> {
    let mut body = json!({
        "access_token": token::issue(&identity.keys, claims)?, "token_type": "bearer", "expires_in": claims.exp - claims.iat,
    });
    if let Some(scope) = &claims.scope {
        body["scope"] = json!(scope);
    }
    Ok(body)
}
