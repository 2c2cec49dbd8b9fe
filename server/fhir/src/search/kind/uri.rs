//! Uri parameters, and canonical addresses in reference parameters.
//! <http://hl7.org/fhir/R4/search.html#uri>
//!
//! `:below` and `:above` go by path segment: `http://a/b` is above `http://a/b/c`, not above `http://a/bc`.

use super::super::catalogue::Prepared;
use super::super::criterion::Criterion;
use super::super::hash::Form;
use super::super::index::Index;
use super::super::query::Modifier;
use super::super::value::unescape;
use super::{Context, refuse};
use theriac_core::error::Result;
use theriac_core::hash::index_hash;
use theriac_core::json::Node;

pub const MODIFIERS: &[&str] = &["below", "above"];

pub fn index(prepared: &Prepared, node: &Node<'_>, _: &Context<'_>, index: &mut Index) {
    if let Some(text) = node.as_str() {
        canonical(prepared, text, index);
    }
}

/// The address, the address without its version, and every address above it.
pub(super) fn canonical(prepared: &Prepared, text: &str, index: &mut Index) {
    let unversioned = text.split_once('|').map_or(text, |(url, _)| url);
    index.tokens.push(prepared.seeds.token(Form::Uri, &[text]));
    index.value(index_hash(&[text]), text);
    if unversioned.len() < text.len() {
        index.tokens.push(prepared.seeds.token(Form::Uri, &[unversioned]));
        index.value(index_hash(&[unversioned]), unversioned);
        // `:below=url|1` is above `url|1.0` (R4 search.html 3.1.1.4.13), and not above `url|10`.
        let dots = text.match_indices('.').map(|(at, _)| at).filter(|at| *at > unversioned.len());
        for end in dots.chain([text.len()]) {
            index.tokens.push(prepared.seeds.token(Form::Below, &[&text[..end]]));
        }
    }
    for address in upwards(unversioned) {
        index.tokens.push(prepared.seeds.token(Form::Below, &[address]));
    }
}

/// The address and those above it, nearest first; never less than the authority.
fn upwards(address: &str) -> impl Iterator<Item = &str> {
    let root = address.find("://").map_or(0, |at| at + 3);
    let whole = address.trim_end_matches('/');
    std::iter::successors(Some(whole), move |longer| longer.rfind('/').filter(|at| *at > root).map(|at| &longer[..at]))
}

pub(super) fn below(prepared: &Prepared, address: &str) -> i64 {
    prepared.seeds.token(Form::Below, &[address.trim_end_matches('/')])
}

pub(super) fn above(prepared: &Prepared, address: &str) -> Vec<i64> {
    upwards(address).map(|above| prepared.seeds.token(Form::Uri, &[above])).collect()
}

pub fn criterion(prepared: &Prepared, modifier: &Modifier, values: &[&str], _: &Context<'_>) -> Result<Criterion> {
    let mut any = Vec::with_capacity(values.len());
    for value in values {
        let address = unescape(value);
        if address.is_empty() {
            return Err(refuse(prepared, "an address"));
        }
        match modifier {
            Modifier::Below => any.push(below(prepared, &address)),
            Modifier::Above => any.extend(above(prepared, &address)),
            _ => any.push(prepared.seeds.token(Form::Uri, &[&address])),
        }
    }
    Ok(Criterion::Tokens { any, negate: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_up_by_segments_to_the_authority() {
        let all: Vec<_> = upwards("http://a.org/b/c/").collect();
        assert_eq!(all, ["http://a.org/b/c", "http://a.org/b", "http://a.org"]);
        assert_eq!(upwards("urn:oid:1.2").collect::<Vec<_>>(), ["urn:oid:1.2"]);
    }
}
