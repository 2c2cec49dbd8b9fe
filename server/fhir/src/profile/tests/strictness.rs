//! What a tenant may ask beyond the standard, and what lies around a document.

use super::rig::{NOW, errors, errors_in, node, profile};
use crate::profile::{Follow, Linked, Options, Refused, Severity, World};
use std::collections::HashMap;
use std::sync::Arc;
use theriac_core::Instant;

fn world() -> World {
    World::at(Instant(NOW))
}

fn with(options: &Options, document: &str) -> Vec<String> {
    errors_in(Vec::new(), document, &[], options, &world())
}

#[test]
fn what_the_standard_allows_may_be_refused() {
    let document = r##"{"resourceType":"Patient","contained":[{"resourceType":"Patient","id":"a","gender":"x"}],
        "link":[{"type":"seealso","other":{"reference":"#a"}}],
        "photo":[{"url":"http://a.example.org/x","title":"a <b>bold</b> one"}],
        "extension":[{"url":"http://hl7.org/fhir/StructureDefinition/rendering-markdown","valueMarkdown":"<i>a</i>"},
        {"url":"http://nobody.org/a","valueString":"a"},{"url":"http://some.org/a","valueString":"a"}]}"##;
    let contained = "Patient.contained[0].gender binding http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1";
    let plain = with(&Options::default(), document);
    assert!(plain.iter().any(|e| e == contained), "{plain:?}");
    let more = |options: Options| {
        let all = with(&options, document);
        all.into_iter().filter(|e| !plain.contains(e)).collect::<Vec<_>>()
    };
    let refusing = |refused: Refused| more(Options { refused, ..Options::default() });
    assert_eq!(refusing(Refused { examples: true, ..Refused::default() }), ["Patient.photo[0].url example-address"]);
    assert_eq!(
        refusing(Refused { html_in_markdown: true, ..Refused::default() }),
        ["Patient.extension[0].value markdown-html"]
    );
    assert_eq!(
        refusing(Refused { markup_in_strings: true, ..Refused::default() }),
        ["Patient.photo[0].title string-markup"]
    );
    let domains = vec!["http://some.org/".to_owned()];
    assert_eq!(
        more(Options { unknown_extension: Severity::Error, extension_domains: domains, ..Options::default() }),
        ["Patient.extension[1] extension-unknown"]
    );
    let without = with(&Options { contained: false, ..Options::default() }, document);
    assert!(!without.iter().any(|e| e == contained), "{without:?}");
}

/// A patient is linked to another one, who is linked to the first; only the first has a birth date.
#[test]
fn references_are_followed_as_far_as_is_asked() {
    let born = || {
        profile(
            "born",
            "Patient",
            "Patient",
            r#"{"path":"Patient.birthDate","min":1},
            {"path":"Patient.link.other","type":[{"code":"Reference","targetProfile":["http://example.org/born"]}]}"#,
        )
    };
    let document = |to: &str, birth: &str| {
        format!(
            r#"{{"resourceType":"Patient","id":"1"{birth},"link":[{{"type":"seealso","other":{{"reference":"{to}"}}}}]}}"#
        )
    };
    let linked = |birth: &str| {
        let other = node(&document("Patient/1", birth).replace(r#""id":"1""#, r#""id":"2""#));
        Linked::from([("Patient/2".to_owned(), Some(other)), ("Patient/3".to_owned(), None)])
    };
    let birth = r#","birthDate":"2001""#;
    let told = |follow: Follow, to: &str, other: &str| {
        let options = Options { follow, ..Options::default() };
        let world = World { linked: linked(other), ..world() };
        errors_in(vec![born()], &document(to, birth), &["born"], &options, &world)
    };
    assert_eq!(told(Follow::Profile, "Patient/2", ""), ["Patient.link[0].other target-profile"]);
    assert!(told(Follow::Profile, "Patient/2", birth).is_empty(), "the circle ends");
    assert!(told(Follow::Type, "Patient/2", "").is_empty());
    assert_eq!(told(Follow::Exists, "Patient/3", ""), ["Patient.link[0].other missing"]);
    assert!(told(Follow::Profile, "Patient/3", "").is_empty());
    assert!(told(Follow::Exists, "Patient/4", "").is_empty(), "what was not looked for is not judged");
    assert_eq!(told(Follow::Type, "Group/1", ""), ["Patient.link[0].other target"]);
    assert!(
        told(Follow::Standard, "RelatedPerson/1", "").is_empty()
            && !told(Follow::Type, "RelatedPerson/1", "").is_empty()
    );
    let wrong = r#"{"resourceType":"Patient","managingOrganization":{"reference":"Group/1"}}"#;
    let standard = Options { follow: Follow::Standard, ..Options::default() };
    assert_eq!(with(&standard, wrong), ["Patient.managingOrganization target"], "the standard's own types");
}

#[test]
fn parameters_and_entries_without_a_base_are_found_by_their_ids() {
    let parameters = r#"{"resourceType":"Parameters","parameter":[
        {"name":"a","resource":{"resourceType":"Organization","id":"1","name":"o"}},
        {"name":"b","part":[{"name":"c","resource":{"resourceType":"Patient","id":"2",
        "managingOrganization":{"reference":"Organization/1"}}}]}]}"#;
    let named = profile("named", "Organization", "Organization", r#"{"path":"Organization.telecom","min":1}"#);
    let patient = profile(
        "patient",
        "Patient",
        "Patient",
        r#"{"path":"Patient.managingOrganization","type":[{"code":"Reference","targetProfile":["http://example.org/named"]}]}"#,
    );
    let global = HashMap::from([("Patient".to_owned(), vec!["http://example.org/patient".to_owned()])]);
    let world = World { global: Arc::new(global), ..world() };
    assert_eq!(
        errors_in(vec![named, patient], parameters, &[], &Options::default(), &world),
        ["Parameters.parameter[1].part[0].resource.managingOrganization target-profile"]
    );
    let bundle = r#"{"resourceType":"Bundle","type":"collection","entry":[
        {"fullUrl":"urn:uuid:54fc3e09-e279-4b74-a8ff-2649ec968642","resource":{"resourceType":"Patient",
        "generalPractitioner":[{"reference":"Practitioner/5d9588d8-3cd6-4b32-8fb7-ad13694e069d"}]}},
        {"fullUrl":"urn:uuid:5d9588d8-3cd6-4b32-8fb7-ad13694e069d","resource":{"resourceType":"Organization","name":"o"}}]}"#;
    assert_eq!(errors(Vec::new(), bundle, &[]), ["Bundle.entry[0].resource.generalPractitioner[0] misnamed"]);
}

#[test]
fn a_guide_may_ask_a_profile_of_every_resource_of_a_type() {
    let named = || profile("named", "Patient", "Patient", r#"{"path":"Patient.name","min":1}"#);
    let global = HashMap::from([("Patient".to_owned(), vec!["http://example.org/named".to_owned()])]);
    let world = World { global: Arc::new(global), ..world() };
    let told = |document: &str| errors_in(vec![named()], document, &[], &Options::default(), &world);
    assert_eq!(told(r#"{"resourceType":"Patient"}"#), ["Patient.name min"]);
    assert!(told(r#"{"resourceType":"Group","type":"person","actual":true}"#).is_empty());
}

#[test]
fn an_unknown_target_profile_may_be_refused() {
    let wants = || {
        profile(
            "wants",
            "Patient",
            "Patient",
            r#"{"path":"Patient.managingOrganization","type":[{"code":"Reference","targetProfile":["http://nobody.org/x"]}]}"#,
        )
    };
    let document = r#"{"resourceType":"Patient","managingOrganization":{"reference":"Organization/1"}}"#;
    assert!(errors(vec![wants()], document, &["wants"]).is_empty());
    let options = Options { known_targets: true, ..Options::default() };
    assert_eq!(
        errors_in(vec![wants()], document, &["wants"], &options, &world()),
        ["Patient.managingOrganization target-unknown"]
    );
}

/// The clock stands at 2023-11-14.
#[test]
fn dates_may_be_bounded_by_a_duration_from_now() {
    let bounded = || {
        let years = |n: u32| format!(r#"{{"value":{n},"system":"http://unitsofmeasure.org","code":"a"}}"#);
        let limits = format!(r#""minValueQuantity":{},"maxValueQuantity":{}"#, years(100), years(1));
        profile("bounded", "Patient", "Patient", &format!(r#"{{"path":"Patient.birthDate",{limits}}}"#))
    };
    for (date, expected) in [
        ("2024-10-01", &[][..]),
        ("2024-12-01", &["Patient.birthDate maxValue"]),
        ("1924-01-01", &[]),
        ("1922-01-01", &["Patient.birthDate minValue"]),
    ] {
        let document = format!(r#"{{"resourceType":"Patient","birthDate":"{date}"}}"#);
        assert_eq!(errors(vec![bounded()], &document, &["bounded"]), expected, "{date}");
    }
}

#[test]
fn a_text_may_have_a_least_length() {
    let long = profile(
        "long",
        "Patient",
        "Patient",
        r#"{"path":"Patient.id","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/minLength","valueInteger":3}]}"#,
    );
    let told =
        |id: &str| errors(vec![long.clone()], &format!(r#"{{"resourceType":"Patient","id":"{id}"}}"#), &["long"]);
    assert_eq!((told("ab"), told("abc")), (vec!["Patient.id minLength".to_owned()], Vec::new()));
}

#[test]
fn an_extension_stands_where_its_definition_says() {
    let plain = || profile("plain", "Extension", "Extension", r#"{"path":"Extension","isModifier":false}"#);
    let strong = || profile("strong", "Extension", "Extension", r#"{"path":"Extension","isModifier":true}"#);
    let told = |member: &str, name: &str| {
        let document = format!(
            r#"{{"resourceType":"Patient","{member}":[{{"url":"http://example.org/{name}","valueString":"a"}}]}}"#
        );
        errors(vec![plain(), strong()], &document, &[])
    };
    assert!(told("extension", "plain").is_empty() && told("modifierExtension", "strong").is_empty());
    assert_eq!(told("extension", "strong"), ["Patient.extension[0] extension-modifier"]);
    assert_eq!(told("modifierExtension", "plain"), ["Patient.modifierExtension[0] extension-modifier"]);
}

#[test]
fn a_narrative_names_no_entities_of_html() {
    let document = |text: &str| {
        format!(
            r#"{{"resourceType":"Patient","text":{{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">{text}</div>"}}}}"#
        )
    };
    assert!(errors(Vec::new(), &document("a &amp; &#160;"), &[]).is_empty());
    assert_eq!(errors(Vec::new(), &document("a &reg;"), &[]), ["Patient.text.div xhtml-entity"]);
}

#[test]
fn obligation_profiles_only_oblige() {
    let flag = r#"{"url":"http://hl7.org/fhir/StructureDefinition/obligation-profile-flag","valueBoolean":true}"#;
    let structure = |name: &str, extension: &str, element: &str| {
        format!(
            r#"{{"resourceType":"StructureDefinition","extension":[{extension}],"url":"http://example.org/{name}","name":"A",
            "status":"active","kind":"resource","abstract":false,"type":"Patient","derivation":"constraint",
            "baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient","differential":{{"element":[
            {{"id":"Patient.active","path":"Patient.active",{element}}}]}}}}"#
        )
    };
    let told = |document: &str, own| {
        let all: Vec<String> = errors(own, document, &[]);
        all.into_iter().filter(|e| e.contains("obligation")).collect::<Vec<_>>()
    };
    assert!(told(&structure("a", flag, r#""mustSupport":true"#), Vec::new()).is_empty());
    let place = "StructureDefinition.differential.element[0]";
    assert_eq!(told(&structure("a", flag, r#""min":1"#), Vec::new()), [format!("{place} obligation min")]);
    let stray = r#""extension":[{"url":"http://example.org/x","valueString":"a"}]"#;
    assert_eq!(told(&structure("a", flag, stray), Vec::new()), [format!("{place} obligation extension")]);
    let inherits = r#"{"url":"http://hl7.org/fhir/StructureDefinition/inherit-obligations","valueCanonical":"http://example.org/from"}"#;
    let heir = structure("a", inherits, r#""min":1"#);
    let from = |extension: &str| vec![Arc::new(node(&structure("from", extension, r#""mustSupport":true"#)))];
    assert!(told(&heir, from(flag)).is_empty());
    let unmarked = from(r#"{"url":"http://example.org/x","valueString":"a"}"#);
    assert_eq!(told(&heir, unmarked), ["StructureDefinition obligation http://example.org/from"]);
}
