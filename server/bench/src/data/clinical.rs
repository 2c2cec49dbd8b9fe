//! FHIR: one patient's life as a transaction bundle with `urn:uuid` links, in kinds and sizes like Synthea's.
//! <http://hl7.org/fhir/R4/http.html#transaction>

use super::vocabulary::{CITIES, CONDITIONS, FAMILIES, GIVEN, MEDICATIONS, PROCEDURES, VITALS};
use super::{date, instant};
use rand::Rng;
use rand::rngs::SmallRng;
use std::fmt::Write;

pub const MRN: &str = "urn:example:mrn";
const LOINC: &str = "http://loinc.org";
const SNOMED: &str = "http://snomed.info/sct";
const RXNORM: &str = "http://www.nlm.nih.gov/research/umls/rxnorm";
const UCUM: &str = "http://unitsofmeasure.org";
const DAY: i64 = 86_400_000;

pub struct Bundle {
    pub json: String,
    pub resources: u64,
}

/// One patient with 20 to 50 encounters.
pub fn bundle(random: &mut SmallRng, number: u64) -> Bundle {
    let encounters = random.random_range(20..50);
    let mut life = Life::begin(random, number);
    for _ in 0..encounters {
        life.encounter();
    }
    let mut json = life.text;
    json.push_str("]}");
    Bundle { json, resources: life.resources }
}

struct Life<'r> {
    random: &'r mut SmallRng,
    text: String,
    resources: u64,
    patient: String,
    practitioner: String,
    organization: String,
    /// Milliseconds after 1970.
    now: i64,
}

impl<'r> Life<'r> {
    fn begin(random: &'r mut SmallRng, number: u64) -> Self {
        let mut life = Self {
            patient: uuid(random),
            practitioner: uuid(random),
            organization: uuid(random),
            now: random.random_range(14_600..16_000) * DAY,
            text: String::with_capacity(900_000),
            resources: 0,
            random,
        };
        life.text.push_str(r#"{"resourceType":"Bundle","type":"transaction","entry":["#);
        life.organization();
        life.practitioner(number);
        life.patient(number);
        life
    }

    fn entry(&mut self, kind: &str, id: &str, content: &str) {
        let comma = if self.resources == 0 { "" } else { "," };
        // Writing to a String does not fail.
        let _ = write!(
            self.text,
            r#"{comma}{{"fullUrl":"urn:uuid:{id}","resource":{{"resourceType":"{kind}","id":"{id}",{content}}},"request":{{"method":"POST","url":"{kind}"}}}}"#
        );
        self.resources += 1;
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.random.random_range(0..from.len())]
    }

    fn organization(&mut self) {
        let city = self.pick(CITIES);
        let content = format!(
            r#""identifier":[{{"system":"urn:example:site","value":"{city}"}}],"active":true,"name":"General Hospital {city}","address":[{{"city":"{city}","country":"XX"}}]"#
        );
        self.entry("Organization", &self.organization.clone(), &content);
    }

    fn practitioner(&mut self, number: u64) {
        let (family, given) = (self.pick(FAMILIES), self.pick(GIVEN));
        let content = format!(
            r#""identifier":[{{"system":"urn:example:npi","value":"{number:010}"}}],"active":true,"name":[{{"family":"{family}","given":["{given}"],"prefix":["Dr."]}}]"#
        );
        self.entry("Practitioner", &self.practitioner.clone(), &content);
    }

    fn patient(&mut self, number: u64) {
        let (family, given, city) = (self.pick(FAMILIES), self.pick(GIVEN), self.pick(CITIES));
        let (gender, born) = (self.pick(&["female", "male"]), date(self.random.random_range(-14_000..12_000)));
        let (phone, street) = (self.random.random_range(1_000_000..9_999_999), self.random.random_range(1..400));
        let content = format!(
            r#""text":{{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">{given} {family}, born {born}. Made up for a benchmark.</div>"}},"identifier":[{{"type":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MR","display":"Medical Record Number"}}],"text":"Medical Record Number"}},"system":"{MRN}","value":"mrn-{number}"}}],"active":true,"name":[{{"use":"official","family":"{family}","given":["{given}"]}}],"telecom":[{{"system":"phone","value":"555-{phone}","use":"home"}}],"gender":"{gender}","birthDate":"{born}","address":[{{"line":["{street} Long Street"],"city":"{city}","postalCode":"0{street:04}","country":"XX"}}],"maritalStatus":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/v3-MaritalStatus","code":"M","display":"M"}}],"text":"M"}},"multipleBirthBoolean":false,"communication":[{{"language":{{"coding":[{{"system":"urn:ietf:bcp:47","code":"en-US","display":"English"}}],"text":"English"}}}}],"generalPractitioner":[{{"reference":"urn:uuid:{}"}}],"managingOrganization":{{"reference":"urn:uuid:{}"}}"#,
            self.practitioner, self.organization
        );
        self.entry("Patient", &self.patient.clone(), &content);
    }

    /// A visit with what was found, measured, done and prescribed.
    fn encounter(&mut self) {
        self.now += self.random.random_range(20..120) * DAY + self.random.random_range(0..DAY);
        let id = uuid(self.random);
        let (begin, end) = (instant(self.now), instant(self.now + 1_800_000));
        let content = format!(
            r#""status":"finished","class":{{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"}},"type":[{{"coding":[{{"system":"{SNOMED}","code":"162673000","display":"General examination of patient (procedure)"}}],"text":"General examination of patient (procedure)"}}],"subject":{{"reference":"urn:uuid:{}","display":"the patient"}},"participant":[{{"individual":{{"reference":"urn:uuid:{}"}}}}],"period":{{"start":"{begin}","end":"{end}"}},"serviceProvider":{{"reference":"urn:uuid:{}","display":"General Hospital"}}"#,
            self.patient, self.practitioner, self.organization
        );
        self.entry("Encounter", &id, &content);
        let measured: Vec<String> = (0..self.random.random_range(5..14)).map(|_| self.observation(&id)).collect();
        self.report(&id, &measured);
        if self.random.random_bool(0.4) {
            self.condition(&id);
        }
        if self.random.random_bool(0.6) {
            self.prescription(&id);
        }
        for _ in 0..self.random.random_range(0..3) {
            self.procedure(&id);
        }
    }

    fn observation(&mut self, encounter: &str) -> String {
        let (code, display, unit, least, most) = self.pick(VITALS);
        let (id, value, at) = (uuid(self.random), self.random.random_range(least..most), instant(self.now));
        let (category, shown) =
            if unit == "mg/dL" { ("laboratory", "laboratory") } else { ("vital-signs", "vital signs") };
        let content = format!(
            r#""status":"final","category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"{category}","display":"{shown}"}}]}}],"code":{{"coding":[{{"system":"{LOINC}","code":"{code}","display":"{display}"}}],"text":"{display}"}},"subject":{{"reference":"urn:uuid:{}"}},"encounter":{{"reference":"urn:uuid:{encounter}"}},"effectiveDateTime":"{at}","issued":"{at}","valueQuantity":{{"value":{value:.3},"unit":"{unit}","system":"{UCUM}","code":"{unit}"}}"#,
            self.patient
        );
        self.entry("Observation", &id, &content);
        id
    }

    fn report(&mut self, encounter: &str, measured: &[String]) {
        let (id, at) = (uuid(self.random), instant(self.now));
        let results: Vec<String> = measured.iter().map(|id| format!(r#"{{"reference":"urn:uuid:{id}"}}"#)).collect();
        let content = format!(
            r#""status":"final","category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/v2-0074","code":"LAB"}}]}}],"code":{{"coding":[{{"system":"{LOINC}","code":"51990-0","display":"Basic metabolic panel"}}],"text":"Basic metabolic panel"}},"subject":{{"reference":"urn:uuid:{}"}},"encounter":{{"reference":"urn:uuid:{encounter}"}},"effectiveDateTime":"{at}","issued":"{at}","performer":[{{"reference":"urn:uuid:{}"}}],"result":[{}]"#,
            self.patient,
            self.practitioner,
            results.join(",")
        );
        self.entry("DiagnosticReport", &id, &content);
    }

    fn condition(&mut self, encounter: &str) {
        let ((code, display), id, at) = (self.pick(CONDITIONS), uuid(self.random), instant(self.now));
        let status = self.pick(&["active", "resolved", "resolved"]);
        let content = format!(
            r#""clinicalStatus":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"{status}"}}]}},"verificationStatus":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/condition-ver-status","code":"confirmed"}}]}},"code":{{"coding":[{{"system":"{SNOMED}","code":"{code}","display":"{display}"}}],"text":"{display}"}},"subject":{{"reference":"urn:uuid:{}"}},"encounter":{{"reference":"urn:uuid:{encounter}"}},"onsetDateTime":"{at}","recordedDate":"{at}""#,
            self.patient
        );
        self.entry("Condition", &id, &content);
    }

    fn prescription(&mut self, encounter: &str) {
        let ((code, display), id, at) = (self.pick(MEDICATIONS), uuid(self.random), instant(self.now));
        let content = format!(
            r#""status":"stopped","intent":"order","medicationCodeableConcept":{{"coding":[{{"system":"{RXNORM}","code":"{code}","display":"{display}"}}],"text":"{display}"}},"subject":{{"reference":"urn:uuid:{}"}},"encounter":{{"reference":"urn:uuid:{encounter}"}},"authoredOn":"{at}","requester":{{"reference":"urn:uuid:{}"}},"dosageInstruction":[{{"sequence":1,"timing":{{"repeat":{{"frequency":1,"period":1.0,"periodUnit":"d"}}}},"asNeededBoolean":false}}]"#,
            self.patient, self.practitioner
        );
        self.entry("MedicationRequest", &id, &content);
    }

    fn procedure(&mut self, encounter: &str) {
        let ((code, display), id) = (self.pick(PROCEDURES), uuid(self.random));
        let (begin, end) = (instant(self.now), instant(self.now + 900_000));
        let content = format!(
            r#""status":"completed","code":{{"coding":[{{"system":"{SNOMED}","code":"{code}","display":"{display}"}}],"text":"{display}"}},"subject":{{"reference":"urn:uuid:{}"}},"encounter":{{"reference":"urn:uuid:{encounter}"}},"performedPeriod":{{"start":"{begin}","end":"{end}"}}"#,
            self.patient
        );
        self.entry("Procedure", &id, &content);
    }
}

/// An observation on its own, of a patient that need not be there.
pub fn observation(random: &mut SmallRng, id: Option<&str>) -> String {
    let (code, display, unit, least, most) = VITALS[random.random_range(0..VITALS.len())];
    let at = instant(super::NEW_YEAR + random.random_range(0..300 * DAY));
    let (value, patient) = (random.random_range(least..most), random.random_range(0..1_000));
    let id = id.map(|id| format!(r#""id":"{id}","#)).unwrap_or_default();
    format!(
        r#"{{"resourceType":"Observation",{id}"status":"final","category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs","display":"vital signs"}}]}}],"code":{{"coding":[{{"system":"{LOINC}","code":"{code}","display":"{display}"}}],"text":"{display}"}},"subject":{{"reference":"Patient/p{patient}"}},"effectiveDateTime":"{at}","issued":"{at}","valueQuantity":{{"value":{value:.3},"unit":"{unit}","system":"{UCUM}","code":"{unit}"}}}}"#
    )
}

fn uuid(random: &mut SmallRng) -> String {
    let (high, low): (u64, u64) = (random.random(), random.random());
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        low >> 48 & 0xfff,
        low & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::random;
    use serde_json::Value;

    #[test]
    fn a_bundle_is_json_whose_links_lead_somewhere() {
        let bundle = bundle(&mut random(1), 1);
        let value: Value = serde_json::from_str(&bundle.json).unwrap();
        let entries = value["entry"].as_array().unwrap();
        assert_eq!(entries.len() as u64, bundle.resources);
        assert!((200..1_000).contains(&bundle.resources), "{}", bundle.resources);
        let urls: std::collections::HashSet<&str> = entries.iter().map(|e| e["fullUrl"].as_str().unwrap()).collect();
        assert_eq!(urls.len(), entries.len());
        for link in bundle.json.split(r#""reference":""#).skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert!(urls.contains(link), "{link}");
        }
        let mean = bundle.json.len() as u64 / bundle.resources;
        assert!((700..2_000).contains(&mean), "{mean} bytes a resource");
    }

    #[test]
    fn an_observation_is_json() {
        let value: Value = serde_json::from_str(&observation(&mut random(2), Some("o1"))).unwrap();
        assert_eq!((value["resourceType"].as_str(), value["id"].as_str()), (Some("Observation"), Some("o1")));
    }
}
