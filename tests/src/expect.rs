//! Looking at answers.

use std::time::{Duration, Instant};

use serde_json::Value;
use theriac_sdk::{Answer, Refusal};

/// What asynchronous work may take on a busy machine.
pub const SOON: Duration = Duration::from_secs(20);

/// The answer is a refusal with this status and code, and names the place; never a 500.
#[track_caller]
pub fn refused(answer: &Answer, status: u16, code: &str, place: &str) -> Refusal {
    let refusal = answer.refusal();
    assert_eq!(answer.status, status, "{}", refusal.body);
    assert_eq!(refusal.code, code, "{}", refusal.body);
    let says = format!("{} {}", refusal.places.join(" "), refusal.message);
    assert!(says.contains(place), "{place:?} is not named in {}", refusal.body);
    refusal
}

/// Asks again and again until there is an answer.
#[track_caller]
pub fn soon<T, F: Future<Output = Option<T>>>(what: &str, ask: impl Fn() -> F) -> impl Future<Output = T> {
    let caller = std::panic::Location::caller();
    async move {
        let started = Instant::now();
        loop {
            if let Some(found) = ask().await {
                return found;
            }
            assert!(started.elapsed() < SOON, "{caller}: no {what} within {SOON:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Every value that stands under this name, however deep.
pub fn members(value: &Value, name: &str) -> Vec<Value> {
    match value {
        Value::Object(object) => object
            .iter()
            .flat_map(|(key, inner)| if key == name { vec![inner.clone()] } else { members(inner, name) })
            .collect(),
        Value::Array(list) => list.iter().flat_map(|inner| members(inner, name)).collect(),
        _ => Vec::new(),
    }
}

/// The ids of a Bundle's resources, in order.
pub fn ids(bundle: &Value) -> Vec<String> {
    let entries = bundle["entry"].as_array().into_iter().flatten();
    entries.filter_map(|entry| entry["resource"]["id"].as_str()).map(str::to_owned).collect()
}
