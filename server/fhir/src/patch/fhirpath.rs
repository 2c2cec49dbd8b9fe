//! FHIRPath Patch, <http://hl7.org/fhir/R4/fhirpatch.html>: a Parameters resource of operations add, insert, delete,
//! replace and move.
//!
//! An element is a value together with what `_name` says of it; the two are never torn apart.

pub mod diff;
mod path;
mod place;
#[cfg(test)]
mod tests;
mod tree;
mod value;

use super::unfit;
use crate::definition::{Definitions, TypeDef};
use path::Path;
use place::Place;
use theriac_core::json::Node;
use theriac_core::{Error, Result};
use theriac_fhirpath::{self as fhirpath, Item, Limits};
use tree::Tree;
use value::Given;

pub(crate) use tree::resource_type;
pub(crate) use value::{member, members};

/// Operations one patch may have.
const MOST: usize = 10_000;

#[derive(Debug, Clone)]
enum Operation {
    Add { path: Path, name: String, value: Given },
    Insert { path: Path, index: usize, value: Given },
    Delete { path: Path },
    Replace { path: Path, value: Given },
    Move { path: Path, source: usize, destination: usize },
}

#[derive(Debug, Clone)]
pub struct FhirPathPatch(Vec<Operation>);

impl FhirPathPatch {
    /// Reads a Parameters resource.
    ///
    /// # Errors
    /// `Malformed`, naming the operation that cannot be read.
    pub fn of(parameters: &Node<'_>) -> Result<Self> {
        if parameters.text("resourceType") != Some("Parameters") {
            return Err(Error::malformed("a FHIRPath Patch is a resource of type Parameters"));
        }
        crate::structure::check(parameters, Some("Parameters"))?;
        let items = parameters.get("parameter").map_or(&[][..], Node::items);
        if items.len() > MOST {
            return Err(Error::malformed(format!("a FHIRPath Patch has at most {MOST} operations")));
        }
        let read = |(i, item)| operation(item).map_err(|why| Error::malformed(why).at(format!("operation {}", i + 1)));
        items.iter().enumerate().map(read).collect::<Result<_>>().map(Self)
    }

    /// The resource after all operations.
    ///
    /// # Errors
    /// `Unprocessable`: a path that leads nowhere, or to several elements.
    pub fn apply(&self, resource: Node<'static>) -> Result<Node<'static>> {
        let mut tree = Tree::new(resource).map_err(|why| unfit(0, why))?;
        for (index, operation) in self.0.iter().enumerate() {
            step(&mut tree, operation).map_err(|why| unfit(index, why))?;
        }
        Ok(tree.into_node())
    }
}

const TYPES: &str = "add, insert, delete, replace, move";

fn operation(parameter: &Node<'_>) -> Result<Operation, String> {
    if parameter.text("name") != Some("operation") {
        return Err("every parameter of a FHIRPath Patch has the name operation".to_owned());
    }
    let kind = text(parameter, "type").ok_or_else(|| format!("an operation needs a type, one of {TYPES}"))?;
    let path = text(parameter, "path").ok_or_else(|| format!("{kind} needs a path"))?;
    let path = Path::parse(&path)?;
    let name = || text(parameter, "name").ok_or_else(|| format!("{kind} needs a name"));
    let number = |name: &str| number(parameter, name).ok_or_else(|| format!("{kind} needs {name}, a whole number"));
    let value = || part(parameter, "value").map(Given::read).ok_or_else(|| format!("{kind} needs a value"))?;
    Ok(match kind.as_str() {
        "add" => Operation::Add { path, name: name()?, value: value()? },
        "insert" => Operation::Insert { path, index: number("index")?, value: value()? },
        "delete" => Operation::Delete { path },
        "replace" => Operation::Replace { path, value: value()? },
        "move" => Operation::Move { path, source: number("source")?, destination: number("destination")? },
        other => return Err(format!("the type is '{other}'; it must be one of {TYPES}")),
    })
}

fn part<'n, 'a>(parameter: &'n Node<'a>, name: &str) -> Option<&'n Node<'a>> {
    parameter.get("part")?.items().iter().find(|part| part.text("name") == Some(name))
}

/// The part's value, whichever of FHIR's kinds of text it has.
fn text(parameter: &Node<'_>, name: &str) -> Option<String> {
    let part = part(parameter, name)?.as_object()?;
    part.iter().find(|(name, _)| name.starts_with("value")).and_then(|(_, value)| value.as_str()).map(str::to_owned)
}

fn number(parameter: &Node<'_>, name: &str) -> Option<usize> {
    let part = part(parameter, name)?.as_object()?;
    part.iter().find(|(name, _)| name.starts_with("value")).and_then(|(_, value)| value.as_number()?.parse().ok())
}

fn step(tree: &mut Tree, operation: &Operation) -> Result<(), String> {
    match operation {
        Operation::Add { path, name, value } => {
            let parent = one(tree, path)?;
            let member = value::resolve(parent.def, name, value)?;
            let element = value.element(member)?;
            tree.edit(&parent, member, |list| {
                if !member.repeats && !list.is_empty() {
                    return Err(format!("{path}.{name} is there already and does not repeat; replace it"));
                }
                list.push(element);
                Ok(())
            })
        }
        Operation::Insert { path, index, value } => {
            let (parent, name) = list(tree, path)?;
            let member = repeating(parent.def, name, value)?;
            let element = value.element(member)?;
            tree.edit(&parent, member, |list| match list.len() {
                length if *index > length => Err(format!("{path} has {length} elements, the index is {index}")),
                _ => {
                    list.insert(*index, element);
                    Ok(())
                }
            })
        }
        Operation::Delete { path } => match place::locate(tree, path)?.as_slice() {
            // Deleting what is not there is no error.
            [] => Ok(()),
            [place] => tree.delete(place),
            several => Err(format!("{path} leads to {} elements; one at a time is deleted", several.len())),
        },
        Operation::Replace { path, value } => {
            let place = one(tree, path)?;
            replace(tree, &place, value)
        }
        Operation::Move { path, source, destination } => {
            let (parent, name) = list(tree, path)?;
            let member = value::member(parent.def, name).filter(|m| m.repeats);
            let member = member.ok_or_else(|| format!("{path} is not a list"))?;
            tree.edit(&parent, member, |list| match list.len() {
                length if *source >= length || *destination >= length => Err(format!(
                    "{path} has {length} elements, from 0; they cannot be moved from {source} to {destination}"
                )),
                _ => {
                    let element = list.remove(*source);
                    list.insert(*destination, element);
                    Ok(())
                }
            })
        }
    }
}

/// A choice may get a value of another type: then the member has another name.
fn replace(tree: &mut Tree, place: &Place, value: &Given) -> Result<(), String> {
    let Some((parent, hop)) = place.split() else { return Err("the resource itself cannot be replaced".to_owned()) };
    let old = value::member(parent.def, &hop.name).ok_or("the path leads to no element")?;
    let member = match old.is_choice {
        true => value::resolve(parent.def, old.element, value)?,
        false => old,
    };
    let element = value.element(member)?;
    if member.name != old.name {
        tree.delete(place)?;
        return tree.edit(&parent, member, |list| {
            list.push(element);
            Ok(())
        });
    }
    tree.edit(&parent, member, |list| {
        let slot = list.get_mut(hop.index.unwrap_or(0)).ok_or("the path leads to no element")?;
        *slot = element;
        Ok(())
    })
}

fn one(tree: &Tree, path: &Path) -> Result<Place, String> {
    let mut places = place::locate(tree, path)?;
    match (places.len(), places.pop()) {
        (1, Some(place)) => Ok(place),
        (0, _) => Err(format!("there is nothing at {path}")),
        (count, _) => Err(format!("{path} leads to {count} elements; it must be one")),
    }
}

/// What holds the list that the path names, and the list's name.
fn list<'p>(tree: &Tree, path: &'p Path) -> Result<(Place, &'p str), String> {
    let (parent, name) =
        path.split_list().ok_or_else(|| format!("{path} must name a list, such as Patient.identifier"))?;
    Ok((one(tree, &parent)?, name))
}

fn repeating(def: &'static TypeDef, name: &str, value: &Given) -> Result<value::Member, String> {
    match value::resolve(def, name, value)? {
        member if member.repeats => Ok(member),
        member => Err(format!("{}.{} does not repeat", def.name, member.element)),
    }
}

/// Is the FHIRPath expression true for this element? What a patch or a query chooses never depends on the clock.
///
/// # Errors
/// Why it cannot be said.
pub(crate) fn holds(
    expression: &str,
    resource: &Node<'static>,
    node: &Node<'static>,
    def: &'static TypeDef,
) -> Result<bool, String> {
    if let Some(name) = CLOCK.iter().find(|name| expression.contains(**name)) {
        return Err(format!("{name}) has no place in a condition here; write the time itself"));
    }
    let compiled = crate::path::compile(expression).map_err(|error| error.to_string())?;
    let host = theriac_fhirpath::ClockOnly(theriac_core::Instant(0));
    let mut environment = crate::path::environment(resource, &host);
    environment.limits = Limits { steps: 20_000, text: 1 << 16 };
    let item = Item::Element(fhirpath::Element::of_node(node, Definitions::r4().place_of(def.name)));
    let items = compiled.evaluate(&environment, item).map_err(|error| error.to_string())?;
    Ok(match items.as_slice() {
        [Item::Boolean(truth)] => *truth,
        [one] => one.node() == Some(&Node::Bool(true)),
        _ => false,
    })
}

/// Functions of FHIRPath that ask for the time.
const CLOCK: &[&str] = &["now(", "today(", "timeOfDay("];
