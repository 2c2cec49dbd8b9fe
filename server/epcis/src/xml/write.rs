//! Events out of their JSON into XML, 2.0 or 1.2. EPCIS 2.0 section 9.3, EPCIS 1.2 section 9.3.

use super::markup::Markup;
use super::order::{self, Holds, Row, Since};
use crate::event::{EVENT_TYPES, EventType};
use crate::namespaces::Namespaces;
use crate::translate::{CbvXmlFormat, WORDS, word};
use crate::vocabulary::{BIZ_TRANSACTION_TYPE, DISPOSITION, ERROR_REASON, SOURCE_DESTINATION_TYPE, Vocabulary};
use theriac_core::Result;
use theriac_core::json::{Node, Object};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    V1_2,
    V2_0,
}

/// Writes events one after the other.
pub struct Writer {
    pub version: Version,
    format: CbvXmlFormat,
    pub(super) markup: Markup,
}

impl Writer {
    pub fn new(version: Version, format: CbvXmlFormat) -> Self {
        Self { version, format, markup: Markup::new(version == Version::V1_2) }
    }

    pub fn finish(self) -> Vec<u8> {
        self.markup.out
    }

    /// Adds an event.
    ///
    /// # Errors
    /// `NotAcceptable` for a character that XML does not have.
    pub fn event(&mut self, event: &Object<'_>) -> Result<()> {
        let spaces = Namespaces::default().with(event.get("@context"));
        let name = event.text("type").unwrap_or("ObjectEvent");
        let kind = EVENT_TYPES.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
        let wrappers = match (self.version, kind) {
            (Version::V1_2, Some(EventType::Transformation)) => 1,
            (Version::V1_2, Some(EventType::Association) | None) => 2,
            (Version::V2_0, None) => 1,
            _ => 0,
        };
        self.open_all("extension", wrappers);
        let kind = kind.unwrap_or(EventType::Extension);
        let scoped = self.markup.scoped();
        let element = self.markup.begin(name, &spaces)?;
        self.markup.declare(spaces.own())?;
        self.markup.raw(">");
        self.members(event, kind, &spaces)?;
        self.markup.close(&element);
        self.markup.forget(scoped);
        self.close_all("extension", wrappers);
        Ok(())
    }

    fn members(&mut self, event: &Object<'_>, kind: EventType, spaces: &Namespaces) -> Result<()> {
        let names = if kind == EventType::Extension { every() } else { [order::ALL, order::of(kind)].concat() };
        for name in &names {
            if *name == "baseExtension" {
                self.base_extension(event, kind, spaces)?;
            } else if let Some(row) = order::find(name)
                && (self.level(kind, row) == 0)
            {
                self.row(event, row, spaces)?;
            }
        }
        self.extension(event, kind, &names, spaces)?;
        for (name, value) in event.iter().filter(|(name, _)| is_extension(name)) {
            if !self.is_unqualified(name, spaces) {
                self.extra(name, value, spaces)?;
            }
        }
        Ok(())
    }

    /// How many `extension` elements stand around the element; one in the base is 1.
    fn level(&self, kind: EventType, row: &Row) -> usize {
        match (self.version, kind, order::since(kind, row)) {
            (Version::V2_0, ..) | (_, EventType::Extension | EventType::Association, _) => match row.since {
                Since::Base if self.version == Version::V1_2 => 1,
                _ => 0,
            },
            (.., Since::First) => 0,
            (.., Since::Base | Since::V1_1) | (_, EventType::Transformation, Since::V2_0) => 1,
            (.., Since::V2_0) => 2,
        }
    }

    fn base_extension(&mut self, event: &Object<'_>, kind: EventType, spaces: &Namespaces) -> Result<()> {
        let rows = order::ROWS.iter().filter(|row| row.since == Since::Base && event.get(row.name).is_some());
        let rows: Vec<&Row> = rows.filter(|row| self.level(kind, row) > 0).collect();
        if rows.is_empty() {
            return Ok(());
        }
        self.open("baseExtension");
        for row in rows {
            // Not yet known in 1.2.
            let later = usize::from(row.name == "certificationInfo");
            self.open_all("extension", later);
            self.row(event, row, spaces)?;
            self.close_all("extension", later);
        }
        self.close("baseExtension");
        Ok(())
    }

    /// The nested elements of 1.2, and what a vendor put there without a namespace.
    fn extension(&mut self, event: &Object<'_>, kind: EventType, names: &[&str], spaces: &Namespaces) -> Result<()> {
        if self.version == Version::V2_0 {
            return Ok(());
        }
        let rows = names.iter().filter_map(|name| order::find(name)).filter(|row| row.since != Since::Base);
        let rows: Vec<&Row> = rows.filter(|row| event.get(row.name).is_some()).collect();
        let at = |level: usize| rows.iter().copied().filter(|row| self.level(kind, row) == level).collect();
        let (first, second): (Vec<&Row>, Vec<&Row>) = (at(1), at(2));
        let vendor: Vec<_> =
            event.iter().filter(|(name, _)| is_extension(name) && self.is_unqualified(name, spaces)).collect();
        let inner = !second.is_empty() || !vendor.is_empty();
        if first.is_empty() && !inner {
            return Ok(());
        }
        self.open("extension");
        for row in first {
            self.row(event, row, spaces)?;
        }
        self.open_all("extension", usize::from(inner));
        for row in second {
            self.row(event, row, spaces)?;
        }
        for (name, value) in vendor {
            let local = spaces.split(name).map_or(name, |(_, local)| local);
            self.value(local, value, spaces)?;
        }
        self.close_all("extension", usize::from(inner));
        self.close("extension");
        Ok(())
    }

    /// Came from 1.2 without a namespace, and goes back there without one.
    fn is_unqualified(&self, name: &str, spaces: &Namespaces) -> bool {
        self.version == Version::V1_2 && spaces.split(name).is_some_and(|(space, _)| space == super::VENDOR)
    }

    fn row(&mut self, event: &Object<'_>, row: &Row, spaces: &Namespaces) -> Result<()> {
        let Some(node) = event.get(row.name) else { return self.required(event, row) };
        match row.holds {
            Holds::Text => self.leaf(row.name, &self.spelled(row.name, node, spaces))?,
            Holds::Texts => {
                for item in node.items() {
                    self.leaf(row.name, &text(item))?;
                }
            }
            Holds::List(item) => self.list(row.name, node, |this, n| this.leaf(item, &text(n)))?,
            Holds::Typed(item) => self.list(row.name, node, |this, n| this.typed(item, n, spaces))?,
            Holds::Quantities => self.list(row.name, node, Self::quantity)?,
            Holds::Place => self.known(row.name, node, &["id"], spaces)?,
            Holds::ErrorDeclaration => self.declaration(node, spaces)?,
            Holds::PersistentDisposition => {
                self.open(row.name);
                for which in ["unset", "set"] {
                    for item in node.get(which).map_or(&[][..], Node::items) {
                        self.leaf(which, &self.in_words(&DISPOSITION, &text(item), spaces))?;
                    }
                }
                self.close(row.name);
            }
            Holds::Sensors => self.list(row.name, node, |this, n| this.sensor(n, spaces))?,
            Holds::Ilmd => self.known(row.name, node, &[], spaces)?,
        }
        Ok(())
    }

    /// 1.2 wants the list also where it is empty.
    fn required(&mut self, event: &Object<'_>, row: &Row) -> Result<()> {
        let wanted = match event.text("type") {
            Some("ObjectEvent" | "TransactionEvent") => "epcList",
            Some("AggregationEvent") => "childEPCs",
            _ => return Ok(()),
        };
        if self.version == Version::V1_2 && row.name == wanted {
            self.list(wanted, &Node::Null, |_, _| Ok(()))?;
        }
        Ok(())
    }

    pub(super) fn open(&mut self, name: &str) {
        self.markup.open(name);
    }

    pub(super) fn close(&mut self, name: &str) {
        self.markup.close(name);
    }

    fn open_all(&mut self, name: &str, times: usize) {
        (0..times).for_each(|_| self.open(name));
    }

    fn close_all(&mut self, name: &str, times: usize) {
        (0..times).for_each(|_| self.close(name));
    }

    pub(super) fn leaf(&mut self, name: &str, text: &str) -> Result<()> {
        self.markup.leaf(name, text)
    }

    fn list(&mut self, name: &str, node: &Node<'_>, each: impl Fn(&mut Self, &Node<'_>) -> Result<()>) -> Result<()> {
        self.open(name);
        for item in node.items() {
            each(self, item)?;
        }
        self.close(name);
        Ok(())
    }

    fn typed(&mut self, item: &str, node: &Node<'_>, spaces: &Namespaces) -> Result<()> {
        let vocabulary = if item == "bizTransaction" { &BIZ_TRANSACTION_TYPE } else { &SOURCE_DESTINATION_TYPE };
        self.markup.raw("<");
        self.markup.raw(item);
        if let Some(kind) = node.text("type") {
            let kind = self.in_words(vocabulary, kind, spaces);
            self.markup.attribute("type", &kind, spaces)?;
        }
        self.markup.raw(">");
        self.markup.text(node.text(item).unwrap_or_default())?;
        self.markup.close(item);
        Ok(())
    }

    fn quantity(&mut self, node: &Node<'_>) -> Result<()> {
        self.open("quantityElement");
        for name in ["epcClass", "quantity", "uom"] {
            if let Some(value) = node.get(name) {
                self.leaf(name, &text(value))?;
            }
        }
        self.close("quantityElement");
        Ok(())
    }

    fn declaration(&mut self, node: &Node<'_>, spaces: &Namespaces) -> Result<()> {
        self.open("errorDeclaration");
        if let Some(time) = node.text("declarationTime") {
            self.leaf("declarationTime", time)?;
        }
        if let Some(reason) = node.text("reason") {
            self.leaf("reason", &self.in_words(&ERROR_REASON, reason, spaces))?;
        }
        if let Some(ids) = node.get("correctiveEventIDs") {
            self.list("correctiveEventIDs", ids, |this, id| this.leaf("correctiveEventID", &text(id)))?;
        }
        self.extras(node, &["declarationTime", "reason", "correctiveEventIDs"], spaces)?;
        self.close("errorDeclaration");
        Ok(())
    }

    /// An object of these members as elements, then users' own.
    fn known(&mut self, name: &str, node: &Node<'_>, known: &[&str], spaces: &Namespaces) -> Result<()> {
        self.open(name);
        for member in known {
            if let Some(value) = node.get(member) {
                self.leaf(member, &text(value))?;
            }
        }
        self.extras(node, known, spaces)?;
        self.close(name);
        Ok(())
    }

    fn sensor(&mut self, node: &Node<'_>, spaces: &Namespaces) -> Result<()> {
        self.open("sensorElement");
        if let Some(metadata) = node.get("sensorMetadata") {
            self.attributes("sensorMetadata", metadata, spaces)?;
        }
        for report in node.get("sensorReport").map_or(&[][..], Node::items) {
            self.attributes("sensorReport", report, spaces)?;
        }
        self.extras(node, &["sensorMetadata", "sensorReport"], spaces)?;
        self.close("sensorElement");
        Ok(())
    }

    fn attributes(&mut self, name: &str, node: &Node<'_>, spaces: &Namespaces) -> Result<()> {
        let members = || node.as_object().into_iter().flat_map(Object::iter).filter(|(name, _)| *name != "@context");
        let nested = |value: &Node<'_>| matches!(value, Node::Object(_) | Node::Array(_));
        let scoped = self.markup.scoped();
        self.markup.raw("<");
        self.markup.raw(name);
        for (member, value) in members().filter(|(_, value)| !nested(value)) {
            let text = self.spelled(member, value, spaces);
            self.markup.attribute(member, &text, spaces)?;
        }
        self.markup.raw(">");
        for (member, value) in members().filter(|(_, value)| nested(value)) {
            self.extra(member, value, spaces)?;
        }
        self.markup.close(name);
        self.markup.forget(scoped);
        Ok(())
    }

    fn extras(&mut self, node: &Node<'_>, known: &[&str], spaces: &Namespaces) -> Result<()> {
        let spaces = spaces.with(node.get("@context"));
        for (name, value) in node.as_object().into_iter().flat_map(Object::iter) {
            if name != "@context" && !known.contains(&name) {
                self.extra(name, value, &spaces)?;
            }
        }
        Ok(())
    }

    /// A member of a user's own namespace; an array becomes as many elements.
    pub(super) fn extra(&mut self, name: &str, node: &Node<'_>, spaces: &Namespaces) -> Result<()> {
        match node {
            Node::Array(items) => items.iter().try_for_each(|item| self.extra(name, item, spaces)),
            one => self.value(name, one, spaces),
        }
    }

    fn value(&mut self, name: &str, node: &Node<'_>, spaces: &Namespaces) -> Result<()> {
        let spaces = spaces.with(node.get("@context"));
        let members = || node.as_object().into_iter().flat_map(Object::iter).filter(|(name, _)| *name != "@context");
        let scoped = self.markup.scoped();
        let element = self.markup.begin(name, &spaces)?;
        for (member, value) in members() {
            if let Some(attribute) = member.strip_prefix('@') {
                self.markup.attribute(attribute, &text(value), &spaces)?;
            }
        }
        self.markup.raw(">");
        match node {
            Node::Object(_) => {
                for (member, value) in members().filter(|(member, _)| !member.starts_with('@')) {
                    match member {
                        "#text" => self.markup.text(&text(value))?,
                        _ => self.extra(member, value, &spaces)?,
                    }
                }
            }
            Node::Null => {}
            scalar => self.markup.text(&text(scalar))?,
        }
        self.markup.close(&element);
        self.markup.forget(scoped);
        Ok(())
    }

    fn spelled(&self, member: &str, node: &Node<'_>, spaces: &Namespaces) -> String {
        let text = text(node);
        match WORDS.iter().find(|(name, _)| *name == member) {
            Some((_, words)) => self.in_words(words, &text, spaces),
            None => text,
        }
    }

    fn in_words(&self, words: &Vocabulary, text: &str, spaces: &Namespaces) -> String {
        let format = if self.version == Version::V1_2 { CbvXmlFormat::AlwaysUrn } else { self.format };
        word(words, text, spaces, format)
    }
}

fn every() -> Vec<&'static str> {
    let rows = order::ROWS.iter().map(|row| row.name).filter(|name| !order::ALL.contains(name));
    order::ALL.iter().copied().chain(rows).collect()
}

/// Is this none of the standard's members?
fn is_extension(name: &str) -> bool {
    !matches!(name, "@context" | "type") && order::find(name).is_none()
}

fn text(node: &Node<'_>) -> String {
    match node {
        Node::String(text) => text.to_string(),
        Node::Null => String::new(),
        other => other.to_string(),
    }
}
