//! `/inputs` and `/outputs`: what an item was made of, and what was made of it, over any number of transformations.
//! EPCIS 2.0, section 7.4.5. Inputs and outputs may stand in different events that share a transformationID.
//!
//! A serial's lot is a step of the way: what the lot was made of, the pack was made of.

use super::{at, epc, known};
use crate::event::Event;
use crate::events::{Sight, visible};
use crate::history::{self, MOST, any_of};
use crate::identifier::canonical;
use crate::index::term;
use crate::item::happened;
use crate::item::inherit::DEEPEST;
use crate::view::collection;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use theriac_core::{Code, Error, Instant, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

/// Items of one walk.
const LONGEST: usize = 10_000;

/// One side of a transformation: members of the event, and the terms they are found under.
struct Side {
    epcs: &'static str,
    classes: &'static str,
    terms: [&'static str; 2],
}

const INPUTS: Side = Side { epcs: "inputEPCList", classes: "inputQuantityList", terms: ["inputEPC", "inputEPCClass"] };
const OUTPUTS: Side =
    Side { epcs: "outputEPCList", classes: "outputQuantityList", terms: ["outputEPC", "outputEPCClass"] };

impl Side {
    fn of(&self, event: &Event<'_>) -> Vec<String> {
        event.epcs(self.epcs).into_iter().chain(event.classes(self.classes)).collect()
    }
}

/// `GET /items/{epc}/inputs`: what it was made of, and what that was made of
pub(crate) async fn inputs(context: Context, request: Request) -> Result<Response> {
    walk(&context, &request, &OUTPUTS, &INPUTS).await
}

/// `GET /items/{epc}/outputs`: what was made of it, and what was made of that
pub(crate) async fn outputs(context: Context, request: Request) -> Result<Response> {
    walk(&context, &request, &INPUTS, &OUTPUTS).await
}

async fn walk(context: &Context, request: &Request, near: &Side, far: &Side) -> Result<Response> {
    let at = at(&request.query_known(&["at"])?)?;
    let epc = epc(request)?;
    let item = known(context, &epc, at).await?.1;
    let mut found: BTreeMap<String, Value> = BTreeMap::new();
    let mut order: Vec<String> = Vec::new();
    let mut level = vec![epc.clone()];
    if let Some(lot) = item.lot_class().filter(|_| far.epcs == INPUTS.epcs) {
        found.insert(lot.clone(), json!({ "epc": lot, "depth": 1, "through": "lot" }));
        order.push(lot.clone());
        level.push(lot);
    }
    for depth in 1..=DEEPEST {
        let next = step(context, &level, at, near, far).await?;
        level.clear();
        for (other, event) in next {
            if other != epc && !found.contains_key(&other) {
                found.insert(other.clone(), json!({ "epc": other, "depth": depth, "through": event }));
                order.push(other.clone());
                level.push(other);
            }
        }
        if found.len() > LONGEST {
            let message = format!("more than {LONGEST} items stand on the way");
            return Err(Error::new(Code::TooCostly, message));
        }
        if level.is_empty() {
            break;
        }
    }
    collection(order.iter().filter_map(|epc| found.get(epc)).cloned().collect())
}

/// The other side of the transformations in which these take part, each with the event that tells it.
async fn step(
    context: &Context,
    items: &[String],
    at: Option<Instant>,
    near: &Side,
    far: &Side,
) -> Result<Vec<(String, String)>> {
    let sight = visible(&context.grant.rows());
    if items.is_empty() || matches!(sight, Sight::Nothing) {
        return Ok(Vec::new());
    }
    let mut history = history::History::default();
    for items in items.chunks(history::TOGETHER) {
        let terms = items.iter().flat_map(|epc| near.terms.iter().map(move |field| term(field, epc)));
        let terms = any_of("MATCH_inputEPC", terms);
        history.add(history::with_terms(&context.db, vec![terms], sight.terms(), MOST).await?);
    }
    let names = |event: &Event<'_>| near.of(event).iter().any(|epc| items.contains(epc));
    let processes: BTreeSet<String> = history.read(|events| {
        events.iter().filter(|(event, _)| names(event)).filter_map(|(event, _)| process(event)).collect()
    })?;
    if !processes.is_empty() {
        let terms = any_of("EQ_transformationID", processes.iter().map(|id| term("transformationID", id)));
        history.add(history::with_terms(&context.db, vec![terms], sight.terms(), MOST).await?);
    }
    history.read(|events| {
        let happened = happened(events, |(event, id)| (event, id));
        let takes_part = |event: &Event<'_>| {
            at.is_none_or(|at| event.time <= at)
                && (names(event) || process(event).is_some_and(|id| processes.contains(&id)))
        };
        let fits = happened.into_iter().filter(|(event, _)| takes_part(event));
        fits.flat_map(|(event, id)| far.of(event).into_iter().map(move |epc| (epc, id.to_owned()))).collect()
    })
}

fn process(event: &Event<'_>) -> Option<String> {
    event.text("transformationID").map(|id| canonical(id).into_owned())
}
