//! The filters of `ValueSet.compose.include.filter`, <http://hl7.org/fhir/R4/valueset-filter-operator.html>.

use super::system::{Place, System};
use regex::RegexBuilder;
use std::collections::HashSet;
use theriac_core::json::Node;
use theriac_core::{Code, Error, Result};

#[derive(Debug, Clone)]
pub struct Filter {
    pub property: String,
    pub op: String,
    pub value: String,
}

/// From a system, a filter's property and its value to the concepts that pass.
type Pass = fn(&System, &str, &str) -> Result<HashSet<Place>>;

const OPERATORS: &[(&str, Pass)] = &[
    ("=", equal),
    ("is-a", is_a),
    ("descendent-of", descendent_of),
    ("is-not-a", is_not_a),
    ("generalizes", generalizes),
    ("in", is_in),
    ("not-in", not_in),
    ("regex", regex),
    ("exists", exists),
];

impl Filter {
    pub fn of(node: &Node<'static>) -> Self {
        let text = |name: &str| node.text(name).unwrap_or_default().to_owned();
        Self { property: text("property"), op: text("op"), value: text("value") }
    }

    /// # Errors
    /// `Unprocessable` for a property the system does not have, an unknown operator, or a value it cannot take.
    pub fn passing(&self, system: &System) -> Result<HashSet<Place>> {
        let Some((_, pass)) = OPERATORS.iter().find(|(op, _)| *op == self.op) else {
            let known: Vec<&str> = OPERATORS.iter().map(|(op, _)| *op).collect();
            return Err(wrong(format!("the filter operator '{}' is not one of {}", self.op, known.join(", "))));
        };
        if !system.defines(&self.property) {
            return Err(wrong(format!("{} has no property '{}' to filter by", system.url, self.property)));
        }
        pass(system, &self.property, &self.value)
    }
}

fn wrong(message: String) -> Error {
    Error::new(Code::Unprocessable, message)
}

fn all_where(system: &System, test: impl Fn(Place) -> bool) -> HashSet<Place> {
    (0..system.len()).filter(|place| test(*place)).collect()
}

fn is_code(property: &str) -> bool {
    matches!(property, "code" | "concept")
}

/// The concept a hierarchical filter begins at.
fn start(system: &System, property: &str, value: &str) -> Result<Place> {
    if !is_code(property) {
        return Err(wrong(format!("a filter by hierarchy goes by the property concept, not '{property}'")));
    }
    if let Some(meaning) = system.other_hierarchy() {
        return Err(wrong(format!("the hierarchy of {} is {meaning}, not is-a", system.url)));
    }
    system.find(value).ok_or_else(|| wrong(format!("'{value}' in a filter is not a code of {}", system.url)))
}

fn is_a(system: &System, property: &str, value: &str) -> Result<HashSet<Place>> {
    Ok(system.below(start(system, property, value)?))
}

fn descendent_of(system: &System, property: &str, value: &str) -> Result<HashSet<Place>> {
    let start = start(system, property, value)?;
    let mut below = system.below(start);
    below.remove(&start);
    Ok(below)
}

fn is_not_a(system: &System, property: &str, value: &str) -> Result<HashSet<Place>> {
    let below = system.below(start(system, property, value)?);
    Ok(all_where(system, |place| !below.contains(&place)))
}

fn generalizes(system: &System, property: &str, value: &str) -> Result<HashSet<Place>> {
    Ok(system.above(start(system, property, value)?))
}

fn equal(system: &System, property: &str, value: &str) -> Result<HashSet<Place>> {
    if is_code(property) {
        return Ok(system.find(value).into_iter().collect());
    }
    Ok(all_where(system, |place| system.property(place, property).iter().any(|own| own == value)))
}

fn listed(value: &str) -> Vec<&str> {
    value.split(',').map(str::trim).filter(|one| !one.is_empty()).collect()
}

fn is_in(system: &System, property: &str, value: &str) -> Result<HashSet<Place>> {
    let list = listed(value);
    if is_code(property) {
        return Ok(list.iter().filter_map(|code| system.find(code)).collect());
    }
    Ok(all_where(system, |place| system.property(place, property).iter().any(|own| list.contains(&own.as_str()))))
}

fn not_in(system: &System, property: &str, value: &str) -> Result<HashSet<Place>> {
    let those = is_in(system, property, value)?;
    Ok(all_where(system, |place| !those.contains(&place)))
}

/// The expression must match the whole value.
fn regex(system: &System, property: &str, value: &str) -> Result<HashSet<Place>> {
    let built = RegexBuilder::new(&format!("^(?:{value})$")).size_limit(1 << 20).build();
    let regex = built.map_err(|_| wrong(format!("'{value}' in a filter is not a regular expression")))?;
    Ok(all_where(system, |place| system.property(place, property).iter().any(|own| regex.is_match(own))))
}

fn exists(system: &System, property: &str, value: &str) -> Result<HashSet<Place>> {
    let wanted = match value {
        "true" => true,
        "false" => false,
        other => return Err(wrong(format!("a filter with 'exists' takes true or false, not '{other}'"))),
    };
    Ok(all_where(system, |place| system.property(place, property).is_empty() != wanted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminology::tests::{ANIMALS, definition};

    fn passing(property: &str, op: &str, value: &str) -> Result<Vec<String>> {
        let system = System::read(definition(ANIMALS));
        let filter = Filter { property: property.into(), op: op.into(), value: value.into() };
        let mut codes: Vec<_> = filter.passing(&system)?.into_iter().map(|p| system.code(p).to_owned()).collect();
        codes.sort();
        Ok(codes)
    }

    #[test]
    fn every_operator_lets_pass_what_the_standard_says() {
        for (property, op, value, wanted) in [
            ("concept", "is-a", "dog", "dog puppy"),
            ("concept", "descendent-of", "dog", "puppy"),
            ("concept", "generalizes", "puppy", "animal dog mammal puppy"),
            ("concept", "is-not-a", "mammal", "animal bird dodo flyer"),
            ("concept", "in", "dog, cat,cow", "cat dog"),
            ("code", "=", "dog", "dog"),
            ("legs", "=", "4", "cat dog"),
            ("legs", "in", "2,4", "bird cat dog"),
            ("legs", "not-in", "4", "animal bat bird dodo flyer mammal puppy"),
            ("legs", "exists", "true", "bird cat dog"),
            ("legs", "exists", "false", "animal bat dodo flyer mammal puppy"),
            ("code", "regex", "b.*", "bat bird"),
            ("code", "regex", "a", ""),
            ("display", "regex", "[DC].{2}", "cat dog"),
            ("parent", "=", "flyer", "bat bird"),
        ] {
            assert_eq!(passing(property, op, value).unwrap().join(" "), wanted, "{property} {op} {value}");
        }
    }

    #[test]
    fn what_a_filter_cannot_mean_is_refused() {
        for (property, op, value) in [
            ("wings", "=", "2"),
            ("concept", "like", "dog"),
            ("concept", "is-a", "cow"),
            ("legs", "is-a", "dog"),
            ("code", "regex", "("),
            ("legs", "exists", "perhaps"),
        ] {
            assert_eq!(passing(property, op, value).unwrap_err().status(), 422, "{property} {op} {value}");
        }
    }
}
