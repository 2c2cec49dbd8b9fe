//! The routes of the alerts.

use crate::acknowledge::acknowledge;
use crate::list::{list, read};
use theriac_access::Permission::{AlertsAcknowledge, AlertsRead};
use theriac_platform::http::Method::{Get, Post};
use theriac_platform::http::{Facade, Route, Routes};

#[rustfmt::skip]
pub fn routes() -> Vec<Route> {
    Routes::new(Facade::Plain)
        .add(Get,  "/{tenant}/alerts",                  AlertsRead,        &(), list,        "Alerts, newest first")
        .add(Get,  "/{tenant}/alerts/{id}",             AlertsRead,        &(), read,        "One alert with its evidence")
        .add(Post, "/{tenant}/alerts/{id}/acknowledge", AlertsAcknowledge, &(), acknowledge, "Acknowledge an alert, with a reason")
        .rows()
}
