//! `GET /{tenant}/auth/external/{id}`: to the provider, with PKCE, a state and a nonce, all of them in a sealed cookie.

use super::{discovery, secret};
use crate::browser::{self, external_cookie};
use crate::provider::Provider;
use crate::record::{Record, State};
use crate::service::Identity;
use crate::store;
use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    AuthUrl, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet, ExtraTokenFields, PkceCodeChallenge,
    RedirectUrl, Scope, StandardRevocableToken, StandardTokenResponse, TokenUrl,
};
use serde::{Deserialize, Serialize};
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

/// What goes along in the browser until it comes back.
#[derive(Serialize, Deserialize)]
pub(crate) struct Journey {
    pub provider: String,
    pub state: String,
    pub nonce: String,
    pub verifier: String,
    pub next: String,
    pub until_s: i64,
}

const LIFE_S: i64 = 600;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct IdToken {
    pub id_token: Option<String>,
}

impl ExtraTokenFields for IdToken {}

pub(crate) type Tokens = StandardTokenResponse<IdToken, BasicTokenType>;

pub(crate) type At = oauth2::Client<
    BasicErrorResponse,
    Tokens,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// Us as the provider knows us.
pub(crate) async fn client(identity: &Identity, context: &Context, record: &Record<Provider>) -> Result<At> {
    let document = discovery::of(identity, &record.document, context.now().0 / 1_000_000).await?;
    let wrong = |_| Error::new(Code::Unavailable, "the provider's addresses cannot be used");
    let missing = || Error::new(Code::Unavailable, "nobody can sign in at this provider");
    let id = record.document.client_id.clone().ok_or_else(missing)?;
    let client = oauth2::Client::new(ClientId::new(id))
        .set_auth_uri(AuthUrl::new(document.authorization_endpoint.ok_or_else(missing)?).map_err(wrong)?)
        .set_token_uri(TokenUrl::new(document.token_endpoint.ok_or_else(missing)?).map_err(wrong)?);
    let back = format!("{}/auth/external/{}/callback", context.trail.base, record.id);
    let client = client.set_redirect_uri(RedirectUrl::new(back).map_err(wrong)?);
    Ok(match secret::find_secret(identity, context, &record.id).await? {
        Some(secret) => client.set_client_secret(ClientSecret::new(secret)),
        None => client,
    })
}

/// A provider that people may sign in at.
pub(crate) async fn provider(context: &Context, id: &str) -> Result<Record<Provider>> {
    let found = store::record::find::<Provider>(&context.db, id).await?;
    let good = found.filter(|record| record.state == State::Active && record.document.client_id.is_some());
    good.ok_or_else(|| Error::not_found("providers", id))
}

pub(crate) async fn leave(identity: Identity, context: Context, request: Request) -> Result<Response> {
    let outcome = go(&identity, &context, &request).await;
    browser::shown(&context, outcome)
}

async fn go(identity: &Identity, context: &Context, request: &Request) -> Result<Response> {
    let pairs = request.query_known(&["next"])?;
    let sealed = pairs.into_iter().next().map(|(_, next)| next).unwrap_or_default();
    let next = browser::opened(identity, context, &sealed)?;
    let record = provider(context, request.param("id")).await?;
    let client = client(identity, context, &record).await?;
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let nonce = crate::secret::new()?;
    let scopes = record.document.scope.split(' ').map(|scope| Scope::new(scope.to_owned()));
    let asked = client.authorize_url(CsrfToken::new_random).add_scopes(scopes).set_pkce_challenge(challenge);
    let (address, state) = asked.add_extra_param("nonce", nonce.clone()).url();
    let journey = Journey {
        provider: record.id.clone(),
        state: state.secret().clone(),
        nonce,
        verifier: verifier.secret().clone(),
        next,
        until_s: context.now().0 / 1_000_000 + LIFE_S,
    };
    let text = serde_json::to_vec(&journey).map_err(Error::internal)?;
    let sealed = identity.seals.conceal(&bound(context), &text)?;
    let response = Response::new(303).with("location", address.as_str()).with("cache-control", "no-store");
    Ok(response.with("set-cookie", external_cookie(context, &sealed, LIFE_S)))
}

pub(crate) fn bound(context: &Context) -> String {
    format!("external|{}", context.tenant.name)
}
