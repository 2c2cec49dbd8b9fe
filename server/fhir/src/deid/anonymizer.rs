//! R4 for the rule files of the FHIR anonymizer: its types, and FHIRPath on any element.

use super::R4;
use crate::definition::Definitions;
use crate::path;
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use theriac_core::json::Node;
use theriac_core::{Code, Error, Instant, Result};
use theriac_deid::Schema;
use theriac_deid::anonymizer::World;
use theriac_fhirpath::{ClockOnly, Element, Environment, Expression, Item, Items, Limits};

/// What stands for a value in a domain.
pub type Pseudonyms = Box<dyn Fn(&str, &str) -> Result<String> + Send + Sync>;

/// R4 at a time, with a service of pseudonyms or none.
pub struct Rules {
    now: Instant,
    pseudonyms: Option<Pseudonyms>,
}

impl Rules {
    pub fn new(now: Instant, pseudonyms: Option<Pseudonyms>) -> Self {
        Self { now, pseudonyms }
    }

    fn evaluated<T>(&self, node: &Node<'_>, of: &str, text: &str, read: impl Fn(Items<'_>) -> T) -> Result<T> {
        let expression = compiled(text)?;
        let host = ClockOnly(self.now);
        let environment = Environment {
            model: path::model(),
            host: &host,
            resource: None,
            root: None,
            variables: Vec::new(),
            limits: Limits::default(),
            as_takes_many: false,
        };
        let this = Item::Element(Element::of_node(node, Definitions::r4().place_of(of)));
        Ok(read(expression.evaluate(&environment, this)?))
    }
}

/// Rules ask the same of every record.
fn compiled(text: &str) -> Result<Arc<Expression>> {
    static KNOWN: OnceLock<RwLock<HashMap<String, Arc<Expression>>>> = OnceLock::new();
    let known = KNOWN.get_or_init(RwLock::default);
    if let Some(expression) = known.read().get(text) {
        return Ok(expression.clone());
    }
    let expression = Arc::new(path::compile(text)?);
    known.write().insert(text.to_owned(), expression.clone());
    Ok(expression)
}

impl World for Rules {
    fn schema(&self) -> &dyn Schema {
        &R4
    }

    fn holds(&self, node: &Node<'_>, of: &str, expression: &str) -> Result<bool> {
        self.evaluated(node, of, expression, |items| match items.as_slice() {
            [] => false,
            [one] => one.value(path::model()).to_text(path::model()).is_none_or(|text| text != "false"),
            _ => true,
        })
    }

    fn value(&self, node: &Node<'_>, of: &str, expression: &str) -> Result<Option<String>> {
        self.evaluated(node, of, expression, |items| items.first().and_then(|item| item.to_text(path::model())))
    }

    fn pseudonym(&self, domain: &str, value: &str) -> Result<String> {
        let none =
            || Error::new(Code::NotSupported, "pseudonymize: there is no service of pseudonyms; give a key for them");
        self.pseudonyms.as_ref().ok_or_else(none)?(domain, value)
    }

    fn this_year(&self) -> i32 {
        super::answer::year_of(self.now)
    }
}
