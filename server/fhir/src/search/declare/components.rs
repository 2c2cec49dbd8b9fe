//! The components of a composite: parameters of other kinds, each asked of what the composite's expression gives.
//! <http://hl7.org/fhir/R4/searchparameter-definitions.html#SearchParameter.component>

use super::Known;
use crate::canonical::Canonical;
use crate::search::composite::Composite;
use crate::search::parameter::{Component, Kind, Parameter};
use crate::search::r4;
use theriac_core::json::Node;

/// The addresses of R4's own parameters.
const STANDARD: &str = "http://hl7.org/fhir/SearchParameter/";

/// What is wrong, with the element it is wrong in.
type Wrong = (String, String);

/// # Errors
/// The first thing that is wrong.
pub fn read(resource: &Node<'_>, base: &[String], expression: &str, known: Known<'_>) -> Result<Vec<Component>, Wrong> {
    let listed = resource.get("component").map_or(&[][..], Node::items);
    if listed.len() < 2 {
        let message = "a composite has two components or more, each with its definition and expression";
        return Err(("component".to_owned(), message.to_owned()));
    }
    let components =
        listed.iter().enumerate().map(|(at, node)| component(node, at, known)).collect::<Result<Vec<_>, _>>()?;
    for name in base {
        let parameter = Parameter {
            components: components.clone(),
            ..whole(expression, resource.text("code").unwrap_or_default())
        };
        let served = r4::catalogue()
            .plan(name)
            .is_none_or(|plan| Composite::new(&plan.resource_type, &parameter, &plan.parameters).is_some());
        if !served {
            let message = format!(
                "on {name} these cannot be asked together: paths of elements lead from the composite to each, and of \
                 components that repeat at most one is a date, number, quantity or string, or two are numbers"
            );
            return Err(("component".to_owned(), message));
        }
    }
    Ok(components)
}

fn whole(expression: &str, code: &str) -> Parameter {
    crate::search::parameter::plain(code.to_owned(), Kind::Composite, expression.to_owned(), Vec::new())
}

fn component(node: &Node<'_>, at: usize, known: Known<'_>) -> Result<Component, Wrong> {
    let wrong = |member: &str, message: String| (format!("component[{at}].{member}"), message);
    let missing = |member: &str| wrong(member, "is missing".to_owned());
    let address = Canonical::of(node.text("definition").ok_or_else(|| missing("definition"))?).url;
    let expression = node.text("expression").ok_or_else(|| missing("expression"))?.to_owned();
    let parameter = address.strip_prefix(STANDARD).and_then(r4::parameter_of).or_else(|| known(address));
    let parameter = parameter.ok_or_else(|| {
        wrong("definition", format!("{address} is no search parameter of R4, and none of yours that is active"))
    })?;
    match parameter.kind {
        Kind::Composite | Kind::Special => {
            let message = format!("a parameter of type {} cannot be a component", parameter.kind.code());
            Err(wrong("definition", message))
        }
        _ => Ok(Component { parameter, expression }),
    }
}
