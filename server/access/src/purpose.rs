//! Purposes of use: codes of v3-ActReason (<http://terminology.hl7.org/CodeSystem/v3-ActReason>, value set
//! v3-PurposeOfUse), each below a wider one. A caller says for what it asks in the field `X-Purpose-Of-Use`; without
//! one its role's own purpose holds.

use crate::role::Role;
use theriac_core::{Error, Result};

/// Code, and the wider purpose it is part of.
const TABLE: &[(&str, Option<&str>)] = &[
    ("TREAT", None),
    ("ETREAT", Some("TREAT")),
    ("BTG", Some("ETREAT")),
    ("CAREMGT", Some("TREAT")),
    ("PUBHLTH", None),
    ("HPAYMT", None),
    ("HOPERAT", None),
    ("HMARKT", None),
    ("HRESCH", None),
    ("CLINTRCH", Some("HRESCH")),
    ("FAMRQT", None),
    ("PATRQT", None),
    ("PATADMIN", Some("HOPERAT")),
    ("HQUALIMP", Some("HOPERAT")),
    ("HACCRED", Some("HOPERAT")),
];

/// Breaking the glass is begun with a reason of its own and never just said.
const NEVER_SAID: &str = "BTG";

/// A known purpose.
///
/// # Errors
/// `Invalid`, listing those there are.
pub fn read(text: &str) -> Result<&'static str> {
    let known = TABLE.iter().map(|(code, _)| *code).find(|code| *code == text && *code != NEVER_SAID);
    known.ok_or_else(|| {
        let codes: Vec<&str> = TABLE.iter().map(|(code, _)| *code).filter(|code| *code != NEVER_SAID).collect();
        Error::invalid(format!("X-Purpose-Of-Use is one of {}", codes.join(", "))).at("X-Purpose-Of-Use")
    })
}

/// What a role asks for when it says nothing; none where nobody can tell.
pub fn of_role(role: Role) -> Option<&'static str> {
    match role {
        Role::Clinician => Some("TREAT"),
        Role::Researcher => Some("HRESCH"),
        _ => None,
    }
}

/// Is the purpose this one, or part of it?
pub fn is_within(purpose: &str, wider: &str) -> bool {
    let mut at = Some(purpose);
    while let Some(code) = at {
        if code == wider {
            return true;
        }
        at = TABLE.iter().find(|(known, _)| *known == code).and_then(|(_, wider)| *wider);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purpose_is_within_itself_and_within_wider_ones() {
        for (one, wider, wanted) in [
            ("ETREAT", "TREAT", true),
            ("TREAT", "TREAT", true),
            ("TREAT", "ETREAT", false),
            ("HRESCH", "TREAT", false),
            ("x", "TREAT", false),
        ] {
            assert_eq!(is_within(one, wider), wanted, "{one} {wider}");
        }
        assert!(TABLE.iter().filter_map(|(_, wider)| *wider).all(|wider| TABLE.iter().any(|(code, _)| *code == wider)));
    }

    #[test]
    fn an_emergency_is_not_just_said() {
        assert_eq!(read("TREAT").unwrap(), "TREAT");
        for wrong in ["BTG", "treat", "", "anything"] {
            assert!(read(wrong).unwrap_err().message.contains("HRESCH"), "{wrong}");
        }
    }
}
