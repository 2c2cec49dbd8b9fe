//! A WebSocket as domains see it: text in, text out, and a close with a reason.

use theriac_core::{Code, Error, Result};
use tokio::sync::mpsc;

/// Bounded both ways: a slow reader stops the writer, never fills the memory.
pub struct Socket {
    pub(super) incoming: mpsc::Receiver<String>,
    pub(super) outgoing: mpsc::Sender<String>,
}

/// The edge's ends of the same channels.
pub(super) struct Wire {
    pub incoming: mpsc::Sender<String>,
    pub outgoing: mpsc::Receiver<String>,
}

const WAITING: usize = 64;

impl Socket {
    pub(super) fn pair() -> (Self, Wire) {
        let (to_domain, incoming) = mpsc::channel(WAITING);
        let (outgoing, to_wire) = mpsc::channel(WAITING);
        (Self { incoming, outgoing }, Wire { incoming: to_domain, outgoing: to_wire })
    }

    /// The next text message; none when the other side closed.
    pub async fn next(&mut self) -> Option<String> {
        self.incoming.recv().await
    }

    /// Sends one text message, waiting while the other side is slow.
    ///
    /// # Errors
    /// `Unavailable` when the other side is gone.
    pub async fn send(&self, text: String) -> Result<()> {
        self.outgoing.send(text).await.map_err(|_| Error::new(Code::Unavailable, "the socket is closed"))
    }

    /// Resolves when the other side is gone.
    pub async fn closed(&self) {
        self.outgoing.closed().await;
    }
}
