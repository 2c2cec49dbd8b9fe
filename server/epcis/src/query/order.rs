//! Results ordered by an extension field: `orderBy` names one whose type is Int, Float, Time or String.
//! EPCIS 2.0, 8.2.7.1. Events that lack the field come last; one that has several values counts by its first.

use super::Direction;
use crate::index::{Comparable, extension_field, scalar};
use crate::namespaces::Namespaces;
use std::cmp::Ordering;
use theriac_core::json::{self, Node};

#[derive(Debug, Clone, PartialEq)]
enum Rank {
    Number(f64),
    Text(String),
    Absent,
}

/// Puts events, given as stored, in the order of the field; those alike stay as they were.
pub(crate) fn sort<T>(events: &mut [T], body: impl Fn(&T) -> &[u8], field: &str, direction: Direction) {
    events.sort_by_cached_key(|event| Key { rank: rank(body(event), field), direction });
}

struct Key {
    rank: Rank,
    direction: Direction,
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        let order = match (&self.rank, &other.rank) {
            (Rank::Number(a), Rank::Number(b)) => a.total_cmp(b),
            (Rank::Text(a), Rank::Text(b)) => a.cmp(b),
            (Rank::Absent, Rank::Absent) => return Ordering::Equal,
            (Rank::Absent, _) => return Ordering::Greater,
            (_, Rank::Absent) => return Ordering::Less,
            (Rank::Number(_), Rank::Text(_)) => Ordering::Less,
            (Rank::Text(_), Rank::Number(_)) => Ordering::Greater,
        };
        if self.direction == Direction::Asc { order } else { order.reverse() }
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Key {}

fn rank(body: &[u8], field: &str) -> Rank {
    let Ok(node) = json::parse(body) else { return Rank::Absent };
    let spaces = Namespaces::of(node.get("@context"));
    let members = node.as_object().into_iter().flat_map(|o| o.iter());
    let named = |(name, _): &(&str, &Node<'_>)| extension_field(name, &spaces).as_deref() == Some(field);
    let value = members.into_iter().find(named).and_then(|(_, value)| value.items().first().and_then(scalar));
    match value {
        Some(text) => Comparable::of(text).map_or_else(|| Rank::Text(text.to_owned()), |c| Rank::Number(c.number())),
        None => Rank::Absent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(values: &[&str], direction: Direction) -> Vec<String> {
        let body = |value: &&str| match *value {
            "" => br#"{"@context":{"ex":"https://e/"}}"#.to_vec(),
            value => format!(r#"{{"@context":{{"ex":"https://e/"}},"ex:f":{value}}}"#).into_bytes(),
        };
        let mut bodies: Vec<(String, Vec<u8>)> = values.iter().map(|v| ((*v).to_owned(), body(v))).collect();
        sort(&mut bodies, |(_, body)| body, "{https://e/}f", direction);
        bodies.into_iter().map(|(value, _)| value).collect()
    }

    #[test]
    fn numbers_times_and_texts_have_their_own_order_and_nothing_comes_last() {
        assert_eq!(sorted(&["", "10", "9.5", "\"-1\""], Direction::Asc), ["\"-1\"", "9.5", "10", ""]);
        assert_eq!(sorted(&["", "10", "9.5"], Direction::Desc), ["10", "9.5", ""]);
        assert_eq!(sorted(&["\"b\"", "\"B\"", "\"a\""], Direction::Asc), ["\"B\"", "\"a\"", "\"b\""]);
        let times = ["\"2026-11-20T09:00:00+02:00\"", "\"2026-11-20T08:00:00Z\""];
        assert_eq!(sorted(&times, Direction::Asc), times);
    }
}
