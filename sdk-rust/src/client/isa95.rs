//! Plant data: equipment and readings.

use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

use super::{Client, encode, query};
use crate::error::Result;

impl Client {
    pub fn isa95(&self) -> Isa95<'_> {
        Isa95 { client: self }
    }
}

pub struct Isa95<'c> {
    client: &'c Client,
}

/// What became of a batch of readings.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Loaded {
    pub accepted: u64,
    #[serde(default)]
    pub refused: Vec<Refused>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Refused {
    /// From 1.
    pub line: u64,
    pub why: String,
}

impl Isa95<'_> {
    /// Stores equipment under its own `id`.
    pub async fn put_equipment(&self, equipment: &Value) -> Result<()> {
        let id = equipment["id"].as_str().unwrap_or_default();
        self.client.send(Method::PUT, &format!("isa95/equipment/{}", encode(id)), equipment).await.map(drop)
    }

    pub async fn equipment(&self, id: &str) -> Result<Value> {
        self.client.get(&format!("isa95/equipment/{}", encode(id))).await
    }

    /// Sends an array of `{"property","time","value","quality"?}`.
    pub async fn send_readings(&self, readings: &Value) -> Result<Loaded> {
        self.client.send(Method::POST, "isa95/readings", readings).await?.json()
    }

    /// Sends readings as they stand in a file: `application/x-ndjson`, `text/csv` or `application/json`.
    pub async fn send_readings_as(&self, media: &str, body: impl Into<bytes::Bytes>) -> Result<Loaded> {
        let headers = [("content-type", media), ("accept", "application/json")];
        self.client.request(Method::POST, "isa95/readings", &headers, body).await?.success()?.json()
    }

    /// Parameters: `property`, `from`, `to`, `bucket`, `aggregate`.
    pub async fn readings(&self, parameters: &[(&str, &str)]) -> Result<Value> {
        self.client.get(&format!("isa95/readings{}", query(parameters))).await
    }
}
