//! The routes of EPCIS. REST binding of EPCIS 2.0, section 12.

use crate::collection::{COLLECTIONS, Collection};
use crate::format::Format;
use crate::split::Form;
use crate::view::collection;
use crate::{
    Epcis, capture, coldchain, collection, discovery, events, exception, items, job, master, queries, subscription,
};
use serde_json::json;
use std::sync::Arc;
use theriac_access::Permission::{self, EpcisCapture, EpcisRead, Public, QualityWrite};
use theriac_core::{Code, Result};
use theriac_platform::Context;
use theriac_platform::http::Method::{self, Delete, Get, Options, Post};
use theriac_platform::http::{Facade, Request, Response, Route, Routes};

#[rustfmt::skip]
pub fn routes(epcis: &Epcis) -> Vec<Route> {
    let table = Table::new()
        .add(Get,  "/{tenant}/epcis",                      EpcisRead,    &(),   |(), c, r| top(c, r),              "The top-level resources")
        .add(Post, "/{tenant}/epcis/capture",              EpcisCapture, &(),   |(), c, r| capture::handle(c, r),  "Capture a document; 202 with the address of the job")
        .streaming()
        .add(Get,  "/{tenant}/epcis/capture",              EpcisRead,    epcis, job::list,                         "Capture jobs, newest first")
        .add(Get,  "/{tenant}/epcis/capture/{captureID}",  EpcisRead,    &(),   |(), c, r| job::read(c, r),        "A capture job")
        .add(Post, "/{tenant}/epcis/events",               EpcisCapture, &(),   |(), c, r| events::create(c, r),   "Capture one event, synchronously")
        .add(Get,  "/{tenant}/epcis/events",               EpcisRead,    epcis, events::list,                      "Query events")
        .add(Get,  "/{tenant}/epcis/events/{eventID}",     EpcisRead,    &(),   |(), c, r| events::read(c, r),     "An event and its error declarations")
        .add(Delete, "/{tenant}/epcis/nextPageToken/{token}", EpcisRead, &(),   |(), c, r| forget(c, r),           "Frees what a page token holds, which is nothing here")
        .own(Get,  "/{tenant}/epcis/vocabularies",         EpcisRead,    epcis, master::query::list,              "Master data: SimpleMasterDataQuery")
        .own(Get,  "/{tenant}/epcis/items/{epc}",          EpcisRead,    &(),   |(), c, r| items::read(c, r),      "The state of an item, now or `at` a past moment")
        .own(Get,  "/{tenant}/epcis/items/{epc}/history",  EpcisRead,    epcis, items::history,                    "The events of an item")
        .own(Get,  "/{tenant}/epcis/exceptions",           EpcisRead,    &(),   |(), c, r| exception::list(c, r),   "Business faults of events, newest first")
        .own(Get,  "/{tenant}/epcis/exceptions/{id}",      EpcisRead,    &(),   |(), c, r| exception::read(c, r),   "A business fault")
        .own(Post, "/{tenant}/epcis/exceptions/{id}/resolve", QualityWrite, &(), |(), c, r| exception::resolve(c, r), "Resolve a business fault, with a reason")
        .own(Get,  "/{tenant}/epcis/exceptionRules",       EpcisRead,    &(),   |(), c, r| exception::rules(c, r),  "The rules events are judged by, and what is done about each")
        .own(Get,  "/{tenant}/epcis/items",                EpcisRead,    epcis, items::of_lot,                     "The items of a `lot`")
        .own(Get,  "/{tenant}/epcis/items/{epc}/children", EpcisRead,    epcis, items::children,                   "What is packed in an item or fixed to it, down to `depth`")
        .own(Get,  "/{tenant}/epcis/items/{epc}/parents",  EpcisRead,    &(),   |(), c, r| items::parents(c, r),   "What an item is in, the nearest first")
        .own(Get,  "/{tenant}/epcis/items/{epc}/temperature",  EpcisRead,    &(),   |(), c, r| coldchain::read(c, r),   "The temperatures an item met, and how long it was out of its range")
        .own(Get,  "/{tenant}/epcis/items/{epc}/inputs",   EpcisRead,    &(),   |(), c, r| items::inputs(c, r),    "What an item was made of, and what that was made of")
        .own(Get,  "/{tenant}/epcis/items/{epc}/outputs",  EpcisRead,    &(),   |(), c, r| items::outputs(c, r),   "What was made of an item, and what was made of that");
    #[rustfmt::skip]
    let mut table = table
        .add(Get,    QUERIES,       EpcisRead, epcis, queries::list,                        "Named queries")
        .add(Post,   QUERIES,       EpcisRead, &(),   |(), c, r| queries::create(c, r),     "Name a query")
        .add(Get,    QUERY,         EpcisRead, &(),   |(), c, r| queries::read(c, r),       "A named query")
        .add(Delete, QUERY,         EpcisRead, &(),   |(), c, r| queries::delete(c, r),     "Delete a named query and its subscriptions")
        .add(Get,    QUERY_EVENTS,  EpcisRead, epcis, queries::events,                      "The events of a named query, or as a WebSocket a subscription")
        .with(|routes| routes.upgrade(epcis, subscription::converse).gate(epcis, subscription::gate))
        .add(Get,    SUBSCRIPTIONS, EpcisRead, epcis, subscription::list,                   "Webhook subscriptions of a query")
        .add(Post,   SUBSCRIPTIONS, EpcisRead, epcis, subscription::create,                 "Subscribe a webhook to a query")
        .add(Get,    SUBSCRIPTION,  EpcisRead, &(),   |(), c, r| subscription::read(c, r),   "A webhook subscription")
        .add(Delete, SUBSCRIPTION,  EpcisRead, &(),   |(), c, r| subscription::delete(c, r), "Unsubscribe");
    for (of, [list, member, events]) in COLLECTIONS.iter().zip(PATHS) {
        table = table
            .add(Get, list,   EpcisRead, epcis, move |e, c, r| collection::list(e, c, r, of),                        LISTED)
            .add(Get, member, EpcisRead, epcis, move |e, c, r| collection::read(e, c, r, of),                        "What is under this resource")
            .add(Get, events, EpcisRead, epcis, move |e, c, r| beneath(e, c, r, of),                                 "The events of this resource");
    }
    table.rows()
}

const QUERIES: &str = "/{tenant}/epcis/queries";
const QUERY: &str = "/{tenant}/epcis/queries/{queryName}";
const QUERY_EVENTS: &str = "/{tenant}/epcis/queries/{queryName}/events";
const SUBSCRIPTIONS: &str = "/{tenant}/epcis/queries/{queryName}/subscriptions";
const SUBSCRIPTION: &str = "/{tenant}/epcis/queries/{queryName}/subscriptions/{subscriptionID}";

const LISTED: &str = "The standard's own words and those that events use";

/// The addresses of the collections, in their order.
#[rustfmt::skip]
const PATHS: &[[&str; 3]] = &[
    ["/{tenant}/epcis/eventTypes",   "/{tenant}/epcis/eventTypes/{eventType}",     "/{tenant}/epcis/eventTypes/{eventType}/events"],
    ["/{tenant}/epcis/epcs",         "/{tenant}/epcis/epcs/{epc}",                 "/{tenant}/epcis/epcs/{epc}/events"],
    ["/{tenant}/epcis/bizSteps",     "/{tenant}/epcis/bizSteps/{bizStep}",         "/{tenant}/epcis/bizSteps/{bizStep}/events"],
    ["/{tenant}/epcis/bizLocations", "/{tenant}/epcis/bizLocations/{bizLocation}", "/{tenant}/epcis/bizLocations/{bizLocation}/events"],
    ["/{tenant}/epcis/readPoints",   "/{tenant}/epcis/readPoints/{readPoint}",     "/{tenant}/epcis/readPoints/{readPoint}/events"],
    ["/{tenant}/epcis/dispositions", "/{tenant}/epcis/dispositions/{disposition}", "/{tenant}/epcis/dispositions/{disposition}/events"],
];

/// The rows, each asked in a version that is spoken and answered with its headers; every address also answers
/// OPTIONS, which tells its methods.
struct Table {
    routes: Routes,
    paths: Vec<(&'static str, Vec<Method>)>,
}

impl Table {
    fn new() -> Self {
        Self { routes: Routes::new(Facade::Epcis), paths: Vec::new() }
    }

    /// A row of the standard's.
    fn add<S, F, Fut>(
        mut self,
        method: Method,
        path: &'static str,
        permission: Permission,
        state: &S,
        handler: F,
        summary: &'static str,
    ) -> Self
    where
        S: Clone + Send + Sync + 'static,
        F: Fn(S, Context, Request) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Response>> + Send + 'static,
    {
        match self.paths.iter_mut().find(|(known, _)| *known == path) {
            Some((_, methods)) => methods.push(method),
            None => self.paths.push((path, vec![method])),
        }
        self.own(method, path, permission, state, handler, summary)
    }

    /// The row added last takes its body piece by piece.
    fn streaming(mut self) -> Self {
        self.routes = self.routes.streaming();
        self
    }

    /// A row of ours: the same headers, but no OPTIONS.
    fn own<S, F, Fut>(
        mut self,
        method: Method,
        path: &'static str,
        permission: Permission,
        state: &S,
        handler: F,
        summary: &'static str,
    ) -> Self
    where
        S: Clone + Send + Sync + 'static,
        F: Fn(S, Context, Request) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Response>> + Send + 'static,
    {
        let handler = Arc::new(handler);
        let spoken = move |state, context: Context, request: Request| {
            let handler = handler.clone();
            async move {
                let (trail, form) = (context.trail.clone(), Format::of_error(&request));
                match answered(&*handler, state, context, request).await {
                    // The limits are told again where they were passed.
                    Err(error) if error.code == Code::TooLarge => {
                        Ok(discovery::limits(Format::refusal(form, &error, &trail.request_id)))
                    }
                    Err(error) if form == Form::Xml && error.status() < 500 => {
                        Ok(Format::refusal(form, &error, &trail.request_id))
                    }
                    answer => answer,
                }
            }
        };
        self.routes = self.routes.add(method, path, permission, state, spoken, summary);
        self
    }

    /// Says more of the row added last.
    fn with(mut self, more: impl FnOnce(Routes) -> Routes) -> Self {
        self.routes = more(self.routes);
        self
    }

    fn rows(self) -> Vec<Route> {
        let Self { mut routes, paths } = self;
        for (path, methods) in paths.into_iter().filter(|(path, _)| !path.contains("nextPageToken")) {
            let told = move |(), _, request: Request| {
                let told = discovery::check(&request).and_then(|()| collection::check(&request));
                let told = told.map(|()| discovery::options(path, &methods));
                async move { told }
            };
            routes = routes.add(Options, path, Public, &(), told, "Methods, versions, formats and limits");
        }
        routes.rows()
    }
}

const TOP: &[&str] =
    &["events", "eventTypes", "epcs", "bizSteps", "bizLocations", "readPoints", "dispositions", "capture", "queries"];

/// The handler's answer in the version and form that the request asks for.
async fn answered<S, F, Fut>(handler: &F, state: S, context: Context, request: Request) -> Result<Response>
where
    F: Fn(S, Context, Request) -> Fut,
    Fut: Future<Output = Result<Response>>,
{
    discovery::check(&request)?;
    let format = Format::asked(&context, &request).await?;
    let answer = handler(state, context, request).await?;
    format.answer(discovery::stamp(answer))
}

async fn top(_: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    collection(json!(TOP))
}

async fn beneath(epcis: Epcis, context: Context, request: Request, of: &'static Collection) -> Result<Response> {
    events::by(epcis, context, request, of.brace, of.parameter).await
}

/// A token is a signed place, not a cursor that is kept open.
/// "On-demand release of any resources associated with `nextPageToken`": there are none, so that all are free.
async fn forget(_: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    Ok(Response::new(204))
}
