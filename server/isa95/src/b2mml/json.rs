//! B2MML's JSON: one member, the element's name, whose value is the document.

use super::xml::Root;
use theriac_core::json::{self, Node};
use theriac_core::{Error, Result};

/// # Errors
/// `Malformed` for what is not JSON or has not exactly one document.
pub fn from_json(bytes: &[u8]) -> Result<Root> {
    let node = json::parse(bytes)?;
    let Node::Object(object) = node else {
        return Err(Error::malformed(format!("a B2MML document is an object, not {}", node.kind())));
    };
    let members = object.0.into_iter().filter(|(name, _)| !name.starts_with('@'));
    let mut documents: Vec<_> = members.collect();
    match (documents.pop(), documents.is_empty()) {
        (Some((name, tree)), true) => Ok(Root { name: name.into_owned(), tree: tree.into_owned() }),
        _ => Err(Error::malformed(
            "a B2MML document has one member, which is named after its element, as in {\"MaterialLot\":{...}}",
        )),
    }
}
