//! Ordered comparisons as SQL, as `RangeTest`, `NumberTest` and `StringTest` define them for ranges that end no
//! earlier than they begin (R4 invariant per-1; a range that does not is found by neither end for sure).

use super::sql::Sql;
use crate::search::criterion::{NumberTest, RangeTest, StringTest};
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
    }
}

/// On `alias.unit`, `alias.lo` and `alias.hi`.
pub(super) fn numbers(sql: &mut Sql<'_>, alias: &str, test: &NumberTest) -> String {
    let (l, h) = (format!("{alias}.lo"), format!("{alias}.hi"));
    let unit = sql.bind(test.unit);
    let (a, b) = (test.lo, test.hi);
    let compared = match test.prefix {
        Prefix::Eq => format!("{l} >= {} AND {l} < {} AND {h} < {}", sql.bind(a), sql.bind(b), sql.bind(b)),
        Prefix::Ne => format!("({l} < {} OR {h} >= {})", sql.bind(a), sql.bind(b)),
        Prefix::Gt => format!("{h} > {}", sql.bind(b)),
        Prefix::Lt => format!("{l} < {}", sql.bind(a)),
        Prefix::Ge => format!("{h} >= {}", sql.bind(b)),
        Prefix::Le => format!("{l} <= {}", sql.bind(a)),
        Prefix::Sa => format!("{l} > {}", sql.bind(b)),
        Prefix::Eb => format!("{l} < {} AND {h} < {}", sql.bind(a), sql.bind(a)),
        Prefix::Ap => format!("{l} <= {} AND {h} >= {}", sql.bind(b), sql.bind(a)),
    };
    format!("({alias}.unit = {unit} AND {compared})")
}

/// On `alias.folded` and `alias.exact`.
pub(super) fn strings(sql: &mut Sql<'_>, alias: &str, test: &StringTest) -> String {
    match test {
        StringTest::Exact(hash) => format!("{alias}.exact = {}", sql.bind(*hash)),
        // No text of a database holds U+0000, and PostgreSQL does not even take one to compare.
        StringTest::Prefix(text) | StringTest::Contains(text) if text.contains('\0') => "FALSE".to_owned(),
        StringTest::Prefix(start) => match after(start) {
            Some(end) => {
                let (from, until) = (sql.bind(start.as_str()), sql.bind(end));
                format!("({alias}.folded >= {from} AND {alias}.folded < {until})")
            }
            None => format!("{alias}.folded >= {}", sql.bind(start.as_str())),
        },
        StringTest::Contains(part) => {
            let find = if sql.is_postgres() { "strpos" } else { "instr" };
            format!("{find}({alias}.folded, {}) > 0", sql.bind(part.as_str()))
        }
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
