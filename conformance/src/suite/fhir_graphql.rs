//! GraphQL cases of FHIR's own test collection, asked over HTTP: <https://github.com/FHIR/fhir-test-cases>, folder
//! `r4/graphql`. Some of the resources they are about are not in the published examples; those stand in
//! `fixtures/fhir/graphql`, made after what the cases expect.

use super::Outcome;
use super::fhir_patch::sections;
use crate::run::{FHIR, JSON, Run, Tenant, read, root, text};
use serde_json::{Value, json};

/// What the cases are about, beyond the resource each is asked of.
const ALSO: &[&str] = &["Patient/example", "Condition/example", "Patient/newborn"];
const SEARCHED: &[&str] = &["Patient/xds", "Patient/example"];

pub async fn run(run: &Run) -> Result<Outcome, String> {
    let folder = run.data("fhir/test-cases/graphql");
    let manifest = read(&folder.join("manifest.xml"))?;
    let cases = sections::read(&manifest)?;
    let tenant = run.tenant("graphql").await?;
    let mut outcome = Outcome::default();
    let contexts = cases.iter().filter_map(|case| case.attribute("context").strip_suffix("/$graphql"));
    let mut addresses: Vec<&str> = contexts.chain(ALSO.iter().copied()).collect();
    addresses.sort_unstable();
    addresses.dedup();
    for address in addresses {
        if !put(run, &tenant, address).await? {
            outcome.note(format!("{address} is neither in the examples nor among the fixtures"));
        }
    }
    // What is searched for is these two alone, the newest first.
    let searched = run.tenant("graphql-search").await?;
    for address in SEARCHED {
        put(run, &searched, address).await?;
    }
    for case in &cases {
        let tenant = if case.attribute("context").is_empty() { &searched } else { &tenant };
        let query = read(&folder.join(case.attribute("source")))?;
        let expected = match case.attribute("output") {
            "$error" => None,
            file => Some(serde_json::from_slice::<Value>(&read(&folder.join(file))?).map_err(text)?),
        };
        let result = ask(tenant, case, &query, expected.as_ref()).await;
        outcome.case(case.attribute("name"), result);
    }
    Ok(outcome)
}

async fn put(run: &Run, tenant: &Tenant, address: &str) -> Result<bool, String> {
    let name = format!("{}.json", address.replace('/', "-"));
    let places =
        [run.data("fhir/examples-r4/json").join(&name), root().join("conformance/fixtures/fhir/graphql").join(&name)];
    let Some(file) = places.iter().find(|file| file.exists()) else { return Ok(false) };
    tenant.ask("PUT", &format!("fhir/{address}"), FHIR, read(file)?).await?;
    tenant.wrote(1);
    Ok(true)
}

async fn ask(
    tenant: &Tenant,
    case: &sections::Section<'_>,
    query: &[u8],
    expected: Option<&Value>,
) -> Result<(), String> {
    let context = case.attribute("context");
    let path = format!("fhir/{}", if context.is_empty() { "$graphql" } else { context });
    let mut body = json!({ "query": String::from_utf8_lossy(query) });
    if !case.attribute("operation").is_empty() {
        body["operationName"] = case.attribute("operation").into();
        body["variables"] = json!({ "var": true });
    }
    let answer = tenant.send("POST", &path, JSON, body.to_string().into_bytes()).await?;
    let got: Value = answer.json().map_err(text)?;
    match expected {
        None if answer.status >= 400 && answer.status < 500 && got.get("errors").is_some() => Ok(()),
        None => Err(format!("an error is expected, it is {got}")),
        Some(expected) if got["data"] == *expected => Ok(()),
        Some(expected) => Err(format!("it is {got}, expected {expected}")),
    }
}
