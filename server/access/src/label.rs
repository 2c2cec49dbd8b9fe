//! Visibility labels: the short texts a record carries and a grant is compared with.
//!
//! A record's labels say whose it is; [`crate::Grant::rows`] says which labels the caller may see. SQL and memory
//! compare the same texts. Shapes: `Patient/{id}`, `gln/{13 digits}`, `site/{equipment id}`, and
//! `shared`.

/// What every caller of the tenant may read who sees some rows only: its directory and its catalogues. Nobody may
/// change a record by it.
pub const SHARED: &str = "shared";

/// `patient("1")` is `Patient/1`, which is also how a token names an assigned patient.
pub fn patient(id: &str) -> String {
    format!("Patient/{id}")
}

/// A party of an EPCIS event: its 13-digit GLN, however the event spelled it.
pub fn gln(gln: &str) -> String {
    format!("gln/{gln}")
}

/// A site: the id of the ISA-95 equipment of level Site.
pub fn site(id: &str) -> String {
    format!("site/{id}")
}

/// Is it `Patient/` and an id as FHIR R4 has ids (<http://hl7.org/fhir/R4/datatypes.html#id>)?
pub fn is_patient(label: &str) -> bool {
    label.strip_prefix("Patient/").is_some_and(|id| {
        (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
    })
}

/// Is it 13 digits (GS1 General Specifications, GLN)? The check digit is not judged: a wrong one matches nothing.
pub fn is_gln(gln: &str) -> bool {
    gln.len() == 13 && gln.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_patient_reference_without_version_or_base_is_a_label() {
        assert!(is_patient(&patient("a-1.b")));
        for bad in ["Patient/", "Patient/1/_history/2", "patient/1", "Group/1", "http://x/Patient/1", "Patient/%", "1"]
        {
            assert!(!is_patient(bad), "{bad}");
        }
    }

    #[test]
    fn a_gln_has_thirteen_digits() {
        assert!(is_gln("0614141000005"));
        for bad in ["", "614141000005", "06141410000050", "061414100000x", "urn:epc:id:sgln:0614141.00000.0"] {
            assert!(!is_gln(bad), "{bad}");
        }
    }
}
