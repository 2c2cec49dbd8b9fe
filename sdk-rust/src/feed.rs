//! The live feed over a WebSocket, and ([`sse`]) over server-sent events.
//!
//! The client remembers the last cursor. When the connection breaks it connects again from there, so
//! that its reader sees each message once and in order.

mod message;
pub mod sse;

use std::time::Duration;

use futures_util::{Stream, StreamExt, stream};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message as Frame};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

pub use message::Message;
pub use sse::SseFeed;

use crate::client::{Client, query};
use crate::error::{Error, Refusal, Result};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Without a sign of life for this long the connection is taken to be dead.
const SILENCE_MAX: Duration = Duration::from_secs(90);
/// Pauses between attempts to connect again: the first, and the longest.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));
const ATTEMPTS_MAX: u32 = 20;

/// A feed that resumes by itself.
///
/// ```no_run
/// # async fn example(client: theriac_sdk::Client) -> Result<(), theriac_sdk::Error> {
/// let mut feed = theriac_sdk::Feed::connect(&client, &["alerts", "fhir.Patient"], "now").await?;
/// loop {
///     let message = feed.next().await?;
///     println!("{} {} {}", message.time, message.topic, message.data);
/// }
/// # }
/// ```
pub struct Feed {
    client: Client,
    topics: String,
    /// `now`, `start` or the last cursor seen.
    from: String,
    socket: Option<Socket>,
}

impl Feed {
    /// `from` is `now`, `start` or a cursor. Fails at once if the server refuses.
    pub async fn connect(client: &Client, topics: &[&str], from: &str) -> Result<Self> {
        let mut feed = Self { client: client.clone(), topics: topics.join(","), from: from.to_owned(), socket: None };
        feed.socket = Some(feed.open().await?);
        Ok(feed)
    }

    /// Where the feed stands: give it to [`Feed::connect`] to go on from here.
    pub fn cursor(&self) -> &str {
        &self.from
    }

    /// The next message, heartbeats left out. Connects again when the connection is lost; an error
    /// means that the server refused, or could not be reached in about a minute of trying.
    pub async fn next(&mut self) -> Result<Message> {
        loop {
            let Some(socket) = self.socket.as_mut() else {
                self.socket = Some(self.reopen().await?);
                continue;
            };
            match timeout(SILENCE_MAX, socket.next()).await {
                Ok(Some(Ok(Frame::Text(text)))) => {
                    let message = Message::read(text.as_str())?;
                    if !message.cursor.is_empty() {
                        message.cursor.clone_into(&mut self.from);
                    }
                    if !message.is_heartbeat() {
                        return Ok(message);
                    }
                }
                Ok(Some(Ok(Frame::Ping(_) | Frame::Pong(_)))) => {}
                _ => self.socket = None,
            }
        }
    }

    /// The next message, if one comes within the time.
    pub async fn next_within(&mut self, limit: Duration) -> Result<Option<Message>> {
        timeout(limit, self.next()).await.ok().transpose()
    }

    /// The messages as a stream, which ends after the first error.
    pub fn into_stream(self) -> impl Stream<Item = Result<Message>> {
        stream::unfold(Some(self), async |feed| {
            let mut feed = feed?;
            match feed.next().await {
                Ok(message) => Some((Ok(message), Some(feed))),
                Err(error) => Some((Err(error), None)),
            }
        })
    }

    /// Says good-bye; dropping the feed just hangs up.
    pub async fn close(mut self) -> Result<()> {
        match self.socket.as_mut() {
            Some(socket) => socket.close(None).await.map_err(transport),
            None => Ok(()),
        }
    }

    /// Breaks the connection without a word, as a failing network does; the next read resumes.
    pub fn disconnect(&mut self) {
        self.socket = None;
    }

    async fn reopen(&self) -> Result<Socket> {
        let mut pause = PAUSE.0;
        for _ in 1..ATTEMPTS_MAX {
            match self.open().await {
                Ok(socket) => return Ok(socket),
                // Asking again helps against an overload, not against a refusal.
                Err(Error::Refused(refusal)) if refusal.status < 500 && refusal.status != 429 => {
                    return Err(Error::Refused(refusal));
                }
                Err(_) => sleep(pause).await,
            }
            pause = (pause * 2).min(PAUSE.1);
        }
        self.open().await
    }

    async fn open(&self) -> Result<Socket> {
        let path = format!("feed{}", query(&[("topics", &self.topics), ("from", &self.from)]));
        let address = self.client.address(&path)?;
        // http becomes ws, https becomes wss.
        let address = format!("ws{}", address.as_str().strip_prefix("http").unwrap_or_default());
        let mut request = address.into_client_request().map_err(transport)?;
        let token = format!("Bearer {}", self.client.token()).parse();
        request
            .headers_mut()
            .insert("authorization", token.map_err(|_| Error::Usage("the token is no header".into()))?);
        // The default read buffer is 128 KiB for each connection; see snapview/tungstenite-rs issue 480.
        let config = WebSocketConfig::default().read_buffer_size(8 << 10).write_buffer_size(0);
        match connect_async_with_config(request, Some(config), true).await {
            Ok((socket, _)) => Ok(socket),
            Err(tungstenite::Error::Http(answer)) => {
                let body = answer.body().clone().unwrap_or_default();
                Err(Refusal::read(answer.status().as_u16(), &body).into())
            }
            Err(error) => Err(transport(error)),
        }
    }
}

fn transport(error: tungstenite::Error) -> Error {
    Error::Transport(format!("the feed: {error}"))
}

#[cfg(test)]
mod tests;
