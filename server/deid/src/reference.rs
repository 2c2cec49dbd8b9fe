//! References to records, <http://hl7.org/fhir/R4/references.html#literal>: whose they are, and what of them may be told.

/// A record of this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Local<'a> {
    pub kind: &'a str,
    pub id: &'a str,
    pub version: Option<&'a str>,
}

/// `Patient/1`, `Patient/1/_history/2`, or the same below the server's own address; nothing of anybody else's.
pub fn local<'a>(text: &'a str, base: &str) -> Option<Local<'a>> {
    let text = match text.strip_prefix(base) {
        Some(rest) if !base.is_empty() => rest.strip_prefix('/')?,
        _ => text,
    };
    let mut parts = text.split('/');
    let (kind, id) = (parts.next()?, parts.next()?);
    let version = match (parts.next(), parts.next()) {
        (None, _) => None,
        (Some("_history"), Some(version)) if is_id(version) => Some(version),
        _ => return None,
    };
    let is_type =
        kind.bytes().next().is_some_and(|b| b.is_ascii_uppercase()) && kind.bytes().all(|b| b.is_ascii_alphabetic());
    (is_type && is_id(id) && parts.next().is_none()).then_some(Local { kind, id, version })
}

/// <http://hl7.org/fhir/R4/datatypes.html#id>
pub fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_records_of_this_server_are_known() {
        let base = "https://h/mercy/fhir";
        let patient = |version| Some(Local { kind: "Patient", id: "1", version });
        for (text, wanted) in [
            ("Patient/1", patient(None)),
            ("Patient/1/_history/2", patient(Some("2"))),
            ("https://h/mercy/fhir/Patient/1", patient(None)),
            ("https://h/other/fhir/Patient/1", None),
            ("https://h/mercy/fhirPatient/1", None),
            ("urn:uuid:1", None),
            ("#a", None),
            ("Patient?identifier=1", None),
            ("Patient/1/2", None),
            ("patient/1", None),
            ("Patient/a b", None),
            ("Patient/1/_history/2/3", None),
        ] {
            assert_eq!(local(text, base), wanted, "{text}");
        }
    }
}
