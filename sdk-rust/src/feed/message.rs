//! One message of the feed.

use serde::Deserialize;
use serde_json::Value;

use crate::error::{Error, Result};

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Message {
    /// Opaque; a feed opened from it goes on after this message.
    #[serde(default)]
    pub cursor: String,
    #[serde(default)]
    pub topic: String,
    /// What happened; `gap` and `heartbeat` are the feed's own.
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub time: String,
    /// What it happened to, such as `Patient/1`.
    #[serde(default)]
    pub subject: String,
    #[serde(default)]
    pub data: Value,
}

impl Message {
    /// Reads the one JSON object that a message is.
    pub fn read(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|e| Error::Unexpected(format!("a message of the feed: {e}")))
    }

    /// Says only that the connection lives.
    pub fn is_heartbeat(&self) -> bool {
        self.kind == "heartbeat"
    }

    /// Says that messages were lost to retention or to a queue that was full.
    pub fn is_gap(&self) -> bool {
        self.kind == "gap"
    }
}
