//! B2MML V0700 (<https://github.com/MESAInternational/B2MML-BatchML>): documents of every type go in as XML and come out
//! as the same XML; their JSON goes in elsewhere and comes out as the same XML again. What comes out is judged by the
//! schemas themselves: XML by `AllSchemas.xsd` with `xmllint`, JSON by `AllSchemas.json`. Documents of V0401 are brought
//! up to V0700 on the way in.
//!
//! The Business To Manufacturing Markup Language (B2MML) is used courtesy of MESA International.

mod judge;
mod old;

use super::Outcome;
use crate::run::{Run, Tenant, encoded, files, read, root, text};
use judge::Judge;
use serde_json::Value;
use std::path::Path;

pub const XML: &str = "application/xml";
pub const JSON: &str = "application/vnd.b2mml+json";
pub const SCHEMA: &str = "isa95/b2mml-v0700-schema";

pub async fn run(run: &Run) -> Result<Outcome, String> {
    let (one, other) = (run.tenant("b2mml").await?, run.tenant("b2mml-json").await?);
    let mut judge = Judge::open(&run.data(SCHEMA))?;
    let mut outcome = Outcome::default();
    let mut results = Vec::new();
    for file in files(&root().join("conformance/fixtures/b2mml"))? {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let result = round(&one, &other, &name, &file, &mut judge).await;
        results.push((name, result));
    }
    outcome.note(format!("{} types of resource, each with every member of its schema", results.len()));
    results.extend(old::run(run, &mut judge, &mut outcome).await?);
    let verdicts = judge.verdicts()?;
    outcome.note(format!("{} XML documents judged by the XSD", judge.documents()));
    for (name, result) in results {
        let verdict = verdicts.get(&name).cloned().unwrap_or(Ok(()));
        outcome.case(name, result.and(verdict));
    }
    Ok(outcome)
}

/// In as XML, out as both, in as JSON, out as XML.
async fn round(one: &Tenant, other: &Tenant, address: &str, file: &Path, judge: &mut Judge) -> Result<(), String> {
    let sent = String::from_utf8(read(file)?).map_err(text)?;
    let id = encoded(first_id(&sent)?);
    let at = format!("isa95/{address}/{id}");
    let put = format!("{at}?references=report");
    one.ask("PUT", &put, XML, sent.clone().into_bytes()).await?;
    one.wrote(1);
    let xml = got(one, &at, XML).await?;
    judge.xml(address, &xml);
    same(&sent, &xml, "as XML")?;
    let json = got(one, &at, JSON).await?;
    judge.json(&json)?;
    other.ask("PUT", &put, JSON, json.into_bytes()).await?;
    other.wrote(1);
    same(&sent, &got(other, &at, XML).await?, "after its JSON")?;
    let list = format!("isa95/{address}");
    judge.xml(address, &got(one, &list, XML).await?);
    judge.json(&got(one, &list, JSON).await?)
}

/// The answer to a question, in one form.
pub async fn got(tenant: &Tenant, path: &str, media: &str) -> Result<String, String> {
    let answer = tenant.ask("GET", path, media, Vec::new()).await?;
    String::from_utf8(answer.bytes.to_vec()).map_err(text)
}

fn first_id(document: &str) -> Result<&str, String> {
    let rest = document.split_once("<ID>").ok_or("the document has no ID")?.1;
    rest.split_once("</ID>").map(|(id, _)| id).ok_or_else(|| "its ID does not end".to_owned())
}

fn same(sent: &str, got: &str, how: &str) -> Result<(), String> {
    match sent.lines().zip(got.lines()).position(|(a, b)| a != b) {
        None if sent.len() == got.len() => Ok(()),
        None => Err(format!("it comes out {how} {} bytes long instead of {}", got.len(), sent.len())),
        Some(line) => {
            let of = |text: &str| text.lines().nth(line).unwrap_or_default().trim().to_owned();
            Err(format!("it comes out {how} with {:?} for {:?} in line {}", of(got), of(sent), line + 1))
        }
    }
}

/// A member far inside of an answer in plain JSON.
pub async fn plain(tenant: &Tenant, path: &str) -> Result<Value, String> {
    serde_json::from_str(&got(tenant, path, crate::run::JSON).await?).map_err(text)
}
