//! Proxies that end TLS in front of the server. Their word counts only if they call from an address of
//! `trusted_proxies`: `Client-Cert` and `Client-Cert-Chain` (RFC 9440), and `X-Forwarded-For` for where a request came
//! from. From anybody else these fields are as if they were not there.

use super::{Certificate, Trust};
use crate::http::Headers;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::CertificateDer;
use std::net::IpAddr;
use theriac_core::{Error, Result};

/// A chain is no longer.
const MOST: usize = 10;

#[derive(Debug, Clone, Default)]
pub struct Proxies(Vec<Network>);

#[derive(Debug, Clone, Copy)]
struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(most), |bits| bits.parse().ok().filter(|bits| *bits <= most))?;
        Some(Self { address, bits })
    }

    fn holds(self, other: IpAddr) -> bool {
        let number = |address: IpAddr| match address {
            IpAddr::V4(v4) => u128::from(v4.to_bits()) << 96,
            IpAddr::V6(v6) => v6.to_bits(),
        };
        let shift = 128 - u32::from(self.bits);
        let cut = |address: IpAddr| number(address).checked_shr(shift).unwrap_or(0);
        self.address.is_ipv4() == other.is_ipv4() && cut(self.address) == cut(other)
    }
}

impl Proxies {
    /// `10.0.0.0/8,192.0.2.1`
    ///
    /// # Errors
    /// `Invalid`, naming the setting.
    pub fn parse(text: &str) -> Result<Self> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let wrong = |part: &str| {
            Error::invalid(format!("trusted_proxies takes addresses or networks (10.0.0.0/8), not '{part}'"))
        };
        parts.map(|part| Network::parse(part).ok_or_else(|| wrong(part))).collect::<Result<_>>().map(Self)
    }

    pub fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    pub fn trusts(&self, peer: Option<IpAddr>) -> bool {
        peer.is_some_and(|peer| self.0.iter().any(|network| network.holds(peer.to_canonical())))
    }

    /// Where a request came from: the last address of the list that is not one of ours.
    pub fn origin(&self, peer: Option<IpAddr>, headers: &Headers) -> Option<IpAddr> {
        if !self.trusts(peer) {
            return peer;
        }
        let hops = headers.all("x-forwarded-for").flat_map(|list| list.split(','));
        let hops: Option<Vec<IpAddr>> = hops.map(|hop| hop.trim().parse().ok()).collect();
        let hops = hops.unwrap_or_default();
        hops.iter().rev().find(|hop| !self.trusts(Some(**hop))).copied().or(peer)
    }

    /// The certificate that a trusted proxy saw; None if it saw none, or if nobody trusted speaks.
    ///
    /// # Errors
    /// `Malformed` for fields that cannot be read, `Unauthenticated` for a certificate that is not taken.
    pub fn certificate(&self, peer: Option<IpAddr>, headers: &Headers, trust: &Trust) -> Result<Option<Certificate>> {
        if !self.trusts(peer) {
            return Ok(None);
        }
        let mut fields = headers.all("client-cert");
        let Some(own) = fields.next() else { return Ok(None) };
        let chain = headers.all("client-cert-chain").flat_map(|list| list.split(','));
        let shown: Option<Vec<CertificateDer<'static>>> = std::iter::once(own).chain(chain).map(bytes).collect();
        let shown = shown.filter(|shown| fields.next().is_none() && shown.len() <= MOST);
        let shown = shown.ok_or_else(|| Error::malformed("Client-Cert is one certificate as :base64: (RFC 9440)"))?;
        let refused = |e| {
            let why = "the client certificate that the proxy saw is not taken: it is of no trusted authority, or over";
            Error::new(theriac_core::Code::Unauthenticated, why).caused_by(e)
        };
        trust.judge(&shown).map(Some).map_err(refused)
    }
}

/// A byte sequence of RFC 8941.
fn bytes(text: &str) -> Option<CertificateDer<'static>> {
    let text = text.trim().strip_prefix(':')?.strip_suffix(':')?;
    STANDARD.decode(text).ok().map(CertificateDer::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(fields: &[(&str, &str)]) -> Headers {
        let mut headers = Headers::default();
        fields.iter().for_each(|(name, value)| headers.push(name, *value));
        headers
    }

    #[test]
    fn networks_hold_what_is_in_them() {
        let proxies = Proxies::parse("10.1.0.0/16, 192.0.2.7,2001:db8::/32,0.0.0.0/32").unwrap();
        for (address, trusted) in [
            ("10.1.2.3", true),
            ("10.2.0.1", false),
            ("192.0.2.7", true),
            ("192.0.2.8", false),
            ("2001:db8:5::1", true),
            ("2001:db9::1", false),
            ("::ffff:10.1.0.1", true),
            ("::a01:1", false),
        ] {
            assert_eq!(proxies.trusts(address.parse().ok()), trusted, "{address}");
        }
        assert!(!proxies.trusts(None) && Proxies::parse("0.0.0.0/0").unwrap().trusts("1.2.3.4".parse().ok()));
        for wrong in ["10.0.0.0/33", "10.0.0", "proxy", "10.0.0.0/-1", "::/129"] {
            assert!(Proxies::parse(wrong).unwrap_err().message.contains(wrong), "{wrong}");
        }
    }

    #[test]
    fn only_a_trusted_proxy_says_where_a_request_came_from() {
        let proxies = Proxies::parse("10.0.0.0/8").unwrap();
        let forwarded = headers(&[("x-forwarded-for", "1.1.1.1, 2.2.2.2, 10.0.0.9")]);
        let from = |peer: &str, headers: &Headers| proxies.origin(peer.parse().ok(), headers).unwrap().to_string();
        assert_eq!(from("10.0.0.1", &forwarded), "2.2.2.2");
        assert_eq!(from("3.3.3.3", &forwarded), "3.3.3.3");
        assert_eq!(from("10.0.0.1", &headers(&[("x-forwarded-for", "unknown")])), "10.0.0.1");
        assert_eq!(from("10.0.0.1", &headers(&[])), "10.0.0.1");
    }

    #[test]
    fn a_field_from_elsewhere_is_as_if_it_were_not_there_and_one_that_cannot_be_read_is_refused() {
        let (proxies, trust) = (Proxies::parse("10.0.0.1").unwrap(), Trust::load(None, "any").unwrap());
        let field = headers(&[("client-cert", ":AAAA:")]);
        assert_eq!(proxies.certificate("10.0.0.2".parse().ok(), &field, &trust).unwrap(), None);
        assert_eq!(proxies.certificate("10.0.0.1".parse().ok(), &headers(&[]), &trust).unwrap(), None);
        for (bad, status) in [
            (headers(&[("client-cert", "AAAA")]), 400),
            (headers(&[("client-cert", ":A:")]), 400),
            (headers(&[("client-cert", ":AAAA:"), ("client-cert", ":AAAA:")]), 400),
            (field, 401),
        ] {
            assert_eq!(proxies.certificate("10.0.0.1".parse().ok(), &bad, &trust).unwrap_err().status(), status);
        }
    }
}
