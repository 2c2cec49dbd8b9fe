//! Dates and periods: rows of `fhir_date`, of which those of a day at most are found by where they begin, and longer ones
//! by an index of their own.

use super::filter::{Condition, by_keys};
use super::sql::Sql;
use super::{past, range};
use crate::search::criterion::RangeTest;
use crate::search::value::Prefix;

/// The longest range that the index by its beginning serves, in microseconds; the index of longer ones says it too.
const DAY: i64 = 86_400_000_000;

/// One row of the parameter passes one test of each.
pub(super) fn condition(sql: &mut Sql<'_>, alias: &str, param: i32, all: &[&[RangeTest]]) -> Condition {
    let row = sql.alias('d');
    let param = sql.bind(param);
    let tests: Vec<String> =
        all.iter().map(|any| range::any(sql, any, |sql, test| range::dates(sql, &row, test))).collect();
    let test = format!("{row}.param = {param} AND {}", tests.join(" AND "));
    // OFFSET keeps PostgreSQL from turning the look at one row into a join over all.
    let looked = past::ordered(sql, "fhir_date", alias, &row);
    let each = format!("EXISTS (SELECT 1 FROM {looked} AND {test} LIMIT 1 OFFSET 0)");
    if sql.is_past() {
        return Condition::plain(each, true);
    }
    let rows = format!("SELECT {row}.key FROM fhir_date {row} WHERE {row}.tenant_id = $1 AND {test}");
    let bounds = all.iter().map(|any| Bounds::of_any(any)).fold(Bounds::default(), Bounds::narrowed);
    let keys = match bounds.end_from {
        None => rows,
        Some(end) => {
            let (end, short) = (sql.bind(end), bounds.of_short(sql, &row));
            format!("{rows}{short} UNION ALL {rows} AND {row}.lo < {row}.hi - {DAY} AND {row}.hi >= {end}")
        }
    };
    by_keys(sql, alias, keys, each)
}

/// Where a range that passes can only begin and end; inclusive, and none where it may be anywhere.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Bounds {
    /// It ends then or later.
    end_from: Option<i64>,
    /// It begins then or later, if it is short.
    from: Option<i64>,
    /// It begins then or earlier.
    until: Option<i64>,
}

impl Bounds {
    fn of(test: &RangeTest) -> Self {
        let (lo, hi) = (test.lo, test.hi);
        let ends = |end: i64| (Some(end), Some(end.saturating_sub(DAY)));
        let ((end_from, from), until) = match test.prefix {
            Prefix::Eq => ((Some(lo), Some(lo)), Some(hi)),
            Prefix::Ne => ((None, None), None),
            Prefix::Gt => (ends(hi), None),
            Prefix::Ge => (ends(lo), None),
            Prefix::Lt => ((None, None), Some(lo)),
            Prefix::Le => ((None, None), Some(hi)),
            Prefix::Sa => ((Some(hi), Some(hi)), None),
            Prefix::Eb => ((None, None), Some(lo)),
            Prefix::Ap => (ends(lo), Some(hi)),
            Prefix::Holds => (ends(hi), Some(lo)),
        };
        Self { end_from, from, until }
    }

    /// One of the tests passes.
    fn of_any(tests: &[RangeTest]) -> Self {
        let widest = |a: Option<i64>, b: Option<i64>, of: fn(i64, i64) -> i64| Some(of(a?, b?));
        let wider = |a: Self, b: Self| Self {
            end_from: widest(a.end_from, b.end_from, i64::min),
            from: widest(a.from, b.from, i64::min),
            until: widest(a.until, b.until, i64::max),
        };
        tests.iter().map(Self::of).reduce(wider).unwrap_or_default()
    }

    /// Both pass.
    fn narrowed(self, other: Self) -> Self {
        let of = |a: Option<i64>, b: Option<i64>, of: fn(i64, i64) -> i64| a.into_iter().chain(b).reduce(of);
        Self {
            end_from: of(self.end_from, other.end_from, i64::max),
            from: of(self.from, other.from, i64::max),
            until: of(self.until, other.until, i64::min),
        }
    }

    fn of_short(self, sql: &mut Sql<'_>, row: &str) -> String {
        let mut bound = |sign: &str, at: Option<i64>| {
            at.map_or(String::new(), |at| format!(" AND {row}.lo {sign} {}", sql.bind(at)))
        };
        bound(">=", self.from) + &bound("<=", self.until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PREFIXES: [Prefix; 10] = [
        Prefix::Eq,
        Prefix::Ne,
        Prefix::Gt,
        Prefix::Lt,
        Prefix::Ge,
        Prefix::Le,
        Prefix::Sa,
        Prefix::Eb,
        Prefix::Ap,
        Prefix::Holds,
    ];

    #[test]
    fn whatever_passes_lies_within_the_bounds_of_its_test() {
        let days = |n: i64| n * DAY / 2;
        for prefix in PREFIXES {
            let test = RangeTest { prefix, lo: days(10), hi: days(13) };
            let bounds = Bounds::of(&test);
            for (lo, hi) in (0..30).flat_map(|lo| (lo + 1..31).map(move |hi| (days(lo), days(hi)))) {
                if !test.holds(lo, hi) {
                    continue;
                }
                let within = |from: Option<i64>, at: i64, until: Option<i64>| {
                    from.is_none_or(|from| at >= from) && until.is_none_or(|until| at <= until)
                };
                assert!(within(bounds.end_from, hi, None), "{prefix:?} {lo} {hi}");
                assert!(hi - lo > DAY || within(bounds.from, lo, bounds.until), "{prefix:?} {lo} {hi}");
            }
        }
    }

    #[test]
    fn bounds_of_alternatives_are_wide_and_of_both_narrow() {
        let test = |prefix, lo, hi| RangeTest { prefix, lo, hi };
        let (ge, lt) = (test(Prefix::Ge, 10 * DAY, 11 * DAY), test(Prefix::Lt, 20 * DAY, 21 * DAY));
        assert_eq!(Bounds::of_any(&[ge, lt]), Bounds::default());
        let both = Bounds::of(&ge).narrowed(Bounds::of(&lt));
        assert_eq!(both, Bounds { end_from: Some(10 * DAY), from: Some(9 * DAY), until: Some(20 * DAY) });
    }
}
