//! Cursors: opaque, signed, and good only for the tenant, the caller and the purpose they were made for.
//!
//! A cursor carries a position, never a right: whoever presents it is checked like on the first page. One that
//! carries what a caller wrote is concealed: addresses end up in logs.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::path::Path;
use theriac_core::{Code, Error, Result};

const MARK: usize = 12;

/// Signs and opens cursors with a secret of this installation.
#[derive(Debug, Clone)]
pub struct Cursors(hmac::Key);

impl Cursors {
    /// Reads the secret `cursor.secret` of the folder, or makes it.
    ///
    /// # Errors
    /// `Unavailable` if the folder cannot be read or written.
    pub fn load_or_create(keys: &Path) -> Result<Self> {
        let path = keys.join("cursor.secret");
        let failed = |e: std::io::Error| Error::new(Code::Unavailable, format!("{}: {e}", path.display()));
        if let Ok(secret) = std::fs::read(&path) {
            return Ok(Self::new(&secret));
        }
        std::fs::create_dir_all(keys).map_err(failed)?;
        let mut secret = [0u8; 32];
        aws_lc_rs::rand::fill(&mut secret).map_err(|e| Error::internal(e.to_string()))?;
        let draft = keys.join(format!(".cursor.{}", uuid::Uuid::new_v4()));
        write_private(&draft, &secret).map_err(failed)?;
        // Two starting processes agree on whichever linked first.
        let _raced = std::fs::hard_link(&draft, &path);
        std::fs::remove_file(&draft).map_err(failed)?;
        std::fs::read(&path).map(|secret| Self::new(&secret)).map_err(failed)
    }

    pub fn new(secret: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// `bound` names what the cursor is for: tenant, caller, query.
    pub fn seal(&self, bound: &str, position: &[u8]) -> String {
        let mut bytes = self.mark(bound, position).to_vec();
        bytes.extend_from_slice(position);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// # Errors
    /// `Invalid` for a cursor that was not made here for this purpose.
    pub fn open(&self, bound: &str, cursor: &str) -> Result<Vec<u8>> {
        let wrong = || Error::invalid("this cursor was not given out for this request; begin again without one");
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| wrong())?;
        let (mark, position) = bytes.split_at_checked(MARK).ok_or_else(wrong)?;
        match aws_lc_rs::constant_time::verify_slices_are_equal(mark, &self.mark(bound, position)) {
            Ok(()) => Ok(position.to_vec()),
            Err(_) => Err(wrong()),
        }
    }

    /// As [`Cursors::seal`], and nobody but this installation can read it.
    ///
    /// # Errors
    /// `Internal` if the system gives no random numbers.
    pub fn conceal(&self, bound: &str, content: &[u8]) -> Result<String> {
        let mut sealed = content.to_vec();
        let nonce = self
            .secret()?
            .seal_in_place_append_tag(Aad::from(bound.as_bytes()), &mut sealed)
            .map_err(|_| Error::internal("a cursor could not be sealed"))?;
        Ok(URL_SAFE_NO_PAD.encode([nonce.as_ref().as_slice(), &sealed].concat()))
    }

    /// Opens what [`Cursors::conceal`] made.
    ///
    /// # Errors
    /// `Invalid` for a cursor that was not made here for this purpose.
    pub fn reveal(&self, bound: &str, cursor: &str) -> Result<Vec<u8>> {
        let wrong = || Error::invalid("this cursor was not given out for this request; begin again without one");
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| wrong())?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN).ok_or_else(wrong)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| wrong())?;
        let mut sealed = sealed.to_vec();
        let content = self.secret()?.open_in_place(nonce, Aad::from(bound.as_bytes()), &mut sealed);
        content.map(|content| content.to_vec()).map_err(|_| wrong())
    }

    fn secret(&self) -> Result<RandomizedNonceKey> {
        let key = hmac::sign(&self.0, b"theriac cursor encryption 1");
        RandomizedNonceKey::new(&AES_256_GCM, key.as_ref()).map_err(|_| Error::internal("a key of another size"))
    }

    fn mark(&self, bound: &str, position: &[u8]) -> [u8; MARK] {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(&(bound.len() as u64).to_le_bytes());
        context.update(bound.as_bytes());
        context.update(position);
        let mut mark = [0; MARK];
        mark.copy_from_slice(&context.sign().as_ref()[..MARK]);
        mark
    }
}

#[cfg(unix)]
fn write_private(path: &Path, secret: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(secret)?;
    file.sync_all()
}

#[cfg(not(unix))]
fn write_private(path: &Path, secret: &[u8]) -> std::io::Result<()> {
    std::fs::write(path, secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_opens_only_for_what_it_was_made_for() {
        let cursors = Cursors::new(b"secret");
        let cursor = cursors.seal("mercy|dr-a|Patient?name=x", b"42");
        assert_eq!(cursors.open("mercy|dr-a|Patient?name=x", &cursor).unwrap(), b"42");
        for (bound, cursor) in
            [("mercy|dr-b|Patient?name=x", cursor.as_str()), ("mercy|dr-a|Patient?name=x", "AAAA"), ("", "!")]
        {
            assert_eq!(cursors.open(bound, cursor).unwrap_err().status(), 400);
        }
        assert!(Cursors::new(b"other").open("mercy|dr-a|Patient?name=x", &cursor).is_err());
    }

    #[test]
    fn a_concealed_cursor_cannot_be_read_and_opens_only_for_what_it_was_made_for() {
        let cursors = Cursors::new(b"secret");
        let cursor = cursors.conceal("mercy|dr-a", b"name=x").unwrap();
        let bytes = URL_SAFE_NO_PAD.decode(&cursor).unwrap();
        assert!(!bytes.windows(6).any(|w| w == b"name=x"));
        assert_eq!(cursors.reveal("mercy|dr-a", &cursor).unwrap(), b"name=x");
        let cut = &cursor[..cursor.len() - 2];
        for (bound, cursor) in [("mercy|dr-b", cursor.as_str()), ("mercy|dr-a", cut), ("mercy|dr-a", "AAAA"), ("", "!")]
        {
            assert_eq!(cursors.reveal(bound, cursor).unwrap_err().status(), 400);
        }
        assert!(Cursors::new(b"other").reveal("mercy|dr-a", &cursor).is_err());
    }
}
