//! The feed as server-sent events, <https://html.spec.whatwg.org/multipage/server-sent-events.html>.

use std::collections::VecDeque;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};

use super::Message;
use crate::client::{Client, query};
use crate::error::{Error, Refusal, Result};

/// One event as the format has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    pub id: Option<String>,
    pub event: String,
    pub data: String,
}

/// Takes bytes as they come, gives events as they end.
#[derive(Debug, Default)]
pub struct Parser {
    line: Vec<u8>,
    after_return: bool,
    started: bool,
    event: Event,
    has_data: bool,
}

impl Parser {
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        for byte in bytes {
            match byte {
                // CR, LF and CR LF all end a line, once.
                b'\n' if self.after_return => self.after_return = false,
                b'\n' | b'\r' => {
                    self.after_return = *byte == b'\r';
                    events.extend(self.end_line());
                }
                _ => {
                    self.after_return = false;
                    self.line.push(*byte);
                }
            }
        }
        events
    }

    fn end_line(&mut self) -> Option<Event> {
        let bytes = std::mem::take(&mut self.line);
        let text = String::from_utf8_lossy(&bytes);
        let line = if self.started { &text } else { text.strip_prefix('\u{feff}').unwrap_or(&text) };
        self.started = true;
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return std::mem::take(&mut self.has_data).then_some(event);
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        self.field(field, value.strip_prefix(' ').unwrap_or(value));
        None
    }

    fn field(&mut self, field: &str, value: &str) {
        match field {
            "data" => {
                if self.has_data {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
                self.has_data = true;
            }
            "id" if !value.contains('\0') => self.event.id = Some(value.to_owned()),
            "event" => value.clone_into(&mut self.event.event),
            _ => {}
        }
    }
}

/// The feed by SSE. It ends when the connection does; [`SseFeed::cursor`] says where to go on.
pub struct SseFeed {
    body: Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>,
    parser: Parser,
    ready: VecDeque<Event>,
    cursor: String,
}

impl SseFeed {
    /// `from` is `now`, `start` or a cursor; a cursor travels as `Last-Event-ID`.
    pub async fn connect(client: &Client, topics: &[&str], from: &str) -> Result<Self> {
        let topics = topics.join(",");
        let named = matches!(from, "now" | "start");
        let parameters = [("topics", topics.as_str()), ("from", from)];
        let path = format!("feed{}", query(&parameters[..if named { 2 } else { 1 }]));
        let mut request = client.http().get(client.address(&path)?).header("accept", "text/event-stream");
        // A feed has no end, so the client's limit on a whole answer must not apply.
        request = request.timeout(std::time::Duration::from_secs(7 * 24 * 3600));
        if !client.token().is_empty() {
            request = request.bearer_auth(client.token());
        }
        if !named {
            request = request.header("last-event-id", from);
        }
        let answer = request.send().await?;
        if !answer.status().is_success() {
            let status = answer.status().as_u16();
            return Err(Refusal::read(status, &answer.bytes().await?).into());
        }
        let body = Box::pin(answer.bytes_stream());
        Ok(Self { body, parser: Parser::default(), ready: VecDeque::new(), cursor: from.to_owned() })
    }

    pub fn cursor(&self) -> &str {
        &self.cursor
    }

    /// The next message, heartbeats left out; `None` when the server has ended the answer.
    pub async fn next(&mut self) -> Result<Option<Message>> {
        loop {
            while let Some(event) = self.ready.pop_front() {
                let mut message = Message::read(&event.data)?;
                if let Some(id) = event.id.filter(|id| !id.is_empty()) {
                    message.cursor = id;
                }
                if !message.cursor.is_empty() {
                    message.cursor.clone_into(&mut self.cursor);
                }
                if !message.is_heartbeat() {
                    return Ok(Some(message));
                }
            }
            match self.body.next().await {
                Some(bytes) => self.ready.extend(self.parser.push(&bytes.map_err(Error::from)?)),
                None => return Ok(None),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, step: usize) -> Vec<Event> {
        let mut parser = Parser::default();
        text.as_bytes().chunks(step).flat_map(|piece| parser.push(piece)).collect()
    }

    fn event(id: Option<&str>, event: &str, data: &str) -> Event {
        Event { id: id.map(str::to_owned), event: event.to_owned(), data: data.to_owned() }
    }

    #[test]
    fn events_come_out_the_same_however_the_bytes_arrive() {
        let text = "\u{feff}: a comment\r\nid: c1\r\nevent: record\ndata: {\"a\":\ndata: 1}\r\n\r\ndata:ü\rid:c2\r\r\
                    event: nothing\n\nretry: 5\ndata\n\ndata: cut off";
        let expected =
            vec![event(Some("c1"), "record", "{\"a\":\n1}"), event(Some("c2"), "", "ü"), event(None, "", "")];
        for step in 1..text.len() {
            assert_eq!(parse(text, step), expected, "in pieces of {step}");
        }
    }
}
