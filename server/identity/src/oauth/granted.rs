//! What a person granted to a client: it stands behind a code, and behind every refresh token that comes from it.

use super::authenticate::Authenticated;
use super::error::refused;
use super::issue::{self, Reach};
use super::person::{self, Person};
use super::{id_token, issue::LIFE_S};
use crate::client::REFRESH;
use crate::secret;
use crate::service::Identity;
use crate::store::once::{self, Kind};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use theriac_access::{Claims, Grant, label};
use theriac_core::{Instant, Result};
use theriac_platform::Context;
use theriac_platform::db::Unit;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Granted {
    pub client: String,
    pub user: String,
    pub redirect_uri: String,
    pub scope: String,
    /// The S256 challenge of PKCE (RFC 7636).
    pub challenge: String,
    pub nonce: Option<String>,
    pub amr: Vec<String>,
    /// When the person signed in; seconds since 1970.
    pub auth_time: i64,
    pub launch: Launched,
    /// Of a client that proves itself by nothing else: the certificate its refresh tokens are bound to (RFC 8705, 4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
}

/// SMART launch context, in the words of the token response.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Launched {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encounter: Option<String>,
    #[serde(default, rename = "fhirContext", skip_serializing_if = "Option::is_none")]
    pub fhir_context: Option<Vec<Value>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub need_patient_banner: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<String>,
}

/// `offline_access`: a month without the person; `online_access`: a day's work.
const OFFLINE_S: i64 = 30 * 86_400;
const ONLINE_S: i64 = 12 * 3_600;

impl Granted {
    pub fn has(&self, scope: &str) -> bool {
        self.scope.split(' ').any(|own| own == scope)
    }

    /// Until when it may be refreshed, if it may.
    fn refreshed_until(&self) -> Option<Instant> {
        let life_s = match (self.has("offline_access"), self.has("online_access")) {
            (true, _) => OFFLINE_S,
            (false, true) => ONLINE_S,
            _ => return None,
        };
        Some(Instant((self.auth_time + life_s) * 1_000_000))
    }

    /// What an access token of it says now: the person's role and patients as they are, not as they were.
    ///
    /// # Errors
    /// `invalid_grant` when the person may not sign in any more, or has the patient no longer.
    async fn claims(
        &self,
        identity: &Identity,
        context: &Context,
        person: &Person,
        line: &str,
        scope: &str,
        certificate: Option<String>,
    ) -> Result<Claims> {
        let scopes = person.lends(scope)?;
        let patient = self.launch.patient.as_deref().map(label::patient);
        let assigned = match (&patient, person::is_of_patient(&scopes)) {
            (Some(patient), true) if person.assigned.contains(patient) => vec![patient.clone()],
            (_, true) => return Err(refused("invalid_grant", "the patient is no longer assigned to the person")),
            (_, false) => person.assigned.clone(),
        };
        if assigned.len() > MOST_ASSIGNED {
            return Err(refused(
                "invalid_grant",
                format!("a token names at most {MOST_ASSIGNED} patients; ask for launch/patient and patient/ scopes"),
            ));
        }
        let user = &person.record.document;
        let reach = Reach {
            scope: Some(scopes.join(" ")).filter(|scope| !scope.is_empty()),
            assigned,
            glns: user.glns.clone(),
            site: user.site.clone(),
            amr: self.amr.clone(),
            session: Some(line.to_owned()),
            patient: self.launch.patient.clone(),
            encounter: self.launch.encounter.clone(),
            certificate,
        };
        if reach.scope.is_none() {
            return Err(refused("invalid_grant", "nothing of what was granted is left to the person"));
        }
        Ok(issue::claims(identity, context, person.role, person.id(), &self.client, reach).await)
    }

    /// The token response: access token, what else was granted, and the refresh token of the line, which goes into
    /// the unit.
    pub async fn answer(
        &self,
        unit: &mut Unit,
        identity: &Identity,
        context: &Context,
        by: &Authenticated,
        line: &str,
        scope: &str,
    ) -> Result<(Value, Claims)> {
        let person = person::find(context, &self.user).await?;
        let person = person.ok_or_else(|| refused("invalid_grant", "the person may not sign in any more"))?;
        let claims = self.claims(identity, context, &person, line, scope, by.certificate.clone()).await?;
        let mut body = issue::response(identity, &claims)?;
        self.show_launch(&mut body);
        if self.has("openid") {
            body["id_token"] = json!(id_token::make(identity, context, self, &person, claims.iat + LIFE_S)?);
        }
        if let Some(until) =
            self.refreshed_until().filter(|until| by.record.document.has_grant(REFRESH) && *until > context.now())
        {
            let token = secret::new()?;
            unit.push(once::insert(&context.db, Kind::Refresh, &secret::hash(&token), until, line, self)?);
            body["refresh_token"] = json!(token);
        }
        Ok((body, claims))
    }

    fn show_launch(&self, body: &mut Value) {
        let Ok(Value::Object(launch)) = serde_json::to_value(&self.launch) else { return };
        for (name, value) in launch {
            body[name] = value;
        }
        if self.launch.patient.is_some() && self.launch.need_patient_banner.is_none() {
            body["need_patient_banner"] = json!(true);
        }
    }
}

/// A token has at most 16 kB.
const MOST_ASSIGNED: usize = 150;

/// Whoever acts by a grant, for the ledger.
pub(crate) fn actor(context: &Context, claims: &Claims) -> Grant {
    Grant {
        client: claims.client_id.clone(),
        ..Grant::new(claims.role, claims.sub.as_str(), context.tenant.name.as_ref())
    }
}
