//! Requests to addresses that others chose: key sets, providers of sign-in. The one way out, so that its rules hold
//! everywhere: https only, to public addresses only, as the name resolves at that moment, and no redirect is followed
//! (CVE-2026-34359 to -34361 are what happens otherwise). What lies inside is reached only if the configuration
//! names it (`outbound_allow`).

use crate::Config;
use crate::http::Method;
use bytes::{Bytes, BytesMut};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder, Identity, Url};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;
use theriac_core::{Code, Error, Result};

const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
pub struct Outbound {
    /// `host:port` that may be plain and private.
    allowed: Vec<String>,
    outward: Outward,
}

/// What outgoing requests show and trust besides the usual: a certificate of our own, and authorities of the house.
#[derive(Debug, Clone, Default)]
pub struct Outward {
    identity: Option<Identity>,
    authorities: Vec<Certificate>,
}

impl Outward {
    /// # Errors
    /// `Invalid`, naming the file.
    pub fn of(config: &Config) -> Result<Self> {
        let identity = match (&config.outbound_certificate, &config.outbound_key) {
            (Some(certificate), Some(key)) => Some(Self::identity(certificate, key)?),
            _ => None,
        };
        let authorities = config.outbound_ca.as_deref().map_or(Ok(Vec::new()), Self::authorities)?;
        Ok(Self { identity, authorities })
    }

    fn identity(certificate: &Path, key: &Path) -> Result<Identity> {
        let pem = [file(certificate)?, file(key)?].join(&b'\n');
        Identity::from_pem(&pem).map_err(|e| wrong(certificate, &e))
    }

    fn authorities(path: &Path) -> Result<Vec<Certificate>> {
        Certificate::from_pem_bundle(&file(path)?).map_err(|e| wrong(path, &e))
    }

    pub(crate) fn dress(&self, client: ClientBuilder) -> ClientBuilder {
        let client = match &self.identity {
            Some(identity) => client.identity(identity.clone()),
            None => client,
        };
        match self.authorities.is_empty() {
            true => client,
            false => client.tls_certs_merge(self.authorities.iter().cloned()),
        }
    }
}

fn file(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|e| wrong(path, &e))
}

fn wrong(path: &Path, why: &dyn std::fmt::Display) -> Error {
    Error::invalid(format!("the file {} for outgoing requests cannot be used: {why}", path.display()))
}

/// An answer with status 200.
#[derive(Debug)]
pub struct Fetched {
    pub body: Bytes,
    /// How long it may be kept (RFC 9111, 5.2.2.1); 0 where it may not.
    pub max_age_s: Option<i64>,
}

/// An answer with any status.
#[derive(Debug)]
pub struct Answered {
    pub status: u16,
    pub body: Bytes,
}

impl Outbound {
    /// `allowed`: `host:port,host:port`.
    ///
    /// # Errors
    /// `Invalid`, naming the setting.
    pub fn new(allowed: &str) -> Result<Self> {
        let allowed: Vec<String> =
            allowed.split(',').map(str::trim).filter(|a| !a.is_empty()).map(str::to_owned).collect();
        let whole = |name: &String| {
            name.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
        };
        match allowed.iter().find(|name| !whole(name)) {
            Some(name) => {
                Err(Error::invalid(format!("outbound_allow takes host:port with commas between them, not '{name}'")))
            }
            None => Ok(Self { allowed, outward: Outward::default() }),
        }
    }

    /// Is it an address that can be asked? Where its name leads is seen only then.
    ///
    /// # Errors
    /// `Invalid`, saying what would be right.
    pub fn check(&self, address: &str) -> Result<()> {
        self.place(address).map(drop)
    }

    #[must_use]
    pub fn showing(self, outward: Outward) -> Self {
        Self { outward, ..self }
    }

    /// # Errors
    /// `Invalid` for an address that is not asked, `Unavailable` when it does not answer as it should.
    pub async fn get(&self, address: &str, most_bytes: usize) -> Result<Fetched> {
        self.send(reqwest::Method::GET, address, &[], None, most_bytes).await
    }

    /// Whatever it answers: its status may say as much as its body.
    ///
    /// # Errors
    /// `Invalid` for an address that is not asked, `Unavailable` when there is no answer.
    pub async fn ask(
        &self,
        method: Method,
        address: &str,
        headers: &[(String, String)],
        body: Option<Vec<u8>>,
        most_bytes: usize,
    ) -> Result<Answered> {
        let method = match method {
            Method::Post => reqwest::Method::POST,
            Method::Get => reqwest::Method::GET,
            other => return Err(Error::internal(format!("{} is not sent out", other.as_str()))),
        };
        let response = self.exchange(method, address, headers, body).await?;
        let status = response.status().as_u16();
        Ok(Answered { status, body: whole(response, most_bytes).await? })
    }

    /// A form, as token endpoints take it.
    ///
    /// # Errors
    /// As [`Outbound::get`].
    pub async fn post(
        &self,
        address: &str,
        headers: &[(String, String)],
        body: Vec<u8>,
        most_bytes: usize,
    ) -> Result<Fetched> {
        self.send(reqwest::Method::POST, address, headers, Some(body), most_bytes).await
    }

    async fn send(
        &self,
        method: reqwest::Method,
        address: &str,
        headers: &[(String, String)],
        body: Option<Vec<u8>>,
        most_bytes: usize,
    ) -> Result<Fetched> {
        let response = self.exchange(method, address, headers, body).await?;
        if response.status() != 200 {
            return Err(Error::new(
                Code::Unavailable,
                format!("the address answered {} instead of 200", response.status().as_u16()),
            ));
        }
        let max_age_s = response.headers().get("cache-control").and_then(|field| field.to_str().ok()).and_then(max_age);
        Ok(Fetched { body: whole(response, most_bytes).await?, max_age_s })
    }

    async fn exchange(
        &self,
        method: reqwest::Method,
        address: &str,
        headers: &[(String, String)],
        body: Option<Vec<u8>>,
    ) -> Result<reqwest::Response> {
        let (url, host, addresses) = self.resolve(address).await?;
        let client = Client::builder().redirect(Policy::none()).no_proxy().timeout(PATIENCE).connect_timeout(PATIENCE);
        let client = self.outward.dress(client).resolve_to_addrs(&host, &addresses).build().map_err(Error::internal)?;
        let mut request = client.request(method, url).header("accept", "application/json");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        request.send().await.map_err(|e| silent().caused_by(e.without_url()))
    }

    /// The address with its host and port, and whether it is one of those inside.
    fn place(&self, address: &str) -> Result<(Url, String, u16, bool)> {
        let url = Url::parse(address).map_err(|_| Error::invalid("it is no address"))?;
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let port = url.port_or_known_default().unwrap_or_default();
        let inside = self.allowed.iter().any(|own| *own == format!("{host}:{port}"));
        if host.is_empty() || !url.username().is_empty() || url.password().is_some() {
            return Err(Error::invalid("an address names a host, and no user"));
        }
        if url.scheme() != "https" && !(inside && url.scheme() == "http") {
            return Err(Error::invalid("an address begins with https://"));
        }
        Ok((url, host, port, inside))
    }

    /// The address, and where its name leads: every place it leads to must be public.
    async fn resolve(&self, address: &str) -> Result<(Url, String, Vec<SocketAddr>)> {
        let (url, host, port, inside) = self.place(address)?;
        let found = tokio::time::timeout(PATIENCE, tokio::net::lookup_host((host.as_str(), port))).await;
        let found: Vec<SocketAddr> = found.map_err(|_| silent())?.map_err(|e| silent().caused_by(e))?.collect();
        if found.is_empty() {
            return Err(silent());
        }
        if !inside && !found.iter().all(|place| is_public(place.ip())) {
            return Err(Error::invalid(
                "the name leads to an address that is not public; outbound_allow names exceptions",
            ));
        }
        Ok((url, host, found))
    }
}

async fn whole(mut response: reqwest::Response, most_bytes: usize) -> Result<Bytes> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| silent().caused_by(e.without_url()))? {
        if body.len() + chunk.len() > most_bytes {
            return Err(Error::new(Code::Unavailable, format!("the answer is longer than {most_bytes} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn silent() -> Error {
    Error::new(Code::Unavailable, "the address does not answer")
}

fn max_age(field: &str) -> Option<i64> {
    let words = || field.split(',').map(str::trim);
    if words().any(|word| ["no-store", "no-cache"].iter().any(|no| word.eq_ignore_ascii_case(no))) {
        return Some(0);
    }
    words().find_map(|word| word.to_ascii_lowercase().strip_prefix("max-age=").and_then(|s| s.parse().ok()))
}

/// Is it an address of the public internet (IANA's special-purpose registries, RFC 6890)?
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(v4: Ipv4Addr) -> bool {
    let [a, b, c, _] = v4.octets();
    let private = matches!((a, b), (0 | 10 | 127 | 224.., _) | (169, 254) | (192, 168) | (172, 16..=31));
    let special = matches!((a, b), (100, 64..=127) | (198, 18..=19));
    let written = matches!((a, b, c), (192, 0, 0 | 2) | (192, 88, 99) | (198, 51, 100) | (203, 0, 113));
    !(private || special || written)
}

/// Only global unicast, and of it nothing that carries another address inside.
fn is_public_v6(v6: Ipv6Addr) -> bool {
    match v6.segments() {
        [0x2001, 0x0db8 | 0..=0x01ff, ..] | [0x2002, ..] | [0x3fff, 0..=0x0fff, ..] => false,
        [first, ..] => (0x2000..=0x3fff).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[test]
    fn only_the_public_internet_is_public() {
        for public in ["1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.2.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "2001:db8::1",
            "2001::1",
            "fec0::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
    }

    #[tokio::test]
    async fn addresses_inside_are_not_asked() {
        let outbound = Outbound::new("").unwrap();
        for address in [
            "http://example.com/",
            "https://127.0.0.1/",
            "https://localhost/",
            "https://[::1]/",
            "https://169.254.169.254/latest/meta-data",
            "https://0x7f000001/",
            "https://2130706433/",
            "https://user@example.com/",
            "file:///etc/passwd",
            "gopher://example.com/",
            "x",
        ] {
            assert_eq!(outbound.get(address, 10).await.unwrap_err().status(), 400, "{address}");
        }
    }

    /// CVE-2026-34361: a host compared by its beginning.
    #[tokio::test]
    async fn a_host_that_only_begins_like_an_allowed_one_is_another() {
        let outbound = Outbound::new("127.0.0.1:9").unwrap();
        for address in [
            "http://127.0.0.1.example:9/",
            "http://127.0.0.1:9@example.com/",
            "http://127.0.0.1:99/",
            "http://127.0.0.10:9/",
            "http://example.com/?127.0.0.1:9",
            "http://example.com/127.0.0.1:9",
        ] {
            assert_eq!(outbound.get(address, 10).await.unwrap_err().status(), 400, "{address}");
        }
    }

    /// Answers one request with this text.
    async fn server(answer: &'static str) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let name = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = [0; 2_000];
            let _read = socket.read(&mut request).await.unwrap();
            socket.write_all(answer.as_bytes()).await.unwrap();
        });
        name
    }

    #[tokio::test]
    async fn exceptions_are_named_with_their_port_and_redirects_lead_nowhere() {
        let name = server("HTTP/1.1 200 OK\r\ncache-control: max-age=60\r\ncontent-length: 2\r\n\r\n{}").await;
        let fetched = Outbound::new(&name).unwrap().get(&format!("http://{name}/keys"), 10).await.unwrap();
        assert_eq!((fetched.body.as_ref(), fetched.max_age_s), (&b"{}"[..], Some(60)));
        let name = server("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1/\r\ncontent-length: 0\r\n\r\n").await;
        let error = Outbound::new(&name).unwrap().get(&format!("http://{name}/"), 10).await.unwrap_err();
        assert!(error.message.contains("302"), "{error}");
        let name = server("HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n12345678901").await;
        let error = Outbound::new(&name).unwrap().get(&format!("http://{name}/"), 10).await.unwrap_err();
        assert!(error.message.contains("longer"), "{error}");
        assert!(Outbound::new("localhost").is_err());
    }

    #[test]
    fn how_long_an_answer_keeps_is_the_senders_to_say() {
        assert_eq!(max_age("public, max-age=30"), Some(30));
        assert_eq!(max_age("max-age=30, no-store"), Some(0));
        assert_eq!(max_age("private"), None);
    }
}
