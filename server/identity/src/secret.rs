//! Random texts that are shown once, and the hashes under which they are kept: who reads the store cannot use them.
//! A plain SHA-256 is enough, as they hold 256 random bits; what people choose goes through [`crate::password`].

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use theriac_core::hash::{hex, sha256};
use theriac_core::{Error, Result};

/// 43 letters of base64url.
pub(crate) fn new() -> Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(bytes::<32>()?))
}

pub(crate) fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Error::internal("the machine has no randomness to give"))?;
    Ok(bytes)
}

/// Letters and digits that nobody mistakes for one another, as people read and type them.
pub(crate) fn readable(groups: usize, group: usize) -> Result<String> {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz234567890";
    let random = bytes::<64>()?;
    let letters: Vec<char> = random.iter().map(|b| LETTERS[usize::from(b & 31)] as char).collect();
    Ok(letters.chunks(group).take(groups).map(String::from_iter).collect::<Vec<_>>().join("-"))
}

pub(crate) fn hash(secret: &str) -> String {
    hex(&sha256(secret.as_bytes()))
}

/// Takes as long for a near miss as for a far one.
pub(crate) fn is(secret: &str, hash: &str) -> bool {
    verify_slices_are_equal(self::hash(secret).as_bytes(), hash.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_by_its_hash_alone() {
        let secret = new().unwrap();
        assert_eq!(secret.len(), 43);
        assert!(is(&secret, &hash(&secret)) && !is(&secret, &hash("")) && !is("", &hash(&secret)));
        assert_ne!(secret, new().unwrap());
    }

    #[test]
    fn a_readable_secret_comes_in_groups() {
        let text = readable(4, 5).unwrap();
        assert_eq!(text.split('-').map(str::len).collect::<Vec<_>>(), [5, 5, 5, 5]);
        assert!(!text.contains(['1', 'l', 'i', 'o']));
    }
}
