//! The faults found so far. Messages never repeat a value: it may be personal data.

use super::path::Path;
use theriac_core::error::{Code, Error, Issue};

/// Enough to see what is wrong; a broken document could have thousands.
const MOST: usize = 20;

#[derive(Default)]
pub struct Faults {
    found: Vec<Issue>,
    /// Only what cannot be read as FHIR counts, not what it says.
    shape_only: bool,
}

impl Faults {
    pub fn of_shape() -> Self {
        Self { shape_only: true, ..Self::default() }
    }

    pub fn is_full(&self) -> bool {
        self.found.len() >= MOST
    }

    /// The shape is wrong: a member, its kind or its number.
    pub fn shape(&mut self, path: &Path<'_>, message: impl Into<String>) {
        self.add(Code::Malformed, path, message.into());
    }

    /// A value is wrong.
    pub fn value(&mut self, path: &Path<'_>, message: impl Into<String>) {
        if !self.shape_only {
            self.add(Code::Invalid, path, message.into());
        }
    }

    /// A value is wrong, and so is its kind if `misshapen`.
    pub fn primitive(&mut self, misshapen: bool, path: &Path<'_>, message: impl Into<String>) {
        if misshapen || !self.shape_only {
            self.add(Code::Invalid, path, message.into());
        }
    }

    /// Something is not there that must be.
    pub fn missing(&mut self, path: &Path<'_>, message: impl Into<String>) {
        if !self.shape_only {
            self.add(Code::Malformed, path, message.into());
        }
    }

    fn add(&mut self, code: Code, path: &Path<'_>, message: String) {
        if !self.is_full() {
            self.found.push(Issue::new(code, path.to_string(), message));
        }
    }

    pub fn into_result(self) -> Result<(), Error> {
        match self.found.is_empty() {
            true => Ok(()),
            false => Err(Error::from_issues(self.found)),
        }
    }
}
