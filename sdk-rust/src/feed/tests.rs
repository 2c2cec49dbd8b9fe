//! The WebSocket feed against a small server of its own.

use futures_util::SinkExt;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};

use super::*;

fn message(cursor: u64, kind: &str) -> Frame {
    let text = json!({"cursor": cursor.to_string(), "topic": "alerts", "type": kind, "time": "2026-01-01T00:00:00Z",
        "subject": "x", "data": {"n": cursor}});
    Frame::text(text.to_string())
}

async fn listen() -> (TcpListener, Client) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = Client::new(&format!("http://{}", listener.local_addr().unwrap()), "mercy", "secret").unwrap();
    (listener, client)
}

/// Accepts one connection, answers with what it asked for and with the socket.
async fn accept(listener: &TcpListener) -> (String, WebSocketStream<TcpStream>) {
    let (stream, _) = listener.accept().await.unwrap();
    let mut asked = String::new();
    #[expect(clippy::result_large_err, reason = "the callback's type is tungstenite's")]
    let socket = accept_hdr_async(stream, |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
        asked = format!("{} {}", request.uri(), request.headers()["authorization"].to_str().unwrap());
        Ok(response)
    });
    let socket = socket.await.unwrap();
    (asked, socket)
}

#[tokio::test]
async fn a_broken_feed_goes_on_after_the_last_cursor() {
    let (listener, client) = listen().await;
    let server = tokio::spawn(async move {
        let (asked, mut socket) = accept(&listener).await;
        assert_eq!(asked, "/mercy/feed?topics=alerts%2Cspc&from=start Bearer secret");
        for (cursor, kind) in [(1, "raised"), (2, "raised"), (3, "heartbeat")] {
            socket.send(message(cursor, kind)).await.unwrap();
        }
        drop(socket);
        let (asked, mut socket) = accept(&listener).await;
        assert_eq!(asked, "/mercy/feed?topics=alerts%2Cspc&from=3 Bearer secret");
        socket.send(message(4, "raised")).await.unwrap();
        socket.next().await
    });
    let mut feed = Feed::connect(&client, &["alerts", "spc"], "start").await.unwrap();
    for expected in [1, 2, 4] {
        let message = feed.next().await.unwrap();
        assert_eq!((message.data["n"].as_u64(), message.kind.as_str()), (Some(expected), "raised"));
    }
    assert_eq!(feed.cursor(), "4");
    feed.close().await.unwrap();
    assert!(matches!(server.await.unwrap(), Some(Ok(Frame::Close(_)))));
}

#[tokio::test]
async fn a_refusal_is_told_at_once() {
    let (listener, client) = listen().await;
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut buffer = [0; 4096];
        tokio::io::AsyncReadExt::read(&mut stream, &mut buffer).await.unwrap();
        let body = r#"{"title":"Forbidden","detail":"the role operator may not read fhir.Patient"}"#;
        let answer = format!("HTTP/1.1 403 Forbidden\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        tokio::io::AsyncWriteExt::write_all(&mut stream, answer.as_bytes()).await.unwrap();
    });
    let error = Feed::connect(&client, &["fhir.Patient"], "now").await.err().unwrap();
    assert_eq!(error.status(), Some(403));
}
