//! The whole of the R4 definitions goes through the compiler and the hashes.

use super::super::catalogue::Prepared;
use super::super::expression::{Program, Step};
use super::super::hash::{owner, parameter_number};
use super::super::kind::Row;
use super::catalogue;
use std::collections::{HashMap, HashSet};

/// Definitions whose expression does not compile for one of their types. May only shrink.
const GAP: &[(&str, &str)] = &[];

#[test]
fn every_expression_compiles_for_every_type() {
    let mut gaps = Vec::new();
    let mut count = 0;
    for resource_type in catalogue().resource_types() {
        for parameter in catalogue().source().parameters(resource_type).iter().filter(|p| !p.expression.is_empty()) {
            count += 1;
            match Program::compile(&parameter.expression, resource_type) {
                Ok(program) if !program.paths.is_empty() => {}
                _ => gaps.push((resource_type.to_owned(), parameter.code.clone())),
            }
        }
    }
    assert!(count > 2_500, "only {count} parameters were seen");
    let gaps: Vec<_> = gaps.iter().map(|(t, c)| (t.as_str(), c.as_str())).collect();
    assert_eq!(gaps, GAP);
}

/// A type an expression narrows to, which the kind does not read: sampled data has no one quantity.
const UNREAD: &[&str] = &["SampledData"];

#[test]
fn every_type_an_expression_asks_for_is_read() {
    let mut unread = HashSet::new();
    for resource_type in catalogue().resource_types() {
        let single = |p: &&Prepared| p.composite.is_none();
        for prepared in catalogue().plan(resource_type).unwrap().parameters.iter().filter(single) {
            let row = Row::of(prepared.parameter.kind).unwrap();
            for path in &prepared.program.paths {
                if let Some(Step::Typed { fhir, .. }) = path.steps.last().filter(|_| !path.truth) {
                    unread.extend((!row.reads(fhir)).then(|| fhir.clone()));
                }
            }
        }
    }
    assert_eq!(unread.iter().map(String::as_str).collect::<Vec<_>>(), UNREAD);
}

#[test]
fn what_is_not_served_has_no_expression() {
    for resource_type in catalogue().resource_types() {
        let plan = catalogue().plan(resource_type).unwrap();
        let all = catalogue().source().parameters(resource_type);
        for code in &plan.unserved {
            let parameter = all.iter().find(|p| p.code == *code).unwrap();
            assert!(parameter.expression.is_empty(), "{resource_type}.{code} {:?}", parameter.kind);
        }
    }
}

/// With about 2,000 numbers of 32 bits a clash would have a chance of one in two thousand: there is none.
#[test]
fn no_two_parameters_share_a_number_or_a_token_seed() {
    let (mut numbers, mut seeds) = (HashMap::new(), HashSet::new());
    for resource_type in catalogue().resource_types() {
        for prepared in &catalogue().plan(resource_type).unwrap().parameters {
            let name = (owner(resource_type, prepared.code()), prepared.code());
            assert_eq!(prepared.number, parameter_number(name.0, name.1));
            let other = numbers.insert(prepared.number, name);
            assert!(other.is_none_or(|other| other == name), "{name:?} and {other:?}");
            if other.is_none() {
                assert!(seeds.insert(prepared.present) && seeds.insert(prepared.absent), "{name:?}");
            }
        }
    }
}
