//! Worlds of resources with histories, and the same worlds with something else where a caller may not look.

use crate::kind;
use crate::policy::Visible;
use crate::store::search::tests::House;
use crate::store::search::tests::population::{self, Dice, PATIENTS, observation, patient, resources};
use theriac_core::{Instant, json};
use theriac_platform::Settings;
use theriac_platform::db::Unit;

/// The versions of one resource in turn; a version without text deletes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Life {
    pub kind: String,
    pub id: String,
    pub states: Vec<Option<String>>,
    /// When it begins, in milliseconds after the beginning of the world.
    begins: i64,
}

#[derive(Debug, Clone)]
pub struct World {
    pub lives: Vec<Life>,
}

/// Milliseconds between one version of a life and the next: longer than all lives take to begin.
const TURN: i64 = 600_000;
const OBSERVATIONS: usize = 26;
/// 2020-01-01T00:00:00Z
const BEGINNING: i64 = 1_577_836_800_000_000;

impl Life {
    fn of(text: String, begins: i64) -> Self {
        let node = json::parse(text.as_bytes()).unwrap();
        let member = |name| node.text(name).unwrap().to_owned();
        Self { kind: member("resourceType"), id: member("id"), states: vec![Some(text.clone())], begins }
    }

    fn time(&self, state: usize) -> Instant {
        Instant(BEGINNING + (self.begins + state as i64 * TURN) * 1_000)
    }

    /// Goes on: is changed, deleted, and sometimes comes back.
    fn continued(mut self, dice: &mut Dice) -> Self {
        for _ in 0..dice.roll(3) {
            let deleted = self.states.last().is_some_and(Option::is_none);
            let state = if dice.roll(4) == 0 && !deleted { None } else { Some(version(dice, &self.kind, &self.id)) };
            self.states.push(state);
        }
        self
    }

    /// The numbers and texts of the versions that the caller may look at or touch.
    fn seen(&self, house: &House, sight: &[Visible]) -> Vec<(usize, Option<String>)> {
        let admits = |visible: &Visible, at: usize| {
            // A deletion is judged by the version before; whoever sees some patients' rows only sees none.
            let by_rows = matches!(visible, Visible::Some(rule) if rule.any.is_some());
            let judged = match &self.states[at] {
                None if by_rows || at == 0 => return false,
                None => at - 1,
                Some(_) => at,
            };
            self.states[judged].as_ref().is_some_and(|text| {
                let draft = house.draft(text, judged as i64 + 1, self.time(judged));
                visible.admits(draft.kind.number, &draft.index)
            })
        };
        let number = kind::number(&self.kind).unwrap();
        let sight: Vec<Visible> = sight.iter().map(|visible| visible.clone().about(number)).collect();
        let last = self.states.len() - 1;
        let today: Vec<&Visible> = sight.iter().filter(|visible| admits(visible, last)).collect();
        let seen = |at: &usize| today.iter().any(|visible| admits(visible, *at));
        (0..=last).filter(seen).map(|at| (at, self.states[at].clone())).collect()
    }
}

/// Some carry a security label, and some of these are above a caller's clearance.
fn labelled(dice: &mut Dice, text: String) -> String {
    const CODES: &[(&str, &str)] =
        &[("v3-Confidentiality", "V"), ("v3-Confidentiality", "R"), ("v3-ActCode", "HIV"), ("v3-ActCode", "PSY")];
    if dice.roll(7) > 0 || text.contains("\"meta\"") {
        return text;
    }
    let (system, code) = CODES[dice.roll(CODES.len())];
    let label = format!(
        r#","meta":{{"security":[{{"system":"http://terminology.hl7.org/CodeSystem/{system}","code":"{code}"}}]}}"#
    );
    let body = text.strip_suffix('}').unwrap_or(&text);
    format!("{body}{label}}}")
}

/// Another version of that resource.
fn version(dice: &mut Dice, kind: &str, id: &str) -> String {
    let text = unlabelled(dice, kind, id);
    labelled(dice, text)
}

fn unlabelled(dice: &mut Dice, kind: &str, id: &str) -> String {
    let number = id.trim_start_matches(|c: char| c.is_ascii_alphabetic()).parse().unwrap_or_default();
    let (who, other) = (dice.roll(PATIENTS), dice.roll(4));
    match kind {
        "Patient" => patient(dice, number),
        "Observation" => observation(dice, number),
        "Encounter" => format!(
            r#"{{"resourceType":"Encounter","id":"{id}","status":"finished","class":{{"code":"AMB"}},"subject":{{"reference":"Patient/p{who}"}},"period":{{"start":"19{}-01-01"}}}}"#,
            60 + dice.roll(39)
        ),
        "Provenance" => format!(
            r#"{{"resourceType":"Provenance","id":"{id}","target":[{{"reference":"Observation/o{other}"}},{{"reference":"Patient/p{who}"}}],"recorded":"2020-01-01T00:00:00Z","agent":[{{"who":{{"reference":"Practitioner/d{other}"}}}}]}}"#
        ),
        "Practitioner" => format!(r#"{{"resourceType":"Practitioner","id":"{id}","name":[{{"family":"Ash{who}"}}]}}"#),
        _ => format!(r#"{{"resourceType":"{kind}","id":"{id}"}}"#),
    }
}

impl World {
    pub fn made(dice: &mut Dice) -> Self {
        let texts = resources(dice, OBSERVATIONS).into_iter().enumerate();
        let lives = texts.map(|(at, text)| Life::of(labelled(dice, text), at as i64 * 1_000).continued(dice));
        Self { lives: lives.collect() }
    }

    /// The same as far as the caller sees: what is hidden is gone, or other, or was added.
    pub fn disturbed(&self, dice: &mut Dice, house: &House, sight: &[Visible]) -> Self {
        let mut lives: Vec<Life> = self.lives.iter().filter_map(|life| disturbed(life, dice, house, sight)).collect();
        for number in 0..40 {
            let (kind, letter) = [
                ("Patient", 'p'),
                ("Observation", 'o'),
                ("Encounter", 'e'),
                ("Provenance", 'v'),
                ("Practitioner", 'd'),
            ][dice.roll(5)];
            let text = version(dice, kind, &format!("{letter}{}", 100 + number));
            let life = Life::of(text, dice.roll(60) as i64 * 1_000 + 500).continued(dice);
            if life.seen(house, sight).is_empty() {
                lives.push(life);
            }
        }
        Self { lives }
    }

    pub async fn play(&self, house: &House) {
        for (at, life, state) in self.turns() {
            house.play(&life.kind, &life.id, state.as_deref(), at).await;
        }
    }

    /// All versions of all lives in the order of time.
    pub fn turns(&self) -> Vec<(Instant, &Life, &Option<String>)> {
        let mut turns: Vec<(Instant, &Life, &Option<String>)> = Vec::new();
        for life in &self.lives {
            turns.extend(life.states.iter().enumerate().map(|(at, state)| (life.time(at), life, state)));
        }
        turns.sort_by_key(|(at, life, _)| (*at, &life.id));
        turns
    }
}

fn disturbed(life: &Life, dice: &mut Dice, house: &House, sight: &[Visible]) -> Option<Life> {
    let seen = life.seen(house, sight);
    if seen.is_empty() && dice.roll(3) == 0 {
        return None;
    }
    let mut other = life.clone();
    for _ in 0..8 {
        let mut tried = other.clone();
        let at = dice.roll(tried.states.len());
        tried.states[at] = Some(version(dice, &life.kind, &life.id));
        if seen.is_empty() && dice.roll(2) == 0 {
            tried = tried.continued(dice);
        }
        if tried.seen(house, sight) == seen {
            other = tried;
        }
    }
    Some(other)
}

/// Queries of the searches' own tests.
pub fn query(dice: &mut Dice) -> (&'static str, String) {
    population::query(dice)
}

/// How far callers are cleared.
const CLEARANCE: &str = "clinician=R,service=R+PSY";

/// The same consents and clearances in every world: what they withhold is what differs.
pub async fn agree(house: &House) {
    let (db, now) = (&house.context.db, house.context.now());
    let mut unit = Unit::new();
    Settings::read(db, now).await.unwrap().change(&mut unit, db, now, "policy.clearance", CLEARANCE).unwrap();
    db.commit(unit).await.unwrap();
    for (number, (patient, provision)) in CONSENTS.iter().enumerate() {
        let text = format!(
            r#"{{"resourceType":"Consent","id":"c{number}","status":"active","scope":{{"coding":[{{"code":"patient-privacy"}}]}},"category":[{{"coding":[{{"code":"59284-0"}}]}}],"patient":{{"reference":"Patient/{patient}"}},"policyRule":{{"coding":[{{"code":"OPTIN"}}]}},"provision":{provision}}}"#
        );
        house.play("Consent", &format!("c{number}"), Some(&text), Instant(BEGINNING - 1_000_000)).await;
    }
}

const CONSENTS: &[(&str, &str)] = &[
    ("p2", r#"{"type":"deny"}"#),
    ("p4", r#"{"type":"deny","class":[{"code":"Observation"}],"code":[{"coding":[{"system":"s","code":"a"}]}]}"#),
    ("p7", r#"{"type":"deny","dataPeriod":{"start":"1970-01-01","end":"1985-01-01"}}"#),
    ("p3", r#"{"type":"deny","provision":[{"type":"permit","class":[{"code":"Encounter"}]}]}"#),
    ("p9", r#"{"type":"deny","purpose":[{"code":"HRESCH"}]}"#),
];
