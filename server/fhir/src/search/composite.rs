//! Composite parameters: values joined by `$` that hold in one and the same repetition.
//! <http://hl7.org/fhir/R4/search.html#composite>
//!
//! What stands once in a resource is in the same repetition anyhow: those components are asked by the rows that
//! other parameters leave, and cost nothing. Where an element repeats, its components leave rows together: equal
//! values as one token, an ordered value beside the token of the others, two numbers in one row.

use super::catalogue::Prepared;
use super::criterion::Criterion;
use super::expression::{Path, Program, Step};
use super::hash::{ANY_TYPE, Seeds, beside, parameter_number, presence, together};
use super::index::{Index, NumberRow, Range, StringRow};
use super::kind::{Context, Row, refuse};
use super::parameter::{Component, Kind, Parameter};
use super::query::Modifier;
use super::value::split;
use theriac_core::Error;
use theriac_core::error::{Code, Result};
use theriac_core::json::Node;

/// A composite made ready for one resource type: one branch a member of its expression's union.
#[derive(Debug, Clone)]
pub struct Composite {
    branches: Vec<Branch>,
    arity: usize,
}

/// A repeating element, or the resource itself.
#[derive(Debug, Clone)]
struct Branch {
    repetition: Program,
    /// Components that stand once in the resource: place, parameter, and whether its rows are left by another.
    alone: Vec<Part>,
    /// Components that must be of one repetition.
    bound: Vec<Part>,
}

#[derive(Debug, Clone)]
struct Part {
    place: usize,
    prepared: Prepared,
    /// The parameter that leaves the very same values, whatever the repetition.
    twin: Option<Prepared>,
}

/// What a component may be: everything but another composite.
const MOST_ORDERED: usize = 2;

impl Composite {
    /// Nothing if a component cannot be read, or two ordered values would have to stand in one row that are not both
    /// numbers.
    pub fn new(resource_type: &str, parameter: &Parameter, known: &[Prepared]) -> Option<Self> {
        let paths = Program::compile(&parameter.expression, resource_type).ok()?.paths;
        let branch = |path| Branch::new(resource_type, path, &parameter.components, known);
        let branches: Vec<Branch> = paths.into_iter().map(branch).collect::<Option<_>>()?;
        let arity = parameter.components.len();
        (arity > 1 && !branches.is_empty()).then_some(Self { branches, arity })
    }

    pub fn index(&self, prepared: &Prepared, resource: &Node<'_>, context: &Context<'_>, index: &mut Index) {
        for branch in &self.branches {
            branch.alone.iter().filter(|part| part.twin.is_none()).for_each(|part| {
                let mut found = Index::default();
                part.read(resource, context, &mut found);
                index.tokens.extend(found.tokens.iter().chain(found.is_any().then_some(&part.prepared.present)));
                index.dates.extend(found.dates);
                index.numbers.extend(found.numbers);
                index.strings.extend(found.strings);
            });
            if !branch.bound.is_empty() {
                branch.repetitions(resource, context, prepared, index);
            }
        }
    }

    pub fn criterion(&self, prepared: &Prepared, values: &[&str], context: &Context<'_>) -> Result<Criterion> {
        let mut any = Vec::new();
        for value in values {
            let parts = split(value, '$');
            if parts.len() != self.arity {
                return Err(refuse(prepared, &format!("{} values with $ between them", self.arity)));
            }
            for branch in &self.branches {
                any.push(branch.criterion(&parts, context)?);
            }
        }
        Ok(one_or(any, Criterion::Any))
    }

    /// `:missing=false`: all components are there, in one repetition where there are several.
    pub fn present(&self, prepared: &Prepared) -> Criterion {
        let of = |branch: &Branch| {
            let alone = branch.alone.iter().map(|p| p.twin.as_ref().unwrap_or(&p.prepared).present);
            let bound = (!branch.bound.is_empty()).then_some(prepared.present);
            let all = alone.chain(bound).map(|token| Criterion::Tokens { any: vec![token], negate: false });
            one_or(all.collect(), Criterion::All)
        };
        one_or(self.branches.iter().map(of).collect(), Criterion::Any)
    }
}

fn one_or(mut parts: Vec<Criterion>, all: fn(Vec<Criterion>) -> Criterion) -> Criterion {
    match parts.len() {
        1 => parts.remove(0),
        _ => all(parts),
    }
}

impl Branch {
    fn new(resource_type: &str, path: Path, components: &[Component], known: &[Prepared]) -> Option<Self> {
        let (mut alone, mut bound) = (Vec::new(), Vec::new());
        for (place, component) in components.iter().enumerate() {
            let (part, of_resource) = Part::new(resource_type, place, &path, component, known)?;
            if of_resource || path.steps.is_empty() { alone.push(part) } else { bound.push(part) }
        }
        if bound.len() == 1 && bound[0].twin.is_some() {
            alone.append(&mut bound);
        }
        let ordered: Vec<Kind> = bound.iter().map(|p| p.kind()).filter(|k| is_ordered(*k)).collect();
        let numbers = ordered.iter().all(|kind| *kind == Kind::Number);
        let fits = ordered.len() < MOST_ORDERED || (ordered.len() == MOST_ORDERED && numbers);
        let repetition = Program { paths: vec![path], evaluated: None };
        fits.then_some(Self { repetition, alone, bound })
    }

    fn repetitions(&self, resource: &Node<'_>, context: &Context<'_>, prepared: &Prepared, index: &mut Index) {
        let mut whole = false;
        self.repetition.each(resource, &mut |node, _| {
            let found: Vec<Index> = self.bound.iter().map(|part| part.scratch(node, context)).collect();
            whole |= found.iter().all(Index::is_any);
            self.keep(&found, index);
        });
        if whole {
            index.tokens.push(prepared.present);
        }
    }

    /// Every combination of the equal values, with the ordered ones beside it.
    fn keep(&self, found: &[Index], index: &mut Index) {
        let mut combined = vec![Vec::new()];
        for (part, one) in self.bound.iter().zip(found).filter(|(part, _)| !is_ordered(part.kind())) {
            combined = product(combined, &one.tokens);
            if part.twin.is_none() {
                index.tokens.extend(&one.tokens);
            }
        }
        let ordered: Vec<(&Part, &Index)> =
            self.bound.iter().zip(found).filter(|(p, _)| is_ordered(p.kind())).collect();
        for tokens in combined {
            let key = together(tokens);
            match ordered.as_slice() {
                [] => index.tokens.push(key),
                [(part, one)] => beside_one(beside(key ^ part.prepared.present), one, index),
                [(first, one), (second, two), ..] => {
                    let param = beside(key ^ first.prepared.present ^ second.prepared.present.rotate_left(1));
                    for (a, b) in one.numbers.iter().flat_map(|a| two.numbers.iter().map(move |b| (a, b))) {
                        index.numbers.push(NumberRow { low: b.lo, high: b.hi, ..NumberRow::plain(param, a.lo, a.hi) });
                    }
                }
            }
        }
    }

    fn criterion(&self, values: &[&str], context: &Context<'_>) -> Result<Criterion> {
        let mut all = Vec::new();
        for part in &self.alone {
            let asked = part.twin.as_ref().unwrap_or(&part.prepared);
            all.push(part.row()?.ask(asked, values[part.place], context)?);
        }
        if !self.bound.is_empty() {
            self.together(values, context, &mut all)?;
        }
        Ok(one_or(all, Criterion::All))
    }

    fn together(&self, values: &[&str], context: &Context<'_>, all: &mut Vec<Criterion>) -> Result<()> {
        let (mut combined, mut ordered) = (vec![Vec::new()], Vec::new());
        for part in &self.bound {
            let criterion = part.row()?.ask(&part.prepared, values[part.place], context)?;
            match criterion {
                Criterion::Tokens { any, .. } => {
                    combined = product(combined, &any);
                    // 31 bits of a number could meet another's; the token of the value itself settles it.
                    if self.bound.iter().any(|p| is_ordered(p.kind())) {
                        let asked = part.twin.as_ref().unwrap_or(&part.prepared);
                        all.push(part.row()?.ask(asked, values[part.place], context)?);
                    }
                }
                other => ordered.push((part, other)),
            }
        }
        let keys: Vec<i64> = combined.into_iter().map(together).collect();
        all.push(match ordered.as_slice() {
            [] => Criterion::Tokens { any: keys, negate: false },
            [(part, test)] => {
                let one = |key: &i64| renumbered(test, beside(key ^ part.prepared.present));
                one_or(keys.iter().map(one).collect(), Criterion::Any)
            }
            [(first, Criterion::Numbers { any: one, .. }), (second, Criterion::Numbers { any: two, .. }), ..] => {
                let any: Vec<_> = one.iter().flat_map(|a| two.iter().map(|b| (*a, *b))).collect();
                let number = |key: &i64| beside(key ^ first.prepared.present ^ second.prepared.present.rotate_left(1));
                let pairs = |key: &i64| Criterion::Pairs { param: number(key), any: any.clone() };
                one_or(keys.iter().map(pairs).collect(), Criterion::Any)
            }
            _ => return Err(Error::internal("a composite of values that cannot stand in one row")),
        });
        Ok(())
    }
}

/// The ordered rows of one value, under another number.
fn beside_one(param: i32, found: &Index, index: &mut Index) {
    index.dates.extend(found.dates.iter().map(|row| Range { param, ..*row }));
    index.numbers.extend(found.numbers.iter().map(|row| NumberRow { param, ..*row }));
    index.strings.extend(found.strings.iter().map(|row| StringRow { param, ..row.clone() }));
}

fn renumbered(test: &Criterion, param: i32) -> Criterion {
    match test.clone() {
        Criterion::Dates { any, .. } => Criterion::Dates { param, any },
        Criterion::Numbers { any, .. } => Criterion::Numbers { param, any },
        Criterion::Strings { any, .. } => Criterion::Strings { param, any },
        other => other,
    }
}

fn product(combined: Vec<Vec<i64>>, tokens: &[i64]) -> Vec<Vec<i64>> {
    let with = |so_far: &Vec<i64>, token: &i64| so_far.iter().copied().chain([*token]).collect::<Vec<_>>();
    combined.iter().flat_map(|so_far| tokens.iter().map(|token| with(so_far, token)).collect::<Vec<_>>()).collect()
}

fn is_ordered(kind: Kind) -> bool {
    super::extract::is_ordered(kind)
}

impl Part {
    /// The part, and whether it is read from the resource as a whole.
    fn new(
        resource_type: &str,
        place: usize,
        branch: &Path,
        component: &Component,
        known: &[Prepared],
    ) -> Option<(Self, bool)> {
        let of_resource = component.expression.strip_prefix("%resource.");
        let text = of_resource.unwrap_or(&component.expression);
        let below = |program: &Program| -> Vec<Vec<Step>> {
            let front = if of_resource.is_some() { &[][..] } else { branch.steps.as_slice() };
            program.paths.iter().map(|path| [front, &path.steps].concat()).collect()
        };
        let mut program = Program::compile(text, ANY_TYPE).ok()?;
        let defined = Program::compile(&component.parameter.expression, resource_type).unwrap_or_default();
        let agrees = below(&program).iter().any(|full| defined.paths.iter().any(|path| path.steps == *full));
        let inside = defined.paths.iter().filter_map(|path| path.steps.strip_prefix(branch.steps.as_slice()));
        let inside: Vec<&[Step]> = inside.filter(|rest| !rest.is_empty()).collect();
        // R4's DocumentReference-relationship has the expressions of its components the wrong way round.
        if let (false, None, [rest]) = (agrees, of_resource, inside.as_slice()) {
            program = Program { paths: vec![Path { steps: rest.to_vec(), truth: false }], evaluated: None };
        }
        let full = below(&program);
        let same = |p: &&Prepared| {
            p.parameter.kind == component.parameter.kind
                && p.members.is_empty()
                && p.composite.is_none()
                && p.program.evaluated.is_none()
                && p.program.paths.len() == full.len()
                && p.program.paths.iter().all(|path| !path.truth && full.contains(&path.steps))
        };
        let twin = known.iter().find(same).cloned();
        let name: String = full.iter().map(|steps| format!("|{}", super::expression::text(steps))).collect();
        let seeds = Seeds::new(resource_type, &format!("composite{name}"));
        let (present, absent) = presence(&seeds);
        let number = parameter_number(resource_type, &format!("composite{name}"));
        let parameter = component.parameter.clone();
        let compartments = Vec::new();
        let (composite, members) = (None, Vec::new());
        let prepared =
            Prepared { parameter, number, seeds, present, absent, compartments, program, composite, members };
        prepared.parameter.kind.row()?;
        Some((Self { place, prepared, twin }, of_resource.is_some()))
    }

    fn kind(&self) -> Kind {
        self.prepared.parameter.kind
    }

    fn row(&self) -> Result<&'static Row> {
        Row::of(self.kind()).ok_or_else(|| Error::new(Code::Internal, "a component of a kind without rows"))
    }

    fn scratch(&self, node: &Node<'_>, context: &Context<'_>) -> Index {
        let mut found = Index::default();
        self.read(node, context, &mut found);
        found.tokens.sort_unstable();
        found.tokens.dedup();
        found
    }

    fn read(&self, node: &Node<'_>, context: &Context<'_>, found: &mut Index) {
        let Some(row) = Row::of(self.kind()) else { return };
        self.prepared.program.each(node, &mut |value, fhir| {
            if row.reads(fhir) {
                (row.index)(&self.prepared, value, context, found);
            }
        });
    }
}

impl Index {
    /// Was any value read?
    fn is_any(&self) -> bool {
        !(self.tokens.is_empty() && self.dates.is_empty() && self.numbers.is_empty() && self.strings.is_empty())
    }
}

impl Row {
    fn ask(&self, prepared: &Prepared, value: &str, context: &Context<'_>) -> Result<Criterion> {
        (self.criterion)(prepared, &Modifier::None, &[value], context)
    }
}

impl Kind {
    fn row(self) -> Option<&'static Row> {
        Row::of(self)
    }
}
