//! The tables of ordered index rows: dates, numbers, strings, positions. Whatever writes them goes by [`TABLES`].
//!
//! Most resources have rows in one or two of them. `fhir_resource.parts` says in which, so that a change touches no
//! other, and a write names only the tables that it has rows for.

use crate::search::index::Index;
use theriac_platform::db::{Engine, Statement, TenantDb, Unit, Value};

/// Rows that begin with what is common to all: the resource's key.
pub(super) struct Table {
    /// In `fhir_resource.parts`.
    pub bit: i64,
    pub name: &'static str,
    /// Besides tenant and key.
    pub columns: &'static [Column],
    /// SQLite: the column of `fhir_history` that keeps rows of earlier versions, and one of them as JSON.
    pub kept: (&'static str, &'static str),
    count: fn(&Index) -> usize,
    /// The columns of one resource's rows.
    values: fn(&Index) -> Vec<Value>,
}

pub(super) struct Column {
    pub name: &'static str,
    /// PostgreSQL's type.
    pub sql: &'static str,
    /// PostgreSQL: the column of `fhir_history` that keeps it of all rows of an earlier version.
    pub kept: &'static str,
}

const fn column(name: &'static str, sql: &'static str, kept: &'static str) -> Column {
    Column { name, sql, kept }
}

/// All of them: also what is said of a resource of which nobody knows.
pub(super) const ALL: i64 = 15;

pub(super) const TABLES: &[Table] = &[
    Table {
        bit: 1,
        name: "fhir_date",
        columns: &[
            column("param", "int", "date_param"),
            column("lo", "bigint", "date_lo"),
            column("hi", "bigint", "date_hi"),
        ],
        kept: ("dates", "param, lo, hi"),
        count: |index| index.dates.len(),
        values: |index| {
            let ints = |of: fn(&crate::search::index::Range) -> i64| Value::Ints(index.dates.iter().map(of).collect());
            vec![ints(|r| i64::from(r.param)), ints(|r| r.lo), ints(|r| r.hi)]
        },
    },
    Table {
        bit: 2,
        name: "fhir_number",
        columns: &[
            column("param", "int", "number_param"),
            column("code", "int", "number_code"),
            column("unit", "bigint", "number_unit"),
            column("lo", "float8", "number_lo"),
            column("hi", "float8", "number_hi"),
            column("low", "float8", "number_low"),
            column("high", "float8", "number_high"),
        ],
        kept: ("numbers", "param, code, unit, real_bits(lo), real_bits(hi), real_bits(low), real_bits(high)"),
        count: |index| index.numbers.len(),
        values: |index| {
            let rows = &index.numbers;
            vec![
                Value::Ints(rows.iter().map(|r| i64::from(r.param)).collect()),
                Value::Ints(rows.iter().map(|r| i64::from(r.code)).collect()),
                Value::Ints(rows.iter().map(|r| r.unit).collect()),
                Value::Reals(rows.iter().map(|r| r.lo).collect()),
                Value::Reals(rows.iter().map(|r| r.hi).collect()),
                Value::Reals(rows.iter().map(|r| r.low).collect()),
                Value::Reals(rows.iter().map(|r| r.high).collect()),
            ]
        },
    },
    Table {
        bit: 4,
        name: "fhir_string",
        columns: &[
            column("param", "int", "string_param"),
            column("folded", "text", "string_folded"),
            column("exact", "bigint", "string_exact"),
        ],
        kept: ("strings", "param, folded, exact"),
        count: |index| index.strings.len(),
        values: |index| {
            let rows = &index.strings;
            vec![
                Value::Ints(rows.iter().map(|r| i64::from(r.param)).collect()),
                Value::Texts(rows.iter().map(|r| r.folded.clone()).collect()),
                Value::Ints(rows.iter().map(|r| r.exact).collect()),
            ]
        },
    },
    Table {
        bit: 8,
        name: "fhir_place",
        columns: &[
            column("x", "float8", "place_x"),
            column("y", "float8", "place_y"),
            column("z", "float8", "place_z"),
        ],
        kept: ("places", "real_bits(x), real_bits(y), real_bits(z)"),
        count: |index| index.places.len(),
        values: |index| {
            let reals =
                |of: fn(&crate::search::index::Place) -> f64| Value::Reals(index.places.iter().map(of).collect());
            vec![reals(|p| p.x), reals(|p| p.y), reals(|p| p.z)]
        },
    },
];

/// The tables in which a resource has rows.
pub(super) fn parts(index: &Index) -> i64 {
    TABLES.iter().filter(|table| (table.count)(index) > 0).map(|table| table.bit).sum()
}

pub(super) fn parts_of(indexes: &[&Index]) -> Value {
    Value::Ints(indexes.iter().map(|index| parts(index)).collect())
}

/// The tables that one of several resources has rows in.
pub(super) fn among(parts: impl IntoIterator<Item = i64>) -> impl Iterator<Item = &'static Table> {
    let any = parts.into_iter().fold(0, |any, parts| any | parts);
    TABLES.iter().filter(move |table| any & table.bit != 0)
}

impl Table {
    /// The columns' names with that before each.
    pub fn names(&self, before: &str) -> String {
        let names: Vec<String> = self.columns.iter().map(|c| format!("{before}{}", c.name)).collect();
        names.join(", ")
    }

    /// Rows of several resources as columns, and for each row whatever stands beside its resource.
    pub fn rows(&self, indexes: &[&Index], beside: &[&[i64]]) -> (Vec<Value>, Vec<Value>) {
        let mut all: Vec<Value> = Vec::new();
        let mut owners: Vec<Vec<i64>> = vec![Vec::new(); beside.len()];
        for (at, index) in indexes.iter().enumerate().filter(|(_, index)| (self.count)(index) > 0) {
            let values = (self.values)(index);
            match all.is_empty() {
                true => all = values,
                false => all.iter_mut().zip(values).for_each(|(column, more)| append(column, more)),
            }
            for (owner, of) in owners.iter_mut().zip(beside) {
                owner.extend(std::iter::repeat_n(of[at], (self.count)(index)));
            }
        }
        (all, owners.into_iter().map(Value::Ints).collect())
    }
}

fn append(column: &mut Value, more: Value) {
    match (column, more) {
        (Value::Ints(all), Value::Ints(more)) => all.extend(more),
        (Value::Reals(all), Value::Reals(more)) => all.extend(more),
        (Value::Texts(all), Value::Texts(more)) => all.extend(more),
        // A column is of one type by its table.
        _ => {}
    }
}

/// SQLite: rows of resources that leave some.
pub(super) fn insert(db: &TenantDb, unit: &mut Unit, indexes: &[&Index], keys: &[i64]) {
    debug_assert_eq!(db.engine(), Engine::Sqlite);
    for table in among(indexes.iter().map(|index| parts(index))) {
        let (columns, owners) = table.rows(indexes, &[keys]);
        let places: String = (0..columns.len()).map(|i| format!("${}, ", i + 2)).collect();
        let sql = format!(
            "INSERT OR IGNORE INTO {} (tenant_id, {}, key) VALUES ($1, {places}${})",
            table.name,
            table.names(""),
            columns.len() + 2
        );
        let params = [db.tenant()].into_iter().chain(columns).chain(owners).collect();
        unit.push(Statement::new("fhir_index", sql, params).each());
    }
}

/// SQLite: takes out all rows of these keys from those tables.
pub(super) fn forget(unit: &mut Unit, parts: impl IntoIterator<Item = i64>, keys: &[i64]) {
    for table in among(parts) {
        let sql = format!("DELETE FROM {} WHERE key = $1", table.name);
        unit.push(Statement::new("fhir_index", sql, vec![keys.to_vec().into()]).each());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::index::{Place, Range};

    #[test]
    fn a_resource_has_parts_where_it_leaves_rows() {
        let place = Place { x: 1.0, y: 0.0, z: 0.0 };
        let index = Index { dates: vec![Range { param: 1, lo: 2, hi: 3 }], places: vec![place], ..Index::default() };
        assert_eq!((parts(&index), parts(&Index::default())), (9, 0));
        let names: Vec<&str> = among([1, 8, 0]).map(|table| table.name).collect();
        assert_eq!(names, ["fhir_date", "fhir_place"]);
        assert_eq!(TABLES.iter().map(|table| table.bit).sum::<i64>(), ALL);
    }

    #[test]
    fn rows_stand_beside_what_belongs_to_their_resource() {
        let row = |param| Range { param, lo: 0, hi: 1 };
        let one = Index { dates: vec![row(1), row(2)], ..Index::default() };
        let (none, two) = (Index::default(), Index { dates: vec![row(3)], ..Index::default() });
        let (columns, owners) = TABLES[0].rows(&[&one, &none, &two], &[&[10, 20, 30], &[7, 8, 9]]);
        assert!(matches!(&columns[0], Value::Ints(params) if *params == [1, 2, 3]));
        assert!(matches!(&owners[0], Value::Ints(keys) if *keys == [10, 10, 30]));
        assert!(matches!(&owners[1], Value::Ints(versions) if *versions == [7, 7, 9]));
    }
}
