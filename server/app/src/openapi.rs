//! The OpenAPI 3.1 document (<https://spec.openapis.org/oas/v3.1.0>), made from the route tables with utoipa's
//! model and committed under `openapi/`.
//!
//! Method, path, permission and summary come from the rows themselves; what a row does not say (query
//! parameters, shapes) stands in the tables of `detail`, `domain` and `schemas.json`. A test fails when such a
//! table speaks of a route that is not served.

mod detail;
mod domain;
mod operation;
mod refusal;
mod schema;

use crate::services::Services;
use serde_json::{Map, Value};
use theriac_core::{Error, Result};
use theriac_platform::Config;
use theriac_platform::http::{Method, Route};
use utoipa::openapi::path::{HttpMethod, PathItem, Paths};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, License, OpenApiBuilder};

/// The committed document; `dev check` compares it with what [`print`] makes.
pub const COMMITTED: &str = include_str!("../../../openapi/openapi.json");

const ABOUT: &str = "Interoperability gateway of the pharmaceutical and healthcare field. Every tenant has \
    its own base address. What a role may do is listed at each operation as x-theriac-roles; a token's scopes \
    can only narrow it.";

/// `theriac openapi`.
pub async fn print() -> Result<()> {
    print!("{}", text(&routes().await?)?);
    Ok(())
}

/// The rows of all domains, from an empty database of this call's own that is removed again.
async fn routes() -> Result<Vec<Route>> {
    let folder = std::env::temp_dir().join(format!("theriac-openapi-{}", uuid::Uuid::new_v4()));
    let database = folder.join("empty.db");
    std::fs::create_dir_all(&folder).map_err(Error::internal)?;
    let config = Config {
        database_url: format!("sqlite://{}?mode=rwc", database.display()),
        data_dir: folder.clone(),
        ..Config::default()
    };
    let routes = Services::open(&config).await.map(|services| services.routes());
    std::fs::remove_dir_all(&folder).map_err(Error::internal)?;
    routes
}

/// The same bytes for the same routes.
fn text(routes: &[Route]) -> Result<String> {
    let mut value = serde_json::to_value(document(routes)?).map_err(Error::internal)?;
    extensions_in_order(&mut value);
    let text = serde_json::to_string_pretty(&value).map_err(Error::internal)?;
    Ok(text + "\n")
}

fn document(routes: &[Route]) -> Result<utoipa::openapi::OpenApi> {
    let mut rows: Vec<&Route> = routes.iter().collect();
    rows.sort_by_key(|row| (row.path, row.method.as_str()));
    let mut paths = Paths::new();
    for row in rows {
        let Some(method) = method(row.method) else { continue };
        let item = PathItem::new(method, operation::of(row));
        let path = operation::template(row.path);
        match paths.paths.get_mut(&path) {
            Some(known) => known.merge_operations(item),
            None => drop(paths.paths.insert(path, item)),
        }
    }
    let info = InfoBuilder::new().title("Theriac").version(env!("CARGO_PKG_VERSION")).description(Some(ABOUT));
    let document = OpenApiBuilder::new()
        .info(info.license(Some(License::new("Apache-2.0"))).build())
        .paths(paths)
        .tags(Some(domain::tags(routes)))
        .components(Some(components()?));
    Ok(document.build())
}

fn components() -> Result<utoipa::openapi::Components> {
    let mut bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    bearer.description = Some("RS256 access token of the tenant; `theriac token` signs one".to_owned());
    let mut components = ComponentsBuilder::new().security_scheme(operation::BEARER, SecurityScheme::Http(bearer));
    for (name, schema) in schema::all()? {
        components = components.schema(name, schema);
    }
    for (name, response) in refusal::all() {
        components = components.response(name, response);
    }
    Ok(components.build())
}

fn method(method: Method) -> Option<HttpMethod> {
    Some(match method {
        Method::Get => HttpMethod::Get,
        Method::Post => HttpMethod::Post,
        Method::Put => HttpMethod::Put,
        Method::Patch => HttpMethod::Patch,
        Method::Delete => HttpMethod::Delete,
        Method::Options => HttpMethod::Options,
        // Every GET answers HEAD too; it is not written out.
        Method::Head => return None,
    })
}

/// utoipa keeps extensions in a hash map; here they come last, by name.
fn extensions_in_order(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(extensions_in_order),
        Value::Object(members) => {
            members.values_mut().for_each(extensions_in_order);
            let (mut extra, rest): (Vec<_>, Vec<_>) =
                std::mem::take(members).into_iter().partition(|(name, _)| name.starts_with("x-"));
            extra.sort_by(|a, b| a.0.cmp(&b.0));
            *members = rest.into_iter().chain(extra).collect::<Map<_, _>>();
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
