//! `$status` of SearchParameter: how far the index of the tenant's own search parameters is. The standard has no
//! operation for this; the name is that which another server uses.

use super::parameters::{Input, Output};
use crate::building;
use crate::canonical::{Definition, TenantCanonicals};
use crate::search::tenant::{Own, known};
use crate::service::Fhir;
use crate::store::parameter::Building;
use theriac_core::json::Node;
use theriac_core::{Instant, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

pub async fn handle(_: Fhir, context: Context, request: Request) -> Result<Response> {
    let input = Input::read(&request, &["url"])?;
    let wanted = input.text("url")?;
    let mut output = Output::default();
    for parameter in building::progress(&context).await?.iter().filter(|p| wanted.is_none_or(|url| url == p.url)) {
        let mut part = Output::default().text("url", "valueUri", Some(&parameter.url)).text(
            "code",
            "valueCode",
            Some(&parameter.code),
        );
        for (name, building) in &parameter.resource_types {
            part = part.part("base", base(name, building));
        }
        output = output.part("searchParameter", part);
    }
    let canonicals = TenantCanonicals::of(&context).await?;
    let resources = canonicals.own("SearchParameter");
    let active = resources.iter().filter(|r| r.text("status") == Some("active"));
    for resource in active.filter(|r| wanted.is_none_or(|url| Some(url) == r.text("url"))) {
        if let Some(part) = without_index(resource, &resources) {
            output = output.part("searchParameter", part);
        }
    }
    Ok(output.respond())
}

/// Why an active parameter has no index of its own.
fn without_index(resource: &Node<'static>, all: &[Definition]) -> Option<Output> {
    let (state, reason) = match Own::of(resource, &known(all)) {
        Ok(own) if own.is_empty() => ("standard", "the standard's parameter of this code serves".to_owned()),
        Ok(_) => return None,
        Err(error) => ("not-served", error.message),
    };
    let part = Output::default()
        .text("url", "valueUri", resource.text("url"))
        .text("code", "valueCode", resource.text("code"))
        .text("state", "valueCode", Some(state));
    Some(part.text("reason", "valueString", Some(&reason)))
}

fn base(name: &str, row: &Building) -> Output {
    let state = if row.own.ready { "ready" } else { "building" };
    let number = |value: i64| Node::Number(value.to_string().into());
    let time = |at: i64| (at > 0).then(|| Instant(at).rfc3339());
    Output::default()
        .text("type", "valueCode", Some(name))
        .text("state", "valueCode", Some(state))
        .with("done", "valueInteger", number(row.done))
        .with("total", "valueInteger", number(row.total))
        .text("started", "valueInstant", time(row.started).as_deref())
        .text("finished", "valueInstant", time(row.finished).as_deref())
}
