//! Who the client is (RFC 6749, 2.3): by secret in the header or the form, by a signed assertion, or, for a public
//! client, by its name alone. Only by the way it was registered with, and only by one.

use super::assertion;
use super::error::refused;
use super::form::Form;
use crate::certificate;
use crate::client::{Client, Method};
use crate::record::{Record, State};
use crate::service::Identity;
use crate::{secret, store};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::http::Request;
use theriac_platform::tls::Certificate;

/// A client that proved itself as far as it can.
pub(crate) struct Authenticated {
    pub record: Record<Client>,
    /// Thumbprint of the certificate that its tokens are to be bound to.
    pub certificate: Option<String>,
}

/// What was shown.
enum Shown {
    Basic { id: String, secret: String },
    Post { id: String, secret: String },
    Assertion { id: Option<String>, assertion: String },
    Name { id: String },
}

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// # Errors
/// `invalid_client`, which says nothing that would help to guess.
pub(crate) async fn client(
    identity: &Identity,
    context: &Context,
    request: &Request,
    form: &Form,
) -> Result<Authenticated> {
    let certificate = request.certificate.as_deref();
    let now_s = context.now().0 / 1_000_000;
    let (record, method) = match shown(request, form)? {
        Shown::Assertion { id, assertion } => {
            let record = assertion::check(identity, context, &assertion).await?;
            if id.is_some_and(|id| id != record.id) {
                return Err(refused("invalid_client", "client_id is not the one of the assertion"));
            }
            (record, Method::PrivateKeyJwt)
        }
        Shown::Name { id } => {
            let record = find(context, &id).await?;
            let method = record.document.method()?;
            match method.has_certificate() {
                false => (record, Method::None),
                true => {
                    certificate::check(&record.document, certificate, now_s)?;
                    (record, method)
                }
            }
        }
        Shown::Basic { id, secret } => (by_secret(context, &id, &secret).await?, Method::SecretBasic),
        Shown::Post { id, secret } => (by_secret(context, &id, &secret).await?, Method::SecretPost),
    };
    if record.document.method()? != method {
        return Err(refused("invalid_client", "the client is registered with another way to prove itself"));
    }
    let certificate = match record.document.is_bound()? {
        false => None,
        true => Some(bound_to(certificate, now_s)?),
    };
    Ok(Authenticated { record, certificate })
}

/// Whatever the way it proves itself, a client whose tokens are bound shows what to bind them to (RFC 8705, 3).
fn bound_to(certificate: Option<&Certificate>, now_s: i64) -> Result<String> {
    let valid = certificate.filter(|certificate| certificate.is_valid(now_s));
    let missing = || {
        refused(
            "invalid_client",
            "the tokens of this client are bound to its certificate, and it shows none that is valid",
        )
    };
    valid.map(|certificate| certificate.thumbprint.clone()).ok_or_else(missing)
}

fn shown(request: &Request, form: &Form) -> Result<Shown> {
    let basic = request.header("authorization").and_then(|field| {
        let (scheme, rest) = field.split_once(' ')?;
        scheme.eq_ignore_ascii_case("basic").then(|| rest.trim().to_owned())
    });
    let kind = form.get("client_assertion_type");
    let id = form.get("client_id").map(str::to_owned);
    let ways = [
        basic.is_some(),
        form.get("client_secret").is_some(),
        kind.is_some() || form.get("client_assertion").is_some(),
    ];
    if ways.iter().filter(|used| **used).count() > 1 {
        return Err(refused("invalid_request", "a client proves itself in one way at a time"));
    }
    if let Some(text) = basic {
        return read_basic(&text, id.as_deref())
            .ok_or_else(|| refused("invalid_client", "the Authorization field cannot be read"));
    }
    if let Some(secret) = form.get("client_secret") {
        let id = id.ok_or_else(|| refused("invalid_client", "client_secret goes with client_id"))?;
        return Ok(Shown::Post { id, secret: secret.to_owned() });
    }
    match (kind, form.get("client_assertion"), id) {
        (Some(ASSERTION), Some(assertion), id) => Ok(Shown::Assertion { id, assertion: assertion.to_owned() }),
        (Some(_), Some(_), _) => Err(refused("invalid_client", format!("client_assertion_type is {ASSERTION}"))),
        (None, None, Some(id)) => Ok(Shown::Name { id }),
        (None, None, None) => Err(refused("invalid_client", "the client does not say who it is")),
        _ => Err(refused("invalid_client", "client_assertion and client_assertion_type go together")),
    }
}

/// Both parts are encoded as in a form first (RFC 6749, 2.3.1).
fn read_basic(text: &str, named: Option<&str>) -> Option<Shown> {
    let bytes = STANDARD.decode(text).ok()?;
    let (id, secret) = std::str::from_utf8(&bytes).ok()?.split_once(':')?;
    let decode = |part: &str| {
        let pairs = Request::new(theriac_platform::http::Method::Post, "/", format!("x={part}")).query_pairs();
        pairs.into_iter().next().map(|(_, value)| value)
    };
    let (id, secret) = (decode(id)?, decode(secret)?);
    named.is_none_or(|named| named == id).then_some(Shown::Basic { id, secret })
}

/// A client that may be used.
///
/// # Errors
/// `invalid_client`; why it may not be used is said only of clients that wait.
pub(crate) async fn find(context: &Context, id: &str) -> Result<Record<Client>> {
    let found = store::record::find::<Client>(&context.db, id).await?;
    match found {
        Some(record) if record.state == State::Active => Ok(record),
        Some(record) if record.state == State::Pending => {
            Err(refused("invalid_client", "the client awaits the approval of an administrator"))
        }
        _ => Err(unknown()),
    }
}

fn unknown() -> Error {
    refused("invalid_client", "there is no such client, or it did not prove itself")
}

async fn by_secret(context: &Context, id: &str, secret: &str) -> Result<Record<Client>> {
    let record = find(context, id).await?;
    let hash = store::secret::find(&context.db, id).await?.unwrap_or_default();
    if secret::is(secret, &hash) { Ok(record) } else { Err(unknown()) }
}
