//! What a route may ask for: one closed table of permissions, and sets of them.

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Meaning {
    pub permission: Permission,
    pub name: &'static str,
    /// Does it change records, settings or the state of an alert? Such permissions want a second factor
    /// from the roles that `interfaces.md` says so of.
    pub changes: bool,
    pub allows: &'static str,
}

macro_rules! permissions {
    ($($permission:ident $name:literal $changes:literal $allows:literal;)*) => {
        /// What a route asks of its caller.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Permission { $($permission),* }

        /// Every permission, in the order of the documentation.
        pub const TABLE: &[Meaning] = &[$(Meaning {
            permission: Permission::$permission, name: $name, changes: $changes, allows: $allows,
        }),*];
    };
}

permissions! {
    FhirRead          "fhir.read"          false "read, search and history of FHIR resources";
    FhirWrite         "fhir.write"         true  "create, update, patch and delete FHIR resources";
    EpcisRead         "epcis.read"         false "EPCIS events, queries, capture jobs and item state";
    EpcisCapture      "epcis.capture"      true  "capture EPCIS documents";
    Isa95Read         "isa95.read"         false "equipment, material, batches and readings";
    Isa95Write        "isa95.write"        true  "define equipment, material and segments";
    ReadingsWrite     "readings.write"     true  "post sensor readings";
    SpcRead           "spc.read"           false "control charts, their points and violations";
    SpcWrite          "spc.write"          true  "define control charts";
    AlertsRead        "alerts.read"        false "alerts and their evidence";
    AlertsAcknowledge "alerts.acknowledge" true  "acknowledge alerts, with a reason";
    QualityRead       "quality.read"       false "deviations, corrective and preventive actions";
    QualityWrite      "quality.write"      true  "open, edit and move deviations, corrective and preventive actions";
    FeedRead          "feed.read"          false "the live feed, topic by topic as far as the topic may be read";
    LedgerRead        "ledger.read"        false "checkpoints, entries and proofs of the ledger";
    IdentityRead      "identity.read"      false "who stands behind a pseudonym of a research project, with a reason";
    EmergencyOpen     "emergency.open"     true  "open a patient's records in an emergency, with a reason and for a while";
    OversightRead     "oversight.read"     false "emergency accesses, who may see what, and the reviews of both";
    OversightReview   "oversight.review"   true  "judge emergency accesses, and run and answer reviews of access";
    Admin             "admin"              true  "users, clients, settings and keys of the tenant";
    Public            "public"             false "anybody, without a token";
    Authenticated     "authenticated"      false "any valid token of the tenant";
}

impl Permission {
    /// This permission's row of the table.
    pub fn meaning(self) -> &'static Meaning {
        &TABLE[self as usize]
    }

    /// `fhir.read`: also the name of the scope that asks for it.
    pub fn as_str(self) -> &'static str {
        self.meaning().name
    }

    pub fn parse(name: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.name == name).map(|row| row.permission)
    }

    /// Does a caller get it without any role saying so?
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Public | Self::Authenticated)
    }

    /// The read permission that a feed topic wants besides [`Permission::FeedRead`]; `None` for an unknown topic.
    pub fn of_topic(topic: &str) -> Option<Self> {
        let domain = topic.split('.').next().unwrap_or(topic);
        TOPICS.iter().find(|(name, _)| *name == domain).map(|(_, permission)| *permission)
    }
}

/// First word of a topic (`fhir.Patient` begins with `fhir`) and what its reader needs.
pub const TOPICS: &[(&str, Permission)] = &[
    ("fhir", Permission::FhirRead),
    ("epcis", Permission::EpcisRead),
    ("items", Permission::EpcisRead),
    ("dscsa", Permission::EpcisRead),
    ("isa95", Permission::Isa95Read),
    ("readings", Permission::Isa95Read),
    ("spc", Permission::SpcRead),
    ("alerts", Permission::AlertsRead),
    ("quality", Permission::QualityRead),
    ("ledger", Permission::LedgerRead),
    ("emergency", Permission::OversightRead),
];

/// A set of permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Permissions(u32);

impl Permissions {
    pub const NONE: Self = Self(0);

    pub const fn of(list: &[Permission]) -> Self {
        let mut bits = 0;
        let mut at = 0;
        while at < list.len() {
            bits |= 1 << list[at] as u32;
            at += 1;
        }
        Self(bits)
    }

    /// Everything in the table but the listed ones.
    pub const fn all_but(list: &[Permission]) -> Self {
        Self(((1 << TABLE.len()) - 1) & !Self::of(list).0)
    }

    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u32) != 0
    }

    #[must_use]
    pub const fn with(self, permission: Permission) -> Self {
        Self(self.0 | 1 << permission as u32)
    }

    /// Are all of these in `other` too?
    pub const fn within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    pub fn iter(self) -> impl Iterator<Item = Permission> {
        TABLE.iter().map(|row| row.permission).filter(move |permission| self.contains(*permission))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_stands_in_its_own_row_and_round_trips() {
        for (at, row) in TABLE.iter().enumerate() {
            assert_eq!(row.permission as usize, at, "{}", row.name);
            assert_eq!(Permission::parse(row.permission.as_str()), Some(row.permission));
        }
        assert_eq!(Permission::parse("fhir.delete"), None);
    }

    #[test]
    fn reading_never_counts_as_changing() {
        for row in TABLE {
            let reads = row.name.ends_with(".read") || row.permission.is_open();
            assert_eq!(row.changes, !reads, "{}", row.name);
        }
    }

    #[test]
    fn sets_hold_what_they_were_given() {
        let set = Permissions::of(&[Permission::FhirRead, Permission::Admin]);
        assert_eq!(set.iter().collect::<Vec<_>>(), [Permission::FhirRead, Permission::Admin]);
        assert!(set.within(Permissions::all_but(&[])) && !set.within(Permissions::all_but(&[Permission::Admin])));
        assert_eq!(Permissions::all_but(&[]).iter().count(), TABLE.len());
    }

    #[test]
    fn a_topic_wants_the_read_permission_of_its_domain() {
        assert_eq!(Permission::of_topic("fhir.Patient"), Some(Permission::FhirRead));
        assert_eq!(Permission::of_topic("alerts"), Some(Permission::AlertsRead));
        assert_eq!(Permission::of_topic("fhirx.Patient"), None);
        assert!(TOPICS.iter().all(|(_, permission)| !permission.meaning().changes));
    }
}
