//! Access tokens of foreign issuers: taken where a provider of this tenant names an audience for them. Algorithms and
//! keys are the tenant's choice; roles come from its table, patients from its assignments.

use super::claims::{self, Claims, seconds, text};
use crate::provider::Provider;
use crate::record::{Record, State};
use crate::service::Identity;
use crate::store;
use crate::user::User;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use theriac_access::claims::Confirmation;
use theriac_access::jose::Parts;
use theriac_access::{Grant, Scopes};
use theriac_core::hash::{hex, sha256};
use theriac_core::{Instant, Result, Tenant, json};
use theriac_platform::db::{Db, TenantDb};
use theriac_platform::http::Foreign;

/// A token that held is not looked at again for a second.
const REST_US: i64 = 1_000_000;
const MOST: usize = 4_096;

#[derive(Default)]
struct Held(Mutex<HashMap<[u8; 32], Known>>);

struct Known {
    grant: Arc<Grant>,
    until_us: i64,
}

struct ForeignTokens {
    identity: Identity,
    held: Held,
}

/// What the edge asks about tokens that this server did not sign.
pub fn foreign(identity: &Identity) -> Arc<dyn Foreign> {
    Arc::new(ForeignTokens { identity: identity.clone(), held: Held::default() })
}

#[async_trait::async_trait]
impl Foreign for ForeignTokens {
    async fn verify(&self, db: &Db, tenant: &Tenant, token: &str) -> Result<Option<Arc<Grant>>> {
        let (now, key) = (db.clock().now(), sha256(format!("{}|{token}", tenant.key).as_bytes()));
        if let Some(known) = self.held.0.lock().get(&key)
            && known.until_us > now.0
        {
            return Ok(Some(known.grant.clone()));
        }
        let Some(grant) = self.read(&db.tenant(tenant), tenant, token, now).await? else { return Ok(None) };
        let grant = Arc::new(grant);
        let mut held = self.held.0.lock();
        if held.len() >= MOST {
            held.clear();
        }
        let until_us = (now.0 + REST_US).min(grant.expires_at.saturating_mul(1_000_000));
        held.insert(key, Known { grant: grant.clone(), until_us });
        Ok(Some(grant))
    }
}

impl ForeignTokens {
    /// None: no provider of this tenant speaks for it.
    async fn read(&self, db: &TenantDb, tenant: &Tenant, token: &str, now: Instant) -> Result<Option<Grant>> {
        let Some(issuer) = issuer(token) else { return Ok(None) };
        let providers = store::record::list::<Provider>(db, Some(State::Active), None, 100).await?;
        let known = |record: &&Record<Provider>| record.document.issuer == issuer && record.document.audience.is_some();
        let Some(record) = providers.iter().find(known) else { return Ok(None) };
        let provider = &record.document;
        let audience = provider.audience.clone().unwrap_or_default();
        let claims = claims::verified(&self.identity, provider, token, &audience, now.0 / 1_000_000).await?;
        grant(db, tenant, record, &claims, token, now).await.map(Some)
    }
}

/// Whose keys to ask; nothing is believed of it.
fn issuer(token: &str) -> Option<String> {
    let parts = Parts::of(token).ok()?;
    let typ = parts.header.typ.as_deref().unwrap_or("JWT");
    let access = ["at+jwt", "application/at+jwt", "JWT"].iter().any(|own| own.eq_ignore_ascii_case(typ));
    let document = json::parse(parts.unverified()).ok()?;
    access.then(|| document.as_object()?.text("iss").map(str::to_owned)).flatten()
}

async fn grant(
    db: &TenantDb,
    tenant: &Tenant,
    record: &Record<Provider>,
    claims: &Claims,
    token: &str,
    now: Instant,
) -> Result<Grant> {
    let provider = &record.document;
    let role = provider.role(claims).ok_or_else(|| claims::wrong("its subject has no role here"))?;
    let subject = provider.user_id(&record.id, text(claims, "sub").unwrap_or_default());
    let user = store::record::find::<User>(db, &subject).await?;
    if user.as_ref().is_some_and(|user| user.state != State::Active) {
        return Err(claims::wrong("its subject's access has been ended"));
    }
    let user = user.map(|user| user.document);
    Ok(Grant {
        assigned: store::assignment::patients(db, &subject, now).await?,
        glns: user.as_ref().map(|user| user.glns.clone()).unwrap_or_default(),
        site: user.and_then(|user| user.site),
        client: text(claims, "client_id").or(text(claims, "azp")).map(str::to_owned),
        scopes: scopes(claims)?,
        second_factor: provider.has_second_factor(claims),
        expires_at: seconds(claims, "exp")?.unwrap_or_default(),
        issued_at: seconds(claims, "iat")?.unwrap_or_default(),
        confirmation: confirmation(claims)?,
        token_id: text(claims, "jti").map_or_else(|| hex(&sha256(token.as_bytes())), str::to_owned),
        ..Grant::new(role, subject, tenant.name.as_ref())
    })
}

/// What the token is bound to; a binding that cannot be proved here is none that may be passed over (RFC 7800, 3.1).
fn confirmation(claims: &Claims) -> Result<Option<Confirmation>> {
    let Some(cnf) = claims.get("cnf") else { return Ok(None) };
    let members = cnf.as_object().filter(|members| members.len() == 1);
    let print = members.and_then(|members| text(members, "x5t#S256")).filter(|print| print.len() == 43);
    let print = print.ok_or_else(|| claims::wrong("its cnf is not x5t#S256 alone, the only binding known here"))?;
    Ok(Some(Confirmation::Certificate(print.to_owned())))
}

/// Scopes narrow here as everywhere; those with no meaning here grant nothing.
fn scopes(claims: &Claims) -> Result<Scopes> {
    let Some(text) = text(claims, "scope") else { return Ok(Scopes::default()) };
    let person = |one: &&str| {
        Scopes::parse(one)
            .is_ok_and(|read| read.fhir().iter().all(|scope| scope.context == theriac_access::scope::Context::User))
    };
    let known: Vec<&str> = text.split(' ').filter(person).collect();
    if known.is_empty() { Scopes::parse("openid") } else { Scopes::parse(&known.join(" ")) }
}
