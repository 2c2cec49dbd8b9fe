//! All SQL of the alerts.

use crate::raise::{Alert, State};
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect};
use theriac_access::Rows;
use theriac_core::{Error, Instant, Result};
use theriac_platform::db::{Engine, Statement, TenantDb, Value as Parameter};

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
            version: row.version,
            key: row.key,
        })
    }
}

/// Open alerts with the episodes they are of. Its own SQL, as a worker raises many at once.
pub(crate) fn insert(db: &TenantDb, alerts: &[(String, Alert)], raised_at: Instant) -> Statement {
    let sql = match db.engine() {
        Engine::Postgres => {
            "INSERT INTO alerts_alert \
             (tenant_id, version, state, raised_at, id, key, source, rule, subject, site, episode, evidence) \
             SELECT $1, 1, 'open', $2, u.id, u.key, u.source, u.rule, u.subject, nullif(u.site, ''), u.episode, u.evidence \
             FROM unnest($3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[]) \
             AS u(id, key, source, rule, subject, site, episode, evidence)"
        }
        Engine::Sqlite => {
            "INSERT INTO alerts_alert \
             (tenant_id, version, state, raised_at, id, key, source, rule, subject, site, episode, evidence) \
             VALUES ($1, 1, 'open', $2, $3, $4, $5, $6, $7, nullif($8, ''), $9, $10)"
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

/// Only an open alert can be acknowledged, and only once.
pub(crate) fn acknowledge(db: &TenantDb, alert: &Alert, at: Instant, by: &str, reason: &str) -> Statement {
    let sql = "UPDATE alerts_alert SET state = 'acknowledged', version = $3, acknowledged_at = $4, \
               acknowledged_by = $5, reason = $6 WHERE tenant_id = $1 AND id = $2 AND state = 'open'";
    let params = vec![db.tenant(), alert.id.as_str().into(), alert.version.into(), at.into(), by.into(), reason.into()];
    Statement::new("alerts_alert", sql, params).expect(1)
}
