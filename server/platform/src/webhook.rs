//! Messages to addresses that subscribers chose, by the rules of [`crate::outbound`], over connections that are kept:
//! https only, to public addresses only, as the name resolves when a connection is made, and no redirect is followed.

use crate::outbound::{Outward, is_public};
use aws_lc_rs::hmac;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use theriac_core::hash::hex;
use theriac_core::{Code, Error, Result};

/// A subscriber that takes longer did not answer.
pub const PATIENCE: Duration = Duration::from_secs(10);

pub struct Webhooks {
    /// `host:port` that may be plain and private.
    allowed: Vec<String>,
    /// To those; and to all others.
    inside: Client,
    outside: Client,
}

/// What a subscriber said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    pub status: u16,
    /// After how many seconds it wants to be asked again.
    pub retry_after_s: Option<u32>,
}

impl Webhooks {
    /// `allowed`: `host:port,host:port`.
    ///
    /// # Errors
    /// `Internal` if the system gives no client.
    pub fn new(allowed: &str) -> Result<Self> {
        Self::showing(allowed, &Outward::default())
    }

    /// As [`Webhooks::new`], with what outgoing requests show.
    ///
    /// # Errors
    /// As [`Webhooks::new`].
    pub fn showing(allowed: &str, outward: &Outward) -> Result<Self> {
        let build = || outward.dress(Client::builder().redirect(Policy::none()).no_proxy().timeout(PATIENCE));
        Ok(Self {
            allowed: allowed.split(',').map(str::trim).filter(|a| !a.is_empty()).map(str::to_owned).collect(),
            inside: build().build().map_err(Error::internal)?,
            outside: build().dns_resolver(Arc::new(PublicOnly)).build().map_err(Error::internal)?,
        })
    }

    /// Is it an address that can be written to? Where its name leads is seen only then.
    ///
    /// # Errors
    /// `Invalid`, saying what would be right.
    pub fn check(&self, address: &str) -> Result<()> {
        self.client(address).map(drop)
    }

    fn client(&self, address: &str) -> Result<(Url, &Client)> {
        let url = Url::parse(address).map_err(|_| Error::invalid(format!("`{address}` is no address")))?;
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let place = format!("{host}:{}", url.port_or_known_default().unwrap_or_default());
        if host.is_empty() || !url.username().is_empty() || url.password().is_some() {
            return Err(Error::invalid("an address names a host, and no user"));
        }
        if self.allowed.contains(&place) && matches!(url.scheme(), "http" | "https") {
            return Ok((url, &self.inside));
        }
        if url.scheme() != "https" {
            return Err(Error::invalid("an address begins with https://"));
        }
        match host.parse() {
            Ok(literal) if !is_public(literal) => {
                Err(Error::invalid("the address is not public; outbound_allow names exceptions"))
            }
            _ => Ok((url, &self.outside)),
        }
    }

    /// Sends one message.
    ///
    /// # Errors
    /// As [`Webhooks::check`]; `Unavailable` if there is no answer.
    pub async fn post(&self, address: &str, headers: &[(&str, String)], body: Vec<u8>) -> Result<Said> {
        let (url, client) = self.client(address)?;
        let mut request = client.post(url).body(body);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let silent = |e: reqwest::Error| {
            Error::new(Code::Unavailable, "the address does not answer, or is not public").caused_by(e.without_url())
        };
        let response = request.send().await.map_err(silent)?;
        let after = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.trim().parse().ok());
        Ok(Said { status: response.status().as_u16(), retry_after_s: after })
    }
}

/// HMAC with SHA-256 of a message, in hexadecimal.
pub fn signature(secret: &str, body: &[u8]) -> String {
    hex(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), body).as_ref())
}

/// Looks names up, and refuses those of which any address is not public.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if found.is_empty() || !found.iter().all(|place| is_public(place.ip())) {
                return Err("the name leads to an address that is not public".into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_written_to_and_those_that_are_named() {
        let hooks = Webhooks::new("127.0.0.1:9, hook.local:80").unwrap();
        for address in [
            "https://example.com/x",
            "https://1.1.1.1/",
            "http://127.0.0.1:9/x",
            "http://hook.local/x",
            "https://[2606:4700::1111]/",
        ] {
            assert!(hooks.check(address).is_ok(), "{address}");
        }
        for address in [
            "http://example.com/",
            "https://127.0.0.1/",
            "http://127.0.0.1:10/",
            "https://[::1]/",
            "https://169.254.169.254/latest/meta-data",
            "https://0x7f000001/",
            "https://2130706433/",
            "https://user@example.com/",
            "https://[::ffff:10.0.0.1]/",
            "file:///etc/passwd",
            "x",
        ] {
            assert_eq!(hooks.check(address).unwrap_err().status(), 400, "{address}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_followed() {
        let error = Webhooks::new("").unwrap().post("https://localhost:9/", &[], Vec::new()).await.unwrap_err();
        assert_eq!(error.code, Code::Unavailable);
    }

    #[test]
    fn a_message_is_signed_as_rfc_4231_has_it() {
        // RFC 4231, test case 2.
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(signature("Jefe", b"what do ya want for nothing?"), expected);
    }
}
