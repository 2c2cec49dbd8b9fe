//! Just enough of XML Schema 1.0 (<https://www.w3.org/TR/xmlschema-1/>) to read B2MML's: named types, sequences,
//! choices, groups, simple content by restriction and extension. What else there is, is refused by name.

use crate::Result;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use std::collections::BTreeMap;
use std::path::Path;

/// One element of a schema file.
#[derive(Debug, Default, Clone)]
pub struct Element {
    name: String,
    attributes: BTreeMap<String, String>,
    children: Vec<Element>,
}

#[derive(Default)]
pub struct Schema {
    /// Global elements and their types.
    pub elements: BTreeMap<String, String>,
    types: BTreeMap<String, Element>,
    groups: BTreeMap<String, Element>,
}

pub enum Particle {
    /// `occurs` is empty for one, or `?`, `*`, `+`.
    Element {
        name: String,
        kind: String,
        nillable: bool,
        /// Of no namespace, as its schema file does not say `elementFormDefault`.
        bare: bool,
        occurs: &'static str,
    },
    Choice {
        of: Vec<Particle>,
        occurs: &'static str,
    },
    /// Whatever another namespace puts there.
    Any,
}

/// A type that is text with attributes.
#[derive(Default)]
pub struct Text {
    /// Without `xsd:`.
    pub base: String,
    pub attributes: Vec<String>,
    pub values: Vec<String>,
}

impl Schema {
    pub fn open(folder: &Path) -> Result<Self> {
        let entries = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "xsd"));
        files.sort();
        let mut schema = Self::default();
        for file in files {
            let text = std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
            schema.add(parse(&text).map_err(|e| format!("{}: {e}", file.display()))?);
        }
        if schema.types.is_empty() { Err(format!("no types in {}", folder.display())) } else { Ok(schema) }
    }

    fn add(&mut self, root: Element) {
        let bare = root.attributes.get("elementFormDefault").is_none_or(|form| form != "qualified");
        for mut child in root.children {
            if bare {
                child.mark_bare();
            }
            let Some(name) = child.attributes.get("name").cloned() else { continue };
            match child.name.as_str() {
                "complexType" | "simpleType" => drop(self.types.insert(name, child)),
                "group" => drop(self.groups.insert(name, child)),
                "element" => {
                    self.elements.extend(child.attributes.get("type").cloned().map(|kind| (name, kind)));
                }
                _ => {}
            }
        }
    }

    pub fn has(&self, kind: &str) -> bool {
        self.types.contains_key(kind)
    }

    fn named(&self, kind: &str) -> Result<&Element> {
        self.types.get(kind).ok_or_else(|| format!("there is no type {kind}"))
    }

    /// Attributes of a type with members; `!` after the name of one that is needed.
    pub fn attributes(&self, kind: &str) -> Vec<String> {
        self.types.get(kind).map(attributes).unwrap_or_default()
    }

    /// What a type of text comes down to; `None` for one with members.
    pub fn text(&self, kind: &str) -> Result<Option<Text>> {
        if let Some(base) = kind.strip_prefix("xsd:") {
            return Ok(Some(Text { base: base.to_owned(), ..Text::default() }));
        }
        let element = self.named(kind)?;
        let content = element.find("simpleContent").unwrap_or(element);
        if element.name == "simpleType" && element.find("union").is_some() {
            return Ok(Some(Text { base: "string".to_owned(), ..Text::default() }));
        }
        let Some(derived) = content.find("restriction").or(content.find("extension")) else { return Ok(None) };
        let base = derived.attributes.get("base").ok_or_else(|| format!("{kind} has no base"))?;
        let mut text = self.text(base)?.ok_or_else(|| format!("{kind} is not text"))?;
        text.attributes.extend(attributes(derived));
        let values = derived.children.iter().filter(|child| child.name == "enumeration");
        let values: Vec<String> = values.filter_map(|value| value.attributes.get("value").cloned()).collect();
        if !values.is_empty() {
            text.values = values;
        }
        Ok(Some(text))
    }

    /// What a type with members holds, groups unfolded. The places for extensions are left out.
    pub fn particles(&self, kind: &str) -> Result<Vec<Particle>> {
        let element = self.named(kind)?;
        let bodies = element.children.iter().filter(|child| !matches!(child.name.as_str(), "attribute" | "annotation"));
        let mut out = Vec::new();
        for body in bodies {
            self.walk(body, &mut out)?;
        }
        Ok(out)
    }

    fn walk(&self, body: &Element, out: &mut Vec<Particle>) -> Result<()> {
        match body.name.as_str() {
            "annotation" => Ok(()),
            "sequence" => body.children.iter().try_for_each(|child| self.walk(child, out)),
            "group" => match body.attributes.get("ref").map(String::as_str) {
                Some(name) if name.starts_with("Extended:") => Ok(()),
                Some(name) => {
                    let group = self.groups.get(name).ok_or_else(|| format!("there is no group {name}"))?;
                    group.children.iter().try_for_each(|child| self.walk(child, out))
                }
                None => body.children.iter().try_for_each(|child| self.walk(child, out)),
            },
            "choice" => {
                let mut of = Vec::new();
                body.children.iter().try_for_each(|child| self.walk(child, &mut of))?;
                out.push(Particle::Choice { of, occurs: occurs(body)? });
                Ok(())
            }
            "any" => {
                out.push(Particle::Any);
                Ok(())
            }
            "element" => {
                out.push(self.element(body)?);
                Ok(())
            }
            other => Err(format!("the schema uses {other}, which is not read here")),
        }
    }

    fn element(&self, body: &Element) -> Result<Particle> {
        let name = body.attributes.get("name").or(body.attributes.get("ref")).ok_or("an element without a name")?;
        let declared = body.attributes.get("type").or_else(|| self.elements.get(name));
        // ConfirmBOD's DataArea is the one type without a name that is wanted.
        let kind = declared.cloned().unwrap_or_else(|| "any".to_owned());
        let nillable = body.attributes.get("nillable").is_some_and(|text| text == "true");
        let bare = body.attributes.contains_key(BARE);
        Ok(Particle::Element { name: name.clone(), kind, nillable, bare, occurs: occurs(body)? })
    }
}

/// An attribute that no schema has.
const BARE: &str = "(bare)";

impl Element {
    fn mark_bare(&mut self) {
        self.attributes.insert(BARE.to_owned(), String::new());
        self.children.iter_mut().for_each(Self::mark_bare);
    }

    fn find(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }
}

fn attributes(element: &Element) -> Vec<String> {
    let declared = element.children.iter().filter(|child| child.name == "attribute");
    let named = |attribute: &Element| {
        let needed = attribute.attributes.get("use").is_some_and(|text| text == "required");
        Some(format!("{}{}", attribute.attributes.get("name")?, if needed { "!" } else { "" }))
    };
    declared.filter_map(named).collect()
}

fn occurs(element: &Element) -> Result<&'static str> {
    let of = |name: &str| element.attributes.get(name).map_or("1", String::as_str);
    match (of("minOccurs"), of("maxOccurs")) {
        ("1", "1") => Ok(""),
        ("0", "1") => Ok("?"),
        ("0", "unbounded") => Ok("*"),
        ("1", "unbounded") => Ok("+"),
        (least, most) => Err(format!("an element that occurs {least} to {most} times is not read here")),
    }
}

fn parse(text: &str) -> Result<Element> {
    let mut reader = Reader::from_str(text);
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event().map_err(|e| e.to_string())? {
            Event::Start(start) => open.push(element(&start)?),
            Event::Empty(start) => {
                let empty = element(&start)?;
                open.last_mut().ok_or("an end without a start")?.children.push(empty);
            }
            Event::End(_) => {
                let done = open.pop().ok_or("an end without a start")?;
                open.last_mut().ok_or("an end without a start")?.children.push(done);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    open.pop().and_then(|mut root| root.children.pop()).ok_or_else(|| "it is empty".to_owned())
}

fn element(start: &BytesStart<'_>) -> Result<Element> {
    let name = local(start.name().as_ref()).to_owned();
    let mut attributes = BTreeMap::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|e| e.to_string())?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|e| e.to_string())?.into_owned();
        attributes.insert(attribute.key.as_ref().to_owned(), value);
    }
    Ok(Element { name, attributes, children: Vec::new() })
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}
