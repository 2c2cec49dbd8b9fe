//! Published signatures, and the shapes a signature must not have.

use super::*;
use crate::key::SigningKeys;
use serde_json::Value;
use std::sync::LazyLock;

static KEYS: LazyLock<SigningKeys> = LazyLock::new(|| SigningKeys::generate().unwrap());

fn signed(header: &str) -> String {
    KEYS.sign_under(header.as_bytes(), b"{}").unwrap()
}

fn header(extra: &str) -> String {
    format!(r#"{{"alg":"RS256","kid":"{}"{extra}}}"#, KEYS.kid())
}

fn refused_by(token: &str) -> Option<&'static str> {
    let ring = KEYS.ring();
    open(|kid| ring.find(kid, 0), token).err().and_then(|error| error.guard)
}

/// RFC 7520, 4.1 (figure 13), as Wycheproof's `json_web_signature_test.json` tcId 345 carries it (Apache-2.0).
const RFC7520_N: &str = "n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw";
const RFC7520_JWS: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4.MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wnB-BDkoBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDquDg";

#[test]
fn the_signature_of_rfc_7520_holds_until_a_letter_changes() {
    let key = PublicKey::new("bilbo.baggins@hobbiton.example".into(), RFC7520_N.into(), "AQAB".into()).unwrap();
    let open = |token: &str| open(|kid| Some(&key).filter(|key| key.kid == kid), token);
    let opened = open(RFC7520_JWS).unwrap();
    assert!(opened.payload.starts_with("It’s a dangerous business, Frodo".as_bytes()));
    let changed = RFC7520_JWS.replace(".SXTi", ".TXTi");
    assert_eq!(open(&changed).unwrap_err().guard, Some("token_signature"));
}

#[test]
fn a_token_is_three_parts_of_unpadded_base64url() {
    let good = signed(&header(""));
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (head, payload) = message.split_once('.').unwrap();
    let bad = [
        String::new(),
        "..".into(),
        head.into(),
        message.into(),
        format!("{good}."),
        format!(".{good}"),
        format!("{good}.{signature}"),
        format!("{good}="),
        format!(" {good}"),
        format!("{good}\n"),
        format!("{head}.{payload}+/.{signature}"),
        format!("{head}.{}.{signature}", "A".repeat(MOST_BYTES)),
        r#"{"payload":"e30","signatures":[]}"#.into(),
    ];
    assert_eq!(refused_by(&good), None);
    for token in bad {
        assert!(matches!(refused_by(&token), Some("token_shape" | "token_header")), "{token}");
    }
}

#[test]
fn a_signature_must_be_whole() {
    let good = signed(&header(""));
    let (message, signature) = good.rsplit_once('.').unwrap();
    let whole = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let mut flipped = whole.clone();
    flipped[17] ^= 1;
    let zero = vec![0; whole.len()];
    for bad in [&whole[..whole.len() - 1], &whole[1..], &flipped, &zero, &[], &[&whole[..], &[0]].concat()] {
        let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(bad));
        assert_eq!(refused_by(&token), Some("token_signature"), "{} bytes", bad.len());
    }
}

#[test]
fn no_other_algorithm_has_a_road_in() {
    let kid = KEYS.kid();
    let others = [
        "none", "None", "NONE", "nOnE", "", "HS256", "HS384", "RS384", "RS512", "PS256", "ES256", "EdDSA", "rs256",
        "RS256 ",
    ];
    for alg in others {
        let signed = signed(&format!(r#"{{"alg":"{alg}","kid":"{kid}"}}"#));
        assert_eq!(refused_by(&signed), Some("token_alg"), "{alg}");
        let unsigned = format!("{}.", signed.rsplit_once('.').unwrap().0);
        assert_eq!(refused_by(&unsigned), Some("token_alg"), "{alg}, unsigned");
    }
    assert_eq!(refused_by(&signed(&format!(r#"{{"kid":"{kid}"}}"#))), Some("token_alg"));
}

#[test]
fn the_public_key_is_no_hmac_secret() {
    let ring = KEYS.ring();
    let modulus = URL_SAFE_NO_PAD.decode(&ring.public.n).unwrap();
    let jwks = KEYS.jwks(0).to_string();
    for alg in ["HS256", "RS256"] {
        for secret in [modulus.as_slice(), ring.public.n.as_bytes(), jwks.as_bytes()] {
            let head = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"{alg}","kid":"{}"}}"#, KEYS.kid()));
            let message = format!("{head}.{}", URL_SAFE_NO_PAD.encode("{}"));
            let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret);
            let tag = aws_lc_rs::hmac::sign(&key, message.as_bytes());
            let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()));
            assert!(matches!(refused_by(&token), Some("token_alg" | "token_signature")), "{alg}");
        }
    }
}

#[test]
fn a_key_of_our_name_but_not_ours_does_not_sign() {
    let other = SigningKeys::generate().unwrap();
    let forged = other.sign_under(header("").as_bytes(), b"{}").unwrap();
    assert_eq!(refused_by(&forged), Some("token_signature"));
}

#[test]
fn the_kid_must_name_our_key() {
    let kids = ["", "other", "../../../etc/passwd", "' OR 1=1 --", "/dev/null", "\\u0000"];
    for kid in kids {
        let token = signed(&format!(r#"{{"alg":"RS256","kid":"{kid}"}}"#));
        assert_eq!(refused_by(&token), Some("token_kid"), "{kid}");
    }
    assert_eq!(refused_by(&signed(r#"{"alg":"RS256"}"#)), Some("token_kid"));
}

#[test]
fn a_header_brings_no_keys_and_no_demands() {
    let extras = [
        r#","jku":"https://evil.example/jwks.json""#,
        r#","jwk":{"kty":"RSA","n":"AQAB","e":"AQAB"}"#,
        r#","x5u":"https://evil.example/cert""#,
        r#","x5c":["MIIB"]"#,
        r#","x5t":"AAAA""#,
        r#","crit":["exp"]"#,
        r#","crit":[]"#,
        r#","b64":false"#,
        r#","zip":"DEF""#,
        r#","cty":"JWT""#,
        r#","alg":"RS256""#,
        r#","typ":null"#,
        r#","typ":["JWT"]"#,
    ];
    for extra in extras {
        assert_eq!(refused_by(&signed(&header(extra))), Some("token_header"), "{extra}");
    }
    for whole in ["", "[]", "null", "\"RS256\"", "{", "{}x"] {
        assert!(matches!(refused_by(&signed(whole)), Some("token_header")), "{whole}");
    }
}

/// Wycheproof, <https://github.com/C2SP/wycheproof>: every vector of an RSA signing key. Vectors of other algorithms
/// are forgeries to us, also the valid ones. Left out: `UsingRS256`, which wants a key registered for PS512 to refuse
/// RS256; the keys here are registered for RS256 and nothing else.
#[test]
fn agrees_with_wycheproof() {
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/jose/wycheproof/json_web_signature_test.json");
    let Ok(text) = std::fs::read(path) else {
        eprintln!("SKIPPED: ../shared/data/jose is not here");
        return;
    };
    let suite: Value = serde_json::from_slice(&text).unwrap();
    let mut seen = (0, 0);
    for group in suite["testGroups"].as_array().unwrap() {
        let key = if group["public"].is_object() { &group["public"] } else { &group["private"] };
        let text = |name: &str| key[name].as_str().unwrap_or_default().to_owned();
        if text("kty") != "RSA" || text("use") == "enc" {
            continue;
        }
        let public = PublicKey::new(text("kid"), text("n"), text("e")).unwrap();
        for test in group["tests"].as_array().unwrap() {
            if test["comment"] == "UsingRS256" {
                continue;
            }
            let jws = test["jws"].as_str().unwrap_or_default();
            let wanted = test["result"] == "valid" && text("alg") == "RS256";
            assert_eq!(
                open(|kid| Some(&public).filter(|key| key.kid == kid), jws).is_ok(),
                wanted,
                "tcId {}: {}",
                test["tcId"],
                test["comment"]
            );
            if wanted { seen.0 += 1 } else { seen.1 += 1 }
        }
    }
    assert!(seen.0 >= 6 && seen.1 >= 190, "vectors seen: {seen:?}");
}
