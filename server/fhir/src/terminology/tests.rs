//! A small world of animals, and what is judged in it.

use super::*;
use crate::canonical::{Canonical, Canonicals, Definition, Embedded};
use std::sync::Arc;
use theriac_core::json;

pub const ANIMALS: &str = r#"{"resourceType":"CodeSystem","url":"http://example.org/animals","version":"1","title":"Animals",
    "status":"active","content":"complete","language":"en","hierarchyMeaning":"is-a",
    "property":[{"code":"legs","type":"integer"}],
    "concept":[{"code":"animal","display":"Animal","property":[{"code":"notSelectable","valueBoolean":true}],"concept":[
        {"code":"mammal","display":"Mammal","concept":[
            {"code":"dog","display":"Dog","definition":"It barks.","designation":[{"language":"de","value":"Hund"}],
             "property":[{"code":"legs","valueInteger":4}],"concept":[{"code":"puppy","display":"Young dog"}]},
            {"code":"cat","display":"Cat","property":[{"code":"legs","valueInteger":4}]},
            {"code":"bat","display":"Bat"}]},
        {"code":"flyer","display":"Flyer","property":[{"code":"child","valueCode":"bat"},{"code":"child","valueCode":"bird"}]},
        {"code":"bird","display":"Bird","property":[{"code":"legs","valueInteger":2}]},
        {"code":"dodo","display":"Dodo","property":[{"code":"status","valueCode":"retired"}]}]}]}"#;

const OTHERS: &[&str] = &[
    r#"{"resourceType":"CodeSystem","url":"http://example.org/part","status":"active","content":"fragment","concept":[{"code":"a"}]}"#,
    r#"{"resourceType":"ValueSet","url":"http://example.org/pets","version":"2","status":"active","compose":{"include":[
        {"system":"http://example.org/animals","concept":[{"code":"dog"},{"code":"cat","display":"Kitty"},{"code":"bird"}]}]}}"#,
    r#"{"resourceType":"ValueSet","url":"http://example.org/mammals","status":"active","compose":{"include":[
        {"system":"http://example.org/animals","filter":[{"property":"concept","op":"is-a","value":"mammal"}]}]}}"#,
    r#"{"resourceType":"ValueSet","url":"http://example.org/pets-or-part","status":"active","compose":{"include":[
        {"valueSet":["http://example.org/pets"]},{"system":"http://example.org/part"}],
        "exclude":[{"system":"http://example.org/animals","concept":[{"code":"bird"}]}]}}"#,
    r#"{"resourceType":"ValueSet","url":"http://example.org/round","status":"active","compose":{"include":[{"valueSet":["http://example.org/about"]}]}}"#,
    r#"{"resourceType":"ValueSet","url":"http://example.org/about","status":"active","compose":{"include":[{"valueSet":["http://example.org/round"]}]}}"#,
    r#"{"resourceType":"ValueSet","url":"http://example.org/stored","status":"active","expansion":{"timestamp":"2024-01-01","contains":[
        {"system":"http://example.org/animals","abstract":true,"code":"animal","contains":[{"system":"http://example.org/animals","code":"dog"}]}]}}"#,
    r#"{"resourceType":"ConceptMap","url":"http://example.org/map","status":"active","targetUri":"http://example.org/letters-vs","group":[
        {"source":"http://example.org/animals","target":"http://example.org/letters","element":[
            {"code":"dog","target":[{"code":"D","equivalence":"equivalent"}]},
            {"code":"puppy","target":[{"code":"D","equivalence":"wider"}]},
            {"code":"dodo","target":[{"equivalence":"unmatched"}]}],
         "unmapped":{"mode":"fixed","code":"?"}}]}"#,
];

struct World(Vec<Definition>);

impl Canonicals for World {
    fn find(&self, resource_type: &str, canonical: &str) -> Option<Definition> {
        let wanted = Canonical::of(canonical);
        let is_it = |d: &&Definition| {
            d.text("resourceType") == Some(resource_type)
                && d.text("url") == Some(wanted.url)
                && wanted.version.is_none_or(|version| d.text("version") == Some(version))
        };
        self.0.iter().find(is_it).cloned()
    }

    fn addresses(&self, resource_type: &str) -> Vec<String> {
        let own = self.0.iter().filter(|d| d.text("resourceType") == Some(resource_type));
        own.filter_map(|d| d.text("url")).map(str::to_owned).collect()
    }
}

pub fn definition(text: &str) -> Definition {
    Arc::new(json::parse(text.as_bytes()).unwrap().into_owned())
}

pub fn value_set(compose: &str) -> Definition {
    definition(&format!(
        r#"{{"resourceType":"ValueSet","url":"http://example.org/sent","status":"active","compose":{{{compose}}}}}"#
    ))
}

pub fn library() -> Library {
    Library::new(Arc::new(World(OTHERS.iter().chain([&ANIMALS]).map(|text| definition(text)).collect())))
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Yes(_) => "yes",
        Verdict::No(_) => "no",
        Verdict::CannotSay(_) => "cannot say",
    }
}

#[test]
fn a_coding_is_in_a_value_set_or_not_or_it_cannot_be_said() {
    let library = library();
    let animal = Some("http://example.org/animals");
    for (set, system, code, wanted) in [
        ("pets", animal, "dog", "yes"),
        ("pets", None, "dog", "yes"),
        ("pets", animal, "bat", "no"),
        ("pets", Some("http://example.org/other"), "dog", "no"),
        ("pets|2", animal, "dog", "yes"),
        ("pets|3", animal, "dog", "cannot say"),
        ("mammals", animal, "puppy", "yes"),
        ("mammals", animal, "bird", "no"),
        ("pets-or-part", animal, "cat", "yes"),
        ("pets-or-part", animal, "bird", "no"),
        ("pets-or-part", Some("http://example.org/part"), "a", "yes"),
        ("pets-or-part", Some("http://example.org/part"), "b", "cannot say"),
        ("round", animal, "dog", "cannot say"),
        ("stored", animal, "dog", "yes"),
        ("stored", animal, "animal", "no"),
        ("nowhere", animal, "dog", "cannot say"),
    ] {
        let coding = Coding { system, version: None, code };
        let verdict = library.in_value_set(&format!("http://example.org/{set}"), &coding);
        assert_eq!(word(&verdict), wanted, "{set} {system:?} {code}: {verdict:?}");
    }
}

#[test]
fn a_word_for_a_code_is_right_if_the_set_or_the_system_has_it() {
    let library = library();
    let coding = Coding { system: Some("http://example.org/animals"), version: None, code: "cat" };
    let Verdict::Yes(found) = library.in_value_set("http://example.org/pets", &coding) else { panic!("it is a pet") };
    assert_eq!(found.display.as_deref(), Some("Kitty"));
    assert!(found.takes("kitty") && found.takes(" Cat ") && !found.takes("Dog"));
    let Verdict::Yes(found) =
        library.in_code_system(&Coding { code: "EUR", system: Some("urn:iso:std:iso:4217"), version: None })
    else {
        panic!("it is a currency")
    };
    assert!(found.takes("euro") && !found.takes("dollar"));
}

#[test]
fn one_good_coding_makes_a_concept_good() {
    let library = library();
    for (concept, wanted) in [
        (r#"{"coding":[{"system":"x","code":"dog"},{"system":"http://example.org/animals","code":"dog"}]}"#, "yes"),
        (r#"{"coding":[{"system":"x","code":"dog"}]}"#, "no"),
        (r#"{"text":"a dog"}"#, "no"),
    ] {
        let node = json::parse(concept.as_bytes()).unwrap();
        assert_eq!(word(&library.concept_in_value_set("http://example.org/pets", &node)), wanted, "{concept}");
    }
}

/// The value sets of R4 that cannot be listed, and why; all others can.
#[test]
fn the_value_sets_of_the_standard_are_expanded() {
    let library = Library::new(Embedded::r4());
    let (mut listed, mut refused) = (0, Vec::new());
    for address in library.canonicals().addresses("ValueSet") {
        match library.set(&address).and_then(|set| expand::members(&set)) {
            Ok(members) if members.is_empty() => refused.push(format!("{address}: empty")),
            Ok(_) => listed += 1,
            Err(error) => refused.push(format!("{address}: {}", error.message)),
        }
    }
    refused.sort();
    assert!(listed > 1_200, "{listed}\n{}", refused.join("\n"));
    for reason in &refused {
        assert!(
            [
                "is not known here",
                "cannot be listed",
                "only a part",
                "empty",
                "there is no value set",
                "is not a code of",
                "no property"
            ]
            .iter()
            .any(|known| reason.contains(known)),
            "{reason}"
        );
    }
}

#[test]
fn required_codes_of_the_standard_are_judged() {
    let library = Library::new(Embedded::r4());
    for (set, code, wanted) in [
        ("administrative-gender", "male", "yes"),
        ("administrative-gender", "mail", "no"),
        ("mimetypes", "text/plain", "yes"),
        ("mimetypes", "plain", "no"),
        ("all-languages", "de-CH", "yes"),
        ("currencies", "EUR", "yes"),
        ("currencies", "EUX", "no"),
        ("ucum-units", "mg/dL", "yes"),
        ("ucum-units", "mgg", "no"),
        ("all-distance-units", "km", "yes"),
        ("all-distance-units", "kg", "no"),
    ] {
        let verdict = library.in_value_set(&format!("http://hl7.org/fhir/ValueSet/{set}"), &Coding::plain(code));
        assert_eq!(word(&verdict), wanted, "{set} {code}: {verdict:?}");
    }
}
