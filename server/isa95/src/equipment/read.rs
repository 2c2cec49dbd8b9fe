//! A plain document to [`Equipment`], naming everything that is wrong with it at once, each with its path.
//!
//! What the schema says is checked by its table; here is what watching and addresses want besides.

use super::{Equipment, EquipmentLevel, Property, address};
use crate::b2mml::{self, Form};
use crate::limits::Limits;
use crate::nearest;
use std::collections::HashSet;
use theriac_core::json::{self, Node, Object};
use theriac_core::{Code, Error, Issue, Result};

const TEXT_MAX: usize = 1024;
const PROPERTIES_MAX: usize = 1000;
const ID_RULE: &str = "must be 1 to 64 letters, digits, '_', '-' or '.', beginning and ending with a letter or digit";
const PROPERTY_ID_RULE: &str =
    "must be 1 to 64 letters, digits, '_' or '-', beginning and ending with a letter or digit";

impl Equipment {
    /// # Errors
    /// `Malformed` for what is not JSON; otherwise one issue for each thing that is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let node = json::parse(bytes)?;
        let found = b2mml::read(b2mml::kind("EquipmentType").unwrap_or(b2mml::nothing()), &node, Form::Plain, "");
        let known = |path: &str| found.issues.iter().any(|issue| issue.path == path);
        match (Self::view(&node), found.issues.is_empty()) {
            (equipment, true) => equipment,
            (Ok(_), false) => Err(Error::from_issues(found.issues)),
            (Err(error), false) => {
                let more: Vec<Issue> = error.issues.into_iter().filter(|issue| !known(&issue.path)).collect();
                Err(Error::from_issues(found.issues.into_iter().chain(more).collect()))
            }
        }
    }

    /// What watching needs of a document that is as the schema has it.
    ///
    /// # Errors
    /// One issue for each thing that is wrong.
    pub fn view(node: &Node<'_>) -> Result<Self> {
        let mut reader = Reader::default();
        let equipment = reader.equipment(node);
        match (equipment, reader.issues) {
            (Some(equipment), issues) if issues.is_empty() => Ok(equipment),
            (_, issues) => Err(Error::from_issues(issues)),
        }
    }
}

#[derive(Default)]
struct Reader {
    issues: Vec<Issue>,
}

impl Reader {
    fn equipment(&mut self, node: &Node<'_>) -> Option<Equipment> {
        let object = self.object(node, "")?;
        let id = self.id(object, "id", address::valid_equipment_id, ID_RULE);
        let description =
            member(object, "description").and_then(|node| node.items().first()).and_then(crate::resource_value);
        let description = description.map(str::to_owned);
        let equipment_level = self.level(object);
        let parent = self.text(object, "parent", "parent");
        if parent.as_deref().is_some_and(|p| !address::valid_equipment_id(p)) {
            self.issue("parent", ID_RULE);
        }
        let properties = self.properties(object);
        Some(Equipment { id: id?, description, equipment_level: equipment_level?, parent, properties })
    }

    fn level(&mut self, object: &Object<'_>) -> Option<EquipmentLevel> {
        let Some(name) = self.text(object, "equipmentLevel", "equipmentLevel") else {
            if member(object, "equipmentLevel").is_none() {
                self.issue("equipmentLevel", &format!("is needed; one of {}", EquipmentLevel::NAMES.join(", ")));
            }
            return None;
        };
        let level = EquipmentLevel::from_name(&name);
        if level.is_none() {
            self.issue("equipmentLevel", &nearest::unknown("level", &name, EquipmentLevel::NAMES));
        }
        level
    }

    fn properties(&mut self, object: &Object<'_>) -> Vec<Property> {
        let items = match member(object, "properties") {
            None => return Vec::new(),
            Some(Node::Array(items)) if items.len() <= PROPERTIES_MAX => items,
            Some(Node::Array(_)) => {
                self.issue("properties", &format!("must not hold more than {PROPERTIES_MAX} properties"));
                return Vec::new();
            }
            Some(other) => {
                self.issue("properties", &format!("must be an array of objects, not {}", other.kind()));
                return Vec::new();
            }
        };
        let numbered = items.iter().enumerate();
        let properties: Vec<_> = numbered.filter_map(|(i, n)| self.property(n, &format!("properties[{i}]"))).collect();
        let mut seen = HashSet::new();
        for (i, property) in properties.iter().enumerate() {
            if !seen.insert(property.id.as_str()) {
                self.issue(&format!("properties[{i}].id"), &format!("{:?} stands here twice", property.id));
            }
        }
        properties
    }

    fn property(&mut self, node: &Node<'_>, path: &str) -> Option<Property> {
        let object = self.object(node, path)?;
        let id = self.id(object, &format!("{path}.id"), address::valid_property_id, PROPERTY_ID_RULE);
        let unit = self.text(object, "unit", &format!("{path}.unit"));
        let limits = member(object, "limits").and_then(|node| self.limits(node, &format!("{path}.limits")));
        Some(Property { id: id?, unit, limits })
    }

    fn limits(&mut self, node: &Node<'_>, path: &str) -> Option<Limits> {
        let object = self.object(node, path)?;
        let mut end = |name: &str| {
            let node = member(object, name)?;
            let number = node.as_number().and_then(|text| text.parse::<f64>().ok());
            if number.is_none() {
                self.issue(&format!("{path}.{name}"), &format!("must be a number, not {}", node.kind()));
            }
            number
        };
        let limits = Limits { low: end("low"), high: end("high") };
        self.issues.extend(limits.fault(path));
        Some(limits)
    }

    fn object<'n, 'a>(&mut self, node: &'n Node<'a>, path: &str) -> Option<&'n Object<'a>> {
        let object = node.as_object();
        if object.is_none() {
            self.issue(path, &format!("must be an object, not {}", node.kind()));
        }
        object
    }

    /// The member `id`, needed, and of the form that `valid` knows.
    fn id(&mut self, object: &Object<'_>, path: &str, valid: fn(&str) -> bool, rule: &str) -> Option<String> {
        if member(object, "id").is_none() {
            self.issue(path, "is needed");
        }
        let id = self.text(object, "id", path)?;
        if !valid(&id) {
            self.issue(path, rule);
            return None;
        }
        Some(id)
    }

    fn text(&mut self, object: &Object<'_>, name: &str, path: &str) -> Option<String> {
        let node = member(object, name)?;
        match crate::resource_value(node) {
            Some("") => self.issue(path, "must not be empty; leave it out instead"),
            Some(text) if text.len() > TEXT_MAX => self.issue(path, &format!("is longer than {TEXT_MAX} bytes")),
            Some(text) => return Some(text.to_owned()),
            None => self.issue(path, &format!("must be a string, not {}", node.kind())),
        }
        None
    }

    fn issue(&mut self, path: &str, message: &str) {
        self.issues.push(Issue::new(Code::Invalid, path, message));
    }
}

/// A member that is there; `null` says that it is not.
fn member<'n, 'a>(object: &'n Object<'a>, name: &str) -> Option<&'n Node<'a>> {
    object.get(name).filter(|node| **node != Node::Null)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRESS: &str = r#"{"id":"press1","description":"Tablet press","equipmentLevel":"WorkCell","parent":"line1",
        "properties":[{"id":"force","unit":"kN","limits":{"low":8.5,"high":12}},{"id":"speed"}]}"#;

    fn issues(document: &str) -> Vec<(String, String)> {
        let error = Equipment::parse(document.as_bytes()).unwrap_err();
        error.issues.into_iter().map(|i| (i.path, i.message)).collect()
    }

    #[test]
    fn a_document_comes_back_as_it_went_in() {
        let press = Equipment::parse(PRESS.as_bytes()).unwrap();
        assert_eq!(press.property("force").unwrap().limits, Some(Limits { low: Some(8.5), high: Some(12.0) }));
        assert_eq!(press.addresses().collect::<Vec<_>>(), ["press1.force", "press1.speed"]);
        let written = serde_json::to_string(&press).unwrap();
        assert_eq!(Equipment::parse(written.as_bytes()).unwrap(), press);
        assert_eq!(serde_json::from_str::<Equipment>(PRESS).unwrap(), press);
    }

    #[test]
    fn everything_wrong_is_named_at_once_with_its_path() {
        let document = r#"{"id":"-x","equipmentLevel":"Workcell","parnt":"line1","properties":[
            {"id":"a.b"},{"unit":3,"id":"c","limits":{"low":5,"high":"x","hihg":1}},7]}"#;
        let paths: Vec<String> = issues(document).into_iter().map(|(path, _)| path).collect();
        assert_eq!(
            paths,
            [
                "parnt",
                "equipmentLevel",
                "properties[1].unit",
                "properties[1].limits.hihg",
                "properties[1].limits.high",
                "properties[2]",
                "id",
                "properties[0].id"
            ]
        );
    }

    #[test]
    fn messages_name_what_was_meant() {
        let found = issues(r#"{"id":"x","equipmentLevel":"Workcell","parnt":"line1"}"#);
        assert!(found[0].1.contains("did you mean \"parent\"?"), "{found:?}");
        assert!(found[1].1.contains("did you mean \"WorkCell\"?"), "{found:?}");
    }

    #[test]
    fn what_is_needed_is_asked_for() {
        let paths: Vec<String> = issues("{}").into_iter().map(|(path, _)| path).collect();
        assert_eq!(paths, ["id", "equipmentLevel"]);
        assert_eq!(issues(r#"{"id":null,"equipmentLevel":"Site","parent":null}"#)[0].0, "id");
        assert!(issues("[]")[0].1.contains("must be an object, not an array"));
        assert_eq!(Equipment::parse(b"{").unwrap_err().code, Code::Malformed);
    }

    #[test]
    fn a_property_stands_once_and_its_limits_in_order() {
        let twice = r#"{"id":"x","equipmentLevel":"Unit","properties":[{"id":"a"},{"id":"a"}]}"#;
        assert_eq!(issues(twice), [("properties[1].id".to_owned(), "\"a\" stands here twice".to_owned())]);
        let crossed = r#"{"id":"x","equipmentLevel":"Unit","properties":[{"id":"a","limits":{"low":2,"high":1}}]}"#;
        assert_eq!(issues(crossed)[0].0, "properties[0].limits");
    }

    #[test]
    fn a_limit_too_large_for_a_number_is_refused() {
        let huge = r#"{"id":"x","equipmentLevel":"Unit","properties":[{"id":"a","limits":{"high":1e999}}]}"#;
        assert!(issues(huge)[0].1.contains("finite"));
    }
}
