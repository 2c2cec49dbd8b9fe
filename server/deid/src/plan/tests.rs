//! Rules over a small world of types.

use super::*;
use theriac_core::Code;

/// Types, their bases, and their members with targets.
const TYPES: &[(&str, Option<&str>, &str)] = &[
    ("Resource", None, "id:id meta:Meta"),
    (
        "Patient",
        Some("Resource"),
        "contained:Resource extension:Extension birthDate:date active:boolean name:HumanName address:Address identifier:Identifier contact:Patient.contact link:Reference",
    ),
    ("Patient.contact", None, "name:HumanName address:Address relationship:code"),
    (
        "Observation",
        Some("Resource"),
        "contained:Resource subject:Reference issued:instant valueString/value:string valueAge/value:Age status:code",
    ),
    ("Meta", None, "versionId:id lastUpdated:instant security:Coding"),
    ("Coding", None, "system:uri code:code display:string"),
    ("HumanName", None, "family:string use:code"),
    ("Address", None, "city:string postalCode:string state:string"),
    ("Identifier", None, "system:uri value:string"),
    ("Reference", None, "reference:string type:uri display:string"),
    ("Extension", None, "url:uri extension:Extension valueCode/value:code valueString/value:string"),
    ("Quantity", None, "value:decimal unit:string code:code"),
    ("Age", Some("Quantity"), ""),
];

const PRIMITIVES: &[&str] = &["id", "date", "dateTime", "instant", "boolean", "string", "code", "uri", "decimal"];

pub(crate) struct World;

impl Schema for World {
    fn resources(&self) -> Vec<&'static str> {
        vec!["Patient", "Observation"]
    }

    fn members(&self, of: &str) -> Vec<Member> {
        let Some((_, base, members)) = TYPES.iter().find(|(name, ..)| *name == of) else { return Vec::new() };
        let mut all = base.map(|base| self.members(base)).unwrap_or_default();
        all.extend(members.split(' ').filter_map(|text| text.split_once(':')).map(|(name, target)| {
            let (name, element) = name.split_once('/').unwrap_or((name, name));
            Member { name, element, target }
        }));
        all
    }

    fn base(&self, of: &str) -> Option<&'static str> {
        TYPES.iter().find(|(name, ..)| *name == of)?.1
    }

    fn is_primitive(&self, name: &str) -> bool {
        PRIMITIVES.contains(&name)
    }

    fn is_any(&self, name: &str) -> bool {
        name == "Resource"
    }

    fn is_type(&self, name: &str) -> bool {
        self.is_primitive(name) || TYPES.iter().any(|(known, ..)| *known == name)
    }
}

pub(crate) fn plan(rules: &str) -> Result<Plan> {
    let text = format!("title = \"t\"\npseudonyms = \"keyed\"\nextensions = [\"http://x/sex\"]\n[rules]\n{rules}");
    Plan::compile(Profile::parse(&text)?, &World)
}

fn reached(plan: &Plan, path: &str) -> Option<Reached> {
    let mut parts = path.split('.');
    let mut at = Reached::Parts(plan.record_state(parts.next()?)?);
    for part in parts {
        let Reached::Parts(state) = at else { return None };
        at = plan.reach(state, part)?;
    }
    Some(at)
}

#[test]
fn the_longest_path_wins_then_the_type_it_stands_in_then_its_own() {
    let plan = plan(
        "code = \"keep\"\n\"Reference.reference\" = \"pseudonym\"\n\"Address.city\" = \"keep\"\n\"Patient.contact.address.city\" = \"remove\"\n\"Address.postalCode\" = \"zip3\"\nHumanName = \"remove\"",
    )
    .unwrap();
    for (path, left) in [
        ("Patient.address.city", Some(Reached::Value(Method::Keep))),
        ("Patient.address.postalCode", Some(Reached::Value(Method::Zip3))),
        ("Patient.address.state", None),
        ("Patient.contact.address.city", None),
        ("Patient.contact.address.postalCode", Some(Reached::Value(Method::Zip3))),
        ("Patient.contact.relationship", Some(Reached::Value(Method::Keep))),
        ("Patient.name", None),
        ("Patient.birthDate", None),
        ("Observation.subject", Some(Reached::Reference)),
    ] {
        assert_eq!(reached(&plan, path), left, "{path}");
    }
}

#[test]
fn a_rule_of_a_type_holds_for_those_made_from_it() {
    let plan = plan("\"Quantity.value\" = \"keep\"").unwrap();
    assert_eq!(reached(&plan, "Observation.valueAge.value"), Some(Reached::Value(Method::Keep)));
    assert_eq!(reached(&plan, "Observation.valueAge.unit"), None);
}

#[test]
fn rules_that_cannot_be_kept_are_refused_by_name() {
    for (rule, why) in [
        ("\"Patient.birthday\" = \"keep\"", "names no type"),
        ("Person = \"remove\"", "names no type"),
        ("\"Patient.name\" = \"keep\"", "has parts"),
        ("\"Patient.active\" = \"shift\"", "'shift'"),
        ("\"Patient.birthDate\" = \"zip3\"", "'zip3'"),
    ] {
        let error = plan(rule).unwrap_err();
        assert!(error.code == Code::Invalid && error.issues[0].message.contains(why), "{rule}: {error}");
        assert!(error.issues[0].path.starts_with("rules."), "{error}");
    }
}
