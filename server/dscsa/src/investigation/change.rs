//! Opening an investigation and moving it on. The document tells its own story: every step stands in its `log`.

use super::{KIND, step};
use crate::only_who_sees_all;
use crate::record::{self, Record, body, present};
use serde::Deserialize;
use serde_json::{Value, json};
use theriac_alerts::{NewAlert, raise};
use theriac_core::{Error, Result};
use theriac_epcis::identifier::{Identifier, Kind};
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};
use uuid::Uuid;

/// Items and lots of one investigation.
const MOST: usize = 10_000;
const LONGEST: usize = 10_000;

/// What is suspect, and why.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Suspicion {
    /// Serialised items.
    #[serde(default)]
    pub epcs: Vec<String>,
    /// Lots, or whole trade items.
    #[serde(default)]
    pub lots: Vec<String>,
    pub description: String,
}

impl Suspicion {
    /// In canonical spelling, without repeats.
    ///
    /// # Errors
    /// `Invalid`, naming the member.
    pub fn checked(mut self) -> Result<Self> {
        self.epcs = canonical(&self.epcs, "epcs", |kind| kind != Kind::Class)?;
        self.lots = canonical(&self.lots, "lots", |kind| kind == Kind::Class)?;
        self.description = self::text(&self.description, "description")?;
        match self.epcs.len() + self.lots.len() {
            0 => Err(Error::invalid("say what is suspect: 'epcs', 'lots', or both").at("epcs")),
            1..=MOST => Ok(self),
            n => Err(Error::invalid(format!("{n} items and lots; at most {MOST} in one investigation")).at("epcs")),
        }
    }
}

fn canonical(texts: &[String], place: &'static str, fits: impl Fn(Kind) -> bool) -> Result<Vec<String>> {
    let read = |text: &String| {
        let wrong = || Error::invalid(format!("'{text}' does not belong here")).at(place);
        let identifier = Identifier::parse_any(text.trim()).map_err(|_| wrong())?;
        if fits(identifier.kind()) { Ok(identifier.link()) } else { Err(wrong()) }
    };
    let mut read = texts.iter().map(read).collect::<Result<Vec<_>>>()?;
    read.sort_unstable();
    read.dedup();
    Ok(read)
}

pub(super) fn text(text: &str, place: &'static str) -> Result<String> {
    let text = text.trim();
    match text.len() {
        0 => Err(Error::invalid(format!("'{place}' says something")).at(place)),
        1..=LONGEST => Ok(text.to_owned()),
        n => Err(Error::invalid(format!("'{place}' has {n} bytes; at most {LONGEST}")).at(place)),
    }
}

/// `POST /investigations` with `{"epcs","lots","description"}`
pub(crate) async fn create(context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    only_who_sees_all(&context, KIND.segment, "")?;
    let suspicion = body::<Suspicion>(&request)?.checked()?;
    let mut unit = Unit::new();
    let record = opened(&context, Uuid::now_v7().to_string(), suspicion, json!({ "by": "us" }), &mut unit).await?;
    context.db.commit(unit).await?;
    let location = format!("{}/dscsa/{}", context.trail.base, record.subject());
    Ok(Response::json(201, &record.shown())?.with("location", location))
}

/// Puts a new investigation into the unit, and an alert with it: suspect product is quarantined at once, by people.
pub(crate) async fn opened(
    context: &Context,
    id: String,
    suspicion: Suspicion,
    origin: Value,
    unit: &mut Unit,
) -> Result<Record> {
    let document = json!({ "epcs": suspicion.epcs, "lots": suspicion.lots, "description": suspicion.description,
        "origin": origin, "openedAt": context.now().rfc3339(), "notices": [], "log": [] });
    let mut record = Record::new(context, &KIND, id, "suspect", document);
    record.subjects = suspicion.epcs.iter().chain(&suspicion.lots).cloned().collect();
    let told = json!({ "epcs": suspicion.epcs, "lots": suspicion.lots, "origin": origin });
    record.put(context, "open", told.clone(), unit)?;
    let alert = NewAlert {
        source: "dscsa",
        rule: "suspect-product".to_owned(),
        subject: record.subject(),
        site: None,
        episode: format!("dscsa/suspect-product/{}", record.id),
        evidence: told,
    };
    raise(unit, context, vec![alert]).await?;
    Ok(record)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    to: String,
    reason: String,
    /// Why it is illegitimate, in the words of [`step::CLASSIFICATIONS`].
    #[serde(default)]
    classification: Option<String>,
}

/// `POST /investigations/{id}/transition` with `{"to","reason","classification"?}`
pub(crate) async fn transition(context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let asked: Move = body(&request)?;
    let mut record = record::find(&context, &KIND, request.param("id")).await?;
    request.check_version(Some(record.version))?;
    let step = step::find(record.state, &asked.to)?;
    let reason = text(&asked.reason, "reason")?;
    match (step.classified, &asked.classification) {
        (true, Some(named)) => record.document["classification"] = step::classification(named)?.into(),
        (true, None) => {
            return Err(Error::invalid("say what it is: 'classification'").at("classification"));
        }
        (false, Some(_)) => {
            return Err(Error::invalid("it is classified when it is found illegitimate").at("classification"));
        }
        (false, None) => {}
    }
    if step.classified {
        record.document["determinedAt"] = context.now().rfc3339().into();
    }
    let from = record.state;
    record.state = step.to;
    record.due = step.due(context.now());
    log(&context, &mut record, json!({ "from": from, "to": step.to, "reason": reason }));
    let told = present(json!({ "from": from, "classification": asked.classification }));
    record.commit(&context, "transition", told).await?;
    Ok(Response::json(200, &record.shown())?.with("etag", format!("W/\"{}\"", record.version)))
}

/// Adds to the story, and makes it the next version.
pub(super) fn log(context: &Context, record: &mut Record, mut said: Value) {
    said["at"] = context.now().rfc3339().into();
    said["by"] = context.grant.subject.as_str().into();
    if let Some(log) = record.document["log"].as_array_mut() {
        log.push(said);
    }
    record.version += 1;
    record.subjects.clear();
}
