//! Emergency accesses: one row each, replaced with a version that grows by one.

use crate::emergency::{Emergency, Judged};
use theriac_core::{Instant, Result};
use theriac_platform::db::{Row, Statement, TenantDb, Value};

pub(crate) const NAME: &str = "oversight_emergency";

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, key, version, person, client, patient, purpose, reason, begun, until, ended, ended_by, review_due, \
             decision, decided_by, decided, comment FROM oversight_emergency WHERE tenant_id = $1 ",
            $rest
        )
    };
}

fn read(mut row: Row) -> Result<Emergency> {
    let decision = row.maybe_text(13)?;
    let (by, at, comment) = (row.maybe_text(14)?, row.maybe_int(15)?, row.maybe_text(16)?);
    let judged = decision.map(|decision| Judged {
        decision,
        by: by.unwrap_or_default(),
        at: Instant(at.unwrap_or_default()).rfc3339(),
        comment: comment.unwrap_or_default(),
    });
    Ok(Emergency {
        id: row.text(0)?,
        key: row.int(1)?,
        version: row.int(2)?,
        person: row.text(3)?,
        client: row.maybe_text(4)?,
        patient: row.text(5)?,
        purpose: row.text(6)?,
        reason: row.text(7)?,
        begun: row.instant(8)?,
        until: row.instant(9)?,
        ended: row.maybe_int(10)?.map(Instant),
        ended_by: row.maybe_text(11)?,
        review_due: row.instant(12)?,
        judged,
    })
}

/// What a list asks for; what is empty is not asked.
#[derive(Default)]
pub(crate) struct Question {
    pub now: Instant,
    /// `open` or `ended`.
    pub state: &'static str,
    /// `awaiting`, or a decision.
    pub review: &'static str,
    pub person: String,
    pub patient: String,
    /// Keys below this; 0: from the newest.
    pub before: i64,
    pub count: u64,
}

pub(crate) async fn find(db: &TenantDb, id: &str) -> Result<Option<Emergency>> {
    db.row(Statement::new(NAME, select!("AND id = $2"), vec![db.tenant(), id.into()])).await?.map(read).transpose()
}

pub(crate) async fn list(db: &TenantDb, question: &Question) -> Result<Vec<Emergency>> {
    let sql = select!(
        "AND ($2 = '' OR ($2 = 'open') = (ended IS NULL AND until > $3)) \
         AND ($4 = '' OR ($4 = 'awaiting' AND decision IS NULL) OR decision = $4) \
         AND ($5 = '' OR person = $5) AND ($6 = '' OR patient = $6) AND key < $7 ORDER BY key DESC LIMIT $8"
    );
    let before = if question.before == 0 { i64::MAX } else { question.before };
    let params: Vec<Value> = vec![
        db.tenant(),
        question.state.into(),
        question.now.into(),
        question.review.into(),
        question.person.as_str().into(),
        question.patient.as_str().into(),
        before.into(),
        i64::try_from(question.count).unwrap_or(i64::MAX).into(),
    ];
    db.rows(Statement::new(NAME, sql, params)).await?.into_iter().map(read).collect()
}

/// How many are open to a person.
pub(crate) async fn open_of(db: &TenantDb, person: &str, now: Instant) -> Result<i64> {
    let sql = "SELECT count(*) FROM oversight_emergency WHERE tenant_id = $1 AND person = $2 AND ended IS NULL AND until > $3";
    let params = vec![db.tenant(), person.into(), now.into()];
    db.row(Statement::new(NAME, sql, params)).await?.map_or(Ok(0), |mut row| row.int(0))
}

/// Those whose time is over and that were not ended.
pub(crate) async fn over(db: &TenantDb, now: Instant, most: i64) -> Result<Vec<Emergency>> {
    let sql = select!("AND ended IS NULL AND until <= $2 ORDER BY until LIMIT $3");
    db.rows(Statement::new(NAME, sql, vec![db.tenant(), now.into(), most.into()]))
        .await?
        .into_iter()
        .map(read)
        .collect()
}

/// Those that should have been judged, and about which nobody was reminded.
pub(crate) async fn overdue(db: &TenantDb, now: Instant, most: i64) -> Result<Vec<Emergency>> {
    let sql = select!("AND decision IS NULL AND reminded IS NULL AND review_due <= $2 ORDER BY review_due LIMIT $3");
    db.rows(Statement::new(NAME, sql, vec![db.tenant(), now.into(), most.into()]))
        .await?
        .into_iter()
        .map(read)
        .collect()
}

pub(crate) fn reminded(db: &TenantDb, emergency: &Emergency) -> Statement {
    let sql = "UPDATE oversight_emergency SET reminded = 1 WHERE tenant_id = $1 AND id = $2 AND reminded IS NULL";
    Statement::new(NAME, sql, vec![db.tenant(), emergency.id.as_str().into()]).expect(1)
}

pub(crate) fn insert(db: &TenantDb, one: &Emergency) -> Statement {
    let sql = "INSERT INTO oversight_emergency (tenant_id, id, key, version, person, client, patient, purpose, reason, begun, \
               until, review_due) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let params = vec![
        db.tenant(),
        one.id.as_str().into(),
        one.key.into(),
        one.version.into(),
        one.person.as_str().into(),
        one.client.clone().into(),
        one.patient.as_str().into(),
        one.purpose.as_str().into(),
        one.reason.as_str().into(),
        one.begun.into(),
        one.until.into(),
        one.review_due.into(),
    ];
    Statement::new(NAME, sql, params)
}

/// Its end and its judgement, in place of the version before and of no other.
pub(crate) fn moved(db: &TenantDb, one: &Emergency) -> Statement {
    let sql = "UPDATE oversight_emergency SET version = $3, ended = $4, ended_by = $5, decision = $6, decided_by = $7, \
               decided = $8, comment = $9 WHERE tenant_id = $1 AND id = $2 AND version = $3 - 1";
    let judged = one.judged.as_ref();
    let text = |of: fn(&Judged) -> &String| judged.map(|judged| of(judged).clone());
    let at = judged.and_then(|judged| Instant::parse(&judged.at)).map(|at| at.0);
    let params = vec![
        db.tenant(),
        one.id.as_str().into(),
        one.version.into(),
        one.ended.map(|ended| ended.0).into(),
        one.ended_by.clone().into(),
        text(|judged| &judged.decision).into(),
        text(|judged| &judged.by).into(),
        at.into(),
        text(|judged| &judged.comment).into(),
    ];
    Statement::new(NAME, sql, params).expect(1)
}
