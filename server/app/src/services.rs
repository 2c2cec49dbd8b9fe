//! Everything a running server is made of, put together once.

use std::sync::Arc;
use theriac_access::{SigningKeys, Verifier, self_test};
use theriac_core::{Clock, Error, Result};
use theriac_deid::{Keyring, Views};
use theriac_dscsa::Dscsa;
use theriac_epcis::Epcis;
use theriac_fhir::Fhir;
use theriac_identity::Identity;
use theriac_isa95::Isa95;
use theriac_ledger::feed::Feed;
use theriac_ledger::{Ledger, Rounds, Watcher};
use theriac_platform::db::Db;
use theriac_platform::http::{Edge, Route, Router};
use theriac_platform::outbound::Outward;
use theriac_platform::telemetry::Metrics;
use theriac_platform::tls::Guard;
use theriac_platform::{Config, Cursors, Limiter, Outbound, Revocations, Tickets, Webhooks};
use theriac_spc::Spc;

pub struct Services {
    pub db: Db,
    pub keys: Arc<SigningKeys>,
    pub feed: Feed,
    pub fhir: Fhir,
    pub views: Views,
    pub epcis: Epcis,
    pub isa95: Isa95,
    pub spc: Spc,
    pub dscsa: Dscsa,
    pub identity: Identity,
    pub metrics: Arc<Metrics>,
    pub limiter: Arc<Limiter>,
    pub guard: Arc<Guard>,
    public_url: String,
}

/// The database with its schema up to date, and search indexes as this program makes them.
pub async fn database(config: &Config) -> Result<Db> {
    let db = Db::open(&config.database_url, Clock::System).await?;
    let connection = db.migration_connection().await?;
    theriac_migrations::up(&connection).await.map_err(|e| Error::invalid(format!("the schema cannot be used: {e}")))?;
    theriac_fhir::reindex::bring_up_all(&db, &public_url(config)).await?;
    theriac_epcis::reindex::bring_up_all(&db).await?;
    Ok(db)
}

/// The address by which the server is known, as far as the settings tell.
fn public_url(config: &Config) -> String {
    config.public_url.clone().unwrap_or_else(|| format!("http://{}", config.listen))
}

impl Services {
    pub async fn open(config: &Config) -> Result<Self> {
        let db = database(config).await?;
        let keys = Arc::new(SigningKeys::load_or_create(&config.keys_dir())?);
        self_test(&keys, &config.issuer())?;
        let ledger = Ledger::new(db.clone(), theriac_ledger::load_signing_key(&config.keys_dir())?);
        Revocations::of(&db).refresh(&db).await?;
        let guard = Arc::new(Guard::of(config)?);
        let outward = Outward::of(config)?;
        let outbound = Arc::new(Outbound::new(&config.outbound_allow)?.showing(outward.clone()));
        let cursors = Cursors::load_or_create(&config.keys_dir())?;
        let identity = Identity::new(keys.clone(), cursors.clone(), &config.issuer(), outbound.clone())
            .with_certificates(guard.takes_certificates(), config.mtls_url.as_deref());
        let dscsa = Dscsa::new(outbound, cursors.clone());
        let tickets = Arc::new(Tickets::open(config.redis_url.as_deref(), db.clock().clone()).await?);
        let webhooks = Webhooks::showing(&config.outbound_allow, &outward)?;
        let epcis = Epcis::new(ledger.clone(), cursors.clone(), webhooks);
        let views = Views { ring: Keyring::load_or_create(&config.keys_dir())?, schema: &theriac_fhir::R4 };
        let feed = Feed::new(ledger, cursors.clone(), tickets);
        let feed = feed.with(theriac_fhir::sight()).veiled_by(Arc::new(views.clone()));
        let fhir = Fhir::new(cursors.clone()).seen_through(views.clone());
        let (isa95, spc, metrics) = (Isa95::with_cursors(cursors), Spc::new(), Arc::new(Metrics::new()?));
        let limiter = Limiter::open(config.redis_url.as_deref(), db.clock().clone(), metrics.clone()).await?;
        let (limiter, public_url) = (Arc::new(limiter), public_url(config));
        Ok(Self {
            db,
            keys,
            feed,
            fhir,
            views,
            epcis,
            isa95,
            spc,
            dscsa,
            identity,
            metrics,
            limiter,
            guard,
            public_url,
        })
    }

    /// All rows of all domains.
    pub fn routes(&self) -> Vec<Route> {
        let mut routes = crate::routes::system(self);
        routes.extend(theriac_ledger::routes::routes(&self.feed));
        routes.extend(theriac_fhir::routes(&self.fhir));
        routes.extend(theriac_epcis::routes(&self.epcis));
        routes.extend(theriac_isa95::routes(&self.isa95));
        routes.extend(theriac_spc::routes(&self.spc));
        routes.extend(theriac_dscsa::routes(&self.dscsa));
        routes.extend(theriac_alerts::routes());
        routes.extend(theriac_quality::routes());
        routes.extend(theriac_identity::routes(&self.identity));
        routes.extend(theriac_deid::routes(&self.views));
        routes.extend(theriac_oversight::routes());
        routes
    }

    /// All workers.
    pub fn watchers(&self) -> Vec<Arc<dyn Watcher>> {
        let mut watchers = theriac_epcis::workers(&self.epcis);
        watchers.extend(theriac_fhir::workers(&self.public_url));
        watchers.extend(theriac_isa95::workers(&self.isa95));
        watchers.extend(theriac_spc::workers(&self.spc));
        watchers.extend(theriac_oversight::workers());
        watchers.extend(theriac_dscsa::workers());
        watchers
    }

    /// What the clock calls for.
    pub fn rounds(&self) -> Vec<Arc<dyn Rounds>> {
        let mut rounds = theriac_alerts::rounds();
        rounds.extend(theriac_quality::rounds());
        rounds.extend(theriac_dscsa::rounds());
        rounds.extend(theriac_isa95::rounds());
        rounds.extend(theriac_identity::rounds());
        rounds.extend(theriac_oversight::rounds());
        rounds
    }

    pub fn edge(&self, config: &Config, public_url: String) -> Arc<Edge> {
        let router = Arc::new(Router::new(self.routes()));
        let verifier = Verifier::new(self.keys.clone(), &config.issuer());
        let (tickets, metrics, limiter) = (self.feed.tickets.clone(), self.metrics.clone(), self.limiter.clone());
        let mut edge = Edge::new(self.db.clone(), router, verifier, tickets, metrics, limiter, public_url);
        edge.foreign = Some(theriac_identity::foreign(&self.identity));
        Arc::new(edge)
    }
}
