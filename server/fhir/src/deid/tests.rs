//! The profiles of the program over R4: what leaves, and by what may be asked.

use super::visible::{Visible, parameter};
use super::*;
use std::collections::HashMap;
use theriac_core::json;
use theriac_deid::{Names, Plan, Profile, Scene};

fn plan(name: &str) -> Plan {
    Plan::compile(Profile::parse(Profile::built_in(name).unwrap()).unwrap(), &R4).unwrap()
}

struct Told;

impl Names for Told {
    fn pseudonym(&self, _: &str, value: &str) -> Option<Arc<str>> {
        Some(format!("p{}", value.len()).into())
    }

    fn shift(&self, _: &str) -> i64 {
        10
    }

    fn version(&self, _: &str, _: &str, _: &str) -> Option<String> {
        Some("v".to_owned())
    }
}

fn shown(name: &str, text: &str) -> String {
    let mut node = json::parse(text.as_bytes()).unwrap();
    assert!(plan(name).record(&mut node, &mut Scene::new(&Told, "http://h/fhir", 2026, &HashMap::new())));
    node.to_string()
}

const PATIENT: &str = r##"{"resourceType":"Patient","id":"smith-1","meta":{"versionId":"1","lastUpdated":"2026-11-20T08:00:00.000Z","source":"http://secret/1","tag":[{"system":"http://secret","code":"secret"}]},"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">secret</div>"},"contained":[{"resourceType":"Organization","id":"secret","name":"secret"}],"extension":[{"url":"http://secret","valueString":"secret"},{"url":"http://hl7.org/fhir/us/core/StructureDefinition/us-core-race","extension":[{"url":"ombCategory","valueCoding":{"system":"urn:oid:2.16.840.1.113883.6.238","code":"2106-3","display":"White"}},{"url":"text","valueString":"secret"}]}],"identifier":[{"system":"http://hospital","value":"secret","use":"usual","type":{"text":"secret"}}],"active":true,"name":[{"family":"secret","given":["secret"],"use":"official"}],"telecom":[{"system":"phone","value":"secret","use":"home"}],"gender":"male","birthDate":"1974-12-25","_birthDate":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/patient-birthTime","valueDateTime":"1974-12-25T14:35:45-05:00"}]},"address":[{"line":["secret"],"city":"secret","district":"secret","state":"WA","postalCode":"98052","country":"US","text":"secret"}],"maritalStatus":{"coding":[{"system":"http://m","code":"M","display":"Married"}],"text":"secret"},"photo":[{"contentType":"image/gif","data":"c2VjcmV0"}],"contact":[{"name":{"family":"secret"},"gender":"female"}],"managingOrganization":{"reference":"#secret","display":"secret"},"generalPractitioner":[{"reference":"http://elsewhere/Practitioner/secret"},{"reference":"Practitioner/secret"}],"link":[{"other":{"reference":"Patient/secret"},"type":"seealso"}]}"##;

#[test]
fn safe_harbor_leaves_what_names_nobody() {
    let wanted = r##"{"resourceType":"Patient","id":"p7","meta":{"versionId":"v","security":[LABELS]},"contained":[{"resourceType":"Organization","id":"c1"}],"extension":[{"url":"http://hl7.org/fhir/us/core/StructureDefinition/us-core-race","extension":[{"url":"ombCategory","valueCoding":{"system":"urn:oid:2.16.840.1.113883.6.238","code":"2106-3"}}]}],"active":true,"gender":"male","birthDate":"1974","address":[{"state":"WA","postalCode":"980","country":"US"}],"maritalStatus":{"coding":[{"system":"http://m","code":"M"}]},"contact":[{"gender":"female"}],"managingOrganization":{"reference":"#c1"},"generalPractitioner":[{"reference":"Practitioner/p6"}],"link":[{"other":{"reference":"Patient/p6"},"type":"seealso"}]}"##;
    let shown = shown("safe-harbor", PATIENT);
    let (before, rest) = shown.split_once("\"security\":[").unwrap();
    let (labels, after) = rest.split_once(']').unwrap();
    assert_eq!(format!("{before}\"security\":[LABELS]{after}"), wanted);
    assert!(["REDACTED", "PSEUDED", "ABSTRED"].iter().all(|code| labels.contains(code)), "{labels}");
}

#[test]
fn expert_shifts_dates_and_keeps_identifiers_apart() {
    let shown = shown("expert", PATIENT);
    assert!(shown.contains(r#""birthDate":"1975-01-04""#) && shown.contains(r#""display":"Married""#), "{shown}");
    assert!(shown.contains(r#""identifier":[{"system":"http://hospital","value":"p6","use":"usual"}]"#), "{shown}");
    assert!(!shown.contains("secret") && shown.contains("MASKED"), "{shown}");
}

#[test]
fn a_search_parameter_remains_as_far_as_its_values_leave() {
    let (strict, expert) = (plan("safe-harbor"), plan("expert"));
    let plain = |kind| Some(Visible::Plain(kind));
    use crate::search::parameter::Kind::{String, Token, Uri};
    for (kind, code, of_strict, of_expert) in [
        ("Patient", "gender", plain(Token), plain(Token)),
        ("Patient", "name", None, None),
        ("Patient", "family", None, None),
        ("Patient", "identifier", None, None),
        ("Patient", "telecom", None, None),
        ("Patient", "phone", None, None),
        ("Patient", "address", None, None),
        ("Patient", "address-city", None, None),
        ("Patient", "address-postalcode", None, None),
        ("Patient", "address-state", plain(String), plain(String)),
        ("Patient", "birthdate", Some(Visible::Year), None),
        ("Patient", "phonetic", None, None),
        ("Patient", "_lastUpdated", None, None),
        ("Patient", "_source", None, None),
        ("Patient", "_tag", None, None),
        ("Patient", "_text", None, None),
        ("Patient", "_security", plain(Token), plain(Token)),
        ("Patient", "_profile", plain(Uri), plain(Uri)),
        ("Observation", "code", plain(Token), plain(Token)),
        ("Observation", "date", None, None),
        ("Observation", "value-string", None, None),
        ("Observation", "value-quantity", Some(Visible::Quantity), Some(Visible::Quantity)),
        ("Condition", "onset-age", None, None),
        ("Encounter", "date", Some(Visible::Year), None),
        ("Device", "udi-carrier", None, None),
        ("Specimen", "accession", None, None),
        ("Location", "near", None, None),
    ] {
        assert_eq!(parameter(&strict, kind, code), of_strict, "{kind} {code}");
        assert_eq!(parameter(&expert, kind, code), of_expert, "{kind} {code}");
    }
    let subject = parameter(&strict, "Observation", "patient");
    assert!(matches!(subject, Some(Visible::Reference(targets)) if targets.contains(&"Patient".to_owned())));
    let composite = parameter(&strict, "Observation", "code-value-quantity");
    assert_eq!(composite, Some(Visible::Composite(vec![Visible::Plain(Token), Visible::Quantity])));
}

#[test]
fn every_route_of_the_table_is_a_route() {
    let fhir = Fhir::new(theriac_platform::Cursors::new(b"secret"));
    let rows = crate::routes(&fhir);
    for (method, path, _) in road::TABLE {
        assert!(rows.iter().any(|row| (row.method, row.path) == (*method, *path)), "{path}");
    }
    for row in rows.iter().filter(|row| road::of(row.method, row.path).is_some()) {
        assert_eq!(row.permission, Permission::FhirRead, "{}", row.path);
    }
}
