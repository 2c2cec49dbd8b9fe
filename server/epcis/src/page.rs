//! Pages: `perPage`, `nextPageToken` and the `Link` to the next page. REST binding, section 12.5.
//!
//! A token is a signed position; it holds for the tenant, the caller and the question it was given
//! for, and never expires: what comes after a position does not depend on what came before.

use crate::Epcis;
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

const DEFAULT: i64 = 30;

/// The greatest `perPage`; more is answered with so many.
pub const MOST: i64 = 1_000;

pub(crate) struct Page {
    pub size: i64,
    /// Where the page before ended.
    pub position: Option<Vec<i64>>,
    /// The same, where the order is one of texts.
    pub text: Option<String>,
    bound: String,
    address: String,
    cursors: theriac_platform::Cursors,
}

impl Page {
    /// The page that `perPage` and `nextPageToken` ask for, where an address takes nothing else.
    pub(crate) fn asked(epcis: &Epcis, context: &Context, request: &Request) -> Result<Self> {
        let pairs = request.query_known(&["perPage", "nextPageToken"])?;
        let value = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
        Self::read(epcis, context, request, value("perPage"), value("nextPageToken"))
    }

    pub(crate) fn read(
        epcis: &Epcis,
        context: &Context,
        request: &Request,
        per_page: Option<&str>,
        token: Option<&str>,
    ) -> Result<Self> {
        let kept = |part: &&str| !part.starts_with("nextPageToken=");
        let query: Vec<&str> = request.query.split('&').filter(|p| !p.is_empty()).filter(kept).collect();
        let question: Vec<&str> = query.iter().copied().filter(|part| !part.starts_with("perPage=")).collect();
        let rest = request.path.trim_start_matches('/').split_once('/').map_or("", |(_, rest)| rest);
        let bound = format!("{}|{}|{rest}?{}", context.tenant.key, context.grant.subject, question.join("&"));
        let position = token.map(|token| epcis.cursors.open(&bound, token)).transpose();
        let position = position.map_err(|e| Error::new(Code::UnknownParameter, e.message).at("nextPageToken"))?;
        Ok(Self {
            size: size(per_page)?,
            text: position.clone().and_then(|bytes| String::from_utf8(bytes).ok()),
            position: position.map(|bytes| bytes.as_chunks::<8>().0.iter().map(|b| i64::from_le_bytes(*b)).collect()),
            bound,
            address: format!("{}/{rest}?{}", context.trail.base, query.join("&")),
            cursors: epcis.cursors.clone(),
        })
    }

    /// Says where the next page is.
    pub(crate) fn next(&self, response: Response, position: &[i64]) -> Response {
        let bytes: Vec<u8> = position.iter().flat_map(|n| n.to_le_bytes()).collect();
        self.link(response, &bytes)
    }

    /// As [`Page::next`], behind a text.
    pub(crate) fn next_after(&self, response: Response, text: &str) -> Response {
        self.link(response, text.as_bytes())
    }

    fn link(&self, response: Response, position: &[u8]) -> Response {
        let token = self.cursors.seal(&self.bound, position);
        let and = if self.address.ends_with('?') { "" } else { "&" };
        response.with("link", format!("<{}{and}nextPageToken={token}>; rel=\"next\"", self.address))
    }
}

pub(crate) fn size(text: Option<&str>) -> Result<i64> {
    let Some(text) = text else { return Ok(DEFAULT) };
    match text.parse::<i64>() {
        Ok(size) if size > 0 => Ok(size.min(MOST)),
        _ => Err(Error::new(Code::UnknownParameter, format!("`{text}` is no positive whole number")).at("perPage")),
    }
}
