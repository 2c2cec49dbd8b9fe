//! `:below` and `:above` on references: a set that grows along `partOf`, then who refers into it.
//! <http://hl7.org/fhir/R4/search.html#recursive>

use super::filter::{Condition, conditions, current, xor};
use super::sql::{Sql, TABLE, VIEW};
use crate::kind;
use crate::search::criterion::Hierarchy;
use crate::search::hash::{own, self_token};

pub(super) fn condition(sql: &mut Sql<'_>, alias: &str, asked: &Hierarchy) -> Condition {
    let first: Vec<i64> = asked.ids.iter().map(|id| own(&asked.resource_type, id)).collect();
    let (first, seed, parent) = (sql.bind_list(&first), sql.bind(asked.seed), sql.bind(asked.parent));
    let number = kind::number(&asked.resource_type).unwrap_or(-1);
    if sql.moment.is_some() {
        return at_moment(sql, alias, number, asked.below, (&first, &seed, &parent));
    }
    let row = sql.alias('r');
    // Who may not be seen leads nowhere.
    let seen = conditions(sql, &row, &[number], &[])
        .into_iter()
        .fold(current(sql, &row, &[number]), |all, c| all + " AND " + &c.each);
    if sql.is_postgres() {
        let step = match asked.below {
            true => Step::down_postgres(&row, &seen, &parent),
            false => Step::up_postgres(sql, &row, &seen, asked.parent),
        };
        let set =
            sql.growing(|name| format!("SELECT unnest({first}::bigint[]) UNION {}", step.0.replace(GROWING, name)));
        let tokens = format!("{alias}.tokens && ARRAY(SELECT {seed} # {set}.h FROM {set})");
        return Condition::plain(tokens, true);
    }
    let step = match asked.below {
        true => Step::down_sqlite(sql, &row, &seen, &parent),
        false => Step::up_sqlite(sql, &row, &seen, &parent),
    };
    let (name, token) = (sql.alias('w'), sql.alias('t'));
    let grown = format!(
        "WITH RECURSIVE {name}(h) AS (SELECT value FROM json_each({first}) UNION {}) SELECT h FROM {name}",
        step.0.replace(GROWING, &name)
    );
    let hash = xor(&seed, &format!("{name}x.h"));
    let keys = format!(
        "SELECT {token}.key FROM ({grown}) {name}x CROSS JOIN fhir_token {token} ON {token}.tenant_id = $1 AND {token}.hash = {hash}"
    );
    let each = format!("{alias}.key IN ({keys})");
    Condition::keyed(alias, keys, each)
}

/// At a moment what leads on may be an earlier version, whose tokens only its row has: all resources of the type that
/// stood then are one set, and are looked at instead of looked up.
fn at_moment(
    sql: &mut Sql<'_>,
    alias: &str,
    number: i16,
    below: bool,
    (first, seed, parent): (&str, &str, &str),
) -> Condition {
    let row = sql.alias('r');
    let mut half = |past| {
        sql.about(past, |sql| {
            let seen = conditions(sql, &row, &[number], &[])
                .into_iter()
                .fold(current(sql, &row, &[number]), |all, c| all + " AND " + &c.each);
            format!("SELECT {row}.self, {row}.tokens FROM {} {row} WHERE {seen}", sql.table())
        })
    };
    let all = format!("{} UNION ALL {}", half(false), half(true));
    let (postgres, part, token) = (sql.is_postgres(), sql.alias('r'), sql.alias('t'));
    let all = if postgres { sql.set(&all) } else { format!("({all})") };
    let has = |tokens: &str, a: &str, b: &str| match postgres {
        true => format!("{tokens} @> ARRAY[{a} # {b}]"),
        false => format!("ints_has({tokens}, xor({a}, {b}))"),
    };
    let step = match below {
        true => {
            let leads = has(&format!("{row}.tokens"), parent, &format!("{GROWING}.h"));
            format!("SELECT {row}.self FROM {GROWING} CROSS JOIN {all} {row} WHERE {leads}")
        }
        false => {
            let leads = has(&format!("{part}.tokens"), parent, &format!("{row}.self"));
            format!(
                "SELECT {row}.self FROM {GROWING} CROSS JOIN {all} {part} CROSS JOIN {all} {row} \
                 WHERE {part}.self = {GROWING}.h AND {leads}"
            )
        }
    };
    if postgres {
        let set = sql.growing(|name| format!("SELECT unnest({first}::bigint[]) UNION {}", step.replace(GROWING, name)));
        return Condition::plain(format!("{alias}.tokens && ARRAY(SELECT {seed} # {set}.h FROM {set})"), true);
    }
    let name = sql.alias('w');
    let grown = format!(
        "WITH RECURSIVE {name}(h) AS (SELECT value FROM json_each({first}) UNION {}) SELECT h FROM {name}",
        step.replace(GROWING, &name)
    );
    if sql.is_past() {
        let refers = has(&format!("{alias}.tokens"), seed, &format!("{name}x.h"));
        return Condition::plain(format!("EXISTS (SELECT 1 FROM ({grown}) {name}x WHERE {refers})"), true);
    }
    let keys = format!(
        "SELECT {token}.key FROM ({grown}) {name}x CROSS JOIN fhir_token {token} \
         ON {token}.tenant_id = $1 AND {token}.hash = xor({seed}, {name}x.h)"
    );
    Condition::keyed(alias, keys.clone(), format!("{alias}.key IN ({keys})"))
}

/// The name of the set inside itself, before it has one.
const GROWING: &str = "{growing}";

/// From the resources of the set to those one step further.
struct Step(String);

impl Step {
    fn down_postgres(row: &str, seen: &str, parent: &str) -> Self {
        Self(format!(
            "SELECT {row}.self FROM {GROWING} JOIN {VIEW} {row} ON {row}.tokens @> ARRAY[{parent} # {GROWING}.h] WHERE {seen}"
        ))
    }

    /// Up goes from a part's tokens to wholes that say they are meant. The part's own token would lead down again:
    /// what is arrived at must be what the token names.
    fn up_postgres(sql: &mut Sql<'_>, row: &str, seen: &str, parent: i64) -> Self {
        let (part, hash) = (sql.alias('r'), sql.alias('h'));
        let (me, whole, own) = (sql.bind(self_token(0)), sql.bind(self_token(0) ^ parent), sql.bind(parent));
        let seen_part = seen.replace(&format!("{row}."), &format!("{part}."));
        Self(format!(
            "SELECT {row}.self FROM {GROWING} JOIN {VIEW} {part} ON {part}.tokens @> ARRAY[{me} # {GROWING}.h] AND {seen_part} \
             CROSS JOIN LATERAL unnest({part}.tokens) {hash}(h) \
             JOIN {VIEW} {row} ON {row}.tokens @> ARRAY[{whole} # {hash}.h] AND {row}.self = {own} # {hash}.h WHERE {seen}"
        ))
    }

    fn down_sqlite(sql: &mut Sql<'_>, row: &str, seen: &str, parent: &str) -> Self {
        let token = sql.alias('t');
        let hash = xor(parent, &format!("{GROWING}.h"));
        Self(format!(
            "SELECT {row}.self FROM {GROWING} CROSS JOIN fhir_token {token} ON {token}.tenant_id = $1 AND {token}.hash = {hash} \
             CROSS JOIN {TABLE} {row} ON {row}.key = {token}.key WHERE {seen}"
        ))
    }

    fn up_sqlite(sql: &mut Sql<'_>, row: &str, seen: &str, parent: &str) -> Self {
        let (part, token, whole) = (sql.alias('r'), sql.alias('t'), sql.alias('t'));
        let me = xor(&sql.bind(self_token(0)), &format!("{GROWING}.h"));
        let hash = xor(parent, &format!("{row}.self"));
        let seen_part = seen.replace(&format!("{row}."), &format!("{part}."));
        Self(format!(
            "SELECT {row}.self FROM {GROWING} CROSS JOIN fhir_token {token} ON {token}.tenant_id = $1 AND {token}.hash = {me} \
             CROSS JOIN {TABLE} {part} ON {part}.key = {token}.key AND {seen_part} \
             CROSS JOIN {TABLE} {row} ON {seen} AND EXISTS (SELECT 1 FROM fhir_token {whole} \
             WHERE {whole}.tenant_id = $1 AND {whole}.hash = {hash} AND {whole}.key = {part}.key)"
        ))
    }
}
