//! From the spool to the gateway: batch after batch, again until it is accepted.

use crate::config::{Config, GatewayTls};
use crate::spool::Spool;
use serde::Deserialize;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use theriac_core::{Error, Result};
use tokio::sync::{Mutex, Notify, watch};

/// What is sent at once, at most; the gateway's own limit may make it less.
const BATCH: usize = 1 << 20;
const SMALLEST: usize = 4 << 10;
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

pub struct Forward {
    pub spool: Arc<Mutex<Spool>>,
    /// Something was put into the spool.
    pub filled: Arc<Notify>,
    /// Something was delivered from it.
    pub drained: Arc<Notify>,
    client: reqwest::Client,
    address: String,
    token_file: PathBuf,
    refused: PathBuf,
}

fn client(tls: Option<&GatewayTls>) -> Result<reqwest::Client> {
    let mut builder = reqwest::Client::builder().timeout(Duration::from_secs(60));
    let file = |path: &Path| std::fs::read(path).map_err(|e| Error::invalid(format!("{}: {e}", path.display())));
    let wrong = |path: &Path, e: reqwest::Error| Error::invalid(format!("{} cannot be used: {e}", path.display()));
    if let Some(path) = tls.and_then(|tls| tls.ca_file.as_deref()) {
        let authorities = reqwest::Certificate::from_pem_bundle(&file(path)?).map_err(|e| wrong(path, e))?;
        builder = builder.tls_certs_merge(authorities);
    }
    if let Some((certificate, key)) =
        tls.and_then(|tls| Some((tls.certificate_file.as_deref()?, tls.key_file.as_deref()?)))
    {
        let pem = [file(certificate)?, file(key)?].join(&b'\n');
        builder = builder.identity(reqwest::Identity::from_pem(&pem).map_err(|e| wrong(certificate, e))?);
    }
    builder.build().map_err(Error::internal)
}

/// The gateway's answer to readings.
#[derive(Debug, Deserialize)]
struct Answer {
    accepted: u64,
    #[serde(default)]
    refused: Vec<serde_json::Value>,
}

enum Outcome {
    Accepted(Answer),
    TooLarge,
    /// Try again after this long.
    Later(Duration, String),
}

impl Forward {
    pub fn new(config: &Config, spool: Arc<Mutex<Spool>>, filled: Arc<Notify>) -> Result<Self> {
        let client = client(config.tls.as_ref())?;
        let address = format!("{}/{}/isa95/readings", config.gateway.trim_end_matches('/'), config.tenant);
        Ok(Self {
            spool,
            filled,
            drained: Arc::default(),
            client,
            address,
            token_file: config.token_file.clone(),
            refused: config.spool.join("refused.ndjson"),
        })
    }

    /// Until told to stop. What is in the spool then, stays there for the next start.
    pub async fn run(self, mut stop: watch::Receiver<bool>) -> Result<()> {
        let (mut size, mut pause) = (BATCH, Duration::ZERO);
        while !*stop.borrow() {
            let next = self.spool.lock().await.peek(size)?;
            let Some((bytes, place)) = next else {
                tokio::select! {
                    () = self.filled.notified() => continue,
                    _ = stop.wait_for(|stop| *stop) => return Ok(()),
                }
            };
            match self.send(bytes).await {
                Outcome::Accepted(answer) => {
                    self.keep(&answer)?;
                    self.spool.lock().await.advance(place)?;
                    self.drained.notify_waiters();
                    (size, pause) = (BATCH.min(size * 2), Duration::ZERO);
                    continue;
                }
                Outcome::TooLarge if size > SMALLEST => {
                    size /= 2;
                    continue;
                }
                Outcome::TooLarge => pause = LONGEST_PAUSE,
                Outcome::Later(least, why) => {
                    pause = (pause * 2).clamp(Duration::from_millis(250), LONGEST_PAUSE).max(least);
                    tracing::warn!(why, ?pause, "the gateway did not take the readings; they wait in the spool");
                }
            }
            let _woken = tokio::time::timeout(pause, stop.wait_for(|stop| *stop)).await;
        }
        Ok(())
    }

    async fn send(&self, bytes: Vec<u8>) -> Outcome {
        let token = match std::fs::read_to_string(&self.token_file) {
            Ok(token) => token.trim().to_owned(),
            Err(e) => return Outcome::Later(LONGEST_PAUSE, format!("{}: {e}", self.token_file.display())),
        };
        let request = self.client.post(&self.address).bearer_auth(token).header("content-type", "application/x-ndjson");
        let response = match request.body(bytes).send().await {
            Ok(response) => response,
            Err(e) => return Outcome::Later(Duration::ZERO, e.without_url().to_string()),
        };
        let status = response.status().as_u16();
        let wait = response.headers().get("retry-after").and_then(|v| v.to_str().ok()?.parse().ok());
        let wait = Duration::from_secs(wait.unwrap_or(0));
        let body = response.bytes().await.unwrap_or_default();
        match status {
            202 => match serde_json::from_slice(&body) {
                Ok(answer) => Outcome::Accepted(answer),
                Err(e) => Outcome::Later(LONGEST_PAUSE, format!("the answer cannot be read: {e}")),
            },
            413 => Outcome::TooLarge,
            _ => Outcome::Later(wait, format!("status {status}: {}", String::from_utf8_lossy(&body))),
        }
    }

    /// What the gateway refuses for good is kept with its reason, for people to see.
    fn keep(&self, answer: &Answer) -> Result<()> {
        if answer.refused.is_empty() {
            return Ok(());
        }
        tracing::warn!(accepted = answer.accepted, refused = answer.refused.len(), file = %self.refused.display(), "refused");
        let lines: String = answer.refused.iter().map(|refused| format!("{refused}\n")).collect();
        let file = OpenOptions::new().create(true).append(true).open(&self.refused);
        let written = file.and_then(|mut file| file.write_all(lines.as_bytes()).and_then(|()| file.sync_data()));
        written.map_err(|e| Error::internal(format!("{}: {e}", self.refused.display())))
    }
}
