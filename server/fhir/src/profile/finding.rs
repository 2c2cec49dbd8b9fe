//! What a validation finds: the issues of an OperationOutcome, <http://hl7.org/fhir/R4/operationoutcome.html>.

use std::collections::HashMap;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Information,
    Warning,
    Error,
}

impl Severity {
    pub fn code(self) -> &'static str {
        match self {
            Self::Information => "information",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One thing found. Messages never repeat a value: it may be personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub severity: Severity,
    /// <http://hl7.org/fhir/R4/valueset-issue-type.html>
    pub code: &'static str,
    /// A FHIRPath expression that leads there.
    pub path: String,
    /// What was wrong, and what would be right.
    pub message: String,
    /// The kind of check, or the key of the invariant.
    pub check: String,
    /// What asks for it: a definition and the element in it.
    pub rule: String,
}

/// The same fault seen through several profiles is told once.
#[derive(Default)]
pub struct Findings(Vec<Finding>);

impl Findings {
    pub fn add(&mut self, finding: Finding) {
        self.0.push(finding);
    }

    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|f| f.severity == Severity::Error)
    }

    pub fn into_distinct(self) -> Vec<Finding> {
        let mut places: HashMap<(String, String), usize> = HashMap::new();
        let mut all: Vec<Finding> = Vec::with_capacity(self.0.len());
        for finding in self.0 {
            let key = (finding.path.clone(), finding.check.clone());
            match places.get(&key) {
                Some(place) if all[*place].severity < finding.severity => all[*place] = finding,
                Some(_) => {}
                None => {
                    places.insert(key, all.len());
                    all.push(finding);
                }
            }
        }
        all
    }
}
