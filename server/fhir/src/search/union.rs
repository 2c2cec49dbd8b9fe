//! Parameters that say nothing new: `combo-code` has the values of `code` and of `component-code`, `phonetic` those of
//! `name`. They leave no rows; what is asked of them is asked of the others.
//! <http://hl7.org/fhir/R4/observation.html#search>

use super::catalogue::{Plan, Prepared, is_standard};
use super::criterion::Criterion;
use super::expression::Path;
use super::parameter::{Kind, Source};
use theriac_core::Result;

/// References are followed, dates are asked for by name, composites and positions have rows of another kind.
const KINDS: &[Kind] = &[Kind::Token, Kind::String, Kind::Number, Kind::Quantity];

/// Gives members to those that can do without rows of their own. The fewer paths, the earlier a parameter is settled, so
/// that members are never unions themselves.
pub(super) fn settle(source: &dyn Source, plan: &mut Plan) {
    let usable = |p: &Prepared| {
        KINDS.contains(&p.parameter.kind)
            && p.program.evaluated.is_none()
            && p.compartments.is_empty()
            && is_standard(source, &plan.resource_type, p)
    };
    let mut order: Vec<usize> = (0..plan.parameters.len()).filter(|at| usable(&plan.parameters[*at])).collect();
    order.sort_by_key(|at| plan.parameters[*at].program.paths.len());
    let mut settled: Vec<usize> = Vec::new();
    for at in order {
        let members = members(&plan.parameters, at, &settled);
        match members.is_empty() {
            true => settled.push(at),
            false => plan.parameters[at].members = members,
        }
    }
}

/// Those among the settled that have all its paths and no other.
fn members(all: &[Prepared], at: usize, settled: &[usize]) -> Vec<Prepared> {
    let wanted = &all[at];
    let mut left: Vec<&Path> = wanted.program.paths.iter().collect();
    let mut members = Vec::new();
    for other in settled.iter().rev().map(|at| &all[*at]).filter(|o| o.parameter.kind == wanted.parameter.kind) {
        let paths = &other.program.paths;
        if paths.iter().all(|path| wanted.program.paths.contains(path)) && paths.iter().any(|path| left.contains(&path))
        {
            left.retain(|path| !paths.contains(path));
            members.push(under_its_name(wanted, other));
        }
    }
    if left.is_empty() { members } else { Vec::new() }
}

/// A member, whose faults are told under the name that was asked.
fn under_its_name(wanted: &Prepared, member: &Prepared) -> Prepared {
    let mut member = member.clone();
    member.parameter.code.clone_from(&wanted.parameter.code);
    member
}

/// What is asked of a parameter, asked of those that leave its values.
///
/// # Errors
/// As `one`.
pub fn ask(prepared: &Prepared, one: impl Fn(&Prepared) -> Result<Criterion>) -> Result<Criterion> {
    let all = prepared.stored().iter().map(one).collect::<Result<Vec<_>>>()?;
    Ok(joined(all))
}

/// Tokens are asked for at once; of those that must not be there none may be.
fn joined(mut all: Vec<Criterion>) -> Criterion {
    if all.len() == 1 {
        return all.remove(0);
    }
    let negates =
        |wanted: bool| move |c: &Criterion| matches!(c, Criterion::Tokens { negate, .. } if *negate == wanted);
    let negate = all.iter().all(negates(true));
    if !negate && !all.iter().all(negates(false)) {
        return Criterion::Any(all);
    }
    let tokens = all.into_iter().filter_map(|c| if let Criterion::Tokens { any, .. } = c { Some(any) } else { None });
    Criterion::Tokens { any: tokens.flatten().collect(), negate }
}

#[cfg(test)]
mod tests {
    use super::super::tenant::{Own, Tenant};
    use super::super::{Catalogue, r4_catalogue};
    use super::*;

    fn members(kind: &str, code: &str) -> Vec<String> {
        let plan = r4_catalogue().plan(kind).unwrap();
        let seeds = |p: &Prepared| p.present;
        let of = |wanted: i64| plan.parameters.iter().find(|p| seeds(p) == wanted && p.members.is_empty()).unwrap();
        let mut names: Vec<String> =
            plan.get(code).unwrap().members.iter().map(|m| of(seeds(m)).code().to_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_parameter_over_the_paths_of_others_has_them_for_members() {
        assert_eq!(members("Observation", "combo-code"), ["code", "component-code"]);
        assert_eq!(members("Observation", "combo-value-quantity"), ["component-value-quantity", "value-quantity"]);
        assert_eq!(members("Observation", "code"), [""; 0]);
        assert_eq!(members("Patient", "phonetic").len() + members("Patient", "name").len(), 1);
    }

    #[test]
    fn nothing_is_a_member_of_what_is_followed() {
        for plan in r4_catalogue().resource_types().iter().filter_map(|name| r4_catalogue().plan(name)) {
            for parameter in &plan.parameters {
                assert!(parameter.members.iter().all(|m| m.members.is_empty() && m.parameter.kind != Kind::Reference));
            }
        }
    }

    /// A tenant's own parameter leaves rows under a name of its own, and is asked for by that.
    #[test]
    fn what_a_tenant_declares_is_no_member_and_has_none() {
        let text = r#"{"resourceType":"SearchParameter","url":"http://example.org/sex","code":"sex","base":["Patient"],"type":"token","expression":"Patient.gender"}"#;
        let own = Own::of(&theriac_core::json::parse(text.as_bytes()).unwrap(), &|_| None).unwrap();
        let own = vec![Own { ready: true, ..own[0].clone() }];
        for searched in [false, true] {
            let catalogue = Catalogue::new(Box::new(Tenant { own: own.clone(), searched }));
            let plan = catalogue.plan("Patient").unwrap();
            let code = if searched { "sex" } else { &own[0].seed };
            assert!(plan.get(code).unwrap().members.is_empty(), "{searched}");
            assert!(
                plan.parameters.iter().all(|p| p.members.iter().all(|m| m.present != plan.get(code).unwrap().present))
            );
        }
    }

    #[test]
    fn what_must_not_be_there_may_be_in_no_member() {
        let tokens = |any: &[i64], negate| Criterion::Tokens { any: any.to_vec(), negate };
        assert_eq!(joined(vec![tokens(&[1], true), tokens(&[2], true)]), tokens(&[1, 2], true));
        assert_eq!(joined(vec![tokens(&[1], false), tokens(&[2, 3], false)]), tokens(&[1, 2, 3], false));
        assert!(matches!(joined(vec![tokens(&[1], false), Criterion::All(Vec::new())]), Criterion::Any(_)));
    }
}
