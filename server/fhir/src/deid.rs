//! De-identified views of FHIR: one gate around every route. What a researcher asks is translated on the way in, what is
//! answered is walked by the project's plan on the way out; the handler between them knows nothing of either.
//! <http://hl7.org/fhir/R4/security.html#deidentification>
//!
//! A route that is no row of [`road::TABLE`] is closed to views, so that a new one cannot leak by being forgotten.

pub mod anonymizer;
mod answer;
mod ask;
pub mod report;
mod road;
mod schema;
#[cfg(test)]
mod tests;
mod visible;

use crate::service::{self, Fhir};
use ask::Told;
use road::Road;
use std::sync::Arc;
use theriac_access::{Grant, Permission, Role, View};
use theriac_core::{Code, Error, Result};
use theriac_deid::Lens;
use theriac_platform::Context;
use theriac_platform::http::{Answer, Handler, Request, Response, Route};

pub use schema::R4;

/// The same route with the gate around it.
pub fn viewed(mut route: Route, fhir: &Fhir) -> Route {
    if route.permission == Permission::Public {
        return route;
    }
    if let Answer::Reply(handler) = route.answer {
        let (fhir, road) = (fhir.clone(), road::of(route.method, route.path).map(|road| (route.path, road)));
        let around: Handler = Arc::new(move |context, request| match sees_through(&context.grant) {
            true => Box::pin(through(fhir.clone(), road, handler.clone(), context, request)),
            false => handler(context, request),
        });
        route.answer = Answer::Reply(around);
    }
    route
}

/// Must this caller never see a record as it is?
fn sees_through(grant: &Grant) -> bool {
    grant.role == Role::Researcher || !grant.view.is_identified()
}

async fn through(
    fhir: Fhir,
    road: Option<(&'static str, Road)>,
    handler: Handler,
    context: Context,
    request: Request,
) -> Result<Response> {
    let lens = lens(&fhir, &context, &request).await?;
    let closed = || {
        let message = "this is not open through a de-identified view";
        Error::new(Code::Forbidden, message).guarded_by("view")
    };
    let road = road.ok_or_else(closed)?;
    let base = service::base(&context);
    let (inner, told) = ask::translated(&lens, &context, road, &request, &base).await?;
    let grant = Grant { view: View::DeIdentified(lens.project.clone()), ..(*context.grant).clone() };
    let seen = Context { grant: Arc::new(grant), ..context.clone() };
    match handler(seen, inner).await {
        Ok(response) => answer::shown(&lens, &context, road.1, &request, &told, response).await,
        Err(error) => Err(said(error, &told)),
    }
}

async fn lens(fhir: &Fhir, context: &Context, request: &Request) -> Result<Arc<Lens>> {
    let views = fhir.views.as_ref().ok_or_else(|| Error::new(Code::NotSupported, "no views are offered here"))?;
    let lens = views.lens(context, request.header("x-research-project")).await?;
    lens.ok_or_else(|| {
        let message = "no research project names you: ask the administrator to add you to one";
        Error::new(Code::Forbidden, message).guarded_by("view")
    })
}

/// An error may repeat what was asked, and nothing that stands behind it.
fn said(error: Error, told: &Told) -> Error {
    let fixed = match error.code {
        Code::NotFound => "it does not exist",
        Code::Gone => "it was deleted",
        Code::Conflict | Code::Precondition => "it is not as was assumed",
        _ => "the request cannot be answered as it was asked",
    };
    let repeats = |text: &str| told.ids.iter().any(|id| text.contains(id.as_str()));
    let is_fixed = matches!(error.code, Code::NotFound | Code::Gone | Code::Conflict | Code::Precondition);
    if is_fixed || repeats(&error.message) || error.issues.iter().any(|i| repeats(&i.message) || repeats(&i.path)) {
        return Error { message: fixed.to_owned(), issues: Vec::new(), ..error };
    }
    error
}
