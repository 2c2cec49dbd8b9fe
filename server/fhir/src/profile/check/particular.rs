//! What the prose of single types asks beyond their elements: codings, attachments, addresses, narratives.

use super::{Rule, Run};
use crate::definition::{Definitions, Primitive};
use crate::profile::datum::Datum;
use crate::profile::trail::Trail;
use crate::structure::check_primitive;
use crate::xml;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use theriac_core::json::Node;

/// What a link in a narrative may begin with; others do nothing, or harm.
const SCHEMES: &[&str] = &["http", "https", "mailto", "tel", "data", "ftp", "cid"];

impl Run<'_> {
    pub(super) fn particular_type(&mut self, datum: Datum<'_>, rule: Rule<'_>, trail: &Trail<'_>) {
        let Some(value) = datum.value else { return };
        match (datum.def.name, value) {
            ("Coding", coding) => self.coding(coding, rule, trail),
            ("Attachment", attachment) => self.attachment(attachment, rule, trail),
            ("uri" | "url" | "canonical", Node::String(text)) => self.address(text, rule, trail),
            ("xhtml", Node::String(text)) => self.narrative(text, rule, trail),
            ("StructureDefinition", structure) => self.structure(structure, rule, trail),
            ("SearchParameter", parameter) => self.search_parameter(parameter, rule, trail),
            ("MeasureReport", report) => self.measure_report(report, rule, trail),
            _ => {}
        }
    }

    /// <http://hl7.org/fhir/R4/datatypes-definitions.html#Coding.system>
    fn coding(&mut self, coding: &Node<'_>, rule: Rule<'_>, trail: &Trail<'_>) {
        let Some(system) = coding.text("system") else { return };
        let place = trail.child("system", None, trail.def());
        if !system.contains(':') {
            self.error("system", rule, &place, "value", "must be an absolute address".to_owned());
        } else if self.on.library.find("ValueSet", system).is_some()
            && self.on.library.find("CodeSystem", system).is_none()
        {
            let message = "is the address of a value set, but must be that of a code system".to_owned();
            self.error("system", rule, &place, "value", message);
        }
    }

    /// <http://hl7.org/fhir/R4/datatypes-definitions.html#Attachment.size>
    fn attachment(&mut self, attachment: &Node<'_>, rule: Rule<'_>, trail: &Trail<'_>) {
        let size = attachment.get("size").and_then(Node::as_number).and_then(|n| n.parse::<usize>().ok());
        let bytes = attachment.text("data").and_then(|data| {
            let plain: String = data.chars().filter(|c| !c.is_whitespace()).collect();
            STANDARD.decode(plain).ok()
        });
        if let (Some(size), Some(bytes)) = (size, bytes)
            && size != bytes.len()
        {
            let message = format!("says it has {size} bytes, but its data has {}", bytes.len());
            self.error("size", rule, trail, "value", message);
        }
    }

    /// `urn:uuid:` and `urn:oid:` hold what they say.
    fn address(&mut self, text: &str, rule: Rule<'_>, trail: &Trail<'_>) {
        for (prefix, kind) in [("urn:uuid:", Primitive::Uuid), ("urn:oid:", Primitive::Oid)] {
            if text.starts_with(prefix)
                && let Err(right) = check_primitive(kind, &Node::string(text))
            {
                self.error("urn", rule, trail, "value", right.to_owned());
            }
        }
    }

    /// <http://hl7.org/fhir/R4/narrative.html#xhtml>
    fn narrative(&mut self, text: &str, rule: Rule<'_>, trail: &Trail<'_>) {
        if let Err(why) = xml::check_xhtml(text) {
            return self.error("xhtml", rule, trail, "structure", why);
        }
        if let Some(name) = xml::named_entity(text) {
            let message = format!("names the entity '&{name};', which XML does not have; write the character itself");
            self.error("xhtml-entity", rule, trail, "structure", message);
        }
        for link in text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            let scheme = link.split_once(':').map(|(scheme, _)| scheme);
            let is_word = |s: &&str| s.chars().all(|c| c.is_ascii_alphanumeric());
            if scheme.filter(is_word).is_some_and(|scheme| !SCHEMES.contains(&scheme.to_ascii_lowercase().as_str())) {
                let message = "holds a link that no reader can follow; http, https, mailto and tel can be".to_owned();
                self.error("xhtml-link", rule, trail, "value", message);
            }
        }
    }

    /// <http://hl7.org/fhir/R4/structuredefinition-definitions.html#StructureDefinition.type>
    fn structure(&mut self, structure: &Node<'_>, rule: Rule<'_>, trail: &Trail<'_>) {
        let kind = structure.text("type").unwrap_or_default();
        if !kind.contains(':') && Definitions::r4().type_of(kind).is_none() {
            let message = "is none of R4's types, and others have an absolute address".to_owned();
            self.error("type", rule, &trail.child("type", None, trail.def()), "value", message);
        }
        let name = kind.rsplit('/').next().unwrap_or(kind);
        for view in ["snapshot", "differential"] {
            let elements = structure.get(view).and_then(|v| v.get("element")).map_or(&[][..], Node::items);
            let strays = |path: &str| path.split('.').next() != Some(name);
            if elements.iter().filter_map(|e| e.text("path")).any(strays) {
                let message = format!("has paths that do not begin with its type, {name}");
                self.error("paths", rule, &trail.child(view, None, trail.def()), "structure", message);
            }
        }
        self.against_base(structure, rule, trail);
        self.obligations(structure, rule, trail);
    }

    /// <http://hl7.org/fhir/R4/searchparameter-definitions.html#SearchParameter.derivedFrom>
    fn search_parameter(&mut self, parameter: &Node<'_>, rule: Rule<'_>, trail: &Trail<'_>) {
        let base = parameter.text("derivedFrom").and_then(|url| self.on.library.find("SearchParameter", url));
        if base.is_some_and(|base| base.text("type") != parameter.text("type")) {
            let message = "is of another type than the parameter it is derived from".to_owned();
            self.error("derivedFrom", rule, trail, "structure", message);
        }
    }

    /// <http://hl7.org/fhir/R4/measurereport-definitions.html#MeasureReport.group.population.subjectResults>
    fn measure_report(&mut self, report: &Node<'_>, rule: Rule<'_>, trail: &Trail<'_>) {
        let is_list = report.text("type") == Some("subject-list");
        let groups = report.get("group").map_or(&[][..], Node::items).iter();
        let mut populations = groups.flat_map(|g| g.get("population").map_or(&[][..], Node::items));
        if !is_list && populations.any(|p| p.get("subjectResults").is_some()) {
            let message = "lists subjects, which only a report of type subject-list does".to_owned();
            self.error("subjectResults", rule, trail, "structure", message);
        }
    }
}
