//! One's own account: how one stands, a second factor by choice, and the way out.

use super::enrol;
use super::gate::{self, Step, acting, entry, sent, shown};
use super::page::{Page, escape, form};
use super::session::{self, Visitor};
use crate::service::Identity;
use crate::store;
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

const HERE: &str = "account";
/// The same address, with the wish for a second factor.
const ENROL: &str = "account?second-factor=new";

pub(crate) async fn account(identity: Identity, context: Context, request: Request) -> Result<Response> {
    let outcome = look(&identity, &context, &request).await;
    shown(&context, outcome)
}

async fn look(identity: &Identity, context: &Context, request: &Request) -> Result<Response> {
    let wishes = request.query_known(&["second-factor"])?;
    let visitor = Visitor::of(context, request).await?;
    let step = gate::next(context, &visitor).await?;
    let next = if wishes.is_empty() { HERE } else { ENROL };
    if let Some(page) = gate::page(identity, context, &visitor, &step, next).await? {
        return Ok(page);
    }
    let Step::Ready(session, person) = step else { return Err(Error::internal("a step without a page")) };
    let has = store::credential::find(&context.db, person.id()).await?.totp.is_some();
    let mark = visitor.mark(identity, context);
    let hidden = [("mark", mark.as_str()), ("next", &gate::sealed(identity, context, HERE)?)];
    if !has && !wishes.is_empty() {
        let page = enrol::page(identity, context, &hidden, &session, &person, None)?;
        return Ok(visitor.met(context, page.response(context)));
    }
    let factor = match has {
        true => "<p>A second factor is set up.</p>".to_owned(),
        false => format!(
            "<p>No second factor is set up.</p>\n<a class=\"go\" href=\"{}/{ENROL}\">Set up a second factor</a>",
            super::page::path(context)
        ),
    };
    let body = format!(
        "<p>You are <strong>{}</strong>, {} of this place.</p>\n{factor}\n{}<button type=\"submit\" class=\"quiet\">Sign out</button>\n</form>",
        escape(&person.record.document.name),
        escape(person.role.as_str()),
        form(context, "sign-out", &hidden)
    );
    Ok(visitor.met(context, Page { status: 200, title: "Your account", body, leads_to: None }.response(context)))
}

pub(crate) async fn sign_out(identity: Identity, context: Context, request: Request) -> Result<Response> {
    let outcome = leave(&identity, &context, &request).await;
    shown(&context, outcome)
}

async fn leave(identity: &Identity, context: &Context, request: &Request) -> Result<Response> {
    let visitor = sent(identity, context, request).await?.visitor;
    if let Some(session) = &visitor.session {
        let mut unit = Unit::new();
        unit.push(store::session::remove(&context.db, &session.hash));
        if let Some(person) = crate::oauth::person::find(context, &session.person).await? {
            theriac_ledger::record(&mut unit, &acting(context, &person), &[entry(person.id(), "sign-out")])?;
        }
        context.db.commit(unit).await?;
    }
    let body = "<p>You are signed out in this browser.</p>".to_owned();
    let page = Page { status: 200, title: "Signed out", body, leads_to: None };
    Ok(page.response(context).with("set-cookie", session::ended(context)))
}
