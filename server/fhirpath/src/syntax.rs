//! The tree of an expression. Chains of steps and of operators of one rank are flat, so that only true nesting makes
//! it deep.

use crate::fault::Position;
use crate::function::Function;
use crate::model::TypeId;
use crate::quantity::Quantity;
use crate::system::TypeSpecifier;
use crate::temporal::Temporal;
use regex::Regex;
use rust_decimal::Decimal;
use std::sync::OnceLock;

#[derive(Debug)]
pub struct Expr {
    pub at: Position,
    pub form: Form,
}

#[derive(Debug)]
pub enum Form {
    /// `{}`
    Empty,
    Boolean(bool),
    Integer(i64),
    Decimal(Decimal),
    Text(Box<str>),
    Temporal(Temporal),
    Quantity(Box<Quantity<'static>>),
    This,
    Index,
    Total,
    Variable(Box<str>),
    /// `-x` (true) or `+x`.
    Signed(bool, Box<Expr>),
    /// A head, or `$this` if there is none, and what is done with it.
    Chain(Option<Box<Expr>>, Vec<Step>),
    /// From left to right.
    Operations(Box<Expr>, Vec<Operation>),
}

impl Expr {
    /// Is a function of that name called anywhere in it?
    pub fn calls(&self, name: &str) -> bool {
        let in_step = |step: &Step| match &step.action {
            Action::Member(_) => false,
            Action::Index(index) => index.calls(name),
            Action::Call(call) => call.function.name == name || call.arguments.iter().any(|a| a.calls(name)),
        };
        match &self.form {
            Form::Signed(_, inner) => inner.calls(name),
            Form::Chain(head, steps) => head.as_ref().is_some_and(|h| h.calls(name)) || steps.iter().any(in_step),
            Form::Operations(first, rest) => {
                let in_right = |o: &Operation| matches!(&o.right, Right::Expr(right) if right.calls(name));
                first.calls(name) || rest.iter().any(in_right)
            }
            _ => false,
        }
    }
}

impl Argument {
    fn calls(&self, name: &str) -> bool {
        matches!(self, Self::Expr(expr) if expr.calls(name))
    }
}

#[derive(Debug)]
pub struct Step {
    pub at: Position,
    pub action: Action,
}

#[derive(Debug)]
pub enum Action {
    Member(Name),
    Call(Call),
    Index(Expr),
}

#[derive(Debug)]
pub struct Name {
    pub text: Box<str>,
    /// At the head of a chain `Patient` may be the type of what is looked at.
    pub of: Option<TypeId>,
}

#[derive(Debug)]
pub struct Call {
    pub function: &'static Function,
    pub arguments: Vec<Argument>,
    /// A regular expression that stands in the text, compiled when it is first used; or why it cannot be.
    pub regex: OnceLock<std::result::Result<Regex, String>>,
}

#[derive(Debug)]
pub enum Argument {
    Expr(Expr),
    Type(Position, TypeSpecifier),
}

#[derive(Debug)]
pub struct Operation {
    pub at: Position,
    pub operator: Operator,
    pub right: Right,
}

#[derive(Debug)]
pub enum Right {
    Expr(Expr),
    Type(TypeSpecifier),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Multiply,
    Divide,
    Div,
    Mod,
    Plus,
    Minus,
    Concatenate,
    Is,
    As,
    Union,
    LessOrEqual,
    Less,
    Greater,
    GreaterOrEqual,
    Equal,
    Equivalent,
    NotEqual,
    NotEquivalent,
    In,
    Contains,
    And,
    Or,
    Xor,
    Implies,
}

use Operator as O;

/// Every operator with its rank; the higher binds tighter. <http://hl7.org/fhirpath/N1/#operator-precedence>
pub const OPERATORS: &[(Operator, &str, u8)] = &[
    (O::Multiply, "*", 11),
    (O::Divide, "/", 11),
    (O::Div, "div", 11),
    (O::Mod, "mod", 11),
    (O::Plus, "+", 10),
    (O::Minus, "-", 10),
    (O::Concatenate, "&", 10),
    (O::Is, "is", 9),
    (O::As, "as", 9),
    (O::Union, "|", 8),
    (O::LessOrEqual, "<=", 7),
    (O::Less, "<", 7),
    (O::Greater, ">", 7),
    (O::GreaterOrEqual, ">=", 7),
    (O::Equal, "=", 6),
    (O::Equivalent, "~", 6),
    (O::NotEqual, "!=", 6),
    (O::NotEquivalent, "!~", 6),
    (O::In, "in", 5),
    (O::Contains, "contains", 5),
    (O::And, "and", 4),
    (O::Or, "or", 3),
    (O::Xor, "xor", 3),
    (O::Implies, "implies", 2),
];

impl Operator {
    pub fn of_text(text: &str) -> Option<(Self, u8)> {
        OPERATORS.iter().find(|(_, t, _)| *t == text).map(|(operator, _, rank)| (*operator, *rank))
    }

    pub fn text(self) -> &'static str {
        OPERATORS.iter().find(|(operator, _, _)| *operator == self).map_or("", |(_, text, _)| text)
    }
}
