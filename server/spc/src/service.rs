//! The service: what the binary is given.

use crate::{backtest, define, show, worker};
use std::sync::Arc;
use theriac_access::Permission::{SpcRead, SpcWrite};
use theriac_ledger::Watcher;
use theriac_platform::http::Method::{Delete, Get, Post, Put};
use theriac_platform::http::{Facade, Route, Routes};

/// What the handlers share: nothing yet beside the context.
#[derive(Debug, Clone, Default)]
pub struct Spc {}

impl Spc {
    pub fn new() -> Self {
        Self::default()
    }
}

/// The topic of the entry that each change of a chart has.
pub(crate) const CHARTS: &str = "spc.chart";

#[rustfmt::skip]
pub fn routes(spc: &Spc) -> Vec<Route> {
    Routes::new(Facade::Plain)
        .add(Get,    "/{tenant}/spc/charts",               SpcRead,  spc, show::list,       "Control charts, by id")
        .add(Get,    "/{tenant}/spc/charts/{id}",          SpcRead,  spc, show::chart,      "A control chart with its limits, latest points and violations")
        .add(Put,    "/{tenant}/spc/charts/{id}",          SpcWrite, spc, define::put,      "Define a control chart; it begins anew")
        .add(Delete, "/{tenant}/spc/charts/{id}",          SpcWrite, spc, define::delete,   "Remove a control chart; its alerts stay")
        .add(Post,   "/{tenant}/spc/charts/{id}/evaluate", SpcRead,  spc, show::evaluate,   "Evaluate given values on the chart's settings, without storing")
        .add(Post,   "/{tenant}/spc/charts/{id}/backtest", SpcRead,  spc, backtest::backtest, "What other rules would have said of the stored history")
        .add(Post,   "/{tenant}/spc/evaluate",             SpcRead,  spc, show::once,       "Evaluate given values on given settings, without storing")
        .rows()
}

pub fn workers(_: &Spc) -> Vec<Arc<dyn Watcher>> {
    vec![Arc::new(worker::Spc)]
}
