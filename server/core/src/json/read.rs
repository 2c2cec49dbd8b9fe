//! The parser: RFC 8259, strict, one pass over the bytes, borrowing wherever no escape stands in the way.

use super::{Node, Object};
use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

/// Bounds that keep a hostile document from costing more than its bytes.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Deepest nesting of arrays and objects.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 128 }
    }
}

/// Where the text stops being JSON, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// From 1.
    pub line: usize,
    /// In bytes, from 1.
    pub column: usize,
    pub message: String,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for SyntaxError {}

impl From<SyntaxError> for crate::Error {
    fn from(error: SyntaxError) -> Self {
        crate::Error::malformed(format!("not JSON: {}", error.message))
            .at(format!("line {}, column {}", error.line, error.column))
    }
}

/// Parses one JSON document with the usual limits.
///
/// # Errors
/// The first fault with its line and column.
pub fn parse(bytes: &[u8]) -> Result<Node<'_>, SyntaxError> {
    parse_with(bytes, Limits::default())
}

/// Parses one JSON document. A leading byte order mark is skipped (RFC 8259, 8.1 allows to ignore it).
///
/// # Errors
/// The first fault with its line and column.
pub fn parse_with(bytes: &[u8], limits: Limits) -> Result<Node<'_>, SyntaxError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes)
        .map_err(|e| locate(bytes, e.valid_up_to(), "the text is not valid UTF-8 from here".to_owned()))?;
    let mut reader = Reader { text, bytes, at: 0, depth: limits.depth };
    reader.document().map_err(|(at, message)| locate(bytes, at, message))
}

fn locate(bytes: &[u8], at: usize, message: String) -> SyntaxError {
    let before = &bytes[..at.min(bytes.len())];
    let line = before.iter().filter(|b| **b == b'\n').count() + 1;
    let column = before.iter().rev().take_while(|b| **b != b'\n').count() + 1;
    SyntaxError { line, column, message }
}

type Fault = (usize, String);

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn document(&mut self) -> Result<Node<'a>, Fault> {
        self.space();
        let node = self.value()?;
        self.space();
        match self.at == self.bytes.len() {
            true => Ok(node),
            false => self.fail("the document ended before this"),
        }
    }

    fn fail<T>(&self, message: &str) -> Result<T, Fault> {
        Err((self.at, message.to_owned()))
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn value(&mut self) -> Result<Node<'a>, Fault> {
        match self.peek() {
            Some(b'"') => Ok(Node::String(self.string()?)),
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b't') => self.word("true", Node::Bool(true)),
            Some(b'f') => self.word("false", Node::Bool(false)),
            Some(b'n') => self.word("null", Node::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => self.fail("a value was expected here"),
            None => self.fail("the document ends where a value was expected"),
        }
    }

    fn nested(&mut self, inner: fn(&mut Self) -> Result<Node<'a>, Fault>) -> Result<Node<'a>, Fault> {
        if self.depth == 0 {
            return self.fail("nested deeper than is allowed");
        }
        self.depth -= 1;
        let node = inner(self);
        self.depth += 1;
        node
    }

    fn word(&mut self, word: &str, node: Node<'a>) -> Result<Node<'a>, Fault> {
        if self.bytes[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            return Ok(node);
        }
        self.fail("a value was expected here")
    }

    fn array(&mut self) -> Result<Node<'a>, Fault> {
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Node::Array(items));
        }
        loop {
            self.space();
            items.push(self.value()?);
            if self.closes(b']', "',' or ']' was expected here")? {
                return Ok(Node::Array(items));
            }
        }
    }

    fn object(&mut self) -> Result<Node<'a>, Fault> {
        self.at += 1;
        let mut members: Vec<(Cow<'a, str>, Node<'a>)> = Vec::new();
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Node::Object(Object(members)));
        }
        loop {
            let start = {
                self.space();
                self.at
            };
            if self.peek() != Some(b'"') {
                return self.fail("a member's name in double quotes was expected here");
            }
            let name = self.string()?;
            self.space();
            if self.peek() != Some(b':') {
                return self.fail("':' was expected here");
            }
            self.at += 1;
            self.space();
            if members.len() <= 16 && members.iter().any(|(n, _)| *n == name) {
                return Err((start, format!("the member '{name}' stands here twice")));
            }
            let value = self.value()?;
            members.push((name, value));
            if self.closes(b'}', "',' or '}' was expected here")? {
                unique(&members).map_err(|name| (start, format!("the member '{name}' stands here twice")))?;
                return Ok(Node::Object(Object(members)));
            }
        }
    }

    /// After an item: true at the closing mark, false after a comma.
    fn closes(&mut self, mark: u8, expected: &str) -> Result<bool, Fault> {
        self.space();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                Ok(false)
            }
            Some(byte) if byte == mark => {
                self.at += 1;
                Ok(true)
            }
            Some(_) => self.fail(expected),
            None => self.fail("the document ends inside an array or object"),
        }
    }

    fn number(&mut self) -> Result<Node<'a>, Fault> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let leading_zero = self.peek() == Some(b'0');
        let digits = self.digits()?;
        if leading_zero && digits > 1 {
            return self.fail("a number may not begin with 0");
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(Node::Number(Cow::Borrowed(&self.text[start..self.at])))
    }

    fn digits(&mut self) -> Result<usize, Fault> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        match self.at - start {
            0 => self.fail("a digit was expected here"),
            count => Ok(count),
        }
    }

    fn string(&mut self) -> Result<Cow<'a, str>, Fault> {
        self.at += 1;
        let start = self.at;
        self.plain();
        if self.peek() == Some(b'"') {
            let text = &self.text[start..self.at];
            self.at += 1;
            return Ok(Cow::Borrowed(text));
        }
        let mut owned = String::from(&self.text[start..self.at]);
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Cow::Owned(owned));
                }
                Some(b'\\') => owned.push(self.escape()?),
                Some(_) => return self.fail("a control character must be escaped in a string"),
                None => return self.fail("the document ends inside a string"),
            }
            let from = self.at;
            self.plain();
            owned.push_str(&self.text[from..self.at]);
        }
    }

    /// Moves over text that needs no unescaping.
    fn plain(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'"' || byte == b'\\' || byte < 0x20 {
                return;
            }
            self.at += 1;
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        self.at += 1;
        let byte = self.peek();
        self.at += 1;
        Ok(match byte {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => {
                self.at -= 1;
                return self.fail("this escape is not one of JSON's");
            }
        })
    }

    fn unicode(&mut self) -> Result<char, Fault> {
        let high = self.hex4()?;
        if !(0xd800..0xe000).contains(&high) {
            return char::from_u32(high).ok_or((self.at, "not a character".to_owned()));
        }
        if high < 0xdc00 && self.bytes[self.at..].starts_with(b"\\u") {
            self.at += 2;
            let low = self.hex4()?;
            if (0xdc00..0xe000).contains(&low) {
                let scalar = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return char::from_u32(scalar).ok_or((self.at, "not a character".to_owned()));
            }
        }
        self.fail("half of a surrogate pair stands alone")
    }

    fn hex4(&mut self) -> Result<u32, Fault> {
        let digits = self.bytes.get(self.at..self.at + 4).and_then(|d| std::str::from_utf8(d).ok());
        let value =
            digits.filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit())).and_then(|d| u32::from_str_radix(d, 16).ok());
        match value {
            Some(value) => {
                self.at += 4;
                Ok(value)
            }
            None => self.fail("four hexadecimal digits were expected here"),
        }
    }
}

/// Large objects are checked for duplicates once, by a set.
fn unique(members: &[(Cow<'_, str>, Node<'_>)]) -> Result<(), String> {
    if members.len() <= 16 {
        return Ok(());
    }
    let mut seen = HashSet::with_capacity(members.len());
    match members.iter().find(|(name, _)| !seen.insert(name.as_ref())) {
        Some((name, _)) => Err(name.to_string()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_place_of_each_fault() {
        for (text, line, column) in [
            ("", 1, 1),
            ("{\"a\":1,}", 1, 8),
            ("{\"a\":1\n\"b\":2}", 2, 1),
            ("[1,2", 1, 5),
            ("[01]", 1, 4),
            ("\"\\x\"", 1, 3),
            ("\"\\ud800\"", 1, 8),
            ("{\"a\":1,\"a\":2}", 1, 8),
            ("nul", 1, 1),
            ("1 2", 1, 3),
            ("[1.]", 1, 4),
            ("\"a\nb\"", 1, 3),
        ] {
            let error = parse(text.as_bytes()).unwrap_err();
            assert_eq!((error.line, error.column), (line, column), "{text}: {error}");
        }
        assert_eq!(parse(b"\"\xff\"").unwrap_err().column, 2);
    }

    #[test]
    fn stops_at_the_depth_limit() {
        let deep = "[".repeat(129) + &"]".repeat(129);
        assert!(parse(deep.as_bytes()).unwrap_err().message.contains("nested deeper"));
        let fine = "[".repeat(128) + &"]".repeat(128);
        assert!(parse(fine.as_bytes()).is_ok());
    }

    #[test]
    fn finds_duplicates_in_large_objects() {
        let members: Vec<String> = (0..40).map(|i| format!("\"m{}\":{i}", i % 39)).collect();
        assert!(parse(format!("{{{}}}", members.join(",")).as_bytes()).is_err());
    }

    #[test]
    fn reads_surrogate_pairs_and_skips_a_byte_order_mark() {
        assert_eq!(parse(b"\xef\xbb\xbf\"\\ud83d\\ude00\"").unwrap().as_str(), Some("\u{1f600}"));
    }
}
