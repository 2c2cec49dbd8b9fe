//! The second factor of whoever has one: six digits, or a recovery code.

use super::attempt::Attempt;
use super::gate::{self, Sent, acting, entry, go_on, sent, shown};
use super::page::{Page, form, wrong};
use super::session;
use crate::oauth::person;
use crate::service::Identity;
use crate::{store, totp};
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;
use theriac_platform::db::{Statement, Unit};
use theriac_platform::http::{Request, Response};

pub(super) fn page<'p>(context: &Context, hidden: &[(&str, &str)], fault: Option<&str>) -> Page<'p> {
    let alert = fault.map(wrong).unwrap_or_default();
    let described = if fault.is_some() { " aria-invalid=\"true\"" } else { "" };
    let body = format!(
        "{alert}{}<label for=\"code\">Code from your authenticator</label>\n\
         <input id=\"code\" name=\"code\" type=\"text\" autocomplete=\"one-time-code\" autocapitalize=\"none\" spellcheck=\"false\" required autofocus aria-describedby=\"hint\"{described}>\n\
         <p class=\"hint\" id=\"hint\">Six digits. Without your telephone, type one of your recovery codes.</p>\n\
         <button type=\"submit\">Continue</button>\n</form>",
        form(context, "second-factor", hidden)
    );
    Page { status: if fault.is_some() { 401 } else { 200 }, title: "Second factor", body, leads_to: None }
}

pub(crate) async fn prove(identity: Identity, context: Context, request: Request) -> Result<Response> {
    let outcome = attempt(&identity, &context, &request).await;
    shown(&context, outcome)
}

/// The key of a person's second factor is sealed for the person alone.
pub(super) fn bound(context: &Context, person: &str) -> String {
    format!("totp|{}|{person}", context.tenant.name)
}

async fn attempt(identity: &Identity, context: &Context, request: &Request) -> Result<Response> {
    let Sent { form, visitor, next } = sent(identity, context, request).await?;
    let Some(old) = visitor.session.clone() else { return Ok(go_on(context, &next, None)) };
    let Some(person) = person::find(context, &old.person).await? else { return Ok(go_on(context, &next, None)) };
    let code = form.get("code").ok_or_else(|| Error::invalid("Type the code."))?.trim();
    let attempt = Attempt::begin(context, "second-factor", person.id()).await?;
    let mut unit = Unit::new();
    let proof = proof(identity, context, person.id(), code).await?;
    let wrong = || -> Result<Response> {
        let mark = visitor.mark(identity, context);
        let hidden = [("mark", mark.as_str()), ("next", &gate::sealed(identity, context, &next)?)];
        Ok(page(context, &hidden, Some("The code is not right, or was used already.")).response(context))
    };
    let Some((statement, method)) = proof else { return wrong() };
    unit.push(statement);
    let first = old.amr.first().map_or("pwd", String::as_str);
    let (session, cookie) = session::begin(context, person.id(), &[first, method, "mfa"], old.begun)?;
    unit.push(store::session::insert(&context.db, &session)?);
    unit.push(store::session::remove(&context.db, &old.hash));
    unit.push(attempt.forget(context));
    let action = if method == "otp" { "second-factor" } else { "recovery-code" };
    theriac_ledger::record(&mut unit, &acting(context, &person), &[entry(person.id(), action)])?;
    match context.db.commit(unit).await {
        Err(e) if e.code == Code::Conflict => wrong(),
        other => other.map(|_| go_on(context, &next, Some(cookie))),
    }
}

/// The statement that uses the code up, and the method it proves (RFC 8176); none if it is not right.
async fn proof(
    identity: &Identity,
    context: &Context,
    person: &str,
    code: &str,
) -> Result<Option<(Statement, &'static str)>> {
    let credential = store::credential::find(&context.db, person).await?;
    let Some(sealed) = credential.totp else { return Ok(None) };
    if !code.bytes().all(|b| b.is_ascii_digit() || b == b' ') {
        return Ok(Some((store::credential::use_recovery(&context.db, person, &totp::recovery_hash(code)), "kba")));
    }
    let key = identity
        .seals
        .reveal(&bound(context, person), &sealed)
        .map_err(|_| Error::internal("a second factor that cannot be opened"))?;
    let key = String::from_utf8(key).map_err(Error::internal)?;
    let step = totp::step_of(&key, &code.replace(' ', ""), context.now().0 / 1_000_000, credential.totp_step);
    Ok(step.map(|step| (store::credential::use_step(&context.db, person, step), "otp")))
}
