//! The key that signs checkpoints, kept in the data folder.

use crate::ledger::Ledger;
use crate::note::{Checkpoint, Signer, Verifier};
use crate::tree::Frontier;
use std::path::Path;
use theriac_core::{Code, Error, Result, Tenant};

/// One key for the installation. Each tenant's checkpoints carry the tenant's own origin.
pub struct Keys {
    document: Vec<u8>,
}

/// Reads `ledger-signing.pk8` of the folder, or makes it.
///
/// # Errors
/// `Unavailable` if the folder cannot be read or written.
pub fn load_or_create(folder: &Path) -> Result<Keys> {
    let path = folder.join("ledger-signing.pk8");
    let failed = |e: std::io::Error| Error::new(Code::Unavailable, format!("{}: {e}", path.display()));
    if !path.exists() {
        std::fs::create_dir_all(folder).map_err(failed)?;
        let draft = folder.join(format!(".ledger.{:x}", std::process::id()));
        private(&draft, &Signer::generate("new")?.to_pkcs8()?).map_err(failed)?;
        // Two starting processes agree on whichever linked first.
        let _raced = std::fs::hard_link(&draft, &path);
        std::fs::remove_file(&draft).map_err(failed)?;
    }
    Ok(Keys { document: std::fs::read(&path).map_err(failed)? })
}

fn private(path: &Path, document: &[u8]) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    std::io::Write::write_all(&mut file, document)?;
    file.sync_all()
}

impl Keys {
    pub fn signer(&self, tenant: &Tenant) -> Result<Signer> {
        Signer::from_pkcs8(&origin(tenant), &self.document)
    }
}

/// The name a tenant's checkpoints are signed under.
pub fn origin(tenant: &Tenant) -> String {
    format!("theriac/{}", tenant.name)
}

impl Ledger {
    /// The signed checkpoint of a tree that stands there.
    pub(crate) fn checkpoint(&self, tenant: &Tenant, frontier: &Frontier) -> Result<String> {
        let checkpoint = Checkpoint { origin: origin(tenant), size: frontier.size(), root: frontier.root() };
        checkpoint.sign(&self.keys.signer(tenant)?)
    }

    /// The key that tells genuine checkpoints of this tenant.
    ///
    /// # Errors
    /// `Internal` if the key cannot be used.
    pub fn verifier(&self, tenant: &Tenant) -> Result<Verifier> {
        Ok(self.keys.signer(tenant)?.verifier().clone())
    }
}
