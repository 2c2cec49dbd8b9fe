//! What `theriac user create` and `theriac client create` do: the same as the addresses, without HTTP.

use crate::admin;
use crate::client::Client;
use crate::record::{Record, State};
use crate::user::User;
use serde_json::{Map, Value, json};
use theriac_core::Result;
use theriac_platform::Context;

/// The user's password for the first sign-in.
///
/// # Errors
/// `Invalid` or `Conflict`, saying what would be right.
pub async fn create_user(context: &Context, id: &str, user: User) -> Result<String> {
    admin::create_user(context, id, user).await
}

/// The client as it was registered, with its secret if it has one.
///
/// # Errors
/// `Invalid` or `Conflict`, saying what would be right.
pub async fn create_client(context: &Context, id: Option<&str>, client: Client) -> Result<Map<String, Value>> {
    let (record, secret): (Record<Client>, _) = admin::new_client(context, id, client, State::Active).await?;
    let mut shown = record.shown()?;
    if let Some(secret) = secret {
        shown.insert("client_secret".to_owned(), json!(secret));
    }
    Ok(shown)
}
