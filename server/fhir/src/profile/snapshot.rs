//! Makes a profile's tree: from a snapshot by laying its elements into an empty tree, from a differential by
//! laying them over the tree of the base, which unfolds into types, other profiles and content references where the
//! differential goes deeper. <http://hl7.org/fhir/R4/profiling.html#snapshot>

use super::element::{Element, Slicing, TypeRef};
use super::library::{Building, Library};
use super::read;
use std::sync::Arc;
use theriac_core::json::Node;

/// One step of an element's path: `component:SystolicBP`.
#[derive(Debug, Clone, PartialEq)]
struct Step {
    name: String,
    slice: Option<String>,
    /// `valueQuantity` alone constrains the choice to that type; with others beside it each is a slice.
    alone: bool,
}

/// Lays the elements in their order over the root.
///
/// # Errors
/// Says which element has no place.
pub fn build(
    library: &Library,
    building: &Building<'_>,
    root: Element,
    elements: &[Node<'_>],
    unfolds: bool,
) -> Result<Element, String> {
    let mut tree = Tree { library, building, unfolds };
    let mut root = root;
    let mut all: Vec<Vec<Step>> = Vec::with_capacity(elements.len());
    for element in elements {
        let open = all.last().map_or(&[][..], Vec::as_slice);
        let steps = steps(element, element.text("path").unwrap_or_default(), open);
        all.push(steps);
    }
    for (at, element) in elements.iter().enumerate() {
        let path = element.text("path").unwrap_or_default();
        let mut steps = all[at].clone();
        if unfolds {
            mark_alone(&mut steps, &all, elements);
        }
        let place = tree.place(&mut root, &steps).ok_or_else(|| {
            format!("the element {} has no place in what it constrains", element.text("id").unwrap_or(path))
        })?;
        place.id = element.text("id").map_or_else(|| id(path, &all[at]), Arc::from);
        read::lay(element, place);
    }
    Ok(root)
}

/// From the id where it says all, else from the path and the slices that stand open.
fn steps(element: &Node<'_>, path: &str, open: &[Step]) -> Vec<Step> {
    let parts = path.split('.').count();
    if let Some(id) = element.text("id").filter(|id| id.split('.').count() == parts) {
        let named = id.rsplit('.').next().and_then(|last| last.split_once(':')).map(|(_, slice)| slice);
        if named.is_some() == element.text("sliceName").is_some() {
            return id.split('.').skip(1).map(step).collect();
        }
    }
    let mut steps: Vec<Step> = path.split('.').skip(1).map(step).collect();
    let last = steps.len().saturating_sub(1);
    for at in 0..last {
        if open.get(at).is_some_and(|o| o.name == steps[at].name) {
            steps[at].slice = open[at].slice.clone();
        } else {
            break;
        }
    }
    if let (Some(step), Some(slice)) = (steps.last_mut(), element.text("sliceName")) {
        step.slice = Some(slice.to_owned());
    }
    steps
}

/// The id an element would have, <http://hl7.org/fhir/R4/elementdefinition.html#id>.
fn id(path: &str, steps: &[Step]) -> Arc<str> {
    let mut id = path.split('.').next().unwrap_or_default().to_owned();
    for (step, name) in steps.iter().zip(path.split('.').skip(1)) {
        let slice = step.slice.as_ref().map_or(String::new(), |slice| format!(":{slice}"));
        id.push_str(&format!(".{name}{slice}"));
    }
    Arc::from(id)
}

fn step(part: &str) -> Step {
    let (name, slice) = part.split_once(':').map_or((part, None), |(name, slice)| (name, Some(slice.to_owned())));
    Step { name: name.trim_end_matches("[x]").to_owned(), slice, alone: false }
}

/// No other type of the same choice is named at the same place.
fn mark_alone(steps: &mut [Step], all: &[Vec<Step>], elements: &[Node<'_>]) {
    for depth in 0..steps.len() {
        let name = steps[depth].name.clone();
        let Some(end) = name.find(|c: char| c.is_ascii_uppercase()) else { continue };
        let stem = &name[..end];
        let same_place = |other: &[Step]| {
            other.len() > depth
                && other.iter().zip(&steps[..depth]).all(|(a, b)| a.name == b.name && a.slice == b.slice)
        };
        let mut others = all.iter().zip(elements).filter(|(other, _)| same_place(other)).filter(|(other, element)| {
            let last = &other[depth];
            let kind = last.name.strip_prefix(stem);
            let beside = last.name != name
                && kind.is_some_and(|k| k.is_empty() || k.starts_with(|c: char| c.is_ascii_uppercase()));
            // A type that is forbidden is a slice of none.
            beside || (other.len() == depth + 1 && last.name == name && element.text("max") == Some("0"))
        });
        let alone = others.next().is_none();
        steps[depth].alone = alone;
    }
}

struct Tree<'b> {
    library: &'b Library,
    building: &'b Building<'b>,
    /// May children come from types? In a snapshot all are there.
    unfolds: bool,
}

impl Tree<'_> {
    fn place<'e>(&mut self, root: &'e mut Element, steps: &[Step]) -> Option<&'e mut Element> {
        let mut at = root;
        for step in steps {
            let (child, slice) = self.find(at, step)?;
            at = Arc::make_mut(&mut at.children[child]);
            match slice {
                Some(slice) if step.alone && slice == step.name && at.slicing.is_none() => {
                    at.types = kind_in(at, &slice).map_or_else(|| at.types.clone(), |only| vec![only]);
                }
                Some(slice) => at = slice_of(at, &slice),
                None => {}
            }
        }
        Some(at)
    }

    /// The place of the child, and the slice that is meant.
    fn find(&mut self, parent: &mut Element, step: &Step) -> Option<(usize, Option<String>)> {
        if let Some(found) = known(parent, step) {
            return Some(found);
        }
        if !self.unfolds {
            parent.children.push(Arc::new(Element { name: Arc::from(&*step.name), ..Element::default() }));
            return known(parent, step);
        }
        if parent.children.is_empty() {
            parent.children = self.children(parent, step)?;
        }
        known(parent, step)
    }

    fn children(&self, parent: &Element, step: &Step) -> Option<Vec<Arc<Element>>> {
        if let Some(content) = &parent.content {
            return self.library.content(content, self.building).map(|e| e.children.clone());
        }
        parent.types.iter().find_map(|of| {
            let all = self.of_type(of)?;
            let sham = Element { children: all, ..Element::default() };
            known(&sham, step).map(|_| sham.children)
        })
    }

    /// The children a type has, or its profile where there is one.
    fn of_type(&self, of: &TypeRef) -> Option<Vec<Arc<Element>>> {
        let by_profile = match of.profiles.as_slice() {
            [one] => self.library.build(one, self.building).ok(),
            _ => None,
        };
        let profile = match by_profile {
            Some(profile) => profile,
            None => self.library.build(&super::library::canonical_of_type(&of.code), self.building).ok()?,
        };
        Some(profile.root.children.clone())
    }
}

/// `valueQuantity` is short for the slice of `value[x]` of that type.
fn known(parent: &Element, step: &Step) -> Option<(usize, Option<String>)> {
    if let Some(at) = parent.children.iter().position(|c| *c.name == *step.name) {
        return Some((at, step.slice.clone()));
    }
    let at = parent.children.iter().position(|child| {
        let kind = step.name.strip_prefix(&*child.name).filter(|kind| !kind.is_empty());
        kind.is_some_and(|kind| child.types.iter().any(|of| of.code.eq_ignore_ascii_case(kind)))
    })?;
    Some((at, Some(step.slice.clone().unwrap_or_else(|| step.name.clone()))))
}

/// The slice of that name, made from the unsliced element if it is new; `a/b` is a slice of the slice `a`.
fn slice_of<'e>(element: &'e mut Element, name: &str) -> &'e mut Element {
    let mut at = element;
    let ends = name.match_indices('/').map(|(end, _)| end).chain([name.len()]);
    let mut names: Vec<&str> = ends.map(|end| &name[..end]).collect();
    // A name may hold a stroke without being a slice of a slice.
    if names.len() > 1 && !at.slices.iter().any(|s| s.slice.as_deref() == Some(names[0])) {
        names = vec![name];
    }
    for name in names {
        let place = match at.slices.iter().position(|s| s.slice.as_deref() == Some(name)) {
            Some(place) => place,
            None => {
                let slice = new_slice(at, name);
                at.slices.push(Arc::new(slice));
                at.slices.len() - 1
            }
        };
        at = Arc::make_mut(&mut at.slices[place]);
    }
    at
}

fn new_slice(of: &mut Element, name: &str) -> Element {
    if of.slicing.is_none() {
        of.slicing = match (of.is_extension(), of.types.len() > 1 || name.starts_with(&*of.name)) {
            (true, _) => Some(Arc::new(Slicing::by_url())),
            (_, true) if kind_in(of, name).is_some() => Some(Arc::new(Slicing::by_type())),
            _ => None,
        };
    }
    let types = kind_in(of, name).map_or_else(|| of.types.clone(), |only| vec![only]);
    Element { slice: Some(Arc::from(name)), min: 0, slicing: None, slices: Vec::new(), types, ..of.clone() }
}

/// `valueQuantity` names the type in it.
fn kind_in(of: &Element, name: &str) -> Option<TypeRef> {
    let kind = name.strip_prefix(&*of.name).filter(|kind| !kind.is_empty())?;
    of.types.iter().find(|t| t.code.eq_ignore_ascii_case(kind)).cloned()
}
