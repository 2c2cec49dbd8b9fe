//! What a search goes over: one type, the compartment of a resource, or everything there is a reason to look at.
//! <http://hl7.org/fhir/R4/http.html#vsearch>, <http://hl7.org/fhir/R4/compartmentdefinition.html>

use crate::definition::Definitions;
use crate::kind;
use crate::search::criterion::Criterion;
use crate::search::hash::{compartment_token, own};
use crate::search::kind::reference::is_id;
use theriac_core::{Code, Error, Result};
use theriac_platform::http::Request;

/// `Patient/1` before the type; a compartment of all types is asked as `Patient/1/*`.
pub(super) struct Compartment {
    code: String,
    id: String,
}

/// The type's name as the address gives it; empty for all.
pub(super) fn type_name(request: &Request) -> &str {
    Some(request.param("type")).filter(|name| *name != "*").unwrap_or_default()
}

/// What is searched, as the address says it after the base: `Patient`, `Patient/1/Observation`, or nothing.
///
/// # Errors
/// As [`Compartment::of`].
pub(super) fn path(request: &Request) -> Result<String> {
    let name = type_name(request);
    Ok(Compartment::of(request)?.map_or_else(|| name.to_owned(), |c| c.path(name)))
}

impl Compartment {
    /// # Errors
    /// `NotFound` if the type has no compartments, `Invalid` if the searched type is in none of them.
    pub fn of(request: &Request) -> Result<Option<Self>> {
        let (code, id) = (request.param("compartment"), request.param("of"));
        if code.is_empty() {
            return match request.param("type") {
                "*" => Err(Error::new(Code::NotFound, "'*' stands for all types of a compartment, as in Patient/1/*")),
                _ => Ok(None),
            };
        }
        let all = Definitions::r4().compartments();
        let Some(defined) = all.iter().find(|c| c.code == code) else {
            let codes: Vec<&str> = all.iter().map(|c| c.code).collect();
            let message = format!("there are no compartments of '{code}'; there are those of {}", codes.join(", "));
            return Err(Error::new(Code::NotFound, message));
        };
        let name = type_name(request);
        if !name.is_empty() {
            kind::find(name)?;
        }
        if !name.is_empty() && name != code && defined.parameters_for(name).is_empty() {
            let message = format!("{name} is in no compartment of a {code}");
            return Err(Error::invalid(message));
        }
        if !is_id(id) {
            return Err(Error::invalid(format!(
                "'{code}/' is followed by an id of 1 to 64 letters, digits, '-' and '.'"
            )));
        }
        Ok(Some(Self { code: code.to_owned(), id: id.to_owned() }))
    }

    /// `Patient/1/Observation`
    pub fn path(&self, name: &str) -> String {
        format!("{}/{}/{}", self.code, self.id, if name.is_empty() { "*" } else { name })
    }

    pub fn criterion(&self) -> Criterion {
        Criterion::Tokens { any: vec![compartment_token(own(&self.code, &self.id))], negate: false }
    }
}

/// A search over all types needs something that an index answers.
///
/// # Errors
/// `TooCostly`.
pub(super) fn require_reason(types: &[String], criteria: &[Criterion]) -> Result<()> {
    if !types.is_empty() || criteria.iter().any(Criterion::is_positive) {
        return Ok(());
    }
    let message = "a search over all resource types needs _type, or at least one parameter that is not negated";
    Err(Error::new(Code::TooCostly, message))
}
