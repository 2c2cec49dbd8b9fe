//! A profile compiled with the types of a standard: for each type, and each place that a rule names, what becomes of
//! each member. What is not in a state does not leave.

mod check;
#[cfg(test)]
pub(crate) mod tests;

use crate::method::Method;
use crate::profile::Profile;
use crate::schema::{Member, Schema};
use std::collections::HashMap;
use theriac_core::Result;

#[derive(Debug)]
pub struct Plan {
    pub profile: Profile,
    /// Does any rule move dates?
    pub shifts: bool,
    /// Does any rule scrub texts?
    pub scrubs: bool,
    pub(crate) states: Vec<State>,
    pub(crate) resources: HashMap<&'static str, u32>,
}

/// A type, at a place where rules may know it by its path.
#[derive(Debug)]
pub(crate) struct State {
    pub name: &'static str,
    pub form: Form,
    /// Sorted by name.
    members: Vec<(&'static str, Step)>,
}

/// Types with a sense of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Plain,
    Reference,
    Extension,
    Quantity,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Value(Method),
    /// Of an instant, which has no coarser form.
    Moment(Method),
    Into(u32),
    /// The text of a reference.
    Link,
    /// A record of any type.
    Record,
}

impl State {
    pub fn find(&self, name: &str) -> Option<Step> {
        self.members.binary_search_by(|(known, _)| (*known).cmp(name)).ok().map(|at| self.members[at].1)
    }
}

/// What is left of an element, for those who would ask by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    Value(Method),
    Reference,
    /// A type with parts, in the state of that number.
    Parts(u32),
}

impl Plan {
    /// # Errors
    /// `Invalid`, naming the rule that names nothing, or that does what cannot be done there.
    pub fn compile(profile: Profile, schema: &dyn Schema) -> Result<Self> {
        check::rules(&profile, schema)?;
        let mut building = Building { profile: &profile, schema, states: Vec::new(), known: HashMap::new() };
        let resources = schema.resources().into_iter().map(|name| (name, building.state(name, None))).collect();
        let states = building.states.into_iter().flatten().collect();
        let any = |wanted| profile.rules.values().any(|method| *method == wanted);
        let (shifts, scrubs) = (any(Method::Shift), any(Method::Scrub));
        Ok(Self { profile, shifts, scrubs, states, resources })
    }

    pub(crate) fn state(&self, at: u32) -> &State {
        &self.states[at as usize]
    }

    /// The state of a type of record.
    pub fn record_state(&self, name: &str) -> Option<u32> {
        self.resources.get(name).copied()
    }

    /// The name of the type that a state is of.
    pub fn type_of(&self, state: u32) -> &'static str {
        self.state(state).name
    }

    /// What is left of a member, by its name in JSON; nothing where it does not leave.
    pub fn reach(&self, state: u32, member: &str) -> Option<Reached> {
        match self.state(state).find(member)? {
            Step::Value(method) | Step::Moment(method) => Some(Reached::Value(method)),
            Step::Into(at) if self.state(at).find("reference") == Some(Step::Link) => Some(Reached::Reference),
            Step::Into(at) => Some(Reached::Parts(at)),
            Step::Link | Step::Record => None,
        }
    }
}

struct Building<'b> {
    profile: &'b Profile,
    schema: &'b dyn Schema,
    /// `None` while a state is being made.
    states: Vec<Option<State>>,
    known: HashMap<(&'static str, Option<String>), u32>,
}

impl Building<'_> {
    /// `path` where a rule knows the place by more than its type.
    fn state(&mut self, name: &'static str, path: Option<String>) -> u32 {
        if let Some(at) = self.known.get(&(name, path.clone())) {
            return *at;
        }
        let place = self.states.len();
        let at = u32::try_from(place).unwrap_or(u32::MAX);
        self.known.insert((name, path.clone()), at);
        self.states.push(None);
        let all = self.schema.members(name);
        let kept = all.iter().filter_map(|member| Some((member.name, self.step(name, path.as_deref(), member)?)));
        let mut members: Vec<(&'static str, Step)> = kept.collect();
        members.sort_unstable_by_key(|(name, _)| *name);
        self.states[place] = Some(State { name, form: self.form(name), members });
        at
    }

    fn form(&self, name: &str) -> Form {
        match name {
            "Reference" => Form::Reference,
            "Extension" => Form::Extension,
            "Quantity" => Form::Quantity,
            _ if self.schema.base(name) == Some("Quantity") => Form::Quantity,
            _ => Form::Plain,
        }
    }

    fn step(&mut self, name: &'static str, path: Option<&str>, member: &Member) -> Option<Step> {
        match (name, member.name) {
            ("Reference", "reference") => {
                return (self.method(name, path, member) == Some(Method::Pseudonym)).then_some(Step::Link);
            }
            ("Extension", "url") => return Some(Step::Value(Method::Keep)),
            _ => {}
        }
        let method = self.method(name, path, member);
        if method == Some(Method::Remove) {
            return None;
        }
        if self.schema.is_any(member.target) {
            return Some(Step::Record);
        }
        if self.schema.is_primitive(member.target) {
            return method.map(|m| if member.target == "instant" { Step::Moment(m) } else { Step::Value(m) });
        }
        if member.target == "Extension" && self.profile.extensions.is_empty() {
            return None;
        }
        let inner = format!("{}.{}", path.unwrap_or(name), member.element);
        let deeper =
            self.profile.rules.keys().any(|rule| rule.strip_prefix(&inner).is_some_and(|r| r.starts_with('.')));
        Some(Step::Into(self.state(member.target, deeper.then_some(inner))))
    }

    fn method(&self, name: &str, path: Option<&str>, member: &Member) -> Option<Method> {
        let rule = |of: &str| self.profile.rules.get(of).copied();
        let of = |owner: &str| {
            rule(&format!("{owner}.{}", member.name)).or_else(|| rule(&format!("{owner}.{}", member.element)))
        };
        let owners = chain(self.schema, name);
        let by_path = path.and_then(of).or_else(|| owners.iter().find_map(|owner| of(owner)));
        let targets = || match self.schema.is_primitive(member.target) {
            // A code is a string too: what may be done with one says nothing of the other.
            true => vec![member.target],
            false => chain(self.schema, member.target),
        };
        by_path.or_else(|| targets().into_iter().find_map(rule))
    }
}

/// The type and what it is made from.
fn chain<'t>(schema: &dyn Schema, name: &'t str) -> Vec<&'t str> {
    let mut all = vec![name];
    let mut at = name;
    while let Some(base) = schema.base(at) {
        all.push(base);
        at = base;
    }
    all
}
