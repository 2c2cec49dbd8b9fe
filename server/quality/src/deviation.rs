//! A deviation: what departed from the approved way, what it did, and why it happened.

use crate::kind::{DUE, Kind, Need, OWNER, Transition, says};
use crate::record::{self, Date, Text};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Deviation {
    title: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<Text>,
    classification: Classification,
    /// The site that sees it; none: whoever sees all of the tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    site: Option<Text>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    occurred_at: Option<record::Time>,
    /// Batches, equipment, properties, items: what it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    subjects: Vec<Text>,
    /// The alerts it was opened for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    alerts: Vec<Text>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    impact: Option<Impact>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    root_cause: Option<RootCause>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    owner: Option<Text>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due_date: Option<Date>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Classification {
    Minor,
    Major,
    Critical,
}

/// What it did, or could do.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Impact {
    product: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    patient: Option<Text>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    batches: Vec<Text>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RootCause {
    statement: Text,
    /// Five whys, fishbone, fault tree, ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<Text>,
}

const IMPACT: Need =
    Need { place: "impact", wanted: "say what it did to the product", met: |d| says(d, "/impact/product") };
const CAUSE: Need =
    Need { place: "rootCause", wanted: "say why it happened", met: |d| says(d, "/rootCause/statement") };

const fn step(from: &'static str, to: &'static str, needs: &'static [Need]) -> Transition {
    Transition { from, to, needs, by_another: false }
}

pub static KIND: Kind = Kind {
    segment: "deviations",
    topic: "quality.deviation",
    states: &["open", "investigation", "action", "closed", "cancelled"],
    settled: &["closed", "cancelled"],
    transitions: &[
        step("open", "investigation", &[OWNER, DUE]),
        step("open", "cancelled", &[]),
        step("investigation", "action", &[IMPACT, CAUSE]),
        // Who opened it does not close it.
        Transition { by_another: true, ..step("investigation", "closed", &[IMPACT, CAUSE]) },
        step("investigation", "cancelled", &[]),
        Transition { by_another: true, ..step("action", "closed", &[IMPACT, CAUSE]) },
        step("closed", "investigation", &[]),
    ],
    read: |bytes| record::read::<Deviation>(bytes),
    references: |_: &Value| Vec::new(),
};

#[cfg(test)]
mod tests {
    use super::*;

    fn document(more: &str) -> Value {
        let json = format!(r#"{{"title":"Filter clogged","classification":"major"{more}}}"#);
        (KIND.read)(json.as_bytes()).unwrap()
    }

    #[test]
    fn an_investigation_needs_an_owner_and_a_date_and_a_conclusion_its_reasons() {
        let error = KIND.step("open", "investigation", &document("")).err().unwrap();
        assert!(error.to_string().contains("owner") && error.to_string().contains("dueDate"), "{error}");
        let owned = document(r#","owner":"ada","dueDate":"2026-12-01""#);
        assert!(KIND.step("open", "investigation", &owned).is_ok());
        let error = KIND.step("investigation", "closed", &owned).err().unwrap().to_string();
        assert!(error.contains("impact") && error.contains("rootCause"), "{error}");
        let known = r#","impact":{"product":"none"},"rootCause":{"statement":"worn seal"}"#;
        assert!(KIND.step("investigation", "closed", &document(known)).is_ok_and(|step| step.by_another));
    }

    #[test]
    fn a_step_that_is_none_is_answered_by_those_that_are() {
        let error = KIND.step("open", "closed", &document("")).err().unwrap().to_string();
        assert!(error.contains("investigation, cancelled"), "{error}");
    }

    #[test]
    fn a_document_is_strict() {
        for (json, word) in [
            (r#"{"title":" ","classification":"minor"}"#, "empty"),
            (r#"{"title":"x","classification":"small"}"#, "minor"),
            (r#"{"title":"x"}"#, "classification"),
            (r#"{"title":"x","classification":"minor","dueDate":"soon"}"#, "2026-12-31"),
            (r#"{"title":"x","classification":"minor","state":"closed"}"#, "state"),
            (r#"{"title":"x","classification":"minor","occurredAt":"noon"}"#, "RFC 3339"),
        ] {
            let error = (KIND.read)(json.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(word), "{json}: {error}");
        }
    }
}
