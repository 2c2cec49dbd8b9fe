//! Keys: one secret of the installation, and below it a root and sealing keys for each research project.
//!
//! What makes pseudonyms and shifts comes from the project's first key and never changes: a rotation gives a new key to
//! seal with, and no pseudonym a new name. Keys are stored sealed under the installation's secret.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::cipher::{AES_256, DecryptingKey, DecryptionContext, EncryptingKey, UnboundCipherKey};
use aws_lc_rs::hmac;
use std::path::Path;
use theriac_core::hash::index_hash;
use theriac_core::{Code, Error, Result};

/// Farthest that dates move, in days.
pub const FARTHEST: i64 = 365;

/// The installation's secret.
#[derive(Clone)]
pub struct Keyring([u8; 32]);

impl Keyring {
    /// Reads `deid.secret` of the folder, or makes it.
    ///
    /// # Errors
    /// `Unavailable` if the folder cannot be read or written, or holds something else.
    pub fn load_or_create(keys: &Path) -> Result<Self> {
        let path = keys.join("deid.secret");
        let failed = |e: std::io::Error| Error::new(Code::Unavailable, format!("{}: {e}", path.display()));
        if !path.exists() {
            std::fs::create_dir_all(keys).map_err(failed)?;
            let draft = keys.join(format!(".deid.{}", uuid::Uuid::new_v4()));
            write_private(&draft, &random()?).map_err(failed)?;
            // Two starting processes agree on whichever linked first.
            let _raced = std::fs::hard_link(&draft, &path);
            std::fs::remove_file(&draft).map_err(failed)?;
        }
        let secret = std::fs::read(&path).map_err(failed)?;
        let wrong = |_| Error::new(Code::Unavailable, format!("{}: does not hold 32 bytes", path.display()));
        secret.try_into().map(Self).map_err(wrong)
    }

    pub fn new(secret: [u8; 32]) -> Self {
        Self(secret)
    }

    /// A new key of a project, sealed. `bound` names tenant, project and version.
    ///
    /// # Errors
    /// `Internal` if the system gives no random numbers.
    pub fn new_key(&self, bound: &str) -> Result<Vec<u8>> {
        seal(&self.0, bound, &random::<32>()?)
    }

    /// # Errors
    /// `Internal` for a key that was not sealed here for this.
    pub fn open_key(&self, bound: &str, sealed: &[u8]) -> Result<[u8; 32]> {
        let opened = open(&self.0, bound, sealed)?;
        opened.try_into().map_err(|_| Error::internal("a key of another size"))
    }
}

pub(crate) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Error::internal("no random numbers"))?;
    Ok(bytes)
}

/// AES-256-GCM, the nonce before it, good for `bound` alone.
pub(crate) fn seal(key: &[u8; 32], bound: &str, content: &[u8]) -> Result<Vec<u8>> {
    let failed = |_| Error::internal("a value could not be sealed");
    let mut sealed = content.to_vec();
    let key = RandomizedNonceKey::new(&AES_256_GCM, key).map_err(failed)?;
    let nonce = key.seal_in_place_append_tag(Aad::from(bound.as_bytes()), &mut sealed).map_err(failed)?;
    Ok([nonce.as_ref().as_slice(), &sealed].concat())
}

/// Fails closed: what cannot be opened is an error, never the sealed bytes.
pub(crate) fn open(key: &[u8; 32], bound: &str, sealed: &[u8]) -> Result<Vec<u8>> {
    let failed = || Error::internal("a value was not sealed with this key for this purpose");
    let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN).ok_or_else(failed)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| failed())?;
    let key = RandomizedNonceKey::new(&AES_256_GCM, key).map_err(|_| failed())?;
    let mut sealed = sealed.to_vec();
    key.open_in_place(nonce, Aad::from(bound.as_bytes()), &mut sealed).map(|c| c.to_vec()).map_err(|_| failed())
}

/// What a project makes names, shifts and version numbers with.
pub struct Root {
    find: hmac::Key,
    name: hmac::Key,
    shift: hmac::Key,
    lock: EncryptingKey,
    unlock: DecryptingKey,
}

impl Root {
    /// # Errors
    /// `Internal` if the ciphers refuse their keys.
    pub fn new(root: &[u8; 32]) -> Result<Self> {
        let root = hmac::Key::new(hmac::HMAC_SHA256, root);
        let derived = |use_: &str| hmac::sign(&root, format!("theriac deid {use_} 1").as_bytes());
        let key = |use_: &str| hmac::Key::new(hmac::HMAC_SHA256, derived(use_).as_ref());
        let cipher = || UnboundCipherKey::new(&AES_256, derived("version").as_ref());
        let failed = |_| Error::internal("a cipher refuses its key");
        // One block each, and no block twice for two things: the mode for single blocks is the right one.
        let lock = cipher().and_then(EncryptingKey::ecb).map_err(failed)?;
        let unlock = cipher().and_then(DecryptingKey::ecb).map_err(failed)?;
        Ok(Self { find: key("find"), name: key("name"), shift: key("shift"), lock, unlock })
    }

    /// By what a value is found in the vault without being told.
    pub fn find(&self, kind: &str, value: &str) -> Vec<u8> {
        digest(&self.find, kind, value)[..16].to_vec()
    }

    pub fn keyed(&self, kind: &str, value: &str) -> String {
        letters(&digest(&self.name, kind, value)[..16])
    }

    /// -365 to 365 days, never 0, always the same for a patient.
    pub fn shift(&self, patient: &str) -> i64 {
        let mark = digest(&self.shift, "Patient", patient);
        let number = u64::from_be_bytes(*mark.first_chunk().unwrap_or(&[0; 8]));
        let place = (number % (2 * FARTHEST as u64)) as i64 - FARTHEST;
        if place >= 0 { place + 1 } else { place }
    }

    /// A version number in other letters: one block of the record's hash and the number.
    pub fn version(&self, kind: &str, id: &str, version: &str) -> Option<String> {
        let number: u64 = version.parse().ok()?;
        let mut block = [0; 16];
        block[..8].copy_from_slice(&index_hash(&[kind, id]).to_be_bytes());
        block[8..].copy_from_slice(&number.to_be_bytes());
        self.lock.encrypt(&mut block).ok()?;
        Some(letters(&block))
    }

    /// The number behind what [`Root::version`] gave for the same record.
    pub fn true_version(&self, kind: &str, id: &str, shown: &str) -> Option<u64> {
        let mut block = from_letters(shown)?;
        let plain = self.unlock.decrypt(&mut block, DecryptionContext::None).ok()?;
        let number = plain.strip_prefix(&index_hash(&[kind, id]).to_be_bytes()[..])?;
        number.first_chunk().map(|bytes| u64::from_be_bytes(*bytes))
    }
}

fn digest(key: &hmac::Key, kind: &str, value: &str) -> [u8; 32] {
    let mut context = hmac::Context::with_key(key);
    context.update(&(kind.len() as u64).to_be_bytes());
    context.update(kind.as_bytes());
    context.update(value.as_bytes());
    let mut mark = [0; 32];
    mark.copy_from_slice(context.sign().as_ref());
    mark
}

/// Letters alone, so that neither a reader nor a scanner takes a pseudonym for a number of somebody.
pub(crate) fn letters(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| [b'a' + (byte >> 4), b'a' + (byte & 15)]).map(char::from).collect()
}

fn from_letters(text: &str) -> Option<[u8; 16]> {
    let digit = |byte: u8| (b'a'..=b'p').contains(&byte).then(|| byte - b'a');
    let mut block = [0; 16];
    if text.len() != 32 {
        return None;
    }
    for (slot, pair) in block.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *slot = (digit(pair[0])? << 4) | digit(pair[1])?;
    }
    Some(block)
}

#[cfg(unix)]
fn write_private(path: &Path, secret: &[u8; 32]) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(secret)?;
    file.sync_all()
}

#[cfg(not(unix))]
fn write_private(path: &Path, secret: &[u8; 32]) -> std::io::Result<()> {
    std::fs::write(path, secret)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_key_opens_only_where_it_belongs() {
        let ring = Keyring::new([7; 32]);
        let sealed = ring.new_key("mercy|lung|1").unwrap();
        assert_eq!(ring.open_key("mercy|lung|1", &sealed).unwrap(), ring.open_key("mercy|lung|1", &sealed).unwrap());
        assert!(ring.open_key("mercy|heart|1", &sealed).is_err() && ring.open_key("mercy|lung|2", &sealed).is_err());
        assert!(Keyring::new([8; 32]).open_key("mercy|lung|1", &sealed).is_err());
        assert!(ring.open_key("mercy|lung|1", &sealed[..20]).is_err());
        assert_ne!(sealed, ring.new_key("mercy|lung|1").unwrap());
    }

    #[test]
    fn shifts_stay_in_their_range_and_are_never_nothing() {
        let root = Root::new(&[1; 32]).unwrap();
        let all: Vec<i64> = (0..20_000).map(|n| root.shift(&n.to_string())).collect();
        assert!(all.iter().all(|days| *days != 0 && days.abs() <= FARTHEST));
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), 730);
        assert_ne!(root.shift("1"), Root::new(&[2; 32]).unwrap().shift("1"));
    }

    #[test]
    fn versions_go_there_and_back_for_their_own_record_only() {
        let root = Root::new(&[1; 32]).unwrap();
        let shown = root.version("Patient", "1", "3").unwrap();
        assert_eq!(root.true_version("Patient", "1", &shown), Some(3));
        assert_eq!(root.true_version("Patient", "2", &shown), None);
        assert_ne!(shown, root.version("Patient", "2", "3").unwrap());
        for wrong in ["", "3", "zz", &"q".repeat(32), &"é".repeat(16)] {
            assert_eq!(root.true_version("Patient", "1", wrong), None);
        }
    }

    #[test]
    fn pseudonyms_of_projects_have_nothing_in_common() {
        let (one, other) = (Root::new(&[1; 32]).unwrap(), Root::new(&[2; 32]).unwrap());
        assert_eq!(one.keyed("Patient", "1"), one.keyed("Patient", "1"));
        assert_ne!(one.keyed("Patient", "1"), other.keyed("Patient", "1"));
        assert_ne!(one.keyed("Patient", "1"), one.keyed("Group", "1"));
        assert!(one.keyed("Patient", "1").bytes().all(|b| b.is_ascii_lowercase()));
    }
}
