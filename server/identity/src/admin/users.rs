//! What only users have: passwords and second factors, as far as they are an administrator's business.

use super::records::{commit, find, fresh, shown_with};
use crate::record::{self, Record, State};
use crate::service::Identity;
use crate::user::User;
use crate::{password, store};
use serde::Deserialize;
use serde_json::json;
use theriac_core::{Error, Instant, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

/// The user, and how it stands with what it proves itself by.
pub(crate) async fn read(_: Identity, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let record = find::<User>(&context, request.param("id")).await?;
    let credential = store::credential::find(&context.db, &record.id).await?;
    let standing = json!({
        "password": if credential.one_time { "one-time" } else if credential.password.is_some() { "set" } else { "none" },
        "secondFactor": credential.totp.is_some(),
        "lastSignIn": credential.signed_in.map(Instant::rfc3339),
    });
    shown_with(200, &record, standing)
}

/// A user with a password for the first sign-in, which is given out here and nowhere else.
pub(crate) async fn create(context: &Context, id: &str, user: User) -> Result<String> {
    record::check_id(id)?;
    crate::record::Registered::check(&user)?;
    if store::record::find::<User>(&context.db, id).await?.is_some() {
        return Err(Error::conflict(format!("users/{id} exists already")));
    }
    let password = password::one_time()?;
    let hash = password::hash(password.clone()).await?;
    let record = fresh(context, id, State::Active, user);
    commit(context, &record, "create", vec![store::credential::set_password(&context.db, id, &hash, true)]).await?;
    Ok(password)
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Body {
    password: Option<String>,
}

/// A new password for one sign-in: the one sent, or one that is made up and shown this once.
pub(crate) async fn new_password(_: Identity, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let sent: Body = if request.body.is_empty() { Body::default() } else { request.json()? };
    let present = find::<User>(&context, request.param("id")).await?;
    let password = sent.password.clone().map_or_else(password::one_time, Ok)?;
    password::check(&password, &present.id)?;
    let known = store::credential::find(&context.db, &present.id).await?.password;
    if password::holds(password.clone(), known).await? {
        return Err(Error::invalid("a new password is another than the one before").at("password"));
    }
    let hash = password::hash(password.clone()).await?;
    let record: Record<User> = present.next(&context);
    let statement = store::credential::set_password(&context.db, &record.id, &hash, true);
    commit(&context, &record, "password", vec![statement]).await?;
    let shown = match sent.password {
        Some(_) => json!({ "id": record.id, "oneTime": true }),
        None => json!({ "id": record.id, "oneTime": true, "password": password }),
    };
    Ok(Response::json(201, &shown)?.with("cache-control", "no-store"))
}

pub(crate) async fn reset_second_factor(_: Identity, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let record: Record<User> = find::<User>(&context, request.param("id")).await?.next(&context);
    commit(&context, &record, "second-factor-reset", store::credential::reset_totp(&context.db, &record.id).into())
        .await?;
    Ok(Response::new(204))
}
