//! `POST /{tenant}/auth/introspect` (RFC 7662; SMART App Launch 2.2, token introspection): what a token is worth now,
//! to its own client, and to resource servers that an administrator named. To all others every token is inactive.

use super::authenticate;
use super::error::{answered, refused};
use super::form::Form;
use super::granted::Granted;
use crate::client::Client;
use crate::client::Method;
use crate::record::Record;
use crate::secret;
use crate::service::Identity;
use crate::store;
use crate::store::once::{self, Kind, Once};
use crate::user::User;
use serde_json::{Value, json};
use theriac_access::{Claims, Revoked};
use theriac_core::Result;
use theriac_platform::http::{Request, Response};
use theriac_platform::{Context, Revocations};

pub(crate) async fn introspect(identity: Identity, context: Context, request: Request) -> Result<Response> {
    answered(look(&identity, &context, &request).await)
}

async fn look(identity: &Identity, context: &Context, request: &Request) -> Result<Response> {
    let form = Form::new(request.form()?)?;
    let token = form.need("token")?;
    let by = authenticate::client(identity, context, request, &form).await?.record;
    if by.document.method()? == Method::None {
        return Err(refused("invalid_client", "only clients that can prove themselves ask about tokens"));
    }
    let said = match access(identity, context, token) {
        Some(claims) => shown(context, &by, claims).await?,
        None => refresh(context, &by, token).await?,
    };
    Response::json(200, &said.unwrap_or_else(|| json!({ "active": false })))
}

/// The claims of an access token that holds now.
fn access(identity: &Identity, context: &Context, token: &str) -> Option<Claims> {
    let now_s = context.now().0 / 1_000_000;
    let grant = identity.verifier.verify(token, &context.tenant.name, now_s).ok()?;
    let revocations = Revocations::of(context.db.server());
    if revocations.is_revoked(&context.tenant, &grant) {
        return None;
    }
    identity.verifier.claims(token, &context.tenant.name, now_s).ok()
}

fn may_know(by: &Record<Client>, client: Option<&str>) -> bool {
    by.document.introspection || client == Some(by.id.as_str())
}

async fn shown(context: &Context, by: &Record<Client>, claims: Claims) -> Result<Option<Value>> {
    if !may_know(by, claims.client_id.as_deref()) {
        return Ok(None);
    }
    let user = store::record::find::<User>(&context.db, &claims.sub).await?;
    let has = |scope: &str| claims.scope.as_deref().is_some_and(|all| all.split(' ').any(|own| own == scope));
    let who = user.filter(|_| claims.sid.is_some() && has("fhirUser")).and_then(|user| user.document.fhir_user);
    let mut said = serde_json::to_value(&claims).map_err(theriac_core::Error::internal)?;
    said["active"] = json!(true);
    said["token_type"] = json!("bearer");
    if let Some(who) = who {
        said["fhirUser"] = json!(format!("{}/fhir/{who}", context.trail.base));
    }
    Ok(Some(said))
}

async fn refresh(context: &Context, by: &Record<Client>, token: &str) -> Result<Option<Value>> {
    let found: Option<Once<Granted>> = once::find(&context.db, Kind::Refresh, &secret::hash(token)).await?;
    let good = found.filter(|found| !found.used && found.expires > context.now());
    let own = good.filter(|found| may_know(by, Some(&found.document.client)));
    Ok(own.map(|found| {
        let granted = found.document;
        json!({
            "active": true, "scope": granted.scope, "client_id": granted.client, "sub": granted.user,
            "exp": found.expires.0 / 1_000_000, "iss": context.trail.base,
        })
    }))
}
