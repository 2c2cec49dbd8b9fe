//! The routes of users, clients, assignments, sign-in and tokens.

use crate::admin;
use crate::client::Client;
use crate::oauth;
use crate::service::Identity;
use crate::user::User;
use theriac_access::Permission::{Admin, Public};
use theriac_platform::http::Method::{Delete, Get, Post, Put};
use theriac_platform::http::{Facade, Route, Routes};

#[rustfmt::skip]
pub fn routes(identity: &Identity) -> Vec<Route> {
    Routes::new(Facade::Plain)
        .add(Get,  "/{tenant}/admin/users",                  Admin, identity, admin::list::<User>,    "Users, newest first")
        .add(Get,  "/{tenant}/admin/users/{id}",             Admin, identity, admin::read_user,      "One user")
        .add(Put,  "/{tenant}/admin/users/{id}",             Admin, identity, admin::put::<User>,     "Register a user, or change one")
        .add(Post, "/{tenant}/admin/users/{id}/password",    Admin, identity, admin::new_password,    "A password for one sign-in, shown once")
        .add(Post, "/{tenant}/admin/users/{id}/second-factor/reset", Admin, identity, admin::reset_second_factor, "Take a lost second factor away")
        .add(Post, "/{tenant}/admin/users/{id}/disable",     Admin, identity, admin::disable::<User>, "End a user's access")
        .add(Post, "/{tenant}/admin/users/{id}/enable",      Admin, identity, admin::enable::<User>,  "Give a user access again")
        .add(Get,  "/{tenant}/admin/clients",                Admin, identity, admin::list::<Client>,  "Clients, newest first")
        .add(Post, "/{tenant}/admin/clients",                Admin, identity, admin::create_client,   "Register a client; its secret is shown once")
        .add(Get,  "/{tenant}/admin/clients/{id}",           Admin, identity, admin::read::<Client>,  "One client")
        .add(Put,  "/{tenant}/admin/clients/{id}",           Admin, identity, admin::put::<Client>,   "Change a client, or register one under this id")
        .add(Post, "/{tenant}/admin/clients/{id}/secret",    Admin, identity, admin::new_secret,      "A new secret, shown once; the old one is over")
        .add(Post, "/{tenant}/admin/clients/{id}/approve",   Admin, identity, admin::approve,         "Approve a client that registered itself")
        .add(Post, "/{tenant}/admin/clients/{id}/disable",   Admin, identity, admin::disable::<Client>, "End a client's access")
        .add(Post, "/{tenant}/admin/clients/{id}/enable",    Admin, identity, admin::enable::<Client>,  "Give a client access again")
        .add(Get,  "/{tenant}/admin/assignments",            Admin, identity, admin::assignments,     "Which patients are assigned to whom")
        .add(Put,  "/{tenant}/admin/assignments/{id}/Patient/{patient}",    Admin, identity, admin::assign,   "Assign a patient to a user")
        .add(Delete, "/{tenant}/admin/assignments/{id}/Patient/{patient}",  Admin, identity, admin::unassign, "End an assignment")
        .add(Post, "/{tenant}/auth/token",                   Public, identity, oauth::token::token,    "Tokens (RFC 6749, 3.2)")
        .rows()
}
