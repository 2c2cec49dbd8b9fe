//! From a request to its answer: tenant, route, token, permission, handler, rendering. No framework here.

use super::router::Found;
use super::{Answer, Facade, Format, Method, Request, Response, Route, Router, Socket};
use crate::context::{Context, Trail};
use crate::db::Db;
use crate::rate::{Allowed, Caller, Class, Limiter, Seat, Told};
use crate::telemetry::Metrics;
use crate::ticket::Tickets;
use crate::tls::Certificate;
use crate::{Revocations, Usage};
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;
use theriac_access::claims::Confirmation;
use theriac_access::{Check, Grant, Permission, Revoked, Role, Verifier};
use theriac_core::{Code, Error, Result, Tenant};

/// Everything a request needs on its way in.
pub struct Edge {
    pub db: Db,
    pub router: Arc<Router>,
    pub verifier: Verifier,
    pub tickets: Arc<Tickets>,
    pub metrics: Arc<Metrics>,
    pub limiter: Arc<Limiter>,
    /// Public address of the server without a slash at the end.
    pub public_url: String,
    revocations: Arc<Revocations>,
    usage: Arc<Usage>,
    /// Reads tokens of other issuers.
    pub foreign: Option<Arc<dyn Foreign>>,
    tenants: RwLock<HashMap<String, Tenant>>,
}

/// Whoever reads tokens that this server did not sign.
#[async_trait::async_trait]
pub trait Foreign: Send + Sync {
    /// None: nobody here speaks for it.
    ///
    /// # Errors
    /// `Unauthenticated`, saying which check failed.
    async fn verify(&self, db: &Db, tenant: &Tenant, token: &str) -> Result<Option<Arc<Grant>>>;
}

/// What the edge found out before the handler runs.
pub(super) struct Admitted {
    pub route: Route,
    pub context: Context,
    pub request: Request,
    /// Of errors from now on.
    pub format: Format,
    pub allowed: Allowed,
}

/// An error together with the form it must take.
pub(super) struct Refused {
    pub facade: Facade,
    pub format: Format,
    pub error: Error,
    pub allow: Vec<Method>,
    /// Of the caller's limits.
    pub told: Told,
}

impl Edge {
    pub fn new(
        db: Db,
        router: Arc<Router>,
        verifier: Verifier,
        tickets: Arc<Tickets>,
        metrics: Arc<Metrics>,
        limiter: Arc<Limiter>,
        public_url: String,
    ) -> Self {
        let (revocations, usage) = (Revocations::of(&db), db.kept());
        Self {
            db,
            router,
            verifier,
            tickets,
            metrics,
            limiter,
            public_url,
            revocations,
            usage,
            foreign: None,
            tenants: RwLock::default(),
        }
    }

    /// Finds the route, the tenant and the caller, and checks the row's permission.
    pub(super) async fn admit(&self, mut request: Request, request_id: &str) -> Result<Admitted, Refused> {
        let facade = facade(&request.path);
        let format = format(facade, &request);
        let refused = |error| Refused { facade, format, error, allow: Vec::new(), told: Told::default() };
        let (route, params) = match self.router.find(request.method, &request.path) {
            Found::Route(route, params) => (route.clone(), params),
            Found::OtherMethods(allow) => return Err(other_methods(facade, format, &request, allow)),
            Found::Nothing => return Err(refused(nothing_here(&request.path))),
        };
        request.params = params;
        let tenant = self.tenant(request.param("tenant")).await.map_err(refused)?;
        let (outcome, allowed) = self.counted(&route, &tenant, &request).await;
        let told = allowed.told.clone();
        let refused = |error| Refused { told: told.clone(), ..refused(error) };
        let grant = outcome.map_err(refused)?;
        grant.require(route.permission).map_err(refused)?;
        self.usage.note(&tenant, &grant, route.permission, self.db.clock().now());
        if let Some(purpose) = request.header("x-purpose-of-use") {
            theriac_access::purpose::read(purpose).map_err(refused)?;
        }
        let context = self.context(tenant, grant, &request, request_id);
        Ok(Admitted { route, context, request, format, allowed })
    }

    /// Who asks, and whether that is not too often. Whoever shows nothing that holds is counted by where it comes from.
    async fn counted(&self, route: &Route, tenant: &Tenant, request: &Request) -> (Result<Arc<Grant>>, Allowed) {
        let grant = self.caller(route, tenant, request).await;
        if tenant.key == 0 || grant.as_ref().is_err_and(|error| error.code != Code::Unauthenticated) {
            return (grant, Allowed::default());
        }
        let caller = match &grant {
            Ok(grant) if route.permission != Permission::Public => Caller::Known(grant),
            _ => Caller::Unknown(request.peer),
        };
        let db = self.db.tenant(tenant);
        match self.limiter.take(tenant, &db, caller, Class::of(route)).await {
            Ok(allowed) => (grant, allowed),
            Err((error, told)) => (Err(error), Allowed { told, meter: None }),
        }
    }

    fn context(&self, tenant: Tenant, grant: Arc<Grant>, request: &Request, request_id: &str) -> Context {
        let header = |name: &str| request.header(name).map(str::to_owned);
        let trail = Trail {
            request_id: request_id.to_owned(),
            correlation_id: header("x-correlation-id"),
            traceparent: header("traceparent"),
            purpose: header("x-purpose-of-use"),
            reason: header("x-reason"),
            base: format!("{}/{}", self.public_url, tenant.name),
        };
        Context {
            db: self.db.tenant(&tenant),
            tenant,
            grant,
            clock: self.db.clock().clone(),
            keys: self.db.keys().clone(),
            trail: Arc::new(trail),
        }
    }

    /// The tenant named in the address; addresses of the server itself belong to none.
    async fn tenant(&self, name: &str) -> Result<Tenant> {
        if name.is_empty() {
            return Ok(Tenant::new(0, ""));
        }
        if let Some(tenant) = self.tenants.read().get(name) {
            return Ok(tenant.clone());
        }
        let known =
            if theriac_core::tenant::check_name(name).is_ok() { self.db.find_tenant(name).await? } else { None };
        let tenant = known.ok_or_else(|| Error::new(Code::NotFound, "there is no such tenant here"))?;
        self.tenants.write().insert(name.to_owned(), tenant.clone());
        Ok(tenant)
    }

    async fn caller(&self, route: &Route, tenant: &Tenant, request: &Request) -> Result<Arc<Grant>> {
        if route.permission == Permission::Public {
            return Ok(Arc::new(Grant::new(Role::Researcher, "anonymous", tenant.name.as_ref())));
        }
        let token = match (request.bearer(), &route.answer, ticket(request)) {
            (Some(token), _, _) => token.to_owned(),
            (None, Answer::Upgrade(..), Some(ticket)) => self.tickets.redeem(&tenant.name, &ticket).await?,
            _ => return Err(Error::new(Code::Unauthenticated, "send a token: 'Authorization: Bearer ...'")),
        };
        let grant = match self.verifier.verify_cached(&token, &tenant.name, self.db.clock().now().0 / 1_000_000) {
            Err(error) => self.foreign(tenant, &token, error).await?,
            Ok(grant) => grant,
        };
        self.check_sender(tenant, &grant, request.certificate.as_deref())?;
        Ok(grant)
    }

    /// A token that names none of our keys may be another issuer's, whose word this tenant takes.
    async fn foreign(&self, tenant: &Tenant, token: &str, error: Error) -> Result<Arc<Grant>> {
        let of_others = [Check::Key.name(), Check::Algorithm.name()].map(Some).contains(&error.guard);
        match &self.foreign {
            Some(foreign) if of_others => foreign.verify(&self.db, tenant, token).await?.ok_or(error),
            _ => Err(error),
        }
    }

    /// What the token itself cannot say: that it was not taken back, and that its sender is the one it is bound to.
    fn check_sender(&self, tenant: &Tenant, grant: &Grant, certificate: Option<&Certificate>) -> Result<()> {
        if self.revocations.is_revoked(tenant, grant) {
            return Err(Check::Revoked.failed());
        }
        let now_s = self.db.clock().now().0 / 1_000_000;
        let proved = match &grant.confirmation {
            None => true,
            Some(Confirmation::Certificate(print)) => {
                certificate.is_some_and(|own| own.thumbprint == *print && own.is_valid(now_s))
            }
        };
        if proved { Ok(()) } else { Err(Check::Confirmation.failed()) }
    }

    /// Runs the handler of an admitted request and renders what comes out.
    pub(super) async fn reply(&self, admitted: Admitted, request_id: &str) -> Response {
        let Admitted { route, context, request, format: named, allowed } = admitted;
        let started = Instant::now();
        // A form in the body may name the format too.
        let format = if request.method == Method::Post { format(route.facade, &request) } else { named };
        let handler = match &route.answer {
            Answer::Reply(handler) | Answer::Upgrade(handler, _) => handler.clone(),
        };
        let mut response = match handler(context, request).await {
            Ok(response) => response,
            Err(error) => self.render(route.facade, &error, request_id, &format),
        };
        self.metrics.answered(&route, response.status, started.elapsed());
        response.headers.extend(allowed.told.fields());
        response
    }

    /// May this upgrade be answered?
    pub(super) async fn gate(&self, admitted: &Admitted) -> Result<(), Refused> {
        let Some(gate) = &admitted.route.gate else { return Ok(()) };
        match gate(admitted.context.clone(), admitted.request.clone()).await {
            Ok(_) => Ok(()),
            Err(error) => {
                let told = admitted.allowed.told.clone();
                Err(Refused { facade: admitted.route.facade, format: admitted.format, error, allow: Vec::new(), told })
            }
        }
    }

    /// A place for one more open socket.
    pub(super) async fn seat(&self, admitted: &Admitted) -> Result<Seat, Refused> {
        let (context, facade, format) = (&admitted.context, admitted.route.facade, admitted.format);
        let seat = self.limiter.seat(&context.tenant, &context.db, &context.grant).await;
        let told = admitted.allowed.told.clone();
        seat.map_err(|error| Refused { facade, format, error, allow: Vec::new(), told })
    }

    pub(super) async fn converse(&self, admitted: Admitted, socket: Socket, request_id: &str) {
        let Answer::Upgrade(_, handler) = &admitted.route.answer else { return };
        if let Err(error) = handler(admitted.context, admitted.request, socket).await {
            log(&error, request_id);
        }
    }

    pub(super) fn render(&self, facade: Facade, error: &Error, request_id: &str, format: &Format) -> Response {
        log(error, request_id);
        facade.render_as(error, request_id, format)
    }
}

/// Causes are written to the log once, here, and never sent.
fn log(error: &Error, request_id: &str) {
    match &error.cause {
        Some(cause) if error.status() >= 500 => {
            tracing::error!(request_id, %cause, guard = error.guard, "{}", error.message)
        }
        Some(cause) => tracing::debug!(request_id, %cause, guard = error.guard, "{}", error.message),
        None => tracing::debug!(request_id, status = error.status(), "refused"),
    }
}

fn ticket(request: &Request) -> Option<String> {
    request.query_pairs().into_iter().find(|(name, _)| name == "ticket").map(|(_, ticket)| ticket)
}

/// Only FHIR gives its errors in more than one form.
fn format(facade: Facade, request: &Request) -> Format {
    match facade {
        Facade::Fhir => Format::of_error(request),
        Facade::Epcis | Facade::Plain => Format::default(),
    }
}

/// A refusal before a route was looked for.
pub(super) fn refusal(request: &Request, error: Error) -> Refused {
    let facade = facade(&request.path);
    Refused { facade, format: format(facade, request), error, allow: Vec::new(), told: Told::default() }
}

/// Which form an error takes follows from the address, also where no route is found.
fn facade(path: &str) -> Facade {
    match path.split('/').nth(2) {
        Some("fhir") => Facade::Fhir,
        Some("epcis") => Facade::Epcis,
        _ => Facade::Plain,
    }
}

fn nothing_here(path: &str) -> Error {
    let message = "nothing is served at this address; the addresses are listed at /openapi.json and /docs";
    let error = Error::new(Code::NotFound, message);
    match path.split('/').nth(2) {
        Some(word @ ("fhir" | "epcis" | "isa95" | "spc" | "alerts" | "ledger" | "feed" | "auth")) => error.at(word),
        _ => error,
    }
}

fn other_methods(facade: Facade, format: Format, request: &Request, allow: Vec<Method>) -> Refused {
    let names: Vec<&str> = allow.iter().map(|m| m.as_str()).collect();
    let message = format!("{} is not taken here; {} is", request.method.as_str(), names.join(", "));
    Refused { facade, format, error: Error::new(Code::MethodNotAllowed, message), allow, told: Told::default() }
}
