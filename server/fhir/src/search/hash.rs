//! The hashes under which search values stand in the index. They are part of the stored format.
//!
//! A token is `seed ^ value`: the seed stands for resource type, parameter and form, the value hash for what
//! was written. So a statement can go from a resource to the tokens that point at it (`seed ^ own`) and back
//! (`token ^ seed = own`) without hashing in the database. Parameters of all resources (`_tag`, ...) and
//! compartments are seeded with the type `Resource`, so that one token serves searches over all types.

use theriac_core::hash::index_hash;

/// The type under which parameters of all resources are hashed.
pub const ANY_TYPE: &str = "Resource";

/// In which way a value is written into the token index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Code,
    SystemCode,
    NoSystem,
    System,
    OfType,
    Present,
    Absent,
    Reference,
    Id,
    Uri,
    Below,
    IdentifierValue,
    IdentifierSystemValue,
    IdentifierNoSystem,
    IdentifierSystem,
    Text,
    Version,
}

/// Every form beside the name that is hashed; the order is that of the enum.
const FORMS: [(Form, &str); 17] = [
    (Form::Code, "code"),
    (Form::SystemCode, "system|code"),
    (Form::NoSystem, "|code"),
    (Form::System, "system|"),
    (Form::OfType, "of-type"),
    (Form::Present, "present"),
    (Form::Absent, "absent"),
    (Form::Reference, "reference"),
    (Form::Id, "id"),
    (Form::Uri, "uri"),
    (Form::Below, "below"),
    (Form::IdentifierValue, "identifier code"),
    (Form::IdentifierSystemValue, "identifier system|code"),
    (Form::IdentifierNoSystem, "identifier |code"),
    (Form::IdentifierSystem, "identifier system|"),
    (Form::Text, "text"),
    (Form::Version, "version"),
];

/// The seeds of one parameter, one a form.
#[derive(Debug, Clone)]
pub struct Seeds([i64; FORMS.len()]);

impl Seeds {
    pub fn new(resource_type: &str, code: &str) -> Self {
        Self(FORMS.map(|(_, form)| index_hash(&[resource_type, code, form])))
    }

    /// Seeds of a parameter as the definitions name it: those that begin with `_` belong to all types.
    pub fn of_parameter(resource_type: &str, code: &str) -> Self {
        Self::new(owner(resource_type, code), code)
    }

    pub fn of(&self, form: Form) -> i64 {
        self.0[form as usize]
    }

    pub fn token(&self, form: Form, value: &[&str]) -> i64 {
        self.of(form) ^ index_hash(value)
    }
}

/// The type a parameter is hashed under.
pub fn owner<'t>(resource_type: &'t str, code: &str) -> &'t str {
    if code.starts_with('_') { ANY_TYPE } else { resource_type }
}

/// The tokens of a parameter that a resource has values for, and of one that it has none for.
pub fn presence(seeds: &Seeds) -> (i64, i64) {
    (seeds.token(Form::Present, &[]), seeds.token(Form::Absent, &[]))
}

/// The number of a parameter in the ordered indexes (dates, numbers, strings); never negative.
#[allow(clippy::cast_possible_truncation)]
pub fn parameter_number(resource_type: &str, code: &str) -> i32 {
    index_hash(&[resource_type, code]) as i32 & i32::MAX
}

/// What several tokens of one repetition leave together. The order counts.
pub fn together(tokens: impl IntoIterator<Item = i64>) -> i64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mixed = tokens.into_iter().fold(0u64, |state, token| {
        let next = (state.rotate_left(23) ^ token.cast_unsigned()).wrapping_mul(ODD);
        next ^ (next >> 29)
    });
    mixed.cast_signed()
}

/// The number under which ordered values stand beside tokens of one repetition; always negative.
#[allow(clippy::cast_possible_truncation)]
pub fn beside(together: i64) -> i32 {
    (together ^ (together >> 32)) as i32 | i32::MIN
}

/// A folded text in the table of texts.
pub fn text_hash(folded: &str) -> i64 {
    index_hash(&[folded])
}

/// The hash of a resource's own address, `own("Patient", "1")`.
pub fn own(resource_type: &str, id: &str) -> i64 {
    index_hash(&[resource_type, id])
}

/// The token every resource of a compartment carries; `own` is that of the compartment's resource.
pub fn compartment_token(own: i64) -> i64 {
    index_hash(&[ANY_TYPE, "compartment"]) ^ own
}

/// The token by which a resource that may be part of another is found from its own hash.
pub fn self_token(own: i64) -> i64 {
    index_hash(&[ANY_TYPE, "self"]) ^ own
}

/// The token every resource of a type carries.
pub fn type_token(resource_type: &str) -> i64 {
    index_hash(&[ANY_TYPE, "_type"]) ^ index_hash(&[resource_type])
}

/// The unit of a quantity that is compared by its code alone: `("urn:iso:std:iso:4217", "EUR")`.
pub fn unit(system: &str, code: &str) -> i64 {
    index_hash(&[system, code])
}

/// The canonical form of a UCUM unit, `g.m-3`.
pub fn canonical_unit(code: &str) -> i64 {
    index_hash(&["ucum canonical", code])
}

/// A unit by its code or human name, whatever the system; never 0.
#[allow(clippy::cast_possible_truncation)]
pub fn unit_name(name: &str) -> i32 {
    index_hash(&["unit", name]) as i32 | 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_stand_in_the_order_of_the_enum() {
        for (index, (form, _)) in FORMS.iter().enumerate() {
            assert_eq!(*form as usize, index);
        }
    }

    #[test]
    fn a_reference_token_leads_to_its_target_and_back() {
        let seeds = Seeds::new("Observation", "subject");
        let token = seeds.token(Form::Reference, &["Patient", "1"]);
        assert_eq!(token, seeds.of(Form::Reference) ^ own("Patient", "1"));
        assert_eq!(token ^ seeds.of(Form::Reference), own("Patient", "1"));
    }
}
