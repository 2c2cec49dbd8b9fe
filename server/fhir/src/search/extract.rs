//! From a resource to its index entry.

use super::catalogue::{Catalogue, Plan};
use super::full_text;
use super::hash::{compartment_token, own, self_token, type_token};
use super::index::{Contained, Index, NumberRow, Range};
use super::kind::{Context, Row, date};
use super::parameter::Kind;
use theriac_core::json::Node;

/// Are absent parameters indexed as well as present ones? Then `:missing=true` is an index visit instead of an
/// anti-join; the price is one token for each parameter a resource has no value for.
pub const INDEX_ABSENCE: bool = false;

/// Resource types that are compartments: each such resource belongs to its own.
const COMPARTMENTS: &[&str] = &["Device", "Encounter", "Patient", "Practitioner", "RelatedPerson"];

/// As [`extract`], and everything by which the resources inside it can be found.
pub fn extract_whole(catalogue: &Catalogue, plan: &Plan, resource: &Node<'_>, context: &Context<'_>) -> Index {
    let all = resource.get("contained").map_or(&[][..], Node::items);
    let contained = all.iter().filter_map(|inner| contained(catalogue, plan, resource, inner, context));
    from(plan, resource, context, contained.collect())
}

/// Everything by which the resource itself can be found. Values of the wrong shape leave no trace: judging them is
/// the validator's business.
pub fn extract(plan: &Plan, resource: &Node<'_>, context: &Context<'_>) -> Index {
    from(plan, resource, context, Vec::new())
}

fn contained(
    catalogue: &Catalogue,
    plan: &Plan,
    container: &Node<'_>,
    inner: &Node<'_>,
    context: &Context<'_>,
) -> Option<Contained> {
    let (resource_type, local) = (inner.text("resourceType")?, inner.text("id")?);
    let mut index = extract(catalogue.plan(resource_type)?, inner, context);
    let version = container.get("meta").and_then(|meta| meta.text("versionId")).unwrap_or_default();
    let id = container.text("id").unwrap_or_default();
    index.own = own(resource_type, &format!("{}/{id}/_history/{version}#{local}", plan.resource_type));
    Some(Contained { resource_type: resource_type.to_owned(), index })
}

fn from(plan: &Plan, resource: &Node<'_>, context: &Context<'_>, contained: Vec<Contained>) -> Index {
    let id = resource.text("id").unwrap_or_default();
    let mut index = Index { id: id.to_owned(), own: own(&plan.resource_type, id), contained, ..Index::default() };
    index.tokens.reserve(plan.parameters.len() + 32);
    index.tokens.push(type_token(&plan.resource_type));
    index.last_updated = last_updated(resource);
    if plan.hierarchy().is_some() {
        index.tokens.push(self_token(index.own));
    }
    if COMPARTMENTS.contains(&plan.resource_type.as_str()) && !id.is_empty() {
        index.compartments.push(format!("{}/{id}", plan.resource_type));
        index.tokens.push(compartment_token(index.own));
    }
    parameters(plan, resource, context, &mut index);
    full_text::index(resource, &mut index.tokens);
    index.tokens.sort_unstable();
    index.tokens.dedup();
    index.values.sort_unstable();
    index.values.dedup();
    index.texts.sort_unstable();
    index.texts.dedup();
    unrepeat(&mut index);
    index.compartments.sort_unstable();
    index.compartments.dedup();
    index
}

/// Parameters that share an element leave rows twice, and people write the same name twice.
fn unrepeat(index: &mut Index) {
    let bits = |r: &NumberRow| (r.param, r.code, r.unit, [r.lo, r.hi, r.low, r.high].map(f64::to_bits));
    index.numbers.sort_by_key(bits);
    index.numbers.dedup_by_key(|row| bits(row));
    index.dates.sort_by_key(|r| (r.param, r.lo, r.hi));
    index.dates.dedup();
    index.strings.sort_by(|a, b| (a.param, a.exact, &a.folded).cmp(&(b.param, b.exact, &b.folded)));
    index.strings.dedup();
}

fn last_updated(resource: &Node<'_>) -> Option<Range> {
    let (lo, hi) = date::range(resource.get("meta")?.text("lastUpdated")?)?;
    Some(Range { param: 0, lo, hi })
}

fn parameters(plan: &Plan, resource: &Node<'_>, context: &Context<'_>, index: &mut Index) {
    for prepared in &plan.parameters {
        if let Some(composite) = &prepared.composite {
            composite.index(prepared, resource, context, index);
            continue;
        }
        let Some(row) = Row::of(prepared.parameter.kind) else { continue };
        if super::catalogue::OWN_COLUMNS.contains(&prepared.code()) || !prepared.members.is_empty() {
            continue;
        }
        let mut present = false;
        prepared.program.each(resource, &mut |node, fhir| {
            if row.reads(fhir) {
                present = true;
                (row.index)(prepared, node, context, index);
            }
        });
        match present {
            true => index.tokens.push(prepared.present),
            false if INDEX_ABSENCE => index.tokens.push(prepared.absent),
            false => {}
        }
    }
}

/// Does the kind leave ordered rows?
pub fn is_ordered(kind: Kind) -> bool {
    matches!(kind, Kind::Date | Kind::Number | Kind::Quantity | Kind::String)
}

/// Can an answer be sorted by it? Some kinds leave ordered rows, of others the values behind the tokens are known.
pub fn is_sortable(kind: Kind) -> bool {
    !matches!(kind, Kind::Composite | Kind::Special)
}
