//! The types of FHIRPath itself, and type names in expressions. <http://hl7.org/fhirpath/N1/#types>

use crate::model::{Model, TypeId};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum System {
    Any,
    Boolean,
    String,
    Integer,
    Decimal,
    Date,
    DateTime,
    Time,
    Quantity,
}

const TABLE: &[(System, &str)] = &[
    (System::Any, "Any"),
    (System::Boolean, "Boolean"),
    (System::String, "String"),
    (System::Integer, "Integer"),
    (System::Decimal, "Decimal"),
    (System::Date, "Date"),
    (System::DateTime, "DateTime"),
    (System::Time, "Time"),
    (System::Quantity, "Quantity"),
];

impl System {
    pub fn of_name(name: &str) -> Option<Self> {
        TABLE.iter().find(|(_, n)| *n == name).map(|(s, _)| *s)
    }

    pub fn name(self) -> &'static str {
        TABLE.iter().find(|(s, _)| *s == self).map_or("Any", |(_, n)| n)
    }
}

/// A type name, resolved. `Quantity` without a namespace means the model's and the system's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeSpecifier {
    pub name: Box<str>,
    pub namespace: Option<Box<str>>,
    pub model: Option<TypeId>,
    pub system: Option<System>,
}

impl TypeSpecifier {
    pub fn resolve(namespace: Option<&str>, name: &str, model: &dyn Model) -> Self {
        let in_model = namespace.is_none_or(|n| n == model.namespace());
        let in_system = namespace.is_none_or(|n| n == "System");
        Self {
            name: name.into(),
            namespace: namespace.map(Into::into),
            model: in_model.then(|| model.find(name)).flatten(),
            system: in_system.then(|| System::of_name(name)).flatten(),
        }
    }

    pub fn is_known(&self) -> bool {
        self.model.is_some() || self.system.is_some()
    }

    /// `System.Patient` is no type and nothing is one; a bare unknown name is a mistake.
    pub fn is_mistaken(&self) -> bool {
        !self.is_known() && self.namespace.as_deref() != Some("System")
    }
}
