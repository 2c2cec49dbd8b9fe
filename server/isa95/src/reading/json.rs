//! A JSON array of readings (RFC 8259), element by element as the body arrives: the array is never held whole.
//!
//! An element that is JSON but no reading is refused alone; where the text stops being JSON, the body is refused.

use super::{LINE_MAX, Sink, malformed, object};
use theriac_core::{Code, Issue, Result};

#[derive(Debug, Default)]
pub(super) struct Elements {
    carry: Vec<u8>,
    expect: Expect,
    /// Elements read so far.
    count: u64,
}

#[derive(Debug, Default, Clone, Copy, PartialEq)]
enum Expect {
    #[default]
    Array,
    FirstOrEnd,
    Element,
    CommaOrEnd,
    Nothing,
}

impl Elements {
    pub fn push(&mut self, bytes: &[u8], sink: &mut Sink) -> Result<()> {
        if self.carry.is_empty() {
            let used = self.read(bytes, sink)?;
            self.carry.extend_from_slice(&bytes[used..]);
        } else {
            let mut carry = std::mem::take(&mut self.carry);
            carry.extend_from_slice(bytes);
            let used = self.read(&carry, sink)?;
            carry.drain(..used);
            self.carry = carry;
        }
        if self.carry.len() > LINE_MAX {
            return self.fail(&format!("is longer than {LINE_MAX} bytes; a reading is a small object"));
        }
        Ok(())
    }

    pub fn finish(&mut self) -> Result<()> {
        match self.expect {
            Expect::Nothing if self.carry.is_empty() => Ok(()),
            Expect::Array => malformed("the body is empty; a JSON array of readings was expected"),
            _ => self.fail("is where the body ends, before the array is closed by ]"),
        }
    }

    /// Reads as far as it can; gives the number of bytes that are done with.
    fn read(&mut self, text: &[u8], sink: &mut Sink) -> Result<usize> {
        let mut at = 0;
        loop {
            at += text[at..].iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n')).count();
            let Some(byte) = text.get(at).copied() else { return Ok(at) };
            match (self.expect, byte) {
                (Expect::Array, 0xef) if text[at..].starts_with(b"\xef\xbb\xbf") => at += 3,
                (Expect::Array, 0xef) if text.len() - at < 3 => return Ok(at),
                (Expect::Array, b'[') => self.step(Expect::FirstOrEnd, &mut at),
                (Expect::Array, _) => return not_an_array(byte),
                (Expect::FirstOrEnd | Expect::CommaOrEnd, b']') => self.step(Expect::Nothing, &mut at),
                (Expect::CommaOrEnd, b',') => self.step(Expect::Element, &mut at),
                (Expect::CommaOrEnd, _) => return self.fail("is not followed by , or ]"),
                (Expect::Nothing, _) => return malformed("text stands after the end of the array"),
                (Expect::FirstOrEnd | Expect::Element, _) => match self.element(&text[at..], sink)? {
                    Some(length) => at += length,
                    None => return Ok(at),
                },
            }
        }
    }

    fn step(&mut self, expect: Expect, at: &mut usize) {
        self.expect = expect;
        *at += 1;
    }

    /// Reads one element; `None` if it is not yet whole.
    fn element(&mut self, text: &[u8], sink: &mut Sink) -> Result<Option<usize>> {
        sink.line = self.count + 1;
        let length = match object::plain(text, sink) {
            Some(length) => length,
            None => match extent(text) {
                None => return Ok(None),
                Some(0) => {
                    self.count += 1;
                    return self.fail("is missing: a reading was expected before , or ]");
                }
                Some(length) => {
                    self.odd(&text[..length], sink)?;
                    length
                }
            },
        };
        self.count += 1;
        self.expect = Expect::CommaOrEnd;
        Ok(Some(length))
    }

    fn odd(&mut self, element: &[u8], sink: &mut Sink) -> Result<()> {
        let Err(why) = object::full(element, sink) else { return Ok(()) };
        if why.starts_with(object::NOT_JSON) {
            self.count += 1;
            return self.fail(&format!("is {why}"));
        }
        sink.refuse(why);
        Ok(())
    }

    fn fail<T>(&self, message: &str) -> Result<T> {
        let path = format!("[{}]", self.count.saturating_sub(1));
        let message = format!("element {} {message}", self.count);
        Err(theriac_core::Error::from_issues(vec![Issue::new(Code::Malformed, path, message)]))
    }
}

fn not_an_array<T>(byte: u8) -> Result<T> {
    malformed(match byte {
        b'{' => "a JSON array of readings was expected, not an object; send one reading a line as application/x-ndjson",
        _ => "a JSON array of readings was expected",
    })
}

/// The length of the JSON value at the start of `text` by brackets and quotes alone; `None` if its end is not there.
fn extent(text: &[u8]) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0usize, false, false);
    for (at, byte) in text.iter().enumerate() {
        if quoted {
            (quoted, escaped) = (escaped || *byte != b'"', !escaped && *byte == b'\\');
            if !quoted && depth == 0 {
                return Some(at + 1);
            }
            continue;
        }
        match byte {
            b'"' => quoted = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' | b',' if depth == 0 => return Some(at),
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}
