//! `__explain=true`: the one statement of a search and the database's plan for it, for administrators.

use super::asked::Asked;
use super::cursor::Place;
use crate::bundle::FHIR_JSON;
use crate::store::search as store;
use serde_json::{Value, json};
use theriac_access::Permission;
use theriac_core::Result;
use theriac_platform::Context;
use theriac_platform::http::Response;

/// Parameters with the statement (values left out) and the lines of the plan.
pub(super) async fn answer(context: &Context, asked: &Asked, place: &Place) -> Result<Response> {
    context.grant.require(Permission::Admin)?;
    let (sql, plan) = store::explain(context, &super::ask(asked, place)).await?;
    let lines = plan.into_iter().map(|line| json!({ "name": "plan", "valueString": line }));
    let parameters: Vec<Value> =
        std::iter::once(json!({ "name": "statement", "valueString": sql })).chain(lines).collect();
    let answer = json!({ "resourceType": "Parameters", "parameter": parameters });
    Ok(Response::new(200).with("content-type", FHIR_JSON).body(answer.to_string()))
}
