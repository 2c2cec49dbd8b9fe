//! The HTTP client: one tenant of one server, one token.
//!
//! Each domain has its own small face: [`Client::fhir`], [`Client::epcis`], [`Client::isa95`],
//! [`Client::spc`], [`Client::alerts`], [`Client::ledger`]. Whatever they lack, [`Client::request`] can do.

mod alerts;
mod answer;
mod epcis;
mod fhir;
mod isa95;
mod ledger;
mod spc;

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Method, Url};
use serde_json::Value;

pub use alerts::Alerts;
pub use answer::Answer;
pub use epcis::{Epcis, Job};
pub use fhir::{Fhir, Saved};
pub use isa95::{Isa95, Loaded, Refused};
pub use ledger::{Entries, Ledger};
pub use spc::Spc;

use crate::error::{Error, Result};

/// Cheap to clone; the connections are shared.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    tenant: String,
    token: String,
}

impl Client {
    /// `base_url` is the server's, without the tenant: `http://127.0.0.1:8080`.
    pub fn new(base_url: &str, tenant: &str, token: &str) -> Result<Self> {
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(120))
            // A token must not follow a redirect to wherever it points.
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Self::with_http(http, base_url, tenant, token)
    }

    /// With the caller's own settings of time limits, certificates and proxies.
    pub fn with_http(http: reqwest::Client, base_url: &str, tenant: &str, token: &str) -> Result<Self> {
        let base = Url::parse(base_url).map_err(|e| Error::Usage(format!("{base_url:?} is not an address: {e}")))?;
        if !matches!(base.scheme(), "http" | "https") || base.host().is_none() {
            return Err(Error::Usage(format!("{base_url:?} is not an http or https address")));
        }
        if HeaderValue::from_str(token).is_err() {
            return Err(Error::Usage("the token holds characters that no header can carry".into()));
        }
        Ok(Self { http, base, tenant: tenant.to_owned(), token: token.to_owned() })
    }

    /// The same server and tenant with another token; an empty one sends none.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    pub fn with_tenant(&self, tenant: &str) -> Self {
        Self { tenant: tenant.to_owned(), ..self.clone() }
    }

    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    pub fn token(&self) -> &str {
        &self.token
    }

    /// Sends anything to an address below the tenant (`fhir/Patient?name=x`), or, with a leading
    /// slash, below the server (`/healthz`). Whatever the status is, it is an answer and no error.
    pub async fn request(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Result<Answer> {
        let mut request = self.http.request(method, self.address(path)?);
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad_header(name))?;
            request = request.header(name, HeaderValue::from_str(value).map_err(|_| bad_header(value))?);
        }
        let body = body.into();
        if !body.is_empty() {
            request = request.body(body);
        }
        let answer = request.send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Ok(Answer { status, headers, bytes: answer.bytes().await? })
    }

    /// GET of JSON; a refusal is an error.
    pub async fn get(&self, path: &str) -> Result<Value> {
        self.request(Method::GET, path, &[("accept", "application/json")], "").await?.success()?.json()
    }

    /// Sends JSON with any method; a refusal is an error.
    pub async fn send(&self, method: Method, path: &str, body: &Value) -> Result<Answer> {
        let headers = [("content-type", "application/json"), ("accept", "application/json")];
        self.request(method, path, &headers, body.to_string()).await?.success()
    }

    /// The address that [`Self::request`] would use.
    pub fn address(&self, path: &str) -> Result<Url> {
        let mut text = self.base.as_str().trim_end_matches('/').to_owned();
        match path.strip_prefix('/') {
            Some(rest) => text.extend(["/", rest]),
            None => text.extend(["/", &self.tenant, "/", path]),
        }
        Url::parse(&text).map_err(|e| Error::Usage(format!("{text:?} is not an address: {e}")))
    }

    /// The path of a link that the server gave, to be asked of this client's own server: a token is
    /// never sent to another host, whatever a link says.
    fn path_of(&self, link: &str) -> Result<String> {
        let url = self.address("")?.join(link).map_err(|e| Error::Unexpected(format!("the link {link:?}: {e}")))?;
        let prefix = self.base.path().trim_end_matches('/');
        let path = url.path().strip_prefix(prefix).unwrap_or(url.path());
        Ok(url.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}")))
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.http
    }
}

impl std::fmt::Debug for Client {
    /// Without the token, which has no place in a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Client({}, {})", self.base, self.tenant)
    }
}

fn bad_header(what: &str) -> Error {
    Error::Usage(format!("{what:?} cannot stand in a header"))
}

/// `name=value&...`, encoded; with the question mark, or nothing if there are none.
pub(crate) fn query(parameters: &[(&str, &str)]) -> String {
    let pairs: Vec<String> =
        parameters.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

/// Percent-encodes all but the unreserved characters of RFC 3986 section 2.3.
pub(crate) fn encode(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(base: &str) -> Client {
        Client::new(base, "mercy", "t").unwrap()
    }

    #[test]
    fn addresses_stand_below_the_tenant_or_the_server() {
        for base in ["http://h:1", "http://h:1/"] {
            assert_eq!(client(base).address("fhir/Patient?a=b").unwrap().as_str(), "http://h:1/mercy/fhir/Patient?a=b");
            assert_eq!(client(base).address("/healthz").unwrap().as_str(), "http://h:1/healthz");
        }
        assert_eq!(client("http://h/gate").address("fhir").unwrap().as_str(), "http://h/gate/mercy/fhir");
    }

    #[test]
    fn a_link_to_another_host_is_asked_of_our_own_server() {
        let client = client("http://h:1/gate");
        let path = client.path_of("https://evil.example/gate/mercy/fhir/Patient?page=2").unwrap();
        assert_eq!(client.address(&path).unwrap().as_str(), "http://h:1/gate/mercy/fhir/Patient?page=2");
    }

    #[test]
    fn query_values_are_encoded() {
        assert_eq!(query(&[("name:exact", "a&b=ü c")]), "?name%3Aexact=a%26b%3D%C3%BC%20c");
        assert_eq!(query(&[]), "");
    }

    #[test]
    fn unusable_settings_are_refused() {
        for (base, token) in [("", "t"), ("127.0.0.1:8080", "t"), ("ftp://h", "t"), ("http://h", "a\nb")] {
            assert!(matches!(Client::new(base, "mercy", token), Err(Error::Usage(_))), "{base:?} {token:?}");
        }
    }

    #[test]
    fn the_token_is_not_printed() {
        assert_eq!(format!("{:?}", Client::new("http://h", "mercy", "secret").unwrap()), "Client(http://h/, mercy)");
    }
}
