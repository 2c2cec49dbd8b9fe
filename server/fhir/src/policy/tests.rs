//! The predicate as data: what a grant compiles to.

use super::*;

fn number(name: &str) -> i16 {
    kind::number(name).unwrap()
}

#[test]
fn what_is_shared_is_sorted_known_and_in_no_patients_compartment() {
    assert!(SHARED.is_sorted());
    let compartments = crate::definition::Definitions::r4().compartments();
    let patient = compartments.iter().find(|c| c.code == "Patient").unwrap();
    for name in SHARED {
        assert!(kind::number(name).is_some(), "{name}");
        assert!(patient.parameters_for(name).is_empty(), "{name} is in the compartment");
    }
}

#[test]
fn a_rule_about_one_type_forgets_the_others() {
    let must = Criterion::Tokens { any: vec![7], negate: false };
    let rule = Rule {
        types: Some(vec![number("Observation"), number("Practitioner")]),
        any: Some(vec![1]),
        shared: vec![number("Practitioner")],
        limits: vec![Limit { types: vec![number("Observation")], must: must.clone() }],
    };
    let visible = Visible::from(rule);
    assert_eq!(visible.clone().about(number("Patient")), Visible::Nothing);
    assert_eq!(visible.clone().about(number("Practitioner")), Visible::All);
    let wanted = Rule { any: Some(vec![1]), limits: vec![Limit { types: Vec::new(), must }], ..Rule::default() };
    assert_eq!(visible.about(number("Observation")), Visible::Some(wanted));
}

#[test]
fn nothing_is_left_of_a_rule_that_admits_nothing() {
    assert_eq!(Visible::from(Rule { any: Some(Vec::new()), ..Rule::default() }), Visible::Nothing);
    assert_eq!(Visible::from(Rule { types: Some(Vec::new()), ..Rule::default() }), Visible::Nothing);
    assert_eq!(Visible::from(Rule::default()), Visible::All);
}
