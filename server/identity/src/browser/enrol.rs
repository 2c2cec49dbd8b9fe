//! A new second factor: a picture for the authenticator, a code to prove that it was read, and recovery codes.

use super::attempt::Attempt;
use super::gate::{self, Sent, acting, entry, sent, shown};
use super::page::{Page, escape, form, path, wrong};
use super::second_factor::bound;
use super::session;
use crate::oauth::person::{self, Person};
use crate::service::Identity;
use crate::store::session::Session;
use crate::{store, totp};
use qrcodegen::{QrCode, QrCodeEcc};
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

/// A page with a new key; the key stands in the form, sealed for this session, until a code proves that it was read.
pub(super) fn page<'p>(
    identity: &Identity,
    context: &Context,
    hidden: &[(&str, &str)],
    session: &Session,
    person: &Person,
    fault: Option<(&str, &str)>,
) -> Result<Page<'p>> {
    let (key, fault) = match fault {
        Some((key, fault)) => (key.to_owned(), Some(fault)),
        None => (totp::key()?, None),
    };
    let sealed = identity.seals.conceal(&pending(session), key.as_bytes())?;
    let fields = [hidden, &[("key", sealed.as_str())]].concat();
    let spaced: Vec<String> = key.as_bytes().chunks(4).map(|four| String::from_utf8_lossy(four).into_owned()).collect();
    let body = format!(
        "{}<p>Scan the picture with an authenticator application, then type the code it shows.</p>\n{}\n\
         <p class=\"hint\">Without a camera, type this key: <code>{}</code></p>\n{}\
         <label for=\"code\">Code</label>\n\
         <input id=\"code\" name=\"code\" type=\"text\" inputmode=\"numeric\" autocomplete=\"one-time-code\" required autofocus>\n\
         <button type=\"submit\">Continue</button>\n</form>",
        fault.map(wrong).unwrap_or_default(),
        picture(&totp::address(&context.tenant.name, person.id(), &key))?,
        escape(&spaced.join(" ")),
        form(context, "enrol", &fields)
    );
    Ok(Page { status: if fault.is_some() { 401 } else { 200 }, title: "Set up a second factor", body, leads_to: None })
}

fn pending(session: &Session) -> String {
    format!("enrol|{}", session.hash)
}

/// A QR code (ISO/IEC 18004) as one path.
fn picture(text: &str) -> Result<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).map_err(|e| Error::internal(e.to_string()))?;
    let (size, mut path) = (code.size(), String::new());
    for y in 0..size {
        for x in (0..size).filter(|x| code.get_module(*x, y)) {
            path.push_str(&format!("M{} {}h1v1h-1z", x + 4, y + 4));
        }
    }
    let whole = size + 8;
    Ok(format!(
        "<svg class=\"picture\" viewBox=\"0 0 {whole} {whole}\" role=\"img\" aria-label=\"QR code of the key that stands below\" \
         shape-rendering=\"crispEdges\"><rect width=\"{whole}\" height=\"{whole}\" fill=\"#fff\"/><path d=\"{path}\" fill=\"#000\"/></svg>"
    ))
}

pub(crate) async fn enrol(identity: Identity, context: Context, request: Request) -> Result<Response> {
    let outcome = attempt(&identity, &context, &request).await;
    shown(&context, outcome)
}

async fn attempt(identity: &Identity, context: &Context, request: &Request) -> Result<Response> {
    let Sent { form, visitor, next } = sent(identity, context, request).await?;
    let Some(old) = visitor.session.clone() else { return Ok(gate::go_on(context, &next, None)) };
    let Some(person) = person::find(context, &old.person).await? else { return Ok(gate::go_on(context, &next, None)) };
    let stale = || Error::invalid("This form is out of date. Begin again.");
    let key = identity.seals.reveal(&pending(&old), form.get("key").ok_or_else(stale)?).map_err(|_| stale())?;
    let key = String::from_utf8(key).map_err(|_| stale())?;
    let code = form.get("code").ok_or_else(|| Error::invalid("Type the code."))?.replace(' ', "");
    let attempt = Attempt::begin(context, "enrol", person.id()).await?;
    let Some(step) = totp::step_of(&key, &code, context.now().0 / 1_000_000, 0) else {
        let mark = visitor.mark(identity, context);
        let hidden = [("mark", mark.as_str()), ("next", &gate::sealed(identity, context, &next)?)];
        let fault = (key.as_str(), "The code is not right. Is the clock of your telephone right?");
        return Ok(page(identity, context, &hidden, &old, &person, Some(fault))?.response(context));
    };
    let codes = totp::recovery_codes()?;
    let sealed = identity.seals.conceal(&bound(context, person.id()), key.as_bytes())?;
    let first = old.amr.first().map_or("pwd", String::as_str);
    let (session, cookie) = session::begin(context, person.id(), &[first, "otp", "mfa"], old.begun)?;
    let mut unit = Unit::new();
    unit.push(store::credential::set_totp(&context.db, person.id(), &sealed, step));
    for code in &codes {
        unit.push(store::credential::add_recovery(&context.db, person.id(), &totp::recovery_hash(code)));
    }
    unit.push(store::session::insert(&context.db, &session)?);
    unit.push(store::session::remove(&context.db, &old.hash));
    unit.push(attempt.forget(context));
    theriac_ledger::record(&mut unit, &acting(context, &person), &[entry(person.id(), "second-factor-set")])?;
    context.db.commit(unit).await?;
    Ok(done(context, &codes, &next).response(context).with("set-cookie", cookie))
}

/// The codes, this once.
fn done<'p>(context: &Context, codes: &[String], next: &str) -> Page<'p> {
    let items: String = codes.iter().map(|code| format!("<li><code>{code}</code></li>\n")).collect();
    let body = format!(
        "<p>Keep these recovery codes where you keep keys. Each stands in for your telephone once; they are not shown again.</p>\n\
         <ul class=\"codes\">\n{items}</ul>\n<a class=\"go\" href=\"{}\">I have kept them</a>",
        escape(&format!("{}/{next}", path(context)))
    );
    Page { status: 200, title: "Recovery codes", body, leads_to: None }
}
