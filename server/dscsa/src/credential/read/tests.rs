//! Credentials as an issuer and a holder of our own sign them, and near misses.

use super::*;
use serde_json::{Value, json};
use theriac_access::SigningKeys;

const NOW: i64 = 1_795_248_000;
const ISSUER: &str = "did:web:issuer.example";

struct Wallet {
    issuer: SigningKeys,
    holder: SigningKeys,
    did: String,
}

impl Wallet {
    fn new() -> Self {
        let holder = SigningKeys::generate().unwrap();
        let jwk = holder.jwks(NOW)["keys"][0].to_string();
        let did = format!("did:jwk:{}", URL_SAFE_NO_PAD.encode(jwk));
        Self { issuer: SigningKeys::generate().unwrap(), holder, did }
    }

    fn keys(&self) -> KeySet {
        KeySet::strict(self.issuer.jwks(NOW).to_string().as_bytes()).unwrap()
    }

    fn claims(&self) -> Value {
        json!({ "iss": ISSUER, "sub": self.did, "exp": NOW + 60, "nbf": NOW - 60, "vc": {
            "type": ["VerifiableCredential", KIND],
            "credentialSubject": { "id": self.did, "gln": "4000001000005" } } })
    }

    fn issued(&self, claims: &Value) -> String {
        self.issuer.sign("JWT", claims.to_string().as_bytes()).unwrap()
    }

    fn shown(&self, by: &SigningKeys, claims: &Value) -> String {
        by.sign("JWT", claims.to_string().as_bytes()).unwrap()
    }
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

fn why<T>(result: Result<T>) -> String {
    result.err().map(|error| format!("{} {}", error.status(), error.message)).unwrap_or_default()
}

#[test]
fn a_credential_holds_under_its_issuers_keys_and_in_its_time() {
    let wallet = Wallet::new();
    let good = wallet.issued(&wallet.claims());
    let (found, bound) = holder(&good, &wallet.keys(), NOW).unwrap();
    assert_eq!((found.did.as_str(), found.gln.as_deref()), (wallet.did.as_str(), Some("4000001000005")));
    assert!(bound.is_none() && claimed_issuer(&good).unwrap() == ISSUER);
    for (claims, word) in [
        (with(wallet.claims(), "exp", json!(NOW - 60)), "expired"),
        (with(wallet.claims(), "exp", json!("soon")), "whole seconds"),
        (with(wallet.claims(), "exp", Value::Null), "whole seconds"),
        (with(wallet.claims(), "nbf", json!(NOW + 61)), "not good yet"),
        (with(wallet.claims(), "sub", json!("")), "'sub'"),
        (with(wallet.claims(), "sub", json!("did:web:other")), "differ"),
        (with(wallet.claims(), "vc", json!({ "type": ["VerifiableCredential"] })), "another type"),
        (with(wallet.claims(), "cnf", json!({ "jwk": { "kty": "oct", "k": "AA" } })), "cnf"),
    ] {
        let said = why(holder(&wallet.issued(&claims), &wallet.keys(), NOW));
        assert!(said.starts_with("403") && said.contains(word), "{claims}: {said}");
    }
    let forged = wallet.shown(&wallet.holder, &wallet.claims());
    assert!(why(holder(&forged, &wallet.keys(), NOW)).contains("signature"));
    assert!(why(holder("a.b", &wallet.keys(), NOW)).contains("signed token"));
}

#[test]
fn a_presentation_is_signed_by_the_holder_of_its_one_credential() {
    let wallet = Wallet::new();
    let issued = wallet.issued(&wallet.claims());
    let claims = json!({ "iss": wallet.did, "exp": NOW + 60, "vp": { "verifiableCredential": [issued] } });
    let good = wallet.shown(&wallet.holder, &claims);
    assert_eq!(credential(&good).unwrap(), (issued.clone(), true));
    assert_eq!(credential(&issued).unwrap(), (issued.clone(), false));
    let (found, _) = holder(&issued, &wallet.keys(), NOW).unwrap();
    assert!(presented(&good, &found, None, NOW).is_ok());
    let by_other = wallet.shown(&wallet.issuer, &claims);
    assert!(why(presented(&by_other, &found, None, NOW)).contains("not signed by its holder"));
    let as_other = wallet.shown(&wallet.holder, &with(claims.clone(), "iss", json!("did:web:x")));
    assert!(why(presented(&as_other, &found, None, NOW)).contains("another than its holder"));
    let elsewhere = Holder { did: "did:web:holder.example".to_owned(), ..found };
    assert!(why(presented(&good, &elsewhere, None, NOW)).contains("did:jwk"));
    let two = json!({ "iss": wallet.did, "vp": { "verifiableCredential": [issued, issued] } });
    assert!(why(credential(&wallet.shown(&wallet.holder, &two))).contains("exactly one"));
}

#[test]
fn a_holders_key_may_stand_in_the_credential() {
    let wallet = Wallet::new();
    let jwk = wallet.holder.jwks(NOW)["keys"][0].clone();
    let mut claims = with(wallet.claims(), "cnf", json!({ "jwk": jwk }));
    (claims["sub"], claims["vc"]["credentialSubject"]["id"]) = (json!("did:web:h"), json!("did:web:h"));
    let (found, bound) = holder(&wallet.issued(&claims), &wallet.keys(), NOW).unwrap();
    let shown = wallet.shown(&wallet.holder, &json!({ "iss": "did:web:h", "exp": NOW + 1, "vp": {} }));
    assert!(presented(&shown, &found, bound.as_ref(), NOW).is_ok());
}
