//! What the resources of a page refer to and that is in none of the compartments: practitioners, organizations,
//! locations, medications.

use super::Item;
use super::asked::Asked;
use crate::search::extract::extract;
use crate::search::kind::reference::local_part;
use crate::search::r4_catalogue;
use crate::store::search;
use crate::{body, kind, service, structure};
use std::collections::{BTreeSet, HashSet};
use theriac_access::Interaction;
use theriac_core::{Result, json};
use theriac_platform::Context;

/// How many come along with one page.
const MOST: usize = 1_000;

pub async fn by(
    context: &Context,
    items: &[Item],
    seen: &HashSet<(i16, String)>,
    tokens: &[i64],
    asked: &Asked,
) -> Result<Vec<Item>> {
    let base = service::base(context);
    let mut wanted = BTreeSet::new();
    for item in items {
        let node = json::parse(&item.bytes)?;
        for (_, text) in structure::references(&node) {
            let text = service::local(&base, text);
            let Some((name, id)) = local_part(text) else { continue };
            let Some(number) = kind::number(name) else { continue };
            let may = asked.types.is_empty() || asked.types.contains(&number);
            if may && context.grant.may_fhir(Interaction::Read, name) && !seen.contains(&(number, id.to_owned())) {
                wanted.insert((number, id.to_owned()));
            }
        }
    }
    let wanted: Vec<(i16, String)> = wanted.into_iter().take(MOST).collect();
    let mut found = Vec::new();
    for row in search::addressed(context, &wanted, None).await? {
        let bytes = body::unpack(row.version.dictionary, &row.version.body)?;
        let node = json::parse(&bytes)?;
        let Some(plan) = r4_catalogue().plan(kind::name(row.version.kind)) else { continue };
        let index = extract(plan, &node, &service::search_context(&base, context.now()));
        // What is in a compartment has its own place among the pages.
        if !tokens.iter().any(|token| index.tokens.binary_search(token).is_ok()) {
            found.push(Item { kind: row.version.kind, id: row.version.id, bytes });
        }
    }
    Ok(found)
}
