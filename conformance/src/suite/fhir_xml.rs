//! FHIR in XML, <http://hl7.org/fhir/R4/xml.html>: what is stored as JSON comes out as XML, goes in again and is the same
//! JSON; and HL7's examples in XML say what their twins in JSON say.

use super::Outcome;
use crate::json::Tree;
use crate::run::{FHIR, Run, Tenant, encoded, files, read, root, text};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

const XML: &str = "application/fhir+xml";
/// Members that the server sets or puts where it likes.
const HEAD: [&str; 3] = ["resourceType", "id", "meta"];

pub async fn run(run: &Run) -> Result<Outcome, String> {
    let mut outcome = Outcome::default();
    let tenant = run.tenant("xml").await?;
    let mut reordered = 0;
    for folder in [run.data("fhir/examples-r4/json"), run.data("fhir/examples-r4/json-definitional"), fixtures()] {
        for file in files(&folder)? {
            let result = there_and_back(&tenant, &read(&file)?).await;
            reordered += usize::from(result == Ok(true));
            outcome.case(format!("json/{}", name(&file)), result.map(drop));
        }
    }
    outcome.note(format!(
        "{reordered} examples have members in another order than the definitions, which XML does not keep"
    ));
    twins(run, &mut outcome).await?;
    Ok(outcome)
}

fn fixtures() -> std::path::PathBuf {
    root().join("conformance/fixtures/fhir")
}

fn name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// JSON -> store -> XML -> store -> JSON. True if only the order of members changed.
async fn there_and_back(tenant: &Tenant, bytes: &[u8]) -> Result<bool, String> {
    let mut sent = Tree::read(bytes)?;
    let head: Value = serde_json::from_slice(bytes).map_err(text)?;
    let (kind, id) = (head["resourceType"].as_str().unwrap_or_default(), head["id"].as_str());
    // One example has no id.
    let id = id.unwrap_or("without-an-id");
    let path = format!("fhir/{kind}/{}", encoded(id));
    let body = if head.get("id").is_none() { with_id(&head, id) } else { bytes.to_vec() };
    tenant.ask("PUT", &path, FHIR, body).await?;
    let xml = tenant.ask("GET", &path, XML, Vec::new()).await?.bytes.to_vec();
    tenant.ask("PUT", &path, XML, xml.clone()).await?;
    tenant.wrote(2);
    let mut got = Tree::read(&tenant.ask("GET", &path, FHIR, Vec::new()).await?.bytes)?;
    let again = tenant.ask("GET", &path, XML, Vec::new()).await?.bytes.to_vec();
    if unversioned(&xml) != unversioned(&again) {
        return Err("the XML of the second version is another than that of the first".into());
    }
    for tree in [&mut sent, &mut got] {
        without_version(tree);
        tree.put_first(&HEAD);
    }
    if head.get("id").is_none() {
        got.remove("id");
    }
    if sent.difference(&got, kind).is_none() {
        return Ok(false);
    }
    sent.sort_members();
    got.sort_members();
    sent.difference(&got, kind).map_or(Ok(true), Err)
}

fn with_id(head: &Value, id: &str) -> Vec<u8> {
    let mut head = head.clone();
    head["id"] = id.into();
    head.to_string().into_bytes()
}

/// Without what the server sets.
fn unversioned(xml: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(xml).into_owned();
    for element in ["<versionId value=\"", "<lastUpdated value=\""] {
        // The first of each is the resource's own.
        if let Some((before, after)) = text.split_once(element) {
            let rest = after.split_once("/>").map_or("", |(_, rest)| rest).to_owned();
            text = format!("{before}{rest}");
        }
    }
    text
}

/// What the server sets: <http://hl7.org/fhir/R4/resource.html#Meta>.
fn without_version(document: &mut Tree) {
    without(document, &["versionId", "lastUpdated"]);
}

fn without(document: &mut Tree, names: &[&str]) {
    let Some(meta) = document.member_mut("meta") else { return };
    names.iter().for_each(|name| meta.remove(name));
    if meta.is_empty() {
        document.remove("meta");
    }
}

/// The XML files lack narratives and carry the label HTEST, of which one JSON file makes a tag; in Bundles too.
fn without_test_marks(tree: &mut Tree) {
    let is_narrative =
        matches!(tree.member_mut("text"), Some(Tree::Object(text)) if text.iter().any(|(n, _)| n == "div"));
    if is_narrative {
        tree.remove("text");
    }
    if let Some(meta) = tree.member_mut("meta")
        && let Some(Tree::Array(tags)) = meta.member_mut("tag")
    {
        tags.retain_mut(|tag| tag.member_mut("code") != Some(&mut Tree::Text("HTEST".to_owned())));
        if tags.is_empty() {
            meta.remove("tag");
        }
    }
    without(tree, &["versionId", "lastUpdated", "security"]);
    match tree {
        Tree::Object(members) => members.iter_mut().for_each(|(_, value)| without_test_marks(value)),
        Tree::Array(items) => items.iter_mut().for_each(without_test_marks),
        Tree::Text(_) | Tree::Plain(_) => {}
    }
}

/// HL7's XML, stored and read as JSON, against HL7's JSON; where the list says that they differ, it is stored only.
async fn twins(run: &Run, outcome: &mut Outcome) -> Result<(), String> {
    let tenant = run.tenant("twins").await?;
    let folder = run.data("fhir/examples-r4");
    let list = String::from_utf8(read(&folder.join("pairs.csv"))?).map_err(text)?;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for line in list.lines().skip(1).filter(|line| !line.is_empty()) {
        let columns: Vec<&str> = line.splitn(4, ',').collect();
        let [kind, stem, _, same] = columns[..] else { return Err(format!("pairs.csv: {line:?}")) };
        let same = same.starts_with("yes");
        *counts.entry(if same { "equal" } else { "different" }).or_default() += 1;
        let (xml, json) = (read(&folder.join(format!("xml/{stem}.xml")))?, twin(&folder, stem)?);
        outcome.case(format!("xml/{stem}"), compare(&tenant, kind, xml, same.then_some(json)).await);
    }
    outcome.note(format!("{counts:?} twins, by the word of pairs.csv"));
    Ok(())
}

fn twin(folder: &Path, stem: &str) -> Result<Vec<u8>, String> {
    read(&folder.join(format!("json/{stem}.json")))
}

async fn compare(tenant: &Tenant, kind: &str, xml: Vec<u8>, json: Option<Vec<u8>>) -> Result<(), String> {
    let answer = tenant.ask("POST", &format!("fhir/{kind}"), XML, xml).await?;
    tenant.wrote(1);
    let location = answer.header("location").unwrap_or_default();
    let id = location.split('/').skip_while(|part| *part != kind).nth(1).unwrap_or_default();
    let answer = tenant.ask("GET", &format!("fhir/{kind}/{id}"), FHIR, Vec::new()).await?;
    let Some(json) = json else { return Ok(()) };
    let (mut sent, mut got) = (Tree::read(&json)?, Tree::read(&answer.bytes)?);
    for tree in [&mut sent, &mut got] {
        tree.remove("id");
        without_test_marks(tree);
        tree.sort_members();
    }
    sent.difference(&got, kind).map_or(Ok(()), Err)
}
