//! Attributes of elements, for those who watch the trade: names, addresses, strengths, national codes.

use super::name;
use crate::identifier::canonical;
use crate::store::master::{self, Asked};
use std::collections::{BTreeMap, HashMap};
use theriac_access::Rows;
use theriac_core::json::{self, Node};
use theriac_core::{Error, Result};
use theriac_platform::Context;

/// Texts by name; of the CBV's own attributes the local name, as in `regulatedProductName`.
pub type Attributes = BTreeMap<String, String>;

const HOME: &str = "urn:epcglobal:cbv:mda:";

/// Elements that are looked at at once; more are not told.
const MOST: i64 = 10_000;

/// Of these elements, by canonical id. Who does not see all events gets none.
///
/// # Errors
/// The database's.
pub async fn of_ids(context: &Context, ids: &[String]) -> Result<HashMap<String, Attributes>> {
    let ids = ids.iter().map(|id| canonical(id).into_owned()).collect();
    found(context, Asked { ids: Some(ids), ..Asked::default() }, false).await
}

/// Of these parties and places, by GLN.
///
/// # Errors
/// As [`of_ids`].
pub async fn of_glns(context: &Context, glns: Vec<String>) -> Result<HashMap<String, Attributes>> {
    found(context, Asked { glns: Some(glns), ..Asked::default() }, true).await
}

async fn found(context: &Context, asked: Asked, by_gln: bool) -> Result<HashMap<String, Attributes>> {
    let mut told: HashMap<String, Attributes> = HashMap::new();
    if context.grant.rows() != Rows::All {
        return Ok(told);
    }
    for element in master::find(&context.db, &Asked { after: i64::MIN, most: MOST, ..asked }).await? {
        let node = json::parse(element.body.as_bytes()).map_err(Error::internal)?;
        let key = if by_gln { crate::identifier::gln_of(&element.id).unwrap_or_default() } else { element.id };
        // Of several vocabularies the last word counts.
        told.entry(key).or_default().extend(texts(&node));
    }
    Ok(told)
}

fn texts(element: &Node<'_>) -> Vec<(String, String)> {
    let attributes = element.get("attributes").map_or(&[][..], Node::items).iter();
    let text = |attribute: &Node<'_>| {
        let name = name(attribute.text("id")?);
        let value = match attribute.get("attribute")? {
            Node::String(value) => value.trim().to_owned(),
            Node::Number(value) => value.to_string(),
            Node::Bool(value) => value.to_string(),
            _ => return None,
        };
        let name = name.strip_prefix("cbvmda:").or_else(|| name.strip_prefix(HOME)).unwrap_or(&name).to_owned();
        Some((name, value)).filter(|(_, value)| !value.is_empty())
    };
    attributes.filter_map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_vocabulary_are_told_by_their_local_part() {
        let element = json::parse(
            br#"{"id":"urn:x:1","attributes":[{"id":"urn:epcglobal:cbv:mda#city","attribute":" Bonn "},
            {"id":"cbvmda:state","attribute":"NW"},{"id":"http://e/a","attribute":1},{"id":"urn:epcglobal:cbv:mda:name",
            "attribute":""},{"id":"ex:deep","attribute":{"x":1}}]}"#,
        )
        .unwrap();
        let expected = [("city", "Bonn"), ("state", "NW"), ("http://e/a", "1")];
        assert_eq!(texts(&element), expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
    }
}
