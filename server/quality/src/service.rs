//! The routes and rounds of quality.

use crate::change::{create, put, transition};
use crate::list::{history, list, read};
use crate::overdue::Overdue;
use std::sync::Arc;
use theriac_access::Permission::{QualityRead, QualityWrite};
use theriac_ledger::Rounds;
use theriac_platform::http::Method::{Get, Post, Put};
use theriac_platform::http::{Facade, Route, Routes};

#[rustfmt::skip]
pub fn routes() -> Vec<Route> {
    Routes::new(Facade::Plain)
        .add(Get,  "/{tenant}/quality/{kind}",                 QualityRead,  &(), list,       "Deviations, or corrective and preventive actions, newest first")
        .add(Post, "/{tenant}/quality/{kind}",                 QualityWrite, &(), create,     "Open a deviation, or plan a corrective or preventive action")
        .add(Get,  "/{tenant}/quality/{kind}/{id}",            QualityRead,  &(), read,       "One quality record")
        .add(Put,  "/{tenant}/quality/{kind}/{id}",            QualityWrite, &(), put,        "A new version of a quality record")
        .add(Post, "/{tenant}/quality/{kind}/{id}/transition", QualityWrite, &(), transition, "Move a quality record to its next state, with a reason")
        .add(Get,  "/{tenant}/quality/{kind}/{id}/history",    QualityRead,  &(), history,    "All versions of a quality record")
        .rows()
}

pub fn rounds() -> Vec<Arc<dyn Rounds>> {
    vec![Arc::new(Overdue)]
}
