//! Resources inside others: who contains one that matches, and which of them it is.
//! <http://hl7.org/fhir/R4/search.html#contained>

use super::filter::{self, Condition, current};
use super::sql::{Place, Sql};
use super::{Found, Visible};
use crate::kind;
use crate::search::criterion::Criterion;
use theriac_core::Result;
use theriac_platform::Context;
use theriac_platform::db::Statement;

/// A row of what is contained, and the criterion on it.
struct Inner {
    table: &'static str,
    row: String,
    current: String,
    condition: Condition,
}

impl Inner {
    fn of(sql: &mut Sql<'_>, resource_type: &str, criterion: &Criterion) -> Self {
        let (row, number) = (sql.alias('c'), kind::number(resource_type).unwrap_or(-1));
        sql.of(Place::Inside, |sql| {
            let (current, condition) = (current(sql, &row, &[number]), filter::condition(sql, &row, criterion));
            Self { table: sql.table(), row, current, condition }
        })
    }
}

/// The resource contains one of that type that matches.
pub(super) fn condition(sql: &mut Sql<'_>, alias: &str, resource_type: &str, criterion: &Criterion) -> Condition {
    let Inner { table, row, current, condition } = Inner::of(sql, resource_type, criterion);
    let each = format!(
        "EXISTS (SELECT 1 FROM {table} {row} WHERE {current} AND {} AND {row}.container = {alias}.key \
         AND {row}.version = {alias}.version)",
        condition.each
    );
    let matching = format!("{current} AND {}", condition.set());
    if sql.is_past() {
        return Condition::plain(each, true);
    }
    if sql.is_postgres() {
        let set = format!(
            "({alias}.key, {alias}.version) IN (SELECT {row}.container, {row}.version FROM {table} {row} WHERE {matching})"
        );
        return Condition { set: Some(set), ..Condition::plain(each, true) };
    }
    let (whole, resources) = (sql.alias('r'), sql.table());
    let keys = format!(
        "SELECT {row}.container AS key FROM {table} {row} CROSS JOIN {resources} {whole} ON {whole}.key = {row}.container \
         AND {whole}.version = {row}.version WHERE {matching}"
    );
    Condition::keyed(alias, keys, each)
}

/// Which of the resources inside those found match: the container's key and their ids, in the order of these.
///
/// # Errors
/// The database's.
pub(crate) async fn inside(
    context: &Context,
    found: &[Found],
    resource_type: &str,
    criterion: &Criterion,
) -> Result<Vec<(i64, String)>> {
    // Whoever sees the container sees what is in it.
    let visible = Visible::All;
    let mut sql = Sql::new(&context.db, &visible, None);
    let Inner { table, row, current, condition } = Inner::of(&mut sql, resource_type, criterion);
    let keys: Vec<i64> = found.iter().map(|one| one.key).collect();
    let versions: Vec<i64> = found.iter().map(|one| one.version.version).collect();
    let from = match sql.is_postgres() {
        true => {
            let (keys, versions) = (sql.bind(keys), sql.bind(versions));
            format!("unnest({keys}::bigint[], {versions}::int[]) AS u(key, version) JOIN {table} {row} ON TRUE")
        }
        false => {
            let pairs: Vec<(i64, i64)> = keys.into_iter().zip(versions).collect();
            let list = sql.bind(serde_json::json!(pairs).to_string());
            format!(
                "(SELECT value ->> 0 AS key, value ->> 1 AS version FROM json_each({list})) u CROSS JOIN {table} {row}"
            )
        }
    };
    let select = format!(
        "SELECT {row}.container, {row}.id FROM {from} WHERE {current} AND {row}.container = u.key \
         AND {row}.version = u.version AND {} ORDER BY {row}.container, {row}.id",
        condition.each
    );
    let (text, params) = sql.finish(&select);
    let rows = context.db.rows(Statement::new("fhir_contained", text, params)).await?;
    rows.into_iter().map(|mut row| Ok((row.int(0)?, row.text(1)?))).collect()
}
