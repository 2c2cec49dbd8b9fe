//! Patches of strangers, on one patient. What comes of one can be written and read again, and never changes whose it is.

use super::{text, told};
use theriac_core::Error;
use theriac_core::json::{self, Node};
use theriac_fhir::patch::Patch;
use theriac_fhir::patch::fhirpath::diff;

const PATIENT: &[u8] = br#"{"resourceType":"Patient","id":"1","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"},"contained":[{"resourceType":"Organization","id":"o","name":"n"}],"name":[{"use":"official","family":"A","given":["x","y"],"_given":[null,{"id":"g"}]},{"family":"B"}],"birthDate":"1970-01-01","_birthDate":{"extension":[{"url":"u","valueString":"v"}]},"deceasedBoolean":false,"multipleBirthInteger":2}"#;

pub fn json(bytes: &[u8]) -> String {
    patched("application/json-patch+json", bytes)
}

pub fn fhirpath(bytes: &[u8]) -> String {
    patched("application/fhir+json", bytes)
}

pub fn xml(bytes: &[u8]) -> String {
    patched("application/xml-patch+xml", bytes)
}

fn patched(media: &str, bytes: &[u8]) -> String {
    let made = || -> Result<(), Error> {
        let patch = Patch::read(media, bytes)?;
        let before = json::parse(PATIENT)?.into_owned();
        let after = patch.apply(before.clone())?;
        assert_eq!((after.text("resourceType"), after.text("id")), (Some("Patient"), Some("1")), "{}", text(bytes));
        let written = after.to_vec();
        assert_eq!(json::parse(&written).expect("what a patch makes can be read"), after);
        difference(&before, &after)
    };
    told(made())
}

/// Between resources that are well built, the derived patch makes the second of the first.
fn difference(before: &Node<'static>, after: &Node<'static>) -> Result<(), Error> {
    if theriac_fhir::structure::check(after, Some("Patient")).is_err() {
        return Ok(());
    }
    let derived = diff::diff(before, after)?;
    let patch = Patch::read("application/fhir+json", &derived.to_vec())?;
    let made = patch.apply(before.clone())?;
    let again = diff::diff(&made, after)?;
    assert!(again.get("parameter").is_none(), "{derived} leaves {again}");
    Ok(())
}
