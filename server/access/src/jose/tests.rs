//! Keys and signatures of others: published ones hold, near misses do not.

use super::*;
use serde_json::{Value, json};

/// RFC 7520, 4.1: the key of "bilbo.baggins@hobbiton.example", public half.
const N: &str = "n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw";

fn rsa() -> Value {
    json!({ "kty": "RSA", "kid": "r", "n": N, "e": "AQAB" })
}

/// RFC 7515, A.3: a P-256 key, its signing input and its signature.
fn elliptic() -> Value {
    json!({ "kty": "EC", "crv": "P-256", "kid": "e", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" })
}

const ES256_TOKEN: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

fn set(keys: &[Value]) -> Result<KeySet> {
    KeySet::strict(json!({ "keys": keys }).to_string().as_bytes())
}

fn with(mut key: Value, name: &str, value: Value) -> Value {
    key[name] = value;
    key
}

#[test]
fn the_signature_of_rfc_7515_holds_by_its_key_alone() {
    let keys = set(&[elliptic(), rsa()]).unwrap();
    let parts = Parts::of(ES256_TOKEN).unwrap();
    let key = keys.find("e", &ES256).unwrap();
    assert!(parts.payload(&ES256, key).unwrap().starts_with(b"{\"iss\":\"joe\""));
    assert_eq!(parts.payload(&ES384, key).unwrap_err().guard, Some("token_alg"));
    assert_eq!(parts.payload(&ES256, keys.find("r", &RS256).unwrap()).unwrap_err().guard, Some("token_alg"));
    let changed = ES256_TOKEN.replace(".eyJpc3", ".eyJpc2");
    assert_eq!(Parts::of(&changed).unwrap().payload(&ES256, key).unwrap_err().guard, Some("token_signature"));
}

#[test]
fn a_key_is_found_by_name_and_type_or_not_at_all() {
    let keys = set(&[with(rsa(), "kid", json!("x")), with(elliptic(), "kid", json!("x"))]).unwrap();
    assert!(keys.find("x", &RS384).is_some() && keys.find("x", &ES256).is_some());
    assert!(keys.find("x", &ES384).is_none() && keys.find("y", &RS384).is_none());
    let twice = json!({ "keys": [rsa(), rsa()] }).to_string();
    assert!(KeySet::lenient(twice.as_bytes()).unwrap().find("r", &RS256).is_none());
    assert!(keys.find("x", &RS384).is_some_and(|key| key.suits(&RS256)));
    let bound = set(&[with(rsa(), "alg", json!("RS384"))]).unwrap();
    assert!(bound.find("r", &RS384).is_some() && bound.find("r", &RS256).is_none());
}

#[test]
fn only_whole_public_keys_for_signatures_are_registered() {
    for good in [rsa(), elliptic(), with(rsa(), "use", json!("sig")), with(rsa(), "key_ops", json!(["verify"]))] {
        assert!(set(std::slice::from_ref(&good)).is_ok(), "{good}");
    }
    let short = |text: &str| json!(&text[..168]);
    for (bad, word) in [
        (with(rsa(), "d", json!("AQ")), "public"),
        (json!({ "kty": "oct", "kid": "k", "k": "AAAA" }), "public"),
        (with(rsa(), "use", json!("enc")), "use is sig"),
        (with(rsa(), "key_ops", json!(["encrypt"])), "key_ops"),
        (with(rsa(), "n", short(N)), "2048"),
        (with(rsa(), "n", json!("!!")), "base64url"),
        (with(rsa(), "e", json!("AA")), "exponent"),
        (with(rsa(), "e", json!("AQ")), "exponent"),
        (with(rsa(), "alg", json!("ES384")), "fits"),
        (with(rsa(), "alg", json!("HS256")), "fits"),
        (with(elliptic(), "crv", json!("P-521")), "P-256 or P-384"),
        (with(elliptic(), "crv", json!("P-384")), "full length"),
        (with(elliptic(), "x", json!("AA")), "full length"),
        (json!({ "kty": "OKP", "crv": "Ed25519", "kid": "o", "x": "AA" }), "RSA or EC"),
        (json!("key"), "object"),
    ] {
        let error = set(std::slice::from_ref(&bad)).unwrap_err().to_string();
        assert!(error.contains(word), "{bad}: {error}");
    }
    assert!(set(&[]).is_err() && set(&[rsa(), rsa()]).is_err() && set(&[with(rsa(), "kid", json!(""))]).is_err());
}

#[test]
fn a_header_moves_no_trust_into_the_token() {
    for header in [
        r#"{"alg":"RS256","kid":"r","jwk":{}}"#,
        r#"{"alg":"RS256","kid":"r","x5u":"https://a.example"}"#,
        r#"{"alg":"RS256","kid":"r","crit":["exp"]}"#,
        r#"{"alg":"RS256","alg":"RS256","kid":"r"}"#,
        r#"{"alg":1,"kid":"r"}"#,
        r#"[]"#,
        r#"{"kid":"r"}"#,
    ] {
        let token = format!("{}.e30.AA", URL_SAFE_NO_PAD.encode(header));
        let guard = Parts::of(&token).unwrap_err().guard;
        assert!(matches!(guard, Some("token_header" | "token_alg")), "{header}: {guard:?}");
    }
    let none = format!("{}.e30.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none","kid":"r"}"#));
    let keys = set(&[rsa()]).unwrap();
    assert_eq!(open(&Parts::of(&none).unwrap(), &keys, ALGORITHMS).unwrap_err().guard, Some("token_alg"));
}
