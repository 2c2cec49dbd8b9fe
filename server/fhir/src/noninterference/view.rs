//! The law of de-identified views: **two databases that differ only in what the profile hides answer a researcher alike,
//! but for pseudonyms**, which are drawn at random. Hidden are names, places below the state, all of a date but its year, ids,
//! identifiers, words, and when records arrived.
//!
//! Two tenants are given the same people with other hidden parts. Pseudonyms are told apart by the order in which they
//! first appear; everything else must be the same byte for byte. Where a pseudonym is asked by, each is asked by its own.

use super::ask::{self, Asked, Asker};
use super::at_rest;
use crate::service::Fhir;
use crate::store::search::tests::House;
use crate::store::search::tests::population::Dice;
use std::collections::HashMap;
use std::sync::Arc;
use theriac_access::{Grant, Role};
use theriac_core::Instant;
use theriac_deid::{Keyring, Views};
use theriac_platform::http::{Answer, Found, Method, Request, Router};
use theriac_platform::{Context, Cursors};

const PATIENTS: usize = 9;
const OBSERVATIONS: usize = 24;
const ENCOUNTERS: usize = 8;
/// 2020-01-01T00:00:00Z
const BEGINNING: i64 = 1_577_836_800_000_000;

/// What the profile takes out of a record.
struct Hidden(Dice);

const WORDS: &[&str] =
    &["Ash", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Larch", "Maple", "Oak", "Pine", "Rowan", "Willow"];

impl Hidden {
    fn word(&mut self) -> String {
        let (one, two) = (self.0.roll(WORDS.len()), self.0.roll(WORDS.len()));
        format!("{}{}", WORDS[one], WORDS[two].to_lowercase())
    }

    /// Of another length and another place in the alphabet each time.
    fn id(&mut self, number: usize) -> String {
        format!("{}-{number}-{}", self.word(), self.0.roll(100_000))
    }

    fn day(&mut self, year: usize) -> String {
        format!("{year}-{:02}-{:02}", 1 + self.0.roll(12), 1 + self.0.roll(28))
    }

    fn moment(&mut self, year: usize) -> String {
        format!("{}T{:02}:{:02}:00Z", self.day(year), self.0.roll(24), self.0.roll(60))
    }
}

/// The people of a world: what is told of them is thrown with one dice, what is hidden with another.
struct People {
    records: Vec<String>,
    /// True ids, which nobody may ask by.
    ids: Vec<String>,
}

impl People {
    fn made(seed: u64, hidden: u64) -> Self {
        let (mut told, mut hidden) = (Dice(seed), Hidden(Dice(hidden)));
        let ids = |letter: usize, count: usize, hidden: &mut Hidden| -> Vec<String> {
            (0..count).map(|number| hidden.id(letter * 1_000 + number)).collect()
        };
        let (doctors, patients) = (ids(1, 3, &mut hidden), ids(2, PATIENTS, &mut hidden));
        let (encounters, observations) = (ids(3, ENCOUNTERS, &mut hidden), ids(4, OBSERVATIONS, &mut hidden));
        let mut records = Vec::new();
        for id in &doctors {
            let (name, phone) = (hidden.word(), hidden.0.roll(9_999));
            records.push(format!(
                r#"{{"resourceType":"Practitioner","id":"{id}","active":true,"name":[{{"family":"{name}"}}],"telecom":[{{"system":"phone","value":"555-{phone:04}"}}]}}"#
            ));
        }
        for id in &patients {
            records.push(patient(&mut told, &mut hidden, id, &doctors));
        }
        for id in &encounters {
            let (who, year) = (&patients[told.roll(PATIENTS)], 2000 + told.roll(10));
            let start = hidden.moment(year);
            records.push(format!(
                r#"{{"resourceType":"Encounter","id":"{id}","status":"finished","class":{{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"}},"subject":{{"reference":"Patient/{who}"}},"period":{{"start":"{start}"}}}}"#
            ));
        }
        for id in &observations {
            records.push(observation(&mut told, &mut hidden, id, &patients, &encounters));
        }
        Self { records, ids: [doctors, patients, encounters, observations].concat() }
    }
}

fn patient(told: &mut Dice, hidden: &mut Hidden, id: &str, doctors: &[String]) -> String {
    let gender = ["male", "female", "other"][told.roll(3)];
    let (year, state, zip) =
        (1950 + told.roll(50), ["WA", "OR", "CA"][told.roll(3)], ["980", "972", "940"][told.roll(3)]);
    let doctor = &doctors[told.roll(doctors.len())];
    let (family, given, city, line) = (hidden.word(), hidden.word(), hidden.word(), hidden.word());
    let (born, rest, number, note) = (hidden.day(year), hidden.0.roll(90), hidden.0.roll(999_999), hidden.word());
    format!(
        r#"{{"resourceType":"Patient","id":"{id}","text":{{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">{note}</div>"}},"extension":[{{"url":"http://example.org/{note}","valueString":"{note}"}}],"identifier":[{{"system":"urn:example:mrn","value":"M{number}"}}],"active":true,"name":[{{"family":"{family}","given":["{given}"]}}],"telecom":[{{"system":"phone","value":"{number}"}}],"gender":"{gender}","birthDate":"{born}","address":[{{"line":["{line} Street"],"city":"{city}","state":"{state}","postalCode":"{zip}{:02}"}}],"generalPractitioner":[{{"reference":"Practitioner/{doctor}","display":"{note}"}}]}}"#,
        rest + 10
    )
}

fn observation(told: &mut Dice, hidden: &mut Hidden, id: &str, patients: &[String], encounters: &[String]) -> String {
    let (code, status) = (["8867-4", "8480-6", "2339-0"][told.roll(3)], ["final", "amended"][told.roll(2)]);
    let (who, at, year) =
        (&patients[told.roll(patients.len())], &encounters[told.roll(encounters.len())], 2000 + told.roll(20));
    let value = told.roll(400) as f64 / 4.0;
    let (when, display, note) = (hidden.moment(year), hidden.word(), hidden.word());
    format!(
        r#"{{"resourceType":"Observation","id":"{id}","status":"{status}","code":{{"coding":[{{"system":"http://loinc.org","code":"{code}","display":"{display}"}}],"text":"{note}"}},"subject":{{"reference":"Patient/{who}"}},"encounter":{{"reference":"Encounter/{at}"}},"effectiveDateTime":"{when}","valueQuantity":{{"value":{value},"unit":"mg","system":"http://unitsofmeasure.org","code":"mg"}},"note":[{{"text":"{note} on {when}"}}]}}"#
    )
}

/// A researcher at one of the worlds, and the pseudonyms it has seen, in order.
struct Researcher {
    asker: Asker,
    numbers: HashMap<String, usize>,
    /// Type and pseudonym.
    met: Vec<(String, String)>,
}

const PSEUDONYM: usize = 32;

impl Researcher {
    async fn at(house: &House, people: &People, arrival: u64, threshold: u64) -> Self {
        let mut dice = Dice(arrival);
        let mut at = BEGINNING;
        for text in &people.records {
            // When a record arrived is hidden too.
            at += 1_000 * (1 + dice.roll(90_000_000) as i64);
            let node = theriac_core::json::parse(text.as_bytes()).unwrap();
            let (kind, id) = (node.text("resourceType").unwrap(), node.text("id").unwrap());
            house.play(kind, id, Some(text), Instant(at)).await;
            if text.contains("amended") {
                house.play(kind, id, Some(text), Instant(at + 500)).await;
            }
        }
        let views = Views { ring: Keyring::new([7; 32]), schema: &crate::R4 };
        project(house, &views, threshold).await;
        let fhir = Fhir::new(Cursors::new(b"secret")).seen_through(views);
        let grant = Grant::new(Role::Researcher, "ada", house.context.tenant.name.as_ref());
        let context = at_rest(Context { grant: Arc::new(grant), ..house.context.clone() });
        Self { asker: Asker::new(&fhir, context), numbers: HashMap::new(), met: Vec::new() }
    }

    async fn send(&mut self, asked: &Asked) -> (String, Option<String>) {
        let told = self.asker.send(asked).await;
        for part in told.text.split("/fhir/").skip(1) {
            let mut segments = part.split(['/', '"', '?']);
            if let (Some(kind), Some(name)) = (segments.next(), segments.next())
                && is_pseudonym(name)
                && !self.met.iter().any(|(_, met)| met == name)
            {
                self.met.push((kind.to_owned(), name.to_owned()));
            }
        }
        (self.settled(&told.text), told.next)
    }

    /// The text with the number of each pseudonym in its place.
    fn settled(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let run = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
            let (word, after) = rest.split_at(run);
            if is_pseudonym(word) {
                let next = self.numbers.len();
                let number = *self.numbers.entry(word.to_owned()).or_insert(next);
                out.push_str(&format!("#{number}"));
            } else {
                out.push_str(word);
            }
            let skip = after.chars().next().map_or(0, char::len_utf8);
            out.push_str(&after[..skip]);
            rest = &after[skip..];
        }
        out
    }
}

fn is_pseudonym(word: &str) -> bool {
    word.len() == PSEUDONYM && word.bytes().all(|byte| (b'a'..=b'p').contains(&byte))
}

async fn project(house: &House, views: &Views, threshold: u64) {
    let router = Router::new(theriac_deid::routes(views));
    let mut request = Request::new(Method::Put, "/mercy/admin/deid/projects/study", "");
    request.body = format!(r#"{{"profile":"safe-harbor","members":["ada"],"threshold":{threshold}}}"#).into();
    let Found::Route(route, params) = router.find(Method::Put, &request.path) else { panic!("no such route") };
    request.params = params;
    let Answer::Reply(handler) = &route.answer else { panic!("no reply") };
    assert_eq!(handler(house.context.clone(), request).await.unwrap().status, 201);
}

/// What may be asked, and what may not; `{n}` is the n-th pseudonym that was met, `{t}` a true id.
#[rustfmt::skip]
const QUERIES: &[&str] = &[
    "Patient?_count=4", "Patient?gender=male&_total=accurate", "Patient?birthdate=ge1975&_sort=birthdate", "Patient?address-state=WA",
    "Patient?_sort=gender,-birthdate&_count=3", "Patient?_has:Observation:patient:code=8867-4", "Patient?_summary=count",
    "Patient?_revinclude=Observation:patient&_count=3", "Patient?general-practitioner.active=true", "Patient?_elements=gender",
    "Observation?code=8480-6&_count=5&_total=accurate", "Observation?value-quantity=gt20|http://unitsofmeasure.org|mg",
    "Observation?_sort=code&_count=4", "Observation?status=amended&_include=Observation:patient&_include=Observation:encounter",
    "Observation?patient.gender=female&_summary=count", "Observation?code-value-quantity=8867-4$lt50|http://unitsofmeasure.org|mg",
    "Encounter?date=ge2004", "Encounter?_sort=date&_count=3", "Encounter?_include=Encounter:*", "Encounter?patient.birthdate=lt1980",
    "Practitioner?active=true", "?_type=Patient,Encounter&_count=6", "_history?_count=7", "Patient/_history?_count=3",
    "Patient/$everything?_count=5",
    // What is hidden is refused, or finds nothing, and tells nothing by the way it does.
    "Patient?name=ash", "Patient?family=Ashash", "Patient?identifier=urn:example:mrn|M1", "Patient?identifier:missing=false", "Patient?address-city=ash",
    "Patient?address-postalcode=98001", "Patient?birthdate=1975-06-01", "Patient?birthdate=ge1975-06", "Patient?telecom=555", "Patient?_sort=family",
    "Patient?_sort=_lastUpdated", "Patient?_lastUpdated=gt2020-06-01", "Patient?_filter=name co \"ash\"", "Patient?_text=ash", "Patient?_content=ash",
    "Patient?_has:Observation:patient:date=gt2005-06", "Observation?date=gt2005-06-01", "Observation?patient.name=ash", "Observation?code:text=ash",
    "Observation?_sort=-date", "Encounter?date=gt2004-06", "_history?_since=2020-03-01T00:00:00Z", "Patient?_at=2020-03-01", "Observation?_sort=patient",
    "Patient?_id={t}", "Patient/{t}", "Observation?patient={t}", "Patient/{t}/$everything", "Patient/{t}/_history", "Observation?subject=Patient/{t}",
    // By pseudonyms.
    "{n}", "{n}/_history", "Patient?_id={p}", "Observation?patient={p}&_total=accurate", "{n}/_history/1", "{n}?_summary=true", "Observation?subject={n}",
    "{n}/$everything?_count=6", "Encounter?_id={p}",
];

/// The same question to both, each in its own pseudonyms.
fn question(dice: &mut Dice, truths: &[String], askers: &(Researcher, Researcher)) -> (Asked, Asked) {
    let query = QUERIES[dice.roll(QUERIES.len())];
    let truth = &truths[dice.roll(truths.len())];
    let place = dice.roll(askers.0.met.len().max(1));
    let of = |researcher: &Researcher| {
        let (kind, name) = researcher.met.get(place).cloned().unwrap_or(("Patient".into(), "none".into()));
        ask::get(query.replace("{t}", truth).replace("{n}", &format!("{kind}/{name}")).replace("{p}", &name))
    };
    (of(&askers.0), of(&askers.1))
}

const REQUESTS: usize = 260;

async fn compare(seed: u64, one: &House, two: &House) -> usize {
    let (first, second) = (People::made(seed, seed * 31 + 1), People::made(seed, seed * 37 + 2));
    assert!(first.records != second.records, "{seed}: nothing differs");
    let truths = [first.ids.clone(), second.ids.clone()].concat();
    let threshold = [1, 5][seed as usize % 2];
    let left = Researcher::at(one, &first, seed * 41 + 3, threshold).await;
    let mut askers = (left, Researcher::at(two, &second, seed * 43 + 4, threshold).await);
    let (mut dice, mut entries) = (Dice(seed * 47 + 5), 0);
    for _ in 0..REQUESTS {
        let (mut asked, mut other) = question(&mut dice, &truths, &askers);
        for page in 0..4 {
            let ((left, next), (right, then)) = (askers.0.send(&asked).await, askers.1.send(&other).await);
            assert_eq!(left, right, "{seed} {:?} {asked:?} page {page}", one.engine());
            entries += left.matches("\"fullUrl\"").count();
            let (Some(next), Some(then)) = (next, then) else { break };
            (asked, other) = (ask::get(next), ask::get(then));
        }
    }
    let met = |researcher: &Researcher| researcher.met.iter().map(|(kind, _)| kind.clone()).collect::<Vec<_>>();
    assert_eq!(met(&askers.0), met(&askers.1));
    entries
}

#[tokio::test]
async fn what_a_profile_hides_has_no_influence_on_any_answer() {
    let mut entries = 0;
    for seed in 1..=super::cases() + 1 {
        let (ones, twos) = (House::each().await, House::each().await);
        for (one, two) in ones.iter().zip(&twos) {
            entries += compare(seed, one, two).await;
        }
    }
    assert!(entries > 500, "only {entries} entries were seen: too few to tell");
}

/// The law can be broken: whoever sees records as they are is answered differently.
#[tokio::test]
async fn who_sees_no_view_sees_what_a_profile_hides() {
    let (ones, twos) = (House::each().await, House::each().await);
    for (one, two) in ones.iter().zip(&twos) {
        let mut texts = Vec::new();
        for (house, hidden) in [(one, 1), (two, 2)] {
            let people = People::made(3, hidden);
            Researcher::at(house, &people, hidden, 1).await;
            let mut asker = Asker::new(&Fhir::new(Cursors::new(b"secret")), at_rest(house.context.clone()));
            texts.push(asker.send(&ask::get("Patient?_count=3&_elements=gender")).await.text);
        }
        assert_ne!(texts[0], texts[1]);
    }
}
