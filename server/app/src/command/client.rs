//! `theriac client create`: a program that gets tokens.

use crate::cli::ClientArgs;
use crate::services;
use serde_json::{Map, Value, json};
use theriac_core::{Error, Result};
use theriac_identity::Client;
use theriac_platform::{Config, Context};

pub async fn create(config: &Config, args: ClientArgs) -> Result<()> {
    let db = services::database(config).await?;
    let tenant = super::tenant::find(&db, &args.tenant).await?;
    let context = Context::internal(&db, &tenant, "theriac client create");
    let id = args.id.clone();
    let shown = theriac_identity::create_client(&context, id.as_deref(), read(args)?).await?;
    println!("{:#}", Value::Object(shown));
    Ok(())
}

/// The options as the document that the address takes.
fn read(args: ClientArgs) -> Result<Client> {
    let usual = match (&args.jwks, &args.jwks_uri) {
        (None, None) => "client_secret_basic",
        _ => "private_key_jwt",
    };
    let mut client = Map::new();
    client.insert("client_name".to_owned(), json!(args.name));
    client.insert("grant_types".to_owned(), json!(args.grants));
    client.insert("scope".to_owned(), json!(args.scope));
    client.insert("token_endpoint_auth_method".to_owned(), json!(args.auth.as_deref().unwrap_or(usual)));
    client.insert("redirect_uris".to_owned(), json!(args.redirect_uris));
    client.insert("jwks_uri".to_owned(), json!(args.jwks_uri));
    client.insert("role".to_owned(), json!(args.role));
    client.insert("glns".to_owned(), json!(args.glns));
    client.insert("site".to_owned(), json!(args.site));
    if let Some(path) = &args.jwks {
        let text = std::fs::read(path).map_err(|e| Error::invalid(format!("{}: {e}", path.display())))?;
        let keys: Value =
            serde_json::from_slice(&text).map_err(|e| Error::invalid(format!("{}: {e}", path.display())))?;
        client.insert("jwks".to_owned(), keys);
    }
    serde_json::from_value(Value::Object(client)).map_err(Error::internal)
}
