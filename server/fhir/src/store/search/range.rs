//! Ordered comparisons as SQL, as `RangeTest`, `NumberTest` and `StringTest` define them for ranges that end no
//! earlier than they begin (R4 invariant per-1; a range that does not is found by neither end for sure).

use super::sql::Sql;
use crate::search::criterion::{Measure, NumberTest, RangeTest, Sphere, StringTest};
use crate::search::value::Prefix;

/// How long a stored instant lasts: `_lastUpdated` is kept in milliseconds.
const MILLISECOND: i64 = 1_000;

/// One of the tests holds.
pub(super) fn any<T>(sql: &mut Sql<'_>, tests: &[T], one: impl Fn(&mut Sql<'_>, &T) -> String) -> String {
    let all: Vec<String> = tests.iter().map(|test| one(sql, test)).collect();
    match all.as_slice() {
        [] => "FALSE".to_owned(),
        [one] => one.clone(),
        many => format!("({})", many.join(" OR ")),
    }
}

/// On `alias.lo` and `alias.hi`.
pub(super) fn dates(sql: &mut Sql<'_>, alias: &str, test: &RangeTest) -> String {
    let (l, h) = (format!("{alias}.lo"), format!("{alias}.hi"));
    range(sql, test.prefix, (&l, test.lo, test.hi), (&h, test.lo, test.hi))
}

/// On the instant `column`, which stands for a millisecond: comparisons of its end are moved to its beginning.
pub(super) fn instant(sql: &mut Sql<'_>, column: &str, test: &RangeTest) -> String {
    let earlier = |end: i64| end.saturating_sub(MILLISECOND);
    range(sql, test.prefix, (column, test.lo, test.hi), (column, earlier(test.lo), earlier(test.hi)))
}

/// A side of the stored range, with the searched bounds as it is compared with them.
type Side<'s> = (&'s str, i64, i64);

fn range(sql: &mut Sql<'_>, prefix: Prefix, low: Side<'_>, high: Side<'_>) -> String {
    let ((l, a, b), (h, a2, b2)) = (low, high);
    match prefix {
        // A range ends no earlier than it begins; saying so bounds the part of the index that is read.
        Prefix::Eq => format!("({l} >= {} AND {l} <= {} AND {h} <= {})", sql.bind(a), sql.bind(b), sql.bind(b2)),
        Prefix::Ne => format!("({l} < {} OR {h} > {})", sql.bind(a), sql.bind(b2)),
        Prefix::Gt => format!("{h} > {}", sql.bind(b2)),
        Prefix::Lt => format!("{l} < {}", sql.bind(a)),
        Prefix::Ge => format!("({h} > {} OR {l} >= {})", sql.bind(b2), sql.bind(a)),
        Prefix::Le => format!("({l} <= {} AND ({l} < {} OR {h} <= {}))", sql.bind(b), sql.bind(a), sql.bind(b2)),
        Prefix::Sa => format!("{l} >= {}", sql.bind(b)),
        Prefix::Eb => format!("({l} <= {} AND {h} <= {})", sql.bind(a), sql.bind(a2)),
        Prefix::Ap => format!("({l} < {} AND {h} > {})", sql.bind(b), sql.bind(a2)),
        Prefix::Holds => format!("({l} <= {} AND {h} >= {})", sql.bind(a), sql.bind(b2)),
    }
}

/// On the columns of `fhir_number` that the test's measure names.
pub(super) fn numbers(sql: &mut Sql<'_>, alias: &str, test: &NumberTest) -> String {
    match test.measure {
        Measure::Any => format!("({})", compared(sql, alias, ("lo", "hi"), test)),
        Measure::Named(code) => {
            let code = sql.bind(code);
            format!("({} AND {alias}.code = {code})", compared(sql, alias, ("lo", "hi"), test))
        }
        // The index over canonical values leaves out rows without a unit, and must be told so.
        Measure::Unit(unit) => {
            let unit = sql.bind(unit);
            let compared = compared(sql, alias, ("low", "high"), test);
            format!("({alias}.unit <> 0 AND {alias}.unit = {unit} AND {compared})")
        }
    }
}

/// Two numbers of one row.
pub(super) fn pair(sql: &mut Sql<'_>, alias: &str, tests: &(NumberTest, NumberTest)) -> String {
    let (one, two) = (compared(sql, alias, ("lo", "hi"), &tests.0), compared(sql, alias, ("low", "high"), &tests.1));
    format!("({one} AND {two})")
}

fn compared(sql: &mut Sql<'_>, alias: &str, ends: (&str, &str), test: &NumberTest) -> String {
    let (l, h) = (format!("{alias}.{}", ends.0), format!("{alias}.{}", ends.1));
    let (a, b) = (test.lo, test.hi);
    match test.prefix {
        Prefix::Eq => format!("{l} >= {} AND {l} < {} AND {h} < {}", sql.bind(a), sql.bind(b), sql.bind(b)),
        Prefix::Ne => format!("({l} < {} OR {h} >= {})", sql.bind(a), sql.bind(b)),
        Prefix::Gt => format!("{h} > {}", sql.bind(b)),
        Prefix::Lt => format!("{l} < {}", sql.bind(a)),
        Prefix::Ge => format!("{h} >= {}", sql.bind(b)),
        Prefix::Le => format!("{l} <= {}", sql.bind(a)),
        Prefix::Sa => format!("{l} > {}", sql.bind(b)),
        Prefix::Eb => format!("{l} < {} AND {h} < {}", sql.bind(a), sql.bind(a)),
        Prefix::Ap => format!("{l} <= {} AND {h} >= {}", sql.bind(b), sql.bind(a)),
        Prefix::Holds => format!("{l} <= {} AND {h} >= {}", sql.bind(a), sql.bind(b)),
    }
}

/// On `fhir_place`: the box round the ball is what the index answers, the ball itself decides.
pub(super) fn near(sql: &mut Sql<'_>, alias: &str, sphere: &Sphere) -> String {
    let side = sphere.chord2.sqrt() * (1.0 + 1e-9) + f64::MIN_POSITIVE;
    let mut parts = Vec::new();
    for (column, at) in ["x", "y", "z"].iter().zip(sphere.point) {
        let (from, until) = (sql.bind(at - side), sql.bind(at + side));
        parts.push(format!("{alias}.{column} >= {from} AND {alias}.{column} <= {until}"));
    }
    parts.push(format!("{} <= {}", chord2(sql, alias, sphere), sql.bind(sphere.chord2)));
    format!("({})", parts.join(" AND "))
}

/// The squared chord between a row of `fhir_place` and the point, added up as `Sphere::chord2` does.
pub(super) fn chord2(sql: &mut Sql<'_>, alias: &str, sphere: &Sphere) -> String {
    let squares: Vec<String> = ["x", "y", "z"]
        .iter()
        .zip(sphere.point)
        .map(|(column, at)| {
            let (one, two) = (sql.bind(at), sql.bind(at));
            format!("({alias}.{column} - {one}) * ({alias}.{column} - {two})")
        })
        .collect();
    format!("({})", squares.join(" + "))
}

/// On `alias.folded` and `alias.exact`.
pub(super) fn strings(sql: &mut Sql<'_>, alias: &str, test: &StringTest) -> String {
    match test {
        StringTest::Exact(hash) => format!("{alias}.exact = {}", sql.bind(*hash)),
        // No text of a database holds U+0000, and PostgreSQL does not even take one to compare.
        StringTest::Prefix(text) | StringTest::Contains(text) | StringTest::Suffix(text) | StringTest::Folded(text)
            if text.contains('\0') =>
        {
            "FALSE".to_owned()
        }
        StringTest::Prefix(start) => begins(sql, &format!("{alias}.folded"), start),
        StringTest::Folded(whole) => format!("{alias}.folded = {}", sql.bind(whole.as_str())),
        StringTest::Suffix(end) => {
            let (one, two) = (sql.bind(end.as_str()), sql.bind(end.as_str()));
            match sql.is_postgres() {
                true => format!("right({alias}.folded, length({one}::text)) = {two}"),
                false => format!("substr({alias}.folded, -length({one})) = {two}"),
            }
        }
        StringTest::Order(prefix, text) => {
            let sign = match prefix {
                Prefix::Gt | Prefix::Sa => ">",
                Prefix::Lt | Prefix::Eb => "<",
                Prefix::Ge => ">=",
                Prefix::Ne => "<>",
                _ => "<=",
            };
            format!("{alias}.folded {sign} {}", sql.bind(text.replace('\0', "\u{1}")))
        }
        StringTest::Contains(part) => {
            let find = if sql.is_postgres() { "strpos" } else { "instr" };
            format!("{find}({alias}.folded, {}) > 0", sql.bind(part.as_str()))
        }
    }
}

/// The column begins with that text.
pub(super) fn begins(sql: &mut Sql<'_>, column: &str, start: &str) -> String {
    match after(start) {
        _ if start.contains('\0') => "FALSE".to_owned(),
        Some(end) => {
            let (from, until) = (sql.bind(start), sql.bind(end));
            format!("({column} >= {from} AND {column} < {until})")
        }
        None => format!("{column} >= {}", sql.bind(start)),
    }
}

/// The first text, in the order of code points (which is that of UTF-8 bytes), after all that begin with this one.
fn after(start: &str) -> Option<String> {
    let mut letters: Vec<char> = start.chars().collect();
    while let Some(last) = letters.pop() {
        let next = match last {
            '\u{D7FF}' => Some('\u{E000}'),
            other => char::from_u32(other as u32 + 1),
        };
        if let Some(next) = next {
            letters.push(next);
            return Some(letters.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_prefix_lies_behind_all_that_begin_with_it() {
        for (start, end) in [("ab", Some("ac")), ("", None), ("a\u{10FFFF}", Some("b")), ("\u{D7FF}", Some("\u{E000}"))]
        {
            assert_eq!(after(start).as_deref(), end, "{start:?}");
        }
        assert_eq!(after("\u{10FFFF}\u{10FFFF}"), None);
    }
}
