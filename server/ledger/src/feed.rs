//! The live feed: sealed entries as messages, by cursor, under the caller's policy at delivery.
//!
//! A message carries the cursor of its own end, so that whoever shows it again gets the next one: nothing
//! lost, nothing twice. What the caller may not see is passed over without a trace.

mod message;
mod sight;
mod subscription;
mod veil;

pub use message::{Message, Part};
pub use sight::Sight;
pub use subscription::{From, Subscription};
pub use veil::{Veil, Veiled};

use crate::ledger::Ledger;
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;
use theriac_core::{Code, Result};
use theriac_platform::http::{Body, Request, Response, Socket};
use theriac_platform::{Context, Cursors, Tickets};

/// What the feed's handlers need.
#[derive(Clone)]
pub struct Feed {
    pub ledger: Arc<Ledger>,
    pub cursors: Cursors,
    pub tickets: Arc<Tickets>,
    sights: sight::Sights,
    /// For those who see records through a view; nothing is sent to them without.
    veil: Option<Arc<dyn Veil>>,
}

impl Feed {
    pub fn new(ledger: Arc<Ledger>, cursors: Cursors, tickets: Arc<Tickets>) -> Self {
        Self { ledger, cursors, tickets, sights: sight::Sights::default(), veil: None }
    }

    /// The same feed, which asks this domain too.
    #[must_use]
    pub fn with(mut self, sight: Arc<dyn Sight>) -> Self {
        self.sights.add(sight);
        self
    }

    /// The same feed, for those too who see records through a view.
    #[must_use]
    pub fn veiled_by(self, veil: Arc<dyn Veil>) -> Self {
        Self { veil: Some(veil), ..self }
    }
}

const HEARTBEAT: Duration = Duration::from_secs(15);

/// SSE: `id:` is the cursor, and `Last-Event-ID` takes it back (HTML, 9.2 server-sent events).
pub async fn handle(feed: Feed, context: Context, request: Request) -> Result<Response> {
    let last = request.header("last-event-id").map(str::to_owned);
    let mut subscription = Subscription::open(&feed, &context, &request, last).await?;
    let (sender, receiver) = tokio::sync::mpsc::channel::<Result<Bytes>>(64);
    tokio::spawn(async move {
        loop {
            let text = match subscription.next(HEARTBEAT).await {
                Ok(messages) => messages.iter().map(Message::sse).collect::<String>(),
                // Nothing broke: the client connects again with the last cursor, or with a new token.
                Err(error) if matches!(error.code, Code::Unavailable | Code::Unauthenticated) => return,
                Err(error) => {
                    drop(sender.send(Err(error)).await);
                    return;
                }
            };
            if sender.send(Ok(text.into())).await.is_err() {
                return;
            }
        }
    });
    let stream = futures_util::stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|chunk| (chunk, receiver))
    });
    Ok(Response::new(200)
        .with("content-type", "text/event-stream")
        .with("cache-control", "no-store")
        .with("content-encoding", "identity")
        .body(Body::stream(stream)))
}

/// Refuses what no subscription can be made of, while there is still a status to say it with.
pub async fn gate(feed: Feed, context: Context, request: Request) -> Result<Response> {
    Subscription::open(&feed, &context, &request, None).await?;
    Ok(Response::new(204))
}

/// WebSocket: one JSON text a message. The caller sends nothing that matters.
pub async fn converse(feed: Feed, context: Context, request: Request, mut socket: Socket) -> Result<()> {
    let mut subscription = Subscription::open(&feed, &context, &request, None).await?;
    loop {
        let messages = tokio::select! {
            messages = subscription.next(HEARTBEAT) => messages?,
            heard = socket.next() => match heard {
                Some(_) => continue,
                None => return Ok(()),
            },
        };
        for message in messages {
            if socket.send(message.json()).await.is_err() {
                return Ok(());
            }
        }
    }
}
