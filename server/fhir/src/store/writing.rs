//! One statement of PostgreSQL out of parts, each of which is a statement of its own: they share the parameters, see the
//! same state of the tables, and go to the database together.
//! <https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-MODIFYING>

use super::ordered::{Table, among, parts};
use crate::search::index::Index;
use std::fmt::Write;
use theriac_platform::db::{Statement, Value};

pub(super) struct Writing {
    params: Vec<Value>,
    parts: String,
}

impl Writing {
    /// `$1` is the tenant.
    pub fn new(tenant: Value) -> Self {
        Self { params: vec![tenant], parts: String::new() }
    }

    /// `$7::bigint[]`.
    pub fn bind(&mut self, value: Value, sql: &str) -> String {
        self.params.push(value);
        format!("${}::{sql}", self.params.len())
    }

    /// `$7::int[], $8::text[]`.
    pub fn bind_all<'s>(&mut self, values: impl IntoIterator<Item = (Value, &'s str)>) -> String {
        let bound: Vec<String> = values.into_iter().map(|(value, sql)| self.bind(value, sql)).collect();
        bound.join(", ")
    }

    pub fn part(&mut self, name: &str, sql: &str) {
        let comma = if self.parts.is_empty() { "" } else { ", " };
        // Writing to a String does not fail.
        let _ = write!(self.parts, "{comma}{name} AS ({sql})");
    }

    /// Rows of the ordered indexes, in the tables that have any.
    pub fn insert(&mut self, indexes: &[&Index], keys: &[i64]) {
        for table in among(indexes.iter().map(|index| parts(index))) {
            let (columns, owners) = table.rows(indexes, &[keys]);
            let types = table.columns.iter().map(|c| c.sql).chain(["bigint"]);
            let arrays: Vec<String> =
                columns.into_iter().chain(owners).zip(types).map(|(v, t)| self.bind(v, &format!("{t}[]"))).collect();
            let sql = format!(
                "INSERT INTO {} (tenant_id, {}, key) SELECT $1, u.* FROM unnest({}) AS u",
                table.name,
                table.names(""),
                arrays.join(", ")
            );
            self.part(&format!("new_{}", table.name), &sql);
        }
    }

    /// Takes out all rows of the keys, a parameter that is bound already, from these tables.
    pub fn forget(&mut self, tables: &[&Table], keys: &str) {
        for table in tables {
            let sql = format!("DELETE FROM {} WHERE key = ANY ({keys}) RETURNING *", table.name);
            self.part(&format!("old_{}", table.name), &sql);
        }
    }

    /// Folded texts of codes, each with its hash.
    pub fn texts(&mut self, (hashes, texts): (Value, Value)) {
        let arrays = self.bind_all([(hashes, "bigint[]"), (texts, "text[]")]);
        let sql = format!(
            "INSERT INTO fhir_text (tenant_id, hash, folded) SELECT $1, u.* FROM unnest({arrays}) AS u ON CONFLICT DO NOTHING"
        );
        self.part("texts", &sql);
    }

    pub fn end(self, name: &'static str, last: &str) -> Statement {
        Statement::new(name, format!("WITH {} {last}", self.parts), self.params)
    }
}
