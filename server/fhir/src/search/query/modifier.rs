//! Modifiers: what stands after the colon of a parameter's name.
//! <http://hl7.org/fhir/R4/search.html#modifiers>

/// A modifier, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Modifier {
    None,
    Missing,
    Exact,
    Contains,
    Not,
    OfType,
    Identifier,
    Above,
    Below,
    Text,
    In,
    NotIn,
    /// `:[type]` on references.
    Type(String),
    /// Standard, but not served; or not known at all.
    Other(String),
}

const NAMES: &[(&str, Modifier)] = &[
    ("missing", Modifier::Missing),
    ("exact", Modifier::Exact),
    ("contains", Modifier::Contains),
    ("not", Modifier::Not),
    ("of-type", Modifier::OfType),
    ("identifier", Modifier::Identifier),
    ("above", Modifier::Above),
    ("below", Modifier::Below),
    ("text", Modifier::Text),
    ("in", Modifier::In),
    ("not-in", Modifier::NotIn),
];

impl Modifier {
    /// `is_type` tells resource types from other words.
    pub fn read(text: &str, is_type: impl Fn(&str) -> bool) -> Self {
        match NAMES.iter().find(|(name, _)| *name == text) {
            Some((_, modifier)) => modifier.clone(),
            None if is_type(text) => Self::Type(text.to_owned()),
            None => Self::Other(text.to_owned()),
        }
    }

    /// As kinds list it: `[type]` for a resource type.
    pub fn name(&self) -> &str {
        match self {
            Self::None => "",
            Self::Type(_) => "[type]",
            Self::Other(name) => name,
            known => NAMES.iter().find(|(_, modifier)| modifier == known).map_or("", |(name, _)| name),
        }
    }
}
