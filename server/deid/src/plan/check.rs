//! Rules that name nothing, or ask for what cannot be done, are found when a profile is stored and not when it is used.

use crate::method::Method;
use crate::profile::Profile;
use crate::schema::{Member, Schema};
use theriac_core::{Code, Error, Issue, Result};

pub(super) fn rules(profile: &Profile, schema: &dyn Schema) -> Result<()> {
    let wrong = |(path, method): (&String, &Method)| {
        let why = match targets(schema, path) {
            Some(targets) => unfit(schema, *method, &targets)?,
            None => "names no type and no element; write Patient.birthDate, Address.city or HumanName".to_owned(),
        };
        Some(Issue::new(Code::Invalid, format!("rules.{path}"), format!("{path} {why}")))
    };
    let issues: Vec<Issue> = profile.rules.iter().filter_map(wrong).collect();
    if issues.is_empty() { Ok(()) } else { Err(Error::from_issues(issues)) }
}

/// The types of what a rule names.
fn targets(schema: &dyn Schema, path: &str) -> Option<Vec<&'static str>> {
    let mut parts = path.split('.');
    let first = parts.next()?;
    if !schema.is_type(first) {
        return None;
    }
    let mut at: Option<Vec<Member>> = None;
    for part in parts {
        let owner = match &at {
            None => first,
            Some(found) => found.first().filter(|_| found.len() == 1)?.target,
        };
        let named = schema.members(owner).into_iter().filter(|m| m.name == part || m.element == part);
        at = Some(named.collect::<Vec<_>>()).filter(|found| !found.is_empty());
        at.as_ref()?;
    }
    Some(at.map_or_else(Vec::new, |found| found.iter().map(|m| m.target).collect()))
}

fn unfit(schema: &dyn Schema, method: Method, targets: &[&str]) -> Option<String> {
    let all = |of: &dyn Fn(&str) -> bool| targets.iter().all(|target| of(target));
    let fits = match method {
        Method::Remove => true,
        // A type by itself has no target here; it is judged where it stands.
        _ if targets.is_empty() => true,
        Method::Keep => all(&|target| schema.is_primitive(target)),
        Method::Year | Method::Shift => all(&|target| matches!(target, "date" | "dateTime" | "instant")),
        Method::Zip3 => all(&|target| target == "string"),
        Method::Scrub => all(&|target| matches!(target, "string" | "markdown")),
        Method::Pseudonym => all(&|target| matches!(target, "string" | "id" | "uri" | "oid" | "uuid")),
    };
    let word = format!("{method:?}").to_lowercase();
    (!fits).then(|| match method {
        Method::Keep => "has parts and cannot be kept as a whole; keep its elements by name".to_owned(),
        _ => format!("is no value that '{word}' can be done to"),
    })
}
