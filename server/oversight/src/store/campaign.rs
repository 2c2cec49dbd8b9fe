//! Campaigns and their items.

use crate::campaign::{Campaign, Item, Tally};
use theriac_core::{Error, Instant, Result};
use theriac_platform::db::{Row, Statement, TenantDb};

const NAME: &str = "oversight_review";
pub(crate) const ITEM: &str = "oversight_item";

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT r.id, r.key, r.title, r.begun, r.begun_by, r.due, r.scope, r.every_days, \
             (SELECT count(*) FROM oversight_item i WHERE i.tenant_id = r.tenant_id AND i.review = r.id AND i.decision IS NULL), \
             (SELECT count(*) FROM oversight_item i WHERE i.tenant_id = r.tenant_id AND i.review = r.id AND i.decision = 'attested'), \
             (SELECT count(*) FROM oversight_item i WHERE i.tenant_id = r.tenant_id AND i.review = r.id AND i.decision = 'revoked') \
             FROM oversight_review r WHERE r.tenant_id = $1 ",
            $rest
        )
    };
}

fn read(mut row: Row) -> Result<(Campaign, Tally)> {
    let campaign = Campaign {
        id: row.text(0)?,
        key: row.int(1)?,
        title: row.text(2)?,
        begun: row.instant(3)?,
        begun_by: row.text(4)?,
        due: row.instant(5)?,
        scope: serde_json::from_str(&row.text(6)?).map_err(Error::internal)?,
        every_days: row.maybe_int(7)?,
    };
    Ok((campaign, Tally { open: row.int(8)?, attested: row.int(9)?, revoked: row.int(10)? }))
}

pub(crate) async fn find(db: &TenantDb, id: &str) -> Result<Option<(Campaign, Tally)>> {
    db.row(Statement::new(NAME, select!("AND r.id = $2"), vec![db.tenant(), id.into()])).await?.map(read).transpose()
}

pub(crate) async fn list(db: &TenantDb, before: i64, most: u64) -> Result<Vec<(Campaign, Tally)>> {
    let sql = select!("AND r.key < $2 ORDER BY r.key DESC LIMIT $3");
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    db.rows(Statement::new(NAME, sql, vec![db.tenant(), before.into(), most.into()]))
        .await?
        .into_iter()
        .map(read)
        .collect()
}

/// Those that are due and about which nobody was reminded, complete ones left out.
pub(crate) async fn overdue(db: &TenantDb, now: Instant) -> Result<Vec<(Campaign, Tally)>> {
    let sql = select!("AND r.reminded IS NULL AND r.due <= $2 ORDER BY r.due LIMIT 50");
    let found = db.rows(Statement::new(NAME, sql, vec![db.tenant(), now.into()])).await?;
    found.into_iter().map(read).collect()
}

/// Those whose next one is to begin.
pub(crate) async fn ending(db: &TenantDb, now: Instant) -> Result<Vec<(Campaign, Tally)>> {
    let sql = select!(
        "AND r.followed IS NULL AND r.every_days IS NOT NULL AND r.begun + r.every_days * 86400000000 <= $2 LIMIT 10"
    );
    let found = db.rows(Statement::new(NAME, sql, vec![db.tenant(), now.into()])).await?;
    found.into_iter().map(read).collect()
}

pub(crate) fn insert(db: &TenantDb, one: &Campaign) -> Result<Statement> {
    let sql = "INSERT INTO oversight_review (tenant_id, id, key, title, begun, begun_by, due, scope, every_days) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let scope = serde_json::to_string(&one.scope).map_err(Error::internal)?;
    let params = vec![
        db.tenant(),
        one.id.as_str().into(),
        one.key.into(),
        one.title.as_str().into(),
        one.begun.into(),
        one.begun_by.as_str().into(),
        one.due.into(),
        scope.into(),
        one.every_days.into(),
    ];
    Ok(Statement::new(NAME, sql, params))
}

pub(crate) fn reminded(db: &TenantDb, one: &Campaign) -> Statement {
    let sql = "UPDATE oversight_review SET reminded = 1 WHERE tenant_id = $1 AND id = $2 AND reminded IS NULL";
    Statement::new(NAME, sql, vec![db.tenant(), one.id.as_str().into()]).expect(1)
}

pub(crate) fn followed(db: &TenantDb, one: &Campaign) -> Statement {
    let sql = "UPDATE oversight_review SET followed = 1 WHERE tenant_id = $1 AND id = $2 AND followed IS NULL";
    Statement::new(NAME, sql, vec![db.tenant(), one.id.as_str().into()]).expect(1)
}

pub(crate) fn item(db: &TenantDb, review: &str, kind: &str, account: &str, document: &str) -> Statement {
    let sql = "INSERT INTO oversight_item (tenant_id, review, kind, account, document) VALUES ($1, $2, $3, $4, $5)";
    Statement::new(ITEM, sql, vec![db.tenant(), review.into(), kind.into(), account.into(), document.into()])
}

pub(crate) async fn items(db: &TenantDb, review: &str) -> Result<Vec<Item>> {
    let sql = "SELECT kind, account, document, decision, decided_by, decided, comment FROM oversight_item \
               WHERE tenant_id = $1 AND review = $2 ORDER BY kind, account";
    let read = |mut row: Row| {
        let (decision, by, at) = (row.maybe_text(3)?, row.maybe_text(4)?, row.maybe_int(5)?);
        let comment = row.maybe_text(6)?.unwrap_or_default();
        Ok(Item {
            kind: row.text(0)?,
            account: row.text(1)?,
            document: serde_json::from_str(&row.text(2)?).map_err(Error::internal)?,
            decided: decision
                .map(|decision| (decision, by.unwrap_or_default(), Instant(at.unwrap_or_default()), comment)),
        })
    };
    db.rows(Statement::new(ITEM, sql, vec![db.tenant(), review.into()])).await?.into_iter().map(read).collect()
}

/// Decided once.
pub(crate) fn decide(db: &TenantDb, review: &str, item: &Item) -> Statement {
    let sql = "UPDATE oversight_item SET decision = $5, decided_by = $6, decided = $7, comment = $8 \
               WHERE tenant_id = $1 AND review = $2 AND kind = $3 AND account = $4 AND decision IS NULL";
    let (decision, by, at, comment) = item.decided.clone().unwrap_or_default();
    let params = vec![
        db.tenant(),
        review.into(),
        item.kind.as_str().into(),
        item.account.as_str().into(),
        decision.into(),
        by.into(),
        at.into(),
        comment.into(),
    ];
    Statement::new(ITEM, sql, params).expect(1)
}
