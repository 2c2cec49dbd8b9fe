//! JSON Patch, RFC 6902, over addresses of RFC 6901.
//!
//! Members that the RFC does not know are passed over, as its section 4 wants.

mod equal;
mod pointer;
#[cfg(test)]
mod tests;

use super::{DEPTH, depth, size, unfit};
use pointer::{Pointer, Token};
use theriac_core::json::{self, Node};
use theriac_core::{Error, Result};

/// Operations one patch may have.
const MOST: usize = 10_000;
/// Values that all `copy` operations of one patch may make: each can double the document.
const COPIES: usize = 100_000;

#[derive(Debug, Clone, PartialEq)]
enum Operation {
    Add(Pointer, Node<'static>),
    Remove(Pointer),
    Replace(Pointer, Node<'static>),
    Move { from: Pointer, path: Pointer },
    Copy { from: Pointer, path: Pointer },
    Test(Pointer, Node<'static>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct JsonPatch(Vec<Operation>);

impl JsonPatch {
    /// Reads an array of operations.
    ///
    /// # Errors
    /// `Malformed`, naming the operation that cannot be read.
    pub fn read(text: &[u8]) -> Result<Self> {
        Self::of(&json::parse(text)?)
    }

    /// # Errors
    /// As [`Self::read`].
    pub fn of(node: &Node<'_>) -> Result<Self> {
        let items = node.as_array().ok_or_else(|| Error::malformed("a JSON Patch is an array of operations"))?;
        if items.len() > MOST {
            return Err(Error::malformed(format!("a JSON Patch has at most {MOST} operations")));
        }
        let read = |(i, item)| operation(item).map_err(|why| Error::malformed(why).at(format!("operation {}", i + 1)));
        items.iter().enumerate().map(read).collect::<Result<_>>().map(Self)
    }

    /// The document after all operations.
    ///
    /// # Errors
    /// `Unprocessable`: an address that leads nowhere, or a `test` that does not hold.
    pub fn apply(&self, document: Node<'static>) -> Result<Node<'static>> {
        let mut document = document;
        let mut copies = COPIES;
        for (index, operation) in self.0.iter().enumerate() {
            step(&mut document, operation, &mut copies).map_err(|why| unfit(index, why))?;
        }
        Ok(document)
    }
}

fn operation(node: &Node<'_>) -> Result<Operation, String> {
    let op = node.text("op").ok_or("an operation needs a member op")?;
    let path = || pointer(node, "path");
    let value = || {
        let value = node.get("value").cloned().map(Node::into_owned);
        value.ok_or_else(|| format!("{op} needs a member value"))
    };
    Ok(match op {
        "add" => Operation::Add(path()?, value()?),
        "remove" => Operation::Remove(path()?),
        "replace" => Operation::Replace(path()?, value()?),
        "move" => Operation::Move { from: pointer(node, "from")?, path: path()? },
        "copy" => Operation::Copy { from: pointer(node, "from")?, path: path()? },
        "test" => Operation::Test(path()?, value()?),
        other => return Err(format!("op is '{other}'; it must be one of add, remove, replace, move, copy, test")),
    })
}

fn pointer(node: &Node<'_>, name: &str) -> Result<Pointer, String> {
    let text = node.text(name).ok_or_else(|| format!("the operation needs a member {name} that is a string"))?;
    Pointer::parse(text).map_err(|why| format!("{name}: {why}"))
}

fn step(document: &mut Node<'static>, operation: &Operation, copies: &mut usize) -> Result<(), String> {
    match operation {
        Operation::Add(path, value) => add(document, path, value.clone()),
        Operation::Remove(path) => remove(document, path).map(drop),
        Operation::Replace(path, value) => {
            fits(path, value)?;
            *path.find_mut(document)? = value.clone();
            Ok(())
        }
        Operation::Move { from, path } => {
            if path.is_below(from) {
                return Err(format!("'{from}' cannot be moved into itself"));
            }
            let value = remove(document, from)?;
            add(document, path, value)
        }
        Operation::Copy { from, path } => {
            let value = from.find(document)?;
            *copies = copies.checked_sub(size(value)).ok_or("the copies of this patch make too much")?;
            let value = value.clone();
            add(document, path, value)
        }
        Operation::Test(path, value) => match equal::equal(path.find(document)?, value) {
            true => Ok(()),
            false => Err(format!("the test of '{path}' does not hold")),
        },
    }
}

fn fits(path: &Pointer, value: &Node<'_>) -> Result<(), String> {
    match path.len() + depth(value) <= DEPTH {
        true => Ok(()),
        false => Err(format!("'{path}' would nest deeper than {DEPTH} levels")),
    }
}

/// Section 4.1.
fn add(document: &mut Node<'static>, path: &Pointer, value: Node<'static>) -> Result<(), String> {
    fits(path, &value)?;
    let Some((last, parent)) = path.split() else {
        *document = value;
        return Ok(());
    };
    match parent.find_mut(document)? {
        Node::Object(object) => object.set(last.name(), value),
        Node::Array(items) => {
            let at = if last.is_end() { items.len() } else { index(last, path)? };
            if at > items.len() {
                return Err(format!("'{path}': the array has {} members", items.len()));
            }
            items.insert(at, value);
        }
        other => return Err(format!("'{path}': there is {} at '{parent}'", other.kind())),
    }
    Ok(())
}

/// Section 4.2; gives what was taken out.
fn remove(document: &mut Node<'static>, path: &Pointer) -> Result<Node<'static>, String> {
    let missing = || format!("there is nothing at '{path}'");
    let Some((last, parent)) = path.split() else { return Err("the whole document cannot be removed".to_owned()) };
    match parent.find_mut(document)? {
        Node::Object(object) => object.remove(last.name()).ok_or_else(missing),
        Node::Array(items) => match index(last, path)? {
            at if at < items.len() => Ok(items.remove(at)),
            _ => Err(missing()),
        },
        _ => Err(missing()),
    }
}

fn index(token: &Token, path: &Pointer) -> Result<usize, String> {
    token.index().ok_or_else(|| format!("'{path}': '{}' is not the index of an array", token.name()))
}
