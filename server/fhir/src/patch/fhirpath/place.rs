//! Where a path leads: places in the JSON tree, each with the type that the definitions give it.

use super::path::{Path, Step};
use super::tree::{Tree, resource_type};
use super::value;
use crate::definition::{Definitions, Kind, TypeDef};
use theriac_core::json::Node;

/// One step down: a member, and where it is a list which of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    pub name: String,
    pub index: Option<usize>,
}

#[derive(Debug, Clone)]
pub struct Place {
    pub hops: Vec<Hop>,
    /// The types that hold each hop.
    holders: Vec<&'static TypeDef>,
    /// Its own type.
    pub def: &'static TypeDef,
}

impl Place {
    /// What holds it, and the last step; nothing for the resource itself.
    pub fn split(&self) -> Option<(Self, &Hop)> {
        let (last, hops) = self.hops.split_last()?;
        let (def, holders) = self.holders.split_last()?;
        let mut hops = hops.to_vec();
        // Its children were reached below `_name`: the element itself is `name`.
        if let Some(hop) = hops.last_mut() {
            hop.name = hop.name.trim_start_matches('_').to_owned();
        }
        Some((Self { hops, holders: holders.to_vec(), def }, last))
    }

    /// The hops to where its children stand: for a primitive that is below `_name`.
    pub fn inner_hops(&self) -> Vec<Hop> {
        let mut hops = self.hops.clone();
        if let (true, Some(hop)) = (self.def.primitive().is_some(), hops.last_mut()) {
            hop.name = format!("_{}", hop.name);
        }
        hops
    }
}

/// Everything the path leads to.
///
/// # Errors
/// A step that no resource of this type could have.
pub fn locate(tree: &Tree, path: &Path) -> Result<Vec<Place>, String> {
    let root = Place { hops: Vec::new(), holders: Vec::new(), def: tree.def() };
    let is_root = |name: &str| [tree.def().name, "Resource", "DomainResource", "%resource", "%context"].contains(&name);
    let rest = match path.steps.split_first() {
        Some((Step::Child(name), rest)) if is_root(name) => rest,
        Some((Step::Child(name), _)) if Definitions::r4().is_resource(name) => {
            return Err(format!("the path begins with {name}, the resource is a {}", tree.def().name));
        }
        _ => &path.steps,
    };
    rest.iter().try_fold(vec![root], |places, step| advance(tree, places, step))
}

fn advance(tree: &Tree, places: Vec<Place>, step: &Step) -> Result<Vec<Place>, String> {
    match step {
        Step::Child(name) => children(tree, &places, name),
        Step::Index(index) => Ok(places.into_iter().skip(*index).take(1).collect()),
        Step::First => Ok(places.into_iter().take(1).collect()),
        Step::Last => Ok(places.into_iter().last().into_iter().collect()),
        Step::OfType(kind) => Ok(places.into_iter().filter(|place| place.def.name == kind).collect()),
        Step::Extension(url) => {
            let mut found = children(tree, &places, "extension")?;
            found.retain(|place| tree.node(&place.hops).and_then(|node| node.text("url")) == Some(url));
            Ok(found)
        }
        Step::Where(expression) => {
            let mut kept = Vec::new();
            for place in places {
                let holds = match tree.node(&place.hops) {
                    Some(node) => super::holds(expression, tree.root(), node, place.def)?,
                    None => false,
                };
                if holds {
                    kept.push(place);
                }
            }
            Ok(kept)
        }
    }
}

fn children(tree: &Tree, places: &[Place], name: &str) -> Result<Vec<Place>, String> {
    let mut found = Vec::new();
    for place in places {
        let hops = place.inner_hops();
        let members = value::members(place.def, name);
        if members.is_empty() {
            return Err(format!("{} has no element {name}", place.def.name));
        }
        let Some(Node::Object(object)) = tree.node(&hops) else { continue };
        for member in members {
            let count = super::tree::elements(object, member).len();
            for index in 0..count {
                let index = member.repeats.then_some(index);
                let hop = Hop { name: member.name.to_owned(), index };
                found.push(child(tree, place, &hops, hop, member.target));
            }
        }
    }
    Ok(found)
}

fn child(tree: &Tree, parent: &Place, hops: &[Hop], hop: Hop, target: &'static TypeDef) -> Place {
    let mut hops = hops.to_vec();
    hops.push(hop);
    let mut holders = parent.holders.clone();
    holders.push(parent.def);
    // A contained resource says itself which type it has.
    let own = if target.kind == Kind::Resource { tree.node(&hops).and_then(resource_type) } else { None };
    Place { hops, holders, def: own.unwrap_or(target) }
}
