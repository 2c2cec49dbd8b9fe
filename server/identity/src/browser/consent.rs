//! The authorization address and the person's decision (OAuth 2.1, 4.1.1 and 4.1.2).

use super::gate::{self, Step, acting, sent, shown};
use super::page::{Page, escape, form};
use super::session::Visitor;
use super::words;
use crate::oauth::asked::{Asked, Back, Refusal};
use crate::oauth::code;
use crate::oauth::error::{printable, refused, word};
use crate::oauth::form::{Form, query};
use crate::oauth::granted::Granted;
use crate::oauth::person::{Person, wants_patient};
use crate::redirect::Parts;
use crate::secret;
use crate::service::Identity;
use crate::store::once::{self, Kind};
use crate::store::session::Session;
use serde_json::json;
use theriac_access::label;
use theriac_core::{Error, Result};
use theriac_ledger::Entry;
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

pub(crate) async fn authorize(identity: Identity, context: Context, request: Request) -> Result<Response> {
    let outcome = match Form::new(request.query_pairs()) {
        Ok(form) => answered(&context, step(&identity, &context, &request, form).await),
        Err(error) => Err(error),
    };
    shown(&context, outcome)
}

/// The same in a form: the browser is sent to the address, so that its cookies come along.
pub(crate) async fn authorize_form(_: Identity, context: Context, request: Request) -> Result<Response> {
    let outcome = request.form().and_then(Form::new).map(|form| gate::go_on(&context, &next_of(&form), None));
    shown(&context, outcome)
}

fn next_of(form: &Form) -> String {
    format!("authorize?{}", query(form.pairs()))
}

/// Refusals go back to the client where it is known, and are shown where it is not.
fn answered(context: &Context, outcome: Result<Response, Refusal>) -> Result<Response> {
    match outcome {
        Ok(response) => Ok(response),
        Err(Refusal { error, back: Some(back) }) if error.status() < 500 => Ok(sent_back(context, &back, &error)),
        Err(Refusal { error, .. }) => Err(error),
    }
}

fn sent_back(context: &Context, back: &Back, error: &Error) -> Response {
    let word = word(error).unwrap_or("invalid_request");
    back.send(context, &[("error", word), ("error_description", &printable(&error.to_string()))])
}

async fn step(
    identity: &Identity,
    context: &Context,
    request: &Request,
    asked_form: Form,
) -> Result<Response, Refusal> {
    let asked = Asked::read(context, &asked_form).await?;
    let refusal = |error| Refusal { error, back: Some(asked.back.clone()) };
    let visitor = Visitor::of(context, request).await?;
    let mut step = gate::next(context, &visitor).await?;
    let too_old =
        |session: &Session| asked.max_age_s.is_some_and(|age_s| context.now().0 - session.begun.0 > age_s * 1_000_000);
    if matches!(&step, Step::Ready(session, _) if too_old(session)) || asked.has_prompt("login") {
        step = Step::SignIn;
    }
    if asked.has_prompt("none") {
        let word = if matches!(step, Step::Ready(..)) { "interaction_required" } else { "login_required" };
        return Err(refusal(refused(word, "the person has to be asked")));
    }
    let next = without_login(&asked_form);
    if let Some(page) = gate::page(identity, context, &visitor, &step, &next).await? {
        return Ok(page);
    }
    let Step::Ready(_, person) = step else { return Err(Error::internal("a step without a page").into()) };
    let lent = lent(&asked, &person).map_err(refusal)?;
    let mark = visitor.mark(identity, context);
    let hidden = [("mark", mark.as_str()), ("next", &gate::sealed(identity, context, &next)?)];
    Ok(visitor.met(context, page(context, &hidden, &asked, &person, &lent).response(context)))
}

/// Whoever was asked to sign in anew is not asked again by the same address.
fn without_login(form: &Form) -> String {
    let rest = form.pairs().filter(|(name, value)| *name != "prompt" || !value.split(' ').any(|one| one == "login"));
    format!("authorize?{}", query(rest.filter(|(name, _)| *name != "max_age")))
}

/// What of the scopes asked for this person can lend.
fn lent(asked: &Asked, person: &Person) -> Result<Vec<String>> {
    let lent = person.lends(&asked.scope.join(" "))?;
    if lent.is_empty() {
        return Err(refused("access_denied", "the person's role includes nothing of what was asked for"));
    }
    let known = asked.launched().patient;
    if asked.launch.as_ref().is_some_and(|(_, launch)| !launch.is_for(person.id())) {
        return Err(refused("access_denied", "the launch was made for another person"));
    }
    let patient = known.as_deref().map(label::patient);
    if wants_patient(&lent)
        && patient.as_ref().map_or(person.assigned.is_empty(), |patient| !person.assigned.contains(patient))
    {
        return Err(refused("access_denied", "no such patient is assigned to the person"));
    }
    Ok(lent)
}

fn page<'p>(context: &Context, hidden: &[(&str, &str)], asked: &Asked, person: &Person, lent: &[String]) -> Page<'p> {
    let client = &asked.client.document;
    let items: String = lent.iter().map(|scope| format!("<li>{}</li>\n", escape(&words::of(scope)))).collect();
    let parts = Parts::of(&asked.back.redirect_uri);
    let place =
        parts.map(|parts| if parts.host().is_empty() { parts.scheme } else { parts.host() }).unwrap_or_default();
    let links = [("Privacy", &client.policy_uri), ("Terms", &client.tos_uri)];
    let links: Vec<String> = links
        .iter()
        .filter_map(|(name, address)| {
            Some(format!("<a href=\"{}\" rel=\"noreferrer\">{name}</a>", escape(address.as_deref()?)))
        })
        .collect();
    let body = format!(
        "<p>You are <strong>{}</strong>. <strong>{}</strong> asks to:</p>\n<ul>\n{items}</ul>\n{}{}\
         <p class=\"hint\">You will be sent to {}. {}</p>\n\
         <button type=\"submit\" name=\"decision\" value=\"allow\">Allow</button>\n\
         <button type=\"submit\" name=\"decision\" value=\"deny\" class=\"quiet\" formnovalidate>Do not allow</button>\n</form>",
        escape(&person.record.document.name),
        escape(&client.client_name),
        form(context, "consent", hidden),
        picker(asked, person, lent),
        escape(place),
        links.join(" ")
    );
    Page { status: 200, title: "Allow access?", body, leads_to: parts.map(|parts| parts.source()) }
}

/// The patients to choose from, where one is wanted and none is known.
fn picker(asked: &Asked, person: &Person, lent: &[String]) -> String {
    match asked.launched().patient {
        Some(patient) => format!("<p>Patient: <strong>{}</strong></p>\n", escape(&patient)),
        None if !wants_patient(lent) => String::new(),
        None => {
            let ids = person.assigned.iter().map(|patient| patient.trim_start_matches("Patient/"));
            let options: String = ids.map(|id| format!("<option value=\"{0}\">{0}</option>\n", escape(id))).collect();
            format!(
                "<label for=\"patient\">For which patient?</label>\n<select id=\"patient\" name=\"patient\" required>\n\
                 <option value=\"\">Choose</option>\n{options}</select>\n"
            )
        }
    }
}

pub(crate) async fn decide(identity: Identity, context: Context, request: Request) -> Result<Response> {
    let outcome = decision(&identity, &context, &request).await;
    shown(&context, answered(&context, outcome))
}

async fn decision(identity: &Identity, context: &Context, request: &Request) -> Result<Response, Refusal> {
    let sent = sent(identity, context, request).await?;
    let query =
        sent.next.strip_prefix("authorize?").ok_or_else(|| Error::invalid("This form belongs to another page."))?;
    let again = Request::new(request.method, request.path.clone(), query);
    let asked = Asked::read(context, &Form::new(again.query_pairs())?).await?;
    let refusal = |error| Refusal { error, back: Some(asked.back.clone()) };
    let Step::Ready(session, person) = gate::next(context, &sent.visitor).await? else {
        return Ok(gate::go_on(context, &sent.next, None));
    };
    if sent.form.get("decision") != Some("allow") {
        return Err(refusal(refused("access_denied", "the person did not allow it")));
    }
    let lent = lent(&asked, &person).map_err(refusal)?;
    let mut launch = asked.launched();
    if wants_patient(&lent) && launch.patient.is_none() {
        let chosen = sent.form.get("patient").filter(|id| person.assigned.contains(&label::patient(id)));
        launch.patient = Some(chosen.ok_or_else(|| Error::invalid("Choose one of the patients."))?.to_owned());
    }
    let granted = Granted {
        certificate: None,
        client: asked.client.id.clone(),
        user: person.id().to_owned(),
        redirect_uri: asked.back.redirect_uri.clone(),
        scope: lent.join(" "),
        challenge: asked.challenge.clone(),
        nonce: asked.nonce.clone(),
        amr: session.amr.clone(),
        auth_time: session.begun.0 / 1_000_000,
        launch,
    };
    let code = keep(context, &asked, &person, &granted).await.map_err(refusal)?;
    Ok(asked.back.send(context, &[("code", &code)]))
}

/// The code, the launch used up, and the ledger's entry: together or not at all.
async fn keep(context: &Context, asked: &Asked, person: &Person, granted: &Granted) -> Result<String> {
    let (code, statement) = code::new(context, granted)?;
    let mut unit = Unit::new();
    unit.push(statement);
    if let Some((handle, _)) = &asked.launch {
        unit.push(once::consume(&context.db, Kind::Launch, &secret::hash(handle), context.now()));
    }
    let patient = granted.launch.patient.as_deref().map(label::patient);
    let entry = Entry {
        topic: "auth.grant".to_owned(),
        action: "authorize",
        subject: format!("users/{}", person.id()),
        data: Some(json!({ "client": granted.client, "scope": granted.scope, "patient": patient })),
        ..Entry::default()
    };
    theriac_ledger::record(&mut unit, &acting(context, person), &[entry])?;
    match context.db.commit(unit).await {
        Err(e) if e.guard == Some(Kind::Launch.guard()) => {
            Err(refused("invalid_request", "the launch was used already"))
        }
        Err(e) => Err(e),
        Ok(_) => Ok(code),
    }
}
