//! Which endpoint and which token are chosen of what a server offers.

use super::*;
use opcua::types::UserTokenPolicy;

const URL: &str = "opc.tcp://plant.example:4840/press";

fn offered(policy: SecurityPolicy, mode: MessageSecurityMode, tokens: &[UserTokenType]) -> EndpointDescription {
    let token = |kind: &UserTokenType| UserTokenPolicy { token_type: *kind, ..Default::default() };
    EndpointDescription {
        // A server often knows another name of itself than its clients do.
        endpoint_url: "opc.tcp://press:4840/press".into(),
        security_policy_uri: policy.to_uri().into(),
        security_mode: mode,
        user_identity_tokens: Some(tokens.iter().map(token).collect()),
        ..Default::default()
    }
}

fn all() -> Vec<EndpointDescription> {
    use MessageSecurityMode::{None, Sign, SignAndEncrypt};
    let everybody = [UserTokenType::Anonymous, UserTokenType::UserName];
    vec![
        offered(SecurityPolicy::None, None, &everybody),
        offered(SecurityPolicy::Basic256, SignAndEncrypt, &everybody),
        offered(SecurityPolicy::Basic256Sha256, Sign, &everybody),
        offered(SecurityPolicy::Basic256Sha256, SignAndEncrypt, &everybody),
        offered(SecurityPolicy::Aes128Sha256RsaOaep, SignAndEncrypt, &everybody),
    ]
}

fn config(more: &str) -> OpcUa {
    toml::from_str(&format!("name = \"press\"\nendpoint = \"{URL}\"\nnodes = []\n{more}")).unwrap()
}

fn chosen(offered: &[EndpointDescription], more: &str) -> Result<(String, MessageSecurityMode), String> {
    let endpoint = choose(offered, &config(more))?;
    assert_eq!(endpoint.endpoint_url.as_ref(), URL, "the name that the connector knows");
    let policy = SecurityPolicy::from_uri(endpoint.security_policy_uri.as_ref());
    Ok((policy.to_str().to_owned(), endpoint.security_mode))
}

#[test]
fn the_strongest_of_what_is_offered_is_taken_unless_told() {
    let take = |more: &str| chosen(&all(), more).unwrap();
    assert_eq!(take(""), ("Basic256Sha256".to_owned(), MessageSecurityMode::SignAndEncrypt));
    assert_eq!(take("[security]\nmode = \"Sign\""), ("Basic256Sha256".to_owned(), MessageSecurityMode::Sign));
    let aes = take("[security]\npolicy = \"Aes128_Sha256_RsaOaep\"");
    assert_eq!(aes, ("Aes128-Sha256-RsaOaep".to_owned(), MessageSecurityMode::SignAndEncrypt));
    assert_eq!(take("[security]\npolicy = \"none\""), ("None".to_owned(), MessageSecurityMode::None));
}

#[test]
fn a_server_without_security_is_taken_only_where_nothing_was_asked_for() {
    let open = &all()[..1];
    assert_eq!(chosen(open, ""), Ok(("None".to_owned(), MessageSecurityMode::None)));
    let named = chosen(open, "[security]\ntrust = [\"press.der\"]").unwrap_err();
    assert!(named.ends_with("asks for, but None None"), "{named}");
    chosen(open, "[security]\npolicy = \"Basic256Sha256\"").unwrap_err();
    chosen(open, "[user]\nname = \"ann\"\npassword_file = \"word\"").unwrap_err();
}

#[test]
fn policies_of_the_past_are_no_reason_to_go_without() {
    let past = &all()[..2];
    let said = chosen(past, "").unwrap_err();
    assert!(said.contains("Basic256 SignAndEncrypt"), "{said}");
}

#[test]
fn an_endpoint_must_take_such_a_user() {
    let said = chosen(&all(), "[user]\ncertificate_file = \"ann.der\"\nkey_file = \"ann.pem\"").unwrap_err();
    assert!(said.contains("Basic256Sha256 SignAndEncrypt, not for such a user"), "{said}");
    let named = chosen(&all(), "[user]\nname = \"ann\"\npassword_file = \"word\"").unwrap();
    assert_eq!(named.0, "Basic256Sha256");
}
