//! The routes of EPCIS. REST binding of EPCIS 2.0, section 12.

use crate::capture::{CAPTURE_LIMIT, FILE_SIZE_LIMIT};
use crate::event::EVENT_TYPES;
use crate::view::{CONTEXT, collection, versions};
use crate::vocabulary::{BIZ_STEP, DISPOSITION, Vocabulary};
use crate::{Epcis, capture, events, exception, items, job};
use serde_json::json;
use theriac_access::Permission::{self, EpcisCapture, EpcisRead, Public, QualityWrite};
use theriac_core::Result;
use theriac_platform::Context;
use theriac_platform::http::Method::{Get, Options, Post};
use theriac_platform::http::{Facade, Request, Response, Route, Routes};

/// Resources whose events are found under their own address: events' path, resource's path, brace, parameter.
#[rustfmt::skip]
const BY: &[(&str, &str, &str, &str)] = &[
    ("/{tenant}/epcis/eventTypes/{eventType}/events",      "/{tenant}/epcis/eventTypes/{eventType}",      "eventType",   "eventType"),
    ("/{tenant}/epcis/epcs/{epc}/events",                  "/{tenant}/epcis/epcs/{epc}",                  "epc",         "MATCH_anyEPC"),
    ("/{tenant}/epcis/bizSteps/{bizStep}/events",          "/{tenant}/epcis/bizSteps/{bizStep}",          "bizStep",     "EQ_bizStep"),
    ("/{tenant}/epcis/bizLocations/{bizLocation}/events",  "/{tenant}/epcis/bizLocations/{bizLocation}",  "bizLocation", "EQ_bizLocation"),
    ("/{tenant}/epcis/readPoints/{readPoint}/events",      "/{tenant}/epcis/readPoints/{readPoint}",      "readPoint",   "EQ_readPoint"),
    ("/{tenant}/epcis/dispositions/{disposition}/events",  "/{tenant}/epcis/dispositions/{disposition}",  "disposition", "EQ_disposition"),
];

#[rustfmt::skip]
pub fn routes(epcis: &Epcis) -> Vec<Route> {
    let mut routes = Routes::new(Facade::Epcis)
        .add(Get,  "/{tenant}/epcis",                      EpcisRead,    &(),   |(), c, r| top(c, r),              "The top-level resources")
        .add(Post, "/{tenant}/epcis/capture",              EpcisCapture, &(),   |(), c, r| capture::handle(c, r),  "Capture a document; 202 with the address of the job")
        .add(Get,  "/{tenant}/epcis/capture",              EpcisRead,    epcis, job::list,                         "Capture jobs, newest first")
        .add(Get,  "/{tenant}/epcis/capture/{captureID}",  EpcisRead,    &(),   |(), c, r| job::read(c, r),        "A capture job")
        .add(Post, "/{tenant}/epcis/events",               EpcisCapture, &(),   |(), c, r| events::create(c, r),   "Capture one event, synchronously")
        .add(Get,  "/{tenant}/epcis/events",               EpcisRead,    epcis, events::list,                      "Query events")
        .add(Get,  "/{tenant}/epcis/events/{eventID}",     EpcisRead,    &(),   |(), c, r| events::read(c, r),     "An event and its error declarations")
        .add(Get,  "/{tenant}/epcis/eventTypes",           EpcisRead,    &(),   |(), c, r| event_types(c, r),      "The event types")
        .add(Get,  "/{tenant}/epcis/bizSteps",             EpcisRead,    &(),   |(), _, r| words(r, &BIZ_STEP),    "The business steps of the CBV")
        .add(Get,  "/{tenant}/epcis/dispositions",         EpcisRead,    &(),   |(), _, r| words(r, &DISPOSITION), "The dispositions of the CBV")
        .add(Get,  "/{tenant}/epcis/items/{epc}",          EpcisRead,    &(),   |(), c, r| items::read(c, r),      "The state of an item, now or `at` a past moment")
        .add(Get,  "/{tenant}/epcis/items/{epc}/history",  EpcisRead,    epcis, items::history,                    "The events of an item")
        .add(Get,  "/{tenant}/epcis/exceptions",           EpcisRead,    &(),   |(), c, r| exception::list(c, r),   "Business faults of events, newest first")
        .add(Get,  "/{tenant}/epcis/exceptions/{id}",      EpcisRead,    &(),   |(), c, r| exception::read(c, r),   "A business fault")
        .add(Post, "/{tenant}/epcis/exceptions/{id}/resolve", QualityWrite, &(), |(), c, r| exception::resolve(c, r), "Resolve a business fault, with a reason")
        .add(Get,  "/{tenant}/epcis/exceptionRules",       EpcisRead,    &(),   |(), c, r| exception::rules(c, r),  "The rules events are judged by, and what is done about each")
        .add(Get,  "/{tenant}/epcis/items",                EpcisRead,    epcis, items::of_lot,                     "The items of a `lot`")
        .add(Get,  "/{tenant}/epcis/items/{epc}/children", EpcisRead,    epcis, items::children,                   "What is packed in an item or fixed to it, down to `depth`")
        .add(Get,  "/{tenant}/epcis/items/{epc}/parents",  EpcisRead,    &(),   |(), c, r| items::parents(c, r),   "What an item is in, the nearest first")
        .add(Get,  "/{tenant}/epcis/items/{epc}/inputs",   EpcisRead,    &(),   |(), c, r| items::inputs(c, r),    "What an item was made of, and what that was made of")
        .add(Get,  "/{tenant}/epcis/items/{epc}/outputs",  EpcisRead,    &(),   |(), c, r| items::outputs(c, r),   "What was made of an item, and what was made of that")
        .add(Options, "/{tenant}/epcis",                   Public,       &(),   |(), _, _| limits(),               "What this server supports")
        .add(Options, "/{tenant}/epcis/capture",           Public,       &(),   |(), _, _| limits(),               "What capture supports")
        .add(Options, "/{tenant}/epcis/events",            Public,       &(),   |(), _, _| limits(),               "What the events resource supports");
    for (events, resource, brace, parameter) in BY {
        let by = |epcis, context, request| events::by(epcis, context, request, brace, parameter);
        routes = routes
            .add(Get, events, READ, epcis, by, "The events of this resource")
            .add(Get, resource, READ, &(), |(), _, r| under(r), "What is under this resource");
    }
    routes.rows()
}

const READ: Permission = EpcisRead;

/// Those that answer at an address of their own; `epcs`, `bizLocations`, `readPoints` and `items` want an id.
const TOP: &[&str] = &["capture", "events", "eventTypes", "bizSteps", "dispositions"];

async fn top(_: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    collection(json!(TOP))
}

async fn under(request: Request) -> Result<Response> {
    request.query_known(&[])?;
    Response::json(200, &json!({ "@context": [CONTEXT], "type": "Collection", "member": ["events"] })).map(versions)
}

async fn event_types(_: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    collection(EVENT_TYPES.iter().map(|(name, _)| *name).collect())
}

async fn words(request: Request, vocabulary: &'static Vocabulary) -> Result<Response> {
    request.query_known(&[])?;
    collection(json!(vocabulary.words))
}

/// Versions, formats and limits (REST binding, section 12.3); no body.
async fn limits() -> Result<Response> {
    let response = Response::new(204)
        .with("allow", "GET, POST, OPTIONS")
        .with("gs1-epcis-min", "2.0.0")
        .with("gs1-epcis-max", "2.0.0")
        .with("gs1-cbv-min", "2.0.0")
        .with("gs1-cbv-max", "2.0.0")
        .with("gs1-epc-format", "Never_Translates")
        .with("gs1-capture-error-behaviour", capture::BEHAVIOURS.join(", "))
        .with("gs1-epcis-capture-limit", CAPTURE_LIMIT.to_string())
        .with("gs1-epcis-capture-file-size-limit", FILE_SIZE_LIMIT.to_string());
    Ok(versions(response))
}
