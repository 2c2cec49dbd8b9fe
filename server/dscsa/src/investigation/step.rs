//! Which state follows which, what must be said by then, and what falls due. A table. Pure.

use theriac_core::{Code, Error, Instant, Result};

const HOUR_US: i64 = 3_600_000_000;

pub(super) struct Step {
    from: &'static str,
    pub to: &'static str,
    /// Is one of [`CLASSIFICATIONS`] to be named?
    pub classified: bool,
    /// Hours from now until the next step, where the law sets some.
    due_hours: Option<i64>,
}

const fn step(from: &'static str, to: &'static str) -> Step {
    Step { from, to, classified: false, due_hours: None }
}

/// To `notified` goes only who has told everybody: see [`super::notice`].
const STEPS: &[Step] = &[
    step("suspect", "cleared"),
    // 582(b)(4)(B)(ii)(I): "not later than 24 hours after making such determination".
    Step { classified: true, due_hours: Some(24), ..step("suspect", "illegitimate") },
    // The FDA agreed, or was told of nothing yet.
    step("notified", "terminating"),
    step("terminating", "notified"),
    step("terminating", "terminated"),
];

/// Why product is illegitimate: 581(8); the last is for manufacturers, 582(b)(4)(B)(ii)(II).
pub(super) const CLASSIFICATIONS: &[(&str, &str)] = &[
    ("counterfeit", "Counterfeit"),
    ("diverted", "Diverted"),
    ("stolen", "Stolen"),
    ("adulterated", "Intentionally adulterated"),
    ("fraudulentTransaction", "Subject of a fraudulent transaction"),
    ("unfit", "Unfit for distribution"),
    ("highRisk", "High risk of illegitimacy"),
];

impl Step {
    pub fn due(&self, now: Instant) -> Option<Instant> {
        self.due_hours.map(|hours| Instant(now.0 + hours * HOUR_US))
    }
}

/// # Errors
/// `Unprocessable`, naming what follows the state instead.
pub(super) fn find(from: &str, to: &str) -> Result<&'static Step> {
    let found = STEPS.iter().find(|step| step.from == from && step.to == to);
    found.ok_or_else(|| {
        let next: Vec<&str> = STEPS.iter().filter(|step| step.from == from).map(|step| step.to).collect();
        let next = match (from, next.is_empty()) {
            ("illegitimate", _) => "notified, once everybody is told: POST .../notify".to_owned(),
            (_, true) => "nothing".to_owned(),
            (_, false) => next.join(", "),
        };
        let message = format!("from '{from}' it does not go to '{to}'; what follows '{from}' is {next}");
        Error::new(Code::Unprocessable, message).at("to")
    })
}

/// # Errors
/// `Invalid`, naming those there are.
pub(super) fn classification(text: &str) -> Result<&'static str> {
    let names = || CLASSIFICATIONS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let known = CLASSIFICATIONS.iter().find(|(name, _)| *name == text).map(|(name, _)| *name);
    known.ok_or_else(|| {
        Error::invalid(format!("'{text}' is no classification; there are {}", names())).at("classification")
    })
}

#[cfg(test)]
mod tests {
    use super::super::{KIND, STANDINGS};
    use super::*;

    #[test]
    fn steps_lead_from_states_to_states_and_standings_are_of_states() {
        for step in STEPS {
            assert!(KIND.state(step.from).is_some() && KIND.state(step.to).is_some(), "{} {}", step.from, step.to);
        }
        assert!(STANDINGS.iter().all(|(state, _)| KIND.state(state).is_some()));
    }

    #[test]
    fn who_finds_product_illegitimate_has_24_hours_to_tell() {
        let found = find("suspect", "illegitimate").unwrap();
        assert_eq!(found.due(Instant(7)), Some(Instant(7 + 86_400_000_000)));
        assert_eq!(find("suspect", "cleared").unwrap().due(Instant(7)), None);
        let error = find("illegitimate", "notified").err().unwrap().to_string();
        assert!(error.contains("notify"), "{error}");
        assert!(find("terminated", "suspect").err().unwrap().to_string().contains("nothing"));
    }
}
