//! The routes and rounds of oversight.

use crate::emergency::{end, list, open, own, read, reads};
use crate::review::review;
use crate::rounds::Emergencies;
use std::sync::Arc;
use theriac_access::Permission::{EmergencyOpen, OversightRead, OversightReview};
use theriac_ledger::Rounds;
use theriac_platform::http::Method::{Get, Post};
use theriac_platform::http::{Facade, Route, Routes};

#[rustfmt::skip]
pub fn routes() -> Vec<Route> {
    Routes::new(Facade::Plain)
        .add(Post, "/{tenant}/emergencies",             EmergencyOpen,   &(), open,   "Open a patient's records in an emergency")
        .add(Get,  "/{tenant}/emergencies",             OversightRead,   &(), list,   "Emergency accesses, newest first; review=awaiting is the queue")
        .add(Get,  "/{tenant}/emergencies/own",         EmergencyOpen,   &(), own,    "One's own emergency accesses, newest first")
        .add(Get,  "/{tenant}/emergencies/{id}",        OversightRead,   &(), read,   "One emergency access")
        .add(Get,  "/{tenant}/emergencies/{id}/reads",  OversightRead,   &(), reads,  "What was read under an emergency access")
        .add(Post, "/{tenant}/emergencies/{id}/end",    EmergencyOpen,   &(), end,    "End one's own emergency access before its time")
        .add(Post, "/{tenant}/emergencies/{id}/review", OversightReview, &(), review, "Judge whether an emergency access was right")
        .rows()
}

pub fn rounds() -> Vec<Arc<dyn Rounds>> {
    vec![Arc::new(Emergencies)]
}
