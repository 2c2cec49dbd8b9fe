//! What is known of a code. <http://hl7.org/fhir/R4/codesystem-operation-lookup.html>

use super::library::{Library, Vocabulary};
use super::system::{Place, System, value};
use crate::operation::parameters::Output;
use theriac_core::json::Node;
use theriac_core::{Code, Error, Result};

pub struct Asked<'a> {
    pub system: &'a str,
    pub version: Option<&'a str>,
    pub code: &'a str,
    pub display_language: Option<&'a str>,
    /// Names of properties; empty for all.
    pub properties: Vec<&'a str>,
}

/// # Errors
/// `NotFound` for a code system that is not here, or a code it does not have.
pub fn lookup(library: &Library, asked: &Asked<'_>) -> Result<Output> {
    let missing = |what: String| Error::new(Code::NotFound, what);
    let no_code = || missing(format!("'{}' is not a code of {}", asked.code, asked.system)).at("code");
    match library.vocabulary(asked.system, asked.version) {
        Vocabulary::Table(table) => {
            let place = table.find(asked.code).ok_or_else(no_code)?;
            Ok(describe(&table, place, asked))
        }
        Vocabulary::Rule(rule) if (rule.holds)(asked.code) => Ok(Output::default()
            .text("name", "valueString", Some(rule.name))
            .text("display", "valueString", Some((rule.display)(asked.code).unwrap_or(asked.code)))),
        Vocabulary::Rule(_) => Err(no_code()),
        Vocabulary::Unknown => {
            let version = asked.version.map_or(String::new(), |version| format!("|{version}"));
            Err(missing(format!("the code system {}{version} is not known here", asked.system)).at("system"))
        }
    }
}

fn describe(table: &System, place: Place, asked: &Asked<'_>) -> Output {
    let resource = table.resource();
    let name = resource.text("title").or(resource.text("name")).unwrap_or(&table.url);
    let display = table.display(place, asked.display_language).unwrap_or(asked.code);
    let mut output = Output::default()
        .text("name", "valueString", Some(name))
        .text("version", "valueString", table.version.as_deref())
        .text("display", "valueString", Some(display));
    let wants = |name: &str| asked.properties.is_empty() || asked.properties.contains(&name);
    if wants("designation") {
        for designation in table.designations(place) {
            output = output.part("designation", words(designation.node));
        }
    }
    properties(table, place).filter(|(name, _, _)| wants(name)).fold(output, |output, (name, kind, value)| {
        let part = Output::default().text("code", "valueCode", Some(&name)).with("value", kind, value);
        output.part("property", part)
    })
}

fn words(node: &Node<'static>) -> Output {
    let mut output = Output::default().text("language", "valueCode", node.text("language"));
    if let Some(using) = node.get("use") {
        output = output.with("use", "valueCoding", using.clone());
    }
    output.text("value", "valueString", node.text("value"))
}

type Property = (String, &'static str, Node<'static>);

/// What every concept has, and what it states.
fn properties(table: &System, place: Place) -> impl Iterator<Item = Property> {
    let mut all: Vec<Property> = Vec::new();
    for (name, kind) in [("definition", "valueString"), ("parent", "valueCode"), ("child", "valueCode")] {
        all.extend(table.property(place, name).into_iter().map(|value| (name.to_owned(), kind, Node::string(value))));
    }
    all.push(("inactive".to_owned(), "valueBoolean", Node::Bool(table.is_inactive(place))));
    all.push(("abstract".to_owned(), "valueBoolean", Node::Bool(table.is_abstract(place))));
    const GIVEN: &[&str] = &["parent", "child", "inactive", "abstract"];
    for stated in table.concept(place).get("property").map_or(&[][..], Node::items) {
        let name = stated.text("code").unwrap_or_default();
        if let (false, Some(value)) = (GIVEN.contains(&name), value(stated)) {
            all.push((name.to_owned(), kind(stated), value.clone()));
        }
    }
    all.into_iter()
}

/// The member that holds the value of a stated property.
fn kind(property: &Node<'static>) -> &'static str {
    const KINDS: &[&str] =
        &["valueCode", "valueCoding", "valueString", "valueInteger", "valueBoolean", "valueDateTime", "valueDecimal"];
    KINDS.iter().find(|kind| property.get(kind).is_some()).copied().unwrap_or("valueString")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminology::tests::library;

    fn asked<'a>(code: &'a str, properties: &[&'a str]) -> Asked<'a> {
        let system = "http://example.org/animals";
        Asked { system, version: None, code, display_language: Some("de"), properties: properties.to_vec() }
    }

    #[test]
    fn a_code_is_told_with_words_and_properties() {
        let all = lookup(&library(), &asked("dog", &[])).unwrap().node().to_string();
        for part in [
            r#"{"name":"name","valueString":"Animals"}"#,
            r#"{"name":"display","valueString":"Hund"}"#,
            r#"[{"name":"code","valueCode":"parent"},{"name":"value","valueCode":"mammal"}]"#,
            r#"[{"name":"code","valueCode":"child"},{"name":"value","valueCode":"puppy"}]"#,
            r#"[{"name":"code","valueCode":"legs"},{"name":"value","valueInteger":4}]"#,
            r#"[{"name":"language","valueCode":"de"},{"name":"value","valueString":"Hund"}]"#,
        ] {
            assert!(all.contains(part), "{part} in {all}");
        }
        let few = lookup(&library(), &asked("dog", &["legs"])).unwrap().node().to_string();
        assert!(few.contains("legs") && !few.contains("parent") && !few.contains("designation"), "{few}");
    }

    #[test]
    fn codes_by_rule_are_told_and_unknown_ones_are_not_found() {
        let euro = Asked { system: "urn:iso:std:iso:4217", ..asked("EUR", &[]) };
        assert!(lookup(&library(), &euro).unwrap().node().to_string().contains("\"Euro\""));
        for (system, code) in
            [("http://example.org/animals", "cow"), ("http://example.org/nowhere", "x"), ("urn:ietf:bcp:47", "x_y")]
        {
            assert_eq!(lookup(&library(), &Asked { system, ..asked(code, &[]) }).unwrap_err().status(), 404);
        }
    }
}
