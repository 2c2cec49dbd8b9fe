//! What a differential makes of its base.

use super::rig::{library, profile};
use crate::profile::element::Element;
use crate::profile::library::Absence;

fn at<'e>(root: &'e Element, path: &str) -> &'e Element {
    path.split('.').fold(root, |element, step| {
        let (name, slice) = step.split_once(':').map_or((step, None), |(name, slice)| (name, Some(slice)));
        let child = element.child(name).unwrap_or_else(|| panic!("no {step} of {path}"));
        match slice {
            None => child,
            Some(slice) => child.slices.iter().find(|s| s.slice.as_deref() == Some(slice)).expect(path),
        }
    })
}

#[test]
fn what_the_differential_does_not_say_comes_from_the_base() {
    let own = profile("p", "Patient", "Patient", r#"{"id":"Patient.birthDate","path":"Patient.birthDate","min":1}"#);
    let made = library(vec![own]).profile("http://example.org/p").unwrap();
    let birth = at(&made.root, "birthDate");
    assert_eq!((birth.min, birth.max), (1, Some(1)));
    assert_eq!(birth.types[0].code, "date");
    assert_eq!(at(&made.root, "contact.name").types[0].code, "HumanName");
}

#[test]
fn a_differential_reaches_into_types_and_content_references() {
    let own = profile(
        "o",
        "Observation",
        "Observation",
        r#"{"id":"Observation.code.coding.system","path":"Observation.code.coding.system","min":1},
           {"id":"Observation.component.referenceRange.low","path":"Observation.component.referenceRange.low","min":1}"#,
    );
    let made = library(vec![own]).profile("http://example.org/o").unwrap();
    assert_eq!(at(&made.root, "code.coding.system").min, 1);
    assert_eq!(at(&made.root, "component.referenceRange.low").min, 1);
    assert_eq!(at(&made.root, "referenceRange.low").min, 0);
}

#[test]
fn slices_begin_as_the_element_they_slice_and_ids_may_be_absent() {
    let with = r#"{"path":"Patient.identifier","slicing":{"discriminator":[{"type":"value","path":"system"}],"rules":"open"},"min":2},
        {"path":"Patient.identifier","sliceName":"ward","max":"1"},
        {"path":"Patient.identifier.system","min":1,"fixedUri":"urn:ward"},
        {"path":"Patient.identifier","sliceName":"tax"},
        {"path":"Patient.identifier.system","fixedUri":"urn:tax"}"#;
    let made = library(vec![profile("p", "Patient", "Patient", with)]).profile("http://example.org/p").unwrap();
    let (ward, tax) = (at(&made.root, "identifier:ward"), at(&made.root, "identifier:tax"));
    assert_eq!((ward.min, ward.max, tax.max), (0, Some(1), None));
    assert_eq!(at(ward, "system").fixed.as_deref().and_then(|f| f.as_str()), Some("urn:ward"));
    assert_eq!(at(tax, "system").fixed.as_deref().and_then(|f| f.as_str()), Some("urn:tax"));
    assert_eq!(at(&made.root, "identifier").min, 2);
}

#[test]
fn a_type_of_a_choice_alone_constrains_it_and_beside_others_is_a_slice() {
    let one = profile("one", "Observation", "Observation", r#"{"path":"Observation.valueQuantity","min":1}"#);
    let two = profile(
        "two",
        "Observation",
        "Observation",
        r#"{"path":"Observation.valueQuantity"},{"path":"Observation.valueQuantity.unit","min":1},{"path":"Observation.valueString"}"#,
    );
    let library = library(vec![one, two]);
    let one = library.profile("http://example.org/one").unwrap();
    assert_eq!(at(&one.root, "value").types.len(), 1);
    let two = library.profile("http://example.org/two").unwrap();
    assert_eq!(at(&two.root, "value").types.len(), 11);
    assert_eq!(at(&two.root, "value:valueQuantity.unit").min, 1);
    assert_eq!(at(&two.root, "value:valueString").types[0].code, "string");
}

#[test]
fn a_slice_of_a_slice_is_inside_it() {
    let with = r#"{"path":"Patient.identifier","slicing":{"discriminator":[{"type":"value","path":"system"}],"rules":"open"}},
        {"path":"Patient.identifier","sliceName":"ward","min":1},
        {"path":"Patient.identifier","sliceName":"ward/old"}"#;
    let made = library(vec![profile("p", "Patient", "Patient", with)]).profile("http://example.org/p").unwrap();
    assert_eq!(at(&made.root, "identifier:ward").slices[0].slice.as_deref(), Some("ward/old"));
}

#[test]
fn a_profile_that_makes_no_sense_says_why() {
    let circle = profile("circle", "Patient", "http://example.org/circle", r#"{"path":"Patient"}"#);
    let lost = profile("lost", "Patient", "Patient", r#"{"id":"Patient.nickname","path":"Patient.nickname","min":1}"#);
    let library = library(vec![circle, lost]);
    let why = |name: &str| match library.profile(&format!("http://example.org/{name}")).unwrap_err() {
        Absence::Broken(why) => why,
        Absence::Unknown => "unknown".to_owned(),
    };
    assert!(why("circle").contains("defined by itself"), "{}", why("circle"));
    assert_eq!(why("lost"), "the element Patient.nickname has no place in what it constrains");
    assert_eq!(why("nobody"), "unknown");
}
