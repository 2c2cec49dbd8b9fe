//! Answers in XML: query documents, capture jobs, collections, problems.
//! `EPCglobal-epcis-query-2_0.xsd`, `EPCglobal-epcis-query-1_2.xsd`; jobs as in GS1's examples; RFC 7807, appendix A.

use super::markup::{DECLARED, Markup};
use super::write::{Version, Writer};
use super::{EPCIS, QUERY};
use crate::namespaces::Namespaces;
use crate::translate::CbvXmlFormat;
use theriac_core::json::{Node, Object};
use theriac_core::{Code, Error, Result};

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// An answer of the JSON binding as XML has it.
///
/// # Errors
/// `NotAcceptable` for answers that there are in JSON only.
pub fn answer(node: &Node<'_>, version: Version, format: CbvXmlFormat) -> Result<Vec<u8>> {
    match node {
        Node::Object(object) if object.text("type") == Some("EPCISQueryDocument") => query(object, version, format),
        Node::Object(object) if object.text("type") == Some("Collection") => collection(object),
        Node::Object(object) if object.get("captureID").is_some() => {
            let mut markup = begun();
            job(&mut markup, object, true)?;
            Ok(markup.out)
        }
        Node::Array(jobs) => {
            let mut markup = begun();
            markup.raw(&format!("<epcis:EPCISCaptureJobList xmlns:epcis=\"{}\">", EPCIS[1]));
            for object in jobs.iter().filter_map(Node::as_object) {
                job(&mut markup, object, false)?;
            }
            markup.close("epcis:EPCISCaptureJobList");
            Ok(markup.out)
        }
        _ => Err(Error::new(Code::NotAcceptable, "this answer is there in application/json only").at("Accept")),
    }
}

fn begun() -> Markup {
    let mut markup = Markup::new(false);
    markup.raw(DECLARATION);
    markup
}

fn query(document: &Object<'_>, version: Version, format: CbvXmlFormat) -> Result<Vec<u8>> {
    let which = usize::from(version == Version::V2_0);
    let results = document.get("epcisBody").and_then(|body| body.get("queryResults"));
    let body = results.and_then(|results| results.get("resultsBody"));
    let mut writer = Writer::new(version, format);
    let plain = Namespaces::default();
    writer.markup.raw(DECLARATION);
    writer.markup.raw(&format!("<epcisq:EPCISQueryDocument xmlns:epcisq=\"{}\"", QUERY[which]));
    for (prefix, name) in DECLARED {
        writer.markup.raw(&format!(" xmlns:{prefix}=\"{name}\""));
    }
    writer.markup.attribute("schemaVersion", if which == 1 { "2.0" } else { "1.2" }, &plain)?;
    writer.markup.attribute("creationDate", document.text("creationDate").unwrap_or_default(), &plain)?;
    writer.markup.raw("><EPCISBody><epcisq:QueryResults>");
    for name in ["queryName", "subscriptionID"] {
        if let Some(text) = results.and_then(|results| results.text(name)) {
            writer.leaf(name, text)?;
        }
    }
    writer.open("resultsBody");
    match body.and_then(|body| body.get("vocabularyList")) {
        Some(list) => super::master::write(&mut writer, list)?,
        None => {
            writer.open("EventList");
            let events = body.and_then(|body| body.get("eventList")).map_or(&[][..], Node::items);
            for event in events.iter().filter_map(Node::as_object) {
                writer.event(event)?;
            }
            writer.close("EventList");
        }
    }
    writer.close("resultsBody");
    writer.markup.raw("</epcisq:QueryResults></EPCISBody></epcisq:EPCISQueryDocument>");
    Ok(writer.finish())
}

fn job(markup: &mut Markup, job: &Object<'_>, outermost: bool) -> Result<()> {
    let plain = Namespaces::default();
    markup.raw("<epcis:EPCISCaptureJob");
    if outermost {
        markup.raw(&format!(" xmlns:epcis=\"{}\"", EPCIS[1]));
    }
    for name in ["running", "success", "captureID"] {
        if let Some(value) = job.get(name) {
            markup.attribute(name, &scalar(value), &plain)?;
        }
    }
    markup.raw(">");
    for name in ["captureErrorBehaviour", "createdAt", "finishedAt"] {
        if let Some(value) = job.get(name) {
            markup.leaf(name, &scalar(value))?;
        }
    }
    markup.open("errors");
    for error in job.get("errors").map_or(&[][..], Node::items) {
        element(markup, "error", error)?;
    }
    markup.close("errors");
    markup.close("epcis:EPCISCaptureJob");
    Ok(())
}

fn collection(object: &Object<'_>) -> Result<Vec<u8>> {
    let mut markup = begun();
    markup.raw(&format!("<epcis:Collection xmlns:epcis=\"{}\">", EPCIS[1]));
    for member in object.get("member").map_or(&[][..], Node::items) {
        element(&mut markup, "member", member)?;
    }
    markup.close("epcis:Collection");
    Ok(markup.out)
}

/// # Errors
/// Characters that XML does not have.
pub fn problem(node: &Node<'_>) -> Result<Vec<u8>> {
    let mut markup = begun();
    markup.raw("<problem xmlns=\"urn:ietf:rfc:7807\">");
    members(&mut markup, node)?;
    markup.close("problem");
    Ok(markup.out)
}

fn element(markup: &mut Markup, name: &str, node: &Node<'_>) -> Result<()> {
    match node {
        Node::Object(_) => {
            markup.open(name);
            members(markup, node)?;
            markup.close(name);
            Ok(())
        }
        Node::Array(items) => items.iter().try_for_each(|item| element(markup, name, item)),
        one => markup.leaf(name, &scalar(one)),
    }
}

fn members(markup: &mut Markup, node: &Node<'_>) -> Result<()> {
    node.as_object().into_iter().flat_map(Object::iter).try_for_each(|(name, value)| element(markup, name, value))
}

fn scalar(node: &Node<'_>) -> String {
    match node {
        Node::String(text) => text.to_string(),
        Node::Null => String::new(),
        other => other.to_string(),
    }
}
