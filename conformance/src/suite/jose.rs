//! Wycheproof's vectors for JSON Web Signatures and Keys (C2SP/wycheproof, Apache-2.0), on the library itself: what
//! checks client assertions and tokens of other issuers. A signature that should not hold must not; one that should
//! must, unless its algorithm is one that is not taken here.

use super::Outcome;
use crate::run::{Run, read, text};
use serde_json::Value;
use theriac_access::jose::{ALGORITHMS, Algorithm, Key, KeySet, Parts, open};
use theriac_core::json as tree;

const FOLDER: &str = "jose/wycheproof";
const FILES: &[&str] = &["json_web_signature_test.json", "json_web_key_test.json", "json_web_crypto_test.json"];

/// Members that make a key private; a set of these is never given to a verifier.
const PRIVATE: &[&str] = &["d", "p", "q", "dp", "dq", "qi"];

pub async fn run(run: &Run) -> Result<Outcome, String> {
    let mut outcome = Outcome::default();
    let (mut held, mut refused, mut elsewhere) = (0, 0, 0);
    for file in FILES {
        let document: Value = serde_json::from_slice(&read(&run.data(&format!("{FOLDER}/{file}")))?).map_err(text)?;
        for group in list(&document["testGroups"]) {
            let keys = public(if group["public"].is_null() { &group["private"] } else { &group["public"] });
            for test in list(&group["tests"]) {
                let Some(jws) = test.get("jws") else {
                    elsewhere += 1;
                    continue;
                };
                let valid = test["result"] == "valid";
                let result = match (verified(&keys, jws), valid) {
                    (Ok(()), true) => {
                        held += 1;
                        Ok(())
                    }
                    (Err(_), false) => {
                        refused += 1;
                        Ok(())
                    }
                    (Ok(()), false) => Err("holds, and should not".to_owned()),
                    (Err(why), true) => Err(format!("does not hold: {why}")),
                };
                let name = format!("{} {}", file.trim_end_matches("_test.json"), test["tcId"]);
                outcome.case(name, result);
            }
        }
    }
    outcome.note(format!(
        "{held} signatures hold, {refused} do not; {elsewhere} cases are of encryption, which is not offered"
    ));
    Ok(outcome)
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The key or the set, without what is private.
fn public(keys: &Value) -> Value {
    let mut keys = keys.clone();
    let strip = |key: &mut Value| {
        if let Some(members) = key.as_object_mut() {
            PRIVATE.iter().for_each(|name| drop(members.remove(*name)));
        }
    };
    match keys.get_mut("keys").and_then(Value::as_array_mut) {
        Some(all) => all.iter_mut().for_each(strip),
        None => strip(&mut keys),
    }
    keys
}

fn verified(keys: &Value, jws: &Value) -> Result<(), String> {
    // Only the compact form is a token here; the vectors' JSON form is another text.
    let token = jws.as_str().ok_or("not in compact form")?;
    let parts = Parts::of(token).map_err(text)?;
    if keys.get("keys").is_some() {
        let set = KeySet::lenient(keys.to_string().as_bytes()).map_err(text)?;
        return open(&parts, &set, ALGORITHMS).map(drop).map_err(text);
    }
    let bytes = keys.to_string();
    let key = Key::read(&tree::parse(bytes.as_bytes()).map_err(|e| format!("{e:?}"))?).map_err(text)?;
    let algorithm = Algorithm::find(&parts.header.alg).ok_or("an algorithm that is not taken")?;
    parts.payload(algorithm, &key).map(drop).map_err(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_private_never_reaches_the_verifier() {
        let key = json!({ "kty": "RSA", "n": "x", "d": "secret" });
        assert!(public(&key).get("d").is_none());
        assert!(public(&json!({ "keys": [key] }))["keys"][0].get("d").is_none());
    }
}
