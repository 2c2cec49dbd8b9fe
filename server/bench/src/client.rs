//! HTTP/1.1 on one kept-alive connection (RFC 9112): as light as can be, as it runs on the server's cores.

use crate::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub struct Connection {
    stream: TcpStream,
    /// Head and raw body of the last answer.
    buffer: Vec<u8>,
    /// The last body, if it came in chunks.
    joined: Vec<u8>,
}

#[derive(Debug)]
pub struct Answer<'c> {
    pub status: u16,
    head: &'c [u8],
    pub body: &'c [u8],
}

impl Answer<'_> {
    pub fn header(&self, name: &str) -> Option<&str> {
        header(self.head, name)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(self.body).into_owned()
    }
}

enum Framing {
    Length(usize),
    Chunked,
}

impl Connection {
    pub async fn open(authority: &str) -> Result<Self> {
        let stream = TcpStream::connect(authority).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 * 1024), joined: Vec::new() })
    }

    pub async fn ask(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = self.read_head().await?;
        let status = status(&self.buffer[..head])?;
        match framing(&self.buffer[..head], status)? {
            Framing::Length(length) => {
                self.read_to(head + length).await?;
                Ok(Answer { status, head: &self.buffer[..head], body: &self.buffer[head..head + length] })
            }
            Framing::Chunked => {
                self.read_chunks(head).await?;
                Ok(Answer { status, head: &self.buffer[..head], body: &self.joined })
            }
        }
    }

    /// The length of the head with its empty line.
    async fn read_head(&mut self) -> Result<usize> {
        let mut looked = 0;
        loop {
            let found = self.buffer[looked..].windows(4).position(|w| w == b"\r\n\r\n");
            if let Some(at) = found {
                return Ok(looked + at + 4);
            }
            looked = self.buffer.len().saturating_sub(3);
            self.read_more().await?;
        }
    }

    async fn read_more(&mut self) -> Result<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err("the server closed the connection".into()),
            _ => Ok(()),
        }
    }

    async fn read_to(&mut self, length: usize) -> Result<()> {
        while self.buffer.len() < length {
            self.read_more().await?;
        }
        Ok(())
    }

    async fn read_chunks(&mut self, mut at: usize) -> Result<()> {
        self.joined.clear();
        loop {
            let line = loop {
                match self.buffer[at..].windows(2).position(|w| w == b"\r\n") {
                    Some(end) => break at + end,
                    None => self.read_more().await?,
                }
            };
            let size = std::str::from_utf8(&self.buffer[at..line])?.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16)?;
            let start = line + 2;
            self.read_to(start + size + 2).await?;
            if size == 0 {
                return Ok(());
            }
            self.joined.extend_from_slice(&self.buffer[start..start + size]);
            at = start + size + 2;
        }
    }
}

fn status(head: &[u8]) -> Result<u16> {
    let digits = head.get(9..12).filter(|_| head.starts_with(b"HTTP/1.1 ")).ok_or("not an HTTP/1.1 answer")?;
    Ok(std::str::from_utf8(digits)?.parse()?)
}

fn framing(head: &[u8], status: u16) -> Result<Framing> {
    if matches!(status, 100..200 | 204 | 304) {
        return Ok(Framing::Length(0));
    }
    match (header(head, "content-length"), header(head, "transfer-encoding")) {
        (_, Some(coding)) if coding.eq_ignore_ascii_case("chunked") => Ok(Framing::Chunked),
        (Some(length), _) => Ok(Framing::Length(length.parse()?)),
        _ => Err("an answer without a length".into()),
    }
}

fn header<'h>(head: &'h [u8], name: &str) -> Option<&'h str> {
    let lines = head.split(|b| *b == b'\n').skip(1);
    let fits = |line: &&[u8]| {
        line.len() > name.len() && line[..name.len()].eq_ignore_ascii_case(name.as_bytes()) && line[name.len()] == b':'
    };
    let line = lines.into_iter().find(fits)?;
    std::str::from_utf8(&line[name.len() + 1..]).ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    async fn answered(pieces: &'static [&'static str]) -> (u16, String, Option<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let authority = listener.local_addr().unwrap().to_string();
        let serving = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = [0; 4];
            stream.read_exact(&mut asked).await.unwrap();
            for piece in pieces {
                stream.write_all(piece.as_bytes()).await.unwrap();
                stream.flush().await.unwrap();
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        });
        let mut connection = Connection::open(&authority).await.unwrap();
        let answer = connection.ask(b"ask\n").await.unwrap();
        let found = (answer.status, answer.text(), answer.header("location").map(str::to_owned));
        serving.await.unwrap();
        found
    }

    #[tokio::test]
    async fn a_body_of_known_length_is_read_whole() {
        let found =
            answered(&["HTTP/1.1 201 Created\r\nLoca", "tion: /x\r\nContent-Length: 5\r\n\r", "\nhel", "lo"]).await;
        assert_eq!(found, (201, "hello".to_owned(), Some("/x".to_owned())));
    }

    #[tokio::test]
    async fn chunks_are_joined() {
        let found = answered(&[
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r",
            "\nhel\r\n2\r\nlo\r\n0\r\n",
            "\r\n",
        ])
        .await;
        assert_eq!(found, (200, "hello".to_owned(), None));
    }

    #[tokio::test]
    async fn an_answer_without_content_has_no_length() {
        assert_eq!(answered(&["HTTP/1.1 204 No Content\r\n\r\n"]).await.0, 204);
    }
}
