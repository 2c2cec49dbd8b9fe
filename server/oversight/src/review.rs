//! `POST /{tenant}/emergencies/{id}/review`: whether an access was right, judged once and by somebody else. One that was not
//! ends at once.

use crate::emergency::{Emergency, Judged, find};
use crate::{store, words};
use serde::Deserialize;
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::emergency;
use theriac_platform::http::{Request, Response};

const DECISIONS: &[&str] = &["justified", "unjustified"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    decision: String,
    #[serde(default)]
    comment: String,
}

pub(crate) async fn review(_: (), context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let body: Body = request.json()?;
    if !DECISIONS.contains(&body.decision.as_str()) {
        return Err(Error::invalid(format!("a decision is one of {}", DECISIONS.join(", "))).at("decision"));
    }
    let comment = words::given(&body.comment, "comment")?;
    let present = find(&context, request.param("id")).await?;
    check(&present, &context.grant.subject)?;
    let now = context.now();
    let judged = Judged { decision: body.decision, by: context.grant.subject.clone(), at: now.rfc3339(), comment };
    let ends = judged.decision == "unjustified" && present.is_open(now);
    let mut unit = Unit::new();
    let mut after = Emergency { version: present.version + 1, judged: Some(judged), ..present };
    if ends {
        (after.ended, after.ended_by) = (Some(now), Some(context.grant.subject.clone()));
        emergency::end(&mut unit, &context.db, &after.id);
    }
    store::move_on(&mut unit, &context, &after, "review")?;
    store::settled(context.db.commit(unit).await)?;
    Response::json(200, &after.shown(now))
}

fn check(emergency: &Emergency, by: &str) -> Result<()> {
    if emergency.person == by {
        let message = "an emergency access is judged by somebody else than whom it was opened to";
        return Err(Error::new(Code::Forbidden, message).guarded_by("requester"));
    }
    match &emergency.judged {
        Some(judged) => Err(Error::conflict(format!("{} judged it {} at {}", judged.by, judged.decision, judged.at))),
        None => Ok(()),
    }
}
