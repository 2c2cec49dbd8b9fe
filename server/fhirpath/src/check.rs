//! What an expression can give, from its text and the model alone, and what in it can mean nothing.

use crate::fault::{Fault, Position, Result};
use crate::function::{Input, Kind, Output};
use crate::model::{Model, TypeId};
use crate::syntax::{Action, Argument, Call, Expr, Form, Name, Operation, Operator, Right, Step};
use crate::system::{System, TypeSpecifier};

/// The types that may come out; none known means anything may.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shape {
    pub types: Vec<ShapeType>,
    /// May more than one item come out?
    pub many: bool,
    /// Is nothing ever given: `{}`, or a path that begins at another type?
    pub never: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShapeType {
    Model(TypeId),
    System(System),
}

impl Shape {
    fn one(of: ShapeType) -> Self {
        Self { types: vec![of], many: false, never: false }
    }

    fn never() -> Self {
        Self { types: Vec::new(), many: false, never: true }
    }

    fn unknown() -> Self {
        Self { types: Vec::new(), many: true, never: false }
    }

    fn system(system: System) -> Self {
        Self::one(ShapeType::System(system))
    }

    pub fn is_known(&self) -> bool {
        !self.types.is_empty()
    }

    fn or(mut self, other: Self) -> Self {
        if other.never {
            return self;
        }
        if self.never {
            return other;
        }
        if !self.is_known() || !other.is_known() {
            return Self::unknown();
        }
        for of in other.types {
            if !self.types.contains(&of) {
                self.types.push(of);
            }
        }
        Self { many: true, ..self }
    }
}

pub fn check(expr: &Expr, model: &dyn Model, on: TypeId, strict: bool) -> Result<Shape> {
    let checker = Checker { model, strict };
    checker.expr(expr, &Shape::one(ShapeType::Model(on)))
}

struct Checker<'m> {
    model: &'m dyn Model,
    strict: bool,
}

impl Checker<'_> {
    fn expr(&self, expr: &Expr, this: &Shape) -> Result<Shape> {
        Ok(match &expr.form {
            Form::Empty => Shape::never(),
            Form::Boolean(_) => Shape::system(System::Boolean),
            Form::Integer(_) | Form::Index => Shape::system(System::Integer),
            Form::Decimal(_) => Shape::system(System::Decimal),
            Form::Text(_) => Shape::system(System::String),
            Form::Quantity(_) => Shape::system(System::Quantity),
            Form::Temporal(value) => Shape::system(match value.kind {
                crate::temporal::TemporalKind::Date => System::Date,
                crate::temporal::TemporalKind::DateTime => System::DateTime,
                crate::temporal::TemporalKind::Time => System::Time,
            }),
            Form::This => this.clone(),
            Form::Total | Form::Variable(_) => Shape::unknown(),
            Form::Signed(_, inner) => self.expr(inner, this)?,
            Form::Chain(head, steps) => self.chain(head.as_deref(), steps, this)?,
            Form::Operations(first, rest) => self.operations(first, rest, this)?,
        })
    }

    fn chain(&self, head: Option<&Expr>, steps: &[Step], this: &Shape) -> Result<Shape> {
        let (mut shape, rest) = match (head, steps.split_first()) {
            (Some(head), _) => (self.expr(head, this)?, steps),
            (None, Some((Step { action: Action::Member(name), at }, rest))) => (self.head(*at, name, this)?, rest),
            (None, _) => (this.clone(), steps),
        };
        for step in rest {
            shape = self.step(step, &shape, this)?;
        }
        Ok(shape)
    }

    fn head(&self, at: Position, name: &Name, this: &Shape) -> Result<Shape> {
        let Some(wanted) = name.of else { return self.member(at, &name.text, this) };
        let fits = |of: &ShapeType| match of {
            ShapeType::Model(of) => self.model.is_a(*of, wanted) || self.model.is_open(*of),
            ShapeType::System(_) => false,
        };
        if !this.is_known() || this.types.iter().any(fits) {
            return Ok(this.clone());
        }
        let message = format!("the path begins at {}, but what it is for is {}", name.text, self.names(this));
        self.mistake(at, message).map(|()| Shape::never())
    }

    fn mistake(&self, at: Position, message: String) -> Result<()> {
        if self.strict { Err(Fault::semantic(at, message)) } else { Ok(()) }
    }

    fn names(&self, shape: &Shape) -> String {
        let name = |of: &ShapeType| match of {
            ShapeType::Model(of) => self.model.name(*of),
            ShapeType::System(system) => system.name(),
        };
        let names: Vec<_> = shape.types.iter().map(name).collect();
        if names.is_empty() { "not known".to_owned() } else { names.join(" or ") }
    }

    /// The types of the children of that name.
    fn member(&self, at: Position, name: &str, of: &Shape) -> Result<Shape> {
        if !of.is_known() {
            return Ok(if of.never { Shape::never() } else { Shape::unknown() });
        }
        let mut found = Shape { types: Vec::new(), many: of.many, never: false };
        let mut open = false;
        for parent in &of.types {
            let ShapeType::Model(parent) = *parent else { continue };
            open |= self.model.is_open(parent);
            let Some(element) = self.model.element(parent, name) else { continue };
            found.many |= element.repeats;
            let choices = element.of.map_or_else(|| self.model.choices(parent, name), |of| vec![of]);
            for of in choices.into_iter().map(ShapeType::Model) {
                if !found.types.contains(&of) {
                    found.types.push(of);
                }
            }
        }
        if found.is_known() || open {
            return Ok(if found.is_known() { found } else { Shape::unknown() });
        }
        let message = format!("{} has no element {name}{}", self.names(of), self.near(of, name));
        self.mistake(at, message).map(|()| Shape::never())
    }

    /// What the element may have been meant to be.
    fn near(&self, of: &Shape, name: &str) -> String {
        let parents = of.types.iter().filter_map(|of| match of {
            ShapeType::Model(of) => Some(*of),
            ShapeType::System(_) => None,
        });
        for parent in parents {
            let names = self.model.elements(parent);
            if let Some(choice) =
                names.iter().find(|n| name.starts_with(**n) && self.model.member(parent, name).is_some())
            {
                return format!("; a choice is named without its type: {choice}");
            }
            if let Some(same) = names.iter().find(|n| n.eq_ignore_ascii_case(name)) {
                return format!("; it has {same}");
            }
        }
        String::new()
    }

    fn step(&self, step: &Step, input: &Shape, this: &Shape) -> Result<Shape> {
        match &step.action {
            Action::Member(name) => self.member(step.at, &name.text, input),
            Action::Index(index) => {
                self.expr(index, this)?;
                Ok(Shape { many: false, ..input.clone() })
            }
            Action::Call(call) => self.call(step.at, call, input, this),
        }
    }

    fn call(&self, at: Position, call: &Call, input: &Shape, this: &Shape) -> Result<Shape> {
        self.input(at, call, input)?;
        let each = Shape { many: false, ..input.clone() };
        let mut arguments = Vec::new();
        for (place, argument) in call.arguments.iter().enumerate() {
            let on = if call.function.argument(place) == Some(Kind::Each) { &each } else { this };
            match argument {
                Argument::Expr(expr) => arguments.push(self.expr(expr, on)?),
                Argument::Type(at, wanted) => self.known(*at, wanted)?,
            }
        }
        self.condition(at, call, arguments.first())?;
        Ok(self.output(call, input, arguments))
    }

    fn known(&self, at: Position, wanted: &TypeSpecifier) -> Result<()> {
        match wanted.is_mistaken() {
            true => self.mistake(at, format!("there is no type {}", wanted.name)),
            false => Ok(()),
        }
    }

    fn condition(&self, at: Position, call: &Call, first: Option<&Shape>) -> Result<()> {
        let takes_condition = matches!(call.function.name, "iif" | "where" | "all" | "exists");
        let Some(shape) = first.filter(|shape| takes_condition && shape.is_known()) else { return Ok(()) };
        if shape.types.iter().any(|of| self.system(*of) == Some(System::Boolean)) {
            return Ok(());
        }
        self.mistake(
            at,
            format!("the condition of {}() is a Boolean, and this is {}", call.function.name, self.names(shape)),
        )
    }

    /// The system type of values of that type.
    fn system(&self, of: ShapeType) -> Option<System> {
        match of {
            ShapeType::System(system) => Some(system),
            ShapeType::Model(of) if self.model.is_quantity(of) => Some(System::Quantity),
            ShapeType::Model(of) => self.model.primitive(of),
        }
    }

    fn input(&self, at: Position, call: &Call, input: &Shape) -> Result<()> {
        let fits = |of: &ShapeType| match (call.function.input, self.system(*of)) {
            (Input::Any, _) | (_, Some(System::Any)) => true,
            (Input::Text, system) => system == Some(System::String),
            (Input::Number, system) => {
                matches!(system, Some(System::Integer | System::Decimal | System::Quantity))
            }
            (Input::Boolean, system) => system == Some(System::Boolean),
        };
        if !input.is_known() || input.types.iter().any(fits) {
            return Ok(());
        }
        let message = format!("{}() does not work on {}", call.function.name, self.names(input));
        Err(Fault::semantic(at, message))
    }

    fn output(&self, call: &Call, input: &Shape, mut arguments: Vec<Shape>) -> Shape {
        match call.function.output {
            Output::Same => input.clone(),
            Output::One => Shape { many: false, ..input.clone() },
            Output::System(system) => Shape::system(system),
            Output::Systems(system) => Shape { many: true, ..Shape::system(system) },
            Output::Argument if !arguments.is_empty() => {
                let shape = arguments.swap_remove(0);
                Shape { many: shape.many || input.many, ..shape }
            }
            Output::Type => match call.arguments.first() {
                Some(Argument::Type(_, wanted)) => self.narrowed(input, wanted),
                _ => Shape::unknown(),
            },
            Output::Union if !arguments.is_empty() => input.clone().or(arguments.swap_remove(0)),
            Output::Branches => {
                let branches = arguments.into_iter().skip(1);
                let all = branches.reduce(Shape::or).unwrap_or_default();
                Shape { many: all.many, ..all }
            }
            Output::Extension => match self.model.find("Extension") {
                Some(of) => Shape { many: true, ..Shape::one(ShapeType::Model(of)) },
                None => Shape::unknown(),
            },
            Output::Argument | Output::Union | Output::Unknown => Shape::unknown(),
        }
    }

    fn narrowed(&self, input: &Shape, wanted: &TypeSpecifier) -> Shape {
        let fits = |of: &ShapeType| match (of, wanted.model, wanted.system) {
            (ShapeType::Model(of), Some(wanted), _) => self.model.is_a(*of, wanted) || self.model.is_a(wanted, *of),
            (ShapeType::System(of), _, Some(wanted)) => *of == wanted,
            _ => false,
        };
        if input.never || (input.is_known() && !input.types.iter().any(fits)) {
            return match (self.strict, wanted.model) {
                // What never comes still has a type, on which further steps can be wrong.
                (true, Some(of)) => Shape { types: vec![ShapeType::Model(of)], many: false, never: true },
                _ => Shape::never(),
            };
        }
        let of = wanted.model.map(ShapeType::Model).or(wanted.system.map(ShapeType::System));
        of.map_or_else(Shape::unknown, |of| Shape { many: input.many, ..Shape::one(of) })
    }

    fn operations(&self, first: &Expr, rest: &[Operation], this: &Shape) -> Result<Shape> {
        let mut left = self.union_member(first, rest.first(), this)?;
        for operation in rest {
            left = match &operation.right {
                Right::Type(wanted) => {
                    self.known(operation.at, wanted)?;
                    match operation.operator {
                        Operator::Is => Shape::system(System::Boolean),
                        _ => self.narrowed(&left, wanted),
                    }
                }
                Right::Expr(right) => {
                    let right = self.union_member(right, Some(operation), this)?;
                    self.operation(operation.operator, left, right)
                }
            };
        }
        Ok(left)
    }

    /// A member of a union may begin at a type that is not the one looked at: one expression serves many types.
    fn union_member(&self, expr: &Expr, operation: Option<&Operation>, this: &Shape) -> Result<Shape> {
        let in_union = operation.is_some_and(|o| o.operator == Operator::Union);
        if in_union && begins_elsewhere(expr, self.model, this) {
            return Ok(Shape::never());
        }
        self.expr(expr, this)
    }

    fn operation(&self, operator: Operator, left: Shape, right: Shape) -> Shape {
        use Operator as O;
        match operator {
            O::Union => left.or(right),
            O::Concatenate => Shape::system(System::String),
            O::Multiply | O::Divide | O::Div | O::Mod | O::Plus | O::Minus => {
                let system = |shape: &Shape| shape.types.first().and_then(|of| self.system(*of));
                match (operator, system(&left), system(&right)) {
                    (O::Divide, Some(System::Integer), Some(System::Integer)) => Shape::system(System::Decimal),
                    (_, Some(left), Some(right)) if left == right || left != System::Integer => Shape::system(left),
                    (_, _, Some(right)) => Shape::system(right),
                    _ => Shape::unknown(),
                }
            }
            _ => Shape::system(System::Boolean),
        }
    }
}

/// Does the first name in it say a type that the input is not?
fn begins_elsewhere(expr: &Expr, model: &dyn Model, this: &Shape) -> bool {
    match &expr.form {
        Form::Chain(None, steps) => match steps.first() {
            Some(Step { action: Action::Member(Name { of: Some(wanted), .. }), .. }) => {
                this.is_known()
                    && !this.types.iter().any(|of| matches!(of, ShapeType::Model(of) if model.is_a(*of, *wanted)))
            }
            _ => false,
        },
        Form::Chain(Some(head), _) => begins_elsewhere(head, model, this),
        Form::Operations(first, rest) => match rest.first() {
            Some(operation) if operation.operator == Operator::Union => false,
            _ => begins_elsewhere(first, model, this),
        },
        _ => false,
    }
}
