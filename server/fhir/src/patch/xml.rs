//! XML Patch, RFC 5261: add, replace and remove over the form of a resource in XML.
//! <http://hl7.org/fhir/R4/http.html#patch>
//!
//! Selectors are the subset of XPath that FHIR's patches use, see `select`. What the patch makes is read again as a
//! resource, so that whatever an update refuses is refused here.

mod document;
mod select;
#[cfg(test)]
mod tests;

use super::unfit;
use document::{Content, Element};
use select::{Selector, Target};
use theriac_core::json::Node;
use theriac_core::{Error, Result};

/// Operations one patch may have.
const MOST: usize = 1_000;

#[derive(Debug, Clone)]
struct Operation {
    selector: Selector,
    change: Change,
}

#[derive(Debug, Clone)]
enum Change {
    /// Section 4.3.
    Add { place: Place, content: Vec<Content> },
    /// An attribute of that name.
    AddAttribute { name: String, value: String },
    /// Section 4.4.
    Replace { content: Vec<Content> },
    /// Section 4.5.
    Remove,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The last child.
    End,
    Prepend,
    Before,
    After,
}

const PLACES: &[(&str, Place)] = &[("prepend", Place::Prepend), ("before", Place::Before), ("after", Place::After)];

#[derive(Debug, Clone)]
pub struct XmlPatch(Vec<Operation>);

impl XmlPatch {
    /// Reads a document whose root holds the operations, whatever the root is called.
    ///
    /// # Errors
    /// `Malformed`, naming the operation that cannot be read.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let root = document::read(bytes)?;
        let items: Vec<&Element> = root.elements().collect();
        if items.is_empty() || items.len() > MOST {
            return Err(Error::malformed(format!("an XML Patch has 1 to {MOST} operations")));
        }
        let read = |(i, item)| operation(item).map_err(|why| Error::malformed(why).at(format!("operation {}", i + 1)));
        items.into_iter().enumerate().map(read).collect::<Result<_>>().map(Self)
    }

    /// The resource after all operations.
    ///
    /// # Errors
    /// `Unprocessable`: a selector that finds nothing, or several nodes; `Malformed` if what comes of it is no resource.
    pub fn apply(&self, resource: &Node<'_>) -> Result<Node<'static>> {
        let text = crate::xml::write(resource, crate::xml::Style::Compact)?;
        let patched = self.apply_to(&text)?;
        crate::xml::read(&patched).map(Node::into_owned)
    }

    /// The same over any document.
    ///
    /// # Errors
    /// As [`Self::apply`].
    pub fn apply_to(&self, text: &[u8]) -> Result<Vec<u8>> {
        let mut root = document::read(text)?;
        for (index, operation) in self.0.iter().enumerate() {
            step(&mut root, operation).map_err(|why| unfit(index, why))?;
        }
        Ok(document::write(&root))
    }
}

fn operation(item: &Element) -> Result<Operation, String> {
    let selector = item.attribute("sel").ok_or_else(|| format!("{} needs the attribute sel", item.name))?;
    let selector = Selector::parse(selector)?;
    let content = item.children.clone();
    let change = match item.name.as_str() {
        "add" => added(item, content)?,
        "replace" => Change::Replace { content },
        "remove" => Change::Remove,
        other => return Err(format!("'{other}' is no operation; add, replace and remove are")),
    };
    Ok(Operation { selector, change })
}

fn added(item: &Element, content: Vec<Content>) -> Result<Change, String> {
    if let Some(kind) = item.attribute("type") {
        let name =
            kind.strip_prefix('@').ok_or_else(|| format!("type {kind:?} is not taken; @name of an attribute is"))?;
        let value = document::text(&content).ok_or("the value of an attribute is a text")?;
        return match theriac_core::xml::is_name(name) {
            true => Ok(Change::AddAttribute { name: name.to_owned(), value }),
            false => Err(format!("{name:?} is no name of an attribute")),
        };
    }
    let place = match item.attribute("pos") {
        None => Place::End,
        Some(word) => {
            let known = PLACES.iter().find(|(name, _)| *name == word);
            known.ok_or_else(|| format!("pos is '{word}'; it must be one of prepend, before, after"))?.1
        }
    };
    // White space between the tags of the patch is the patch's own.
    let content: Vec<Content> = match content.iter().any(|c| matches!(c, Content::Element(_) | Content::Comment(_))) {
        true => content.into_iter().filter(|c| !c.is_blank()).collect(),
        false => content,
    };
    Ok(Change::Add { place, content })
}

fn step(root: &mut Element, operation: &Operation) -> Result<(), String> {
    let Operation { selector, change } = operation;
    let target = selector.find(root)?;
    match (change, target) {
        (Change::Add { place: Place::End, content }, Target::Node(path)) => {
            element(root, &path, selector)?.children.extend(content.iter().cloned());
            Ok(())
        }
        (Change::Add { place: Place::Prepend, content }, Target::Node(path)) => {
            element(root, &path, selector)?.children.splice(0..0, content.iter().cloned());
            Ok(())
        }
        (Change::Add { place, content }, Target::Node(path)) => {
            let (siblings, at) = siblings(root, &path)?;
            let at = if *place == Place::After { at + 1 } else { at };
            siblings.splice(at..at, content.iter().cloned());
            Ok(())
        }
        (Change::AddAttribute { name, value }, Target::Node(path)) => {
            let element = element(root, &path, selector)?;
            if element.attribute(name).is_some() {
                return Err(format!("{selector} has the attribute {name} already"));
            }
            element.attributes.push((name.clone(), value.clone()));
            Ok(())
        }
        (Change::Replace { content }, Target::Attribute(path, name)) => {
            let value = document::text(content).ok_or("the value of an attribute is a text")?;
            element(root, &path, selector)?.set(&name, value);
            Ok(())
        }
        (Change::Replace { content }, Target::Node(path)) => replace(root, &path, content),
        (Change::Remove, Target::Attribute(path, name)) => {
            element(root, &path, selector)?.attributes.retain(|(own, _)| *own != name);
            Ok(())
        }
        (Change::Remove, Target::Node(path)) => {
            let (siblings, at) = siblings(root, &path)?;
            siblings.remove(at);
            Ok(())
        }
        (_, Target::Attribute(..)) => Err(format!("nothing can be added to the attribute {selector}")),
    }
}

/// An element by one element, a text by a text, a comment by a comment (section 4.4).
fn replace(root: &mut Element, path: &[usize], content: &[Content]) -> Result<(), String> {
    let mut others = content.iter().filter(|c| !c.is_blank());
    let (first, more) = (others.next(), others.next());
    if path.is_empty() {
        return match (first, more) {
            (Some(Content::Element(element)), None) => {
                *root = element.clone();
                Ok(())
            }
            _ => Err("the root is replaced by one element".to_owned()),
        };
    }
    let (siblings, at) = siblings(root, path)?;
    siblings[at] = match (&siblings[at], first, more) {
        (Content::Element(_), Some(new @ Content::Element(_)), None)
        | (Content::Comment(_), Some(new @ Content::Comment(_)), None) => new.clone(),
        (Content::Text(_), _, _) => Content::Text(document::text(content).ok_or("a text is replaced by a text")?),
        _ => return Err("a node is replaced by one of its kind".to_owned()),
    };
    Ok(())
}

fn element<'r>(root: &'r mut Element, path: &[usize], selector: &Selector) -> Result<&'r mut Element, String> {
    let step = |element: &'r mut Element, at: &usize| match element.children.get_mut(*at) {
        Some(Content::Element(child)) => Some(child),
        _ => None,
    };
    path.iter().try_fold(root, step).ok_or_else(|| format!("{selector} is no element"))
}

/// What the node stands among, and where.
fn siblings<'r>(root: &'r mut Element, path: &[usize]) -> Result<(&'r mut Vec<Content>, usize), String> {
    let (last, parents) = path.split_last().ok_or("nothing can stand beside the root, nor can it be removed")?;
    let step = |element: &'r mut Element, at: &usize| match element.children.get_mut(*at) {
        Some(Content::Element(child)) => Some(child),
        _ => None,
    };
    let parent = parents.iter().try_fold(root, step).ok_or("the selector leads to no element")?;
    Ok((&mut parent.children, *last))
}
