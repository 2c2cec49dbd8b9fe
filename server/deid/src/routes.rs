//! The routes of de-identification.

use crate::admin;
use crate::lens::Views;
use crate::reidentify::reidentify;
use theriac_access::Permission::{Admin, IdentityRead};
use theriac_platform::http::Method::{Get, Post, Put};
use theriac_platform::http::{Facade, Route, Routes};

#[rustfmt::skip]
pub fn routes(views: &Views) -> Vec<Route> {
    Routes::new(Facade::Plain)
        .add(Get,  "/{tenant}/admin/deid/profiles",             Admin,        views, admin::profiles,    "Profiles of de-identification")
        .add(Get,  "/{tenant}/admin/deid/profiles/{id}",        Admin,        views, admin::profile,     "One profile, as the file it was written as")
        .add(Put,  "/{tenant}/admin/deid/profiles/{id}",        Admin,        views, admin::put_profile, "Set a profile (TOML)")
        .add(Get,  "/{tenant}/admin/deid/projects",             Admin,        views, admin::projects,    "Research projects")
        .add(Get,  "/{tenant}/admin/deid/projects/{id}",        Admin,        views, admin::project,     "One research project")
        .add(Put,  "/{tenant}/admin/deid/projects/{id}",        Admin,        views, admin::put_project, "Set a research project: profile, members, clients, threshold")
        .add(Post, "/{tenant}/admin/deid/projects/{id}/rotate", Admin,        views, admin::rotate,      "Seal with a new key from now on; pseudonyms stay")
        .add(Post, "/{tenant}/deid/projects/{id}/reidentify",   IdentityRead, views, reidentify,         "Who stands behind a pseudonym, with a reason")
        .rows()
}
