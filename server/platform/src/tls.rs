//! TLS of the server, and who its clients prove to be by it (RFC 8705, RFC 5280): the server's own certificate, the
//! authorities whose certificates of clients are trusted, and proxies that end TLS in front and say what they saw
//! (RFC 9440). All of it is read again when the files change; connections that are open stay as they are.

mod certificate;
mod door;
mod proxy;
mod trust;

pub use certificate::{Certificate, is_subject};
pub use door::Door;
pub use proxy::Proxies;
pub use trust::{Take, Trust};

use crate::Config;
use crate::telemetry::Metrics;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use theriac_core::{Error, Result};
use tokio::sync::{Notify, watch};

/// How often files are looked at.
const EVERY: Duration = Duration::from_secs(5);

/// What stands between callers and the edge.
#[derive(Debug)]
pub struct Guard {
    /// None: plain HTTP.
    pub door: Option<Arc<Door>>,
    pub trust: Arc<Trust>,
    pub proxies: Proxies,
}

impl Guard {
    /// # Errors
    /// `Invalid`, naming the file or setting.
    pub fn of(config: &Config) -> Result<Self> {
        let trust = Arc::new(Trust::load(config.tls_client_ca.as_deref(), &config.tls_client_certificates)?);
        let door = match (&config.tls_certificate, &config.tls_key) {
            (Some(certificate), Some(key)) => Some(Arc::new(Door::load(certificate, key, trust.clone())?)),
            _ => None,
        };
        Ok(Self { door, trust, proxies: Proxies::parse(&config.trusted_proxies)? })
    }

    /// Can certificates of clients arrive here?
    pub fn takes_certificates(&self) -> bool {
        self.trust.take() != Take::None && (self.door.is_some() || !self.proxies.is_none())
    }

    /// Reads everything again, as a whole or not at all.
    ///
    /// # Errors
    /// `Invalid`, naming the file; what held goes on to hold.
    pub fn reload(&self) -> Result<()> {
        let (key, verifier) = (self.door.as_ref().map(|door| door.read()).transpose()?, self.trust.read()?);
        if let (Some(door), Some(key)) = (&self.door, key) {
            door.put(key);
        }
        self.trust.put(verifier);
        Ok(())
    }

    fn stamps(&self) -> Vec<Option<(std::time::SystemTime, u64)>> {
        let stamp = |path: &Path| std::fs::metadata(path).and_then(|data| Ok((data.modified()?, data.len()))).ok();
        let door = self.door.iter().flat_map(|door| door.files());
        door.chain(self.trust.file()).map(stamp).collect()
    }

    /// Looks for changed files every few seconds, and whenever told, until stopped.
    pub async fn follow(self: Arc<Self>, metrics: Arc<Metrics>, told: Arc<Notify>, mut stop: watch::Receiver<bool>) {
        let mut seen = self.stamps();
        loop {
            let asked = tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = told.notified() => true,
                () = tokio::time::sleep(EVERY) => false,
            };
            let stamps = self.stamps();
            if asked || stamps != seen {
                seen = stamps;
                let result = self.reload();
                match &result {
                    Ok(()) => tracing::info!("the TLS files were read again"),
                    Err(error) => {
                        tracing::error!(%error, "the TLS files cannot be used; those read before go on to hold")
                    }
                }
                metrics.set("tls_files_refused", i64::from(result.is_err()));
            }
        }
    }
}

/// `x5t#S256` of the first certificate of a PEM file.
///
/// # Errors
/// `Invalid`, naming the file.
pub fn thumbprint_of(path: &Path) -> Result<String> {
    let chain = chain(path)?;
    Certificate::read(chain.first().map_or(&[], |first| first.as_ref()), false).map(|own| own.thumbprint)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|e| Error::invalid(format!("the TLS file {} cannot be read: {e}", path.display())))
}

/// The certificates of a PEM file; at least one.
fn chain(path: &Path) -> Result<Vec<rustls::pki_types::CertificateDer<'static>>> {
    let wrong = |why: String| Error::invalid(format!("the TLS file {} {why}", path.display()));
    let bytes = read(path)?;
    let chain = rustls_pemfile::certs(&mut bytes.as_slice()).collect::<Result<Vec<_>, _>>();
    match chain {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        Ok(_) => Err(wrong("holds no certificate (PEM)".to_owned())),
        Err(e) => Err(wrong(format!("cannot be used: {e}"))),
    }
}

#[cfg(test)]
mod tests;
