//! Alerts: what the watchers raised, and their acknowledgement by people.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Client, encode, query};
use crate::error::{Error, Result};

impl Client {
    pub fn alerts(&self) -> Alerts<'_> {
        Alerts { client: self }
    }
}

pub struct Alerts<'c> {
    client: &'c Client,
}

impl Alerts<'_> {
    /// Alerts, for example with `("state", "open")`.
    pub async fn list(&self, parameters: &[(&str, &str)]) -> Result<Vec<Value>> {
        list(self.client.get(&format!("alerts{}", query(parameters))).await?)
    }

    pub async fn acknowledge(&self, id: &str, reason: &str) -> Result<()> {
        let path = format!("alerts/{}/acknowledge", encode(id));
        self.client.send(Method::POST, &path, &json!({ "reason": reason })).await.map(drop)
    }
}

/// A list is an array, or an object with the array under one of its names.
fn list(value: Value) -> Result<Vec<Value>> {
    let found = match value {
        Value::Array(list) => Some(list),
        Value::Object(members) => members.into_iter().find_map(|(_, member)| match member {
            Value::Array(list) => Some(list),
            _ => None,
        }),
        _ => None,
    };
    found.ok_or_else(|| Error::Unexpected("the list of alerts is not an array".into()))
}
