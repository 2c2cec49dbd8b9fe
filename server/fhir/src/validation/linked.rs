//! The stored resources that a document's references lead to, as far as the caller may see them, and what those lead to.

use crate::profile::Linked;
use crate::store::read as store;
use crate::structure::for_each_reference;
use crate::{body, kind, policy};
use theriac_access::Interaction;
use theriac_core::Result;
use theriac_core::json::{self, Node};
use theriac_platform::Context;

/// More are not followed; what is beyond is not judged.
const MOST: usize = 200;

/// What another tenant has, or what the caller may not see, is not there.
///
/// # Errors
/// The database's.
pub async fn load(context: &Context, node: &Node<'_>) -> Result<Linked> {
    let mut linked = Linked::new();
    let mut waiting = addresses(node);
    while let Some(address) = waiting.pop() {
        let Some((kind, id)) = address.split_once('/').and_then(|(k, id)| Some((kind::find(k).ok()?, id))) else {
            continue;
        };
        if linked.len() >= MOST || linked.contains_key(&address) {
            continue;
        }
        let visible = policy::of_type(context, Interaction::Read, kind);
        let found = store::current(context, &visible, kind, id).await?.filter(|version| !version.deleted);
        let node = match found {
            Some(version) => Some(json::parse(&body::unpack(version.dictionary, &version.body)?)?.into_owned()),
            None => None,
        };
        node.iter().for_each(|node| waiting.extend(addresses(node)));
        linked.insert(address, node);
    }
    Ok(linked)
}

/// `Type/id` of the relative references.
fn addresses(node: &Node<'_>) -> Vec<String> {
    let mut all = Vec::new();
    for_each_reference(node, &mut |_, reference| {
        let plain = reference.split("/_history/").next().unwrap_or(reference);
        let is_local = plain.split('/').count() == 2 && !plain.contains([':', '?', '#', '|']);
        all.extend(is_local.then(|| plain.to_owned()));
    });
    all
}
