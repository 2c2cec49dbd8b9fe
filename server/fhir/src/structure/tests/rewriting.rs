//! What points elsewhere is found and can be replaced.

use super::super::{Place, for_each_reference_mut, references};
use std::borrow::Cow;
use theriac_core::json::parse;

const TRANSACTION: &str = include_str!("../fixtures/transaction.json");
const OLD: &str = "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a";

#[test]
fn references_come_with_their_paths() {
    let node = parse(TRANSACTION.as_bytes()).unwrap();
    let found: Vec<(String, &str)> = references(&node).collect();
    let resource = |rest: &str| format!("Bundle.entry[1].resource.{rest}");
    assert_eq!(
        found,
        [
            ("Bundle.entry[0].resource.link[0].other.reference".to_owned(), "Patient?identifier=a|b"),
            (resource("contained[0].target[0].reference"), OLD),
            (resource("status.extension[0].value.reference"), OLD),
            (resource("subject.reference"), OLD),
        ]
    );
}

#[test]
fn a_transaction_replaces_references_addresses_and_links() {
    let mut node = parse(TRANSACTION.as_bytes()).unwrap();
    let mut places = Vec::new();
    for_each_reference_mut(&mut node, &mut |place, text| {
        if text == OLD {
            places.push(place);
            *text = Cow::Borrowed("Patient/17");
        }
    });
    let (uri, link, reference) = (Place::Uri, Place::Narrative, Place::Reference);
    assert_eq!(places, [uri, link, link, reference, uri, reference, reference]);
    let text = node.to_string();
    assert!(!text.contains(OLD));
    assert!(text.contains(r#"<a href=\"Patient/17\">p</a> <img src='Patient/17' alt=\"\"/> href=x</div>"#), "{text}");
}

#[test]
fn canonicals_are_told_apart() {
    let mut node = parse(TRANSACTION.as_bytes()).unwrap();
    let mut canonicals = Vec::new();
    for_each_reference_mut(&mut node, &mut |place, text| {
        if place == Place::Canonical {
            canonicals.push(text.clone().into_owned());
        }
    });
    assert_eq!(canonicals, ["http://example.org/PlanDefinition/1"]);
}

#[test]
fn what_is_no_resource_has_no_references() {
    for text in ["{}", "[]", r#"{"resourceType":"Element"}"#, r#"{"reference":"x"}"#, "null"] {
        assert_eq!(references(&parse(text.as_bytes()).unwrap()).count(), 0, "{text}");
    }
}
