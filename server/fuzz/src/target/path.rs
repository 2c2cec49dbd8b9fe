//! FHIRPath: any text as an expression, any expression on any document, any search parameter on any resource.

use super::{context, text, told};
use theriac_core::json;
use theriac_core::{Error, Instant};
use theriac_fhir::path::{environment, model};
use theriac_fhir::search::{self, Catalogue};
use theriac_fhirpath::{ClockOnly, Environment, Expression, Item, Limits, Model};

static NOW: ClockOnly = ClockOnly(Instant(1_790_000_000_000_000));

/// Few, so that an endless evaluation shows as one that is stopped.
const LIMITS: Limits = Limits { steps: 20_000, text: 20_000 };

/// A fault stands in the text; what is good can be checked for any type, strictly or not.
pub fn parsed(bytes: &[u8]) -> String {
    let expression = text(bytes);
    match Expression::compile(&expression, model()) {
        Err(fault) => {
            let line = expression.split('\n').nth(fault.at.line as usize - 1).expect("the line is one of the text's");
            assert!(fault.at.column as usize <= line.chars().count() + 1, "{fault}");
            fault.message
        }
        Ok(compiled) => {
            let patient = model().find("Patient").expect("R4 has patients");
            let strict = compiled.check(model(), patient, true);
            let loose = compiled.check(model(), patient, false);
            assert!(strict.is_err() || loose.is_ok());
            told(strict.map(drop))
        }
    }
}

/// The document in the first line, then the expression. The same again gives the same.
pub fn evaluated(bytes: &[u8]) -> String {
    let read = || -> Result<usize, Error> {
        let whole = text(bytes);
        let (document, expression) = whole.split_once('\n').unwrap_or(("{}", &whole));
        let node = json::parse(document.as_bytes())?;
        let compiled = Expression::compile(expression, model())?;
        let once = || {
            let world = Environment { limits: LIMITS, ..environment(&node, &NOW) };
            let found = compiled.evaluate(&world, Item::resource(model(), &node));
            found.map(|items| format!("{items:?}")).map_err(|fault| fault.message)
        };
        let found = once();
        assert_eq!(found, once());
        found.map(|shown| shown.len()).map_err(Error::invalid)
    };
    told(read().map(drop))
}

/// The SearchParameter in the first line, then a resource. What is declared can be indexed, and is asked for by its code.
pub fn declared(bytes: &[u8]) -> String {
    let read = || -> Result<(), Error> {
        let whole = text(bytes);
        let (parameter, resource) = whole.split_once('\n').unwrap_or((&whole, "{}"));
        let declared = search::declare(&json::parse(parameter.as_bytes())?)?;
        let node = json::parse(resource.as_bytes())?;
        let (code, catalogue) = (declared.code.clone(), Catalogue::with(vec![declared.clone()]));
        let Some(plan) = node.text("resourceType").and_then(|name| catalogue.plan(name)) else { return Ok(()) };
        assert!(!declared.is_for(&plan.resource_type) || plan.get(&code).is_some());
        search::extract(plan, &node, &context());
        Ok(())
    };
    told(read())
}
