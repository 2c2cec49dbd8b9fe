//! The routes and rounds of oversight.

use crate::emergency::{end, list, open, own, read, reads};
use crate::review::review;
use crate::rounds::{Campaigns, Emergencies};
use crate::{campaign, report};
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
        .add(Get,  "/{tenant}/admin/access",            OversightRead,   &(), report::list,     "Every account with its rights and their use; also as NDJSON or CSV")
        .add(Get,  "/{tenant}/admin/access/{kind}/{id}", OversightRead,  &(), report::explain,  "What one account may do and see, and by which rule")
        .add(Get,  "/{tenant}/admin/reviews",           OversightRead,   &(), campaign::list,   "Reviews of access, newest first")
        .add(Post, "/{tenant}/admin/reviews",           OversightReview, &(), campaign::begin,  "Begin a review of access")
        .add(Get,  "/{tenant}/admin/reviews/{id}",      OversightRead,   &(), campaign::read,   "One review with its accounts; also as NDJSON or CSV")
        .add(Post, "/{tenant}/admin/reviews/{review}/{kind}/{id}", OversightReview, &(), campaign::decide, "Attest for an account, or revoke it")
        .rows()
}

pub fn rounds() -> Vec<Arc<dyn Rounds>> {
    vec![Arc::new(Emergencies), Arc::new(Campaigns)]
}
