//! The grant `client_credentials` (RFC 6749, 4.4; SMART Backend Services): a client in its own name.

use super::authenticate::Authenticated;
use super::error::refused;
use super::form::Form;
use super::issue::{self, Reach};
use super::scope;
use crate::client::CREDENTIALS;
use crate::service::Identity;
use serde_json::json;
use theriac_access::{Grant, Role, Scopes};
use theriac_core::Result;
use theriac_ledger::Entry;
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::Response;

pub(crate) async fn grant(identity: &Identity, context: &Context, by: Authenticated, form: &Form) -> Result<Response> {
    let client = &by.record.document;
    if !client.has_grant(CREDENTIALS) {
        return Err(refused("unauthorized_client", "the client is not registered for client_credentials"));
    }
    let role = client.role()?;
    let scope = scope::exact(form.get("scope"), &client.scope)?;
    check(role, scope.as_deref())?;
    let (glns, site, certificate) = (client.glns.clone(), client.site.clone(), by.certificate.clone());
    let reach = Reach { scope, glns, site, certificate, ..Reach::default() };
    let id = by.record.id.as_str();
    let claims = issue::claims(identity, context, role, id, id, reach).await;
    let entry = Entry {
        topic: "auth.token".to_owned(),
        action: "issue",
        subject: format!("clients/{id}"),
        data: Some(json!({ "grant": CREDENTIALS, "scope": claims.scope, "token": claims.jti })),
        ..Entry::default()
    };
    let actor = Grant { client: Some(id.to_owned()), ..Grant::new(role, id, context.tenant.name.as_ref()) };
    let mut unit = Unit::new();
    theriac_ledger::record(&mut unit, &context.acting(actor), &[entry])?;
    context.db.commit(unit).await?;
    Response::json(200, &issue::response(identity, &claims)?)
}

/// A token that could do nothing is not given out: a service lives by its scopes, and only by those of machines.
fn check(role: Role, scope: Option<&str>) -> Result<()> {
    use theriac_access::scope::Context::System;
    let Some(text) = scope else {
        return match role {
            Role::Service => {
                Err(refused("invalid_scope", "a service has what its scopes name; the client is registered with none"))
            }
            _ => Ok(()),
        };
    };
    let scopes = Scopes::parse(text)?;
    if scopes.fhir().iter().any(|scope| scope.context != System || role != Role::Service) {
        return Err(refused("invalid_scope", "a client in its own name has scopes of system/, and only as a service"));
    }
    Ok(())
}
