//! In which order a page stands, and where in that order it begins: keyset paging.
//! <http://hl7.org/fhir/R4/search.html#sort>
//!
//! Nulls come last both ways; the newest key decides between equals.

use super::sql::Sql;
use crate::search::parameter::Kind;
use crate::search::query::{SortBy, SortKey};
use serde::{Deserialize, Serialize};
use theriac_core::{Error, Result};
use theriac_platform::db::{Row, Value};

/// A value a page is sorted by, as a cursor carries it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Mark {
    N,
    I(i64),
    T(String),
    /// A real number's bits: JSON has no infinity.
    R(u64),
}

/// Where a page begins: behind this row, or before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Position {
    pub key: i64,
    pub marks: Vec<Mark>,
    pub backward: bool,
}

/// One key of the order.
pub(super) struct Term {
    /// `updated`, `id`, or `s0` for a computed value.
    pub column: String,
    /// What computes it, for a row of the alias `r`.
    pub computed: Option<String>,
    kind: Option<Kind>,
    descending: bool,
}

pub(super) fn terms(sql: &mut Sql<'_>, sort: &[SortKey]) -> Vec<Term> {
    sort.iter().enumerate().map(|(i, key)| term(sql, i, key)).collect()
}

fn term(sql: &mut Sql<'_>, i: usize, key: &SortKey) -> Term {
    let column = |name: &str, kind| Term { column: name.to_owned(), computed: None, kind, descending: key.descending };
    match &key.by {
        SortBy::Id => column("id", Some(Kind::String)),
        SortBy::LastUpdated => column("updated", None),
        SortBy::Param { param, kind, .. } => {
            let param = sql.bind(*param);
            let (table, low, high, more) = match kind {
                Kind::String => ("fhir_string", "folded", "folded", ""),
                Kind::Date => ("fhir_date", "lo", "hi", ""),
                _ => ("fhir_number", "lo", "hi", ""),
            };
            let value = if key.descending { format!("max(o.{high})") } else { format!("min(o.{low})") };
            let computed = format!(
                "(SELECT {value} FROM {table} o WHERE o.tenant_id = $1 AND o.param = {param} AND o.key = r.key{more})"
            );
            Term { column: format!("s{i}"), computed: Some(computed), kind: Some(*kind), descending: key.descending }
        }
    }
}

impl Term {
    /// Reads its value from a row.
    pub fn mark(&self, row: &mut Row, column: usize) -> Result<Mark> {
        Ok(match self.kind {
            Some(Kind::String) => row.maybe_text(column)?.map_or(Mark::N, Mark::T),
            None | Some(Kind::Date) => row.maybe_int(column)?.map_or(Mark::N, Mark::I),
            _ => row.maybe_real(column)?.map_or(Mark::N, |r| Mark::R(r.to_bits())),
        })
    }

    fn order(&self, backward: bool) -> String {
        let word = if self.descending == backward { "ASC" } else { "DESC" };
        // Columns are never null, and with the word an index could not give the order.
        let nulls = match (&self.computed, backward) {
            (None, _) => "",
            (Some(_), false) => " NULLS LAST",
            (Some(_), true) => " NULLS FIRST",
        };
        format!("{}.{} {word}{nulls}", "r", self.column)
    }
}

/// ORDER BY, on the alias `r`.
pub(super) fn by(terms: &[Term], backward: bool) -> String {
    let key = if backward { "r.key ASC" } else { "r.key DESC" };
    terms.iter().map(|t| t.order(backward)).chain(std::iter::once(key.to_owned())).collect::<Vec<_>>().join(", ")
}

/// The condition that a row of the alias `r` stands behind the position (or before it, going backward).
///
/// # Errors
/// `Invalid` if the position is of another order.
pub(super) fn beyond(sql: &mut Sql<'_>, terms: &[Term], position: &Position) -> Result<String> {
    if terms.len() != position.marks.len() {
        return Err(Error::invalid("this cursor is of another order").at("_cursor"));
    }
    let sign = if position.backward { ">" } else { "<" };
    let mut text = format!("r.key {sign} {}", sql.bind(position.key));
    for (term, mark) in terms.iter().zip(&position.marks).rev() {
        text = step(sql, term, mark, position.backward, &text);
    }
    Ok(text)
}

fn step(sql: &mut Sql<'_>, term: &Term, mark: &Mark, backward: bool, rest: &str) -> String {
    let column = format!("r.{}", term.column);
    let value = match mark {
        Mark::N if backward => return format!("({column} IS NOT NULL OR {rest})"),
        Mark::N => return format!("({column} IS NULL AND {rest})"),
        Mark::I(number) => Value::Int(*number),
        Mark::T(text) => Value::Text(text.clone()),
        Mark::R(bits) => Value::Real(f64::from_bits(*bits)),
    };
    let sign = if term.descending == backward { ">" } else { "<" };
    let (beyond, equal) = (sql.bind(value.clone()), sql.bind(value));
    let nulls = match term.computed.is_some() && !backward {
        true => format!(" OR {column} IS NULL"),
        false => String::new(),
    };
    format!("({column} {sign} {beyond}{nulls} OR ({column} = {equal} AND {rest}))")
}
