//! The two kinds of record: a table, one row and one file each.

use crate::{capa, deviation};
use serde_json::Value;
use theriac_core::{Error, Issue, Result};

pub struct Kind {
    /// Segment of the address, and first part of a subject.
    pub segment: &'static str,
    pub topic: &'static str,
    /// States, the one a record begins in first.
    pub states: &'static [&'static str],
    /// States in which nothing is due any more.
    pub settled: &'static [&'static str],
    pub transitions: &'static [Transition],
    /// The document in its own shape, or every fault in it.
    pub read: fn(&[u8]) -> Result<Value>,
    /// Records of other kinds that it names: `(segment, ids)`.
    pub references: fn(&Value) -> Vec<(&'static Kind, String)>,
}

/// One step a record may take.
pub struct Transition {
    pub from: &'static str,
    pub to: &'static str,
    /// What must be said by then.
    pub needs: &'static [Need],
    /// Not by the person who made the record (four eyes).
    pub by_another: bool,
}

/// Something a document must hold: the place to name, and the test.
pub struct Need {
    pub place: &'static str,
    pub wanted: &'static str,
    pub met: fn(&Value) -> bool,
}

pub static KINDS: [&Kind; 2] = [&deviation::KIND, &capa::KIND];

pub fn find(segment: &str) -> Option<&'static Kind> {
    KINDS.into_iter().find(|kind| kind.segment == segment)
}

impl Kind {
    pub fn first_state(&self) -> &'static str {
        self.states.first().copied().unwrap_or_default()
    }

    pub fn state(&self, name: &str) -> Option<&'static str> {
        self.states.iter().copied().find(|state| *state == name)
    }

    /// The step from one state to the other, if what it needs is there.
    pub fn step(&self, from: &str, to: &str, document: &Value) -> Result<&'static Transition>
    where
        Self: 'static,
    {
        let transitions: &'static [Transition] = self.transitions;
        let Some(found) = transitions.iter().find(|step| step.from == from && step.to == to) else {
            let next: Vec<&str> = transitions.iter().filter(|step| step.from == from).map(|step| step.to).collect();
            let next = if next.is_empty() { "nothing".to_owned() } else { next.join(", ") };
            return Err(Error::new(
                theriac_core::Code::Unprocessable,
                format!("from '{from}' it does not go to '{to}'; what follows '{from}' is {next}"),
            )
            .at("to"));
        };
        let lacking = found.needs.iter().filter(|need| !(need.met)(document));
        let issues: Vec<Issue> = lacking
            .map(|need| {
                let message = format!("{} before the record goes to '{to}'", need.wanted);
                Issue::new(theriac_core::Code::Unprocessable, need.place, message)
            })
            .collect();
        if issues.is_empty() { Ok(found) } else { Err(Error::from_issues(issues)) }
    }
}

/// Is there a text of any length?
pub fn says(document: &Value, pointer: &str) -> bool {
    document.pointer(pointer).and_then(Value::as_str).is_some_and(|text| !text.trim().is_empty())
}

pub const OWNER: Need = Need { place: "owner", wanted: "name who is responsible", met: |d| says(d, "/owner") };
pub const DUE: Need = Need { place: "dueDate", wanted: "say until when", met: |d| says(d, "/dueDate") };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transitions_lead_from_states_to_states_and_every_state_is_reached() {
        for kind in KINDS {
            for step in kind.transitions {
                assert!(kind.state(step.from).is_some() && kind.state(step.to).is_some(), "{} {}", step.from, step.to);
            }
            for state in &kind.states[1..] {
                assert!(kind.transitions.iter().any(|step| step.to == *state), "{} {state}", kind.segment);
            }
            for state in kind.settled {
                assert!(kind.state(state).is_some());
            }
            assert!(find(kind.segment).is_some());
        }
    }
}
