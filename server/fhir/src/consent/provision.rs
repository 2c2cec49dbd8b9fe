//! `Consent.provision` as it is written. <http://hl7.org/fhir/R4/consent-definitions.html#Consent.provision>

use super::Consent;
use crate::search::kind::date;
use crate::search::kind::reference::local_part;
use theriac_core::json::Node;

/// System and code; an empty system is any.
pub type Coding = (String, String);

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Provision {
    /// None for a root that leaves it to its exceptions.
    pub permits: Option<bool>,
    /// When the rule is in force, in microseconds, the end exclusive.
    pub period: Option<(i64, i64)>,
    pub actors: Vec<Actor>,
    pub actions: Vec<String>,
    pub purposes: Vec<String>,
    pub labels: Vec<Coding>,
    pub classes: Vec<Coding>,
    pub codes: Vec<Coding>,
    pub data_period: Option<(i64, i64)>,
    /// Addresses of single resources; none inside for one that cannot be told.
    pub data: Vec<Option<(String, String)>>,
    pub exceptions: Vec<Provision>,
}

/// Whom a provision is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A person or a device, by the id of its record or its identifier.
    One(String),
    Role(String),
    /// A group, an organization: who belongs to it is not known here.
    Many,
}

/// The system under which a consent names a role of this server in an actor's identifier.
pub const ROLE: &str = "urn:theriac:role";

const SCOPES: &[&str] = &["patient-privacy", "research"];

/// The consent, if it is in force for reading at all.
pub fn read(node: &Node<'_>) -> Option<Consent> {
    if node.text("status") != Some("active") {
        return None;
    }
    let scope = node.get("scope")?;
    let scopes = codings(scope);
    if !scopes.iter().any(|(_, code)| SCOPES.contains(&code.as_str())) {
        return None;
    }
    let (kind, id) = local_part(node.get("patient")?.text("reference")?)?;
    let mut provision = node.get("provision").map(provision).unwrap_or_default();
    if provision.permits.is_none() {
        provision.permits = policy(node);
    }
    (kind == "Patient").then(|| Consent { patient: format!("Patient/{id}"), provision })
}

/// `policyRule` of v3-ActCode: OPTIN shares, OPTOUT withholds.
fn policy(node: &Node<'_>) -> Option<bool> {
    let rules = node.get("policyRule").map(codings).unwrap_or_default();
    rules.iter().find_map(|(_, code)| match code.as_str() {
        "OPTIN" | "OPTINR" => Some(true),
        "OPTOUT" | "OPTOUTE" => Some(false),
        _ => None,
    })
}

fn provision(node: &Node<'_>) -> Provision {
    let list = |name: &str| node.get(name).map_or(&[][..], Node::items).iter();
    let codes = |name: &str| list(name).filter_map(coding).collect::<Vec<_>>();
    Provision {
        permits: match node.text("type") {
            Some("permit") => Some(true),
            Some("deny") => Some(false),
            _ => None,
        },
        period: node.get("period").map(period),
        actors: list("actor").map(actor).collect(),
        actions: list("action").flat_map(codings).map(|(_, code)| code).collect(),
        purposes: codes("purpose").into_iter().map(|(_, code)| code).collect(),
        labels: codes("securityLabel"),
        classes: codes("class"),
        codes: list("code")
            .flat_map(|concept| match codings(concept) {
                // A code in words only is one that nobody knows.
                none if none.is_empty() => vec![(String::new(), String::new())],
                some => some,
            })
            .collect(),
        data_period: node.get("dataPeriod").map(period),
        data: list("data").map(data).collect(),
        exceptions: list("provision").map(provision).collect(),
    }
}

fn codings(concept: &Node<'_>) -> Vec<Coding> {
    concept.get("coding").map_or(&[][..], Node::items).iter().filter_map(coding).collect()
}

fn coding(node: &Node<'_>) -> Option<Coding> {
    Some((node.text("system").unwrap_or_default().to_owned(), node.text("code")?.to_owned()))
}

/// An end that is not there, or cannot be read, is open.
fn period(node: &Node<'_>) -> (i64, i64) {
    let at = |name: &str| node.text(name).and_then(date::range);
    (at("start").map_or(i64::MIN, |(lo, _)| lo), at("end").map_or(i64::MAX, |(_, hi)| hi))
}

fn actor(node: &Node<'_>) -> Actor {
    let Some(reference) = node.get("reference") else { return Actor::Many };
    if let Some(identifier) = reference.get("identifier") {
        let value = identifier.text("value").unwrap_or_default().to_owned();
        return if identifier.text("system") == Some(ROLE) { Actor::Role(value) } else { Actor::One(value) };
    }
    match reference.text("reference").and_then(local_part) {
        Some(("Practitioner" | "Patient" | "Device", id)) => Actor::One(id.to_owned()),
        _ => Actor::Many,
    }
}

/// Only the thing itself can be told apart; what is related to it or depends on it cannot.
fn data(node: &Node<'_>) -> Option<(String, String)> {
    let is_itself = node.text("meaning") == Some("instance");
    let (kind, id) = local_part(node.get("reference")?.text("reference")?)?;
    is_itself.then(|| (kind.to_owned(), id.to_owned()))
}
