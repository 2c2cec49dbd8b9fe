//! The keys of a client, by value or by address. Keys by address are kept as long as the client's server allows, an
//! hour at most; a name that is not among them asks again, but not at every wrong guess.

use crate::client::Client;
use crate::oauth::error::refused;
use crate::service::Identity;
use parking_lot::RwLock;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use theriac_access::jose::{Header, KeySet};
use theriac_core::{Code, Result};
use theriac_platform::Context;

/// A set is no longer than this.
const MOST_BYTES: usize = 256 * 1024;
const LONGEST_S: i64 = 3_600;
/// The pause before a set is asked for again because of a name that is not in it.
const PAUSE_S: i64 = 10;

/// Keys as a client registers them by value.
///
/// # Errors
/// `Invalid`, saying which key and what would be right.
pub(crate) fn of_client(jwks: &Value) -> Result<KeySet> {
    KeySet::strict(jwks.to_string().as_bytes())
}

/// Sets that were fetched, by address.
#[derive(Debug, Default)]
pub(crate) struct Fetched(RwLock<HashMap<String, Kept>>);

#[derive(Debug, Clone)]
struct Kept {
    keys: Arc<KeySet>,
    fetched_s: i64,
    until_s: i64,
}

/// The keys that may have signed under this header.
///
/// # Errors
/// `invalid_client` when there are none, or the header names an address that was not registered.
pub(crate) async fn find(
    identity: &Identity,
    context: &Context,
    client: &Client,
    header: &Header,
) -> Result<Arc<KeySet>> {
    if header.jku.is_some() && header.jku != client.jwks_uri {
        return Err(refused("invalid_client", "the assertion's jku is not the registered jwks_uri"));
    }
    match (&client.jwks, &client.jwks_uri) {
        (Some(jwks), _) => Ok(Arc::new(of_client(jwks)?)),
        (None, Some(address)) => {
            let kid = header.kid.as_deref().unwrap_or_default();
            let keys = at(identity, address, kid, context.now().0 / 1_000_000).await;
            keys.map_err(|e| {
                if e.code == Code::Internal {
                    e
                } else {
                    refused("invalid_client", format!("the keys of the client: {}", e.message))
                }
            })
        }
        _ => Err(refused("invalid_client", "the client has no keys")),
    }
}

/// The set at an address.
///
/// # Errors
/// `Unavailable` or `Invalid`, saying what is wrong with the address or its answer.
pub(crate) async fn at(identity: &Identity, address: &str, kid: &str, now_s: i64) -> Result<Arc<KeySet>> {
    let kept = identity.fetched.0.read().get(address).cloned();
    if let Some(kept) = kept {
        let young = kept.fetched_s + PAUSE_S > now_s;
        if kept.until_s > now_s && (kept.keys.has(kid) || young) {
            return Ok(kept.keys);
        }
    }
    let answer = identity.outbound.get(address, MOST_BYTES).await?;
    let keys = Arc::new(KeySet::lenient(&answer.body)?);
    let life_s = answer.max_age_s.unwrap_or(PAUSE_S * 30).clamp(0, LONGEST_S);
    let kept = Kept { keys: keys.clone(), fetched_s: now_s, until_s: now_s + life_s };
    let mut all = identity.fetched.0.write();
    if all.len() >= 10_000 {
        all.clear();
    }
    all.insert(address.to_owned(), kept);
    Ok(keys)
}
