//! What a provider says of itself (OpenID Connect Discovery 1.0, 4): kept for a few minutes.

use crate::provider::Provider;
use crate::service::Identity;
use parking_lot::RwLock;
use serde::Deserialize;
use std::collections::HashMap;
use theriac_core::{Code, Error, Result};

const MOST_BYTES: usize = 256 * 1024;
const LIFE_S: i64 = 300;

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Document {
    pub issuer: String,
    pub authorization_endpoint: Option<String>,
    pub token_endpoint: Option<String>,
    pub jwks_uri: String,
}

#[derive(Debug, Default)]
pub(crate) struct Documents(RwLock<HashMap<String, (Document, i64)>>);

/// # Errors
/// `Unavailable` when the provider does not answer, or answers for somebody else.
pub(crate) async fn of(identity: &Identity, provider: &Provider, now_s: i64) -> Result<Document> {
    if let Some((document, until_s)) = identity.documents.0.read().get(&provider.issuer)
        && *until_s > now_s
    {
        return Ok(document.clone());
    }
    let address = format!("{}/.well-known/openid-configuration", provider.issuer);
    let fetched = identity.outbound.get(&address, MOST_BYTES).await.map_err(away)?;
    let wrong = || Error::new(Code::Unavailable, "the provider's document is not one of OpenID Connect Discovery");
    let document: Document = serde_json::from_slice(&fetched.body).map_err(|_| wrong())?;
    if document.issuer != provider.issuer {
        return Err(Error::new(Code::Unavailable, "the provider's document names another issuer"));
    }
    identity.documents.0.write().insert(provider.issuer.clone(), (document.clone(), now_s + LIFE_S));
    Ok(document)
}

fn away(error: Error) -> Error {
    Error::new(Code::Unavailable, format!("the provider of identities: {}", error.message))
}
