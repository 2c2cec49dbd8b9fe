//! Reading records: one, the list of a kind, and the versions of one.

use crate::change::kind_of;
use crate::kind::Kind;
use crate::store::{self, Question, Stored};
use serde_json::{Value, json};
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

const KNOWN: &[&str] = &["state", "owner", "overdue", "from", "count"];
const USUAL: u64 = 100;
const MOST: u64 = 1_000;

pub fn tag(stored: &Stored) -> String {
    format!("W/\"{}\"", stored.version)
}

/// What the caller may not see does not exist for it.
pub async fn visible(context: &Context, kind: &'static Kind, id: &str) -> Result<Stored> {
    let found = store::find(&context.db, kind, id).await?.filter(|stored| context.grant.sees(&stored.labels()));
    found.ok_or_else(|| Error::not_found(kind.segment, id))
}

pub(crate) async fn read(_: (), context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let stored = visible(&context, kind_of(&request)?, request.param("id")).await?;
    Ok(Response::json(200, &stored.shown())?.with("etag", tag(&stored)))
}

pub(crate) async fn history(_: (), context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let kind = kind_of(&request)?;
    let stored = visible(&context, kind, request.param("id")).await?;
    let versions = store::versions(&context.db, kind, &stored.id).await?;
    Response::json(200, &json!({ "versions": versions }))
}

pub(crate) async fn list(_: (), context: Context, request: Request) -> Result<Response> {
    let kind = kind_of(&request)?;
    let question = question(&context, kind, &request)?;
    let mut found = store::list(&context.db, kind, &context.grant.rows(), &question).await?;
    let more = found.len() as u64 > question.count;
    found.truncate(question.count as usize);
    let mut page = json!({ kind.segment: found.iter().map(Stored::shown).collect::<Vec<Value>>() });
    if let Some(last) = found.last().filter(|_| more) {
        page["next"] = format!("{:x}", last.key).into();
    }
    Response::json(200, &page)
}

fn question(context: &Context, kind: &Kind, request: &Request) -> Result<Question> {
    let mut question = Question { count: USUAL, ..Question::default() };
    for (name, value) in request.query_known(KNOWN)? {
        match name.as_str() {
            "state" => {
                let wrong = || Error::invalid(format!("'{value}' is no state; use {}", kind.states.join(", ")));
                question.state = Some(kind.state(&value).ok_or_else(|| wrong().at("state"))?);
            }
            "owner" => question.owner = Some(value),
            "overdue" => match value.as_str() {
                "true" => question.due_before = Some(today(context)),
                "false" => {}
                _ => return Err(Error::invalid(format!("'{value}' is neither true nor false")).at("overdue")),
            },
            "from" => {
                let wrong = |_| Error::invalid("'from' takes the 'next' of the page before; leave it out to begin");
                question.before = Some(i64::from_str_radix(&value, 16).map_err(wrong).map_err(|e| e.at("from"))?);
            }
            _ => {
                let wrong = || Error::invalid(format!("'count' is a whole number from 1 to {MOST}")).at("count");
                question.count = value.parse().ok().filter(|n| (1..=MOST).contains(n)).ok_or_else(wrong)?;
            }
        }
    }
    Ok(question)
}

/// The day it is in UTC.
pub fn today(context: &Context) -> String {
    context.now().datetime().format("%Y-%m-%d").to_string()
}
