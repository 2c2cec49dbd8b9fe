//! Any of the three forms to a plain document, by the table: names, order, how often, and what a value looks like.
//! Everything that is wrong is named at once, with its path in the words of the form it came in.

use super::lexical;
use super::table::{Choice, Kind, Member};
use crate::nearest;
use std::borrow::Cow;
use theriac_core::json::{Node, Object};
use theriac_core::{Code, Issue};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Plain,
    /// B2MML's JSON.
    Json,
    /// A tree read from XML: every value is a text, a list of one is not a list.
    Xml,
}

/// What a member of a document is read as, and what is wrong with it.
pub struct Found {
    pub node: Node<'static>,
    pub issues: Vec<Issue>,
}

/// Reads a document of this type; its path stands in front of those of its members.
pub fn read(kind: &Kind, node: &Node<'_>, form: Form, path: &str) -> Found {
    let mut reader = Reader { form, issues: Vec::new() };
    let node = reader.any(kind, node, path).unwrap_or(Node::Null);
    Found { node, issues: reader.issues }
}

struct Reader {
    form: Form,
    issues: Vec<Issue>,
}

impl Reader {
    fn any(&mut self, kind: &Kind, node: &Node<'_>, path: &str) -> Option<Node<'static>> {
        if kind.text.is_some() { self.value(kind, node, path) } else { self.object(kind, node, path) }
    }

    fn object(&mut self, kind: &Kind, node: &Node<'_>, path: &str) -> Option<Node<'static>> {
        let empty = Object::default();
        let object = match node {
            Node::Object(object) => object,
            // <Sync/> has neither members nor text.
            Node::String(text) if self.form == Form::Xml && text.trim().is_empty() => &empty,
            other => return self.issue(path, &format!("must be an object, not {}", other.kind())),
        };
        if kind.any {
            return Some(Node::Object(Object::default()));
        }
        let mut out = Object::default();
        for name in &kind.attributes {
            if let Some(value) = object.get(&format!("@{name}")) {
                out.set(&format!("@{name}"), value.clone().into_owned());
            }
        }
        for name in kind.needed.iter().filter(|name| object.get(&format!("@{name}")).is_none()) {
            self.issue::<()>(&at(path, &format!("@{name}")), "is needed");
        }
        self.unknown(kind, object, path);
        for member in &kind.members {
            if let Some(value) = self.name(member).and_then(|name| object.get(name)) {
                self.member(member, value, path, &mut out);
            }
        }
        self.missing(kind, &out, path);
        Some(Node::Object(out))
    }

    /// What the form calls a member; B2MML has no name for Theriac's own.
    fn name<'m>(&self, member: &'m Member) -> Option<&'m str> {
        if self.form == Form::Plain { Some(&member.plain) } else { member.element }
    }

    fn unknown(&mut self, kind: &Kind, object: &Object<'_>, path: &str) {
        let known: Vec<&str> = kind.members.iter().filter_map(|member| self.name(member)).collect();
        for (name, _) in object.iter().filter(|(name, _)| !known.contains(name)) {
            let attribute = name.strip_prefix('@').is_some_and(|name| kind.attributes.contains(&name));
            if !attribute {
                self.issue::<()>(&at(path, name), &nearest::unknown("member", name, &known));
            }
        }
    }

    fn member(&mut self, member: &Member, value: &Node<'_>, path: &str, out: &mut Object<'static>) {
        let Some(name) = self.name(member) else { return };
        let path = at(path, name);
        let kind = member.kind();
        let items = match value {
            Node::Null if member.nillable && !member.many => return out.set(&member.plain, Node::Null),
            Node::Null => return,
            Node::Array(items) if member.many => items,
            Node::Array(items) if self.form != Form::Xml || items.len() > 1 => {
                return self.issue::<()>(&path, "stands here once, not as a list").unwrap_or_default();
            }
            one => std::slice::from_ref(one),
        };
        if !member.many {
            if let Some(node) = items.first().and_then(|item| self.any(kind, item, &path)) {
                out.set(&member.plain, node);
            }
            return;
        }
        let listed = matches!(value, Node::Array(_));
        let mut list = Vec::with_capacity(items.len());
        for (i, item) in items.iter().enumerate() {
            let path = if listed { format!("{path}[{i}]") } else { path.clone() };
            match item {
                Node::Null if member.nillable => list.push(Node::Null),
                item => list.extend(self.any(kind, item, &path)),
            }
        }
        // One description is as good as a list of one, and easier to read.
        match <[Node<'_>; 1]>::try_from(list) {
            Ok([one]) if kind.name == "DescriptionType" => out.set(&member.plain, one),
            Ok([one]) => out.set(&member.plain, Node::Array(vec![one])),
            Err(list) if list.is_empty() => {}
            Err(list) => out.set(&member.plain, Node::Array(list)),
        }
    }

    fn missing(&mut self, kind: &Kind, out: &Object<'_>, path: &str) {
        let mut last: Option<Choice> = None;
        for member in &kind.members {
            let Some(name) = self.name(member) else { continue };
            if member.needed && out.get(&member.plain).is_none() {
                let told = at(path, name);
                if !self.issues.iter().any(|issue| issue.path.starts_with(&told)) {
                    self.issue::<()>(&told, "is needed");
                }
            }
            if let Some(choice) = member.choice.filter(|choice| last != Some(*choice)) {
                last = Some(choice);
                self.choice(kind, choice, out, path);
            }
        }
    }

    fn choice(&mut self, kind: &Kind, choice: Choice, out: &Object<'_>, path: &str) {
        let of: Vec<&Member> = kind.members.iter().filter(|member| member.choice == Some(choice)).collect();
        let given = of.iter().filter(|member| out.get(&member.plain).is_some()).count();
        let names: Vec<&str> = of.iter().filter_map(|member| self.name(member)).collect();
        let names = if names.len() > 6 { names[..6].join(", ") + ", ..." } else { names.join(", ") };
        if given > 1 && !choice.many {
            self.issue::<()>(path, &format!("only one of {names} may stand here"));
        } else if given == 0 && choice.needed {
            self.issue::<()>(path, &format!("one of {names} is needed"));
        }
    }

    fn value(&mut self, kind: &Kind, node: &Node<'_>, path: &str) -> Option<Node<'static>> {
        let Node::Object(object) = node else { return self.text(kind, node, path) };
        let mut out = Object::default();
        for (name, value) in object.iter() {
            match name.strip_prefix('@') {
                Some(attribute) if kind.attributes.contains(&attribute) => match value.as_str() {
                    Some(text) => out.set(name, Node::string(self.clean(text, &at(path, name)))),
                    None => self.issue(&at(path, name), "must be a string").unwrap_or_default(),
                },
                _ if name == "$" => {}
                _ => {
                    let known: Vec<String> = kind.attributes.iter().map(|name| format!("@{name}")).collect();
                    let known: Vec<&str> = known.iter().map(String::as_str).chain(["$"]).collect();
                    self.issue::<()>(&at(path, name), &nearest::unknown("member", name, &known));
                }
            }
        }
        let text = object.get("$").cloned().unwrap_or(Node::String(Cow::Borrowed("")));
        let value = self.text(kind, &text, path)?;
        if out.0.is_empty() {
            return Some(value);
        }
        out.set_at(0, "$", value);
        Some(Node::Object(out))
    }

    fn text(&mut self, kind: &Kind, node: &Node<'_>, path: &str) -> Option<Node<'static>> {
        let text = kind.text.as_ref()?;
        let numeric = matches!(text.base, "decimal" | "double" | "integer");
        let value = match node {
            Node::Number(number) if numeric => Ok(Node::Number(Cow::Owned(number.clone().into_owned()))),
            Node::Bool(value) if text.base == "boolean" => Ok(Node::Bool(*value)),
            Node::String(given) if self.form == Form::Xml || !(numeric || text.base == "boolean") => {
                let clean = self.clean(given, path);
                lexical::value(text.base, clean)
            }
            _ if numeric => Err("must be a number"),
            _ if text.base == "boolean" => Err("must be true or false"),
            other => {
                return self.issue(path, &format!("must be a string, not {}", other.kind()));
            }
        };
        let value = match value {
            Ok(value) => value,
            Err(expected) => return self.issue(path, expected),
        };
        match value.as_str() {
            Some(given) if !text.values.is_empty() && !text.values.contains(&given) => {
                self.issue(path, &nearest::unknown("value", given, &text.values))
            }
            _ => Some(value),
        }
    }

    /// Characters that XML cannot carry (XML 1.0, 2.2) are named.
    fn clean<'t>(&mut self, text: &'t str, path: &str) -> &'t str {
        let wrong = |c: char| (c < ' ' && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}');
        if let Some(c) = text.chars().find(|c| wrong(*c)) {
            let why = format!("holds the character U+{:04X}, which XML cannot carry", u32::from(c));
            self.issue::<()>(path, &why);
        }
        text
    }

    fn issue<T>(&mut self, path: &str, message: &str) -> Option<T> {
        self.issues.push(Issue::new(Code::Invalid, path, message));
        None
    }
}

fn at(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

#[cfg(test)]
mod tests {
    use super::super::table::kind;
    use super::*;
    use theriac_core::json;

    fn lot(text: &str, form: Form) -> (String, Vec<String>) {
        let found = read(kind("MaterialLotType").unwrap(), &json::parse(text.as_bytes()).unwrap(), form, "");
        (found.node.to_string(), found.issues.into_iter().map(|i| format!("{}: {}", i.path, i.message)).collect())
    }

    #[test]
    fn both_json_forms_are_one_document() {
        let plain = r#"{"id":"L1","description":"Active","status":"Valid","quantity":[{"quantityString":"0.41","unitOfMeasure":"KG"}]}"#;
        let b2mml = r#"{"Status":{"$":"Valid"},"ID":{"$":"L1"},"Description":[{"$":"Active"}],
            "Quantity":[{"UnitOfMeasure":"KG","QuantityString":{"$":"0.41"}}]}"#;
        assert_eq!(lot(plain, Form::Plain), (plain.to_owned(), Vec::new()));
        assert_eq!(lot(b2mml, Form::Json), (plain.to_owned(), Vec::new()));
    }

    #[test]
    fn what_has_attributes_keeps_them() {
        let plain = r#"{"id":{"$":"L1","@schemeName":"SAP"},"description":[{"$":"a","@languageID":"en"},"b"]}"#;
        assert_eq!(lot(plain, Form::Plain), (plain.to_owned(), Vec::new()));
        assert!(lot(r#"{"id":{"$":"x","@unit":"g"}}"#, Form::Plain).1[0].starts_with("id.@unit:"));
    }

    #[test]
    fn everything_wrong_is_named_with_its_path() {
        let wrong = r#"{"staus":"x","effectiveStartDate":"yesterday","assemblyType":"physical",
            "quantity":[{"unitOfMeasure":"KG"}],"hierarchyScope":{"equipmentID":"basel"},"status":[1]}"#;
        let (_, issues) = lot(wrong, Form::Plain);
        let paths: Vec<&str> = issues.iter().filter_map(|issue| issue.split(": ").next()).collect();
        let expected = [
            "staus",
            "effectiveStartDate",
            "hierarchyScope",
            "status",
            "quantity[0].quantityString",
            "assemblyType",
            "id",
        ];
        assert_eq!(paths, expected, "{issues:#?}");
        assert!(issues[0].contains("did you mean \"status\"?") && issues[5].contains("\"Physical\""), "{issues:#?}");
    }

    #[test]
    fn theriacs_own_members_are_not_b2mml() {
        let kind = kind("EquipmentType").unwrap();
        let node = json::parse(br#"{"id":"a","parent":"b"}"#).unwrap();
        assert!(read(kind, &node, Form::Plain, "").issues.is_empty());
        let node = json::parse(br#"{"ID":"a","parent":"b"}"#).unwrap();
        assert_eq!(read(kind, &node, Form::Json, "").issues.len(), 1);
    }

    #[test]
    fn nil_is_kept_where_the_schema_has_it() {
        let plain = r#"{"id":"L1","properties":[{"id":"p","value":[{"valueString":null}]}]}"#;
        assert_eq!(lot(plain, Form::Plain), (plain.to_owned(), Vec::new()));
        assert_eq!(lot(r#"{"id":"L1","status":null}"#, Form::Plain).0, r#"{"id":"L1"}"#);
    }
}
