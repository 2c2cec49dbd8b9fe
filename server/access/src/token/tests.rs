//! The negative suite: what an access token must not be, case by case, with the check that must catch it.

use super::*;
use crate::permission::Permission;
use serde_json::{Value, json};
use std::sync::LazyLock;
use theriac_core::Code;

const ISSUER: &str = "https://theriac.example";
const NOW: i64 = 1_800_000_000;

static VERIFIER: LazyLock<Verifier> =
    LazyLock::new(|| Verifier::new(Arc::new(SigningKeys::generate().unwrap()), "https://theriac.example/"));

fn claims(role: Role) -> Claims {
    let mut claims = Claims::new(ISSUER, "mercy", role, "dr-1", "t-1", NOW - 10, 310);
    claims.assigned = vec!["Patient/1".into()];
    claims
}

fn clinician() -> Value {
    serde_json::to_value(claims(Role::Clinician)).unwrap()
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = clinician();
    claims[name] = value;
    claims
}

fn without(name: &str) -> Value {
    let mut claims = clinician();
    claims.as_object_mut().unwrap().shift_remove(name);
    claims
}

/// A token with our signature, whatever it says.
fn signed(typ: Option<&str>, payload: &str) -> String {
    let keys = VERIFIER.keys();
    let mut header = json!({"alg": "RS256", "kid": keys.kid()});
    if let Some(typ) = typ {
        header["typ"] = json!(typ);
    }
    keys.sign_under(header.to_string().as_bytes(), payload.as_bytes()).unwrap()
}

fn refused_by(token: &str, tenant: &str, now_s: i64) -> Option<&'static str> {
    let error = VERIFIER.verify(token, tenant, now_s).err()?;
    assert_eq!(error.code, Code::Unauthenticated);
    error.guard
}

fn refused(claims: &Value) -> Option<&'static str> {
    refused_by(&signed(Some("at+jwt"), &claims.to_string()), "mercy", NOW)
}

#[test]
fn a_token_becomes_the_grant_it_says() {
    let mut claims = claims(Role::Clinician);
    claims.scope = Some("openid user/Observation.rs".into());
    claims.client_id = Some("ward-app".into());
    claims.amr = vec!["pwd".into(), "mfa".into()];
    let token = issue(VERIFIER.keys(), &claims).unwrap();
    let grant = VERIFIER.verify(&token, "mercy", NOW).unwrap();
    assert_eq!((grant.role, grant.subject.as_str(), grant.tenant.as_str()), (Role::Clinician, "dr-1", "mercy"));
    assert_eq!((grant.client.as_deref(), grant.token_id.as_str()), (Some("ward-app"), "t-1"));
    assert_eq!((grant.assigned.as_slice(), grant.expires_at), (&["Patient/1".to_owned()][..], NOW + 300));
    assert!(grant.second_factor && grant.may(Permission::FhirRead) && !grant.may(Permission::FhirWrite));
}

#[test]
fn claims_are_checked_by_type_and_value() {
    let elsewhere = format!("{ISSUER}/other");
    #[rustfmt::skip]
    let cases: &[(&str, &[Value])] = &[
        ("iss", &[json!(""), json!(1), json!(null), json!("https://theriac.example/"), json!("https://theriac.example.evil"), json!([ISSUER])]),
        ("aud", &[json!(""), json!(null), json!(ISSUER), json!(elsewhere), json!([format!("{ISSUER}/mercy")]),
            json!(format!("{ISSUER}/mercy/")), json!(format!("{ISSUER}/mercy/fhir")), json!("HTTPS://theriac.example/mercy")]),
        ("exp", &[json!("1800000300"), json!(1_800_000_300.5), json!(1_800_000_300.0), json!(-1), json!(0), json!(null), json!(true),
            json!(u64::MAX), json!(i64::MAX), json!(253_402_300_800_i64), json!([NOW + 300]), json!({})]),
        ("iat", &[json!("1799999990"), json!(1.5), json!(-1), json!(null), json!(u64::MAX), json!(NOW + 61)]),
        ("nbf", &[json!("1799999990"), json!(1.5), json!(-1), json!(null), json!(u64::MAX), json!(NOW + 61)]),
        ("sub", &[json!(""), json!(1), json!(null), json!(["dr-1"])]),
        ("jti", &[json!(""), json!(1), json!(null)]),
        ("tenant", &[json!(""), json!(1), json!(null), json!("other"), json!("Mercy")]),
        ("role", &[json!(""), json!("root"), json!("Administrator"), json!(null), json!(["administrator"])]),
        ("assigned", &[json!("Patient/1"), json!([1]), json!(["Group/1"]), json!(["Patient/1", ""]), json!(["Patient/1/_history/1"]), json!(null)]),
        ("glns", &[json!("0614141000005"), json!(["614141000005"]), json!([614_141_000_005_i64]), json!(null)]),
        ("site", &[json!(""), json!(7), json!(null), json!(["north"])]),
        ("amr", &[json!("mfa"), json!([1]), json!(null), json!({"mfa": true})]),
        ("client_id", &[json!(""), json!(1), json!(null)]),
        ("scope", &[json!(""), json!(" "), json!(null), json!(["user/*.rs"]), json!("user/*.dus"), json!("user/*.rs  openid"),
            json!("user/*.rsx"), json!("user/observation.rs"), json!("admin/*.rs"), json!("user/*.rs?x"), json!("authenticated")]),
    ];
    assert_eq!(refused(&clinician()), None);
    for (name, values) in cases {
        for value in *values {
            assert_eq!(refused(&with(name, value.clone())), Some(format!("token_{name}").as_str()), "{name}: {value}");
        }
    }
}

#[test]
fn the_claims_without_which_nothing_goes_are_required() {
    for name in ["iss", "aud", "exp", "iat", "sub", "jti", "tenant", "role"] {
        assert_eq!(refused(&without(name)), Some(format!("token_{name}").as_str()), "{name}");
    }
    assert_eq!(refused(&without("assigned")), None);
}

#[test]
fn numbers_in_other_clothes_are_no_times() {
    let good = clinician().to_string();
    for clothes in ["1.8000003e9", "1800000300.0", "+1800000300", "01800000300", "-0", "1e99999", "0x6B49D300", "NaN"] {
        let payload = good.replace("\"exp\":1800000300", &format!("\"exp\":{clothes}"));
        assert_ne!(payload, good);
        let check = refused_by(&signed(Some("at+jwt"), &payload), "mercy", NOW);
        assert!(matches!(check, Some("token_exp" | "token_payload")), "{clothes}: {check:?}");
    }
}

#[test]
fn a_payload_is_one_object_and_says_each_thing_once() {
    let good = clinician().to_string();
    let twice = good.replacen('{', r#"{"role":"administrator","#, 1);
    let hidden = good.replacen('{', r#"{"r\u006fle":"administrator","#, 1);
    for payload in [twice.as_str(), &hidden, "", "[]", "null", "\"x\"", "{", &format!("{good}{good}"), "\u{0}"] {
        assert_eq!(refused_by(&signed(Some("at+jwt"), payload), "mercy", NOW), Some("token_payload"), "{payload}");
    }
}

#[test]
fn only_access_tokens_are_access_tokens() {
    let payload = clinician().to_string();
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "JWT", "jwt"] {
        assert_eq!(refused_by(&signed(Some(typ), &payload), "mercy", NOW), None, "{typ}");
    }
    for typ in ["", "id+jwt", "dpop+jwt", "secevent+jwt", "logout+jwt", "at", "JWT "] {
        assert_eq!(refused_by(&signed(Some(typ), &payload), "mercy", NOW), Some("token_typ"), "{typ}");
    }
    assert_eq!(refused_by(&signed(None, &payload), "mercy", NOW), Some("token_typ"));
    let id_token = json!({"iss": ISSUER, "sub": "dr-1", "aud": "ward-app", "exp": NOW + 300, "iat": NOW, "jti": "1", "nonce": "n"});
    assert!(refused(&id_token).is_some());
    let assertion = json!({"iss": "ward-app", "sub": "ward-app", "aud": format!("{ISSUER}/mercy/auth/token"), "exp": NOW + 300, "jti": "1"});
    assert!(refused(&assertion).is_some());
}

#[test]
fn a_token_ends_with_its_last_second_and_begins_within_the_leeway() {
    let plain = signed(Some("at+jwt"), &clinician().to_string());
    let later = signed(Some("at+jwt"), &with("nbf", json!(NOW)).to_string());
    for (token, now, check) in [
        (&plain, i64::MIN, Some("token_iat")),
        (&plain, NOW - 71, Some("token_iat")),
        (&plain, NOW - 70, None),
        (&later, NOW - 61, Some("token_nbf")),
        (&later, NOW - 60, None),
        (&later, NOW + 299, None),
        (&later, NOW + 300, Some("token_expired")),
        (&later, i64::MAX, Some("token_expired")),
    ] {
        assert_eq!(refused_by(token, "mercy", now), check, "{now}");
    }
}

#[test]
fn a_token_of_one_tenant_is_nothing_to_another() {
    let token = issue(VERIFIER.keys(), &claims(Role::Steward)).unwrap();
    for tenant in ["other", "Mercy", "mercy/", "", "mercy2"] {
        assert_eq!(refused_by(&token, tenant, NOW), Some("token_aud"), "{tenant}");
    }
}

#[test]
fn a_server_of_another_name_does_not_take_our_tokens() {
    let token = issue(VERIFIER.keys(), &claims(Role::Steward)).unwrap();
    let other = Verifier::new(Arc::clone(&VERIFIER.keys), "https://other.example");
    assert_eq!(other.verify(&token, "mercy", NOW).unwrap_err().guard, Some("token_iss"));
}

#[test]
fn scopes_speak_for_whom_the_token_is() {
    let cases = [
        (Role::Service, "system/*.rs epcis.capture", 1, true),
        (Role::Service, "user/*.rs", 1, false),
        (Role::Service, "patient/*.rs", 1, false),
        (Role::Clinician, "user/*.rs", 0, true),
        (Role::Clinician, "system/*.rs", 1, false),
        (Role::Clinician, "patient/*.rs", 1, true),
        (Role::Clinician, "patient/*.rs", 0, false),
        (Role::Clinician, "patient/*.rs", 2, false),
        (Role::Steward, "patient/*.rs", 1, false),
        (Role::Operator, "readings.write", 0, true),
    ];
    for (role, scope, patients, good) in cases {
        let assigned = (0..patients).map(|id| format!("Patient/{id}")).collect();
        let claims = Claims { assigned, scope: Some(scope.into()), ..claims(role) };
        let token = issue(VERIFIER.keys(), &claims).unwrap();
        let wanted = if good { None } else { Some("token_scope") };
        assert_eq!(refused_by(&token, "mercy", NOW), wanted, "{role:?} {scope} {patients}");
    }
}

#[test]
fn the_cache_forgets_neither_expiry_nor_tenant() {
    let token = issue(VERIFIER.keys(), &Claims { jti: "cached".into(), ..claims(Role::Steward) }).unwrap();
    let first = VERIFIER.verify_cached(&token, "mercy", NOW).unwrap();
    let second = VERIFIER.verify_cached(&token, "mercy", NOW + 299).unwrap();
    assert!(Arc::ptr_eq(&first, &second));
    let guard = |tenant, now| VERIFIER.verify_cached(&token, tenant, now).unwrap_err().guard;
    assert_eq!(guard("mercy", NOW + 300), Some("token_expired"));
    assert_eq!(guard("other", NOW), Some("token_aud"));
    let mut changed = token.clone();
    changed.pop();
    assert!(VERIFIER.verify_cached(&changed, "mercy", NOW).is_err());
}

#[test]
fn a_refusal_repeats_nothing_of_the_token() {
    let secret = "s3cret-value";
    for name in ["iss", "aud", "exp", "iat", "tenant", "role", "assigned", "site", "amr"] {
        let token = signed(Some("at+jwt"), &with(name, json!({"x": secret})).to_string());
        let error = VERIFIER.verify(&token, "mercy", NOW).unwrap_err();
        assert!(!error.to_string().contains(secret) && error.cause.is_none(), "{error}");
    }
}
