//! The domains: which address belongs to which, and the media types it speaks.

use theriac_platform::http::Route;
use utoipa::openapi::tag::{Tag, TagBuilder};

pub struct Domain {
    /// The segment after the tenant; empty for addresses of the server itself.
    segment: &'static str,
    pub tag: &'static str,
    about: &'static str,
    pub media: &'static [&'static str],
    /// What a body is when `detail` does not say.
    pub schema: &'static str,
}

const JSON: &[&str] = &["application/json"];

#[rustfmt::skip]
const TABLE: &[Domain] = &[
    Domain { segment: "fhir", tag: "FHIR", about: "HL7 FHIR R4 (4.0.1), http://hl7.org/fhir/R4/http.html",
             media: &["application/fhir+json", "application/fhir+xml"], schema: "Resource" },
    Domain { segment: "epcis", tag: "EPCIS", about: "GS1 EPCIS 2.0, REST binding, https://ref.gs1.org/standards/epcis/",
             media: &["application/json", "application/ld+json"], schema: "EPCISDocument" },
    Domain { segment: "isa95", tag: "ISA-95", about: "ISA-95 (IEC 62264) resources, B2MML V0700, job control, and the readings of watched properties",
             media: JSON, schema: "Any" },
    Domain { segment: "spc", tag: "SPC", about: "Control charts over watched properties",
             media: JSON, schema: "Any" },
    Domain { segment: "dscsa", tag: "DSCSA", about: "Verification of product identifiers (GS1 Lightweight Messaging), recall by lot, states of packs under the EU's falsified-medicines directive",
             media: JSON, schema: "Any" },
    Domain { segment: "deid", tag: "De-identification", about: "Who stands behind a pseudonym of a research project, for stewards and with a reason",
             media: JSON, schema: "Any" },
    Domain { segment: "alerts", tag: "Alerts", about: "What the workers raised, and its acknowledgement",
             media: JSON, schema: "Any" },
    Domain { segment: "emergencies", tag: "Emergencies", about: "Patients' records opened in an emergency, and whether that was right",
             media: JSON, schema: "Any" },
    Domain { segment: "quality", tag: "Quality", about: "Deviations, corrective and preventive actions",
             media: JSON, schema: "Any" },
    Domain { segment: "feed", tag: "Feed", about: "What happens, live, over WebSocket or server-sent events; resumable by cursor",
             media: JSON, schema: "Any" },
    Domain { segment: "ledger", tag: "Ledger", about: "The tamper-evident line of all changes: RFC 9162 tree, C2SP checkpoints",
             media: JSON, schema: "Any" },
    Domain { segment: "auth", tag: "Access", about: "Sign-in, tokens and their keys: OAuth 2.1 and SMART App Launch 2.2",
             media: JSON, schema: "Any" },
    Domain { segment: ".well-known", tag: "Discovery", about: "Where clients find out how to sign in here",
             media: JSON, schema: "Any" },
    Domain { segment: "admin", tag: "Administration", about: "Users, clients and settings of the tenant",
             media: JSON, schema: "Any" },
    Domain { segment: "", tag: "Server", about: "Health, metrics and this description",
             media: JSON, schema: "Any" },
];

pub fn of(path: &str) -> &'static Domain {
    let segment = path.strip_prefix("/{tenant}/").and_then(|rest| rest.split('/').next()).unwrap_or_default();
    TABLE.iter().find(|domain| domain.segment == segment).unwrap_or(&TABLE[TABLE.len() - 1])
}

/// Does a domain claim the address by its own segment, not as the rest?
#[cfg(test)]
pub fn is_known(path: &str) -> bool {
    !path.starts_with("/{tenant}/") || !of(path).segment.is_empty()
}

/// Those that have a route among these.
pub fn tags(routes: &[Route]) -> Vec<Tag> {
    let used = |domain: &&Domain| routes.iter().any(|row| of(row.path).tag == domain.tag);
    TABLE
        .iter()
        .filter(used)
        .map(|domain| TagBuilder::new().name(domain.tag).description(Some(domain.about)).build())
        .collect()
}
