//! `theriac serve` and `theriac work`: start, announce, run until told to stop, finish what was accepted.

use crate::services::Services;
use std::sync::Arc;
use std::time::Duration;
use theriac_core::{Error, Result};
use theriac_ledger::{Watcher, follow, rounds, sealer};
use theriac_platform::db::Db;
use theriac_platform::http::{self, Limits};
use theriac_platform::{Config, Revocations, Usage};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

/// Which workers run in this process.
pub enum Workers {
    All,
    None,
    Named(Vec<String>),
}

impl Workers {
    pub fn unless(no_workers: bool) -> Self {
        if no_workers { Self::None } else { Self::All }
    }
}

pub async fn serve(config: Config, workers: Workers) -> Result<()> {
    let services = Services::open(&config).await?;
    run(&config, &services, workers, |_| {}).await
}

/// Serves until a signal; `ready` is called with the address once requests are taken.
pub async fn run(config: &Config, services: &Services, workers: Workers, ready: impl FnOnce(&str)) -> Result<()> {
    let (stop, stopped) = watch::channel(false);
    let mut work = start(services, workers, &stopped)?;
    work.spawn(Revocations::follow(services.db.clone(), stopped.clone()));
    work.spawn(Usage::follow(services.db.clone(), stopped.clone()));
    let guard = services.guard.clone();
    work.spawn(guard.clone().follow(services.metrics.clone(), hangups()?, stopped.clone()));
    let scheme = if guard.door.is_some() { "https" } else { "http" };
    let (listener, address) = http::bind(&config.listen)?;
    let address = format!("{scheme}://{address}");
    let public_url = config.public_url.as_deref().unwrap_or(&address).trim_end_matches('/').to_owned();
    let (handle, server) = http::serve(services.edge(config, public_url), listener, &limits(config), guard)?;
    let server = tokio::spawn(server);
    println!("listening on {address}");
    ready(&address);
    signal().await?;
    tracing::info!("stopping: no new requests; those in work are finished");
    services.feed.ledger.close_feeds();
    handle.stop(true).await;
    server.await.map_err(Error::internal)?.map_err(Error::internal)?;
    // A receiver may be gone when no worker runs here.
    let _ = stop.send(true);
    while work.join_next().await.is_some() {}
    Ok(())
}

pub async fn work(config: Config, names: Vec<String>) -> Result<()> {
    let services = Services::open(&config).await?;
    let (stop, stopped) = watch::channel(false);
    let workers = if names.is_empty() { Workers::All } else { Workers::Named(names) };
    let mut work = start(&services, workers, &stopped)?;
    println!("working");
    signal().await?;
    let _ = stop.send(true);
    while work.join_next().await.is_some() {}
    Ok(())
}

/// The sealer and the workers chosen, each a task.
pub fn start(services: &Services, workers: Workers, stop: &watch::Receiver<bool>) -> Result<JoinSet<()>> {
    let mut tasks = JoinSet::new();
    let ledger = services.feed.ledger.clone();
    tokio::spawn(sealer::listen(ledger.clone()));
    let chosen = choose(services.watchers(), &workers)?;
    if !matches!(workers, Workers::None) {
        let (ledger, stop) = (ledger.clone(), stop.clone());
        tasks.spawn(async move {
            if let Err(error) = sealer::run(ledger, stop).await {
                tracing::error!(%error, "the sealer ended");
            }
        });
    }
    if !matches!(workers, Workers::None) {
        services
            .rounds()
            .into_iter()
            .for_each(|round| drop(tasks.spawn(rounds::run(ledger.clone(), round, stop.clone()))));
        tasks.spawn(statistics(services.db.clone(), stop.clone()));
        tasks.spawn(theriac_epcis::run_subscriptions(services.epcis.clone(), services.db.clone(), stop.clone()));
        tasks.spawn(theriac_fhir::run_jobs(services.fhir.clone(), services.db.clone(), stop.clone()));
    }
    for watcher in chosen {
        tasks.spawn(follow::run(ledger.clone(), watcher, stop.clone()));
    }
    Ok(tasks)
}

/// Looks every few seconds whether the planner knows the tables as they are.
async fn statistics(db: Db, mut stop: watch::Receiver<bool>) {
    while tokio::time::timeout(Duration::from_secs(3), stop.wait_for(|stop| *stop)).await.is_err() {
        if let Err(error) = db.refresh_statistics().await {
            tracing::warn!(%error, "statistics could not be refreshed");
        }
    }
}

fn choose(all: Vec<Arc<dyn Watcher>>, workers: &Workers) -> Result<Vec<Arc<dyn Watcher>>> {
    let known: Vec<&str> = all.iter().map(|w| w.name()).collect();
    match workers {
        Workers::All => Ok(all),
        Workers::None => Ok(Vec::new()),
        Workers::Named(names) => {
            if let Some(name) = names.iter().find(|n| !known.contains(&n.as_str())) {
                return Err(Error::invalid(format!("'{name}' is not a worker; workers are {}", known.join(", "))));
            }
            Ok(all.into_iter().filter(|w| names.iter().any(|n| n == w.name())).collect())
        }
    }
}

fn limits(config: &Config) -> Limits {
    Limits {
        body_bytes: config.body_limit_bytes,
        request_time: Duration::from_secs(config.request_limit_seconds),
        concurrent: config.concurrent_requests,
        shutdown: Duration::from_secs(config.shutdown_seconds),
        threads: config.threads,
    }
}

/// Told at every SIGHUP.
fn hangups() -> Result<Arc<Notify>> {
    let mut hangup = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).map_err(Error::internal)?;
    let told = Arc::new(Notify::new());
    let tell = told.clone();
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            tell.notify_one();
        }
    });
    Ok(told)
}

/// Resolves on SIGTERM or SIGINT.
pub(super) async fn signal() -> Result<()> {
    let mut terminate =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).map_err(Error::internal)?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.map_err(Error::internal),
        _ = terminate.recv() => Ok(()),
    }
}
