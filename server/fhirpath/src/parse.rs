//! From words to a tree. <http://hl7.org/fhirpath/N1/#formal-specifications>

use crate::fault::{Fault, Position, Result};
use crate::function::{self, Kind};
use crate::lex::{Token, tokens};
use crate::model::Model;
use crate::quantity::Quantity;
use crate::syntax::{Action, Argument, Call, Expr, Form, Name, Operation, Operator, Right, Step};
use crate::system::TypeSpecifier;
use rust_decimal::Decimal;
use std::borrow::Cow;
use std::sync::OnceLock;
use theriac_units::Calendar;

/// Deepest nesting of parentheses, arguments, signs and operators of rising rank.
const DEEPEST: usize = 100;

pub fn parse(text: &str, model: &dyn Model) -> Result<Expr> {
    let mut parser = Parser { tokens: tokens(text)?, next: 0, depth: 0, model };
    let expr = parser.expression(0)?;
    match parser.peek() {
        Token::End => Ok(expr),
        _ => parser.fail("an operator or the end was expected"),
    }
}

struct Parser<'m> {
    tokens: Vec<(Token, Position)>,
    next: usize,
    depth: usize,
    model: &'m dyn Model,
}

impl Parser<'_> {
    fn peek(&self) -> &Token {
        self.tokens.get(self.next).map_or(&Token::End, |(token, _)| token)
    }

    fn position(&self) -> Position {
        self.tokens.get(self.next).or(self.tokens.last()).map_or_else(Position::default, |(_, at)| *at)
    }

    fn fail<T>(&self, expected: &str) -> Result<T> {
        Err(Fault::syntax(self.position(), format!("{expected}, and {} came", self.peek().name())))
    }

    fn take(&mut self) -> Token {
        let token =
            self.tokens.get_mut(self.next).map_or(Token::End, |(token, _)| std::mem::replace(token, Token::End));
        self.next += 1;
        token
    }

    fn eat(&mut self, symbol: &'static str) -> bool {
        let found = *self.peek() == Token::Symbol(symbol);
        self.next += usize::from(found);
        found
    }

    fn need(&mut self, symbol: &'static str) -> Result<()> {
        if self.eat(symbol) { Ok(()) } else { self.fail(&format!("`{symbol}` was expected")) }
    }

    fn operator(&self) -> Option<(Operator, u8)> {
        match self.peek() {
            Token::Symbol(text) => Operator::of_text(text),
            Token::Word(text) => Operator::of_text(text),
            _ => None,
        }
    }

    /// An expression whose operators all rank above `rank`.
    fn expression(&mut self, rank: u8) -> Result<Expr> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Fault::syntax(self.position(), format!("this is nested deeper than {DEEPEST} levels")));
        }
        let mut left = self.signed()?;
        while let Some((_, found)) = self.operator().filter(|(_, found)| *found > rank) {
            left = self.operations(left, found)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    /// All operators of one rank that follow.
    fn operations(&mut self, first: Expr, rank: u8) -> Result<Expr> {
        let (at, mut operations) = (first.at, Vec::new());
        while let Some((operator, _)) = self.operator().filter(|(_, found)| *found == rank) {
            let at = self.position();
            self.take();
            let right = match operator {
                Operator::Is | Operator::As => Right::Type(self.type_specifier()?),
                _ => Right::Expr(self.expression(rank)?),
            };
            operations.push(Operation { at, operator, right });
        }
        Ok(Expr { at, form: Form::Operations(Box::new(first), operations) })
    }

    fn signed(&mut self) -> Result<Expr> {
        let at = self.position();
        let minus = *self.peek() == Token::Symbol("-");
        if !minus && *self.peek() != Token::Symbol("+") {
            return self.chain();
        }
        self.take();
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Fault::syntax(at, format!("this is nested deeper than {DEEPEST} levels")));
        }
        let inner = self.signed()?;
        self.depth -= 1;
        Ok(Expr { at, form: Form::Signed(minus, Box::new(inner)) })
    }

    fn chain(&mut self) -> Result<Expr> {
        let at = self.position();
        let (head, mut steps) = match self.peek() {
            Token::Word(word) if !matches!(word.as_str(), "true" | "false") => (None, vec![self.invocation(true)?]),
            Token::Delimited(_) => (None, vec![self.invocation(true)?]),
            _ => (Some(self.term()?), Vec::new()),
        };
        loop {
            let at = self.position();
            if self.eat(".") {
                steps.push(self.invocation(false)?);
            } else if self.eat("[") {
                let index = self.expression(0)?;
                self.need("]")?;
                steps.push(Step { at, action: Action::Index(index) });
            } else {
                break;
            }
        }
        match head {
            Some(head) if steps.is_empty() => Ok(head),
            head => Ok(Expr { at, form: Form::Chain(head.map(Box::new), steps) }),
        }
    }

    fn invocation(&mut self, at_head: bool) -> Result<Step> {
        let at = self.position();
        let (name, is_word) = match self.peek() {
            Token::Word(name) => (name.clone(), true),
            Token::Delimited(name) => (name.clone(), false),
            Token::Special(_) => return self.fail("the name of an element or a function was expected"),
            _ => return self.fail("the name of an element or a function was expected"),
        };
        if at_head && is_word && Operator::of_text(&name).is_some_and(|(o, _)| !may_be_name(o)) {
            return self.fail("an expression was expected");
        }
        self.take();
        if self.eat("(") {
            let call = self.call(at, &name)?;
            return Ok(Step { at, action: Action::Call(call) });
        }
        let of = if at_head {
            self.model.find(&name).filter(|_| name.starts_with(|c: char| c.is_ascii_uppercase()))
        } else {
            None
        };
        Ok(Step { at, action: Action::Member(Name { text: name.into(), of }) })
    }

    fn call(&mut self, at: Position, name: &str) -> Result<Call> {
        let Some(function) = function::find(name) else { return Err(unknown_function(at, name)) };
        let mut arguments = Vec::new();
        while !self.eat(")") {
            if !arguments.is_empty() {
                self.need(",")?;
            }
            arguments.push(self.argument(function, arguments.len())?);
        }
        let (least, most) = (function.least(), function.arguments.len());
        if arguments.len() < least || (arguments.len() > most && !function.is_open_ended()) {
            let takes = if least == most { least.to_string() } else { format!("{least} to {most}") };
            let message =
                format!("{name}() takes {takes} arguments and got {}: {}", arguments.len(), function.signature());
            return Err(Fault::syntax(at, message));
        }
        Ok(Call { function, arguments, regex: OnceLock::new() })
    }

    fn argument(&mut self, function: &'static function::Function, place: usize) -> Result<Argument> {
        match function.argument(place) {
            Some(Kind::Type) => {
                let at = self.position();
                Ok(Argument::Type(at, self.type_specifier()?))
            }
            _ => Ok(Argument::Expr(self.expression(0)?)),
        }
    }

    fn type_specifier(&mut self) -> Result<TypeSpecifier> {
        let first = self.type_name()?;
        // A namespace comes before the dot; `x is Quantity.value` is not FHIRPath.
        if matches!(first.as_str(), "System" | "FHIR") && self.eat(".") {
            let name = self.type_name()?;
            return Ok(TypeSpecifier::resolve(Some(&first), &name, self.model));
        }
        Ok(TypeSpecifier::resolve(None, &first, self.model))
    }

    fn type_name(&mut self) -> Result<String> {
        match self.peek() {
            Token::Word(name) | Token::Delimited(name) => {
                let name = name.clone();
                self.take();
                Ok(name)
            }
            _ => self.fail("the name of a type was expected"),
        }
    }

    fn term(&mut self) -> Result<Expr> {
        let at = self.position();
        let form = match self.take() {
            Token::Symbol("(") => {
                let inner = self.expression(0)?;
                self.need(")")?;
                return Ok(inner);
            }
            Token::Symbol("{") => {
                self.need("}")?;
                Form::Empty
            }
            Token::Word(word) => Form::Boolean(word == "true"),
            Token::Text(text) => Form::Text(text.into()),
            Token::Temporal(value) => Form::Temporal(value),
            Token::Number(digits) => self.number(at, &digits)?,
            Token::Special("$this") => Form::This,
            Token::Special("$index") => Form::Index,
            Token::Special(_) => Form::Total,
            Token::Variable(name) => Form::Variable(name.into()),
            other => {
                let message = format!("an expression was expected, and {} came", other.name());
                return Err(Fault::syntax(at, message));
            }
        };
        Ok(Expr { at, form })
    }

    fn number(&mut self, at: Position, digits: &str) -> Result<Form> {
        let value = Decimal::from_str_exact(digits)
            .map_err(|_| Fault::syntax(at, format!("{digits} has more than 28 digits")))?;
        let unit = match self.peek() {
            Token::Text(code) => Some(Quantity::unit_of_literal(code)),
            Token::Word(word) => Calendar::of_word(word).map(crate::quantity::Unit::Calendar),
            _ => None,
        };
        if let Some(unit) = unit {
            self.take();
            return Ok(Form::Quantity(Box::new(Quantity { value, unit })));
        }
        if digits.contains('.') {
            return Ok(Form::Decimal(value));
        }
        match digits.parse::<i64>().ok().filter(|n| *n <= i64::from(i32::MAX)) {
            Some(value) => Ok(Form::Integer(value)),
            None => Err(Fault::syntax(at, format!("an Integer is at most 2147483647; write {digits}.0 for a Decimal"))),
        }
    }
}

/// Words of operators that the grammar also lets be names.
fn may_be_name(operator: Operator) -> bool {
    matches!(operator, Operator::Is | Operator::As | Operator::In | Operator::Contains)
}

fn unknown_function(at: Position, name: &str) -> Fault {
    let near = function::nearest(name).map_or(Cow::Borrowed(""), |near| format!("; {near}() is near to it").into());
    Fault::syntax(at, format!("there is no function {name}(){near}"))
}
