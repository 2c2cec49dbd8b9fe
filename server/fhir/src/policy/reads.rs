//! What an answer gave that was open in an emergency only: recorded before the answer leaves.
//!
//! Each resource of the answer is looked for by the caller's policy without the emergency; what is not found so was
//! given by it. An answer without resources (a number, a shape of the asker's own) counts as one that gave something.

use super::visible;
use crate::kind;
use crate::store::history::{self, Address};
use std::collections::HashSet;
use std::sync::Arc;
use theriac_access::{Grant, Interaction};
use theriac_core::Result;
use theriac_core::json::{self, Node};
use theriac_ledger::reads;
use theriac_platform::Context;
use theriac_platform::emergency::Open;
use theriac_platform::http::Response;

/// `reads`: is the route one that only reads?
pub(super) async fn record(
    context: &Context,
    open: &[Open],
    road: &str,
    reads: bool,
    given: Vec<Address>,
) -> Result<()> {
    if given.is_empty() {
        let all = if reads { open.iter().map(|open| (open, Vec::new())).collect() } else { Vec::new() };
        return reads::record(context, road, all).await;
    }
    let plainly = among(context, &given, Vec::new()).await?;
    let rest: Vec<Address> = given.into_iter().filter(|address| !plainly.contains(address)).collect();
    let mut found = Vec::new();
    for one in open {
        let own = match open {
            [_] => rest.iter().cloned().collect(),
            _ => among(context, &rest, vec![one.patient.clone()]).await?,
        };
        if !own.is_empty() {
            let mut names: Vec<String> =
                own.iter().map(|(number, id, _)| format!("{}/{id}", kind::name(*number))).collect();
            names.sort_unstable();
            names.dedup();
            found.push((one, names));
        }
    }
    reads::record(context, road, found).await
}

/// Those that exist for the caller while these patients' records are open.
async fn among(context: &Context, wanted: &[Address], opened: Vec<String>) -> Result<HashSet<Address>> {
    let grant = Arc::new(Grant { opened, ..(*context.grant).clone() });
    let context = Context { grant, ..context.clone() };
    history::among(&context, &visible(&context, Interaction::Read), wanted).await
}

/// Type, id and version of every resource in the answer; none for a refusal.
pub(super) fn given(response: &Response) -> Option<Vec<Address>> {
    if response.status >= 400 {
        return None;
    }
    let mut found = Vec::new();
    if let Some(Ok(node)) = response.body.bytes().map(|bytes| json::parse(bytes)) {
        gather(&node, &mut found);
    }
    Some(found)
}

fn gather(node: &Node<'_>, found: &mut Vec<Address>) {
    let entries = node.get("entry").map_or(&[][..], Node::items);
    entries.iter().filter_map(|entry| entry.get("resource")).for_each(|resource| gather(resource, found));
    let version = node.get("meta").and_then(|meta| meta.text("versionId")).and_then(|version| version.parse().ok());
    let number = node.text("resourceType").and_then(kind::number);
    if let (Some(number), Some(id), Some(version)) = (number, node.text("id"), version) {
        found.push((number, id.to_owned(), version));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_resource_of_an_answer_is_found_also_in_bundles_of_bundles() {
        let text = r#"{"resourceType":"Bundle","id":"b","type":"batch-response","entry":[
            {"resource":{"resourceType":"Bundle","type":"searchset","entry":[
                {"resource":{"resourceType":"Patient","id":"1","meta":{"versionId":"3"}}}]}},
            {"resource":{"resourceType":"Observation","id":"2","meta":{"versionId":"1"}}},
            {"response":{"status":"404"}}]}"#;
        let names: Vec<String> = given(&Response::new(200).body(text))
            .unwrap()
            .iter()
            .map(|(number, id, version)| format!("{}/{id}/{version}", kind::name(*number)))
            .collect();
        assert_eq!(names, ["Patient/1/3", "Observation/2/1"]);
        assert_eq!(given(&Response::new(200).body("{\"data\":{}}")), Some(Vec::new()));
        assert_eq!(given(&Response::new(304)), Some(Vec::new()));
        assert_eq!(given(&Response::new(404)), None);
    }
}
