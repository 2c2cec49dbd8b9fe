//! A corrective or preventive action: what is done about causes, by whom, until when, and whether it helped.

use crate::deviation;
use crate::kind::{DUE, Kind, Need, OWNER, Transition, says};
use crate::record::{self, Date, Text};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Capa {
    title: Text,
    #[serde(rename = "type")]
    kind: Type,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<Text>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    site: Option<Text>,
    /// Ids of the deviations it answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    deviations: Vec<Text>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    actions: Vec<Action>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    owner: Option<Text>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due_date: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    effectiveness: Option<Effectiveness>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Type {
    Corrective,
    Preventive,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Action {
    description: Text,
    owner: Text,
    due_date: Date,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    done_at: Option<record::Time>,
}

/// How it will be known whether it helped, and whether it did.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Effectiveness {
    criterion: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    result: Option<Outcome>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    evidence: Option<Text>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Outcome {
    Effective,
    NotEffective,
}

fn actions(document: &Value) -> &[Value] {
    document["actions"].as_array().map_or(&[], Vec::as_slice)
}

fn result(document: &Value) -> Option<&str> {
    document.pointer("/effectiveness/result").and_then(Value::as_str)
}

const ACTIONS: Need = Need { place: "actions", wanted: "list what will be done", met: |d| !actions(d).is_empty() };
const CRITERION: Need = Need {
    place: "effectiveness.criterion",
    wanted: "say how it will be known whether it helped",
    met: |d| says(d, "/effectiveness/criterion"),
};
const DONE: Need = Need {
    place: "actions",
    wanted: "give every action the time it was done (doneAt)",
    met: |d| actions(d).iter().all(|action| says(action, "/doneAt")),
};
const HELPED: Need =
    Need { place: "effectiveness.result", wanted: "find it effective", met: |d| result(d) == Some("effective") };
const FAILED: Need = Need {
    place: "effectiveness.result",
    wanted: "find it not-effective",
    met: |d| result(d) == Some("not-effective"),
};
const EVIDENCE: Need =
    Need { place: "effectiveness.evidence", wanted: "say what shows it", met: |d| says(d, "/effectiveness/evidence") };

const fn step(from: &'static str, to: &'static str, needs: &'static [Need]) -> Transition {
    Transition { from, to, needs, by_another: false }
}

pub static KIND: Kind = Kind {
    segment: "capas",
    topic: "quality.capa",
    states: &["planned", "approved", "implementation", "verification", "closed", "cancelled"],
    settled: &["closed", "cancelled"],
    transitions: &[
        // Nobody approves their own plan.
        Transition { by_another: true, ..step("planned", "approved", &[OWNER, DUE, ACTIONS, CRITERION]) },
        step("planned", "cancelled", &[]),
        step("approved", "implementation", &[]),
        step("approved", "cancelled", &[]),
        step("implementation", "verification", &[DONE]),
        step("implementation", "cancelled", &[]),
        Transition { by_another: true, ..step("verification", "closed", &[HELPED, EVIDENCE]) },
        step("verification", "implementation", &[FAILED, EVIDENCE]),
    ],
    read: |bytes| record::read::<Capa>(bytes),
    references: |document| {
        let ids = document["deviations"].as_array().into_iter().flatten().filter_map(Value::as_str);
        ids.map(|id| (&deviation::KIND, id.to_owned())).collect()
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    fn document(more: &str) -> Value {
        (KIND.read)(format!(r#"{{"title":"New seals","type":"corrective"{more}}}"#).as_bytes()).unwrap()
    }

    const PLAN: &str = r#","owner":"ada","dueDate":"2026-12-01","actions":[{"description":"fit","owner":"bob","dueDate":"2026-11-30"DONE}],"effectiveness":{"criterion":"no leak in 30 days"RESULT}"#;

    fn plan(done: &str, result: &str) -> Value {
        document(&PLAN.replace("DONE", done).replace("RESULT", result))
    }

    #[test]
    fn a_plan_is_approved_by_another_and_closed_when_it_helped() {
        assert!(KIND.step("planned", "approved", &document("")).is_err());
        assert!(KIND.step("planned", "approved", &plan("", "")).is_ok_and(|step| step.by_another));
        let error = KIND.step("implementation", "verification", &plan("", "")).err().unwrap().to_string();
        assert!(error.contains("doneAt"), "{error}");
        let done = r#","doneAt":"2026-11-29T10:00:00Z""#;
        assert!(KIND.step("implementation", "verification", &plan(done, "")).is_ok());
        let helped = plan(done, r#","result":"effective","evidence":"log 7""#);
        assert!(KIND.step("verification", "closed", &helped).is_ok());
        assert!(KIND.step("verification", "implementation", &helped).is_err());
        let failed = plan(done, r#","result":"not-effective","evidence":"log 8""#);
        assert!(KIND.step("verification", "implementation", &failed).is_ok());
        assert!(KIND.step("verification", "closed", &failed).is_err());
    }
}
