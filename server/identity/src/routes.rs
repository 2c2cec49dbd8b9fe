//! The routes of users, clients, assignments, sign-in and tokens.

use crate::admin;
use crate::client::Client;
use crate::provider::Provider;
use crate::service::Identity;
use crate::user::User;
use crate::{browser, discovery, external, oauth};
use theriac_access::Permission::{Admin, FhirRead, Public};
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
        .add(Get,  "/{tenant}/auth/authorize",     Public, identity, browser::authorize,      "Where applications send people to sign in (OAuth 2.1, 3.1)")
        .add(Post, "/{tenant}/auth/authorize",     Public, identity, browser::authorize_form, "The same, as a form")
        .add(Post, "/{tenant}/auth/sign-in",       Public, identity, browser::sign_in,        "Name and password, from the page")
        .add(Post, "/{tenant}/auth/second-factor", Public, identity, browser::prove,          "The second factor, from the page")
        .add(Post, "/{tenant}/auth/enrol",         Public, identity, browser::enrol,          "A new second factor, from the page")
        .add(Post, "/{tenant}/auth/password",      Public, identity, browser::change,         "A new password, from the page")
        .add(Post, "/{tenant}/auth/consent",       Public, identity, browser::decide,         "What the person decided, from the page")
        .add(Get,  "/{tenant}/auth/account",       Public, identity, browser::account,        "One's own account")
        .add(Post, "/{tenant}/auth/sign-out",      Public, identity, browser::sign_out,       "Sign out of the browser")
        .add(Get,  "/{tenant}/auth/style.css",     Public, identity, browser::style,          "The style of these pages")
        .add(Post, "/{tenant}/auth/revoke",        Public, identity, oauth::revoke::revoke,         "Give a token back (RFC 7009)")
        .add(Post, "/{tenant}/auth/introspect",    Public, identity, oauth::introspect::introspect, "What a token is worth now (RFC 7662)")
        .add(Post, "/{tenant}/auth/register",      Public, identity, oauth::register::register,     "Register a client, to be approved by an administrator (RFC 7591)")
        .add(Get,  "/{tenant}/auth/jwks.json",     Public, identity, admin::published,              "The keys that verify access tokens (RFC 7517)")
        .add(Get,  "/{tenant}/admin/providers",              Admin, identity, admin::list::<Provider>,    "Providers of identities, newest first")
        .add(Get,  "/{tenant}/admin/providers/{id}",         Admin, identity, admin::read::<Provider>,    "One provider")
        .add(Put,  "/{tenant}/admin/providers/{id}",         Admin, identity, admin::put::<Provider>,     "Register a provider of identities, or change one")
        .add(Put,  "/{tenant}/admin/providers/{id}/secret",  Admin, identity, external::secret::put,      "Our secret at the provider")
        .add(Post, "/{tenant}/admin/providers/{id}/disable", Admin, identity, admin::disable::<Provider>, "Take nothing from a provider any more")
        .add(Post, "/{tenant}/admin/providers/{id}/enable",  Admin, identity, admin::enable::<Provider>,  "Take a provider's word again")
        .add(Get,  "/{tenant}/auth/external/{id}",           Public, identity, external::leave::leave,       "To a provider of identities")
        .add(Get,  "/{tenant}/auth/external/{id}/callback",  Public, identity, external::callback::callback, "Back from a provider of identities")
        .add(Get,  "/{tenant}/admin/keys",         Admin,  identity, admin::keys,                   "The keys that sign and verify tokens")
        .add(Post, "/{tenant}/admin/keys/rotate",  Admin,  identity, admin::rotate,                 "A new key signs; the old one verifies until its tokens are over")
        .add(Post, "/{tenant}/auth/launch",        FhirRead, identity, oauth::launch::create, "Open an application on a patient (SMART App Launch, EHR launch)")
        .add(Get,  "/{tenant}/fhir/.well-known/smart-configuration", Public, identity, discovery::smart, "What SMART applications can do here (SMART App Launch 2.2)")
        .add(Get,  "/{tenant}/.well-known/openid-configuration",     Public, identity, discovery::openid, "The provider of identities (OpenID Connect Discovery)")
        .add(Get,  "/.well-known/oauth-authorization-server/{tenant}", Public, identity, discovery::oauth, "The authorization server (RFC 8414)")
        .rows()
}
