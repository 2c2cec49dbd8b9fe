//! A body that is still coming in, for the few addresses that take more than fits in memory.

use bytes::Bytes;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use theriac_core::{Code, Error, Result};
use tokio::sync::{Mutex, mpsc};

/// Pieces that may wait for the domain; the sender waits for the rest.
const WAITING: usize = 4;

#[derive(Clone)]
pub struct Incoming {
    pieces: Arc<Mutex<mpsc::Receiver<Result<Bytes>>>>,
    /// How long the next piece may take.
    patience: Duration,
}

impl Incoming {
    pub(super) fn pair(patience: Duration) -> (mpsc::Sender<Result<Bytes>>, Self) {
        let (sender, receiver) = mpsc::channel(WAITING);
        (sender, Self { pieces: Arc::new(Mutex::new(receiver)), patience })
    }

    /// The next piece; nothing after the last.
    ///
    /// # Errors
    /// What broke the body off, and `Timeout` for a sender who stopped sending.
    pub async fn next(&self) -> Result<Option<Bytes>> {
        let mut pieces = self.pieces.lock().await;
        match tokio::time::timeout(self.patience, pieces.recv()).await {
            Ok(piece) => piece.transpose(),
            Err(_) => Err(Error::new(Code::Timeout, "the rest of the body did not come within the time limit")),
        }
    }
}

impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("still coming in")
    }
}
