//! JSON Pointer, RFC 6901.

use std::fmt;
use theriac_core::json::Node;

/// One reference token, unescaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    pub fn name(&self) -> &str {
        &self.0
    }

    /// `-`: the place after the last member of an array.
    pub fn is_end(&self) -> bool {
        self.0 == "-"
    }

    /// Digits without a leading zero (section 4).
    pub fn index(&self) -> Option<usize> {
        let digits = self.0.bytes().all(|b| b.is_ascii_digit()) && (self.0 == "0" || !self.0.starts_with('0'));
        if digits { self.0.parse().ok() } else { None }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pointer(Vec<Token>);

impl Pointer {
    /// # Errors
    /// Why the text is no pointer.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let rest = text.strip_prefix('/').ok_or("a JSON Pointer is empty or begins with '/'")?;
        rest.split('/').map(unescape).collect::<Result<_, _>>().map(Self)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The last token, and the pointer to what holds it; nothing for the whole document.
    pub fn split(&self) -> Option<(&Token, Self)> {
        let (last, parent) = self.0.split_last()?;
        Some((last, Self(parent.to_vec())))
    }

    /// Does it lead to something inside of what `other` leads to?
    pub fn is_below(&self, other: &Self) -> bool {
        self.0.len() > other.0.len() && self.0.starts_with(&other.0)
    }

    /// # Errors
    /// Where the document has nothing there.
    pub fn find<'n, 'a>(&self, document: &'n Node<'a>) -> Result<&'n Node<'a>, String> {
        let step = |node: &'n Node<'a>, token: &Token| match node {
            Node::Object(object) => object.get(token.name()),
            Node::Array(items) => items.get(token.index()?),
            _ => None,
        };
        self.0.iter().try_fold(document, step).ok_or_else(|| self.missing())
    }

    /// # Errors
    /// As [`Self::find`].
    pub fn find_mut<'n, 'a>(&self, document: &'n mut Node<'a>) -> Result<&'n mut Node<'a>, String> {
        let step = |node: &'n mut Node<'a>, token: &Token| match node {
            Node::Object(object) => object.get_mut(token.name()),
            Node::Array(items) => items.get_mut(token.index()?),
            _ => None,
        };
        self.0.iter().try_fold(document, step).ok_or_else(|| self.missing())
    }

    fn missing(&self) -> String {
        format!("there is nothing at '{self}'")
    }
}

/// `~1` is `/` and `~0` is `~` (section 3).
fn unescape(text: &str) -> Result<Token, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('~') {
        out.push_str(before);
        match after.as_bytes().first() {
            Some(b'0') => out.push('~'),
            Some(b'1') => out.push('/'),
            _ => return Err(format!("'{text}': after '~' stands 0 or 1")),
        }
        rest = &after[1..];
    }
    out.push_str(rest);
    Ok(Token(out))
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|token| write!(f, "/{}", token.0.replace('~', "~0").replace('/', "~1")))
    }
}
