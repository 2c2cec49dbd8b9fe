//! `theriac connect FILE`: connectors until a signal; what was taken and not delivered waits for the next start.

use super::serve::signal;
use std::path::Path;
use theriac_connect::Config;
use theriac_core::{Error, Result};
use tokio::sync::watch;

pub async fn run(file: &Path) -> Result<()> {
    let config = Config::read(file)?;
    let (stop, stopped) = watch::channel(false);
    let connectors = tokio::spawn(theriac_connect::run(config, stopped));
    println!("connecting");
    tokio::pin!(connectors);
    tokio::select! {
        ended = &mut connectors => return ended.map_err(Error::internal)?,
        told = signal() => told?,
    }
    // The connectors may have ended by themselves just now.
    let _ = stop.send(true);
    connectors.await.map_err(Error::internal)?
}
