//! The language over a model of a few rows.

mod checking;
mod evaluation;
mod hostile;

use crate::{ClockOnly, Environment, Expression, Fault, Item, Limits, Member, Model, ModelElement, System, TypeId};
use theriac_core::clock::Instant;
use theriac_core::json;

/// 2026-09-21T13:46:40Z
static NOW: ClockOnly = ClockOnly(Instant(1_790_000_000_000_000));

/// Name, base, system type.
const TYPES: &[(&str, Option<TypeId>, Option<System>)] = &[
    ("Thing", None, None),
    ("string", None, Some(System::String)),
    ("code", Some(1), Some(System::String)),
    ("integer", None, Some(System::Integer)),
    ("decimal", None, Some(System::Decimal)),
    ("boolean", None, Some(System::Boolean)),
    ("date", None, Some(System::Date)),
    ("dateTime", None, Some(System::DateTime)),
    ("Quantity", None, None),
    ("Extension", None, None),
    ("Part", None, None),
    ("Resource", None, None),
];

/// Type, element, JSON member, type of the member, many.
const MEMBERS: &[(TypeId, &str, &str, TypeId, bool)] = &[
    (0, "name", "name", 10, true),
    (0, "born", "born", 6, false),
    (0, "code", "code", 2, false),
    (0, "value", "valueString", 1, false),
    (0, "value", "valueInteger", 3, false),
    (0, "value", "valueQuantity", 8, false),
    (0, "inside", "inside", 11, true),
    (0, "ok", "ok", 5, false),
    (8, "value", "value", 4, false),
    (8, "code", "code", 2, false),
    (10, "given", "given", 1, true),
    (10, "family", "family", 1, false),
    (10, "part", "part", 10, true),
    (1, "extension", "extension", 9, true),
    (9, "url", "url", 1, false),
    (9, "value", "valueCode", 2, false),
];

struct Small;

impl Model for Small {
    fn namespace(&self) -> &str {
        "FHIR"
    }

    fn find(&self, name: &str) -> Option<TypeId> {
        TYPES.iter().position(|row| row.0 == name).and_then(|place| TypeId::try_from(place).ok())
    }

    fn name(&self, of: TypeId) -> &str {
        TYPES[usize::from(of)].0
    }

    fn base(&self, of: TypeId) -> Option<TypeId> {
        TYPES[usize::from(of)].1
    }

    fn primitive(&self, of: TypeId) -> Option<System> {
        TYPES[usize::from(of)].2
    }

    fn is_quantity(&self, of: TypeId) -> bool {
        of == 8
    }

    fn is_open(&self, of: TypeId) -> bool {
        of == 11
    }

    fn element(&self, of: TypeId, name: &str) -> Option<ModelElement> {
        let row = MEMBERS.iter().find(|row| row.0 == of && row.1 == name)?;
        Some(ModelElement { of: (row.1 == row.2).then_some(row.3), repeats: row.4 })
    }

    fn member(&self, of: TypeId, json: &str) -> Option<Member<'_>> {
        let row = MEMBERS.iter().find(|row| row.0 == of && row.2 == json)?;
        Some(Member { element: row.1, of: row.3, repeats: row.4 })
    }

    fn choices(&self, of: TypeId, name: &str) -> Vec<TypeId> {
        MEMBERS.iter().filter(|row| row.0 == of && row.1 == name).map(|row| row.3).collect()
    }

    fn elements(&self, of: TypeId) -> Vec<&str> {
        MEMBERS.iter().filter(|row| row.0 == of).map(|row| row.1).collect()
    }
}

const THING: &str = r#"{"resourceType":"Thing","code":"c","born":"1974-12","ok":true,"valueQuantity":{"value":1.50,"code":"g"},
    "name":[{"given":["Peter","James"],"_given":[{"extension":[{"url":"u","valueCode":"x"}]},null],"family":"Chalmers",
             "part":[{"given":["a"],"part":[{"given":["b"]}]}]},{"given":["Jim"]}],
    "inside":[{"resourceType":"Thing","code":"d"},{"resourceType":"Other","code":"e"}]}"#;

fn environment<'a>(limits: Limits) -> Environment<'a> {
    let (resource, root, variables) = (None, None, Vec::new());
    Environment { model: &Small, host: &NOW, resource, root, variables, limits, as_takes_many: false }
}

/// What an expression gives on a document, as texts.
fn evaluate(document: &str, text: &str, limits: Limits) -> Result<Vec<String>, Fault> {
    let node = json::parse(document.as_bytes()).unwrap();
    let expression = Expression::compile(text, &Small)?;
    let found = expression.evaluate(&environment(limits), Item::resource(&Small, &node))?;
    Ok(found.iter().map(|item| item.to_text(&Small).unwrap_or_else(|| "?".to_owned())).collect())
}

fn on_thing(text: &str) -> Result<Vec<String>, Fault> {
    evaluate(THING, text, Limits::default())
}
