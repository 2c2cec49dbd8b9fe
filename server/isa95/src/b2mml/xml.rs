//! B2MML's XML (<https://www.w3.org/TR/xml/>) to and from the tree that its JSON has too.
//!
//! Read: UTF-8, no document type, entities of XML itself only. A document of V0401 is brought up to V0700.

mod reader;
mod writer;

use super::upgrade;
use theriac_core::json::Node;
use theriac_core::{Error, Result};

/// A whole document: the name of its element, and what stands in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Root {
    pub name: String,
    pub tree: Node<'static>,
}

/// # Errors
/// `Malformed` with the line, for what is not well-formed or of a namespace that is not B2MML's.
pub fn from_xml(bytes: &[u8]) -> Result<Root> {
    let text = std::str::from_utf8(bytes)
        .map_err(|e| Error::malformed(format!("XML is taken in UTF-8, and byte {} is none", e.valid_up_to())))?;
    let (root, namespace) = reader::read(text.trim_start_matches('\u{feff}'))?;
    match namespace.as_str() {
        super::NAMESPACE => Ok(root),
        upgrade::NAMESPACE => Ok(upgrade::upgrade(root)),
        other => Err(Error::malformed(format!(
            "the document is of the namespace {other:?}; taken are {:?} (V0700) and {:?} (V0401)",
            super::NAMESPACE,
            upgrade::NAMESPACE
        ))),
    }
}

/// The document as text, indented by two blanks.
pub fn to_xml(root: &Root) -> String {
    writer::write(root)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<MaterialLot xmlns="http://www.mesa.org/xml/B2MML" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <ID schemeName="a &quot;b&quot;">L&amp;1</ID>
  <Description>first</Description>
  <Description>second &lt; third</Description>
  <MaterialLotProperty>
    <ID>p</ID>
    <Value>
      <ValueString xsi:nil="true"/>
      <UnitOfMeasure></UnitOfMeasure>
    </Value>
  </MaterialLotProperty>
</MaterialLot>
"#;

    #[test]
    fn a_document_comes_back_as_it_was() {
        let root = from_xml(LOT.as_bytes()).unwrap();
        assert_eq!(root.tree.get("Description").unwrap().items().len(), 2);
        assert_eq!(root.tree.get("ID").unwrap().text("@schemeName"), Some("a \"b\""));
        assert_eq!(to_xml(&root), LOT.replace("<UnitOfMeasure></UnitOfMeasure>", "<UnitOfMeasure/>"));
    }

    #[test]
    fn prefixes_and_sections_are_read_as_what_they_mean() {
        let text = "\u{feff}<b:MaterialLot xmlns:b='http://www.mesa.org/xml/B2MML'><b:ID><![CDATA[L<1]]>&#49;</b:ID>\
                    <!-- a remark --></b:MaterialLot>";
        let root = from_xml(text.as_bytes()).unwrap();
        assert_eq!(root.tree.text("ID"), Some("L<11"));
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_the_reason() {
        const NS: &str = "xmlns='http://www.mesa.org/xml/B2MML'";
        let deep = format!("<A {NS}>{}", "<A>".repeat(100));
        for (text, word) in [
            ("".to_owned(), "no element"),
            ("<A/>".to_owned(), "namespace"),
            (format!("<A {NS}>"), "end"),
            (format!("<A {NS}></B>"), "line 1"),
            (format!("<!DOCTYPE A [<!ENTITY x 'y'>]><A {NS}>&x;</A>"), "document type"),
            (format!("<A {NS}>&x;</A>"), "entity"),
            (format!("<A {NS}>text<B/></A>"), "text"),
            (format!("<A {NS}/><A {NS}/>"), "one element"),
            (format!("<A {NS}><B xmlns='urn:x'/></A>"), "urn:x"),
            (deep, "levels"),
        ] {
            let error = from_xml(text.as_bytes()).unwrap_err();
            assert!(error.message.contains(word), "{text}: {error}");
            assert_eq!(error.status(), 400, "{text}");
        }
        assert!(from_xml(b"<A>\xff</A>").unwrap_err().message.contains("UTF-8"));
    }
}
