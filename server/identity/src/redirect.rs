//! Addresses that clients register, and their comparison: letter by letter (OAuth 2.1, 2.3.1), with the one freedom
//! of RFC 8252, 7.3: the port of a loopback address.

use theriac_core::{Error, Result};

/// An address taken apart as far as it is needed: no address that browsers and this function read differently passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parts<'a> {
    pub scheme: &'a str,
    /// Without user, with port; empty where the scheme has none.
    pub authority: &'a str,
}

impl<'a> Parts<'a> {
    pub fn of(address: &'a str) -> Option<Self> {
        let printable = address.bytes().all(|b| b.is_ascii_graphic() && !b"\\<>\"^`{|}".contains(&b));
        let (scheme, rest) = address.split_once(':')?;
        let name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b);
        if !printable
            || address.len() > 2_000
            || !scheme.bytes().all(name)
            || !scheme.starts_with(|c: char| c.is_ascii_lowercase())
        {
            return None;
        }
        let authority =
            rest.strip_prefix("//").map_or("", |rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
        (!authority.contains('@')).then_some(Self { scheme, authority })
    }

    pub fn host(&self) -> &'a str {
        match self.authority.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or_default(),
            None => self.authority.split(':').next().unwrap_or_default(),
        }
    }

    fn is_loopback(&self) -> bool {
        self.scheme == "http" && ["127.0.0.1", "::1"].contains(&self.host())
    }

    /// What a page may send its form to, as a source of a content security policy.
    pub fn source(&self) -> String {
        if self.authority.is_empty() {
            format!("{}:", self.scheme)
        } else {
            format!("{}://{}", self.scheme, self.authority)
        }
    }
}

/// May a code be sent there? https, http on this machine, or an application's own scheme with a dot in it (RFC 8252, 7.1).
pub(crate) fn check(address: &str) -> Result<()> {
    let wrong = |why: &str| Err(Error::invalid(format!("a redirect address {why}")).at("redirect_uris"));
    if address.contains('#') {
        return wrong("has no fragment");
    }
    if address.contains('*') {
        return wrong("has no wildcards; it is compared letter by letter");
    }
    match Parts::of(address) {
        Some(parts) if parts.scheme == "https" && !parts.host().is_empty() => Ok(()),
        Some(parts) if parts.is_loopback() => Ok(()),
        Some(parts) if parts.scheme.contains('.') => Ok(()),
        _ => wrong(
            "begins with https://, with http://127.0.0.1 or http://[::1], or with a scheme such as com.example.app:",
        ),
    }
}

pub(crate) fn check_https(address: &str) -> Result<()> {
    let good = Parts::of(address).is_some_and(|parts| parts.scheme == "https" && !parts.host().is_empty());
    if good { Ok(()) } else { Err(Error::invalid("an address begins with https:// and names no user")) }
}

/// Is this the registered address?
pub(crate) fn is_same(registered: &str, asked: &str) -> bool {
    let loopback = |address| Parts::of(address).filter(Parts::is_loopback);
    match (loopback(registered), loopback(asked)) {
        (Some(own), Some(other)) => own.host() == other.host() && tail(registered, own) == tail(asked, other),
        _ => registered == asked,
    }
}

/// What follows the authority.
fn tail<'a>(address: &'a str, parts: Parts<'a>) -> &'a str {
    address.get(parts.scheme.len() + 3 + parts.authority.len()..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_go_to_encrypted_local_and_own_addresses_only() {
        for good in [
            "https://a.example/cb?x=1",
            "http://127.0.0.1/cb",
            "http://127.0.0.1:9/",
            "http://[::1]:80/",
            "com.example.app:/cb",
        ] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "a",
            "/cb",
            "http://a.example/cb",
            "https:///cb",
            "https://u:p@a.example/",
            "https://a.example/#f",
            "https://*.example/",
            "javascript:alert(1)",
            "data:text/html,x",
            "myapp://cb",
            "HTTPS://a.example",
            "https://a.example/\\@b",
            "https://a.example/ x",
            "http://127.0.0.1.evil.example/",
            "http://localhost.evil/",
            "https://a.example\n/",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn addresses_are_the_same_letter_by_letter_but_for_a_local_port() {
        let own = "https://a.example/cb";
        assert!(is_same(own, own));
        for other in [
            "https://a.example/cb/",
            "https://a.example/cb?x",
            "https://A.example/cb",
            "https://a.example:443/cb",
            "https://a.example/CB",
        ] {
            assert!(!is_same(own, other), "{other}");
        }
        assert!(is_same("http://127.0.0.1/cb", "http://127.0.0.1:5123/cb"));
        assert!(!is_same("http://127.0.0.1/cb", "http://127.0.0.1:5123/other"));
        assert!(!is_same("http://127.0.0.1/cb", "http://[::1]:5123/cb"));
        assert!(!is_same("http://127.0.0.1/cb", "http://127.0.0.1:5@evil.example/cb"));
    }

    #[test]
    fn a_source_names_the_origin_alone() {
        assert_eq!(Parts::of("https://a.example:8443/cb?x").unwrap().source(), "https://a.example:8443");
        assert_eq!(Parts::of("com.example.app:/cb").unwrap().source(), "com.example.app:");
    }
}
