//! Control charts.

use reqwest::Method;
use serde_json::Value;

use super::{Client, encode};
use crate::error::Result;

impl Client {
    pub fn spc(&self) -> Spc<'_> {
        Spc { client: self }
    }
}

pub struct Spc<'c> {
    client: &'c Client,
}

impl Spc<'_> {
    pub async fn put_chart(&self, id: &str, chart: &Value) -> Result<()> {
        self.client.send(Method::PUT, &format!("spc/charts/{}", encode(id)), chart).await.map(drop)
    }

    /// Center, limits, sigma, points and violations.
    pub async fn chart(&self, id: &str) -> Result<Value> {
        self.client.get(&format!("spc/charts/{}", encode(id))).await
    }

    /// Evaluates `{"values":[...]}` or subgroups on the chart's settings, without storing them.
    pub async fn evaluate(&self, id: &str, values: &Value) -> Result<Value> {
        self.client.send(Method::POST, &format!("spc/charts/{}/evaluate", encode(id)), values).await?.json()
    }
}
