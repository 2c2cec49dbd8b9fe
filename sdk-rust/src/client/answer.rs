//! What came back: status, headers, bytes.

use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;

use crate::error::{Error, Refusal, Result};

#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Bytes,
}

impl Answer {
    /// The body as JSON, into `serde_json::Value` or any type.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.bytes)
            .map_err(|e| Error::Unexpected(format!("the body is not the JSON expected: {e}")))
    }

    pub fn text(&self) -> Result<&str> {
        std::str::from_utf8(&self.bytes).map_err(|e| Error::Unexpected(format!("the body is not UTF-8: {e}")))
    }

    /// A header's value, if it is there and plain text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The version id in a weak ETag, `W/"3"`.
    pub fn version(&self) -> Option<&str> {
        self.header("etag")?.trim_start_matches("W/").strip_prefix('"')?.strip_suffix('"')
    }

    /// The target of the `Link` header with this relation (RFC 8288).
    pub fn link(&self, relation: &str) -> Option<&str> {
        let quoted = format!("rel=\"{relation}\"");
        let plain = format!("rel={relation}");
        let links = self.headers.get_all("link").iter().filter_map(|value| value.to_str().ok());
        links.flat_map(|value| value.split(",")).find_map(|link| {
            let (target, rest) = link.trim().strip_prefix('<')?.split_once('>')?;
            rest.split(';').any(|part| [quoted.as_str(), plain.as_str()].contains(&part.trim())).then_some(target)
        })
    }

    /// The answer itself if its status is 2xx or 304, otherwise the refusal that it carries.
    pub fn success(self) -> Result<Self> {
        if matches!(self.status, 200..=299 | 304) {
            return Ok(self);
        }
        Err(self.refusal().into())
    }

    /// Reads the body as an error, whatever the status.
    pub fn refusal(&self) -> Refusal {
        let retry_after_s = self.header("retry-after").and_then(|value| value.parse().ok());
        Refusal { retry_after_s, ..Refusal::read(self.status, &self.bytes) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &str)], body: &'static str) -> Answer {
        let headers = headers
            .iter()
            .map(|(name, value)| (reqwest::header::HeaderName::from_static(name), value.parse().unwrap()));
        Answer { status, headers: headers.collect(), bytes: Bytes::from_static(body.as_bytes()) }
    }

    #[test]
    fn the_version_is_read_from_weak_and_strong_tags() {
        assert_eq!(answer(200, &[("etag", "W/\"3\"")], "").version(), Some("3"));
        assert_eq!(answer(200, &[("etag", "\"3\"")], "").version(), Some("3"));
        assert_eq!(answer(200, &[("etag", "3")], "").version(), None);
    }

    #[test]
    fn a_link_is_found_by_its_relation() {
        let answer = answer(200, &[("link", "<http://h/a>; rel=\"self\", <http://h/b?n=1>; x=y; rel=\"next\"")], "");
        assert_eq!(answer.link("next"), Some("http://h/b?n=1"));
        assert_eq!(answer.link("prev"), None);
    }

    #[test]
    fn a_refusal_keeps_its_retry_time() {
        let error = answer(429, &[("retry-after", "7")], r#"{"title":"slow down"}"#).success().unwrap_err();
        assert_eq!(error.status(), Some(429));
        assert_eq!(error.refusal().unwrap().retry_after_s, Some(7));
        assert_eq!(error.message(), "slow down");
    }
}
