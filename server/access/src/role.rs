//! The role table of the interfaces page: what each role may do, and which rows exist for it.
//!
//! Choices where that page leaves room:
//! - `researcher` reads FHIR through a de-identified view; without one no row exists for it.
//! - `clinician` reads what the tenant shares (practitioners, organizations, locations, medications, definitions) and
//!   changes nothing of it.
//! - `steward` and `administrator` are custodians: consents, which they keep, do not limit them.
//! - `clinician` has no alerts and no ledger: neither is cut to its patients.
//! - `clinician` alone opens records in an emergency: who sees all already needs no emergency, and a machine is never in one.
//! - emergency accesses are judged by the `administrator`, and read by the `steward` too.
//! - who stands behind a pseudonym is for the `steward` alone: not for the administrator, who makes the projects.
//! - `steward` reads everything and changes nothing, acknowledgements included.
//! - `operator` posts readings but does not define equipment: a sensor's limits are not the line's to move.
//! - `operator` reads deviations of its site and leaves opening them to `quality`.
//! - `quality` sets control charts (it owns the limits) but does not capture EPCIS events.
//! - `partner` has no alerts, no ledger and no FHIR: these tell of others' trade.
//! - `service` may be given all but administration, and has of it only what its scopes name.

use crate::permission::Permission::{
    Admin, AlertsAcknowledge, AlertsRead, Authenticated, EmergencyOpen, EpcisCapture, EpcisRead, FeedRead, FhirRead,
    FhirWrite, IdentityRead, Isa95Read, LedgerRead, OversightRead, OversightReview, Public, QualityRead, QualityWrite,
    ReadingsWrite, SpcRead, SpcWrite,
};
use crate::permission::Permissions;
use serde::{Serialize, Serializer};

/// Who the caller is to the tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    Researcher,
    Clinician,
    Steward,
    Administrator,
    Operator,
    Quality,
    Partner,
    Service,
}

/// Which rows of the tenant exist for a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowScope {
    All,
    /// All, through a de-identified view; nothing without one.
    View,
    /// The compartments of the patients assigned to the subject.
    AssignedPatients,
    /// Where one of the subject's GLNs takes part.
    Glns,
    /// The subject's site; all of the tenant when the token names none (a tenant with one plant).
    Site,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    pub role: Role,
    pub name: &'static str,
    pub permissions: Permissions,
    pub rows: RowScope,
    /// Must the token prove a second factor before anything is changed?
    pub second_factor: bool,
    /// Does it read what the tenant shares, beside its own rows ([`crate::label::SHARED`])?
    pub shared: bool,
    /// Do patients' consents limit what it reads? Custodians keep the consents themselves.
    pub consent: bool,
    /// Has the role only what the token's scopes name? Otherwise scopes are optional and narrow.
    pub by_scope: bool,
}

const fn row(role: Role, name: &'static str, permissions: Permissions, rows: RowScope) -> Row {
    Row { role, name, permissions, rows, second_factor: false, shared: false, consent: false, by_scope: false }
}

/// The role table.
#[rustfmt::skip]
pub const TABLE: &[Row] = &[
    Row { consent: true, ..row(Role::Researcher, "researcher",
        Permissions::of(&[Public, Authenticated, FhirRead, FeedRead]),
        RowScope::View) },
    Row { shared: true, consent: true, ..row(Role::Clinician, "clinician",
        Permissions::of(&[Public, Authenticated, FhirRead, FhirWrite, FeedRead, EmergencyOpen]),
        RowScope::AssignedPatients) },
    row(Role::Steward, "steward",
        Permissions::of(&[Public, Authenticated, FhirRead, EpcisRead, Isa95Read, SpcRead, AlertsRead, QualityRead, FeedRead, LedgerRead, IdentityRead, OversightRead]),
        RowScope::All),
    Row { second_factor: true, ..row(Role::Administrator, "administrator",
        Permissions::all_but(&[IdentityRead, EmergencyOpen]),
        RowScope::All) },
    row(Role::Operator, "operator",
        Permissions::of(&[Public, Authenticated, Isa95Read, ReadingsWrite, SpcRead, AlertsRead, AlertsAcknowledge, QualityRead, FeedRead]),
        RowScope::Site),
    Row { second_factor: true, ..row(Role::Quality, "quality",
        Permissions::of(&[Public, Authenticated, Isa95Read, SpcRead, SpcWrite, AlertsRead, AlertsAcknowledge, QualityRead, QualityWrite, EpcisRead, FeedRead, LedgerRead]),
        RowScope::All) },
    row(Role::Partner, "partner",
        Permissions::of(&[Public, Authenticated, EpcisRead, EpcisCapture, FeedRead]),
        RowScope::Glns),
    Row { by_scope: true, consent: true, ..row(Role::Service, "service",
        Permissions::all_but(&[Admin, IdentityRead, EmergencyOpen, OversightReview]),
        RowScope::All) },
];

impl Role {
    pub const ALL: &'static [Self] = &[
        Self::Researcher,
        Self::Clinician,
        Self::Steward,
        Self::Administrator,
        Self::Operator,
        Self::Quality,
        Self::Partner,
        Self::Service,
    ];

    /// This role's row of the table.
    pub fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }

    pub fn as_str(self) -> &'static str {
        self.row().name
    }

    pub fn parse(name: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.name == name).map(|row| row.role)
    }
}

impl Serialize for Role {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permission;

    #[test]
    fn every_role_stands_in_its_own_row_and_round_trips() {
        assert_eq!(TABLE.len(), Role::ALL.len());
        for (at, role) in Role::ALL.iter().enumerate() {
            assert_eq!((TABLE[at].role, *role as usize), (*role, at));
            assert_eq!(Role::parse(role.as_str()), Some(*role));
        }
        assert_eq!(Role::parse("Clinician"), None);
    }

    #[test]
    fn only_the_administrator_administers() {
        let able: Vec<_> = Role::ALL.iter().filter(|role| role.row().permissions.contains(Admin)).collect();
        assert_eq!(able, [&Role::Administrator]);
    }

    #[test]
    fn the_roles_that_write_nothing_write_nothing() {
        for role in [Role::Researcher, Role::Steward] {
            assert!(role.row().permissions.iter().all(|p| !p.meaning().changes), "{role:?}");
        }
    }

    #[test]
    fn no_role_changes_what_it_cannot_read_back() {
        let pairs =
            [(FhirWrite, FhirRead), (EpcisCapture, EpcisRead), (SpcWrite, SpcRead), (AlertsAcknowledge, AlertsRead)];
        for role in Role::ALL {
            let has = role.row().permissions;
            assert!(pairs.iter().all(|(write, read)| !has.contains(*write) || has.contains(*read)), "{role:?}");
        }
    }

    #[test]
    fn the_steward_reads_all_there_is_to_read() {
        for row in permission::TABLE.iter().filter(|row| !row.changes) {
            assert!(Role::Steward.row().permissions.contains(row.permission), "{}", row.name);
        }
    }

    #[test]
    fn every_role_has_what_any_token_has() {
        let open = Permissions::of(&[Public, Authenticated]);
        assert!(Role::ALL.iter().all(|role| open.within(role.row().permissions)));
    }
}
