//! One criterion as a condition on one table alias, in two forms of the same meaning.
//!
//! The *set* form names all keys that satisfy it and is good where these are few; the *each* form looks at
//! the row at hand and is good where most rows satisfy it. Every alias carries the caller's row policy, so
//! that what may not be seen has no influence on what is found.

pub(in crate::store) use super::rule::{policy, policy_of_versions};
use super::sql::{Place, Sql, TABLE};
use super::{contained, dates, hierarchy, moment, past, range, text, tree};
use crate::kind;
use crate::search::criterion::{Arm, Criterion, Sphere};

/// How many sources of a `_has` are taken as a set before each row is looked at instead; few in tests, so that
/// these take both ways.
const FEW: usize = if cfg!(test) { 5 } else { 2_000 };

/// How many keys of an ordered index are gone by where a token could drive.
const SMALL: usize = if cfg!(test) { 5 } else { 200 };

/// How many targets of a chain are looked up one by one in the index of tokens; more are a filter on rows.
const MANY: usize = if cfg!(test) { 5 } else { 10_000 };

pub(in crate::store) struct Condition {
    pub each: String,
    /// The set form, where it differs from `each`.
    pub set: Option<String>,
    /// A SELECT of the keys that satisfy it (of any type).
    pub keys: Option<String>,
    /// SQLite: the parameter that holds the one token this asks for.
    pub token: Option<String>,
    /// PostgreSQL: is the set small enough to gather by it? Decided as the statement runs.
    pub gate: Option<String>,
    /// The same where a token can drive instead.
    pub beside_token: Option<String>,
    /// Does it narrow? Conditions that most rows satisfy are no reason to gather.
    pub narrows: bool,
}

impl Condition {
    pub fn plain(text: String, narrows: bool) -> Self {
        Self { each: text, set: None, keys: None, token: None, gate: None, beside_token: None, narrows }
    }

    pub fn keyed(alias: &str, keys: String, each: String) -> Self {
        Self {
            each,
            set: Some(format!("{alias}.key IN ({keys})")),
            keys: Some(keys),
            token: None,
            gate: None,
            beside_token: None,
            narrows: true,
        }
    }

    pub fn set(&self) -> &str {
        self.set.as_deref().unwrap_or(&self.each)
    }
}

/// Which resource types; empty means all.
pub(super) fn of_types(sql: &mut Sql<'_>, alias: &str, types: &[i16]) -> String {
    match (types, sql.is_postgres()) {
        ([one], _) => format!("{alias}.type = {}", sql.bind(i64::from(*one))),
        (many, postgres) => {
            let all: Vec<i64> = match many {
                [] => kind::all().map(i64::from).collect(),
                some => some.iter().copied().map(i64::from).collect(),
            };
            let list = sql.bind_list(&all);
            match postgres {
                true => format!("{alias}.type = ANY ({list}::int[])"),
                false => format!("{alias}.type IN (SELECT value FROM json_each({list}))"),
            }
        }
    }
}

/// What every row must be: of the tenant, of these types, not deleted, and standing at the moment.
pub(super) fn current(sql: &mut Sql<'_>, alias: &str, types: &[i16]) -> String {
    format!("{alias}.tenant_id = $1 AND {} AND {}", of_types(sql, alias, types), standing(sql, alias))
}

/// Not deleted, and standing at the moment. Contained resources are for as long as what contains them.
pub(super) fn standing(sql: &mut Sql<'_>, alias: &str) -> String {
    if sql.is_inside() {
        return "TRUE".to_owned();
    }
    let mut text = format!("{alias}.deleted = 0");
    if let Some(wanted) = sql.moment {
        text = format!("{text} AND {}", moment::begun(sql, alias, wanted));
        if sql.is_past() {
            text = format!("{text} AND {}", moment::unended(sql, alias, wanted));
        }
    }
    text
}

/// The criteria and the row policy.
pub(super) fn conditions(sql: &mut Sql<'_>, alias: &str, types: &[i16], criteria: &[Criterion]) -> Vec<Condition> {
    let today = sql.moment.is_some_and(moment::Moment::is_earlier);
    let mut all = if sql.is_inside() { Vec::new() } else { policy(sql, alias, types, today) };
    let criteria = tree::flat(criteria);
    let single = |c: &Criterion| matches!(c, Criterion::Tokens { any, negate: false } if any.len() == 1);
    let merged = sql.is_postgres() && criteria.iter().filter(|c| single(c)).count() > 1;
    if merged {
        let each = criteria.iter().filter(|c| single(c));
        let list: Vec<i64> = each
            .filter_map(|c| if let Criterion::Tokens { any, .. } = c { any.first() } else { None })
            .copied()
            .collect();
        all.push(Condition::plain(format!("{alias}.tokens @> {}", sql.bind(list)), true));
    }
    all.extend(
        criteria.iter().filter(|c| !(merged && single(c))).map(|c| condition(sql, alias, c)).collect::<Vec<_>>(),
    );
    all
}

/// A nested resource: a chain's target or the source of a `_has`.
struct Nested {
    table: &'static str,
    place: Place,
    current: String,
    conditions: Vec<Condition>,
}

impl Nested {
    /// Now there are current versions only; at another moment there may be earlier ones beside them.
    fn all(sql: &mut Sql<'_>, alias: &str, name: &str, criterion: &Criterion) -> Vec<Self> {
        let places: &[Place] = if sql.moment.is_some() { &[Place::Current, Place::Past] } else { &[Place::Current] };
        Self::at(sql, alias, name, criterion, places)
    }

    /// "A chained condition will be evaluated inside contained resources." <http://hl7.org/fhir/R4/search.html#contained>
    fn all_and_inside(sql: &mut Sql<'_>, alias: &str, name: &str, criterion: &Criterion) -> Vec<Self> {
        let mut all = Self::all(sql, alias, name, criterion);
        all.extend(Self::at(sql, alias, name, criterion, &[Place::Inside]));
        all
    }

    fn at(sql: &mut Sql<'_>, alias: &str, name: &str, criterion: &Criterion, places: &[Place]) -> Vec<Self> {
        let number = kind::number(name).unwrap_or(-1);
        let one = |sql: &mut Sql<'_>, place| {
            let current = current(sql, alias, &[number]);
            let conditions = conditions(sql, alias, &[number], std::slice::from_ref(criterion));
            Self { table: sql.table(), place, current, conditions }
        };
        places.iter().map(|place| sql.of(*place, |sql| one(sql, *place))).collect()
    }

    fn matching(&self, form: fn(&Condition) -> &str) -> String {
        all_of(&self.current, &self.conditions, form)
    }
}

fn all_of(current: &str, conditions: &[Condition], form: fn(&Condition) -> &str) -> String {
    conditions.iter().fold(current.to_owned(), |text, c| format!("{text} AND {}", form(c)))
}

pub(super) fn condition(sql: &mut Sql<'_>, alias: &str, criterion: &Criterion) -> Condition {
    match criterion {
        Criterion::Ids { any, negate } => ids(sql, alias, any, *negate),
        // Contained resources have no times of their own.
        Criterion::LastUpdated { .. } if sql.is_inside() => Condition::plain("FALSE".to_owned(), true),
        Criterion::LastUpdated { any } => {
            let (row, column) = (sql.alias('u'), format!("{alias}.updated"));
            let each = range::any(sql, any, |sql, test| range::instant(sql, &column, test));
            match sql.is_postgres() || sql.is_past() {
                true => Condition::plain(each, true),
                false => {
                    let inner = each.replace(&column, &format!("{row}.updated"));
                    let table = sql.table();
                    let keys = format!("SELECT {row}.key FROM {table} {row} WHERE {row}.tenant_id = $1 AND {inner}");
                    Condition::keyed(alias, keys, each)
                }
            }
        }
        Criterion::Tokens { any, negate } => tokens(sql, alias, any, *negate),
        Criterion::Dates { param, any } => dates::condition(sql, alias, *param, &[any]),
        Criterion::Period { param, all } => {
            dates::condition(sql, alias, *param, &all.iter().map(Vec::as_slice).collect::<Vec<_>>())
        }
        Criterion::Numbers { param, any } => ordered(sql, alias, "fhir_number", *param, |sql, row| {
            range::any(sql, any, |sql, test| range::numbers(sql, row, test))
        }),
        Criterion::Pairs { param, any } => ordered(sql, alias, "fhir_number", *param, |sql, row| {
            range::any(sql, any, |sql, test| range::pair(sql, row, test))
        }),
        Criterion::Near { any } => near(sql, alias, any),
        Criterion::Texts { seed, any } => text::condition(sql, alias, *seed, any),
        Criterion::Contains { resource_type, criterion } => contained::condition(sql, alias, resource_type, criterion),
        Criterion::Hierarchy(asked) if sql.is_inside() => {
            sql.of(Place::Current, |sql| hierarchy::condition(sql, alias, asked))
        }
        Criterion::Hierarchy(asked) => hierarchy::condition(sql, alias, asked),
        Criterion::All(parts) => tree::all(sql, alias, parts),
        Criterion::Any(parts) => tree::any(sql, alias, parts),
        Criterion::Not(part) => tree::not(sql, alias, part),
        Criterion::Strings { param, any } => ordered(sql, alias, "fhir_string", *param, |sql, row| {
            range::any(sql, any, |sql, test| range::strings(sql, row, test))
        }),
        Criterion::Chain { seed, any } if sql.is_postgres() => chain_postgres(sql, alias, *seed, any),
        Criterion::Chain { seed, any } => chain_sqlite(sql, alias, *seed, any),
        Criterion::Has { source, seed, criterion } if sql.is_postgres() => {
            has_postgres(sql, alias, source, *seed, criterion)
        }
        Criterion::Has { source, seed, criterion } => has_sqlite(sql, alias, source, *seed, criterion),
    }
}

fn ids(sql: &mut Sql<'_>, alias: &str, any: &[String], negate: bool) -> Condition {
    let list = sql.bind_texts(any);
    let text = match (sql.is_postgres(), negate) {
        (true, false) => format!("{alias}.id = ANY ({list})"),
        (true, true) => format!("{alias}.id <> ALL ({list})"),
        (false, false) => format!("{alias}.id IN (SELECT value FROM json_each({list}))"),
        (false, true) => format!("{alias}.id NOT IN (SELECT value FROM json_each({list}))"),
    };
    Condition::plain(text, !negate)
}

pub(super) fn tokens(sql: &mut Sql<'_>, alias: &str, any: &[i64], negate: bool) -> Condition {
    let not = if negate { "NOT " } else { "" };
    match (any, sql.is_postgres()) {
        ([], _) => Condition::plain(format!("{not}FALSE"), !negate),
        ([_], true) => Condition::plain(format!("{not}({alias}.tokens @> {})", sql.bind_list(any)), !negate),
        (many, true) => Condition::plain(format!("{not}({alias}.tokens && {})", sql.bind_list(many)), !negate),
        (any, false) => tokens_sqlite(sql, alias, any, not),
    }
}

fn tokens_sqlite(sql: &mut Sql<'_>, alias: &str, any: &[i64], not: &str) -> Condition {
    if sql.is_past() {
        let (list, each) = (sql.bind_list(any), sql.alias('j'));
        let text = format!(
            "{not}EXISTS (SELECT 1 FROM json_each({list}) {each} WHERE ints_has({alias}.tokens, {each}.value))"
        );
        return Condition::plain(text, false);
    }
    let row = sql.alias('t');
    let (from, token) = match any {
        [one] => {
            let token = sql.bind(*one);
            (format!("fhir_token {row} WHERE {row}.tenant_id = $1 AND {row}.hash = {token}"), Some(token))
        }
        many => {
            let (list, each) = (sql.bind_list(many), sql.alias('j'));
            let from = format!(
                "json_each({list}) {each} CROSS JOIN fhir_token {row} WHERE {row}.tenant_id = $1 AND {row}.hash = {each}.value"
            );
            (from, None)
        }
    };
    let each = format!("{not}EXISTS (SELECT 1 FROM {from} AND {row}.key = {alias}.key)");
    match not.is_empty() {
        true => Condition { token, ..Condition::keyed(alias, format!("SELECT {row}.key FROM {from}"), each) },
        false => Condition::plain(each, false),
    }
}

fn ordered(
    sql: &mut Sql<'_>,
    alias: &str,
    table: &str,
    param: i32,
    test: impl Fn(&mut Sql<'_>, &str) -> String,
) -> Condition {
    let row = sql.alias('d');
    let param = sql.bind(param);
    let test = format!("{row}.param = {param} AND {}", test(sql, &row));
    by_rows(sql, alias, table, &row, &test)
}

fn near(sql: &mut Sql<'_>, alias: &str, any: &[Sphere]) -> Condition {
    let row = sql.alias('d');
    let test = range::any(sql, any, |sql, sphere| range::near(sql, &row, sphere));
    by_rows(sql, alias, "fhir_place", &row, &test)
}

/// A row of the table that belongs to the resource passes the test.
fn by_rows(sql: &mut Sql<'_>, alias: &str, table: &str, row: &str, test: &str) -> Condition {
    // OFFSET keeps PostgreSQL from turning the look at one row into a join over all.
    let each = format!("EXISTS (SELECT 1 FROM {} AND {test} LIMIT 1 OFFSET 0)", past::ordered(sql, table, alias, row));
    match sql.is_past() {
        true => Condition::plain(each, true),
        false => {
            let keys = format!("SELECT {row}.key FROM {table} {row} WHERE {row}.tenant_id = $1 AND {test}");
            by_keys(sql, alias, keys, each)
        }
    }
}

/// The keys of an index, which on PostgreSQL may be too many to go by where a token is asked for too.
pub(super) fn by_keys(sql: &mut Sql<'_>, alias: &str, keys: String, each: String) -> Condition {
    let some = sql.alias('g');
    let small = format!("(SELECT count(*) FROM (SELECT 1 FROM ({keys}) {some} LIMIT {}) {some}) <= {SMALL}", SMALL + 1);
    let beside_token = sql.is_postgres().then_some(small);
    Condition { beside_token, ..Condition::keyed(alias, keys, each) }
}

/// Exclusive or, on SQLite.
pub(super) fn xor(a: &str, b: &str) -> String {
    format!("xor({a}, {b})")
}

fn chain_postgres(sql: &mut Sql<'_>, alias: &str, seed: i64, arms: &[Arm]) -> Condition {
    let seed = sql.bind(seed);
    let mut selects = Vec::new();
    for arm in arms {
        let target = sql.alias('r');
        for nested in Nested::all_and_inside(sql, &target, &arm.target, &arm.criterion) {
            let (table, inner) = (nested.table, nested.matching(Condition::set));
            selects.push(format!("SELECT {seed} # {target}.self AS h FROM {table} {target} WHERE {inner}"));
        }
    }
    let set = sql.set(&selects.join(" UNION ALL "));
    let row = sql.alias('x');
    // IS TRUE keeps the inner set a hash table that is built once.
    let each = format!(
        "EXISTS (SELECT 1 FROM unnest({alias}.tokens) {row}(h) WHERE ({row}.h IN (SELECT h FROM {set})) IS TRUE)"
    );
    let gathered = format!("{alias}.tokens && ARRAY(SELECT h FROM {set})");
    let gate = Some(format!("(SELECT count(*) FROM {set}) <= {MANY}"));
    Condition { set: Some(gathered), gate, ..Condition::plain(each, true) }
}

fn chain_sqlite(sql: &mut Sql<'_>, alias: &str, seed: i64, arms: &[Arm]) -> Condition {
    let seed = sql.bind(seed);
    let (mut keys, mut looks) = (Vec::new(), Vec::new());
    for arm in arms {
        let (target, row) = (sql.alias('r'), sql.alias('t'));
        for nested in Nested::all_and_inside(sql, &target, &arm.target, &arm.criterion) {
            let (table, inner) = (nested.table, nested.matching(Condition::set));
            looks.push(format!(
                "EXISTS (SELECT 1 FROM {table} {target} WHERE {inner} AND ints_has({alias}.tokens, xor({seed}, {target}.self)))"
            ));
            keys.push(format!(
                "SELECT {row}.key FROM {table} {target} CROSS JOIN fhir_token {row} \
                 ON {row}.tenant_id = $1 AND {row}.hash = xor({seed}, {target}.self) WHERE {inner}"
            ));
        }
    }
    if sql.is_past() {
        return Condition::plain(format!("({})", looks.join(" OR ")), true);
    }
    let keys = keys.join(" UNION ALL ");
    let each = format!("{alias}.key IN ({keys})");
    Condition::keyed(alias, keys, each)
}

fn has_postgres(sql: &mut Sql<'_>, alias: &str, source: &str, seed: i64, criterion: &Criterion) -> Condition {
    let seed = sql.bind(seed);
    let (from, row) = (sql.alias('r'), sql.alias('x'));
    let (mut gathered, mut looks) = (Vec::new(), Vec::new());
    for nested in Nested::all(sql, &from, source, criterion) {
        let (table, inner) = (nested.table, nested.matching(Condition::set));
        gathered.push(format!("(SELECT {from}.tokens FROM {table} {from} WHERE {inner} LIMIT {})", FEW + 1));
        let looked = nested.matching(|c| c.each.as_str());
        looks.push(format!(
            "EXISTS (SELECT 1 FROM {table} {from} WHERE {from}.tokens @> ARRAY[{seed} # {alias}.self] AND {looked} LIMIT 1 OFFSET 0)"
        ));
    }
    let set = sql.set(&gathered.join(" UNION ALL "));
    let few = format!("{alias}.self IN (SELECT {seed} # {row}.h FROM {set}, unnest({set}.tokens) {row}(h))");
    let each = looks.join(" OR ");
    let text = format!("CASE WHEN (SELECT count(*) FROM {set}) <= {FEW} THEN {few} ELSE {each} END");
    Condition::plain(text, true)
}

fn has_sqlite(sql: &mut Sql<'_>, alias: &str, source: &str, seed: i64, criterion: &Criterion) -> Condition {
    let seed = sql.bind(seed);
    let (from, row) = (sql.alias('r'), sql.alias('t'));
    let hash = format!("xor({seed}, {alias}.self)");
    let look = |nested: &Nested| {
        let (table, inner) = (nested.table, nested.matching(|c| c.each.as_str()));
        match nested.place {
            Place::Past => {
                format!("EXISTS (SELECT 1 FROM {table} {from} WHERE {inner} AND ints_has({from}.tokens, {hash}))")
            }
            _ => format!(
                "EXISTS (SELECT 1 FROM fhir_token {row} CROSS JOIN {TABLE} {from} ON {from}.key = {row}.key \
                 WHERE {row}.tenant_id = $1 AND {row}.hash = {hash} AND {inner})"
            ),
        }
    };
    let looks: Vec<String> = Nested::all(sql, &from, source, criterion).iter().map(look).collect();
    Condition::plain(format!("({})", looks.join(" OR ")), false)
}
