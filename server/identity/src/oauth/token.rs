//! `POST /{tenant}/auth/token`: one address, a grant a row.

use super::error::{answered, refused};
use super::form::Form;
use super::{authenticate, code, credentials, refresh};
use crate::client::{CODE, CREDENTIALS, GRANTS};
use crate::service::Identity;
use theriac_core::Result;
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

pub(crate) async fn token(identity: Identity, context: Context, request: Request) -> Result<Response> {
    answered(grant(&identity, &context, &request).await)
}

async fn grant(identity: &Identity, context: &Context, request: &Request) -> Result<Response> {
    if !request.query.is_empty() {
        return Err(refused("invalid_request", "parameters belong into the body, where logs do not see them"));
    }
    let form = Form::new(request.form()?)?;
    let kind = form.need("grant_type")?;
    if !GRANTS.contains(&kind) {
        return Err(refused("unsupported_grant_type", format!("grant_type is one of {}", GRANTS.join(", "))));
    }
    let by = authenticate::client(identity, context, request, &form).await?;
    match kind {
        CREDENTIALS => credentials::grant(identity, context, by, &form).await,
        CODE => code::grant(identity, context, by, &form).await,
        _ => refresh::grant(identity, context, by, &form).await,
    }
}
