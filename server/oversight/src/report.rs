//! `GET /{tenant}/admin/access`: every account with its rights and their use; `GET .../{kind}/{id}`: one, explained.

use crate::account::Scene;
use crate::export::Format;
use serde_json::{Value, json};
use theriac_core::{Error, Result};
use theriac_identity::directory::{self, Sort};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

const COLUMNS: &[&str] =
    &["kind", "id", "role", "state", "sees", "permissions", "unused", "createdAt", "lastSignIn", "lastUsed", "dormant"];

pub(crate) async fn list(_: (), context: Context, request: Request) -> Result<Response> {
    let (mut format, mut dormant, mut unused) = (Format::default(), None, None);
    for (name, value) in request.query_known(&["format", "dormant", "unused"])? {
        let yes = || {
            let wrong = || Error::invalid(format!("'{name}' is true or false")).at(name.clone());
            value.parse::<bool>().map_err(|_| wrong())
        };
        match name.as_str() {
            "dormant" => dormant = Some(yes()?),
            "unused" => unused = Some(yes()?),
            _ => format = Format::parse(&value)?,
        }
    }
    let mut lines = Scene::read(&context).await?.lines();
    lines.retain(|line| dormant.is_none_or(|dormant| line.dormant == dormant));
    lines.retain(|line| unused.is_none_or(|unused| line.unused.is_empty() != unused));
    let lines = lines.iter().map(serde_json::to_value).collect::<Result<Vec<Value>, _>>().map_err(Error::internal)?;
    match format.file(COLUMNS, &lines) {
        Some(file) => Ok(file),
        None => Response::json(200, &json!({ "at": context.now().rfc3339(), "accounts": lines })),
    }
}

pub(crate) async fn explain(_: (), context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let (sort, id) = named(&request)?;
    let account = directory::account(&context, sort, id).await?;
    Response::json(200, &Scene::read(&context).await?.explained(&context, &account).await?)
}

/// `{kind}/{id}` of the address.
pub(crate) fn named(request: &Request) -> Result<(Sort, &str)> {
    let kind = request.param("kind");
    let wrong = || Error::not_found("accounts", &format!("{kind}/{}", request.param("id")));
    Ok((Sort::parse(kind).ok_or_else(wrong)?, request.param("id")))
}
