//! Invariants asked of the FHIRPath evaluator, with the document's own references, the terminology and the profiles
//! as its world. <http://hl7.org/fhir/R4/fhirpath.html>

use super::check::Validator;
use super::datum::Datum;
use super::finding::Severity;
use super::library::Library;
use super::options::{Options, World as Around};
use super::seam::{Focus, Invariants};
use crate::path;
use crate::terminology::{Coding, Terminology, Verdict};
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use theriac_core::Instant;
use theriac_core::json::Node;
use theriac_fhirpath::{Element, Environment, Expression, Host, Item, Limits, Model, Resolved};

/// `conformsTo` in the invariants of a profile may lead to the profile itself.
const DEEPEST: u32 = 4;

/// Expressions, compiled once.
#[derive(Default)]
pub struct Expressions(RwLock<HashMap<String, Result<Arc<Expression>, String>>>);

impl Expressions {
    fn get(&self, text: &str) -> Result<Arc<Expression>, String> {
        if let Some(known) = self.0.read().get(text) {
            return known.clone();
        }
        let made = path::compile(text).map(Arc::new).map_err(|e| e.to_string());
        self.0.write().insert(text.to_owned(), made.clone());
        made
    }
}

/// Asks invariants; made for one validation.
pub struct FhirPath<'v> {
    expressions: &'v Expressions,
    library: &'v Library,
    terminology: &'v dyn Terminology,
    around: &'v Around,
    depth: AtomicU32,
}

impl<'v> FhirPath<'v> {
    pub fn new(
        expressions: &'v Expressions,
        library: &'v Library,
        terminology: &'v dyn Terminology,
        around: &'v Around,
    ) -> Self {
        Self { expressions, library, terminology, around, depth: AtomicU32::new(0) }
    }

    fn conforms(&self, node: &Node<'_>, profile: &str) -> Result<bool, String> {
        if self.depth.fetch_add(1, Ordering::Relaxed) >= DEEPEST {
            self.depth.fetch_sub(1, Ordering::Relaxed);
            return Err("conformsTo goes too deep".to_owned());
        }
        let options = Options { declared: false, ..Options::default() };
        let validator = Validator {
            library: self.library,
            terminology: self.terminology,
            invariants: self,
            options: &options,
            world: self.around,
        };
        let found = validator.check(node, &[profile.to_owned()]);
        self.depth.fetch_sub(1, Ordering::Relaxed);
        Ok(!found.iter().any(|f| f.severity == Severity::Error))
    }
}

impl Invariants for FhirPath<'_> {
    fn holds(&self, expression: &str, focus: &Focus<'_, '_>) -> Result<bool, String> {
        self.evaluated(expression, focus, |found| match found {
            [one] => !matches!(one.value(path::model()), Item::Boolean(false)),
            // An expression about what is not there holds: `reference.startsWith('#').not()`.
            _ => true,
        })
    }

    fn leads_to(&self, expression: &str, focus: &Focus<'_, '_>, value: Datum<'_>) -> Result<bool, String> {
        let wanted = value.address();
        let is = |item: &Item<'_>| match item {
            Item::Element(Element { value, extra, .. }) => {
                value.or(*extra).is_some_and(|node| std::ptr::from_ref(node) as usize == wanted)
            }
            _ => false,
        };
        self.evaluated(expression, focus, |found| found.iter().any(is))
    }
}

impl FhirPath<'_> {
    fn evaluated(
        &self,
        expression: &str,
        focus: &Focus<'_, '_>,
        told: impl FnOnce(&[Item<'_>]) -> bool,
    ) -> Result<bool, String> {
        let expression = self.expressions.get(expression)?;
        let world = World { of: self, focus };
        let environment = Environment {
            model: path::model(),
            host: &world,
            resource: Some(item(focus.resource)),
            root: Some(item(focus.root)),
            variables: Vec::new(),
            limits: Limits::default(),
            as_takes_many: true,
        };
        let found = expression.evaluate(&environment, item(focus.datum)).map_err(|e| e.to_string())?;
        Ok(told(&found))
    }
}

fn item(datum: Datum<'_>) -> Item<'_> {
    Item::Element(Element { value: datum.value, extra: datum.companion, of: path::model().find(datum.def.name) })
}

struct World<'w, 'd> {
    of: &'w FhirPath<'w>,
    focus: &'w Focus<'w, 'd>,
}

impl<'a, 'd: 'a> Host<'a> for World<'_, 'd> {
    fn now(&self) -> Instant {
        self.of.around.now
    }

    fn resolve(&self, reference: &str) -> Result<Resolved<'a>, String> {
        if let Some(found) = (self.focus.resolve)(reference) {
            return Ok(match item(found) {
                Item::Element(element) => Resolved::Element(element),
                _ => Resolved::Nothing,
            });
        }
        let kind = super::check::kind_of(reference).map(str::to_owned);
        Ok(kind.map_or(Resolved::Nothing, Resolved::OfType))
    }

    fn member_of(&self, item: &Item<'a>, value_set: &str) -> Result<Option<bool>, String> {
        let verdict = match item {
            Item::String(text) => self.of.terminology.in_value_set(value_set, &Coding::plain(text)),
            other => match other.node() {
                Some(Node::String(text)) => self.of.terminology.in_value_set(value_set, &Coding::plain(text)),
                Some(node) => match Coding::of(node) {
                    Some(coding) => self.of.terminology.in_value_set(value_set, &coding),
                    None => self.of.terminology.concept_in_value_set(value_set, node),
                },
                None => return Ok(None),
            },
        };
        Ok(match verdict {
            Verdict::Yes(_) => Some(true),
            Verdict::No(_) => Some(false),
            Verdict::CannotSay(_) => None,
        })
    }

    fn conforms_to(&self, item: &Item<'a>, profile: &str) -> Result<bool, String> {
        let node = item.node().ok_or("conformsTo is asked of a resource")?;
        self.of.conforms(node, profile)
    }
}
