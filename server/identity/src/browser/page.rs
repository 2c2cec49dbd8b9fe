//! The frame of every page, and what keeps others from putting it into theirs.

use crate::service::Identity;
use theriac_core::Result;
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

const STYLE: &str = include_str!("style.css");

pub(crate) async fn style(_: Identity, _: Context, _: Request) -> Result<Response> {
    let response = Response::new(200).with("content-type", "text/css; charset=utf-8");
    Ok(response.with("cache-control", "public, max-age=3600").with("x-content-type-options", "nosniff").body(STYLE))
}

/// A page: its status, its title, and what stands under it, in HTML.
pub(super) struct Page<'p> {
    pub status: u16,
    pub title: &'p str,
    pub body: String,
    /// Where its form may lead besides here: browsers hold redirects after a form against the policy too.
    pub leads_to: Option<String>,
}

impl Page<'_> {
    pub fn response(self, context: &Context) -> Response {
        let (tenant, title, base) = (escape(&context.tenant.name), escape(self.title), path(context));
        let html = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title} - {tenant}</title>\n<link rel=\"stylesheet\" href=\"{base}/style.css\">\n</head>\n\
             <body>\n<main>\n<p class=\"place\">{tenant}</p>\n<h1>{title}</h1>\n{}\n</main>\n</body>\n</html>\n",
            self.body
        );
        let leads_to = self.leads_to.map(|source| format!(" {source}")).unwrap_or_default();
        let policy = format!(
            "default-src 'none'; style-src 'self'; form-action 'self'{leads_to}; base-uri 'none'; frame-ancestors 'none'"
        );
        Response::new(self.status)
            .with("content-type", "text/html; charset=utf-8")
            .with("content-security-policy", policy)
            .with("x-frame-options", "DENY")
            .with("x-content-type-options", "nosniff")
            .with("referrer-policy", "no-referrer")
            .with("cross-origin-opener-policy", "same-origin")
            .with("cache-control", "no-store")
            .body(html)
    }
}

/// `/mercy/auth`, with whatever stands before it where the server is not at the root.
pub(super) fn path(context: &Context) -> String {
    let base = context.trail.base.as_str();
    let rest = base.split_once("://").map_or(base, |(_, rest)| rest);
    let path = rest.find('/').map_or("", |at| &rest[at..]);
    format!("{path}/auth")
}

/// The form's beginning, with what it carries on.
pub(super) fn form(context: &Context, action: &str, hidden: &[(&str, &str)]) -> String {
    let fields = hidden
        .iter()
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">\n", escape(value)));
    format!("<form method=\"post\" action=\"{}/{action}\">\n{}", path(context), fields.collect::<String>())
}

/// What went wrong, said at once to whoever hears the page.
pub(super) fn wrong(message: &str) -> String {
    format!("<p class=\"wrong\" role=\"alert\" id=\"wrong\">{}</p>\n", escape(message))
}

pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_stays_text() {
        assert_eq!(escape("<a b=\"c\" d='e'>&"), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;");
    }

    #[test]
    fn the_style_asks_for_nothing_from_elsewhere() {
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
    }
}
