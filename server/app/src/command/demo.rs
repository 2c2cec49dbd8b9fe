//! `theriac demo`: an embedded database, three tenants with invented data, and a plant line, a pack line and a
//! ward at work. Everything goes through the routes; started again it goes on with what is there.

mod guide;
mod seed;
mod simulate;

use super::inside::Inside;
use super::serve::{self, Workers};
use crate::services::Services;
use std::path::Path;
use std::sync::Arc;
use theriac_core::{Result, Tenant};
use theriac_platform::Config;
use theriac_platform::http::Router;
use tokio::task::JoinSet;

pub async fn run(config: Config, listen: String) -> Result<()> {
    let config = settle(config, listen);
    let services = Services::open(&config).await?;
    let router = Arc::new(Router::new(services.routes()));
    let mut tenants = Vec::new();
    for name in seed::TENANTS {
        let tenant = tenant(&services, name).await?;
        tenants.push(Inside::new(&services, &router, &tenant, "demo"));
    }
    let guide = guide::Guide::new(&config, &services.keys)?;
    let mut at_work = JoinSet::new();
    let ready = |address: &str| {
        let address = address.to_owned();
        at_work.spawn(async move {
            if let Err(error) = begin(&tenants).await {
                tracing::error!(%error, "the example data could not be stored");
            }
            println!("{}", guide.text(&address));
            simulate::run(tenants).await;
        });
    };
    serve::run(&config, &services, Workers::All, ready).await
}

/// The demo has a folder and a database of its own.
fn settle(mut config: Config, listen: String) -> Config {
    if config.data_dir == Config::default().data_dir {
        config.data_dir = Path::new(&config.data_dir).join("demo");
    }
    config.database_url = format!("sqlite://{}?mode=rwc", config.data_dir.join("theriac.db").display());
    config.listen = listen;
    config
}

async fn tenant(services: &Services, name: &str) -> Result<Tenant> {
    match services.db.find_tenant(name).await? {
        Some(tenant) => Ok(tenant),
        None => services.db.create_tenant(name).await,
    }
}

async fn begin(tenants: &[Inside]) -> Result<()> {
    for (inside, requests) in tenants.iter().zip(seed::REQUESTS) {
        seed::plant(inside, requests).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_keeps_away_from_the_servers_own_database() {
        let config = settle(Config::default(), "127.0.0.1:0".to_owned());
        assert_eq!(config.data_dir, Path::new("theriac-data/demo"));
        assert_eq!(config.database_url, "sqlite://theriac-data/demo/theriac.db?mode=rwc");
        let chosen = settle(Config { data_dir: "elsewhere".into(), ..Config::default() }, String::new());
        assert_eq!(chosen.database_url, "sqlite://elsewhere/theriac.db?mode=rwc");
    }
}
