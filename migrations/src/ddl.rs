//! The few words in which the engines differ, and the policy every tenant's table gets on PostgreSQL.
//!
//! Written | PostgreSQL | SQLite
//! --- | --- | ---
//! `BLOB` | `bytea` | `blob`
//! `REAL` | `double precision` | `real`
//! `INTS` | `bigint[]` | `blob` (packed)
//! `CTEXT` | `text COLLATE "C"` | `text`
//! `CLUSTERED` | nothing | `WITHOUT ROWID`

use crate::Step;

pub(crate) fn postgres(step: &Step) -> String {
    let words = [
        ("BLOB", "bytea"),
        ("REAL", "double precision"),
        ("INTS", "bigint[]"),
        ("CTEXT", "text COLLATE \"C\""),
        ("CLUSTERED", ""),
    ];
    let policies: String = step.tenant_tables.iter().map(|table| policy(table)).collect();
    format!("{}\n{}\n{policies}", replace(step.common, &words), step.postgres)
}

pub(crate) fn sqlite(step: &Step) -> String {
    let words = [("INTS", "blob"), ("CTEXT", "text"), ("CLUSTERED", "WITHOUT ROWID")];
    format!("{}\n{}", replace(step.common, &words), step.sqlite)
}

fn replace(script: &str, words: &[(&str, &str)]) -> String {
    words.iter().fold(script.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// A row exists only for the tenant set in the transaction; the owner is bound too.
fn policy(table: &str) -> String {
    format!(
        "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
         ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
         CREATE POLICY {table}_tenant ON {table}
           USING (tenant_id = nullif(current_setting('theriac.tenant', true), '')::int)
           WITH CHECK (tenant_id = nullif(current_setting('theriac.tenant', true), '')::int);\n"
    )
}
