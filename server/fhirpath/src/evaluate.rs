//! Walks the tree of an expression over a document, counting its steps.

use crate::fault::{Fault, FaultKind, Position, Result};
use crate::host::Host;
use crate::item::{Item, Items, none, one, perhaps};
use crate::model::Model;
use crate::syntax::{Action, Argument, Call, Expr, Form, Name, Step};
use crate::temporal::Temporal;
use crate::{convert, equality, navigate, operator};
use std::borrow::Cow;
use std::cell::Cell;
use std::rc::Rc;

/// What one evaluation may cost. A step is one part of the expression on one item; long texts and deep comparisons
/// count as many.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub steps: u64,
    /// Longest text that is made, in bytes.
    pub text: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { steps: 2_000_000, text: 1 << 20 }
    }
}

/// The world of an evaluation.
pub struct Environment<'a> {
    /// The same that the expression was compiled with.
    pub model: &'a dyn Model,
    pub host: &'a dyn Host<'a>,
    /// `%resource`: the resource that holds what is looked at.
    pub resource: Option<Item<'a>>,
    /// `%rootResource`: the outermost one.
    pub root: Option<Item<'a>>,
    /// More variables, without `%`.
    pub variables: Vec<(&'a str, Items<'a>)>,
    pub limits: Limits,
    /// R4's own search parameters and invariants (dom-3) use `as` on many items.
    pub as_takes_many: bool,
}

/// `$this`, `$index` and `$total`.
#[derive(Clone)]
pub struct Focus<'a> {
    pub this: Option<Item<'a>>,
    pub index: Option<usize>,
    pub total: Option<Rc<Items<'a>>>,
}

pub struct Evaluation<'a, 'e> {
    pub environment: &'e Environment<'a>,
    pub context: Option<Item<'a>>,
    left: Cell<u64>,
}

/// A function's call, as its body sees it.
pub struct Invocation<'a, 'f> {
    pub evaluation: &'f Evaluation<'a, 'f>,
    pub call: &'a Call,
    pub focus: &'f Focus<'a>,
    pub at: Position,
}

pub fn evaluate<'a>(expr: &'a Expr, environment: &Environment<'a>, this: Option<Item<'a>>) -> Result<Items<'a>> {
    let left = Cell::new(environment.limits.steps);
    let evaluation = Evaluation { environment, context: this.clone(), left };
    evaluation.expr(expr, &Focus { this, index: None, total: None })
}

impl<'a> Evaluation<'a, '_> {
    pub fn model(&self) -> &'a dyn Model {
        self.environment.model
    }

    /// Counts steps against the limit.
    pub fn spend(&self, at: Position, steps: usize) -> Result<()> {
        let left = self.left.get().checked_sub(steps as u64);
        self.left.set(left.unwrap_or_default());
        left.map(drop).ok_or_else(|| {
            let most = self.environment.limits.steps;
            Fault::new(
                FaultKind::Limit,
                at,
                format!("the evaluation takes more than {most} steps; narrow the expression"),
            )
        })
    }

    /// Counts a text that is about to be made.
    pub fn spend_text(&self, at: Position, bytes: usize) -> Result<()> {
        let most = self.environment.limits.text;
        if bytes > most {
            let message = format!("the evaluation makes a text of more than {most} bytes");
            return Err(Fault::new(FaultKind::Limit, at, message));
        }
        self.spend(at, bytes / 16)
    }

    pub fn now(&self) -> Temporal {
        Temporal::from_micros(self.environment.host.now().0)
    }

    pub fn expr(&self, expr: &'a Expr, focus: &Focus<'a>) -> Result<Items<'a>> {
        self.spend(expr.at, 1)?;
        Ok(match &expr.form {
            Form::Empty => none(),
            Form::Boolean(value) => one(Item::Boolean(*value)),
            Form::Integer(value) => one(Item::Integer(*value)),
            Form::Decimal(value) => one(Item::Decimal(*value)),
            Form::Text(text) => one(Item::String(Cow::Borrowed(text))),
            Form::Temporal(value) => one(Item::Temporal(*value)),
            Form::Quantity(quantity) => one(Item::Quantity(quantity.clone())),
            Form::This => perhaps(focus.this.clone()),
            Form::Index => perhaps(focus.index.and_then(|i| i64::try_from(i).ok()).map(Item::Integer)),
            Form::Total => focus.total.as_deref().cloned().unwrap_or_default(),
            Form::Variable(name) => self.variable(expr.at, name)?,
            Form::Signed(minus, inner) => operator::signed(self, expr.at, *minus, self.expr(inner, focus)?)?,
            Form::Chain(head, steps) => self.chain(head.as_deref(), steps, focus)?,
            Form::Operations(first, rest) => operator::operations(self, first, rest, focus)?,
        })
    }

    fn chain(&self, head: Option<&'a Expr>, steps: &'a [Step], focus: &Focus<'a>) -> Result<Items<'a>> {
        let (mut items, rest) = match (head, steps.split_first()) {
            (Some(head), _) => (self.expr(head, focus)?, steps),
            (None, Some((Step { action: Action::Member(name), at }, rest))) => (self.head(*at, name, focus)?, rest),
            (None, _) => (perhaps(focus.this.clone()), steps),
        };
        for step in rest {
            // Nothing has no children; functions may make something of it.
            if !items.is_empty() || !matches!(step.action, Action::Member(_)) {
                items = self.step(step, items, focus)?;
            }
        }
        Ok(items)
    }

    /// A name at the head of a chain: a child of `$this`, or the type of `$this` itself.
    fn head(&self, at: Position, name: &Name, focus: &Focus<'a>) -> Result<Items<'a>> {
        let Some(this) = &focus.this else { return Ok(none()) };
        if let (Some(wanted), Item::Element(element)) = (name.of, this) {
            let is_it = element.of.is_some_and(|of| self.model().is_a(of, wanted));
            return Ok(if is_it { one(this.clone()) } else { none() });
        }
        let mut found = none();
        navigate::children(self.model(), this, &name.text, &mut found);
        self.spend(at, found.len())?;
        Ok(found)
    }

    fn step(&self, step: &'a Step, items: Items<'a>, focus: &Focus<'a>) -> Result<Items<'a>> {
        self.spend(step.at, 1 + items.len())?;
        match &step.action {
            Action::Member(name) => {
                let mut found = none();
                for item in &items {
                    navigate::children(self.model(), item, &name.text, &mut found);
                }
                self.spend(step.at, found.len())?;
                Ok(found)
            }
            Action::Call(call) => {
                let invocation = Invocation { evaluation: self, call, focus, at: step.at };
                (call.function.body)(&invocation, items)
            }
            Action::Index(index) => {
                let index = self.expr(index, focus)?;
                match self.single(step.at, &index, "an index")?.map(|item| convert::value(self.model(), item)) {
                    Some(Item::Integer(place)) => {
                        let place = usize::try_from(place).ok();
                        Ok(perhaps(place.and_then(|place| items.into_iter().nth(place))))
                    }
                    None => Ok(none()),
                    Some(_) => Err(Fault::execution(step.at, "an index is an Integer")),
                }
            }
        }
    }

    fn variable(&self, at: Position, name: &str) -> Result<Items<'a>> {
        let environment = self.environment;
        if let Some((_, items)) = environment.variables.iter().find(|(known, _)| *known == name) {
            return Ok(items.clone());
        }
        let text = |text: String| Ok(one(Item::text(text)));
        match name {
            "resource" => Ok(perhaps(environment.resource.clone())),
            "rootResource" => Ok(perhaps(environment.root.clone())),
            "context" => Ok(perhaps(self.context.clone())),
            "sct" => text("http://snomed.info/sct".to_owned()),
            "loinc" => text("http://loinc.org".to_owned()),
            "ucum" => text(theriac_units::SYSTEM.to_owned()),
            _ => match (name.strip_prefix("vs-"), name.strip_prefix("ext-")) {
                (Some(set), _) => text(format!("http://hl7.org/fhir/ValueSet/{set}")),
                (_, Some(extension)) => text(format!("http://hl7.org/fhir/StructureDefinition/{extension}")),
                _ => {
                    let message = format!(
                        "there is no variable %{name}; there are %resource, %rootResource, %context, %ucum, %sct, %loinc, %`vs-...`, %`ext-...`"
                    );
                    Err(Fault::execution(at, message))
                }
            },
        }
    }

    /// The only item; more than one is a fault.
    pub fn single<'i>(&self, at: Position, items: &'i [Item<'a>], what: &str) -> Result<Option<&'i Item<'a>>> {
        match items {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            many => Err(Fault::execution(at, format!("{what} is a single item, and {} came", many.len()))),
        }
    }

    /// The only item's value.
    pub fn single_value(&self, at: Position, items: &[Item<'a>], what: &str) -> Result<Option<Item<'a>>> {
        Ok(self.single(at, items, what)?.map(|item| convert::value(self.model(), item)))
    }

    /// As a condition: a single item that is no Boolean counts as true. <http://hl7.org/fhirpath/N1/#singleton-evaluation-of-collections>
    pub fn truth(&self, at: Position, items: &[Item<'a>]) -> Result<Option<bool>> {
        Ok(self.single_value(at, items, "a condition")?.map(|item| !matches!(item, Item::Boolean(false))))
    }

    pub fn equal(&self, at: Position, left: &Item<'a>, right: &Item<'a>) -> Result<Option<bool>> {
        self.spend(at, 1)?;
        equality::equal(self, at, left, right)
    }
}

impl<'a> Invocation<'a, '_> {
    pub fn model(&self) -> &'a dyn Model {
        self.evaluation.model()
    }

    pub fn name(&self) -> &'static str {
        self.call.function.name
    }

    pub fn fault(&self, message: impl std::fmt::Display) -> Fault {
        Fault::execution(self.at, format!("{}(): {message}", self.name()))
    }

    pub fn spend(&self, steps: usize) -> Result<()> {
        self.evaluation.spend(self.at, steps)
    }

    pub fn has(&self, place: usize) -> bool {
        place < self.call.arguments.len()
    }

    pub fn argument_expr(&self, place: usize) -> Option<&'a Expr> {
        match self.call.arguments.get(place) {
            Some(Argument::Expr(expr)) => Some(expr),
            _ => None,
        }
    }

    /// An argument, evaluated where the call stands. An argument that was not given is empty.
    pub fn argument(&self, place: usize) -> Result<Items<'a>> {
        self.argument_expr(place).map_or_else(|| Ok(none()), |expr| self.evaluation.expr(expr, self.focus))
    }

    /// An argument, evaluated with `$this` at an item.
    pub fn on_item(&self, place: usize, item: &Item<'a>, index: usize) -> Result<Items<'a>> {
        let focus = Focus { this: Some(item.clone()), index: Some(index), total: self.focus.total.clone() };
        self.argument_expr(place).map_or_else(|| Ok(none()), |expr| self.evaluation.expr(expr, &focus))
    }

    pub fn argument_value(&self, place: usize) -> Result<Option<Item<'a>>> {
        let name = self.call.function.parameter_name(place);
        self.evaluation.single_value(self.at, &self.argument(place)?, name)
    }

    pub fn argument_text(&self, place: usize) -> Result<Option<Cow<'a, str>>> {
        match self.argument_value(place)? {
            None => Ok(None),
            Some(Item::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.fault(format!("{} is a String", self.call.function.parameter_name(place)))),
        }
    }

    pub fn argument_integer(&self, place: usize) -> Result<Option<i64>> {
        match self.argument_value(place)? {
            None => Ok(None),
            Some(Item::Integer(value)) => Ok(Some(value)),
            Some(_) => Err(self.fault(format!("{} is an Integer", self.call.function.parameter_name(place)))),
        }
    }

    /// The input's only item.
    pub fn input<'i>(&self, items: &'i [Item<'a>]) -> Result<Option<&'i Item<'a>>> {
        self.evaluation.single(self.at, items, "the input")
    }

    pub fn input_value(&self, items: &[Item<'a>]) -> Result<Option<Item<'a>>> {
        self.evaluation.single_value(self.at, items, "the input")
    }

    pub fn input_text(&self, items: &[Item<'a>]) -> Result<Option<Cow<'a, str>>> {
        match self.input_value(items)? {
            None => Ok(None),
            Some(Item::String(text)) => {
                self.spend(text.len() / 16)?;
                Ok(Some(text))
            }
            Some(_) => Err(self.fault("the input is a String")),
        }
    }
}
