//! Notes of our own: patients who do not exist, and what is written of them, in the forms people write it. The same in
//! every run.

use serde_json::{Value, json};
use theriac_core::json;
use theriac_deid::text::{self, Known};

const PATIENTS: usize = 400;

const FAMILIES: &[&str] =
    &["Okafor", "de la Cruz", "Smith", "O'Brien", "Nguyễn", "Müller-Lüdenscheid", "Day", "Van Dyke", "Šmíd", "Li"];
const GIVEN: &[&str] = &["Will", "Ngozi", "María José", "May", "Jean-Luc", "Siobhán", "Xi", "Grace", "Björn", "Chance"];
const STREETS: &[&str] =
    &["Elm Street", "Rue de la Paix", "North Pine Avenue", "Hill Road", "Königsallee", "5th Street"];
const CITIES: &[&str] = &["Springfield", "San José", "Bath", "Walla Walla", "Reading", "Göttingen"];
const MONTHS: &[&str] = &[
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Numbers that look like any and are the same each time (Knuth, MMIX).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    fn of<'t>(&mut self, table: &[&'t str]) -> &'t str {
        let at = self.below(table.len() as u64);
        table[usize::try_from(at).unwrap_or_default()]
    }
}

struct Person {
    family: &'static str,
    given: &'static str,
    mrn: String,
    ssn: (u64, u64, u64),
    phone: (u64, u64, u64),
    email: String,
    house: u64,
    street: &'static str,
    city: &'static str,
    zip: u64,
    born: (u64, u64, u64),
}

impl Person {
    fn new(numbers: &mut Numbers) -> Self {
        Self {
            family: numbers.of(FAMILIES),
            given: numbers.of(GIVEN),
            mrn: format!("MRN-{:07}", numbers.below(9_999_999)),
            ssn: (100 + numbers.below(800), 10 + numbers.below(89), 1000 + numbers.below(8999)),
            phone: (200 + numbers.below(700), 200 + numbers.below(700), 1000 + numbers.below(8999)),
            email: format!("p{}@example.org", numbers.below(99_999)),
            house: 1 + numbers.below(998),
            street: numbers.of(STREETS),
            city: numbers.of(CITIES),
            zip: 10_000 + numbers.below(89_999),
            born: (1940 + numbers.below(70), 1 + numbers.below(12), 1 + numbers.below(28)),
        }
    }

    fn record(&self) -> Value {
        let ((a, b, c), (x, y, z), (year, month, day)) = (self.ssn, self.phone, self.born);
        json!({
            "resourceType": "Patient",
            "name": [{"family": self.family, "given": [self.given]}],
            "identifier": [{"value": self.mrn}, {"value": format!("{a}-{b}-{c}")}],
            "telecom": [{"system": "phone", "value": format!("+1 ({x}) {y}-{z}")}, {"system": "email", "value": self.email}],
            "address": [{"line": [format!("{} {}", self.house, self.street)], "city": self.city, "postalCode": self.zip.to_string()}],
            "birthDate": format!("{year}-{month:02}-{day:02}")
        })
    }

    /// What is written, and what of it must go.
    fn mentions(&self) -> Vec<(String, String)> {
        let ((a, b, c), (x, y, z), (year, month, day)) = (self.ssn, self.phone, self.born);
        let (family, given) = (self.family, self.given);
        let name = MONTHS[usize::try_from(month - 1).unwrap_or_default()];
        let seen = |secret: String| (format!("the note says {secret} and no more"), secret);
        let mut all: Vec<(String, String)> = [
            family.to_owned(),
            given.to_owned(),
            format!("{given} {family}"),
            format!("{family}, {given}"),
            family.to_uppercase(),
            given.to_lowercase(),
            self.mrn.clone(),
            self.mrn.to_lowercase(),
            self.mrn.replace('-', " "),
            format!("{a}-{b}-{c}"),
            format!("{a} {b} {c}"),
            format!("{a}{b}{c}"),
            format!("({x}) {y}-{z}"),
            format!("{x}-{y}-{z}"),
            format!("{x}.{y}.{z}"),
            format!("+1 {x} {y} {z}"),
            format!("{y}-{z}"),
            self.email.clone(),
            self.email.to_uppercase(),
            format!("{} {}", self.house, self.street),
            format!("{} {}", self.house, self.street).to_lowercase(),
            self.city.to_owned(),
            self.city.to_lowercase(),
            self.zip.to_string(),
        ]
        .map(seen)
        .to_vec();
        for secret in [
            format!("{year}-{month:02}-{day:02}"),
            format!("{month}/{day}/{year}"),
            format!("{month:02}/{day:02}/{year}"),
            format!("{day:02}.{month:02}.{year}"),
            format!("{month}/{day}/{:02}", year % 100),
            format!("{name} {day}, {year}"),
            format!("{day} {name} {year}"),
            format!("{} {day} {year}", &name[..3]),
            format!("{} {day}, {year}", name.to_lowercase()),
        ] {
            all.push((format!("born {secret} as it seems"), secret));
        }
        all.push((format!("{given}'s mother called; {family} was told"), given.to_owned()));
        all
    }
}

/// How many mentions went, and of how many.
pub(super) fn judge() -> (usize, usize) {
    let (mut numbers, mut gone, mut all) = (Numbers(2_026), 0, 0);
    for _ in 0..PATIENTS {
        let person = Person::new(&mut numbers);
        let record = person.record().to_string();
        let Ok(node) = json::parse(record.as_bytes()) else { continue };
        let known = Known::of(&node);
        for (note, secret) in person.mentions() {
            all += 1;
            let start = note.find(&secret).unwrap_or_default();
            let spans = text::spans(&note, &known);
            // Every letter and digit of it.
            let hidden = |at: usize| spans.iter().any(|span| span.contains(&(start + at)));
            let told = secret.char_indices().filter(|(_, c)| c.is_alphanumeric()).any(|(at, _)| !hidden(at));
            if told {
                eprintln!("   told: {secret:?} in {note:?}");
            }
            gone += usize::from(!told);
        }
    }
    (gone, all)
}
