//! `GET /{tenant}/alerts`, newest first, and `GET /{tenant}/alerts/{id}`.

use crate::raise::{Alert, State};
use crate::store;
use serde::Serialize;
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

const KNOWN: &[&str] = &["state", "from", "count"];
const USUAL: u64 = 100;
const MOST: u64 = 1_000;

#[derive(Serialize)]
struct Page {
    alerts: Vec<Alert>,
    /// What `from` takes for the page that follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[derive(Debug, Default, PartialEq)]
struct Question {
    state: Option<State>,
    before: Option<i64>,
    count: u64,
}

impl Question {
    fn read(request: &Request) -> Result<Self> {
        let mut question = Self { count: USUAL, ..Self::default() };
        for (name, value) in request.query_known(KNOWN)? {
            match name.as_str() {
                "state" => question.state = Some(state(&value)?),
                "from" => question.before = Some(cursor(&value)?),
                _ => question.count = count(&value)?,
            }
        }
        Ok(question)
    }
}

fn state(name: &str) -> Result<State> {
    let wrong =
        || Error::invalid(format!("'{name}' is no state of an alert; use open, shelved or acknowledged")).at("state");
    State::parse(name).ok_or_else(wrong)
}

fn cursor(text: &str) -> Result<i64> {
    let wrong = |_| Error::invalid("'from' takes the 'next' of the page before; leave it out to begin").at("from");
    i64::from_str_radix(text, 16).map_err(wrong)
}

fn count(text: &str) -> Result<u64> {
    let wrong = || Error::invalid(format!("'count' is a whole number from 1 to {MOST}")).at("count");
    text.parse().ok().filter(|n| (1..=MOST).contains(n)).ok_or_else(wrong)
}

pub(crate) async fn list(_: (), context: Context, request: Request) -> Result<Response> {
    let Question { state, before, count } = Question::read(&request)?;
    let mut alerts = store::list(&context.db, &context.grant.rows(), state, before, count + 1).await?;
    let more = alerts.len() as u64 > count;
    alerts.truncate(count as usize);
    let next = alerts.last().filter(|_| more).map(|last| format!("{:x}", last.key));
    Response::json(200, &Page { alerts, next })
}

pub(crate) async fn read(_: (), context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    Response::json(200, &visible(&context, request.param("id")).await?)
}

/// What the caller may not see does not exist for it.
pub(crate) async fn visible(context: &Context, id: &str) -> Result<Alert> {
    let found = store::find(&context.db, id).await?.filter(|alert| context.grant.sees(&alert.labels()));
    found.ok_or_else(|| Error::not_found("alerts", id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_platform::http::Method;

    fn question(query: &str) -> Result<Question> {
        Question::read(&Request::new(Method::Get, "/mercy/alerts", query))
    }

    #[test]
    fn parameters_are_read_with_their_defaults() {
        assert_eq!(question("").unwrap(), Question { state: None, before: None, count: 100 });
        let full = question("state=open&from=ff&count=5").unwrap();
        assert_eq!(full, Question { state: Some(State::Open), before: Some(255), count: 5 });
    }

    #[test]
    fn a_wrong_parameter_is_named_with_what_would_be_right() {
        for (query, word) in [
            ("state=closed", "open, shelved or acknowledged"),
            ("from=zz", "'next'"),
            ("count=0", "1 to 1000"),
            ("count=1001", "1 to 1000"),
            ("stat=open", "state, from, count"),
        ] {
            let error = question(query).unwrap_err();
            assert!(error.message.contains(word) && error.status() == 400, "{query}: {error}");
        }
    }
}
