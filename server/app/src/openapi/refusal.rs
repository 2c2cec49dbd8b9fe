//! Error answers: the closed table of codes in the form of each facade.

use std::collections::BTreeMap;
use theriac_access::Permission;
use theriac_core::error::TABLE;
use theriac_platform::http::{Facade, Method, Route};
use utoipa::openapi::{Ref, Response, ResponseBuilder};

use super::operation;

/// Facade, its name in component names, media types, schema.
const FORMS: &[(Facade, &str, &[&str], &str)] = &[
    (Facade::Fhir, "Fhir", &["application/fhir+json", "application/fhir+xml"], "OperationOutcome"),
    (Facade::Epcis, "Epcis", &["application/problem+json"], "EPCISProblem"),
    (Facade::Plain, "Plain", &["application/problem+json"], "Problem"),
];

/// What may be answered to any request, to one with a token, to one for a tenant, and to one with a body.
const ANY: &[u16] = &[400, 406, 408, 429, 500, 503];
const WITH_TOKEN: &[u16] = &[401, 403];
const OF_TENANT: &[u16] = &[404];
const WITH_BODY: &[u16] = &[409, 413, 415, 422];

pub fn statuses(row: &Route) -> Vec<u16> {
    let groups = [
        (true, ANY),
        (row.permission != Permission::Public, WITH_TOKEN),
        (row.path.contains('{'), OF_TENANT),
        (!matches!(row.method, Method::Get | Method::Head | Method::Options), WITH_BODY),
    ];
    let mut statuses: Vec<u16> = groups.iter().filter(|(fits, _)| *fits).flat_map(|(_, s)| s.iter().copied()).collect();
    statuses.sort_unstable();
    statuses
}

pub fn reference(facade: Facade, status: u16) -> Ref {
    let name = FORMS.iter().find(|form| form.0 == facade).map_or("Plain", |form| form.1);
    Ref::from_response_name(format!("{name}{status}"))
}

pub fn all() -> BTreeMap<String, Response> {
    let mut titles: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
    TABLE.iter().for_each(|row| titles.entry(row.status).or_default().push(row.title));
    let used = |status: &u16| [ANY, WITH_TOKEN, OF_TENANT, WITH_BODY].iter().any(|group| group.contains(status));
    let mut all = BTreeMap::new();
    for (status, titles) in titles.iter().filter(|(status, _)| used(status)) {
        for (_, name, media, schema) in FORMS {
            let mut response = ResponseBuilder::new().description(titles.join("; or: "));
            for media in *media {
                response = response.content(*media, operation::content(media, schema));
            }
            all.insert(format!("{name}{status}"), response.build());
        }
    }
    all
}
