//! What one caller may do, and which rows exist for it: the outcome of a verified token.
//!
//! The same answer serves every road: SQL renders [`Rows`], single items, feeds and caches ask [`Grant::sees`].

use crate::claims::Confirmation;
use crate::label;
use crate::permission::Permission;
use crate::role::{Role, RowScope};
use crate::scope::{self, Interaction, Scopes};
use crate::view::View;
use theriac_core::{Code, Error, Result};

/// A verified caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub role: Role,
    pub subject: String,
    pub tenant: String,
    pub client: Option<String>,
    /// `Patient/1`, for a clinician.
    pub assigned: Vec<String>,
    /// 13-digit GLNs, for a partner.
    pub glns: Vec<String>,
    /// Id of the site, for an operator.
    pub site: Option<String>,
    /// Patients whose records are open in an emergency: read as if they were assigned, whatever their consents say.
    pub opened: Vec<String>,
    pub scopes: Scopes,
    /// In which form records are shown.
    pub view: View,
    pub second_factor: bool,
    /// Seconds since 1970.
    pub expires_at: i64,
    /// Seconds since 1970; 0 for a grant that came of no token.
    pub issued_at: i64,
    pub token_id: String,
    /// The sign-in the token comes from.
    pub session: Option<String>,
    /// What the sender must prove besides; the edge sees to it.
    pub confirmation: Option<Confirmation>,
}

/// Which rows exist for a caller, by their visibility labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rows {
    All,
    /// Rows that carry at least one of these labels; never empty.
    Labels(Vec<String>),
    Nothing,
}

impl Rows {
    /// Does a row with these labels exist for the caller?
    pub fn admits(&self, labels: &[impl AsRef<str>]) -> bool {
        match self {
            Self::All => true,
            Self::Nothing => false,
            Self::Labels(own) => labels.iter().any(|label| own.iter().any(|own| own == label.as_ref())),
        }
    }

    fn labels(labels: Vec<String>) -> Self {
        if labels.is_empty() { Self::Nothing } else { Self::Labels(labels) }
    }

    /// These rows, and those with one of the labels.
    fn with(self, more: impl IntoIterator<Item = String>) -> Self {
        match self {
            Self::All => Self::All,
            Self::Nothing => Self::labels(more.into_iter().collect()),
            Self::Labels(mut labels) => {
                for label in more {
                    if !labels.contains(&label) {
                        labels.push(label);
                    }
                }
                Self::Labels(labels)
            }
        }
    }
}

impl Grant {
    /// A grant of the role alone: no assignments, scopes or second factor, and no end.
    pub fn new(role: Role, subject: impl Into<String>, tenant: impl Into<String>) -> Self {
        Self {
            role,
            subject: subject.into(),
            tenant: tenant.into(),
            client: None,
            assigned: Vec::new(),
            glns: Vec::new(),
            site: None,
            opened: Vec::new(),
            scopes: Scopes::default(),
            view: View::default(),
            second_factor: false,
            expires_at: i64::MAX,
            issued_at: 0,
            token_id: String::new(),
            session: None,
            confirmation: None,
        }
    }

    /// role ∩ scopes ∩ second factor.
    pub fn may(&self, permission: Permission) -> bool {
        let row = self.role.row();
        let in_scope = self.scopes.allows(permission) || !(row.by_scope || self.scopes.given());
        let proven = self.second_factor || !(row.second_factor && permission.meaning().changes);
        permission.is_open() || (row.permissions.contains(permission) && in_scope && proven)
    }

    /// As [`Grant::may`], for one interaction with one FHIR type.
    pub fn may_fhir(&self, interaction: Interaction, kind: &str) -> bool {
        self.may(interaction.permission()) && (!self.scopes.given() || self.scopes.allows_fhir(interaction, kind))
    }

    /// The guard in front of a handler.
    ///
    /// # Errors
    /// `Forbidden`, naming the role and what is missing.
    pub fn require(&self, permission: Permission) -> Result<()> {
        if self.may(permission) { Ok(()) } else { Err(self.refusal(permission)) }
    }

    /// As [`Grant::require`], for one interaction with one FHIR type.
    ///
    /// # Errors
    /// `Forbidden`, naming the role and what is missing.
    pub fn require_fhir(&self, interaction: Interaction, kind: &str) -> Result<()> {
        self.require(interaction.permission())?;
        if self.may_fhir(interaction, kind) {
            return Ok(());
        }
        let why = format!("the token's scopes do not cover {interaction:?} of {kind}");
        Err(Error::new(Code::Forbidden, why).guarded_by("scope"))
    }

    fn refusal(&self, permission: Permission) -> Error {
        let (role, wanted, row) = (self.role.as_str(), permission.as_str(), self.role.row());
        let (why, guard) = if !row.permissions.contains(permission) {
            (format!("the role {role} does not include {wanted}"), "role")
        } else if row.second_factor && permission.meaning().changes && !self.second_factor {
            (format!("{wanted} wants a second factor from the role {role}; sign in with one"), "second_factor")
        } else {
            (format!("the token's scopes do not include {wanted}"), "scope")
        };
        Error::new(Code::Forbidden, why).guarded_by(guard)
    }

    /// The row predicate of reading.
    pub fn rows(&self) -> Rows {
        let shared = self.role.row().shared.then(|| label::SHARED.to_owned());
        self.own_rows().with(self.opened.iter().cloned()).with(shared)
    }

    /// Can anything be open to it in an emergency?
    pub fn breaks_glass(&self) -> bool {
        self.role.row().permissions.contains(Permission::EmergencyOpen) && self.view.is_identified()
    }

    /// The same grant while the records of these patients are open to its person in an emergency; none where that changes
    /// nothing. Only roles that may open any are given more, and never one that sees through a view; a token that
    /// is about one patient stays about that one.
    #[must_use]
    pub fn opening(&self, patients: impl IntoIterator<Item = String>) -> Option<Self> {
        if !self.breaks_glass() {
            return None;
        }
        let of_one = self.scopes.fhir().iter().any(|scope| scope.context == scope::Context::Patient);
        let opened: Vec<String> = patients.into_iter().filter(|p| !of_one || self.assigned.contains(p)).collect();
        (!opened.is_empty()).then(|| Self { opened, ..self.clone() })
    }

    /// The row predicate of changing: what is shared, and what is open in an emergency, is left out.
    pub fn own_rows(&self) -> Rows {
        match (self.role.row().rows, &self.site) {
            (RowScope::All, _) | (RowScope::Site, None) => Rows::All,
            (RowScope::View, _) if self.view.is_identified() => Rows::Nothing,
            (RowScope::View, _) => Rows::All,
            (RowScope::AssignedPatients, _) => Rows::labels(self.assigned.clone()),
            (RowScope::Glns, _) => Rows::labels(self.glns.iter().map(|gln| label::gln(gln)).collect()),
            (RowScope::Site, Some(site)) => Rows::Labels(vec![label::site(site)]),
        }
    }

    /// Does a record with these labels exist for the caller? The same as `rows().admits(labels)`; for many
    /// records take the rows once.
    pub fn sees(&self, labels: &[impl AsRef<str>]) -> bool {
        self.rows().admits(labels)
    }

    pub fn is_expired(&self, now_s: i64) -> bool {
        now_s >= self.expires_at
    }
}

#[cfg(test)]
mod tests;
