//! Which of a server's endpoints is taken: the strongest that both sides know, and none without security unless nothing better
//! is offered and nothing was asked for. OPC UA part 7, security policies; those of SHA-1 are not spoken.

use crate::config::opcua::{Mode, OpcUa, Policy, User};
use opcua::client::Client;
use opcua::crypto::SecurityPolicy;
use opcua::types::{EndpointDescription, MessageSecurityMode, UserTokenType};

/// The strongest first.
const POLICIES: [(Policy, SecurityPolicy); 3] = [
    (Policy::Aes256, SecurityPolicy::Aes256Sha256RsaPss),
    (Policy::Basic256Sha256, SecurityPolicy::Basic256Sha256),
    (Policy::Aes128, SecurityPolicy::Aes128Sha256RsaOaep),
];

/// # Errors
/// What the server offers instead.
pub(super) fn choose(offered: &[EndpointDescription], config: &OpcUa) -> Result<EndpointDescription, String> {
    let security = &config.security;
    let token = token_of(config.user.as_ref());
    let find = |policy, mode| {
        let found = Client::find_matching_endpoint(offered, &config.endpoint, policy, mode);
        found.filter(|endpoint| takes(endpoint, token))
    };
    let mode = match security.mode {
        Mode::Sign => MessageSecurityMode::Sign,
        Mode::SignAndEncrypt => MessageSecurityMode::SignAndEncrypt,
    };
    let asked = |policy: &Policy| security.policy == Policy::Best || security.policy == *policy;
    let secured = POLICIES.iter().filter(|(policy, _)| asked(policy)).find_map(|(_, policy)| find(*policy, mode));
    // Who names certificates, or a user, is never led to an endpoint that proves nothing.
    let open = match security.policy {
        Policy::Unsecured => true,
        Policy::Best => security.trust.is_empty() && config.user.is_none() && !offered.iter().any(is_secured),
        _ => false,
    };
    let unsecured = || find(SecurityPolicy::None, MessageSecurityMode::None).filter(|_| open);
    secured.or_else(unsecured).ok_or_else(|| refusal(offered, token))
}

pub(super) fn is_secured(endpoint: &EndpointDescription) -> bool {
    endpoint.security_mode != MessageSecurityMode::None
}

fn token_of(user: Option<&User>) -> UserTokenType {
    match user {
        None => UserTokenType::Anonymous,
        Some(user) if user.name.is_some() => UserTokenType::UserName,
        Some(_) => UserTokenType::Certificate,
    }
}

/// An endpoint that names no kinds of users takes the anonymous.
fn takes(endpoint: &EndpointDescription, token: UserTokenType) -> bool {
    match &endpoint.user_identity_tokens {
        None => token == UserTokenType::Anonymous,
        Some(kinds) => kinds.iter().any(|kind| kind.token_type == token),
    }
}

fn refusal(offered: &[EndpointDescription], token: UserTokenType) -> String {
    let says = |endpoint: &EndpointDescription| {
        let policy = endpoint.security_policy_uri.as_ref();
        let policy = policy.rsplit_once('#').map_or(policy, |(_, name)| name);
        let with = if takes(endpoint, token) { "" } else { ", not for such a user" };
        format!("{policy} {:?}{with}", endpoint.security_mode)
    };
    let offers: Vec<String> = offered.iter().map(says).collect();
    format!("the server offers nothing that [opcua.security] asks for, but {}", offers.join("; "))
}

#[cfg(test)]
mod tests;
