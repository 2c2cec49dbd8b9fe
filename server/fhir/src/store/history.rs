//! Versions in time: of one resource, of a type, of all types; newest first, in pages by key, as of one moment.

use super::read::{COLUMNS, Version, version};
use super::search::{Moment, Sql, filter, moment};
use crate::policy::Visible;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use theriac_core::{Instant, Result};
use theriac_platform::Context;
use theriac_platform::db::Statement;

/// Which versions: the narrower, the faster.
#[derive(Debug, Clone, Default)]
pub(crate) struct Span {
    pub kind: Option<i16>,
    pub id: Option<String>,
    /// Versions made at or after.
    pub since: Option<Instant>,
    /// Versions that were the current one at some time of this period, its end exclusive.
    pub during: Option<(i64, i64)>,
    pub from: Option<Place>,
    /// As of then; none for now.
    pub moment: Option<Moment>,
}

/// A page begins behind this version, or before it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Place {
    updated: i64,
    kind: i64,
    id: String,
    version: i64,
    pub backward: bool,
}

impl Place {
    pub fn of(version: &Version, backward: bool) -> Self {
        let (updated, kind) = (version.updated.0, i64::from(version.kind));
        Self { updated, kind, id: version.id.clone(), version: version.version, backward }
    }
}

/// The versions that exist for the caller, and the moment they are as of where it is known.
pub(crate) async fn page(
    context: &Context,
    visible: &Visible,
    span: &Span,
    count: usize,
) -> Result<(Vec<Version>, Option<Moment>)> {
    if *visible == Visible::Nothing {
        return Ok((Vec::new(), span.moment.clone()));
    }
    let mut sql = Sql::new(&context.db, visible, span.moment.as_ref());
    let backward = span.from.as_ref().is_some_and(|p| p.backward);
    let order =
        ["updated", "type", "id", "version"].map(|c| format!("r.{c} {}", if backward { "ASC" } else { "DESC" }));
    let limit = format!("ORDER BY {} LIMIT {}", order.join(", "), sql.bind(count as i64));
    let (current, earlier) = (half(&mut sql, span, &limit, false), half(&mut sql, span, &limit, true));
    let engine = sql.engine;
    let select = format!(
        "SELECT r.*, {} FROM (SELECT * FROM ({current}) c UNION ALL SELECT * FROM ({earlier}) e) r {limit}",
        moment::column(engine)
    );
    let (text, params) = sql.finish(&select);
    let statement = Statement::new("fhir_history", text, params);
    // Of one type: how frequent it is decides the plan.
    let anew = span.kind.is_some() && span.id.is_none();
    let mut rows = context.db.rows(if anew { statement.planned_anew() } else { statement }).await?;
    let moment = match (&span.moment, rows.first_mut()) {
        (None, Some(row)) => Some(moment::read(engine, row, 7)?),
        (given, _) => given.clone(),
    };
    let mut versions: Vec<Version> = rows.into_iter().map(|mut row| version(&mut row)).collect::<Result<_>>()?;
    if backward {
        versions.reverse();
    }
    Ok((versions, moment))
}

/// Of the current versions, or of the earlier ones.
fn half(sql: &mut Sql<'_>, span: &Span, limit: &str, past: bool) -> String {
    sql.about(past, |sql| {
        let tests = tests(sql, span).join(" AND ");
        format!("SELECT {COLUMNS} FROM {} r WHERE {tests} {limit}", sql.table())
    })
}

fn tests(sql: &mut Sql<'_>, span: &Span) -> Vec<String> {
    let mut tests = vec!["r.tenant_id = $1".to_owned()];
    if let Some(kind) = span.kind {
        tests.push(format!("r.type = {}", sql.bind(i64::from(kind))));
    }
    if let Some(id) = &span.id {
        tests.push(format!("r.id = {}", sql.bind(id.as_str())));
    }
    if let Some(since) = span.since {
        tests.push(format!("r.updated >= {}", sql.bind(since)));
    }
    if let Some((from, until)) = span.during {
        tests.push(format!("r.updated < {}", sql.bind(until)));
        if sql.is_past() {
            tests.push(format!("r.ended > {}", sql.bind(from)));
        }
    }
    if let Some(moment) = &span.moment {
        tests.push(moment::begun(sql, "r", moment));
    }
    let types: Vec<i16> = span.kind.into_iter().collect();
    tests.extend(filter::policy_of_versions(sql, "r", &types).into_iter().map(|c| c.each));
    if let Some(place) = &span.from {
        let sign = if place.backward { ">" } else { "<" };
        // The first test bounds the part of the index that is read.
        tests.push(format!("r.updated {sign}= {}", sql.bind(place.updated)));
        let (updated, kind) = (sql.bind(place.updated), sql.bind(place.kind));
        let (id, version) = (sql.bind(place.id.as_str()), sql.bind(place.version));
        tests.push(format!("(r.updated, r.type, r.id, r.version) {sign} ({updated}, {kind}, {id}, {version})"));
    }
    tests
}

/// Which version of a resource.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Which {
    Number(i64),
    /// The one that stood then.
    At(Instant),
}

/// One version, if it existed for the caller and the resource does so today.
pub(crate) async fn one(
    context: &Context,
    visible: &Visible,
    kind: i16,
    id: &str,
    which: Which,
) -> Result<Option<Version>> {
    if *visible == Visible::Nothing {
        return Ok(None);
    }
    let mut sql = Sql::new(&context.db, visible, None);
    let types = [kind];
    let (kind, id) = (sql.bind(i64::from(kind)), sql.bind(id));
    let number = match which {
        Which::Number(number) => sql.bind(number),
        Which::At(at) => sql.bind(at),
    };
    let mut half = |past| {
        sql.about(past, |sql| {
            let wanted = match (which, past) {
                (Which::Number(_), _) => format!("r.version = {number}"),
                (Which::At(_), false) => format!("r.updated <= {number}"),
                (Which::At(_), true) => format!("r.updated <= {number} AND r.ended > {number}"),
            };
            let policy: String = filter::policy_of_versions(sql, "r", &types).iter().map(|c| format!(" AND {}", c.each)).collect();
            let table = sql.table();
            format!(
                "SELECT {COLUMNS} FROM {table} r WHERE r.tenant_id = $1 AND r.type = {kind} AND r.id = {id} AND {wanted}{policy}"
            )
        })
    };
    let select = format!("{} UNION ALL {}", half(false), half(true));
    let (text, params) = sql.finish(&select);
    context.db.row(Statement::new("fhir_version", text, params)).await?.map(|mut row| version(&mut row)).transpose()
}

/// How many versions one resource has.
pub(crate) async fn count(context: &Context, kind: i16, id: &str) -> Result<i64> {
    let sql = "SELECT version FROM fhir_resource WHERE tenant_id = $1 AND type = $2 AND id = $3";
    let params = vec![context.db.tenant(), i64::from(kind).into(), id.into()];
    let row = context.db.row(Statement::new("fhir_resource", sql, params)).await?;
    row.map_or(Ok(0), |mut row| row.int(0))
}

/// Type, id and version.
pub(crate) type Address = (i16, String, i64);

/// Those of the versions that exist for the caller, and whose resources do so today.
pub(crate) async fn among(context: &Context, visible: &Visible, wanted: &[Address]) -> Result<HashSet<Address>> {
    if wanted.is_empty() || *visible == Visible::Nothing {
        return Ok(HashSet::new());
    }
    let mut sql = Sql::new(&context.db, visible, None);
    let list = match sql.is_postgres() {
        true => {
            let types = sql.bind(wanted.iter().map(|a| i64::from(a.0)).collect::<Vec<_>>());
            let ids = sql.bind(wanted.iter().map(|a| a.1.clone()).collect::<Vec<_>>());
            let numbers = sql.bind(wanted.iter().map(|a| a.2).collect::<Vec<_>>());
            format!("unnest({types}::int[], {ids}::text[], {numbers}::int[]) AS u(type, id, version)")
        }
        false => {
            let list = sql.bind(serde_json::json!(wanted).to_string());
            format!("(SELECT value ->> 0 AS type, value ->> 1 AS id, value ->> 2 AS version FROM json_each({list})) u")
        }
    };
    let mut half = |past| {
        sql.about(past, |sql| {
            let policy: String =
                filter::policy_of_versions(sql, "r", &[]).iter().map(|c| format!(" AND {}", c.each)).collect();
            format!(
                "SELECT r.type, r.id, r.version FROM {list} CROSS JOIN {} r WHERE r.tenant_id = $1 AND r.type = u.type \
                 AND r.id = u.id AND r.version = u.version{policy}",
                sql.table()
            )
        })
    };
    let select = format!("{} UNION ALL {}", half(false), half(true));
    let (text, params) = sql.finish(&select);
    let rows = context.db.rows(Statement::new("fhir_sight", text, params)).await?;
    rows.into_iter().map(|mut row| Ok((row.int(0)? as i16, row.text(1)?, row.int(2)?))).collect()
}
