//! A password of one's own, in place of the one that was given for the first sign-in.

use super::gate::{self, Sent, acting, entry, go_on, sent, shown};
use super::page::{Page, form, wrong};
use super::session;
use crate::service::Identity;
use crate::{password, store};
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

pub(super) fn page<'p>(context: &Context, hidden: &[(&str, &str)], fault: Option<&str>) -> Page<'p> {
    let body = format!(
        "{}<p>The password you came with was for one sign-in.</p>\n{}\
         <label for=\"password\">New password</label>\n\
         <input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"new-password\" minlength=\"12\" required autofocus aria-describedby=\"hint\">\n\
         <p class=\"hint\" id=\"hint\">At least 12 characters. A few words that only you would put together are good.</p>\n\
         <label for=\"again\">The same again</label>\n\
         <input id=\"again\" name=\"again\" type=\"password\" autocomplete=\"new-password\" minlength=\"12\" required>\n\
         <button type=\"submit\">Keep it</button>\n</form>",
        fault.map(wrong).unwrap_or_default(),
        form(context, "password", hidden)
    );
    Page { status: if fault.is_some() { 400 } else { 200 }, title: "Choose a password", body, leads_to: None }
}

pub(crate) async fn change(identity: Identity, context: Context, request: Request) -> Result<Response> {
    let outcome = attempt(&identity, &context, &request).await;
    shown(&context, outcome)
}

async fn attempt(identity: &Identity, context: &Context, request: &Request) -> Result<Response> {
    let Sent { form, visitor, next } = sent(identity, context, request).await?;
    let gate::Step::NewPassword(old, person) = gate::next(context, &visitor).await? else {
        return Ok(go_on(context, &next, None));
    };
    let given = form.get("password").unwrap_or_default();
    if let Err(error) = fault(context, person.id(), given, form.get("again")).await {
        let mark = visitor.mark(identity, context);
        let hidden = [("mark", mark.as_str()), ("next", &gate::sealed(identity, context, &next)?)];
        return Ok(page(context, &hidden, Some(&error.message)).response(context));
    }
    let hash = password::hash(given.to_owned()).await?;
    let amr: Vec<&str> = old.amr.iter().map(String::as_str).collect();
    let (session, cookie) = session::begin(context, person.id(), &amr, old.begun)?;
    let mut unit = Unit::new();
    unit.push(store::credential::set_password(&context.db, person.id(), &hash, false));
    // Whoever else knew the old one is out.
    unit.push(store::session::remove_of(&context.db, person.id()));
    unit.push(store::session::insert(&context.db, &session)?);
    theriac_ledger::record(&mut unit, &acting(context, &person), &[entry(person.id(), "password")])?;
    context.db.commit(unit).await?;
    Ok(go_on(context, &next, Some(cookie)))
}

async fn fault(context: &Context, person: &str, given: &str, again: Option<&str>) -> Result<()> {
    if again != Some(given) {
        return Err(Error::invalid("The two are not the same."));
    }
    password::check(given, person)?;
    let known = store::credential::find(&context.db, person).await?.password;
    match password::holds(given.to_owned(), known).await? {
        true => Err(Error::invalid("It is the password you came with; choose another.")),
        false => Ok(()),
    }
}
