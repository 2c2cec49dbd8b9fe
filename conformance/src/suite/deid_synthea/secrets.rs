//! What must not be told: gathered from the source files by where FHIR puts it, 45 CFR 164.514(b)(2)(i).

use crate::run::files;
use crate::suite::fhir_synthea::unpacked;
use serde_json::Value;
use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;

/// Members whose text tells of a person: their words, and they as a whole.
const WORDS: &[&str] = &["family", "given", "line", "city", "district", "display", "div"];
/// Members whose value is an identifier as a whole.
const WHOLE: &[&str] =
    &["id", "value", "postalCode", "reference", "fullUrl", "url", "birthDate", "subscriberId", "serialNumber"];
/// Members below which words name persons and places, and not what was found.
const NAMING: &[&str] = &["name", "address", "contact", "telecom", "identifier", "author", "performer", "participant"];

#[derive(Default)]
pub struct Secrets {
    words: HashSet<String>,
    whole: HashSet<String>,
    /// States and countries may be told, also where a city is called like one.
    open: HashSet<String>,
    pub kinds: BTreeSet<String>,
    pub resources: usize,
}

impl Secrets {
    pub fn of(folders: &[PathBuf]) -> Result<Self, String> {
        let (mut secrets, mut known) = (Self::default(), HashSet::new());
        let files = folders.iter().map(|folder| files(folder)).collect::<Result<Vec<_>, _>>()?;
        for file in files.into_iter().flatten() {
            let bundle: Value =
                serde_json::from_str(&unpacked(&file)?).map_err(|e| format!("{}: {e}", file.display()))?;
            for entry in bundle["entry"].as_array().into_iter().flatten() {
                let resource = &entry["resource"];
                // What is created on condition is stored once.
                let condition = entry["request"]["ifNoneExist"].as_str();
                let is_new =
                    condition.is_none_or(|condition| known.insert(format!("{} {condition}", resource["resourceType"])));
                secrets.resources += usize::from(is_new);
                secrets.kinds.extend(resource["resourceType"].as_str().map(str::to_owned));
                secrets.gather("", resource, false);
            }
        }
        let mut open = std::mem::take(&mut secrets.open);
        open.extend(secrets.kinds.iter().cloned());
        secrets.words.retain(|word| !open.contains(word));
        secrets.whole.retain(|value| !open.contains(value));
        Ok(secrets)
    }

    pub fn count(&self) -> usize {
        self.words.len() + self.whole.len()
    }

    fn gather(&mut self, member: &str, node: &Value, names: bool) {
        match node {
            Value::Array(items) => items.iter().for_each(|item| self.gather(member, item, names)),
            Value::Object(members) => {
                // The words of a code are everybody's.
                let is_coding = members.contains_key("code") && members.contains_key("system");
                for (name, item) in members.iter().filter(|(name, _)| !(is_coding && *name == "display")) {
                    self.gather(name, item, names || NAMING.contains(&name.as_str()));
                }
            }
            Value::String(text) => self.text(member, text, names),
            _ => {}
        }
    }

    fn text(&mut self, member: &str, text: &str, names: bool) {
        match member {
            "state" | "country" => self.open.extend(text.split_whitespace().chain([text]).map(str::to_owned)),
            "value" | "url" if !names => {}
            _ if WHOLE.contains(&member) => drop(self.whole.insert(text.to_owned())),
            "div" => {}
            _ if WORDS.contains(&member) && names => {
                // Short words, and numbers, are anybody's.
                let words = text.split(|c: char| !c.is_alphanumeric()).filter(|w| w.chars().count() > 3);
                self.words.extend(words.filter(|w| w.chars().all(char::is_alphabetic)).map(str::to_owned));
                self.whole.insert(text.to_owned());
            }
            _ => {}
        }
    }

    /// # Errors
    /// What was found.
    pub fn check(&self, value: &str) -> Result<(), String> {
        // A year is what may be left of a date, also where it is somebody's number by chance.
        let is_year =
            value.len() == 4 && value.bytes().all(|b| b.is_ascii_digit()) && ["19", "20"].contains(&&value[..2]);
        if self.whole.contains(value) && value.len() > 1 && !is_year {
            return Err(format!("{value:?}, which stands in the source"));
        }
        // Addresses of systems and profiles, and the server's own, are made of words too; codes are no words.
        let is_address = value.contains("://") || value.starts_with("urn:");
        if let Some(word) =
            value.split(|c: char| !c.is_alphanumeric()).find(|word| !is_address && self.words.contains(*word))
        {
            return Err(format!("the word {word:?} in {value:?}"));
        }
        // Ids in addresses.
        if let Some(part) = value.rsplit('/').next().filter(|part| part.len() > 8 && self.whole.contains(*part)) {
            return Err(format!("{part:?} in {value:?}"));
        }
        forms(value)
    }
}

/// What has the form of an identifier.
fn forms(value: &str) -> Result<(), String> {
    let shape: String = value.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    // A year, as its first moment, is all that an instant can be.
    let is_year = shape == "9999-99-99T99:99:99Z" && value.ends_with("-01-01T00:00:00Z");
    for form in ["9999-99-99", "999-99-9999", "999-999-9999", "(999) 999-9999", "99/99/9999", "9999-99"] {
        let found = shape.match_indices(form).any(|(at, _)| {
            let before = shape[..at].chars().next_back().is_some_and(|c| c == '9' || c == '-');
            let after = shape[at + form.len()..].chars().next().is_some_and(|c| c == '9');
            !before && !after
        });
        // Codes of LOINC and the like have a form of their own.
        if found && !is_year && !(form == "9999-99" && !value.starts_with("19") && !value.starts_with("20")) {
            return Err(format!("{value:?}, which has the form {form}"));
        }
    }
    if value.contains('@') {
        return Err(format!("{value:?}, which has the form of a mail address"));
    }
    Ok(())
}
