//! All SQL of the alerts.

use crate::raise::{Alert, Shelf, State};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::SimpleExpr;
use sea_orm::{QueryOrder, QuerySelect};
use theriac_access::Rows;
use theriac_core::{Error, Instant, Result};
use theriac_platform::db::{Engine, Statement, TenantDb, Value as Parameter};

pub(crate) mod escalation;
pub(crate) mod shelf;

mod alert {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "alerts_alert")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub key: i64,
        pub version: i64,
        pub raised_at: i64,
        pub source: String,
        pub rule: String,
        pub subject: String,
        pub site: Option<String>,
        pub episode: String,
        pub evidence: String,
        pub state: String,
        pub acknowledged_at: Option<i64>,
        pub acknowledged_by: Option<String>,
        pub reason: Option<String>,
        pub shelved_until: Option<i64>,
        pub shelved_by: Option<String>,
        pub shelved_reason: Option<String>,
        pub level: i64,
        pub escalated_to: Option<String>,
        pub due_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use alert::{Column, Entity, Model};

impl TryFrom<Model> for Alert {
    type Error = Error;

    fn try_from(row: Model) -> Result<Self> {
        Ok(Self {
            id: row.id,
            raised_at: Instant(row.raised_at).rfc3339(),
            source: row.source,
            rule: row.rule,
            subject: row.subject,
            site: row.site,
            evidence: serde_json::from_str(&row.evidence).map_err(Error::internal)?,
            state: State::parse(&row.state).ok_or_else(|| Error::internal("an alert in no known state"))?,
            acknowledged_at: row.acknowledged_at.map(|at| Instant(at).rfc3339()),
            acknowledged_by: row.acknowledged_by,
            reason: row.reason,
            shelf: shelf_of(row.shelved_until, row.shelved_by, row.shelved_reason),
            level: usize::try_from(row.level).map_err(Error::internal)?,
            escalated_to: row.escalated_to,
            due: row.due_at.map(Instant),
            raised: Instant(row.raised_at),
            version: row.version,
            key: row.key,
        })
    }
}

fn shelf_of(until: Option<i64>, by: Option<String>, reason: Option<String>) -> Option<Shelf> {
    Some(Shelf { until: Instant(until?).rfc3339(), by: by?, reason: reason? })
}

/// Alerts with the episodes they are of. Its own SQL, as a worker raises many at once.
pub(crate) fn insert(db: &TenantDb, alerts: &[(String, Alert)], raised_at: Instant) -> Statement {
    let sql = match db.engine() {
        Engine::Postgres => {
            "INSERT INTO alerts_alert (tenant_id, version, raised_at, id, key, source, rule, subject, site, episode, \
             evidence, state, shelved_until, shelved_by, shelved_reason, due_at) \
             SELECT $1, 1, $2, u.id, u.key, u.source, u.rule, u.subject, nullif(u.site, ''), u.episode, u.evidence, \
             u.state, nullif(u.until, 0), nullif(u.shelved_by, ''), nullif(u.reason, ''), nullif(u.due, 0) \
             FROM unnest($3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], \
             $10::text[], $11::text[], $12::bigint[], $13::text[], $14::text[], $15::bigint[]) \
             AS u(id, key, source, rule, subject, site, episode, evidence, state, until, shelved_by, reason, due)"
        }
        Engine::Sqlite => {
            "INSERT INTO alerts_alert (tenant_id, version, raised_at, id, key, source, rule, subject, site, episode, \
             evidence, state, shelved_until, shelved_by, shelved_reason, due_at) \
             VALUES ($1, 1, $2, $3, $4, $5, $6, $7, nullif($8, ''), $9, $10, \
             $11, nullif($12, 0), nullif($13, ''), nullif($14, ''), nullif($15, 0))"
        }
    };
    let texts = |of: fn(&(String, Alert)) -> String| Parameter::Texts(alerts.iter().map(of).collect());
    let params = vec![
        db.tenant(),
        raised_at.into(),
        texts(|a| a.1.id.clone()),
        Parameter::Ints(alerts.iter().map(|a| a.1.key).collect()),
        texts(|a| a.1.source.clone()),
        texts(|a| a.1.rule.clone()),
        texts(|a| a.1.subject.clone()),
        texts(|a| a.1.site.clone().unwrap_or_default()),
        texts(|a| a.0.clone()),
        texts(|a| a.1.evidence.to_string()),
        texts(|a| a.1.state.as_str().to_owned()),
        Parameter::Ints(alerts.iter().map(|a| a.1.shelf.as_ref().map_or(0, Shelf::micros)).collect()),
        texts(|a| a.1.shelf.as_ref().map(|shelf| shelf.by.clone()).unwrap_or_default()),
        texts(|a| a.1.shelf.as_ref().map(|shelf| shelf.reason.clone()).unwrap_or_default()),
        Parameter::Ints(alerts.iter().map(|a| a.1.due.map_or(0, |due| due.0)).collect()),
    ];
    Statement::new("alerts_alert", sql, params).each()
}

/// Those of the episodes that were raised already.
pub(crate) async fn known(db: &TenantDb, episodes: Vec<String>) -> Result<Vec<String>> {
    let sql = match db.engine() {
        Engine::Postgres => "SELECT episode FROM alerts_alert WHERE tenant_id = $1 AND episode = ANY($2)",
        Engine::Sqlite => {
            "SELECT episode FROM alerts_alert WHERE tenant_id = $1 AND episode IN (SELECT value FROM json_each($2))"
        }
    };
    let rows = db.rows(Statement::new("alerts_alert", sql, vec![db.tenant(), Parameter::Texts(episodes)])).await?;
    rows.into_iter().map(|mut row| row.text(0)).collect()
}

pub(crate) async fn find(db: &TenantDb, id: &str) -> Result<Option<Alert>> {
    let key = (i64::from(db.tenant_key()), id.to_owned());
    let row = Entity::find_by_id(key).one(&db.orm()).await.map_err(Error::internal)?;
    row.map(Alert::try_from).transpose()
}

/// Alerts with keys below `before`, newest first.
pub(crate) async fn list(
    db: &TenantDb,
    rows: &Rows,
    state: Option<State>,
    before: Option<i64>,
    most: u64,
) -> Result<Vec<Alert>> {
    let mut query = Entity::find().filter(Column::TenantId.eq(i64::from(db.tenant_key())));
    if let Some(state) = state {
        query = query.filter(Column::State.eq(state.as_str()));
    }
    if let Some(before) = before {
        query = query.filter(Column::Key.lt(before));
    }
    match rows {
        Rows::All => {}
        Rows::Nothing => return Ok(Vec::new()),
        Rows::Labels(labels) => {
            let sites = labels.iter().filter_map(|label| label.strip_prefix("site/"));
            query = query.filter(Column::Site.is_in(sites));
        }
    }
    let found = query.order_by_desc(Column::Key).limit(most).all(&db.orm()).await.map_err(Error::internal)?;
    found.into_iter().map(Alert::try_from).collect()
}

/// The alert in its new version, in place of the one before it and of no other.
pub(crate) fn moved(db: &TenantDb, alert: &Alert) -> Statement {
    let sql = "UPDATE alerts_alert SET version = $3, state = $4, acknowledged_at = $5, acknowledged_by = $6, reason = $7, \
               shelved_until = $8, shelved_by = $9, shelved_reason = $10, level = $11, escalated_to = $12, due_at = $13 \
               WHERE tenant_id = $1 AND id = $2 AND version = $3 - 1";
    let time = |text: &Option<String>| text.as_deref().and_then(Instant::parse).map(|at| at.0);
    let shelf = alert.shelf.as_ref();
    let params = vec![
        db.tenant(),
        alert.id.as_str().into(),
        alert.version.into(),
        alert.state.as_str().into(),
        time(&alert.acknowledged_at).into(),
        alert.acknowledged_by.clone().into(),
        alert.reason.clone().into(),
        shelf.map(Shelf::micros).into(),
        shelf.map(|shelf| shelf.by.clone()).into(),
        shelf.map(|shelf| shelf.reason.clone()).into(),
        (alert.level as i64).into(),
        alert.escalated_to.clone().into(),
        alert.due.map(|due| due.0).into(),
    ];
    Statement::new("alerts_alert", sql, params).expect(1)
}

/// Alerts whose time on the shelf is over.
pub(crate) async fn expired(db: &TenantDb, now: Instant, most: u64) -> Result<Vec<Alert>> {
    some(db, (Column::State.eq(State::Shelved.as_str()), Column::ShelvedUntil.lte(now.0)), most).await
}

/// Open alerts whose next step of escalation has fallen due.
pub(crate) async fn overdue(db: &TenantDb, now: Instant, most: u64) -> Result<Vec<Alert>> {
    some(db, (Column::State.eq(State::Open.as_str()), Column::DueAt.lte(now.0)), most).await
}

async fn some(db: &TenantDb, (state, due): (SimpleExpr, SimpleExpr), most: u64) -> Result<Vec<Alert>> {
    let query = Entity::find().filter(Column::TenantId.eq(i64::from(db.tenant_key()))).filter(state).filter(due);
    let found = query.order_by_asc(Column::Key).limit(most).all(&db.orm()).await.map_err(Error::internal)?;
    found.into_iter().map(Alert::try_from).collect()
}
