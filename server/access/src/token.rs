//! Access tokens: RS256 JWTs (RFC 9068), issued by the local key and verified into a [`Grant`].
//!
//! The order of the checks is fixed: signature first (ASVS V9.1.1), then type, issuer, audience, times, and only
//! then who it is and what it may. Time is the caller's, in seconds. Whether a token was revoked, and whether its sender
//! is the one it is bound to, is not known here: the edge asks [`crate::Revoked`] and looks at [`Grant::confirmation`].

use crate::cache::Cache;
use crate::check::Check;
use crate::claims::{Claims, audience};
use crate::grant::Grant;
use crate::jws;
use crate::key::SigningKeys;
use crate::role::Role;
use crate::scope::{Context, Scopes};
use crate::view::View;
use std::sync::Arc;
use theriac_core::{Error, Result};

/// How far the clocks of two of our machines may be apart.
pub const LEEWAY_S: i64 = 60;

/// Signs a token that says these claims.
///
/// # Errors
/// `Internal` when signing fails. What the claims say is checked when the token is used.
pub fn issue(keys: &SigningKeys, claims: &Claims) -> Result<String> {
    keys.sign("at+jwt", &serde_json::to_vec(claims).map_err(Error::internal)?)
}

/// Turns tokens into grants.
#[derive(Debug)]
pub struct Verifier {
    keys: Arc<SigningKeys>,
    issuer: String,
    cache: Cache,
}

impl Verifier {
    /// `issuer` is the server's public address; a slash at its end does not count.
    pub fn new(keys: Arc<SigningKeys>, issuer: &str) -> Self {
        Self { keys, issuer: issuer.trim_end_matches('/').to_owned(), cache: Cache::default() }
    }

    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    pub fn keys(&self) -> &SigningKeys {
        &self.keys
    }

    /// Checks a token for use at this tenant, at this time.
    ///
    /// # Errors
    /// `Unauthenticated`, naming the [`Check`] that failed (also in the error's `guard`).
    pub fn verify(&self, token: &str, tenant: &str, now_s: i64) -> Result<Arc<Grant>> {
        let claims = self.claims(token, tenant, now_s)?;
        let scopes = scopes(&claims)?;
        Ok(Arc::new(grant(claims, scopes)))
    }

    /// What a token says that holds here and now, without a look at what its scopes are worth.
    ///
    /// # Errors
    /// As [`Verifier::verify`].
    pub fn claims(&self, token: &str, tenant: &str, now_s: i64) -> Result<Claims> {
        let opened = self.open(token, now_s)?;
        check_type(opened.typ.as_deref())?;
        let claims = Claims::read(&opened.payload)?;
        self.check_purpose(&claims, tenant)?;
        check_times(&claims, now_s)?;
        Ok(claims)
    }

    /// A name that is not known may be that of a key which another process made just now.
    fn open(&self, token: &str, now_s: i64) -> Result<jws::Opened> {
        let once = || {
            let ring = self.keys.ring();
            jws::open(|kid| ring.find(kid, now_s), token)
        };
        match once() {
            Err(error) if error.guard == Some(Check::Key.name()) && self.keys.look_again() => once(),
            outcome => outcome,
        }
    }

    /// As [`Verifier::verify`], remembering what held. Tenant and expiry are checked at every use.
    ///
    /// # Errors
    /// As [`Verifier::verify`].
    pub fn verify_cached(&self, token: &str, tenant: &str, now_s: i64) -> Result<Arc<Grant>> {
        let key = Cache::key(token);
        let Some(grant) = self.cache.get(&key).filter(|grant| grant.tenant == tenant) else {
            let grant = self.verify(token, tenant, now_s)?;
            self.cache.put(key, &grant, now_s);
            return Ok(grant);
        };
        if grant.is_expired(now_s) { Err(Check::Expired.failed()) } else { Ok(grant) }
    }

    fn check_purpose(&self, claims: &Claims, tenant: &str) -> Result<()> {
        // Operators' tokens come from the installation, others from the tenant's authorization server.
        let own = audience(&self.issuer, tenant);
        if claims.iss != self.issuer && claims.iss != own {
            return Err(Check::Issuer.failed());
        }
        if claims.aud != own {
            return Err(Check::Audience.failed());
        }
        if claims.tenant != tenant {
            return Err(Check::Tenant.failed());
        }
        Ok(())
    }
}

/// Media types without regard to case (RFC 7515, 4.1.9).
fn check_type(typ: Option<&str>) -> Result<()> {
    const TYPES: &[&str] = &["at+jwt", "application/at+jwt", "JWT"];
    let known = typ.is_some_and(|typ| TYPES.iter().any(|own| own.eq_ignore_ascii_case(typ)));
    if known { Ok(()) } else { Err(Check::Type.failed()) }
}

fn check_times(claims: &Claims, now_s: i64) -> Result<()> {
    if now_s >= claims.exp {
        return Err(Check::Expired.failed());
    }
    if claims.iat > now_s.saturating_add(LEEWAY_S) {
        return Err(Check::IssuedAt.failed());
    }
    if claims.nbf.is_some_and(|nbf| nbf > now_s.saturating_add(LEEWAY_S)) {
        return Err(Check::NotBefore.failed());
    }
    Ok(())
}

/// Reads the scopes and sees that their contexts suit the role: `system/` is a service's, `user/` a person's, and
/// `patient/` wants to know which patient: a clinician with exactly one.
fn scopes(claims: &Claims) -> Result<Scopes> {
    let Some(text) = &claims.scope else { return Ok(Scopes::default()) };
    let scopes = Scopes::parse(text).map_err(|error| Error { message: error.message, ..Check::Scope.failed() })?;
    let suits = |context| match context {
        Context::System => claims.role == Role::Service,
        Context::User => claims.role != Role::Service,
        Context::Patient => claims.role == Role::Clinician && claims.assigned.len() == 1,
    };
    if scopes.fhir().iter().all(|scope| suits(scope.context)) { Ok(scopes) } else { Err(Check::Scope.failed()) }
}

fn grant(claims: Claims, scopes: Scopes) -> Grant {
    Grant {
        role: claims.role,
        subject: claims.sub,
        tenant: claims.tenant,
        client: claims.client_id,
        assigned: claims.assigned,
        glns: claims.glns,
        site: claims.site,
        opened: Vec::new(),
        scopes,
        view: View::default(),
        second_factor: claims.amr.iter().any(|method| method == "mfa"),
        expires_at: claims.exp,
        issued_at: claims.iat,
        token_id: claims.jti,
        session: claims.sid,
        confirmation: claims.cnf,
    }
}

#[cfg(test)]
mod tests;
