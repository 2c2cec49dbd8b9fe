//! What search needs to know of a SearchParameter, and where that knowledge comes from.
//! <http://hl7.org/fhir/R4/searchparameter.html>

/// The type of a search parameter, <http://hl7.org/fhir/R4/valueset-search-param-type.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Number,
    Date,
    String,
    Token,
    Reference,
    Composite,
    Quantity,
    Uri,
    Special,
}

/// Every kind beside its code.
const KINDS: &[(Kind, &str)] = &[
    (Kind::Number, "number"),
    (Kind::Date, "date"),
    (Kind::String, "string"),
    (Kind::Token, "token"),
    (Kind::Reference, "reference"),
    (Kind::Composite, "composite"),
    (Kind::Quantity, "quantity"),
    (Kind::Uri, "uri"),
    (Kind::Special, "special"),
];

impl Kind {
    pub fn from_code(code: &str) -> Option<Self> {
        KINDS.iter().find(|(_, c)| *c == code).map(|(kind, _)| *kind)
    }

    pub fn code(self) -> &'static str {
        KINDS.iter().find(|(kind, _)| *kind == self).map_or("special", |(_, code)| *code)
    }
}

/// One search parameter as it stands for one resource type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    pub code: String,
    pub kind: Kind,
    /// FHIRPath; empty where the definition gives none.
    pub expression: String,
    /// Resource types a reference may point to; empty for other kinds.
    pub targets: Vec<String>,
    /// Of a composite.
    pub components: Vec<Component>,
}

/// A part of a composite parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// The parameter it is searched like.
    pub parameter: Parameter,
    /// FHIRPath from what the composite's expression yields, or from `%resource`.
    pub expression: String,
}

/// A parameter that is of one expression alone.
pub fn plain(code: String, kind: Kind, expression: String, targets: Vec<String>) -> Parameter {
    Parameter { code, kind, expression, targets, components: Vec::new() }
}

/// By which reference parameters a resource belongs to a compartment.
/// <http://hl7.org/fhir/R4/compartmentdefinition.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// `Patient`, `Encounter`, ...
    pub compartment: String,
    pub parameters: Vec<String>,
}

/// Where definitions come from: the official tables, or a test's own few rows.
pub trait Source: Send + Sync {
    fn resource_types(&self) -> Vec<String>;

    /// The parameters of that type, those of `Resource` and `DomainResource` included.
    fn parameters(&self, resource_type: &str) -> Vec<Parameter>;

    fn memberships(&self, resource_type: &str) -> Vec<Membership>;

    /// Under which name the parameter's values stand in the index, if not under its code.
    fn seed(&self, _resource_type: &str, _code: &str) -> Option<&str> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_read_back_from_their_codes() {
        for (kind, code) in KINDS {
            assert_eq!((Kind::from_code(code), kind.code()), (Some(*kind), *code));
        }
        assert_eq!(Kind::from_code("text"), None);
    }
}
