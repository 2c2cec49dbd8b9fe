//! The browser's session: a cookie that no script reads, that other sites' forms do not send, and that says nothing.
//! Every step of proof begins a new one, so that none can be planted before.

use crate::secret;
use crate::service::Identity;
use crate::store::session::{self, Session};
use theriac_core::{Instant, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

const SESSION: &str = "theriac_session";
const FORM: &str = "theriac_form";
/// What goes along to a provider and back.
const EXTERNAL: &str = "theriac_external";

/// A working day.
const LIFE_S: i64 = 12 * 3_600;

/// Who came, as far as the cookies say.
pub(super) struct Visitor {
    pub session: Option<Session>,
    /// The forms of this browser are marked by it.
    form: String,
    form_is_new: bool,
}

impl Visitor {
    pub async fn of(context: &Context, request: &Request) -> Result<Self> {
        let session = match cookie(request, SESSION) {
            Some(value) => session::find(&context.db, &secret::hash(value), context.now()).await?,
            None => None,
        };
        let form = cookie(request, FORM).filter(|value| value.len() == 43).map(str::to_owned);
        let form_is_new = form.is_none();
        Ok(Self { session, form: form.map_or_else(secret::new, Ok)?, form_is_new })
    }

    /// What a form of this browser carries to prove that it is one.
    pub fn mark(&self, identity: &Identity, context: &Context) -> String {
        identity.seals.seal(&format!("form|{}|{}", context.tenant.name, self.form), b"")
    }

    /// Did the form come from a page that this browser got here?
    pub fn is_own(&self, identity: &Identity, context: &Context, request: &Request, mark: Option<&str>) -> bool {
        let from_here = request.header("sec-fetch-site").is_none_or(|site| site == "same-origin" || site == "none");
        let bound = format!("form|{}|{}", context.tenant.name, self.form);
        from_here && !self.form_is_new && mark.is_some_and(|mark| identity.seals.open(&bound, mark).is_ok())
    }

    /// The response, with the cookie that forms need.
    pub fn met(&self, context: &Context, response: Response) -> Response {
        if self.form_is_new {
            response.with("set-cookie", written(context, FORM, &self.form, LIFE_S))
        } else {
            response
        }
    }
}

/// A new session for the person, and the cookie of it.
pub(super) fn begin(context: &Context, person: &str, amr: &[&str], begun: Instant) -> Result<(Session, String)> {
    let value = secret::new()?;
    let expires = Instant(begun.0 + LIFE_S * 1_000_000);
    let amr = amr.iter().map(|method| (*method).to_owned()).collect();
    let session = Session { hash: secret::hash(&value), person: person.to_owned(), amr, begun, expires };
    Ok((session, written(context, SESSION, &value, LIFE_S)))
}

/// The cookie that ends the session.
pub(super) fn ended(context: &Context) -> String {
    written(context, SESSION, "", 0)
}

pub(crate) fn external_cookie(context: &Context, value: &str, life_s: i64) -> String {
    written(context, EXTERNAL, value, life_s)
}

pub(crate) fn external_of(request: &Request) -> Option<&str> {
    cookie(request, EXTERNAL)
}

fn written(context: &Context, name: &str, value: &str, life_s: i64) -> String {
    let secure = if context.trail.base.starts_with("https://") { "; Secure" } else { "" };
    format!("{name}={value}; Path={}; Max-Age={life_s}; HttpOnly; SameSite=Lax{secure}", super::page::path(context))
}

fn cookie<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    let cookies = request.header("cookie")?.split(';').map(str::trim);
    let mut values = cookies.filter_map(|cookie| cookie.split_once('=').filter(|(own, _)| *own == name));
    values.next().map(|(_, value)| value).filter(|value| !value.is_empty())
}
