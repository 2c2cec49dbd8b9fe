//! The live feed over a WebSocket, as a subscriber sees it.

use crate::Result;
use crate::world::Site;
use futures_util::StreamExt;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

/// A subscription begins a moment after the handshake is answered.
const BEGINNING: Duration = Duration::from_millis(250);

pub struct Feed {
    socket: WebSocketStream<TcpStream>,
}

impl Feed {
    /// Hears of what happens from now on.
    pub async fn open(site: &Site, topic: &str) -> Result<Self> {
        let feed = Self::connect(site, &at(topic)).await?;
        tokio::time::sleep(BEGINNING).await;
        Ok(feed)
    }

    pub async fn open_many(site: &Site, topic: &str, count: usize) -> Result<Vec<Self>> {
        Self::open_at(site, &at(topic), count).await
    }

    /// Of any address that answers by WebSocket.
    pub async fn open_at(site: &Site, path: &str, count: usize) -> Result<Vec<Self>> {
        let mut feeds = Vec::with_capacity(count);
        for _ in 0..count {
            feeds.push(Self::connect(site, path).await?);
        }
        tokio::time::sleep(BEGINNING).await;
        Ok(feeds)
    }

    async fn connect(site: &Site, path: &str) -> Result<Self> {
        let address = format!("ws://{}/{}/{path}", site.authority, site.tenant);
        let mut request = address.into_client_request()?;
        request.headers_mut().insert("authorization", format!("Bearer {}", site.token).parse()?);
        let stream = TcpStream::connect(&*site.authority).await?;
        stream.set_nodelay(true)?;
        let (socket, _) = tokio_tungstenite::client_async(request, stream).await?;
        Ok(Self { socket })
    }

    /// The next message's text.
    pub async fn next(&mut self) -> Result<String> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text.as_str().to_owned()),
                Some(Ok(Message::Close(_))) | None => return Err("the feed was closed".into()),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.into()),
            }
        }
    }

    /// Waits for a message whose data has this subject.
    pub async fn next_about(&mut self, subject: &str, patience: Duration) -> Result<()> {
        let wanted = format!("\"subject\":\"{subject}\"");
        let found = async {
            while !self.next().await?.contains(&wanted) {}
            Ok(())
        };
        match tokio::time::timeout(patience, found).await {
            Ok(found) => found,
            Err(_) => Err(format!("no message about {subject} within {patience:?}").into()),
        }
    }
}

fn at(topic: &str) -> String {
    format!("feed?topics={topic}&from=now")
}
