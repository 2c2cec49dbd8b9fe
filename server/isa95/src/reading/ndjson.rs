//! NDJSON (<https://github.com/ndjson/ndjson-spec>): one reading a line; empty lines count but say nothing. The
//! cutting of a body into lines serves CSV too.

use super::{LINE_MAX, Sink, object};
use memchr::memchr;

/// Cuts pieces of a body into lines, keeping the one that is not yet whole.
#[derive(Debug, Default)]
pub(super) struct Lines {
    carry: Vec<u8>,
    number: u64,
    /// The line being read is too long; it is passed over up to its end.
    passing: bool,
}

impl Lines {
    /// Calls `take` with number and content of each whole line; `None` for a line that is too long.
    pub fn push(&mut self, mut bytes: &[u8], take: &mut impl FnMut(u64, Option<&[u8]>)) {
        while let Some(end) = memchr(b'\n', bytes) {
            let (line, rest) = (&bytes[..end], &bytes[end + 1..]);
            if self.carry.is_empty() && !self.passing {
                self.line(line, take);
            } else {
                self.keep(line);
                self.flush(take);
            }
            bytes = rest;
        }
        self.keep(bytes);
    }

    /// The last line may lack its line feed.
    pub fn finish(&mut self, take: &mut impl FnMut(u64, Option<&[u8]>)) {
        if !self.carry.is_empty() || self.passing {
            self.flush(take);
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.passing |= self.carry.len() + bytes.len() > LINE_MAX;
        match self.passing {
            true => self.carry.clear(),
            false => self.carry.extend_from_slice(bytes),
        }
    }

    fn flush(&mut self, take: &mut impl FnMut(u64, Option<&[u8]>)) {
        let mut carry = std::mem::take(&mut self.carry);
        if std::mem::take(&mut self.passing) {
            self.number += 1;
            take(self.number, None);
        } else {
            self.line(&carry, take);
        }
        carry.clear();
        self.carry = carry;
    }

    fn line(&mut self, line: &[u8], take: &mut impl FnMut(u64, Option<&[u8]>)) {
        self.number += 1;
        let line = if self.number == 1 { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line) } else { line };
        take(self.number, Some(line).filter(|line| line.len() <= LINE_MAX));
    }
}

pub(super) fn too_long() -> String {
    format!("the line is longer than {LINE_MAX} bytes")
}

/// One line of NDJSON.
pub(super) fn line(number: u64, line: Option<&[u8]>, sink: &mut Sink) {
    sink.line = number;
    let Some(line) = line else { return sink.refuse(too_long()) };
    let line = line.trim_ascii();
    if line.is_empty() || whole(line, sink) {
        return;
    }
    if let Err(why) = object::full(line, sink) {
        sink.refuse(why);
    }
}

/// Takes the line if it is one plain object and nothing else: a second object after it must not be lost.
fn whole(line: &[u8], sink: &mut Sink) -> bool {
    let before = sink.batch.times.len();
    match object::plain(line, sink) {
        Some(length) if length == line.len() => true,
        Some(_) => {
            sink.truncate(before);
            false
        }
        None => false,
    }
}
