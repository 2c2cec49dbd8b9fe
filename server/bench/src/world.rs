//! What a workload is given: a running server on a database, and ways to make tenants and requests.

use crate::client::Connection;
use crate::load::{self, Load, Plan, Script};
use crate::server::{Server, Settings};
use crate::store::Database;
use crate::workload::population::Population;
use crate::{Error, Result, cli::Cli};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use std::sync::Arc;
use std::time::Duration;

pub struct World {
    pub database: Database,
    pub settings: Settings,
    pub patients: usize,
    pub charts: usize,
    pub synthea: std::path::PathBuf,
    pub seconds: u64,
    /// Loaded once, by the first workload that asks for it.
    pub population: Option<Arc<Population>>,
    server: Option<Server>,
    tenants: u32,
}

/// A tenant with the token of an administrator.
#[derive(Clone)]
pub struct Site {
    pub authority: Arc<str>,
    pub tenant: Arc<str>,
    pub token: Arc<str>,
}

impl Site {
    pub fn request(&self, method: &str, path: &str, media: &str, body: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(body.len() + 900);
        let line = format!(
            "{method} /{}/{path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n",
            self.tenant, self.authority, self.token
        );
        bytes.extend_from_slice(line.as_bytes());
        if !media.is_empty() {
            let content = format!("content-type: {media}\r\ncontent-length: {}\r\n", body.len());
            bytes.extend_from_slice(content.as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(body);
        bytes
    }

    pub fn get(&self, path: &str) -> Vec<u8> {
        self.request("GET", path, "", b"")
    }

    /// One request on a connection of its own; another answer than expected is an error.
    pub async fn once(&self, method: &str, path: &str, media: &str, body: &[u8], expected: &[u16]) -> Result<String> {
        let mut connection = Connection::open(&self.authority).await?;
        let answer = connection.ask(&self.request(method, path, media, body)).await?;
        match expected.contains(&answer.status) {
            true => Ok(answer.text()),
            false => Err(format!("{method} {path} answers {}: {}", answer.status, answer.text()).into()),
        }
    }
}

impl World {
    pub fn new(cli: &Cli, database: Database, settings: Settings, server: Server) -> Self {
        Self {
            database,
            settings,
            patients: cli.patients,
            charts: cli.charts,
            synthea: crate::report::root().join(&cli.synthea),
            seconds: cli.seconds,
            population: None,
            server: Some(server),
            tenants: 0,
        }
    }

    pub fn server(&self) -> Result<&Server> {
        self.server.as_ref().ok_or_else(|| Error::from("the server is not running"))
    }

    /// Stops the server and starts it with these arguments.
    pub async fn restart(&mut self, arguments: &[&str]) -> Result<()> {
        self.stop().await?;
        self.server = Some(self.settings.start(arguments).await?);
        Ok(())
    }

    pub async fn stop(&mut self) -> Result<()> {
        match self.server.take() {
            Some(server) => server.stop().await,
            None => Ok(()),
        }
    }

    /// A tenant that nothing else uses.
    pub async fn site(&mut self, name: &str) -> Result<Site> {
        self.tenants += 1;
        let tenant = format!("{name}-{}", self.tenants);
        self.settings.run(&["tenant", "create", &tenant]).await?;
        let token = ["token", "--tenant", &tenant, "--role", "administrator", "--ttl", "1d"];
        let token = self.settings.run(&token).await?;
        Ok(Site { authority: self.server()?.authority.as_str().into(), tenant: tenant.into(), token: token.into() })
    }

    /// The same tenant, wherever the server now listens.
    pub fn found_again(&self, site: &Site) -> Result<Site> {
        Ok(Site { authority: self.server()?.authority.as_str().into(), ..site.clone() })
    }

    pub fn plan(&self) -> Plan {
        let measured = Duration::from_secs(self.seconds);
        Plan { warm_up: measured / 5, measured, pace: None }
    }

    pub async fn drive(&self, plan: &Plan, scripts: Vec<Box<dyn Script>>) -> Result<Load> {
        let server = self.server()?;
        load::drive(&server.authority, Some(server.pid), plan, scripts).await
    }
}

/// The same numbers in every run, others for every connection.
pub fn random(seed: u64) -> SmallRng {
    SmallRng::seed_from_u64(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 7)
}
