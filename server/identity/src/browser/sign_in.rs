//! Name and password.

use super::attempt::Attempt;
use super::gate::{self, Sent, acting, entry, go_on, sent, shown};
use super::page::{Page, escape, form, path, wrong};
use super::session;
use crate::oauth::person;
use crate::provider::Provider;
use crate::record::State;
use crate::service::Identity;
use crate::{password, store};
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

/// Providers at which people may sign in instead: id and name.
pub(super) async fn elsewhere(context: &Context) -> Result<Vec<(String, String)>> {
    let all = store::record::list::<Provider>(&context.db, Some(State::Active), None, 50).await?;
    let open = all.into_iter().filter(|record| record.document.client_id.is_some());
    Ok(open.map(|record| (record.id, record.document.name)).collect())
}

/// The links to them, which carry on what the form carries.
fn links(context: &Context, hidden: &[(&str, &str)], elsewhere: &[(String, String)]) -> String {
    let next = hidden.iter().find(|(name, _)| *name == "next").map_or("", |(_, next)| next);
    let link = |(id, name): &(String, String)| {
        format!(
            "<p><a class=\"go\" href=\"{}/external/{}?next={}\">Sign in with {}</a></p>\n",
            path(context),
            escape(id),
            escape(next),
            escape(name)
        )
    };
    elsewhere.iter().map(link).collect()
}

pub(super) fn page<'p>(
    context: &Context,
    hidden: &[(&str, &str)],
    elsewhere: &[(String, String)],
    user: &str,
    fault: Option<&str>,
) -> Page<'p> {
    let alert = fault.map(wrong).unwrap_or_default();
    let described = if fault.is_some() { " aria-invalid=\"true\" aria-describedby=\"wrong\"" } else { "" };
    let (user_first, password_first) = if user.is_empty() { (" autofocus", "") } else { ("", " autofocus") };
    let body = format!(
        "{alert}{}<label for=\"user\">Name</label>\n\
         <input id=\"user\" name=\"user\" type=\"text\" autocomplete=\"username\" autocapitalize=\"none\" spellcheck=\"false\" required value=\"{}\"{user_first}{described}>\n\
         <label for=\"password\">Password</label>\n\
         <input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"current-password\" required{password_first}{described}>\n\
         <button type=\"submit\">Sign in</button>\n</form>\n{}",
        form(context, "sign-in", hidden),
        escape(user),
        links(context, hidden, elsewhere)
    );
    Page { status: if fault.is_some() { 401 } else { 200 }, title: "Sign in", body, leads_to: None }
}

pub(crate) async fn sign_in(identity: Identity, context: Context, request: Request) -> Result<Response> {
    let outcome = attempt(&identity, &context, &request).await;
    shown(&context, outcome)
}

async fn attempt(identity: &Identity, context: &Context, request: &Request) -> Result<Response> {
    let Sent { form, visitor, next } = sent(identity, context, request).await?;
    let missing = || Error::invalid("Fill in name and password.");
    let (user, given) = (form.get("user").ok_or_else(missing)?.trim(), form.get("password").ok_or_else(missing)?);
    let attempt = Attempt::begin(context, "password", user).await?;
    let person = person::find(context, user).await?;
    let known = match &person {
        Some(person) => store::credential::find(&context.db, person.id()).await?.password,
        None => None,
    };
    let right = password::holds(given.to_owned(), known).await?;
    let mut unit = Unit::new();
    let Some(person) = person.filter(|_| right) else {
        // Of names that nobody has the ledger keeps nothing.
        if let Some(person) = person::find(context, user).await? {
            theriac_ledger::record(&mut unit, context, &[entry(person.id(), "sign-in-refused")])?;
            context.db.commit(unit).await?;
        }
        let mark = visitor.mark(identity, context);
        let hidden = [("mark", mark.as_str()), ("next", &gate::sealed(identity, context, &next)?)];
        return Ok(page(context, &hidden, &elsewhere(context).await?, user, Some("Name or password is not right."))
            .response(context));
    };
    let (session, cookie) = session::begin(context, person.id(), &["pwd"], context.now())?;
    unit.push(store::session::insert(&context.db, &session)?);
    if let Some(old) = &visitor.session {
        unit.push(store::session::remove(&context.db, &old.hash));
    }
    unit.push(store::credential::signed_in(&context.db, person.id(), context.now()));
    unit.push(attempt.forget(context));
    theriac_ledger::record(&mut unit, &acting(context, &person), &[entry(person.id(), "sign-in")])?;
    context.db.commit(unit).await?;
    Ok(go_on(context, &next, Some(cookie)))
}
