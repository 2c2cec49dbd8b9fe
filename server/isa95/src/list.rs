//! `GET /{tenant}/isa95/equipment`: what is defined, by id, page by page.

use crate::equipment::EquipmentLevel;
use crate::service::Isa95;
use crate::store;
use crate::store::equipment::Question;
use serde::Serialize;
use serde_json::value::RawValue;
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

const KNOWN: &[&str] = &["parent", "level", "from", "count"];
const USUAL: u64 = 100;
const MOST: u64 = 1_000;

#[derive(Serialize)]
struct Page {
    equipment: Vec<Box<RawValue>>,
    /// What `from` takes for the page that follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

fn question(request: &Request) -> Result<Question> {
    let mut question = Question { most: USUAL, ..Question::default() };
    for (name, value) in request.query_known(KNOWN)? {
        match name.as_str() {
            "parent" => question.parent = Some(value),
            "level" => question.level = Some(level(value)?),
            "from" => question.from = Some(value),
            _ => question.most = count(&value, MOST)?,
        }
    }
    Ok(question)
}

fn level(name: String) -> Result<String> {
    if EquipmentLevel::from_name(&name).is_some() {
        return Ok(name);
    }
    let known: Vec<&str> = EquipmentLevel::ALL.iter().map(|level| level.name()).collect();
    Err(Error::invalid(format!("'{name}' is no level of equipment; known are {}", known.join(", "))).at("level"))
}

pub(crate) fn count(text: &str, most: u64) -> Result<u64> {
    let wrong = || Error::invalid(format!("'count' is a whole number from 1 to {most}")).at("count");
    text.parse().ok().filter(|n| (1..=most).contains(n)).ok_or_else(wrong)
}

pub(crate) async fn list(_: Isa95, context: Context, request: Request) -> Result<Response> {
    let question = question(&request)?;
    let count = question.most as usize;
    let asked = Question { most: question.most + 1, ..question };
    let mut found = store::equipment::list(&context.db, &context.grant.rows(), asked).await?;
    let next = found.get(count).map(|stored| stored.id.clone());
    found.truncate(count);
    let documents = found.into_iter().map(|stored| RawValue::from_string(stored.document).map_err(Error::internal));
    Response::json(200, &Page { equipment: documents.collect::<Result<_>>()?, next })
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_platform::http::Method;

    #[test]
    fn a_wrong_parameter_is_named_with_what_would_be_right() {
        for (query, word) in [("level=Workcell", "WorkCell"), ("count=x", "1 to 1000"), ("x=1", "parent, level")] {
            let error = question(&Request::new(Method::Get, "/mercy/isa95/equipment", query)).unwrap_err();
            assert!(error.message.contains(word), "{query}: {error}");
        }
    }
}
