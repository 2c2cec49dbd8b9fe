//! In which order a page stands, and where in that order it begins: keyset paging.
//! <http://hl7.org/fhir/R4/search.html#sort>
//!
//! Nulls come last both ways; the newest key decides between equals.

use super::past;
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
    /// The same for a row of `fhir_history`.
    pub past: Option<String>,
    kind: Option<Kind>,
    descending: bool,
}

pub(super) fn terms(sql: &mut Sql<'_>, sort: &[SortKey]) -> Vec<Term> {
    sort.iter().enumerate().map(|(i, key)| term(sql, i, key)).collect()
}

fn term(sql: &mut Sql<'_>, i: usize, key: &SortKey) -> Term {
    let column = |name: &str, kind| Term {
        column: name.to_owned(),
        computed: None,
        past: None,
        kind,
        descending: key.descending,
    };
    match &key.by {
        SortBy::Id => column("id", Some(Kind::String)),
        SortBy::LastUpdated => column("updated", None),
        SortBy::Value { seeds, .. } => {
            let seeds: Vec<String> = seeds.iter().map(|seed| sql.bind(*seed)).collect();
            let mut compute = |past| sql.about(past, |sql| value(sql, &seeds, key.descending));
            let (computed, past) = (Some(compute(false)), Some(compute(true)));
            Term { column: format!("s{i}"), computed, past, kind: Some(Kind::String), descending: key.descending }
        }
        SortBy::Near { points } => {
            let mut compute = |past| sql.about(past, |sql| distance(sql, points, key.descending));
            let (computed, past) = (Some(compute(false)), Some(compute(true)));
            Term { column: format!("s{i}"), computed, past, kind: Some(Kind::Number), descending: key.descending }
        }
        SortBy::Param { params, kind, .. } => {
            let params: Vec<String> = params.iter().map(|param| sql.bind(*param)).collect();
            let params = params.join(", ");
            let (table, low, high, more) = match kind {
                Kind::String => ("fhir_string", "folded", "folded", ""),
                Kind::Date => ("fhir_date", "lo", "hi", ""),
                _ => ("fhir_number", "lo", "hi", ""),
            };
            let value = if key.descending { format!("max(o.{high})") } else { format!("min(o.{low})") };
            let mut compute = |past| {
                let rows = sql.about(past, |sql| past::ordered(sql, table, "r", "o"));
                format!("(SELECT {value} FROM {rows} AND o.param IN ({params}){more})")
            };
            let (computed, past) = (Some(compute(false)), Some(compute(true)));
            Term { column: format!("s{i}"), computed, past, kind: Some(*kind), descending: key.descending }
        }
    }
}

/// The square of the chord from the nearest of the points to the nearest place of the row `r`, or to the farthest.
fn distance(sql: &mut Sql<'_>, points: &[[f64; 3]], descending: bool) -> String {
    let one = |sql: &mut Sql<'_>, point: &[f64; 3]| {
        let squares = ["x", "y", "z"].iter().zip(point).map(|(axis, value)| {
            let value = sql.bind(Value::Real(*value));
            let value = if sql.is_postgres() { format!("{value}::float8") } else { value };
            format!("(o.{axis} - {value}) * (o.{axis} - {value})")
        });
        squares.collect::<Vec<_>>().join(" + ")
    };
    let all: Vec<String> = points.iter().map(|point| one(sql, point)).collect();
    let nearest = match (all.as_slice(), sql.is_postgres()) {
        ([only], _) => only.clone(),
        (many, true) => format!("least({})", many.join(", ")),
        (many, false) => format!("min({})", many.join(", ")),
    };
    let best = if descending { "max" } else { "min" };
    format!("(SELECT {best}({nearest}) FROM {})", past::ordered(sql, "fhir_place", "r", "o"))
}

/// The least or greatest value behind the tokens of the row `r` that were made with one of the seeds.
fn value(sql: &Sql<'_>, seeds: &[String], descending: bool) -> String {
    let best = if descending { "max" } else { "min" };
    let (from, token, xor): (_, _, fn(&str, &str) -> String) = match sql.is_postgres() {
        true => ("unnest(r.tokens) AS t(h)", "t.h", |a, b| format!("{a} # {b}")),
        false => ("json_each(ints_json(r.tokens)) t", "t.value", |a, b| format!("xor({a}, {b})")),
    };
    let one = |seed: &String| {
        format!(
            "SELECT {best}(v.value) AS value FROM {from} CROSS JOIN fhir_value v \
             WHERE v.tenant_id = $1 AND v.hash = {}",
            xor(token, seed)
        )
    };
    match seeds {
        [seed] => format!("({})", one(seed)),
        many => {
            let all: Vec<String> = many.iter().map(one).collect();
            format!("(SELECT {best}(value) FROM ({}) a)", all.join(" UNION ALL "))
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

    fn order(&self, backward: bool, column: &str) -> String {
        let word = if self.descending == backward { "ASC" } else { "DESC" };
        // Columns are never null, and with the word an index could not give the order.
        let nulls = match (&self.computed, backward) {
            (None, _) => "",
            (Some(_), false) => " NULLS LAST",
            (Some(_), true) => " NULLS FIRST",
        };
        format!("r.{column} {word}{nulls}")
    }
}

/// ORDER BY, on the alias `r`.
pub(super) fn by(terms: &[Term], backward: bool) -> String {
    let key = if backward { "r.key ASC" } else { "r.key DESC" };
    let terms = terms.iter().map(|t| t.order(backward, &t.column));
    terms.chain(std::iter::once(key.to_owned())).collect::<Vec<_>>().join(", ")
}

/// ORDER BY of a whole page, whose columns are those of the answer.
pub(super) fn of_page(terms: &[Term], backward: bool) -> String {
    let key = if backward { "r.key ASC" } else { "r.key DESC" };
    let terms = terms.iter().enumerate().map(|(i, t)| t.order(backward, &format!("m{i}")));
    terms.chain(std::iter::once(key.to_owned())).collect::<Vec<_>>().join(", ")
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
