//! What may be done with an element: one table of words.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Leaves as it is. Of values only: what has parts is judged by its parts.
    Keep,
    /// Does not leave; also what no rule names.
    Remove,
    /// A date is cut to its year.
    Year,
    /// A date moves by the patient's own number of days.
    Shift,
    /// The first three digits of a ZIP code, where enough people live there.
    Zip3,
    /// Another value in place of this one, the same wherever it stands in the project.
    Pseudonym,
    /// Free text without what would tell who it is about; nothing where the patient's own record is not at hand.
    Scrub,
}

/// How a view says what was done to it, <http://terminology.hl7.org/CodeSystem/v3-ObservationValue>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Redacted,
    Pseudonymised,
    Abstracted,
    Masked,
}

impl Mark {
    pub const ALL: [Self; 4] = [Self::Redacted, Self::Pseudonymised, Self::Abstracted, Self::Masked];

    /// The code, and the words that go with it.
    pub fn coding(self) -> (&'static str, &'static str) {
        match self {
            Self::Redacted => ("REDACTED", "redacted"),
            Self::Pseudonymised => ("PSEUDED", "pseudonymized"),
            Self::Abstracted => ("ABSTRED", "abstracted"),
            Self::Masked => ("MASKED", "masked"),
        }
    }
}

/// Which marks apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Marks(u8);

impl Marks {
    pub fn add(&mut self, mark: Mark) {
        self.0 |= 1 << mark as u8;
    }

    pub fn has(self, mark: Mark) -> bool {
        self.0 & (1 << mark as u8) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_told_apart() {
        let mut marks = Marks::default();
        marks.add(Mark::Masked);
        assert_eq!(Mark::ALL.map(|mark| marks.has(mark)), [false, false, false, true]);
    }
}
