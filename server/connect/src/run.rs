//! All connectors of a configuration, until told to stop.

use crate::config::Config;
use crate::forward::Forward;
use crate::reading::Reading;
use crate::spool::Spool;
use crate::{mqtt, opcua};
use std::sync::Arc;
use theriac_core::{Error, Result};
use tokio::sync::{Mutex, Notify, watch};
use tokio::task::JoinSet;

/// Where sources put what they take.
#[derive(Clone)]
pub struct Intake {
    spool: Arc<Mutex<Spool>>,
    filled: Arc<Notify>,
    drained: Arc<Notify>,
}

impl Intake {
    /// Returns when the readings lie on disk. While the spool is full it waits, and so holds the source back.
    ///
    /// # Errors
    /// `Internal` if the disk refuses.
    pub async fn put(&self, readings: &[Reading]) -> Result<()> {
        let mut lines = String::new();
        let finite = readings.iter().filter(|reading| reading.line(&mut lines)).count();
        if finite == 0 {
            return Ok(());
        }
        loop {
            let drained = self.drained.notified();
            let mut spool = self.spool.lock().await;
            if !spool.is_full() {
                spool.push(lines.as_bytes())?;
                break;
            }
            drop(spool);
            tracing::warn!("the spool is full: sources wait until the gateway takes readings again");
            drained.await;
        }
        self.filled.notify_one();
        Ok(())
    }
}

/// Runs until `stop` says so, or the disk fails.
///
/// # Errors
/// `Invalid` for a configuration that cannot be used, `Internal` if the disk refuses.
pub async fn run(config: Config, stop: watch::Receiver<bool>) -> Result<()> {
    let spool = Arc::new(Mutex::new(Spool::open(&config.spool, config.spool_megabytes << 20)?));
    let filled = Arc::new(Notify::new());
    let forward = Forward::new(&config, spool.clone(), filled.clone())?;
    let intake = Intake { spool, filled, drained: forward.drained.clone() };
    let mut tasks: JoinSet<Result<()>> = JoinSet::new();
    tasks.spawn(forward.run(stop.clone()));
    for source in config.mqtt.clone() {
        let (folder, intake, stop) = (config.spool.clone(), intake.clone(), stop.clone());
        tasks.spawn(async move { mqtt::run(source, &folder, intake, stop).await });
    }
    for source in config.opcua.clone() {
        let (folder, intake, stop) = (config.spool.clone(), intake.clone(), stop.clone());
        tasks.spawn(async move { opcua::run(source, &folder, intake, stop).await });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.map_err(Error::internal)??;
    }
    Ok(())
}
