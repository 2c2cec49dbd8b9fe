//! A subscriber of webhooks: takes every message with a 200 and remembers it.

use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A message that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    pub head: String,
    pub body: Vec<u8>,
}

impl Heard {
    /// A header field; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        let named = |line: &&str| line.to_ascii_lowercase().starts_with(&format!("{name}:"));
        self.head.lines().find(named).and_then(|line| line.split_once(':')).map_or("", |(_, value)| value.trim())
    }
}

pub struct Subscriber {
    /// `host:port`
    pub address: String,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Subscriber {
    pub async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound port").to_string();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let book = heard.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(listen(stream, book.clone()));
            }
        });
        Self { address, heard }
    }

    /// All messages, in the order they came.
    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().expect("nobody panicked").clone()
    }
}

/// Reads requests until the other side is gone; one that is cut off was not heard.
async fn listen(mut stream: TcpStream, book: Arc<Mutex<Vec<Heard>>>) {
    let mut buffer = Vec::new();
    loop {
        let split = loop {
            if let Some(at) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
                break at + 4;
            }
            if stream.read_buf(&mut buffer).await.unwrap_or(0) == 0 {
                return;
            }
        };
        let head = String::from_utf8_lossy(&buffer[..split]).into_owned();
        let mut heard = Heard { head, body: Vec::new() };
        let length: usize = heard.header("content-length").parse().unwrap_or(0);
        while buffer.len() < split + length {
            if stream.read_buf(&mut buffer).await.unwrap_or(0) == 0 {
                return;
            }
        }
        heard.body = buffer[split..split + length].to_vec();
        buffer.drain(..split + length);
        book.lock().expect("nobody panicked").push(heard);
        if stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.is_err() {
            return;
        }
    }
}
