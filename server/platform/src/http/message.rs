//! Requests and responses as domains see them.

use super::{Body, Incoming};
use crate::tls::Certificate;
use bytes::Bytes;
use std::sync::Arc;
use theriac_core::{Error, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Options,
}

impl Method {
    const NAMES: [(&'static str, Self); 7] = [
        ("GET", Self::Get),
        ("HEAD", Self::Head),
        ("POST", Self::Post),
        ("PUT", Self::Put),
        ("PATCH", Self::Patch),
        ("DELETE", Self::Delete),
        ("OPTIONS", Self::Options),
    ];

    pub fn parse(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(n, _)| *n == name).map(|(_, m)| *m)
    }

    pub fn as_str(self) -> &'static str {
        Self::NAMES.iter().find(|(_, m)| *m == self).map_or("", |(n, _)| n)
    }
}

/// Header fields, names in lower case.
#[derive(Debug, Clone, Default)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Every field of that name, in order.
    pub fn all<'h>(&'h self, name: &'h str) -> impl Iterator<Item = &'h str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    pub fn push(&mut self, name: &str, value: impl Into<String>) {
        self.0.push((name.to_ascii_lowercase(), value.into()));
    }

    /// As [`Headers::push`], but several fields that hold one list become one (RFC 9110, 5.3).
    pub fn join(&mut self, name: &str, value: &str) {
        const LISTS: &[&str] = &["accept", "prefer", "if-match", "if-none-match", "accept-encoding"];
        let joined = |n: &str| LISTS.contains(&n) || n == "cookie";
        match self.0.iter_mut().find(|(n, _)| joined(n) && n == name) {
            // HTTP/2 cuts cookies into fields of their own (RFC 9113, 8.2.3).
            Some((_, list)) => list.extend([if name == "cookie" { "; " } else { ", " }, value]),
            None => self.push(name, value),
        }
    }

    /// Replaces every field of that name.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        self.push(name, value);
    }
}

/// A request after routing.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: Method,
    /// The whole path, percent-encoded as it came.
    pub path: String,
    /// The raw query string, without `?`.
    pub query: String,
    pub headers: Headers,
    pub body: Bytes,
    /// What is still to come of the body, where the row of the table takes it so.
    pub incoming: Option<Incoming>,
    /// What the pattern's braces matched, decoded.
    pub params: Vec<(&'static str, String)>,
    /// Where it came from.
    pub peer: Option<std::net::IpAddr>,
    /// The certificate whose key the sender has proved to hold.
    pub certificate: Option<Arc<Certificate>>,
}

impl Request {
    pub fn new(method: Method, path: impl Into<String>, query: impl Into<String>) -> Self {
        let (path, query) = (path.into(), query.into());
        Self {
            method,
            path,
            query,
            headers: Headers::default(),
            body: Bytes::new(),
            incoming: None,
            params: Vec::new(),
            peer: None,
            certificate: None,
        }
    }

    /// What `{name}` of the route's pattern matched; empty if the pattern has no such brace.
    pub fn param(&self, name: &str) -> &str {
        self.params.iter().find(|(n, _)| *n == name).map_or("", |(_, v)| v)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)
    }

    /// The bearer token of the Authorization field (RFC 6750, 2.1).
    pub fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }

    /// `If-Match: W/"3"` and `If-None-Match: *` (RFC 9110, 13.1) against the version that stands, if one does;
    /// weak and strong tags are compared alike.
    ///
    /// # Errors
    /// `Precondition`, naming the present version.
    pub fn check_version(&self, present: Option<i64>) -> Result<()> {
        let present = present.map(|version| format!("\"{version}\""));
        let refuse = |message: String| Err(Error::new(theriac_core::Code::Precondition, message));
        if let Some(wanted) = self.header("if-match") {
            let mut tags = wanted.split(',').map(|tag| tag.trim().trim_start_matches("W/"));
            return match &present {
                Some(present) if tags.any(|tag| tag == "*" || tag == present) => Ok(()),
                Some(present) => {
                    refuse(format!("If-Match names {wanted}, the present version is W/{present}; read it again"))
                }
                None => refuse(format!("If-Match names {wanted}, but it does not exist")),
            };
        }
        match (self.header("if-none-match"), present) {
            (Some("*"), Some(present)) => refuse(format!("it exists already, as version W/{present}")),
            _ => Ok(()),
        }
    }

    /// The next piece of the body, from memory or from the wire; nothing after the last.
    ///
    /// # Errors
    /// What broke the body off.
    pub async fn piece(&mut self) -> Result<Option<Bytes>> {
        if !self.body.is_empty() {
            return Ok(Some(std::mem::take(&mut self.body)));
        }
        match &self.incoming {
            Some(incoming) => incoming.next().await,
            None => Ok(None),
        }
    }

    /// The decoded query parameters in order.
    pub fn query_pairs(&self) -> Vec<(String, String)> {
        pairs(&self.query)
    }

    /// The query parameters by name; anything not in `known` is refused by name.
    ///
    /// # Errors
    /// `UnknownParameter`, listing what is known.
    pub fn query_known(&self, known: &[&str]) -> Result<Vec<(String, String)>> {
        let pairs = self.query_pairs();
        match pairs.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            None => Ok(pairs),
            Some((name, _)) => {
                let message = format!("the parameter '{name}' is not known here; known are: {}", known.join(", "));
                Err(Error::new(theriac_core::Code::UnknownParameter, message).at(name.clone()))
            }
        }
    }

    /// The fields of a form body (`application/x-www-form-urlencoded`), in order.
    ///
    /// # Errors
    /// `UnsupportedMedia` for another kind of body.
    pub fn form(&self) -> Result<Vec<(String, String)>> {
        let kind = self.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            let message = "the body is a form: 'Content-Type: application/x-www-form-urlencoded'";
            return Err(Error::new(theriac_core::Code::UnsupportedMedia, message));
        }
        let text = std::str::from_utf8(&self.body).map_err(|_| Error::malformed("the body is not UTF-8"))?;
        Ok(pairs(text))
    }

    /// The body as a value of a known shape; unknown members are the shape's business.
    ///
    /// # Errors
    /// `Malformed` with line and column.
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body).map_err(|e| {
            Error::malformed(format!("the body does not have the expected shape: {e}")).at(format!(
                "line {}, column {}",
                e.line(),
                e.column()
            ))
        })
    }
}

/// Decodes `a=b&c=d`, also from a form body.
pub(super) fn pairs(text: &str) -> Vec<(String, String)> {
    let parts = text.split('&').filter(|p| !p.is_empty());
    parts.map(|p| p.split_once('=').unwrap_or((p, ""))).map(|(n, v)| (decode(n, true), decode(v, true))).collect()
}

/// Percent-decoding; in query strings and forms `+` is a space.
pub(super) fn decode(text: &str, plus: bool) -> String {
    if !text.contains(['%', '+']) {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let hex = bytes
            .get(i + 1..i + 3)
            .and_then(|h| std::str::from_utf8(h).ok())
            .and_then(|h| u8::from_str_radix(h, 16).ok());
        match (bytes[i], hex) {
            (b'%', Some(byte)) => {
                out.push(byte);
                i += 2;
            }
            (b'+', _) if plus => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        i += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// What goes back.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Body,
}

impl Response {
    pub fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Body::Empty }
    }

    pub fn json(status: u16, value: &impl serde::Serialize) -> Result<Self> {
        let bytes = serde_json::to_vec(value).map_err(Error::internal)?;
        Ok(Self::new(status).with("content-type", "application/json").body(bytes))
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    #[must_use]
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| *n == name).map(|(_, v)| v.as_str())
    }

    /// Replaces every field of that name.
    pub fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.headers.retain(|(n, _)| *n != name);
        self.headers.push((name, value.into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_parameters_are_decoded_in_order() {
        let request = Request::new(Method::Get, "/x", "name=a%20b+c&x&name=%C3%A9&bad=%zz");
        let expected = [("name", "a b c"), ("x", ""), ("name", "é"), ("bad", "%zz")];
        assert_eq!(request.query_pairs(), expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
    }

    #[test]
    fn fields_that_hold_one_list_become_one() {
        let mut headers = Headers::default();
        for (name, value) in [("accept", "text/xml;q=0.1"), ("host", "a"), ("accept", "text/json"), ("host", "b")] {
            headers.join(name, value);
        }
        assert_eq!((headers.get("accept"), headers.get("host")), (Some("text/xml;q=0.1, text/json"), Some("a")));
    }

    #[test]
    fn a_condition_holds_only_for_the_present_version() {
        for (name, value, version, holds) in [
            ("if-match", "W/\"3\"", Some(3), true),
            ("if-match", "\"2\", \"3\"", Some(3), true),
            ("if-match", "*", Some(3), true),
            ("if-match", "W/\"2\"", Some(3), false),
            ("if-match", "*", None, false),
            ("if-none-match", "*", None, true),
            ("if-none-match", "*", Some(1), false),
            ("x-other", "*", Some(1), true),
        ] {
            let mut request = Request::new(Method::Put, "/mercy/isa95/equipment/press1", "");
            request.headers.push(name, value);
            let result = request.check_version(version);
            assert_eq!(result.is_ok(), holds, "{name} {value} {version:?}");
            assert!(result.err().is_none_or(|e| e.status() == 412));
        }
    }

    #[test]
    fn an_unknown_parameter_is_named_with_the_known_ones() {
        let error = Request::new(Method::Get, "/x", "fron=1").query_known(&["from", "to"]).unwrap_err();
        assert_eq!(error.status(), 400);
        assert!(error.message.contains("'fron'") && error.message.contains("from, to"));
    }
}
