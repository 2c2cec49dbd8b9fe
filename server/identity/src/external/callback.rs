//! `GET /{tenant}/auth/external/{id}/callback`: back from the provider. The id token says who it is; the table of this
//! tenant says what the person may be here, at every sign-in anew.

use super::claims::{self, Claims, text};
use super::leave::{Journey, bound, client, provider};
use crate::admin;
use crate::browser::{self, begin_external, external_cookie, external_of};
use crate::oauth::form::Form;
use crate::provider::Provider;
use crate::record::{Record, State};
use crate::service::Identity;
use crate::store;
use crate::user::User;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use oauth2::http::Response as Http;
use oauth2::{AuthorizationCode, HttpRequest, HttpResponse, PkceCodeVerifier};
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

const MOST_BYTES: usize = 64 * 1024;

pub(crate) async fn callback(identity: Identity, context: Context, request: Request) -> Result<Response> {
    let outcome = arrive(&identity, &context, &request).await;
    let cleared = external_cookie(&context, "", 0);
    browser::shown(&context, outcome).map(|response| response.with("set-cookie", cleared))
}

async fn arrive(identity: &Identity, context: &Context, request: &Request) -> Result<Response> {
    let form = Form::new(request.query_pairs())?;
    let journey = journey(identity, context, request, &form)?;
    if form.get("error").is_some() {
        return Err(Error::invalid("The provider did not sign you in."));
    }
    let record = provider(context, request.param("id")).await?;
    if form.get("iss").is_some_and(|iss| iss != record.document.issuer) {
        return Err(Error::invalid("The answer came from another provider."));
    }
    let token = exchange(identity, context, &record, form.need("code")?, journey.verifier).await?;
    let audience = record.document.client_id.clone().unwrap_or_default();
    let claims = claims::verified(identity, &record.document, &token, &audience, context.now().0 / 1_000_000).await?;
    if text(&claims, "nonce") != Some(journey.nonce.as_str()) {
        return Err(claims::wrong("its nonce is another"));
    }
    let user = known(context, &record, &claims).await?;
    let second = record.document.has_second_factor(&claims);
    begin_external(context, request, &user, second, &journey.next).await
}

/// What the browser took along: only with it the answer is one to our question.
fn journey(identity: &Identity, context: &Context, request: &Request, form: &Form) -> Result<Journey> {
    let stale = || Error::invalid("This sign-in is out of date. Go back to the application and begin again.");
    let sealed = external_of(request).ok_or_else(stale)?;
    let bytes = identity.seals.reveal(&bound(context), sealed).map_err(|_| stale())?;
    let journey: Journey = serde_json::from_slice(&bytes).map_err(|_| stale())?;
    let state = form.get("state").unwrap_or_default();
    let same = verify_slices_are_equal(state.as_bytes(), journey.state.as_bytes()).is_ok();
    let now_s = context.now().0 / 1_000_000;
    if same && journey.until_s > now_s && journey.provider == request.param("id") { Ok(journey) } else { Err(stale()) }
}

async fn exchange(
    identity: &Identity,
    context: &Context,
    record: &Record<Provider>,
    code: &str,
    verifier: String,
) -> Result<String> {
    let client = client(identity, context, record).await?;
    let outbound = identity.outbound.clone();
    let ask = move |request: HttpRequest| {
        let outbound = outbound.clone();
        async move {
            let address = request.uri().to_string();
            let headers = request
                .headers()
                .iter()
                .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())));
            let headers: Vec<(String, String)> = headers.filter(|(name, _)| name != "accept").collect();
            let fetched = outbound.post(&address, &headers, request.into_body(), MOST_BYTES).await?;
            let response: HttpResponse = Http::builder()
                .header("content-type", "application/json")
                .body(fetched.body.to_vec())
                .map_err(Error::internal)?;
            Ok::<_, Error>(response)
        }
    };
    let exchange = client
        .exchange_code(AuthorizationCode::new(code.to_owned()))
        .set_pkce_verifier(PkceCodeVerifier::new(verifier));
    let refused = |_| Error::new(Code::Unavailable, "the provider gave no token for the sign-in");
    let tokens = exchange.request_async(&ask).await.map_err(refused)?;
    tokens.extra_fields().id_token.clone().ok_or_else(|| Error::new(Code::Unavailable, "the provider gave no id token"))
}

/// The person, registered at the first sign-in, with the role that the table gives now.
async fn known(context: &Context, provider: &Record<Provider>, claims: &Claims) -> Result<String> {
    let none = || Error::invalid("You have no role here. Ask the administrators of this place.");
    let role = provider.document.role(claims).ok_or_else(none)?;
    let id = provider.document.user_id(&provider.id, text(claims, "sub").unwrap_or_default());
    let present = store::record::find::<User>(&context.db, &id).await?;
    if let Some(present) = present {
        if present.state != State::Active {
            return Err(Error::invalid("Your access has been ended. Ask the administrators of this place."));
        }
        if present.document.role != role.as_str() {
            let document = User { role: role.as_str().to_owned(), ..present.document.clone() };
            let record = Record { document, ..present.next(context) };
            admin::commit(context, &record, "role", vec![]).await?;
        }
        return Ok(id);
    }
    let name: String = text(claims, "name").unwrap_or(&id).chars().take(200).collect();
    let document = User { name, role: role.as_str().to_owned(), fhir_user: None, glns: Vec::new(), site: None };
    let record = admin::fresh(context, &id, State::Active, document);
    admin::commit(context, &record, "create", vec![]).await?;
    Ok(id)
}
