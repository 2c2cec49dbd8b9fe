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
    let usual = match (&args.jwks, &args.jwks_uri, &args.tls_name) {
        (None, None, None) => "client_secret_basic",
        (None, None, Some(_)) => "tls_client_auth",
        _ => "private_key_jwt",
    };
    let mut client = Map::new();
    client.insert("client_name".to_owned(), json!(args.name));
    client.insert("grant_types".to_owned(), json!(args.grants));
    client.insert("scope".to_owned(), json!(args.scope));
    client.insert("token_endpoint_auth_method".to_owned(), json!(args.auth.as_deref().unwrap_or(usual)));
    client.insert("redirect_uris".to_owned(), json!(args.redirect_uris));
    client.insert("jwks_uri".to_owned(), json!(args.jwks_uri));
    if let Some(name) = &args.tls_name {
        let (what, name) = tls_name(name)?;
        client.insert(what.to_owned(), json!(name));
    }
    client.insert("tls_client_certificate_bound_access_tokens".to_owned(), json!(args.bound_tokens));
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

/// Word of the option, and the member of RFC 8705, 2.1.2.
const TLS_NAMES: &[(&str, &str)] = &[
    ("subject", "tls_client_auth_subject_dn"),
    ("dns", "tls_client_auth_san_dns"),
    ("uri", "tls_client_auth_san_uri"),
    ("ip", "tls_client_auth_san_ip"),
    ("email", "tls_client_auth_san_email"),
];

fn tls_name(text: &str) -> Result<(&'static str, &str)> {
    let words: Vec<&str> = TLS_NAMES.iter().map(|row| row.0).collect();
    let wrong = || Error::invalid(format!("--tls-name takes WHAT=NAME, WHAT one of {}", words.join(", ")));
    let (what, name) = text.split_once('=').ok_or_else(wrong)?;
    let row = TLS_NAMES.iter().find(|row| row.0 == what).ok_or_else(wrong)?;
    Ok((row.1, name))
}

#[cfg(test)]
mod tests {
    use super::tls_name;

    #[test]
    fn a_name_of_a_certificate_says_what_it_is() {
        assert_eq!(tls_name("subject=CN=a,O=b").unwrap(), ("tls_client_auth_subject_dn", "CN=a,O=b"));
        assert!(tls_name("cn=a").unwrap_err().message.contains("subject, dns"));
        assert!(tls_name("dns").is_err());
    }
}
