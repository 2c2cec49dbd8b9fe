//! What a client asks for at the authorization address (OAuth 2.1, 4.1.1; SMART App Launch 2.2, 2.0.9; OpenID Connect
//! Core, 3.1.2.1). Until client and redirect address are known to belong together nothing is sent anywhere.

use super::authenticate;
use super::error::{as_word, refused};
use super::form::{self, Form};
use super::granted::Launched;
use super::launch::{self, Launch};
use super::scope;
use crate::client::{CODE, Client};
use crate::record::Record;
use crate::redirect;
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::http::Response;

pub(crate) struct Asked {
    pub client: Record<Client>,
    pub back: Back,
    /// What of the scopes asked for the client is registered with.
    pub scope: Vec<String>,
    pub challenge: String,
    pub nonce: Option<String>,
    /// The handle, and what stands behind it.
    pub launch: Option<(String, Launch)>,
    pub prompt: Option<String>,
    pub max_age_s: Option<i64>,
}

/// Where the browser is sent back to.
#[derive(Debug, Clone)]
pub(crate) struct Back {
    pub redirect_uri: String,
    pub state: Option<String>,
}

/// A refusal that is shown here, or sent back.
pub(crate) struct Refusal {
    pub error: Error,
    pub back: Option<Back>,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self { error, back: None }
    }
}

impl Back {
    /// To the client, with its state and who we are (RFC 9207).
    pub fn send(&self, context: &Context, pairs: &[(&str, &str)]) -> Response {
        let mut all = pairs.to_vec();
        if let Some(state) = &self.state {
            all.push(("state", state));
        }
        all.push(("iss", &context.trail.base));
        let mark = if self.redirect_uri.contains('?') { '&' } else { '?' };
        let address = format!("{}{mark}{}", self.redirect_uri, form::query(all));
        Response::new(303)
            .with("location", address)
            .with("cache-control", "no-store")
            .with("referrer-policy", "no-referrer")
    }
}

impl Asked {
    pub async fn read(context: &Context, form: &Form) -> Result<Self, Refusal> {
        let (client, back) = Self::read_back(context, form).await?;
        let refusal = |error| Refusal { error, back: Some(back.clone()) };
        Self::check_form(form).map_err(refusal)?;
        let challenge = challenge(form).map_err(refusal)?;
        let scope = scopes(&client, form).map_err(refusal)?;
        check_audience(context, form, &scope).map_err(refusal)?;
        let launch = match form.get("launch") {
            None => None,
            Some(handle) => {
                Some((handle.to_owned(), launch::find(context, handle, &client.id).await.map_err(refusal)?))
            }
        };
        if launch.is_some() != scope.iter().any(|scope| scope == "launch") {
            return Err(refusal(refused("invalid_request", "the parameter launch and the scope launch go together")));
        }
        let max_age = form.get("max_age").map(|text| text.parse::<u32>().map(i64::from)).transpose();
        let max_age_s =
            max_age.map_err(|_| refusal(refused("invalid_request", "max_age is a whole number of seconds")))?;
        let text = |name: &str| form.get(name).map(str::to_owned);
        Ok(Self { client, back, scope, challenge, nonce: text("nonce"), launch, prompt: text("prompt"), max_age_s })
    }

    async fn read_back(context: &Context, form: &Form) -> Result<(Record<Client>, Back)> {
        let client = authenticate::find(context, form.need("client_id")?).await?;
        if !client.document.has_grant(CODE) {
            return Err(refused("unauthorized_client", "the client is not registered for authorization_code"));
        }
        let redirect_uri = form.need("redirect_uri")?;
        if !client.document.redirect_uris.iter().any(|own| redirect::is_same(own, redirect_uri)) {
            return Err(refused("invalid_request", "redirect_uri is not one that the client is registered with"));
        }
        let state = form.get("state").map(str::to_owned);
        Ok((client, Back { redirect_uri: redirect_uri.to_owned(), state }))
    }

    fn check_form(form: &Form) -> Result<()> {
        if form.get("request").or(form.get("request_uri")).is_some() {
            return Err(refused("request_not_supported", "parameters are given one by one"));
        }
        if form.need("response_type")? != "code" {
            return Err(refused("unsupported_response_type", "response_type is code"));
        }
        if form.get("response_mode").is_some_and(|mode| mode != "query") {
            return Err(refused("invalid_request", "response_mode is query"));
        }
        let prompts = form.get("prompt").map(|prompt| prompt.split(' ').collect::<Vec<_>>()).unwrap_or_default();
        let known = prompts.iter().all(|one| ["none", "login", "consent", "select_account"].contains(one));
        if !known || (prompts.contains(&"none") && prompts.len() > 1) {
            return Err(refused("invalid_request", "prompt is none, or some of login, consent, select_account"));
        }
        Ok(())
    }

    pub fn has_prompt(&self, prompt: &str) -> bool {
        self.prompt.as_deref().is_some_and(|own| own.split(' ').any(|one| one == prompt))
    }

    /// What the launch says before a person chooses.
    pub fn launched(&self) -> Launched {
        self.launch.as_ref().map(|(_, launch)| launch.launched.clone()).unwrap_or_default()
    }
}

fn challenge(form: &Form) -> Result<String> {
    if form.get("code_challenge_method") != Some("S256") {
        return Err(refused("invalid_request", "code_challenge_method is S256 (PKCE, RFC 7636)"));
    }
    let challenge = form.need("code_challenge")?;
    let good = challenge.len() == 43 && challenge.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    match good {
        true => Ok(challenge.to_owned()),
        false => Err(refused("invalid_request", "code_challenge is a SHA-256 in base64url: 43 letters")),
    }
}

fn scopes(client: &Record<Client>, form: &Form) -> Result<Vec<String>> {
    let registered = client.document.scope.as_str();
    let asked = form.get("scope").unwrap_or(registered);
    if asked.is_empty() {
        return Err(refused("invalid_scope", "the client is registered with no scope"));
    }
    let (covered, _) = scope::split(asked, registered).map_err(as_word("invalid_scope"))?;
    if covered.is_empty() {
        return Err(refused("invalid_scope", "the client is registered for none of these scopes"));
    }
    Ok(covered.into_iter().map(str::to_owned).collect())
}

/// An application says which FHIR server it believes to talk to, so that a false one cannot collect tokens for this one.
fn check_audience(context: &Context, form: &Form, scope: &[String]) -> Result<()> {
    let own = format!("{}/fhir", context.trail.base);
    match form.get("aud") {
        Some(aud) if aud.strip_suffix('/').unwrap_or(aud) == own => Ok(()),
        Some(_) => Err(refused("invalid_request", format!("aud is {own}"))),
        None if scope.iter().any(|scope| scope.contains('/') || scope == "launch") => {
            Err(refused("invalid_request", format!("scopes of FHIR want aud={own}")))
        }
        None => Ok(()),
    }
}
