//! EPCIS 2.0 REST binding, <https://ref.gs1.org/standards/epcis/>: capture, jobs, events, items.

use std::time::Duration;

use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::{Client, encode, query};
use crate::error::{Error, Result};

impl Client {
    pub fn epcis(&self) -> Epcis<'_> {
        Epcis { client: self }
    }
}

pub struct Epcis<'c> {
    client: &'c Client,
}

/// A capture job.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    #[serde(rename = "captureID")]
    pub capture_id: String,
    pub running: bool,
    pub success: bool,
    #[serde(default)]
    pub errors: Vec<Value>,
}

impl Epcis<'_> {
    /// Sends a document; the answer is the id of the job that captures it.
    pub async fn capture(&self, document: &Value) -> Result<String> {
        let answer = self.client.send(Method::POST, "epcis/capture", document).await?;
        let location = answer.header("location").unwrap_or_default().trim_end_matches('/');
        match location.rsplit('/').next() {
            Some(id) if !id.is_empty() => Ok(id.to_owned()),
            _ => Err(Error::Unexpected("the Location header does not name the capture job".into())),
        }
    }

    pub async fn job(&self, id: &str) -> Result<Job> {
        let path = format!("epcis/capture/{}", encode(id));
        let answer = self.client.request(Method::GET, &path, &[("accept", "application/json")], "").await?;
        answer.success()?.json()
    }

    /// Sends a document and asks for its job until it has ended, well or badly.
    pub async fn capture_and_wait(&self, document: &Value, limit: Duration) -> Result<Job> {
        let id = self.capture(document).await?;
        let (started, mut pause) = (Instant::now(), Duration::from_millis(10));
        loop {
            let job = self.job(&id).await?;
            if !job.running {
                return Ok(job);
            }
            if started.elapsed() > limit {
                return Err(Error::Unexpected(format!("capture job {id} still runs after {limit:?}")));
            }
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(1));
        }
    }

    /// The events of every page, in the server's order.
    pub async fn events(&self, parameters: &[(&str, &str)]) -> Result<Vec<Value>> {
        let mut path = format!("epcis/events{}", query(parameters));
        let mut events = Vec::new();
        loop {
            let answer =
                self.client.request(Method::GET, &path, &[("accept", "application/json")], "").await?.success()?;
            let mut page: Value = answer.json()?;
            if let Value::Array(list) = page["epcisBody"]["queryResults"]["resultsBody"]["eventList"].take() {
                events.extend(list);
            }
            let Some(next) = answer.link("next") else { return Ok(events) };
            path = self.client.path_of(next)?;
        }
    }

    /// The state of one item: disposition, location, parent, last event.
    pub async fn item(&self, epc: &str) -> Result<Value> {
        self.client.get(&format!("epcis/items/{}", encode(epc))).await
    }

    /// The state of one item at a past moment.
    pub async fn item_at(&self, epc: &str, at: &str) -> Result<Value> {
        self.client.get(&format!("epcis/items/{}{}", encode(epc), query(&[("at", at)]))).await
    }
}
