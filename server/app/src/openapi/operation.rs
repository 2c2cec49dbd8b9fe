//! A row of a route table as an operation.

use super::detail::{self, Detail, Parameter as Query};
use super::domain::{self, Domain};
use super::{refusal, schema};
use serde_json::json;
use theriac_access::{Permission, Role};
use theriac_platform::http::{Answer, Method, Route};
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::{Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Required, Response, ResponseBuilder, SecurityRequirement};

/// Name of the only security scheme.
pub const BEARER: &str = "bearer";

pub fn of(row: &Route) -> Operation {
    let domain = domain::of(row.path);
    let detail = detail::of(row.method, row.path);
    let mut operation = OperationBuilder::new()
        .tag(domain.tag)
        .summary(Some(row.summary))
        .operation_id(Some(id(row.method, row.path)))
        .request_body(request(row, domain, detail))
        .extensions(Some(access(row)));
    operation = operation.description(description(row, detail));
    for parameter in braces(row.path).map(in_path).chain(detail.query().map(in_query)) {
        operation = operation.parameter(parameter);
    }
    let (status, response) = success(row, domain, detail);
    for status in std::iter::once(status).chain(also(row, detail)) {
        operation = operation.response(status.to_string(), RefOr::T(response.clone()));
    }
    for status in refusal::statuses(row) {
        operation = operation.response(status.to_string(), RefOr::Ref(refusal::reference(row, status)));
    }
    if row.permission != Permission::Public {
        operation = operation.security(SecurityRequirement::new(BEARER, [] as [&str; 0]));
    }
    operation.build()
}

/// `{*rest}` is OpenAPI's `{rest}`.
pub fn template(path: &str) -> String {
    path.replace("{*", "{")
}

/// `get_fhir_type_id`: stable as long as method and path are; the tenant is in all of them.
pub fn id(method: Method, path: &str) -> String {
    let words = path.split('/').filter(|word| !word.is_empty() && *word != "{tenant}");
    let plain = |word: &str| word.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect::<String>();
    let words = words.map(|word| match word.strip_prefix('{') {
        Some(name) => format!("by_{}", plain(name.trim_end_matches('}').trim_start_matches('*'))),
        None => plain(word).trim_matches('_').to_owned(),
    });
    std::iter::once(method.as_str().to_ascii_lowercase()).chain(words).collect::<Vec<_>>().join("_")
}

pub fn braces(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|s| s.strip_prefix('{')?.strip_suffix('}')).map(|name| name.trim_start_matches('*'))
}

fn access(row: &Route) -> utoipa::openapi::extensions::Extensions {
    let holds = |role: &&Role| role.row().permissions.contains(row.permission);
    let roles: Vec<&str> = Role::ALL.iter().filter(holds).map(|role| role.as_str()).collect();
    ExtensionsBuilder::new()
        .add("x-theriac-permission", row.permission.as_str())
        .add("x-theriac-roles", json!(roles))
        .build()
}

fn description(row: &Route, detail: &Detail) -> Option<String> {
    let socket = match row.answer {
        Answer::Upgrade(..) => "The same address answers WebSocket upgrades. ",
        Answer::Reply(_) => "",
    };
    let text = format!("{socket}{}", detail.note);
    Some(text.trim_end().to_owned()).filter(|text| !text.is_empty())
}

fn in_path(name: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(detail::brace(name))
        .schema(Some(schema::of_type("string")))
        .build()
}

fn in_query(query: &Query) -> Parameter {
    ParameterBuilder::new()
        .name(query.0)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(query.2))
        .schema(Some(schema::of_type(query.1)))
        .build()
}

fn request(row: &Route, domain: &Domain, detail: &Detail) -> Option<RequestBody> {
    let writes = matches!(row.method, Method::Post | Method::Put | Method::Patch);
    if !writes || detail.takes == detail::NOTHING {
        return None;
    }
    let schema = if detail.takes.is_empty() { domain.schema } else { detail.takes };
    let media = if detail.takes_media.is_empty() { domain.media } else { detail.takes_media };
    // Operations of FHIR do without a body where every parameter may be left out.
    let required = if row.path.contains("/fhir/") && row.path.contains('$') { Required::False } else { Required::True };
    let mut body = RequestBodyBuilder::new().required(Some(required));
    for media in media {
        body = body.content(*media, content(media, schema));
    }
    Some(body.build())
}

/// What may be answered besides: what is put may be new, and what is posted may be there already.
fn also(row: &Route, detail: &Detail) -> impl Iterator<Item = u16> {
    let usual: &[u16] = match (row.method, detail.status) {
        (Method::Put, 0) => &[201],
        (Method::Post, 201) if row.path.starts_with("/{tenant}/fhir/") => &[200],
        _ => &[],
    };
    usual.iter().chain(detail.also).copied()
}

fn success(row: &Route, domain: &Domain, detail: &Detail) -> (u16, Response) {
    let status = match (detail.status, row.method) {
        (0, Method::Delete | Method::Options) => 204,
        (0, _) => 200,
        (status, _) => status,
    };
    let mut response = ResponseBuilder::new().description(row.summary);
    if status != 204 && detail.gives != detail::NOTHING {
        let schema = if detail.gives.is_empty() { domain.schema } else { detail.gives };
        let media = if detail.gives_media.is_empty() { domain.media } else { detail.gives_media };
        for media in media {
            response = response.content(*media, content(media, schema));
        }
    }
    (status, response.build())
}

/// Text of any other kind than JSON is a string to OpenAPI.
pub fn content(media: &str, schema: &str) -> utoipa::openapi::Content {
    let json = media.ends_with("json") && !media.contains("ndjson");
    // An event of a stream is made of fields, and is no string.
    let schema = match media {
        "text/event-stream" => RefOr::Ref(Ref::from_schema_name("Any")),
        _ if json => RefOr::Ref(Ref::from_schema_name(schema)),
        _ => schema::of_type("string"),
    };
    ContentBuilder::new().schema(Some(schema)).build()
}
