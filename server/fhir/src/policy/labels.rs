//! Security labels (`meta.security`) as part of the policy: what a caller is not cleared for does not exist for it and is
//! not taken from it, and labels are taken away by administrators only. <http://hl7.org/fhir/R4/security-labels.html>

use super::{Limit, Rule, Visible};
use crate::search::criterion::Criterion;
use crate::search::fold::lower;
use crate::search::hash::{Form, Seeds, presence};
use theriac_access::Permission;
use theriac_access::clearance::Withheld;
use theriac_core::json::Node;
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;

/// As R4 writes the systems, as STU3 did, and as object identifiers.
const CONFIDENTIALITY: &[&str] = &[
    "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
    "http://hl7.org/fhir/v3/Confidentiality",
    "urn:oid:2.16.840.1.113883.5.25",
];
const ACT_CODE: &[&str] = &[
    "http://terminology.hl7.org/CodeSystem/v3-ActCode",
    "http://hl7.org/fhir/v3/ActCode",
    "urn:oid:2.16.840.1.113883.5.4",
];

/// System and code.
pub type Label = (String, String);

fn seeds() -> Seeds {
    Seeds::of_parameter("Resource", "_security")
}

/// What the caller is not cleared for, by the tenant's setting.
pub(super) fn limit(setting: &str, context: &Context) -> Option<Limit> {
    let grant = &context.grant;
    let withheld = Withheld::of(setting, grant.role.as_str(), grant.client.as_deref());
    if withheld.is_nothing() {
        return None;
    }
    let seeds = seeds();
    let mut any = Vec::new();
    for (systems, codes) in [(CONFIDENTIALITY, &withheld.levels), (ACT_CODE, &withheld.sensitivities)] {
        for code in codes {
            any.extend(systems.iter().map(|system| seeds.token(Form::SystemCode, &[system, &lower(code)])));
            any.push(seeds.token(Form::NoSystem, &[&lower(code)]));
        }
    }
    Some(Limit { types: Vec::new(), must: Criterion::Tokens { any, negate: true } })
}

/// Resources that carry a label at all.
pub fn labelled() -> Visible {
    Visible::Some(Rule { any: Some(vec![presence(&seeds()).0]), ..Rule::default() })
}

pub fn of(resource: &Node<'_>) -> Vec<Label> {
    let list = resource.get("meta").and_then(|meta| meta.get("security")).map_or(&[][..], Node::items);
    let text = |node: &Node<'_>, name| node.text(name).unwrap_or_default().to_owned();
    list.iter().map(|label| (text(label, "system"), text(label, "code"))).collect()
}

/// May this caller take labels away?
pub fn may_remove(context: &Context) -> bool {
    context.grant.may(Permission::Admin)
}

/// What stood is still there.
///
/// # Errors
/// `Forbidden`, naming the label that would be lost.
pub fn keep(context: &Context, before: &[Label], after: &Node<'_>) -> Result<()> {
    let after = of(after);
    match before.iter().find(|label| !after.contains(label)) {
        Some((_, code)) if !may_remove(context) => {
            let message = format!("the security label {code} is taken away by administrators only; send it along");
            Err(Error::new(Code::Forbidden, message).at("meta.security"))
        }
        _ => Ok(()),
    }
}

/// The highest confidentiality among resources, for the Bundle that carries them: its high-water mark.
#[derive(Debug, Default)]
pub struct Mark(Option<usize>);

impl Mark {
    /// Only what carries labels is looked into.
    pub fn rise(&mut self, resource: &[u8]) {
        const MEMBER: &[u8] = b"\"security\":[";
        if memchr::memmem::find(resource, MEMBER).is_none() {
            return;
        }
        let Ok(node) = theriac_core::json::parse(resource) else { return };
        let confidential = of(&node).into_iter().filter(|(system, _)| CONFIDENTIALITY.contains(&system.as_str()));
        let levels =
            confidential.filter_map(|(_, code)| theriac_access::clearance::LEVELS.iter().position(|l| *l == code));
        self.0 = levels.max().max(self.0);
    }

    /// The member of the Bundle, `"meta":{...},`; empty where nothing was labelled.
    pub fn meta(&self) -> String {
        self.0.map_or_else(String::new, |level| {
            let (system, code) = (CONFIDENTIALITY[0], theriac_access::clearance::LEVELS[level]);
            format!("\"meta\":{{\"security\":[{{\"system\":\"{system}\",\"code\":\"{code}\"}}]}},")
        })
    }
}

#[cfg(test)]
mod tests;
