//! A browser: it keeps cookies, fills in forms by their fields, and goes where it is sent.

use crate::house::{House, encoded};
use aws_lc_rs::hmac;
use theriac_platform::http::Method::{Get, Post};
use theriac_platform::http::Response;

pub struct Browser<'h> {
    pub house: &'h House,
    cookies: Vec<(String, String)>,
    /// What is shown.
    pub html: String,
    pub status: u16,
    /// The address it was last sent to.
    pub location: String,
}

impl<'h> Browser<'h> {
    pub fn new(house: &'h House) -> Self {
        Self { house, cookies: Vec::new(), html: String::new(), status: 0, location: String::new() }
    }

    fn cookie(&self) -> String {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    fn take(&mut self, response: &Response) {
        for (_, value) in response.headers.iter().filter(|(name, _)| *name == "set-cookie") {
            assert!(
                value.contains("HttpOnly") && value.contains("SameSite=Lax") && value.contains("; Secure"),
                "{value}"
            );
            let (name, rest) = value.split_once('=').unwrap();
            self.cookies.retain(|(own, _)| own != name);
            self.cookies.push((name.to_owned(), rest.split(';').next().unwrap().to_owned()));
        }
        self.status = response.status;
        self.location = response.header("location").unwrap_or_default().to_owned();
        let bytes = response.body.bytes().map(|bytes| bytes.to_vec()).unwrap_or_default();
        self.html = String::from_utf8(bytes).unwrap();
        if response.header("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
            let policy = response.header("content-security-policy").unwrap();
            assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
            assert!(!self.html.contains("<script") && !self.html.contains("style="), "{}", self.html);
        }
    }

    /// Goes to a path below the tenant, and on wherever this tenant sends it.
    pub async fn open(&mut self, path: &str) -> &str {
        let mut path = path.to_owned();
        loop {
            let cookie = self.cookie();
            let response = self.house.ask(Get, &path, &[("cookie", &cookie)], "").await.unwrap();
            self.take(&response);
            match self.own_path() {
                Some(next) => path = next,
                None => return &self.html,
            }
        }
    }

    fn own_path(&self) -> Option<String> {
        let own = format!("/{}/", self.house.context.tenant.name);
        self.location.strip_prefix(&own).map(str::to_owned)
    }

    /// Sends the form that is shown, with these fields filled in.
    pub async fn send(&mut self, fields: &[(&str, &str)]) -> &str {
        let action = between(&self.html, "<form method=\"post\" action=\"", "\"").to_owned();
        let path = action.strip_prefix(&format!("/{}/", self.house.context.tenant.name)).unwrap().to_owned();
        let hidden: Vec<(String, String)> = self
            .html
            .split("<input type=\"hidden\" name=\"")
            .skip(1)
            .map(|rest| (rest.split('"').next().unwrap().to_owned(), between(rest, "value=\"", "\"").to_owned()))
            .collect();
        let all = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain(fields.iter().copied());
        let body: Vec<String> = all.map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let cookie = self.cookie();
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("cookie", cookie.as_str())];
        let response = self.house.ask(Post, &path, &headers, &body.join("&")).await.unwrap();
        self.take(&response);
        if let Some(next) = self.own_path() {
            self.open(&next).await;
        }
        &self.html
    }

    pub async fn sign_in(&mut self, user: &str, password: &str) -> &str {
        self.send(&[("user", user), ("password", password)]).await
    }

    pub fn title(&self) -> &str {
        between(&self.html, "<h1>", "</h1>")
    }

    /// A parameter of the address the browser was sent to.
    pub fn sent(&self, name: &str) -> Option<&str> {
        let query = self.location.split_once('?')?.1;
        query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")))
    }
}

pub fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let rest = text.split_once(from).unwrap_or_else(|| panic!("no {from} in {text}")).1;
    rest.split(to).next().unwrap()
}

/// What an authenticator shows for this key at this moment (RFC 6238).
pub fn totp(key: &str, now_s: i64) -> String {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: String = key.chars().map(|c| format!("{:05b}", letters.find(c).unwrap())).collect();
    let bytes: Vec<u8> =
        (0..bits.len() / 8).map(|at| u8::from_str_radix(&bits[at * 8..at * 8 + 8], 2).unwrap()).collect();
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes), &(now_s / 30).to_be_bytes());
    let at = usize::from(tag.as_ref()[19] & 15);
    let number = u32::from_be_bytes(tag.as_ref()[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}
