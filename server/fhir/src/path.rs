//! FHIRPath over R4's definitions: the types, their elements and choices as [`theriac_fhirpath::Model`] wants them.
//! <http://hl7.org/fhir/R4/fhirpath.html>

use crate::definition::{Definitions, Kind, Primitive};
use std::sync::OnceLock;
use theriac_core::error::Result;
use theriac_core::json::Node;
use theriac_fhirpath::{
    ClockOnly, Environment, Expression, Host, Item, Items, Limits, Member, Model, ModelElement, System, TypeId,
};

/// R4 as the evaluator sees it. Type ids are places in the definitions.
#[derive(Debug)]
pub struct R4 {
    definitions: &'static Definitions,
    quantity: TypeId,
    /// The choices of each type, few as they are: path names.
    choices: Vec<Vec<&'static str>>,
    bases: Vec<Option<TypeId>>,
    primitives: Vec<Option<System>>,
    open: Vec<bool>,
}

/// The system type of each primitive. <http://hl7.org/fhir/R4/fhirpath.html#types>
fn system(primitive: Primitive) -> System {
    use Primitive as P;
    match primitive {
        P::Boolean => System::Boolean,
        P::Integer | P::PositiveInt | P::UnsignedInt => System::Integer,
        P::Decimal => System::Decimal,
        P::Date => System::Date,
        P::DateTime | P::Instant => System::DateTime,
        P::Time => System::Time,
        _ => System::String,
    }
}

/// The model of R4 (4.0.1).
pub fn model() -> &'static R4 {
    static MODEL: OnceLock<R4> = OnceLock::new();
    MODEL.get_or_init(|| R4::new(Definitions::r4()))
}

impl R4 {
    fn new(definitions: &'static Definitions) -> Self {
        let types = definitions.types();
        let choices = |elements: &[crate::definition::Element]| {
            elements.iter().filter(|e| e.is_choice).map(|e| e.name).collect::<Vec<_>>()
        };
        Self {
            definitions,
            quantity: definitions.place_of("Quantity").unwrap_or(TypeId::MAX),
            choices: types.iter().map(|t| choices(&t.elements)).collect(),
            bases: types.iter().map(|t| t.base.and_then(|base| definitions.place_of(base))).collect(),
            primitives: types.iter().map(|t| t.primitive().map(system)).collect(),
            open: types.iter().map(|t| t.kind == Kind::Resource && t.is_abstract).collect(),
        }
    }

    fn at<T: Copy + Default>(rows: &[T], of: TypeId) -> T {
        rows.get(usize::from(of)).copied().unwrap_or_default()
    }
}

impl Model for R4 {
    fn namespace(&self) -> &str {
        "FHIR"
    }

    fn find(&self, name: &str) -> Option<TypeId> {
        self.definitions.place_of(name)
    }

    fn name(&self, of: TypeId) -> &str {
        self.definitions.type_at(of).name
    }

    fn base(&self, of: TypeId) -> Option<TypeId> {
        Self::at(&self.bases, of)
    }

    fn primitive(&self, of: TypeId) -> Option<System> {
        Self::at(&self.primitives, of)
    }

    fn is_quantity(&self, of: TypeId) -> bool {
        of == self.quantity || self.base(of) == Some(self.quantity)
    }

    fn is_open(&self, of: TypeId) -> bool {
        Self::at(&self.open, of)
    }

    fn element(&self, of: TypeId, name: &str) -> Option<ModelElement> {
        let def = self.definitions.type_at(of);
        if let Some(member) = def.member(name).filter(|m| !def.element_of(m).is_choice) {
            return Some(ModelElement { of: Some(member.target), repeats: def.element_of(member).repeats });
        }
        let choices = self.choices.get(usize::from(of))?;
        choices.contains(&name).then_some(ModelElement { of: None, repeats: false })
    }

    fn member(&self, of: TypeId, json: &str) -> Option<Member<'_>> {
        let def = self.definitions.type_at(of);
        let member = def.member(json)?;
        let element = def.element_of(member);
        Some(Member { element: element.name, of: member.target, repeats: element.repeats })
    }

    fn choices(&self, of: TypeId, name: &str) -> Vec<TypeId> {
        let def = self.definitions.type_at(of);
        let of_choice = |m: &&crate::definition::Member| def.element_of(m).is_choice && def.element_of(m).name == name;
        def.members().iter().filter(of_choice).map(|m| m.target).collect()
    }

    fn elements(&self, of: TypeId) -> Vec<&str> {
        self.definitions.type_at(of).elements.iter().map(|e| e.name).collect()
    }
}

/// Reads an expression over R4.
///
/// # Errors
/// Where it is no FHIRPath, with line and column.
pub fn compile(expression: &str) -> Result<Expression> {
    Ok(Expression::compile(expression, model())?)
}

/// The world of one resource, `%resource` and `%rootResource` being the resource itself.
pub fn environment<'a>(resource: &'a Node<'a>, host: &'a dyn Host<'a>) -> Environment<'a> {
    let item = Item::resource(model(), resource);
    Environment {
        model: model(),
        host,
        resource: Some(item.clone()),
        root: Some(item),
        variables: Vec::new(),
        limits: Limits::default(),
        as_takes_many: false,
    }
}

/// The world of an invariant: R4's own (dom-3) use `as` on many items. An invariant is broken if it gives `false`; many
/// give nothing where the element they speak of is absent.
pub fn invariant_environment<'a>(resource: &'a Node<'a>, host: &'a dyn Host<'a>) -> Environment<'a> {
    Environment { as_takes_many: true, ..environment(resource, host) }
}

/// Evaluates on a resource alone, without terminology, profiles or other resources.
///
/// # Errors
/// What the resource makes of the expression cannot be computed, or costs too much.
pub fn evaluate<'a>(resource: &'a Node<'a>, expression: &'a Expression, host: &'a ClockOnly) -> Result<Items<'a>> {
    Ok(expression.evaluate(&environment(resource, host), Item::resource(model(), resource))?)
}

#[cfg(test)]
mod tests;
