//! The methods over HTTP: `POST .../jobOrders/{id}/$start` and so on, each answered with its ReturnStatus, a bit map
//! (OPC 10031-4, annex B.2): bit 0 no error, 1 unknown job order, 2 invalid command, 3 invalid status, 4 cannot accept,
//! 32 invalid request.
//!
//! `$advance` is no method of the standard: by it the system that carries an order out reports the transitions that
//! have none. JobOrders come and go in plain JSON here.

use super::transition::{self, Effect, METHODS, Method, State, Status, Substate};
use crate::resource::{self, Body, Change, Condition, JOB_ORDERS, Options, Question, Type};
use crate::service::Isa95;
use crate::store;
use crate::store::resource::Stored;
use serde_json::json;
use std::borrow::Cow;
use theriac_core::json::{Node, Object};
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

const NO_ERROR: u64 = 1;
const UNKNOWN_ORDER: u64 = 1 << 1;
const INVALID_STATUS: u64 = 1 << 3;
const CANNOT_ACCEPT: u64 = 1 << 4;
const INVALID_REQUEST: u64 = 1 << 32;

/// What is said of a refusal, and its bit.
fn refused(error: &Error, bit: u64) -> Result<Response> {
    let issues: Vec<_> =
        error.issues.iter().map(|issue| json!({ "path": issue.path, "message": issue.message })).collect();
    let meaning = error.code.meaning();
    let body = json!({
        "type": format!("urn:theriac:error:{:?}", error.code),
        "title": meaning.title,
        "status": meaning.status,
        "detail": error.message,
        "returnStatus": bit,
        "issues": issues,
    });
    let response = Response::json(meaning.status, &body)?;
    let headers = vec![("content-type", "application/problem+json".to_owned())];
    Ok(Response { headers, ..response })
}

/// The bit that an error of ours is; what is no answer to the method goes on as an error.
fn bit(error: &Error) -> Option<u64> {
    match error.code {
        Code::NotFound | Code::Gone => Some(UNKNOWN_ORDER),
        Code::Conflict => Some(CANNOT_ACCEPT),
        Code::Malformed | Code::Invalid | Code::UnknownParameter | Code::Unprocessable => Some(INVALID_REQUEST),
        _ => None,
    }
}

fn told(result: Result<Response>) -> Result<Response> {
    match result {
        Err(error) => match bit(&error) {
            Some(bit) => refused(&error, bit),
            None => Err(error),
        },
        done => done,
    }
}

fn done(status: u16, id: &str, to: Option<Status>, version: Option<i64>) -> Result<Response> {
    let mut body = Object::default();
    body.set("returnStatus", Node::Number(Cow::Owned(NO_ERROR.to_string())));
    body.set("jobOrderID", Node::string(id));
    if let Some(to) = to {
        body.set("state", to.node());
    }
    let response = Response::new(status).with("content-type", "application/json");
    let response = match version {
        Some(version) => response.with("etag", format!("W/\"{version}\"")),
        None => response,
    };
    Ok(response.body(Node::Object(body).to_vec()))
}

/// The word behind the `$` of the address.
fn method(request: &Request) -> Result<(&'static str, Method)> {
    let word = request.path.trim_end_matches('/').rsplit('$').next().unwrap_or_default();
    let found = METHODS.iter().find(|(known, _)| *known == word).copied();
    found.ok_or_else(|| Error::internal(format!("no method {word}")))
}

/// The members of a body; an empty one has none.
fn members(request: &Request, known: &[&str]) -> Result<Object<'static>> {
    if request.body.is_empty() {
        return Ok(Object::default());
    }
    let node = theriac_core::json::parse(&request.body)?.into_owned();
    let Node::Object(object) = node else {
        return Err(Error::invalid(format!("the body must be an object, not {}", node.kind())));
    };
    if let Some((name, _)) = object.iter().find(|(name, _)| !known.contains(name)) {
        return Err(Error::invalid(crate::nearest::unknown("member", name, known)).at(name));
    }
    Ok(object)
}

/// LocalizedText[]: `[{"locale":"en","text":"..."}]`.
fn comment(members: &Object<'static>) -> Result<serde_json::Value> {
    let Some(node) = members.get("comment") else { return Ok(serde_json::Value::Null) };
    let text = |node: &Node<'_>| {
        let known =
            node.as_object().is_some_and(|object| object.iter().all(|(name, _)| matches!(name, "locale" | "text")));
        known && node.text("text").is_some_and(|text| text.len() <= 1024)
    };
    if !node.as_array().is_some_and(|items| items.len() <= 16 && items.iter().all(text)) {
        let message = "must be up to 16 localized texts, as in [{\"locale\":\"en\",\"text\":\"why\"}]";
        return Err(Error::invalid(message).at("comment"));
    }
    serde_json::from_slice(&node.to_vec()).map_err(Error::internal)
}

fn event(word: &str, from: Option<Status>, to: Option<Status>, comment: serde_json::Value) -> serde_json::Value {
    let status = |status: Option<Status>| {
        status.map(|s| json!({ "state": s.state.name(), "substate": s.substate.map(Substate::name) }))
    };
    let mut data = json!({ "method": word, "from": status(from), "to": status(to) });
    if !comment.is_null() {
        data["comment"] = comment;
    }
    data
}

/// `$store` and `$storeAndStart`: the job order is in the body.
pub(crate) async fn store(isa95: Isa95, context: Context, request: Request) -> Result<Response> {
    told(stored(&isa95, &context, &request).await)
}

async fn stored(isa95: &Isa95, context: &Context, request: &Request) -> Result<Response> {
    request.query_known(&[])?;
    let (word, method) = method(request)?;
    let members = members(request, &["jobOrder", "comment"])?;
    let body = order(&members)?;
    let before = store::resource::one(&context.db, JOB_ORDERS, &body.id).await?;
    if let Some(there) = before.filter(|stored| !stored.deleted && resource::visible(context, stored)) {
        let message = format!("the job order {} is there already; $update changes it", there.id);
        return refused(&Error::conflict(message), CANNOT_ACCEPT);
    }
    let Some(Effect::To(to)) = transition::step(None, method) else {
        return Err(Error::internal("a new order that goes nowhere"));
    };
    let data = event(word, None, Some(to), comment(&members)?);
    put(isa95, context, body, to, word_of(method), data).await
}

/// The job order of a body, read strictly.
fn order(members: &Object<'static>) -> Result<Body> {
    let node = members.get("jobOrder").ok_or_else(|| Error::invalid("the job order is needed").at("jobOrder"))?;
    if node.get("state").is_some() {
        return Err(Error::invalid("a state is no part of a job order that is stored or updated").at("jobOrder.state"));
    }
    resource::plain(Type::find(JOB_ORDERS)?, node, "jobOrder")
}

async fn put(
    isa95: &Isa95,
    context: &Context,
    mut body: Body,
    to: Status,
    action: &'static str,
    data: serde_json::Value,
) -> Result<Response> {
    if let Some(object) = body.document.as_object_mut() {
        object.remove("state");
        object.set("state", to.node());
    }
    body.moved = true;
    let change = Change { body, action: Some(action), data: Some(data) };
    let plan = resource::apply(isa95, context, vec![change], Options::default()).await?;
    let outcome = plan.outcomes.first().ok_or_else(|| Error::internal("a change of nothing"))?;
    done(if outcome.created { 201 } else { 200 }, &outcome.stored.id, Some(to), Some(outcome.stored.version))
}

fn word_of(method: Method) -> &'static str {
    METHODS.iter().find(|(_, known)| *known == method).map_or("update", |(word, _)| word)
}

/// The methods of an order that is there.
pub(crate) async fn call(isa95: Isa95, context: Context, request: Request) -> Result<Response> {
    told(called(&isa95, &context, &request).await)
}

async fn called(isa95: &Isa95, context: &Context, request: &Request) -> Result<Response> {
    request.query_known(&[])?;
    let (word, method) = method(request)?;
    let row = Type::find(JOB_ORDERS)?;
    let before = resource::present(context, row, request.param("id")).await?;
    request.check_version(Some(before.version))?;
    let known: &[&str] = if method == Method::Update { &["jobOrder", "comment"] } else { &["comment"] };
    let members = members(request, known)?;
    let comment = comment(&members)?;
    let from = Status::of_stored(&before)?;
    match transition::step(Some(from), method) {
        None => refused(&wrong_state(word, from), INVALID_STATUS),
        Some(Effect::Removed) => {
            let id = before.id.clone();
            resource::remove(isa95, context, row, before, word, Some(event(word, Some(from), None, comment))).await?;
            done(200, &id, None, None)
        }
        Some(Effect::To(to)) => {
            let body = if method == Method::Update { order(&members)? } else { same(row, &before)? };
            if body.id != before.id {
                let message = format!("is {:?}, the address is of {:?}", body.id, before.id);
                return Err(Error::invalid(message).at("jobOrder.id"));
            }
            put(isa95, context, body, to, word, event(word, Some(from), Some(to), comment)).await
        }
    }
}

fn wrong_state(word: &str, from: Status) -> Error {
    Error::conflict(format!("the job order is {}, in which {word} may not be called", from.state.name()))
}

fn same(row: &'static Type, stored: &Stored) -> Result<Body> {
    let document = theriac_core::json::parse(stored.document.as_bytes()).map_err(Error::internal)?.into_owned();
    Ok(Body { row, id: stored.id.clone(), document, partial: false, moved: true })
}

/// What the system that carries the order out reports: `{"state":"Running"}` or `{"substate":"Ready"}`.
pub(crate) async fn advance(isa95: Isa95, context: Context, request: Request) -> Result<Response> {
    told(advanced(&isa95, &context, &request).await)
}

async fn advanced(isa95: &Isa95, context: &Context, request: &Request) -> Result<Response> {
    request.query_known(&[])?;
    let row = Type::find(JOB_ORDERS)?;
    let before = resource::present(context, row, request.param("id")).await?;
    request.check_version(Some(before.version))?;
    let members = members(request, &["state", "substate", "comment"])?;
    let from = Status::of_stored(&before)?;
    let names = |all: Vec<&'static str>| all.join(", ");
    let state = match members.text("state") {
        None => from.state,
        Some(name) => State::from_name(name).ok_or_else(|| {
            Error::invalid(format!("is one of {}", names(State::ALL.iter().map(|s| s.name()).collect()))).at("state")
        })?,
    };
    let substate = match members.text("substate") {
        None => None,
        Some(name) => Some(Substate::from_name(name).ok_or_else(|| {
            let all = names(Substate::ALL.iter().map(|s| s.name()).collect());
            Error::invalid(format!("is one of {all}")).at("substate")
        })?),
    };
    let Some(to) = transition::moved(from, state, substate) else {
        return refused(&wrong_state("this step", from), INVALID_STATUS);
    };
    let data = event("advance", Some(from), Some(to), comment(&members)?);
    put(isa95, context, same(row, &before)?, to, "advance", data).await
}

/// RequestJobResponseByJobOrderID.
pub(crate) async fn respond(_: Isa95, context: Context, request: Request) -> Result<Response> {
    let answer = async {
        request.query_known(&[])?;
        let order = resource::present(&context, Type::find(JOB_ORDERS)?, request.param("id")).await?;
        let responses = responses(&context, &order).await?;
        answer(responses)
    };
    told(answer.await)
}

/// RequestJobResponseByJobOrderState: of orders in `state`, at most the first thousand.
pub(crate) async fn respond_all(_: Isa95, context: Context, request: Request) -> Result<Response> {
    let answer = async {
        let mut state = None;
        for (_, value) in request.query_known(&["state"])? {
            state = State::from_name(&value);
        }
        let all: Vec<&str> = State::ALL.iter().map(|state| state.name()).collect();
        let state = state.ok_or_else(|| Error::invalid(format!("is one of {}", all.join(", "))).at("state"))?;
        let condition = Condition::Term("status".to_owned(), state.name().to_owned());
        let mut found = Vec::new();
        for order in search(&context, JOB_ORDERS, condition).await? {
            found.extend(responses(&context, &order).await?);
        }
        answer(found)
    };
    told(answer.await)
}

async fn search(context: &Context, address: &str, condition: Condition) -> Result<Vec<Stored>> {
    let row = Type::find(address)?;
    let question = Question { row, conditions: vec![condition], count: 1_000, after: None, from: None };
    store::search::search(&context.db, &context.grant.rows(), &question).await
}

/// What was received for an order; for one that has begun and nothing was, what its state says.
async fn responses(context: &Context, order: &Stored) -> Result<Vec<Node<'static>>> {
    let condition = Condition::Names(&[JOB_ORDERS], order.id.clone());
    let received = search(context, "jobResponses", condition).await?;
    let read = |stored: &Stored| theriac_core::json::parse(stored.document.as_bytes()).map(Node::into_owned);
    let found = received.iter().map(read).collect::<Result<Vec<_>, _>>().map_err(Error::internal)?;
    let status = Status::of_stored(order)?;
    let begun = !matches!(status.state, State::NotAllowedToStart | State::AllowedToStart);
    if !found.is_empty() || !begun {
        return Ok(found);
    }
    let mut made = Object::default();
    made.set("id", Node::string(&order.id));
    made.set("jobOrderID", Node::string(&order.id));
    made.set("jobState", Node::string(job_state(status)));
    Ok(vec![Node::Object(made)])
}

/// B2MML's ResponseState of a status.
fn job_state(status: Status) -> &'static str {
    match (status.state, status.substate) {
        (State::Running, _) => "Running",
        (State::Aborted, _) => "Aborted",
        (_, Some(substate)) => substate.name(),
        _ => "Waiting",
    }
}

fn answer(responses: Vec<Node<'static>>) -> Result<Response> {
    let mut body = Object::default();
    body.set("returnStatus", Node::Number(Cow::Owned(NO_ERROR.to_string())));
    body.set("jobResponses", Node::Array(responses));
    Ok(Response::new(200).with("content-type", "application/json").body(Node::Object(body).to_vec()))
}
