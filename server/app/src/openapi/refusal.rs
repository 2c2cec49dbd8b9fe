//! Error answers: the closed table of codes in the form of each facade.

use std::collections::BTreeMap;
use theriac_access::Permission;
use theriac_core::error::TABLE;
use theriac_platform::http::{Facade, Method, Route};
use utoipa::openapi::{Ref, Response, ResponseBuilder};

use super::operation;

/// The forms that errors of some addresses take: name in component names, media types with their schemas.
struct Form {
    name: &'static str,
    media: &'static [(&'static str, &'static str)],
}

const OUTCOME: [(&str, &str); 2] =
    [("application/fhir+json", "OperationOutcome"), ("application/fhir+xml", "OperationOutcome")];
const FHIR: Form = Form { name: "Fhir", media: &OUTCOME };
const EPCIS: Form = Form { name: "Epcis", media: &[("application/problem+json", "EPCISProblem")] };
const PLAIN: Form = Form { name: "Plain", media: &[("application/problem+json", "Problem")] };
/// OAuth has a form of its own (RFC 6749, 5.2), and browsers get a page.
const ACCESS: Form = Form {
    name: "Access",
    media: &[("application/problem+json", "Problem"), ("application/json", "OAuthError"), ("text/html", "Any")],
};
/// GraphQL over HTTP answers in its own form too.
const GRAPHQL: Form = Form { name: "GraphQL", media: &[OUTCOME[0], OUTCOME[1], ("application/json", "Any")] };

const FORMS: &[Form] = &[FHIR, EPCIS, PLAIN, ACCESS, GRAPHQL];

fn form(row: &Route) -> &'static Form {
    match row.facade {
        _ if row.path.starts_with("/{tenant}/auth/") => &ACCESS,
        Facade::Fhir if row.path.ends_with("/$graphql") => &GRAPHQL,
        Facade::Fhir => &FHIR,
        Facade::Epcis => &EPCIS,
        Facade::Plain => &PLAIN,
    }
}

/// What may be answered to any request, to one with a token, to one for a tenant, and to one with a body.
const ANY: &[u16] = &[400, 406, 408, 429, 500, 503];
const WITH_TOKEN: &[u16] = &[401, 403];
const OF_TENANT: &[u16] = &[404];
const WITH_BODY: &[u16] = &[409, 412, 413, 415, 422];
/// To questions that cost too much, to what was deleted, and to parts of the standard that are named as missing.
const OF_FHIR: &[u16] = &[409, 410, 412, 415, 422, 501];
const OF_EPCIS: &[u16] = &[413, 414, 422, 501];

pub fn statuses(row: &Route) -> Vec<u16> {
    let groups = [
        (true, ANY),
        (row.permission != Permission::Public, WITH_TOKEN),
        (row.path.contains('{'), OF_TENANT),
        (!matches!(row.method, Method::Get | Method::Head | Method::Options), WITH_BODY),
        (row.facade == Facade::Fhir, OF_FHIR),
        (row.facade == Facade::Epcis, OF_EPCIS),
    ];
    let mut statuses: Vec<u16> = groups.iter().filter(|(fits, _)| *fits).flat_map(|(_, s)| s.iter().copied()).collect();
    statuses.sort_unstable();
    statuses.dedup();
    statuses
}

pub fn reference(row: &Route, status: u16) -> Ref {
    Ref::from_response_name(format!("{}{status}", form(row).name))
}

pub fn all() -> BTreeMap<String, Response> {
    let mut titles: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
    TABLE.iter().for_each(|row| titles.entry(row.status).or_default().push(row.title));
    let groups = [ANY, WITH_TOKEN, OF_TENANT, WITH_BODY, OF_FHIR, OF_EPCIS];
    let used = |status: &u16| groups.iter().any(|group| group.contains(status));
    let mut all = BTreeMap::new();
    for (status, titles) in titles.iter().filter(|(status, _)| used(status)) {
        for Form { name, media } in FORMS {
            let mut response = ResponseBuilder::new().description(titles.join("; or: "));
            for (media, schema) in *media {
                response = response.content(*media, operation::content(media, schema));
            }
            all.insert(format!("{name}{status}"), response.build());
        }
    }
    all
}
