//! FHIRPath: a path language over resources. Normative release N1 (<http://hl7.org/fhirpath/N1/>), FHIR R4's additions
//! (<http://hl7.org/fhir/R4/fhirpath.html>), and of the later drafts what R4's official tests use.
//!
//! Pure: no IO; what lies outside the document is asked of a [`Host`], what a type has of a [`Model`]. A compiled
//! [`Expression`] is reused and shared between threads. Documents are borrowed, never copied. Expressions may come
//! from strangers: nothing panics, nesting is bounded, and every evaluation counts its steps against [`Limits`].

mod check;
mod convert;
mod equality;
mod evaluate;
mod expression;
mod fault;
mod function;
mod host;
mod item;
mod lex;
mod model;
mod navigate;
mod number;
mod operator;
mod parse;
mod quantity;
mod syntax;
mod system;
mod temporal;
#[cfg(test)]
mod tests;
mod types;

pub use check::{Shape, ShapeType};
pub use evaluate::{Environment, Limits};
pub use expression::Expression;
pub use fault::{Fault, FaultKind, Position, Result};
pub use host::{ClockOnly, Host, Resolved};
pub use item::{Element, Item, Items, TypeName};
pub use model::{Member, Model, ModelElement, TypeId};
pub use quantity::{Quantity, Unit};
pub use rust_decimal::Decimal;
pub use system::{System, TypeSpecifier};
pub use temporal::{Precision, Temporal, TemporalKind};
