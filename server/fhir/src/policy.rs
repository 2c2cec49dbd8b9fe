//! The caller's rows in the words of the search index: one predicate for reads, searches, includes and writes.

use crate::search::hash;
use crate::search::index::Index;
use theriac_access::Rows;
use theriac_core::{Code, Error, Result};

/// Which resources exist for a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visible {
    All,
    Nothing,
    /// Those that carry one of these tokens.
    Any(Vec<i64>),
}

/// A label `Patient/1` stands for the compartment of that patient.
pub fn tokens(rows: &Rows) -> Visible {
    match rows {
        Rows::All => Visible::All,
        Rows::Nothing => Visible::Nothing,
        Rows::Labels(labels) => {
            let patients = labels.iter().filter_map(|l| l.split_once('/'));
            Visible::Any(patients.map(|(kind, id)| hash::compartment_token(hash::own(kind, id))).collect())
        }
    }
}

impl Visible {
    pub fn admits(&self, index: &Index) -> bool {
        match self {
            Self::All => true,
            Self::Nothing => false,
            Self::Any(tokens) => tokens.iter().any(|t| index.tokens.binary_search(t).is_ok()),
        }
    }

    /// A write is taken only if its outcome would exist for the caller.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn require(&self, index: &Index) -> Result<()> {
        if self.admits(index) {
            return Ok(());
        }
        let message = "the resource would not belong to a patient assigned to you; refer to one as its subject";
        Err(Error::new(Code::Forbidden, message))
    }
}

/// Visibility labels of a resource for ledger and feed: the patients whose compartment it is in.
pub fn labels(index: &Index) -> Vec<String> {
    index.compartments.iter().filter(|c| c.starts_with("Patient/")).cloned().collect()
}
