//! What is to be done: statements with their parameters, and units of them.

use super::Value;
use std::borrow::Cow;

/// One SQL statement with its parameters `$1`, `$2`, ...
#[derive(Debug, Clone)]
pub struct Statement {
    /// Stands in errors and guards; names the table or the purpose.
    pub name: &'static str,
    pub sql: Cow<'static, str>,
    pub params: Vec<Value>,
    /// How many rows the statement must touch; otherwise the whole unit is undone.
    pub expect: Option<u64>,
    /// SQLite only: run once for each member of the array parameters, see [`Statement::each`].
    pub each: bool,
    /// PostgreSQL only: plan anew for these very values, see [`Statement::planned_anew`].
    pub anew: bool,
}

impl Statement {
    pub fn new(name: &'static str, sql: impl Into<Cow<'static, str>>, params: Vec<Value>) -> Self {
        Self { name, sql: sql.into(), params, expect: None, each: false, anew: false }
    }

    /// The unit holds only if this INSERT, UPDATE or DELETE (one without WITH) touches exactly `rows` rows.
    #[must_use]
    pub fn expect(mut self, rows: u64) -> Self {
        self.expect = Some(rows);
        self
    }

    /// One statement for many rows. PostgreSQL binds whole arrays (`unnest`); SQLite, where a statement
    /// costs a microsecond and no round trip, runs it once for each array member, scalars repeating.
    #[must_use]
    pub fn each(mut self) -> Self {
        self.each = true;
        self
    }

    /// A read whose best plan depends on its values: how frequent a searched token is. All others are planned
    /// once a connection; planning would cost more than running them.
    #[must_use]
    pub fn planned_anew(mut self) -> Self {
        self.anew = true;
        self
    }
}

/// A unit of work: all of it or nothing.
#[derive(Debug, Default)]
pub struct Unit {
    pub(super) statements: Vec<Statement>,
    pub(super) rings: bool,
    pub(super) known: Vec<i64>,
    pub(super) marks: Vec<&'static str>,
}

impl Unit {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn push(&mut self, statement: Statement) -> &mut Self {
        self.statements.push(statement);
        self
    }

    /// After the commit the tenant's bell is rung: there are ledger entries to seal.
    pub fn ring(&mut self) -> &mut Self {
        self.rings = true;
        self
    }

    /// After the commit rows with these hashes are known to be there: of a table whose rows are only ever added.
    pub fn makes_known(&mut self, hashes: &[i64]) -> &mut Self {
        self.known.extend_from_slice(hashes);
        self
    }

    /// After the commit this process knows that what it holds in memory under this mark is old.
    pub fn touch(&mut self, mark: &'static str) -> &mut Self {
        if !self.marks.contains(&mark) {
            self.marks.push(mark);
        }
        self
    }

    pub fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }
}
