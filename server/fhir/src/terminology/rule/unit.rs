//! Units of measure, UCUM, <https://ucum.org/ucum>: any expression the grammar and the tables of units allow.

use crate::terminology::filter::Filter;
use theriac_units::Unit;

pub fn holds(code: &str) -> bool {
    Unit::parse(code).is_ok()
}

/// `canonical` = a unit: what measures the same kind of thing. <http://hl7.org/fhir/R4/ucum.html>
pub fn passes(filter: &Filter, code: &str) -> Option<bool> {
    if (filter.property.as_str(), filter.op.as_str()) != ("canonical", "=") {
        return None;
    }
    let wanted = Unit::parse(&filter.value).ok()?;
    Some(Unit::parse(code).is_ok_and(|unit| unit.is_comparable(&wanted)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_of_units_is_a_code() {
        for code in ["mg", "mm[Hg]", "10*9/L", "{tablets}", "kg/m2", "1"] {
            assert!(holds(code), "{code}");
        }
        for code in ["tablets", "mgg", "mg//L", "mg per dl"] {
            assert!(!holds(code), "{code}");
        }
    }

    #[test]
    fn units_pass_that_measure_the_same_as_the_canonical_one() {
        let filter = |op: &str| Filter { property: "canonical".into(), op: op.into(), value: "m".into() };
        assert_eq!(passes(&filter("="), "[in_i]"), Some(true));
        assert_eq!(passes(&filter("="), "kg"), Some(false));
        assert_eq!(passes(&filter("in"), "km"), None);
    }
}
