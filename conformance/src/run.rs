//! One run: the server, the data folder, and the tenants whose ledgers are checked at the end.

use crate::server::Server;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};
use theriac_sdk::verify::{Checkpoint, VerifierKey};
use theriac_sdk::{Answer, Client};

pub const FHIR: &str = "application/fhir+json";
pub const JSON: &str = "application/json";

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

pub struct Run {
    /// Started when the first suite asks for it; some test a library and never do.
    server: OnceLock<Result<Server, String>>,
    data: PathBuf,
    tenants: Mutex<Vec<Arc<Tenant>>>,
    made: AtomicU64,
}

impl Run {
    pub fn begin(data: &Path) -> Result<Self, String> {
        // Commands run in another folder.
        let data = data.canonicalize().unwrap_or_else(|_| data.to_owned());
        Ok(Self { server: OnceLock::new(), data, tenants: Mutex::default(), made: AtomicU64::new(0) })
    }

    pub fn server(&self) -> Result<&Server, String> {
        self.server.get_or_init(Server::begin).as_ref().map_err(Clone::clone)
    }

    /// A folder or file of the data.
    pub fn data(&self, name: &str) -> PathBuf {
        self.data.join(name)
    }

    /// The first of these folders that is not there.
    pub fn missing<'n>(&self, folders: &[&'n str]) -> Option<&'n str> {
        folders.iter().copied().find(|folder| !self.data(folder).exists())
    }

    /// A new tenant with an administrator; the name given becomes unique.
    pub async fn tenant(&self, name: &str) -> Result<Arc<Tenant>, String> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let name = format!("{name}-{:x}-{}", since.as_secs(), self.made.fetch_add(1, Ordering::Relaxed));
        self.server()?.tell(&["tenant", "create", &name])?;
        let token = ["token", "--tenant", &name, "--role", "administrator", "--ttl", "12h"];
        let token = self.server()?.tell(&token)?;
        let client = Client::new(&self.server()?.url, &name, &token).map_err(text)?;
        let key = client.ledger().key().await.map_err(text)?;
        let tenant = Tenant { name, client, key, written: AtomicU64::new(0), kept: Mutex::default() };
        let tenant = Arc::new(tenant);
        tenant.mark().await?;
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner).push(tenant.clone());
        Ok(tenant)
    }

    pub fn tenants(&self) -> Vec<Arc<Tenant>> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

pub struct Tenant {
    pub name: String,
    pub client: Client,
    pub key: VerifierKey,
    /// Changes that were acknowledged, each of which the ledger must hold; more is possible.
    written: AtomicU64,
    kept: Mutex<Vec<Checkpoint>>,
}

impl Tenant {
    /// Keeps the present checkpoint for the suite `merkle`.
    pub async fn mark(&self) -> Result<(), String> {
        let now = self.checkpoint().await?;
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).push(now);
        Ok(())
    }

    /// The newest checkpoint, its signature checked.
    pub async fn checkpoint(&self) -> Result<Checkpoint, String> {
        let note = self.client.ledger().checkpoint().await.map_err(text)?;
        self.key.open_checkpoint(&note).map_err(text)
    }

    pub fn kept(&self) -> Vec<Checkpoint> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn wrote(&self, changes: u64) {
        self.written.fetch_add(changes, Ordering::Relaxed);
    }

    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Sends as it is; whatever the status, it is an answer.
    pub async fn send(&self, method: &str, path: &str, media: &str, body: Vec<u8>) -> Result<Answer, String> {
        let headers = [("content-type", media), ("accept", media)];
        let headers = if body.is_empty() { &headers[1..] } else { &headers[..] };
        self.client.request(method.parse().map_err(|_| method)?, path, headers, body).await.map_err(text)
    }

    /// The same, and a refusal is an error that shows the request's line and the answer.
    pub async fn ask(&self, method: &str, path: &str, media: &str, body: Vec<u8>) -> Result<Answer, String> {
        let answer = self.send(method, path, media, body).await?;
        if (200..300).contains(&answer.status) {
            return Ok(answer);
        }
        Err(format!("{method} {path}: {} {}", answer.status, shortened(&answer)))
    }
}

/// The beginning of the body.
pub fn shortened(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.bytes).chars().take(600).collect()
}

pub fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// A file's bytes; an error names it.
pub fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))
}

/// All files below a folder, in name order.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut paths = entries.map(|entry| entry.map(|e| e.path())).collect::<Result<Vec<_>, _>>().map_err(text)?;
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() { found.extend(files(&path)?) } else { found.push(path) }
    }
    Ok(found)
}

/// Percent-encodes all but the unreserved characters of RFC 3986 section 2.3.
pub fn encoded(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    name.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}
