//! The faults found so far. Messages never repeat a value: it may be personal data.

use super::path::Path;
use theriac_core::error::{Code, Error, Issue};

/// Enough to see what is wrong; a broken document could have thousands.
const MOST: usize = 20;

#[derive(Default)]
pub struct Faults(Vec<Issue>);

impl Faults {
    pub fn is_full(&self) -> bool {
        self.0.len() >= MOST
    }

    /// The shape is wrong: a member, its kind or its number.
    pub fn shape(&mut self, path: &Path<'_>, message: impl Into<String>) {
        self.add(Code::Malformed, path, message.into());
    }

    /// A value is wrong.
    pub fn value(&mut self, path: &Path<'_>, message: impl Into<String>) {
        self.add(Code::Invalid, path, message.into());
    }

    fn add(&mut self, code: Code, path: &Path<'_>, message: String) {
        if !self.is_full() {
            self.0.push(Issue::new(code, path.to_string(), message));
        }
    }

    pub fn into_result(self) -> Result<(), Error> {
        match self.0.is_empty() {
            true => Ok(()),
            false => Err(Error::from_issues(self.0)),
        }
    }
}
