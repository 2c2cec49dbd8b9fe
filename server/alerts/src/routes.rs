//! The routes of the alerts.

use crate::acknowledge::acknowledge;
use crate::escalation;
use crate::list::{list, read};
use crate::rounds::Alarms;
use crate::shelve::{shelve, unshelve};
use std::sync::Arc;
use theriac_access::Permission::{Admin, AlertsAcknowledge, AlertsRead};
use theriac_ledger::Rounds;
use theriac_platform::http::Method::{Get, Post, Put};
use theriac_platform::http::{Facade, Route, Routes};

#[rustfmt::skip]
pub fn routes() -> Vec<Route> {
    Routes::new(Facade::Plain)
        .add(Get,  "/{tenant}/alerts",                  AlertsRead,        &(), list,        "Alerts, newest first")
        .add(Get,  "/{tenant}/alerts/{id}",             AlertsRead,        &(), read,        "One alert with its evidence")
        .add(Post, "/{tenant}/alerts/{id}/acknowledge", AlertsAcknowledge, &(), acknowledge, "Acknowledge an alert, with a reason")
        .add(Post, "/{tenant}/alerts/{id}/shelve",      AlertsAcknowledge, &(), shelve,      "Set an alarm aside for up to a day, with a reason")
        .add(Post, "/{tenant}/alerts/{id}/unshelve",    AlertsAcknowledge, &(), unshelve,    "Take an alarm from the shelf")
        .add(Get,  "/{tenant}/alerts/escalation",       AlertsRead,        &(), escalation::read, "Whom unanswered alerts reach, and when")
        .add(Put,  "/{tenant}/alerts/escalation",       Admin,             &(), escalation::put,  "Say whom unanswered alerts reach, and when")
        .rows()
}

pub fn rounds() -> Vec<Arc<dyn Rounds>> {
    vec![Arc::new(Alarms)]
}
