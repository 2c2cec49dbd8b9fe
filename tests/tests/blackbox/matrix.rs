//! Every route x every role x {own tenant, another tenant's token, expired token, no token}, against the
//! committed table `matrix.tsv`: a line for each route, written by people, not taken from the code.
//!
//! A route of `/openapi.json` without a line fails the test, and so does a line without a route.

use futures_util::{StreamExt, stream};
use reqwest::{Client as Http, Method};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;
use theriac_tests::World;

const TABLE: &str = include_str!("../../matrix.tsv");

/// A service may what its scopes name; here they name everything there is.
const SCOPES: &str = "system/*.cruds epcis.read epcis.capture isa95.read isa95.write readings.write \
    spc.read spc.write alerts.read alerts.acknowledge quality.read quality.write feed.read ledger.read oversight.read";

const RESEARCHER: &str = "researcher-of-the-matrix";

/// Columns of the table, and the arguments that make such a token.
#[rustfmt::skip]
const CALLERS: &[(&str, &str, &[&str])] = &[
    ("researcher",       "researcher",    &["--subject", RESEARCHER]),
    ("clinician",        "clinician",     &["--assigned", "Patient/none"]),
    ("steward",          "steward",       &[]),
    ("administrator",    "administrator", &[]),
    ("administrator-1f", "administrator", &["--no-second-factor"]),
    ("operator",         "operator",      &[]),
    ("quality",          "quality",       &[]),
    ("quality-1f",       "quality",       &["--no-second-factor"]),
    ("partner",          "partner",       &["--glns", "0614141000012"]),
    ("service",          "service",       &["--scope", SCOPES]),
    ("service-unscoped", "service",       &[]),
];

#[derive(PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Row {
    method: &'static str,
    path: &'static str,
    permission: &'static str,
    /// `anybody`, or callers of [`CALLERS`].
    may: Vec<&'static str>,
}

impl Row {
    fn admits(&self, caller: &str) -> bool {
        self.may == ["anybody"] || self.may.contains(&caller)
    }

    /// The address with its braces filled in.
    fn address(&self, base: &str, tenant: &str) -> String {
        let fill = |segment: &'static str| match segment {
            "{tenant}" => tenant.to_owned(),
            "{type}" => "Patient".to_owned(),
            brace if brace.starts_with('{') => "none".to_owned(),
            literal => literal.to_owned(),
        };
        let segments: Vec<String> = self.path.split('/').map(fill).collect();
        format!("{base}{}", segments.join("/"))
    }
}

fn table() -> Vec<Row> {
    let lines = TABLE.lines().skip(1).filter(|line| !line.is_empty());
    lines
        .map(|line| match line.split('\t').collect::<Vec<_>>()[..] {
            [method, path, permission, may] => Row { method, path, permission, may: may.split(' ').collect() },
            _ => panic!("a line of matrix.tsv has four columns with tabs between them: {line:?}"),
        })
        .collect()
}

/// Of a `token`, what the server answers; bodies that never end are not waited for.
async fn status(http: &Http, row: &Row, address: &str, token: Option<&str>) -> u16 {
    let mut request = http.request(Method::from_bytes(row.method.as_bytes()).unwrap(), address);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    request.send().await.unwrap().status().as_u16()
}

/// What is wrong about an answer, if anything.
fn fault(row: &Row, caller: &str, valid: bool, status: u16) -> Option<String> {
    let expected = match (row.may == ["anybody"], valid, row.admits(caller)) {
        (false, false, _) => (status != 401).then_some("401"),
        (false, true, false) => (status != 403).then_some("403"),
        _ => matches!(status, 401 | 403 | 500..).then_some("anything but 401, 403 and 5xx"),
    };
    expected.map(|expected| format!("{} {} as {caller}: {status}, expected {expected}", row.method, row.path))
}

#[tokio::test]
async fn the_table_has_exactly_the_routes_that_are_served() {
    let world = World::new("mercy").await;
    let document = world.administrator.get("/openapi.json").await.unwrap();
    let mut served = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if let Some(permission) = operation["x-theriac-permission"].as_str() {
                served.insert(format!("{} {path} {permission}", method.to_uppercase()));
            }
        }
    }
    let rows: BTreeSet<String> = table().iter().map(|r| format!("{} {} {}", r.method, r.path, r.permission)).collect();
    let missing: Vec<_> = served.difference(&rows).collect();
    let gone: Vec<_> = rows.difference(&served).collect();
    assert!(missing.is_empty() && gone.is_empty(), "not in matrix.tsv: {missing:#?}\nnot served: {gone:#?}");
}

#[test]
fn the_table_names_known_callers_and_no_route_twice() {
    let rows = table();
    let routes: BTreeSet<_> = rows.iter().map(|row| (row.method, row.path)).collect();
    assert_eq!(routes.len(), rows.len());
    for row in rows {
        let known = |may: &&str| *may == "anybody" || CALLERS.iter().any(|(caller, ..)| caller == may);
        assert!(row.may.iter().all(known), "{row:?}");
        assert_eq!(row.permission == "public", row.may == ["anybody"], "{row:?}");
    }
}

#[tokio::test]
async fn each_route_answers_each_caller_as_the_table_says() {
    let (mercy, acme) = (World::new("mercy").await, World::new("acme").await);
    // A researcher sees through a project, or nothing.
    let project = json!({"profile": "safe-harbor", "members": [RESEARCHER]});
    mercy.administrator.send(Method::PUT, "admin/deid/projects/matrix", &project).await.unwrap();
    let expired = mercy.client_with("administrator", &["--ttl", "1s"]).await;
    let mut callers = vec![("no token".to_owned(), None, false)];
    for (name, role, arguments) in CALLERS {
        let own = mercy.client_with(role, arguments).await.token().to_owned();
        let foreign = acme.client_with(role, arguments).await.token().to_owned();
        callers.push(((*name).to_owned(), Some(own), true));
        callers.push((format!("{name} of another tenant"), Some(foreign), false));
    }
    tokio::time::sleep(Duration::from_millis(1500)).await;
    callers.push(("administrator, expired".to_owned(), Some(expired.token().to_owned()), false));
    let (http, rows) = (Http::new(), table());
    let asked = rows.iter().flat_map(|row| callers.iter().map(move |caller| (row, caller)));
    let answers = stream::iter(asked).map(async |(row, (name, token, valid))| {
        let address = row.address(mercy.url(), &mercy.tenant);
        fault(row, name, *valid, status(&http, row, &address, token.as_deref()).await)
    });
    let faults: Vec<String> = answers.buffered(8).filter_map(async |fault| fault).collect().await;
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), rows.len() * callers.len(), faults.join("\n"));
}
