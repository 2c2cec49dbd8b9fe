//! The search parameters of each resource type, made ready once: programs compiled, hashes taken.

use super::composite::Composite;
use super::expression::{Program, Step};
use super::full_text::PARAMETERS;
use super::hash::{ANY_TYPE, Seeds, owner, parameter_number, presence};
use super::kind::special::NEAR;
use super::parameter::{Kind, Parameter, Source};
use std::collections::HashMap;
use std::sync::OnceLock;

/// A parameter made ready for one resource type.
#[derive(Debug, Clone)]
pub struct Prepared {
    pub parameter: Parameter,
    /// In the ordered indexes.
    pub number: i32,
    pub seeds: Seeds,
    pub present: i64,
    pub absent: i64,
    /// Compartments whose resources this reference parameter points at.
    pub compartments: Vec<String>,
    pub program: Program,
    pub composite: Option<Box<Composite>>,
    /// Other parameters of the type whose values together are just this one's: it leaves none of its own.
    pub members: Vec<Prepared>,
}

/// Targets up to this many are tried one by one when a reference is searched by id alone; more get an id token.
pub const FEW_TARGETS: usize = 8;

/// Parameters that stand in columns of their own, not in the index.
pub const OWN_COLUMNS: &[&str] = &["_id", "_lastUpdated"];

/// Longest chain or `_has` nesting that is followed.
pub const MAX_DEPTH: usize = 8;

impl Prepared {
    pub fn new(resource_type: &str, parameter: Parameter, compartments: Vec<String>) -> Option<Self> {
        let special = parameter.kind == Kind::Special && parameter.code != NEAR;
        if parameter.expression.is_empty() || parameter.kind == Kind::Composite || special {
            return None;
        }
        let program = Program::read(&parameter.expression, resource_type).ok()?;
        if program.is_empty() {
            return None;
        }
        let seeds = Seeds::of_parameter(resource_type, &parameter.code);
        let (present, absent) = presence(&seeds);
        let number = parameter_number(owner(resource_type, &parameter.code), &parameter.code);
        Some(Self {
            number,
            seeds,
            present,
            absent,
            compartments,
            program,
            parameter,
            composite: None,
            members: Vec::new(),
        })
    }

    /// A composite over the parameters of its type that are ready.
    fn composed(resource_type: &str, parameter: Parameter, known: &[Self]) -> Option<Self> {
        let composite = Composite::new(resource_type, &parameter, known)?;
        let seeds = Seeds::of_parameter(resource_type, &parameter.code);
        let (present, absent) = presence(&seeds);
        let number = parameter_number(resource_type, &parameter.code);
        let (compartments, program) = (Vec::new(), Program::default());
        let composite = Some(Box::new(composite));
        Some(Self { parameter, number, seeds, present, absent, compartments, program, composite, members: Vec::new() })
    }

    /// With its values under another name than its code.
    fn seeded(mut self, resource_type: &str, seed: &str) -> Self {
        self.seeds = Seeds::of_parameter(resource_type, seed);
        (self.present, self.absent) = presence(&self.seeds);
        self.number = parameter_number(owner(resource_type, seed), seed);
        self
    }

    pub fn code(&self) -> &str {
        &self.parameter.code
    }

    /// The parameters that leave its values: itself, or its members.
    pub fn stored(&self) -> &[Self] {
        if self.members.is_empty() { std::slice::from_ref(self) } else { &self.members }
    }

    pub fn has_few_targets(&self) -> bool {
        self.parameter.targets.len() <= FEW_TARGETS
    }
}

/// Is its index whole at all times? What a tenant adds is not yet, or under another name: a composite cannot stand on it.
pub(super) fn is_standard(source: &dyn Source, resource_type: &str, prepared: &Prepared) -> bool {
    source.seed(resource_type, prepared.code()).is_none() && !prepared.code().contains(SEED_MARK)
}

/// In the name under which a tenant's own parameter is indexed, and in no code.
pub const SEED_MARK: char = '@';

/// All that search knows of one resource type.
#[derive(Debug)]
pub struct Plan {
    pub resource_type: String,
    pub parameters: Vec<Prepared>,
    /// Codes the definitions have and search cannot serve yet: composite, special, without expression.
    pub unserved: Vec<String>,
}

impl Plan {
    pub fn new(source: &dyn Source, resource_type: &str) -> Self {
        let memberships = source.memberships(resource_type);
        let mut plan = Self { resource_type: resource_type.to_owned(), parameters: Vec::new(), unserved: Vec::new() };
        let (composites, single): (Vec<_>, Vec<_>) =
            source.parameters(resource_type).into_iter().partition(|p| p.kind == Kind::Composite);
        for parameter in single {
            let code = parameter.code.clone();
            if plan.get(&code).is_some() {
                continue;
            }
            let of =
                memberships.iter().filter(|m| m.parameters.contains(&code)).map(|m| m.compartment.clone()).collect();
            match Prepared::new(resource_type, parameter, of) {
                Some(prepared) => plan.parameters.push(match source.seed(resource_type, &code) {
                    Some(seed) => prepared.seeded(resource_type, seed),
                    None => prepared,
                }),
                None => plan.unserved.push(code),
            }
        }
        super::union::settle(source, &mut plan);
        let standard: Vec<Prepared> =
            plan.parameters.iter().filter(|p| is_standard(source, resource_type, p)).cloned().collect();
        for parameter in composites.into_iter().filter(|p| !p.expression.is_empty()) {
            let code = parameter.code.clone();
            match Prepared::composed(resource_type, parameter, &standard) {
                Some(prepared) => plan.parameters.push(match source.seed(resource_type, &code) {
                    Some(seed) => prepared.seeded(resource_type, seed),
                    None => prepared,
                }),
                None => plan.unserved.push(code),
            }
        }
        plan
    }

    /// The reference by which resources of this type are part of one another (Location.partOf), if there is one.
    /// <http://hl7.org/fhir/R4/references.html#circular>
    pub fn hierarchy(&self) -> Option<&Prepared> {
        let whole = [Step::Child("partOf".to_owned())];
        let of_whole = |p: &&Prepared| matches!(p.program.paths.as_slice(), [path] if path.steps == whole);
        self.parameters.iter().filter(of_whole).find(|p| p.parameter.targets.contains(&self.resource_type))
    }

    /// Is it `_text` or `_content`, which have no expression, and has the type such a parameter?
    pub fn has_text(&self, code: &str) -> bool {
        PARAMETERS.iter().any(|(known, _)| *known == code) && self.unserved.iter().any(|u| u == code)
    }

    pub fn get(&self, code: &str) -> Option<&Prepared> {
        self.parameters.iter().find(|p| p.code() == code)
    }
}

/// Every type's plan, each made when it is first asked for.
pub struct Catalogue {
    source: Box<dyn Source>,
    plans: HashMap<String, OnceLock<Plan>>,
    /// Parameters of all types, for searches that name none or several.
    any: OnceLock<Plan>,
}

impl Catalogue {
    pub fn new(source: Box<dyn Source>) -> Self {
        let plans = source.resource_types().into_iter().map(|name| (name, OnceLock::new())).collect();
        Self { source, plans, any: OnceLock::new() }
    }

    /// The plan of that type, if there is such a type.
    pub fn plan(&self, resource_type: &str) -> Option<&Plan> {
        let slot = self.plans.get(resource_type)?;
        Some(slot.get_or_init(|| Plan::new(self.source.as_ref(), resource_type)))
    }

    /// The parameters that every type has.
    pub fn any_plan(&self) -> &Plan {
        self.any.get_or_init(|| {
            let first = self.resource_types().into_iter().next().unwrap_or(ANY_TYPE);
            let mut plan = Plan::new(self.source.as_ref(), first);
            plan.parameters.retain(|p| p.code().starts_with('_'));
            plan.unserved.retain(|code| code.starts_with('_'));
            plan.resource_type = ANY_TYPE.to_owned();
            plan
        })
    }

    pub fn source(&self) -> &dyn Source {
        self.source.as_ref()
    }

    /// All types by name.
    pub fn resource_types(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.plans.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }
}
