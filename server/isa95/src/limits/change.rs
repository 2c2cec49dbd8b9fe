//! `POST /{tenant}/isa95/limits/{property}` proposes limits, `POST .../{version}/approve` and `.../reject` decide: four
//! eyes (EU GMP Annex 11, 4.4 and 10: changes are made in a controlled way). What was approved is never edited.

use super::version::{Said, State, Version};
use super::{Limits, raced, visible};
use crate::catalogue::Known;
use crate::service::{Isa95, LIMITS};
use crate::store::limit as store;
use crate::time;
use serde::Deserialize;
use theriac_access::label;
use theriac_core::hash::sha256;
use theriac_core::{Code, Error, Result};
use theriac_ledger::Entry;
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

const REASON_MOST: usize = 2_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Proposal {
    #[serde(default)]
    low: Option<f64>,
    #[serde(default)]
    high: Option<f64>,
    /// When it is to hold; without it, from the approval on.
    #[serde(default)]
    effective: Option<String>,
    #[serde(default)]
    reason: String,
}

pub(crate) async fn propose(isa95: Isa95, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let known = visible(&isa95, &context, request.param("property")).await?;
    let proposal: Proposal = request.json()?;
    let limits = Limits { low: proposal.low, high: proposal.high };
    if let Some(issue) = limits.fault("") {
        return Err(Error::from_issues(vec![issue]));
    }
    let effective = proposal.effective.as_deref().map(instant).transpose()?;
    if let Some(at) = effective {
        not_past(&context, at)?;
    }
    let before = store::versions(&context.db, std::slice::from_ref(&known.address)).await?;
    let version = Version {
        address: known.address.clone(),
        version: before.last().map_or(1, |last| last.version + 1),
        state: State::Proposed,
        limits,
        effective,
        proposed: said(&context, &proposal.reason)?,
        decided: None,
    };
    let mut unit = Unit::new();
    unit.push(store::insert(&context.db, &version));
    commit(&context, unit, &known, version, "propose", 201).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    #[serde(default)]
    reason: String,
}

pub(crate) async fn approve(isa95: Isa95, context: Context, request: Request) -> Result<Response> {
    let (known, before) = proposed(&isa95, &context, &request).await?;
    if before.proposed.by == context.grant.subject {
        let message = format!("{} proposed these limits; somebody else must approve them", before.proposed.by);
        return Err(Error::new(Code::Forbidden, message));
    }
    if let Some(at) = before.effective {
        not_past(&context, at)?;
    }
    let effective = before.effective.or(Some(context.now().0));
    decide(&context, &request, &known, Version { state: State::Approved, effective, ..before }, "approve").await
}

pub(crate) async fn reject(isa95: Isa95, context: Context, request: Request) -> Result<Response> {
    let (known, before) = proposed(&isa95, &context, &request).await?;
    decide(&context, &request, &known, Version { state: State::Rejected, ..before }, "reject").await
}

/// The version of the address, which waits for a decision.
async fn proposed(isa95: &Isa95, context: &Context, request: &Request) -> Result<(std::sync::Arc<Known>, Version)> {
    request.query_known(&[])?;
    let known = visible(isa95, context, request.param("property")).await?;
    let number = request.param("version");
    let absent = || Error::not_found(&format!("limits/{}", known.address), number);
    let wanted: i64 = number.parse().map_err(|_| absent())?;
    let versions = store::versions(&context.db, std::slice::from_ref(&known.address)).await?;
    let version = versions.into_iter().find(|version| version.version == wanted).ok_or_else(absent)?;
    match version.state {
        State::Proposed => Ok((known, version)),
        other => Err(Error::conflict(format!("version {wanted} is {}; only a proposal is decided", other.name()))),
    }
}

async fn decide(
    context: &Context,
    request: &Request,
    known: &Known,
    version: Version,
    action: &'static str,
) -> Result<Response> {
    let decision: Decision = request.json()?;
    let version = Version { decided: Some(said(context, &decision.reason)?), ..version };
    let mut unit = Unit::new();
    unit.push(store::decide(&context.db, &version));
    commit(context, unit, known, version, action, 200).await
}

async fn commit(
    context: &Context,
    mut unit: Unit,
    known: &Known,
    version: Version,
    action: &'static str,
    status: u16,
) -> Result<Response> {
    theriac_ledger::record(&mut unit, context, &[entry(&version, known.site.as_deref(), action)])?;
    context.db.commit(unit).await.map_err(raced)?;
    Response::json(status, &version.shown())
}

/// Names no person in its data: who did it is the entry's own business.
pub(super) fn entry(version: &Version, site: Option<&str>, action: &'static str) -> Entry {
    let data = serde_json::json!({
        "property": version.address,
        "version": version.version,
        "state": version.state.name(),
        "scheduled": version.scheduled(),
    });
    Entry {
        topic: LIMITS.to_owned(),
        action,
        subject: format!("limits/{}/{}", version.address, version.version),
        version: if version.decided.is_some() { 2 } else { 1 },
        hash: Some(sha256(version.shown().to_string().as_bytes())),
        labels: site.iter().map(|site| label::site(site)).collect(),
        data: Some(data),
    }
}

fn said(context: &Context, reason: &str) -> Result<Said> {
    let reason = reason.trim();
    match reason.chars().count() {
        1..=REASON_MOST => {
            Ok(Said { by: context.grant.subject.clone(), at: context.now().0, reason: reason.to_owned() })
        }
        0 => Err(Error::invalid("a reason is needed: {\"reason\":\"...\"}").at("reason")),
        n => Err(Error::invalid(format!("the reason has {n} characters; at most {REASON_MOST}")).at("reason")),
    }
}

fn instant(text: &str) -> Result<i64> {
    let wrong = || Error::invalid(format!("{text:?} is not {}", time::EXPECTED)).at("effective");
    time::parse(text.as_bytes()).ok_or_else(wrong)
}

/// Readings are judged once: limits are not moved under those that were.
fn not_past(context: &Context, effective: i64) -> Result<()> {
    if effective >= context.now().0 {
        return Ok(());
    }
    let message = format!(
        "{} is past; limits hold from now on or later. Propose them again with a later time, or without one",
        time::format(effective)
    );
    Err(Error::new(Code::Unprocessable, message).at("effective"))
}
