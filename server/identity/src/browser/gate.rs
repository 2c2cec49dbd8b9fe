//! What a person must still do before it may go on; each step has its page.

use super::page::{Page, wrong};
use super::session::{self, Visitor};
use super::{enrol, password, second_factor, sign_in};
use crate::oauth::form::Form;
use crate::oauth::person::{self, Person};
use crate::service::Identity;
use crate::store;
use crate::store::session::Session;
use theriac_core::{Error, Result};
use theriac_ledger::Entry;
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

/// A step on the way.
pub(super) enum Step {
    SignIn,
    SecondFactor,
    Enrol(Session, Person),
    NewPassword(Session, Person),
    Ready(Session, Person),
}

pub(super) async fn next(context: &Context, visitor: &Visitor) -> Result<Step> {
    let Some(session) = visitor.session.clone() else { return Ok(Step::SignIn) };
    let Some(person) = person::find(context, &session.person).await? else { return Ok(Step::SignIn) };
    let credential = store::credential::find(&context.db, person.id()).await?;
    let proven = session.amr.iter().any(|method| method == "mfa");
    Ok(match (credential.totp.is_some(), proven) {
        (true, false) => Step::SecondFactor,
        (false, false) if person.record.document.needs_second_factor() => Step::Enrol(session, person),
        _ if credential.one_time && session.amr.iter().any(|method| method == "pwd") => {
            Step::NewPassword(session, person)
        }
        _ => Step::Ready(session, person),
    })
}

/// A form that came: its fields, who sent it, and what it goes on to.
pub(super) struct Sent {
    pub form: Form,
    pub visitor: Visitor,
    pub next: String,
}

/// # Errors
/// `Invalid` for a form that was not got here by this browser.
pub(super) async fn sent(identity: &Identity, context: &Context, request: &Request) -> Result<Sent> {
    let form = Form::new(request.form()?)?;
    let visitor = Visitor::of(context, request).await?;
    if !visitor.is_own(identity, context, request, form.get("mark")) {
        return Err(stale());
    }
    let next = opened(identity, context, form.get("next").unwrap_or_default())?;
    Ok(Sent { form, visitor, next })
}

/// What [`sealed`] made.
///
/// # Errors
/// `Invalid` for what was not made here.
pub(crate) fn opened(identity: &Identity, context: &Context, next: &str) -> Result<String> {
    let next = identity.seals.reveal(&bound(context), next).map_err(|_| stale())?;
    String::from_utf8(next).map_err(|_| stale())
}

fn stale() -> Error {
    Error::invalid("This form is out of date. Go back to the application and begin again.")
}

/// A session for a person whom a provider signed in.
pub(crate) async fn begin_external(
    context: &Context,
    request: &Request,
    user: &str,
    second_factor: bool,
    next: &str,
) -> Result<Response> {
    let visitor = Visitor::of(context, request).await?;
    let person = person::find(context, user).await?.ok_or_else(stale)?;
    let amr: &[&str] = if second_factor { &["fed", "mfa"] } else { &["fed"] };
    let (session, cookie) = session::begin(context, person.id(), amr, context.now())?;
    let mut unit = Unit::new();
    unit.push(store::session::insert(&context.db, &session)?);
    if let Some(old) = &visitor.session {
        unit.push(store::session::remove(&context.db, &old.hash));
    }
    theriac_ledger::record(&mut unit, &acting(context, &person), &[entry(person.id(), "sign-in-external")])?;
    context.db.commit(unit).await?;
    Ok(go_on(context, next, Some(cookie)))
}

/// Where a form goes on to, as the form carries it.
pub(super) fn sealed(identity: &Identity, context: &Context, next: &str) -> Result<String> {
    identity.seals.conceal(&bound(context), next.as_bytes())
}

fn bound(context: &Context) -> String {
    format!("next|{}", context.tenant.name)
}

/// On to the address that the form carried.
pub(super) fn go_on(context: &Context, next: &str, cookie: Option<String>) -> Response {
    let address = format!("{}/{next}", super::page::path(context));
    let response = Response::new(303).with("location", address).with("cache-control", "no-store");
    match cookie {
        Some(cookie) => response.with("set-cookie", cookie),
        None => response,
    }
}

/// The page of the step, if there is still one to take.
pub(super) async fn page(
    identity: &Identity,
    context: &Context,
    visitor: &Visitor,
    step: &Step,
    next: &str,
) -> Result<Option<Response>> {
    let mark = visitor.mark(identity, context);
    let hidden = [("mark", mark.as_str()), ("next", &sealed(identity, context, next)?)];
    let page = match step {
        Step::SignIn => sign_in::page(context, &hidden, &sign_in::elsewhere(context).await?, "", None),
        Step::SecondFactor => second_factor::page(context, &hidden, None),
        Step::Enrol(session, person) => enrol::page(identity, context, &hidden, session, person, None)?,
        Step::NewPassword(..) => password::page(context, &hidden, None),
        Step::Ready(..) => return Ok(None),
    };
    Ok(Some(visitor.met(context, page.response(context))))
}

/// An error as a page; failures of ours go on to the edge.
pub(crate) fn shown(context: &Context, outcome: Result<Response>) -> Result<Response> {
    let error = match outcome {
        Err(error) if error.status() < 500 => error,
        other => return other,
    };
    // Nobody is asked for a password here, so none of these is a 401.
    let status = if error.status() == 401 { 400 } else { error.status() };
    let page = Page { status, title: "This did not work", body: wrong(&error.to_string()), leads_to: None };
    let response = page.response(context);
    Ok(match error.retry_after_s {
        Some(seconds) => response.with("retry-after", seconds.to_string()),
        None => response,
    })
}

/// What the ledger keeps of a step.
pub(super) fn entry(person: &str, action: &'static str) -> Entry {
    Entry { topic: "auth.session".to_owned(), action, subject: format!("users/{person}"), ..Entry::default() }
}

/// The context of the person that acts.
pub(super) fn acting(context: &Context, person: &Person) -> Context {
    let tenant = context.tenant.name.as_ref();
    context.acting(theriac_access::Grant::new(person.role, person.id(), tenant))
}
